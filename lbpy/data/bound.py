"""Bound: one model on one store with everything prepared that its operations need. Runs no operation itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadRequest, UnboundError, UnsavedError
from ..model.base import Model
from ..model.definition import EMPTY, ModelDefinition
from ..model.hooks import Observer
from ..model.kinds import NOTHING, Kind
from ..model.masking import Mask
from ..model.rules import Rule
from ..model.schema import Reader
from ..query.grammar import Grammar, Rules
from ..query.nodes import Equal, Filter, Path, Where
from ..types import Options, Row, Settings, is_client
from .contract import CreateMany, Crud, FindOrCreate, RawJson, RelatedRows, RowLocks, Upsert, UpsertWhere
from .relations.definition import RelationDefinition
from .source import DataSource
from .transaction import Open

FindModel = Callable[[str], type[Model] | None]
"""Gives a model class of the application by name, or None."""

Defaults = tuple[tuple[str, Callable[[], Any]], ...]


def _nobody(name: str) -> type[Model] | None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """One model on one store.

    write_defaults fill new rows, read_defaults rows that come from the store without the property.
    scope: the default scope as a raw filter, {} where there is none; scope_values: what it forces onto written rows.
    rules, store_rules: those that look at the instance alone, and those that ask for other rows.
    misfits: properties whose default is of another type. unstored: properties whose default value is not kept in the store.
    client, code: what a query may name, for calls that carry a request's options and for all others.
    relations: by name. askable: those of them that a where may name.
    transaction: opens the block that each writing operation runs in, None where the model does not want one.
    nested_mask: takes out what must not be seen where rows are shown inside others.
    trusted, trusted_client: the same for queries that scopes and observers had their part in.
    """

    model: type[Model]
    definition: ModelDefinition
    source: DataSource
    rows: Crud
    settings: Settings
    reader: Reader
    rules: tuple[Rule, ...]
    store_rules: tuple[Rule, ...]
    grammar: Grammar
    id_path: Path | None
    write_defaults: Defaults
    read_defaults: Defaults
    scope: Mapping[str, Any]
    scope_values: Mapping[str, Any]
    client: Rules
    code: Rules
    trusted: Rules
    trusted_client: Rules
    raw_json: RawJson | None = None
    create_many: CreateMany | None = None
    related_rows: RelatedRows | None = None
    row_locks: RowLocks | None = None
    upsert: Upsert | None = None
    upsert_where: UpsertWhere | None = None
    find_or_create: FindOrCreate | None = None
    misfits: tuple[tuple[str, Kind], ...] = ()
    unstored: tuple[tuple[str, Any], ...] = ()
    relations: Mapping[str, RelationDefinition] = field(default_factory=lambda: EMPTY)
    askable: frozenset[str] = frozenset()
    find_model: FindModel = _nobody
    nested_mask: Mask | None = None
    transaction: Open | None = None

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.definition.name

    @property
    def store(self) -> Crud:
        """The collection, its tables made if they were asked to make themselves."""
        self.ready()
        return self.rows

    def ready(self) -> None:
        """Do what comes before a call of the store: what the source still has to do, a look at the time of a transaction."""
        if self.source.pending:
            self.source.prepare()
        if self.source.timed:
            self.source.in_time()

    @property
    def id_name(self) -> str:
        """Name of the id property."""
        return self.key.text

    @property
    def key(self) -> Path:
        """The path of the id; models without a single id have no operations by id."""
        if self.id_path is None:
            raise BadRequest(f"{self.name} has no single id property")
        return self.id_path

    @property
    def id_kind(self) -> Kind:
        """The kind of the id."""
        kind = self.key.kind
        assert kind is not None
        return kind

    def id_of(self, instance: Model) -> Any:
        """The id of a stored instance. Raises: UnsavedError."""
        id = instance._row.get(self.id_name)
        if id is None:
            raise UnsavedError(f"this {self.name} is not stored yet: save() it first")
        return id

    def read_id(self, value: Any) -> Any:
        """An id as rows hold it, or NOTHING where no row can have it.

        Args:
            value: text from a path, or whatever a caller gives.
        """
        if value is None:
            return NOTHING
        key = self.id_kind.path_id(value) if isinstance(value, str) else self.id_kind.operand(value)
        return NOTHING if isinstance(key, float) and math.isinf(key) else key

    def is_id(self, id: Any) -> Where:
        """The condition that a row has this id (read before)."""
        return Equal(self.key, id)

    def by_id(self, id: Any) -> Filter:
        """The filter that finds the row with this id (read before)."""
        return Filter(where=Equal(self.key, id), limit=1)

    def observers(self, hook: str) -> Sequence[Observer]:
        """Who runs at a hook, in order."""
        return self.model.observers__.chain(hook)

    def query_rules(self, options: Options) -> Rules:
        """What a query with these options may name."""
        return self.client if is_client(options) else self.code

    def trusted_rules(self, options: Options) -> Rules:
        """What a query may name once its caller's part was checked: scopes and observers are free, a client's limits still hold."""
        return self.trusted_client if is_client(options) else self.trusted

    def fill(self, row: Row, defaults: Defaults) -> Row:
        """The same row with defaults where it has no value."""
        for name, default in defaults:
            if name not in row:
                row[name] = default()
        return row


def bound_of(cls: type[Model]) -> Bound:
    """What a class is bound to.

    Raises:
        UnboundError: it is not bound; the text says how to bind it.
    """
    found = if_bound(cls)
    if found is None:
        raise UnboundError(
            f"{cls.__name__} belongs to no application yet: call app.model({cls.__name__}, data_source=...) before using it"
        )
    return found


def if_bound(cls: type[Model] | None) -> Bound | None:
    """The same, None for a class that is not bound itself (what it inherits does not count), and for no class."""
    found = None if cls is None else vars(cls).get("bound__")
    return found if isinstance(found, Bound) else None
