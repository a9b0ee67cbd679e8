"""The MongoDB connector: collections, transactions and native access on the clients of this process. Makes no query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pymongo import database as driver
from pymongo.client_session import ClientSession

from ...data.contract import Connector, SourcePlace, Transactions
from ...data.execution import ExecutionHook, ExecutionHooks, Moment
from ...errors import OperatorError
from ...model.definition import ModelDefinition
from ...model.kinds import Kind
from .clients import Clients
from .collection import Documents, Manners, MongoCollection
from .documents import Shape
from .failures import translating
from .ids import OBJECT_ID
from .settings import Opening, opening_of

T = TypeVar("T")

_ALONE: Final = "MongoDB has transactions on replica sets only: start the server with --replSet and initiate it, or do without"
_NO_SAVEPOINTS: Final = "a block inside the transaction failed, and MongoDB has no savepoints: the whole transaction was undone"


@dataclass(slots=True)
class Transaction:
    """The session of a block, whether the block still runs, and whether one inside it failed."""

    session: ClientSession
    open: bool = True
    failed: bool = False


class MongoConnector(Connector[MongoCollection], Transactions):
    """One MongoDB database.

    Args:
        opening: how to connect. settings: of the data source.
    """

    name = "mongodb"
    id_kind: Kind = OBJECT_ID
    takes_paths = True
    has_operators = True

    def __init__(self, opening: Opening, settings: Mapping[str, Any]) -> None:
        self.statement_ms: int = opening.statement_ms
        self.wait_ms: int = opening.wait_ms
        self._settings = settings
        self._clients = Clients(opening)
        self._hooks = ExecutionHooks()
        self._replicated: bool | None = None
        self._current: ContextVar[Transaction | None] = ContextVar("lbpy_mongo_transaction", default=None)

    def collection(self, definition: ModelDefinition) -> MongoCollection:
        """The rows of one model."""
        strict, geo = self._told(definition, "strictObjectIDCoercion"), self._told(definition, "enableGeoIndexing")
        shape = Shape(definition, strict=strict is True, geo_json=geo is True)
        operators = self._told(definition, "allowExtendedOperators") is True and self._settings.get("allowExtendedOperators") is not False
        unsorted = self._told(definition, "disableDefaultSort") is True
        return MongoCollection(self, shape, Manners(operators=operators, sorted=not unsorted))

    def _told(self, definition: ModelDefinition, name: str) -> Any:
        """A setting of the model, of its `mongodb` block, or of the data source."""
        block = definition.setting("mongodb")
        own = block.get(name) if isinstance(block, Mapping) else None
        return next((one for one in (definition.setting(name), own, self._settings.get(name)) if one is not None), None)

    def observe(self, moment: Moment, hook: ExecutionHook) -> None:
        """Let a hook run around each command: {"command": LoopBack's name of it, "params": list}."""
        self._hooks.add(moment, hook)

    def native(self) -> driver.Database[dict[str, Any]]:
        """The driver's own database, for whatever commands there are; transactions do not reach it by themselves."""
        return self._clients.database()

    def close(self) -> None:
        """Close the connections of this process."""
        self._clients.close()

    def ping(self) -> None:
        """Raise StoreError if the server cannot be reached."""
        with translating("ping"):
            self._clients.database().command("ping")

    # -- what collections ask for --------------------------------------------

    def documents(self, name: str) -> Documents:
        """The driver's collection of that name."""
        return self._clients.database().get_collection(name)

    def session(self) -> ClientSession | None:
        """The session of the transaction that the current context is in."""
        current = self._transaction()
        return None if current is None else current.session

    def send(self, command: str, params: list[Any], call: Callable[..., T]) -> T:
        """Run a command, hooks around it."""
        if not self._hooks:
            return call(*params)
        return self._hooks.run({"command": command, "params": params}, lambda req: call(*req["params"]))

    @contextmanager
    def together(self) -> Iterator[bool]:
        """A block that is undone as a whole where the server has transactions; gives whether it has."""
        if not self.undoes():
            yield self._transaction() is not None
            return
        with self.transaction():
            yield True

    # -- transactions --------------------------------------------------------

    def _transaction(self) -> Transaction | None:
        """The one that the current context is in; a context copied inside may live longer than the block."""
        current = self._current.get()
        return current if current is not None and current.open else None

    def _has_transactions(self) -> bool:
        if self._replicated is None:
            with translating("ping"):
                told = self._clients.client().admin.command("hello")
            self._replicated = "setName" in told or told.get("msg") == "isdbgrid"
        return self._replicated

    def undoes(self) -> bool:
        """Only where the server has transactions, and outside of one: there are none inside others."""
        return self._transaction() is None and self._has_transactions()

    @contextmanager
    def transaction(self, isolation: str | None = None) -> Iterator[None]:
        """A block that takes effect as a whole; one inside another joins it, and where it fails the whole is undone.

        Raises:
            OperatorError: the server is no member of a replica set, or has no such isolation.
        """
        if isolation is not None:
            raise OperatorError("MongoDB has no isolation levels to choose")
        outer = self._transaction()
        if outer is not None:
            with _noting_failure(outer):
                yield
            return
        if not self._has_transactions():
            raise OperatorError(_ALONE)
        with translating("transaction"):
            session = self._clients.client().start_session()
        with session, _committing(session), self._joined(Transaction(session)):
            yield

    @contextmanager
    def _joined(self, transaction: Transaction) -> Iterator[None]:
        self._current.set(transaction)
        try:
            yield
            if transaction.failed:
                raise OperatorError(_NO_SAVEPOINTS)
        finally:
            transaction.open = False  # this alone ends it: where a generator is thrown away, that happens in a foreign context


@contextmanager
def _committing(session: ClientSession) -> Iterator[None]:
    """A block that is committed at its end, or undone."""
    session.start_transaction()
    try:
        yield
    except BaseException:
        session.abort_transaction()  # says nothing where it fails: what is not committed, the server undoes by itself
        raise
    with translating("commit"):
        session.commit_transaction()


@contextmanager
def _noting_failure(transaction: Transaction) -> Iterator[None]:
    try:
        yield
    except BaseException:
        transaction.failed = True
        raise


def connect(settings: Mapping[str, Any], place: SourcePlace) -> MongoConnector:
    """A connector as data source settings describe it; opens nothing (source: datasources.md 7.1).

    Args:
        settings: `url`, or `protocol`, `host`, `port`, `user`, `password`, `database`; `strictObjectIDCoercion`, `enableGeoIndexing`,
            `allowExtendedOperators`, `disableDefaultSort`; `connectionTimeout`: milliseconds to wait for a server or connection, 1000;
            `statementTimeout`: milliseconds that a command may run, 5000; the driver's own options by their names.
        place: the data source's name, for messages.

    Raises:
        ProjectError: a setting is wrong.
    """
    return MongoConnector(opening_of(settings, place.source), settings)
