"""lbpy: LoopBack 2/3 for Python. Says which names are public; does nothing itself."""

if __name__ != "lbpy":
    raise ImportError(f"this package is imported as lbpy, not as {__name__}: a second copy would make twin classes")

from .app.application import App
from .app.boot import boot
from .app.configuration import Configuration
from .data.persisted import PersistedModel
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
    "Column",
    "Configuration",
    "DataSource",
    "Deleting",
    "GeoPoint",
    "Loaded",
    "Model",
    "PersistedModel",
    "Reading",
    "Saving",
    "boot",
    "col",
    "prop",
    "validate",
]
