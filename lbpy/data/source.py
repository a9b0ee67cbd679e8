"""DataSource: one named store of an application, its models' collections, migrations and transactions. Opens nothing by itself."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final, Protocol

from ..errors import OperatorError
from ..model.definition import ModelDefinition
from ..types import Json, Row
from .contract import Connector, Crud, Migrations, Transactions
from .discovery import Discovery, NameMapper, Schemas, default_name
from .introspection import model_json
from .native import Native
from .plan import MigrationStep, Planned
from .transaction import Ambient, Open, Transaction, level
from .turns import Turns

if TYPE_CHECKING:
    from ..model.base import Model
    from .persisted import PersistedModel


PATIENCE: Final = 5.0
"""Seconds that a call waits for others that change the same record."""


class ModelHome(Protocol):
    """What an application does for its data sources: it binds models to them."""

    @abstractmethod
    def attach(self, model: type[Model], data_source: DataSource, /) -> None:
        """Bind a model class, without routes."""

    @abstractmethod
    def define_models(
        self, definitions: Sequence[Mapping[str, Json]], data_source: DataSource, base: type[PersistedModel] | None, /
    ) -> list[type[PersistedModel]]:
        """Make classes of model JSON below a base, None for PersistedModel, and bind them, without routes."""


class DataSource:
    """One named store.

    Args:
        name: its name in the application.
        connector: the connector, not yet opened.
        settings: as given in datasources.json or to `app.data_source`.
        home: the application that it is in; without one it makes no models.

    Attributes:
        pending: whether something is still to be done before the first call (bringing tables up to date).
        turn: has callers of this process go one after the other by key.
        timed: whether a transaction was ever given a time, so that calls have to look whether theirs is over.
    """

    def __init__(self, name: str, connector: Connector[Crud], settings: Mapping[str, Json], home: ModelHome | None = None) -> None:
        self.name = name
        self.connector = connector
        self.settings = settings
        self.pending: bool = settings.get("autoupdate") is True
        self.timed: bool = False
        self._collections: dict[str, Crud] = {}
        self._lock = threading.RLock()
        self._ambient = Ambient()
        self.turn: Turns = Turns(PATIENCE)
        self._home = home

    def collection(self, definition: ModelDefinition) -> Crud:
        """The rows of one model; made when the model is bound."""
        made = self.connector.collection(definition)
        self._collections[definition.name] = made
        self.pending = self.settings.get("autoupdate") is True
        return made

    def forget(self, name: str) -> None:
        """Let go of a model's collection."""
        self._collections.pop(name, None)

    def prepare(self) -> None:
        """Do what is pending: once, in the process that uses the store, while others wait."""
        with self._lock:
            if self.pending:
                self.autoupdate()
                self.pending = False  # only now: a store that could not be reached is tried again by the next call

    def migrate(self, models: Iterable[str] | None = None, *, allow_data_loss: bool = False) -> None:
        """Bring the tables up to date.

        Args:
            models: names of models; default all of this source.
            allow_data_loss: also drop columns that no property has any more, and narrow types.

        Raises:
            OperatorError: a name is not attached to this source.
        """
        for one in self._migrations(models):
            if isinstance(one, Planned):
                one.carry_out(allow_data_loss=allow_data_loss)
            else:
                one.autoupdate()

    def plan(self, models: Iterable[str] | None = None) -> list[MigrationStep]:
        """What `migrate` would do, statement by statement. Arguments and errors as of `migrate`."""
        return [step for one in self._migrations(models) if isinstance(one, Planned) for step in one.plan()]

    def autoupdate(self, models: Iterable[str] | None = None) -> None:
        """Make missing tables, columns and indexes; nothing is dropped or narrowed.

        Args:
            models: names of models; default all of this source.

        Raises:
            OperatorError: a name is not attached to this source.
        """
        for one in self._migrations(models):
            one.autoupdate()

    def automigrate(self, models: Iterable[str] | None = None) -> None:
        """Make the tables anew; all rows in them are lost. Arguments and errors as of `autoupdate`."""
        for one in self._migrations(models):
            one.automigrate()

    def is_actual(self, models: Iterable[str] | None = None) -> bool:
        """Whether `autoupdate` would have nothing to do. Arguments and errors as of `autoupdate`."""
        return all(one.is_actual() for one in self._migrations(models))

    def _migrations(self, models: Iterable[str] | None) -> list[Migrations]:
        names = list(self._collections) if models is None else list(models)
        unknown = [name for name in names if name not in self._collections]
        if unknown:
            raise OperatorError(f"Cannot migrate models not attached to this datasource: {' '.join(unknown)}")
        found = (self._collections[name] for name in names)
        return [one for one in found if isinstance(one, Migrations)]

    @property
    def has_transactions(self) -> bool:
        """Whether the connector has transactions; without them `transaction` refuses. It asks no server."""
        return isinstance(self.connector, Transactions)

    def transaction(self, *, isolation: str | None = None, timeout: float | None = None) -> AbstractContextManager[Transaction]:
        """A block whose calls on this source take effect together or not at all; inside another block it is a savepoint.

        Whoever is called inside joins it, in the same thread, greenlet and request only. It ends with the block, in a generator at
        the latest when that is closed. LoopBack's `commit` is the end of the block, its `rollback` an exception that leaves it.

        Args:
            isolation: READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ or SERIALIZABLE, where the store lets one choose; that of
                a savepoint is that of the outermost block.
            timeout: seconds, then the next call inside and the commit raise TransactionTimeout, and everything is undone. What the
                store itself waits for is not cut short: its connector has timeouts of its own.

        Returns:
            The block; its value, the transaction, may be handed on as `transaction` in the options of calls, which is refused elsewhere.

        Raises:
            OperatorError: the connector has no transactions, there is no such level, or no such timeout.
        """
        if not isinstance(self.connector, Transactions):
            raise OperatorError(f"{self.name}: the {self.connector.name} connector has no transactions{self.connector.instead}")
        if timeout is not None and not timeout > 0:
            raise OperatorError(f"{self.name}: the timeout of a transaction is a number of seconds above 0, not {timeout!r}")
        if self.pending:
            self.prepare()  # or tables made inside would be undone with the block
        self.timed = self.timed or timeout is not None
        return self._ambient.block(self.connector, level(isolation), timeout)

    @property
    def undoing(self) -> Open | None:
        """What opens a block that nobody asked for, so that a failure leaves nothing half-written; None where the store has none."""
        connector = self.connector
        return self.transaction if isinstance(connector, Transactions) and connector.undoes() else None

    @property
    def in_transaction(self) -> bool:
        """Whether the current call is inside a transaction, so that what it reads may be undone."""
        return self._ambient.current() is not None

    def in_time(self) -> None:
        """Raise TransactionTimeout if the time of the current transaction is over."""
        current = self._ambient.current()
        if current is not None:
            current.demand_time()

    def on_commit(self, call: Callable[[], object]) -> None:
        """Call when the outermost transaction commits; at once where there is none.

        It runs outside the transaction. If it raises, that is logged: what was stored stays, and calls after it are made
        (as Django's `on_commit(robust=True)`).
        """
        self._ambient.on_commit(call)

    # -- models ----------------------------------------------------------------

    def attach(self, model: type[Model]) -> None:
        """Bind a model class to this source, without routes. Raises OperatorError: it is bound already, or its name is taken."""
        self._built_by().attach(model, self)

    def build_model_from_instance(
        self, name: str, sample: Mapping[str, Json], *, id_injection: bool = True, base: type[PersistedModel] | None = None
    ) -> type[PersistedModel]:
        """A model for data like the sample, bound to this source, without routes (source: datasources.md 13.4).

        Args:
            name: of the model. sample: one record. id_injection: it gets an id that the store makes.
            base: the class that it inherits from, default PersistedModel.

        Raises:
            DefinitionError: the sample is no object. OperatorError: the application has a model of that name.
        """
        [model] = self._built_by().define_models([model_json(name, sample, id_injection=id_injection)], self, base)
        return model

    def discover_and_build_models(
        self,
        table: str,
        *,
        owner: str | None = None,
        relations: bool = False,
        base: type[PersistedModel] | None = None,
        mapper: NameMapper = default_name,
    ) -> dict[str, type[PersistedModel]]:
        """Models for a table and, with `relations`, for those that it refers to; bound to this source, without routes.

        Args:
            table: its name. owner: the schema that it is in, default that of the source.
            relations: whether foreign keys are followed, and become relations.
            base: the class that the models inherit from, default PersistedModel.
            mapper: what things are called in the models (source: datasources.md 13.1, 13.3).

        Returns:
            the classes by name; `app.model` is not needed, `app.serve` gives them routes.

        Raises:
            OperatorError: there is no such table, the connector cannot tell, or the application has a model of that name.
        """
        found = self.discover_schemas(table, owner=owner, relations=relations, mapper=mapper)
        return {model.__name__: model for model in self._built_by().define_models(list(found.values()), self, base)}

    def discover_schemas(
        self, table: str, *, owner: str | None = None, relations: bool = False, mapper: NameMapper = default_name
    ) -> dict[str, dict[str, Json]]:
        """Model JSON for a table and, with `relations`, for those that it refers to, by "OWNER.TABLE" (source: datasources.md 13.1).

        Arguments and errors as of `discover_and_build_models`.
        """
        return Schemas(self.discovery, relations, mapper).discover(table, owner)

    @property
    def discovery(self) -> Discovery:
        """What the store tells of its tables, columns and keys. Raises OperatorError if the connector cannot tell."""
        if not isinstance(self.connector, Discovery):
            raise OperatorError(f"{self.name}: the {self.connector.name} connector cannot tell which tables there are")
        return self.connector

    def _built_by(self) -> ModelHome:
        if self._home is None:
            raise OperatorError(f"{self.name} belongs to no application, which models need: make it by app.data_source(...)")
        return self._home

    # -- the store itself ------------------------------------------------------

    def execute(self, sql: str, params: Sequence[Json] = ()) -> list[Row]:
        """Run one statement in the store's own language, inside the current transaction if there is one.

        Args:
            sql: the statement, with the store's own marks for parameters ($1 on PostgreSQL).
            params: their values.

        Returns:
            the rows, as dicts by column name.

        Raises:
            OperatorError: the connector has no language of its own. StoreError: the store refuses the statement.
        """
        if not isinstance(self.connector, Native):
            raise OperatorError(f"{self.name}: the {self.connector.name} connector runs no native statements")
        if self.timed:
            self.in_time()
        return self.connector.execute(sql, params)

    def ping(self) -> None:
        """Raise StoreError if the store cannot be reached."""
        self.connector.ping()

    def close(self) -> None:
        """Give back connections; a later call opens them again."""
        self.connector.close()
