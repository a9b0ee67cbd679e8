"""What a connector may offer, as small abstract classes that it declares by inheriting. Knows definitions, filters and rows only.

A connector makes one Collection for each model bound to it. A Collection inherits Crud and whichever of the other classes its store
can do natively; `isinstance` picks the native way, nobody probes for attributes. Nothing is opened when these objects are made:
a store is opened at first use, inside the worker, under a lock.

Rows handed in and out are plain dicts: property names as keys, values as the kinds read them (str, int, float, bool, aware datetime
in UTC, bytes, GeoPoint, list, dict, None). Rows handed out belong to the caller, who may change them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from orjson import Fragment

from ..errors import OperatorError
from ..model.definition import Default, ModelDefinition
from ..model.kinds import Kind
from ..query.nodes import Filter, Related, Where
from ..query.operators import Operators
from ..types import Row
from .execution import ExecutionHook, Moment

C_co = TypeVar("C_co", bound="Crud", covariant=True)


def read_defaults(definition: ModelDefinition) -> dict[str, Default]:
    """What fills rows that come without a value from the store, by property (source: models.md 1, applyDefaultsOnReads)."""
    if not definition.setting("applyDefaultsOnReads", True):
        return {}
    return {one.name: one.default for one in definition.properties.values() if one.default is not None}


class Crud(ABC):
    """The rows of one model in one store."""

    @abstractmethod
    def create(self, row: Row) -> Row:
        """Store one row, give it an id if it has none; returns the row as stored. Raises Duplicate for an id that exists."""

    @abstractmethod
    def find(self, filter: Filter) -> list[Row]:
        """The rows that meet the filter, sorted and cut; `include` is not the store's business."""

    @abstractmethod
    def count(self, where: Where) -> int:
        """How many rows meet the condition."""

    @abstractmethod
    def update(self, where: Where, changes: Row) -> int:
        """Set the given keys on every row that meets the condition; returns how many rows met it."""

    @abstractmethod
    def replace(self, id: Any, row: Row) -> bool:
        """Put `row` in the place of the row with that id; False if there is none."""

    @abstractmethod
    def delete(self, where: Where) -> int:
        """Remove every row that meets the condition; returns how many there were."""


class CreateMany(ABC):
    """The store takes several rows at once."""

    @abstractmethod
    def create_many(self, rows: Sequence[Row]) -> list[Row]:
        """Store all rows or none; returns them as stored. Raises Duplicate."""


class RawJson(ABC):
    """The store has rows as JSON text, so that an answer need not be built from rows."""

    @abstractmethod
    def find_json(self, filter: Filter) -> list[Fragment] | None:
        """What `find` gives for a filter without `fields`, each row as the text that the encoder writes for it.

        None where the rows have to be looked at: one of them lacks a property in `read_defaults`.
        """


class RelatedRows(ABC):
    """The store answers conditions on the rows of its other models by itself."""

    @abstractmethod
    def relates(self, related: Related) -> bool:
        """Whether it can compare these two properties; if not, it is asked for the values that were found on the other side."""


class OwnOperators(ABC):
    """The store has operators of its own for conditions on a property, beside those of every store or instead of one of them."""

    @property
    @abstractmethod
    def operators(self) -> Operators:
        """What reads them, by name; they become nodes that the collection understands."""


class Upsert(ABC):
    """The store updates or creates in one step."""

    @abstractmethod
    def upsert(self, id: Any, row: Row, *, replace: bool) -> tuple[Row, bool]:
        """Merge `row` into (or put it in the place of) the row with that id, or create it; returns the row and whether it is new."""


class UpsertWhere(ABC):
    """The store updates the row that meets a condition, or creates one, in one step."""

    @abstractmethod
    def upsert_where(self, where: Where, row: Row) -> tuple[Row, bool] | None:
        """Merge `row` into the only row that meets the condition, or create it; the row and whether it is new, None where several do."""


class FindOrCreate(ABC):
    """The store looks and creates in one step, so that two callers make one row."""

    @abstractmethod
    def find_or_create(self, filter: Filter, row: Row) -> tuple[Row, bool]:
        """The first row that meets the filter and False, or `row` as stored and True."""


class RowLocks(ABC):
    """The store lets one caller have a row to itself."""

    @abstractmethod
    def lock(self, id: Any) -> None:
        """Keep others from changing the row with that id, if there is one, until the current transaction ends."""


class Migrations(ABC):
    """The store has tables to be made."""

    @abstractmethod
    def automigrate(self) -> None:
        """Make the table anew; rows in it are lost."""

    @abstractmethod
    def autoupdate(self) -> None:
        """Bring the table up to date without losing anything."""

    @abstractmethod
    def is_actual(self) -> bool:
        """Whether `autoupdate` would have nothing to do."""


class Transactions(ABC):
    """The connector can group calls so that all or none take effect."""

    @abstractmethod
    def transaction(self, isolation: str | None = None) -> AbstractContextManager[None]:
        """Everything done on this connector inside joins; an exception undoes it. Inside another one: a savepoint.

        Only the context that opened it is in it, not its thread's next one; it may be left in another context and thread, where a
        generator is thrown away.

        Args:
            isolation: a level in capitals, None for that of the store and for savepoints.

        Raises:
            OperatorError: the store has no such level. StoreError: it cannot begin.
        """

    def undoes(self) -> bool:
        """Whether a block opened now can be undone by itself, whatever is around it; asked where nobody demands a transaction."""
        return True


class KeyValue(ABC):
    """The store keeps values by key, each with a time to live if wanted (source: datasources.md 12.2)."""

    @abstractmethod
    def get(self, key: str) -> Any:
        """The value of a key as a copy, None for a key that is not there."""

    @abstractmethod
    def set(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Keep a copy of a value; ttl: milliseconds until it is gone, None keeps it and takes an earlier limit away."""

    @abstractmethod
    def expire(self, key: str, ttl: float) -> bool:
        """Let a key live so many milliseconds from now; False if it is not there."""

    @abstractmethod
    def ttl(self, key: str) -> float | None:
        """The milliseconds that a key has left, None for no limit. Raises KeyError for a key that is not there."""

    @abstractmethod
    def keys(self, match: str | None = None) -> list[str]:
        """The keys that fit a glob pattern (`* ? [abc]` and `\\`), all without one."""

    @abstractmethod
    def delete_key(self, key: str) -> bool:
        """Forget a key; False if it is not there."""

    @abstractmethod
    def delete_keys(self) -> int:
        """Forget all keys; returns how many there were."""


class Connector(ABC, Generic[C_co]):
    """One data store.

    Attributes:
        name: LoopBack's name of the connector, such as "memory".
        id_kind: the kind of ids that the store makes.
        free_form: whether undeclared properties are kept (False on SQL stores).
        relational: whether the store has declared columns; a missing value comes back as None there.
        takes_paths: whether an update may set a value inside an object by its dotted path.
        has_operators: whether names that begin with a dollar mean something to the store, so that queries may not use them.
        instead: what follows "has no transactions" where somebody wants one: what the store can do, and what to take instead.
    """

    name: str
    id_kind: Kind
    free_form: bool = True
    relational: bool = False
    takes_paths: bool = False
    has_operators: bool = False
    instead: str = ""

    @abstractmethod
    def collection(self, definition: ModelDefinition) -> C_co:
        """The rows of one model; called once, when the model is bound. Opens nothing."""

    def observe(self, moment: Moment, hook: ExecutionHook) -> None:
        """Let a callable with one argument, the Execution, run around each command sent to the store (source: logic.md 5).

        Raises:
            OperatorError: the store takes no commands, or has no such moment.
        """
        raise OperatorError(f"the {self.name} connector sends no commands that could be observed")

    def close(self) -> None:
        """Give back what was opened; a later call opens it again."""

    def ping(self) -> None:
        """Raise StoreError if the store cannot be reached."""


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """What a connector is told beyond its own settings: the data source's name and the folder that relative paths start from."""

    source: str
    root: str


MakeConnector = Callable[[Mapping[str, Any], SourcePlace], Connector[Crud]]
"""What an entry point of the group lbpy.connectors names: settings of the data source and its SourcePlace -> a Connector."""
