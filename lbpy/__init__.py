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
from .model.acls import Acl, allow, deny
from .model.base import Model
from .model.hooks import Deleting, Loaded, Reading, Saving, observe
from .model.properties import prop
from .model.remote import HttpRequest, HttpResponse, RemoteContext, after_remote, after_remote_error, before_remote
from .model.rules import validate
from .query.column import Column, col
from .remoting.access import Principal
from .remoting.current import Current, current
from .remoting.declared import remote_method
from .remoting.method import Returned
from .remoting.multipart import FormFile
from .remoting.signature import Arg
from .remoting.streams import Download, Upload
from .types import Json, Options

__version__ = "0.1.0"

__all__ = [
    "Acl",
    "App",
    "Arg",
    "BelongsTo",
    "Column",
    "Configuration",
    "Current",
    "DataSource",
    "Deleting",
    "Download",
    "FormFile",
    "GeoPoint",
    "HasMany",
    "HasOne",
    "HttpRequest",
    "HttpResponse",
    "Json",
    "Loaded",
    "Many",
    "Model",
    "One",
    "Options",
    "PersistedModel",
    "Principal",
    "Reading",
    "RemoteContext",
    "Returned",
    "Saving",
    "Upload",
    "after_remote",
    "after_remote_error",
    "allow",
    "before_remote",
    "belongs_to",
    "boot",
    "col",
    "current",
    "deny",
    "embeds_many",
    "embeds_one",
    "has_and_belongs_to_many",
    "has_many",
    "has_one",
    "observe",
    "prop",
    "references_many",
    "remote_method",
    "validate",
]
