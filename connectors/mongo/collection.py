"""The rows of one model in MongoDB: what the contract asks for, as commands of the driver. Decides no meaning of conditions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

import pymongo
from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, CollectionInvalid
from pymongo.operations import IndexModel

from ...data.contract import CreateMany, Crud, FindOrCreate, Migrations, OwnOperators, Upsert
from ...errors import BadRequest, Duplicate, StoreError
from ...model.definition import ModelDefinition
from ...query.evaluate import project
from ...query.nodes import Filter, Near, Where, near_of
from ...query.operators import Operators
from ...types import Row
from .documents import KEY, Shape
from .failures import TRY_AGAIN, translating
from .indexes import indexes_of
from .near import DISTANCE, distance
from .operators import has_operators, operated
from .own import own_operators
from .where import field_of, query_of

T = TypeVar("T")
Documents = Collection[dict[str, Any]]

ASCENDING: Final = 1
LARGEST: Final = 2**31 - 1
BUILDING: Final = 86_400.0
"""Seconds that the building of indexes may take, which no timeout of statements ends."""

TRIES: Final = 3
"""How often a list is stored anew when the server says that somebody else was in the way."""


class Database(Protocol):
    """What collections need of their connector."""

    statement_ms: int
    wait_ms: int

    def documents(self, name: str) -> Documents:
        """The driver's collection of that name, in this process."""
        ...

    def session(self) -> ClientSession | None:
        """The session of the transaction that the call is in."""
        ...

    def together(self) -> AbstractContextManager[bool]:
        """A block whose commands take effect together where the server can do that; gives whether it can."""
        ...

    def send(self, command: str, params: list[Any], call: Callable[..., T]) -> T:
        """Run a command, hooks around it."""
        ...


@dataclass(frozen=True, slots=True)
class Manners:
    """What data source or model say.

    operators: update operators in data are understood. sorted: rows come by id where no order is asked for.
    """

    operators: bool = False
    sorted: bool = True


def collection_name(definition: ModelDefinition) -> str:
    """The collection of a model: `mongodb.collection` in its settings, else its name."""
    told = definition.setting("mongodb")
    named = told.get("collection") or told.get("table") if isinstance(told, Mapping) else None
    return str(named or definition.name)


class MongoCollection(Crud, CreateMany, Upsert, FindOrCreate, OwnOperators, Migrations):
    """The rows of one model.

    Args:
        database: where they are. shape: how they are stored. manners: what settings say.
    """

    def __init__(self, database: Database, shape: Shape, manners: Manners) -> None:
        self._database = database
        self._shape = shape
        self._manners = manners
        self._name = collection_name(shape.definition)
        self._creating = threading.Lock()

    def _send(self, command: str, params: list[Any], call: Callable[..., T]) -> T:
        """Run a command: `call` gets the driver's collection, the session, and the parameters as hooks leave them."""
        documents, session = self._database.documents(self._name), self._database.session()
        with translating(command, self._shape, inside=session is not None):
            return self._database.send(command, params, lambda *given: call(documents, session, *given))

    def _query(self, where: Where) -> dict[str, Any]:
        return query_of(self._shape, where)

    @property
    def operators(self) -> Operators:
        """MongoDB's own operators for conditions."""
        return own_operators(geo_json=self._shape.geo_json)

    # -- reading -------------------------------------------------------------

    def find(self, filter: Filter) -> list[Row]:
        """The rows that meet the filter; without an order by id, near ones first where the condition has a point."""
        if filter.limit == 0:
            return []
        near = near_of(filter.where)
        found = self._plain(filter) if near is None else self._nearest(filter, near)
        return project(filter.fields, [self._shape.row(one) for one in found])

    def _plain(self, filter: Filter) -> list[dict[str, Any]]:
        options = {"skip": min(filter.skip, LARGEST), "limit": min(filter.limit or 0, LARGEST), "sort": self._sort(filter)}
        options["projection"] = self._projection(filter.fields)

        def run(documents: Documents, session: ClientSession | None, query: Any, options: Any) -> list[dict[str, Any]]:
            return list(documents.find(query, session=session, max_time_ms=self._database.statement_ms, **options))

        return self._send("find", [self._query(filter.where), options], run)

    def _sort(self, filter: Filter) -> list[tuple[str, int]]:
        keys: dict[str, int] = {}
        for one in filter.order:
            keys.setdefault(field_of(self._shape, one.path), -1 if one.descending else ASCENDING)
        if self._manners.sorted:
            keys.setdefault(KEY, ASCENDING)
        return list(keys.items())

    def _projection(self, fields: Sequence[str] | None) -> dict[str, int] | None:
        if fields is None:
            return None
        stored = self._shape.stored
        return {KEY: 1, **{stored[name].field if name in stored else name: 1 for name in fields if _is_plain(name)}}

    def _nearest(self, filter: Filter, near: Near) -> list[dict[str, Any]]:
        field = field_of(self._shape, near.path)
        away = distance(near, field, geo_json=self._shape.geo_json)
        steps: list[dict[str, Any]] = [
            {"$match": self._query(filter.where)},
            {"$addFields": {DISTANCE: away}},
            {"$sort": {DISTANCE: ASCENDING, KEY: ASCENDING}},
            {"$skip": min(filter.skip, LARGEST)},
            *([{"$limit": min(filter.limit, LARGEST)}] if filter.limit else []),
            {"$unset": DISTANCE},
        ]

        def run(documents: Documents, session: ClientSession | None, steps: Any) -> list[dict[str, Any]]:
            return list(documents.aggregate(steps, session=session, maxTimeMS=self._database.statement_ms))

        return self._send("aggregate", [steps], run)

    def count(self, where: Where) -> int:
        """How many rows meet the condition."""

        def run(documents: Documents, session: ClientSession | None, query: Any) -> int:
            return documents.count_documents(query, session=session, maxTimeMS=self._database.statement_ms)

        return self._send("count", [self._query(where)], run)

    # -- creating ------------------------------------------------------------

    def create(self, row: Row) -> Row:
        """Store a row, with an ObjectID where it has no id. Raises Duplicate."""
        document = self._new(row)
        self._send("insert", [document], lambda documents, session, given: documents.insert_one(given, session=session))
        return self._shape.row(document)

    def _new(self, row: Row) -> dict[str, Any]:
        if has_operators(row):
            raise BadRequest("update operators need a row that is there")
        document = self._shape.document({name: value for name, value in row.items() if name != KEY or self._shape.id == KEY})
        return document if KEY in document else {KEY: ObjectId(), **document}

    def create_many(self, rows: Sequence[Row]) -> list[Row]:
        """Store all rows or none, in one command. Raises Duplicate."""
        if not rows:
            return []
        made = [self._new(row) for row in rows]
        self._insert_all(made)
        return [self._shape.row(document) for document in made]

    def _insert_all(self, made: list[dict[str, Any]]) -> None:
        """Insert documents, all or none; anew where somebody else was in the way, unless a transaction is lost with it."""
        for left in reversed(range(TRIES)):
            try:
                with self._database.together() as undone:
                    self._insert(made, undone=undone)
            except StoreError as error:
                if error.code != TRY_AGAIN or not left or self._database.session() is not None:
                    raise
            else:
                break

    def _insert(self, made: list[dict[str, Any]], *, undone: bool) -> None:
        """Insert documents; where the server does not undo what went before a failure, take it away again."""

        def run(documents: Documents, session: ClientSession | None, given: Any) -> None:
            try:
                documents.insert_many(given, ordered=True, session=session)
            except BulkWriteError as error:
                if not undone:
                    before = [one[KEY] for one in given[: error.details["nInserted"]]]
                    documents.delete_many({KEY: {"$in": before}})
                raise

        self._send("insert", [made], run)

    def find_or_create(self, filter: Filter, row: Row) -> tuple[Row, bool]:
        """The first row that meets the filter and False, or the row as stored and True.

        Callers in one process make one row; those in several need a unique index, as MongoDB's own command does.

        Raises:
            Duplicate: the row clashes with one that does not meet the filter. StoreError: other callers take too long.
        """
        if near_of(filter.where) is not None:
            raise BadRequest("near cannot be used to find or create")
        document = self._new(row)
        try:
            old = self._first_or_new(filter, document)
        except Duplicate:
            made = self._made_meanwhile(filter)
            if not made:
                raise
            return made[0], False
        is_new = old[KEY] == document[KEY]
        found = self._shape.row(old)
        return (found, True) if is_new else (project(filter.fields, [found])[0], False)

    def _first_or_new(self, filter: Filter, document: dict[str, Any]) -> dict[str, Any]:
        query = {"$or": [self._query(filter.where), {KEY: ObjectId()}]}  # values of a condition without "or" would get into the new row
        with self._alone():
            found: dict[str, Any] = self._modify(query, {"$setOnInsert": document}, sort=self._sort(filter), new=True)
        return found

    def _made_meanwhile(self, filter: Filter) -> list[Row]:
        """The row that another process was faster to make; a transaction ends with the duplicate, so nothing is found in one."""
        return [] if self._database.session() is not None else self.find(replace(filter, limit=1))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """A block that one caller in this process is in at a time, and for which nobody waits long."""
        if not self._creating.acquire(timeout=self._database.wait_ms / 1000):
            raise StoreError("others find or create, and it takes too long", code=TRY_AGAIN)
        try:
            yield
        finally:
            self._creating.release()

    # -- changing ------------------------------------------------------------

    def _modify(self, query: dict[str, Any], update: dict[str, Any], **options: Any) -> Any:
        """Find one document and change or create it in one command; gives it as it was before, or after where `new` is true."""

        def run(documents: Documents, session: ClientSession | None, query: Any, update: Any) -> Any:
            after = options.get("new", False)
            sort = options.get("sort")
            if any(key.startswith("$") for key in update):
                return documents.find_one_and_update(query, update, upsert=True, sort=sort, return_document=after, session=session)
            return documents.find_one_and_replace(query, update, upsert=True, sort=sort, return_document=after, session=session)

        return self._send("findAndModify", [query, update], run)

    def update(self, where: Where, changes: Row) -> int:
        """Set the given keys, other than the id, on every row that meets the condition; returns how many met it."""
        update = self._update_of(changes)
        if not update:
            return self.count(where)

        def run(documents: Documents, session: ClientSession | None, query: Any, update: Any) -> int:
            change = documents.update_one if _is_one(query) else documents.update_many
            return change(query, update, session=session).matched_count

        return self._send("update", [self._query(where), update], run)

    def _update_of(self, changes: Row) -> dict[str, Any]:
        if has_operators(changes) and self._manners.operators:
            given = {name: value for name, value in changes.items() if name != self._shape.id}
            return operated(self._shape, given)
        found = self._shape.changes(changes, paths=True)
        return {"$set": found} if found else {}

    def replace(self, id: Any, row: Row) -> bool:
        """Put the row in the place of the one with that id; False if there is none."""
        document = self._shape.changes(row)

        def run(documents: Documents, session: ClientSession | None, query: Any, document: Any) -> int:
            return documents.replace_one(query, document, session=session).matched_count

        return self._send("save", [{KEY: self._shape.key(id)}, document], run) > 0

    def upsert(self, id: Any, row: Row, *, replace: bool) -> tuple[Row, bool]:
        """Merge the row into the one with that id, or put it in its place, or create it; one command."""
        query = {KEY: self._shape.key(id)}
        update = self._shape.changes(row) if replace else self._update_of(row)
        if replace:
            old = self._modify(query, update, new=False)
            return self._shape.row({**query, **update}), old is None
        old = self._modify(query, update or {"$setOnInsert": {}}, new=False)
        if "$set" not in update and update:
            return self._shape.row(self._one(query)), old is None
        return self._shape.row({**query, **(old or {}), **update.get("$set", {})}), old is None

    def _one(self, query: dict[str, Any]) -> dict[str, Any]:
        def run(documents: Documents, session: ClientSession | None, query: Any) -> dict[str, Any]:
            return documents.find_one(query, session=session) or query

        return self._send("find", [query], run)

    def delete(self, where: Where) -> int:
        """Remove every row that meets the condition; returns how many there were."""

        def run(documents: Documents, session: ClientSession | None, query: Any) -> int:
            remove = documents.delete_one if _is_one(query) else documents.delete_many
            return remove(query, session=session).deleted_count

        return self._send("delete", [self._query(where)], run)

    # -- migrating -----------------------------------------------------------

    def automigrate(self) -> None:
        """Make the collection anew, with its indexes; its rows are lost."""
        self._send("drop", [], lambda documents, session: documents.drop())
        self._send("create", [], _create)
        self.autoupdate()

    def autoupdate(self) -> None:
        """Make the indexes that are missing; nothing is dropped."""
        missing = self._missing()
        if missing:
            self._send("createIndexes", [missing], _build)

    def is_actual(self) -> bool:
        """Whether all indexes are there."""
        return not self._missing()

    def _missing(self) -> list[IndexModel]:
        wanted = indexes_of(self._shape)
        there = self._send("indexes", [], lambda documents, session: documents.index_information()) if wanted else {}
        return [one for one in wanted if one.document["name"] not in there]


def _create(documents: Documents, session: ClientSession | None) -> None:
    try:
        documents.database.create_collection(documents.name)
    except CollectionInvalid:
        return  # somebody else was faster


def _build(documents: Documents, session: ClientSession | None, indexes: list[IndexModel]) -> None:
    with pymongo.timeout(BUILDING):
        documents.create_indexes(indexes)


def _is_one(query: Mapping[str, Any]) -> bool:
    """Whether one row at most can meet a query: only then may the driver send a write anew if its answer was lost."""
    return query.keys() == {KEY} and query[KEY].keys() == {"$eq"}


def _is_plain(name: str) -> bool:
    return bool(name) and not name.startswith("$") and "." not in name
