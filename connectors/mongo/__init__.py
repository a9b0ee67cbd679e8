"""The MongoDB connector, on pymongo. Opens nothing before first use."""

from .collection import MongoCollection
from .connector import MongoConnector, connect
from .ids import OBJECT_ID, ObjectIdKind

__all__ = ["OBJECT_ID", "MongoCollection", "MongoConnector", "ObjectIdKind", "connect"]
