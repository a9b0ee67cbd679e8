"""DataSource: one named store of an application, its models' collections, migrations and transactions. Opens nothing by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from ..errors import OperatorError
from ..model.definition import ModelDefinition
from ..types import Row
from .contract import Connector, Crud, Migrations, Transactions
from .native import Native
from .plan import Planned, Step
from .transaction import Ambient


class DataSource:
    """One named store.

    Args:
        name: its name in the application.
        connector: the connector, not yet opened.
        settings: as given in datasources.json or to `app.data_source`.

    Attributes:
        pending: whether something is still to be done before the first call (bringing tables up to date).
    """

    def __init__(self, name: str, connector: Connector[Crud], settings: Mapping[str, Any]) -> None:
        self.name = name
        self.connector = connector
        self.settings = settings
        self.pending: bool = settings.get("autoupdate") is True
        self._collections: dict[str, Crud] = {}
        self._lock = threading.RLock()
        self._ambient = Ambient()

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

    def plan(self, models: Iterable[str] | None = None) -> list[Step]:
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

    def transaction(self, *, isolation: str | None = None) -> AbstractContextManager[None]:
        """A block whose calls on this source take effect together or not at all; inside another block it is a savepoint.

        Args:
            isolation: an isolation level of SQL, where the store has it.

        Raises:
            OperatorError: the connector has no transactions.
        """
        if not isinstance(self.connector, Transactions):
            raise OperatorError(f"{self.name}: the {self.connector.name} connector has no transactions")
        if self.pending:
            self.prepare()  # or tables made inside would be undone with the block
        return self._ambient.block(self.connector, isolation)

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call when the outermost transaction commits; at once where there is none."""
        self._ambient.on_commit(call)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
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
        return self.connector.execute(sql, params)

    def ping(self) -> None:
        """Raise StoreError if the store cannot be reached."""
        self.connector.ping()

    def close(self) -> None:
        """Give back connections; a later call opens them again."""
        self.connector.close()
