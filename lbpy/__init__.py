"""lbpy: LoopBack 2/3 for Python. Says which names are public; does nothing itself."""

if __name__ != "lbpy":
    raise ImportError(f"this package is imported as lbpy, not as {__name__}: a second copy would make twin classes")

from .app.application import App
from .app.boot import boot
from .app.configuration import Configuration
from .data.persisted import PersistedModel
from .data.relations.declare import (
    BelongsTo,
    HasMany,
    HasOne,
    Many,
    One,
    belongs_to,
    embeds_many,
    embeds_one,
    has_and_belongs_to_many,
    has_many,
    has_one,
    references_many,
)
from .data.source import DataSource
from .geo import GeoPoint
from .model.base import Model
from .model.hooks import Deleting, Loaded, Reading, Saving
from .model.properties import prop
from .model.rules import validate
from .query.column import Column, col

__version__ = "0.1.0"

__all__ = [
    "App",
    "BelongsTo",
    "Column",
    "Configuration",
    "DataSource",
    "Deleting",
    "GeoPoint",
    "HasMany",
    "HasOne",
    "Loaded",
    "Many",
    "Model",
    "One",
    "PersistedModel",
    "Reading",
    "Saving",
    "belongs_to",
    "boot",
    "col",
    "embeds_many",
    "embeds_one",
    "has_and_belongs_to_many",
    "has_many",
    "has_one",
    "prop",
    "references_many",
    "validate",
]
