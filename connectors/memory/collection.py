"""The rows of one model in memory: what the contract asks for, over a table. Evaluates conditions by lbpy.query only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from orjson import Fragment

from ...data.contract import CreateMany, Crud, FindOrCreate, Migrations, RawJson, Upsert, UpsertWhere, read_defaults
from ...errors import ClientError, Duplicate
from ...model.definition import ModelDefinition
from ...model.encoding import dumps
from ...model.javascript import number_of
from ...model.kinds import Kind
from ...query.evaluate import predicate, project, run
from ...query.nodes import EVERY_ROW, And, Equal, Filter, In, Path, Where
from ...types import Row
from .store import AS_THEY_ARE, Store, id_of, key_of
from .table import Key, Stored, rank

EXACT: Final = 2**53


class MemoryCollection(Crud, RawJson, CreateMany, Upsert, UpsertWhere, FindOrCreate, Migrations):
    """The rows of one model.

    Args:
        definition: the model.
        store: where its collection is.
    """

    def __init__(self, definition: ModelDefinition, store: Store) -> None:
        id = id_of(definition)
        self._model = definition.name
        self._id = id.name
        self._kind = id.kind
        self._keys_are_ids = id.kind.name in AS_THEY_ARE
        self._read_defaults = read_defaults(definition).keys()
        self._id_first = next(iter(definition.properties), None) == id.name
        self._store = store
        self._table = store.table(definition)

    # -- reading -------------------------------------------------------------

    def find(self, filter: Filter) -> list[Row]:
        """The rows that meet the filter, as copies; without an order by id."""
        return self._given_out(filter, self._found(filter))

    def find_json(self, filter: Filter) -> list[Fragment] | None:
        """The rows that meet the filter as JSON text, which each keeps once it was made; None also where other models share them."""
        if self._table.users > 1:
            return None
        rows = self._found(filter)
        texts = [text for row in rows if (text := row.json or self._json(row)) is not None]
        return texts if len(texts) == len(rows) else None

    def _json(self, row: Stored) -> Fragment | None:
        if self._read_defaults <= row.keys():
            row.json = Fragment(dumps(self._copy(row)))
        return row.json

    def _found(self, filter: Filter) -> list[Stored]:
        key = self._only_key(filter)
        with self._store.reading():
            if key is not None:
                row = self._table.get(key)
                return [] if row is None else [row]
            if not filter.order and filter.where == EVERY_ROW:
                return run(filter, self._table.rows().values())
            candidates = self._candidates(filter.where, sorting=bool(filter.order))
        return run(filter, candidates)

    def _only_key(self, filter: Filter) -> Key | None:
        """What the only row is kept by that can meet the filter, and does; None for filters that have to be run."""
        where = filter.where
        if isinstance(where, Equal) and self._is_id(where.path) and self._keys_are_ids and not filter.skip:
            return where.value
        return None

    def count(self, where: Where) -> int:
        """How many rows meet the condition."""
        with self._store.reading():
            if where == EVERY_ROW:
                return len(self._table)
            candidates = self._candidates(where)
        return sum(map(predicate(where), candidates))

    def _candidates(self, where: Where, *, sorting: bool = False) -> list[Stored]:
        """The rows among which those that meet the condition are: by look-up where it names ids.

        Args:
            where: the condition.
            sorting: they are going to be sorted, so that rows of equal rank come as LoopBack has them; else by id.
        """
        keys = self._keys_in(where)
        if keys is None:
            return list((self._table.listed() if sorting else self._table.rows()).values())
        if sorting and len(keys) > 1 and any(isinstance(key, str) for key in keys):
            return [row for key, row in self._table.listed().items() if key in keys]
        ordered = sorted(keys, key=rank) if len(keys) > 1 else keys
        return [row for key in ordered if (row := self._table.get(key)) is not None]

    def _keys_in(self, where: Where) -> set[Key] | None:
        match where:
            case Equal(path, value) if value is not None and self._is_id(path):
                return {key_of(self._kind, value)}
            case In(path, values, False) if self._is_id(path):
                return {key_of(self._kind, value) for value in values}
            case And(parts):
                return next((keys for part in parts if (keys := self._keys_in(part)) is not None), None)
        return None

    def _is_id(self, path: Path) -> bool:
        return path.text == self._id

    def _given_out(self, filter: Filter, rows: Sequence[Row]) -> list[Row]:
        return self._copies(project(filter.fields, rows))

    def _copies(self, rows: Sequence[Row]) -> list[Row]:
        """Rows for the caller; the file has made-up ids last, the caller has them where the model has them."""
        copies = self._table.copies(rows)
        if not self._id_first:
            return copies
        id = self._id
        return [{id: row[id], **row} if id in row else row for row in copies]

    def _copy(self, row: Row) -> Row:
        return self._copies((row,))[0]

    # -- creating ------------------------------------------------------------

    def create(self, row: Row) -> Row:
        """Store a row, with an id from the counter where it has none. Raises Duplicate for an id that exists."""
        with self._store.changing():
            stored = self._insert(row)
        return self._copy(stored)

    def create_many(self, rows: Sequence[Row]) -> list[Row]:
        """Store all rows or none. Raises Duplicate, also for an id that occurs twice among them."""
        stored: list[Row] = []
        with self._store.changing():
            try:
                for row in rows:
                    stored.append(self._insert(row))
            except Duplicate:
                for row in stored:
                    self._table.remove(self._key(row))
                raise
        return self._copies(stored)

    def find_or_create(self, filter: Filter, row: Row) -> tuple[Row, bool]:
        """The first row that meets the filter and False, or the row as stored and True."""
        with self._store.changing():
            found = run(filter, self._candidates(filter.where))[:1]
            is_new = not found
            stored = self._insert(row) if is_new else found[0]
        return (self._copy(stored), True) if is_new else (self._given_out(filter, found)[0], False)

    def _insert(self, row: Row) -> Stored:
        id = self._identify(row.get(self._id))
        key = key_of(self._kind, id)
        if key in self._table:
            raise Duplicate(self._model, self._id)
        return self._table.put(key, {**row, self._id: id})

    def _key(self, row: Row) -> Key:
        return key_of(self._kind, row[self._id])

    def _identify(self, given: Any) -> Any:
        """The given id, or one from the counter; either way the counter moves (source: models.md 3, "Memory ids")."""
        table = self._table
        id, least = (given, _counted(given)) if given else (_as_id(self._kind, table.counter), 0)
        table.counter = max(table.counter, least) + 1
        return id

    # -- changing ------------------------------------------------------------

    def update(self, where: Where, changes: Row) -> int:
        """Set the given keys, other than the id, on every row that meets the condition; returns how many met it."""
        with self._store.changing():
            met = self._met(where)
            for row in met:
                self._put(row, {**row, **changes})
        return len(met)

    def replace(self, id: Any, row: Row) -> bool:
        """Put the row, its id first as in LoopBack, in the place of the one with that id; False if there is none."""
        with self._store.changing():
            old = self._table.get(key_of(self._kind, id))
            if old is not None:
                self._put(old, {self._id: id, **row})
        return old is not None

    def upsert(self, id: Any, row: Row, *, replace: bool) -> tuple[Row, bool]:
        """Merge the row into the one with that id, or put it in its place, or create it."""
        with self._store.changing():
            old = self._table.get(key_of(self._kind, id))
            if old is None:
                stored = self._insert({**row, self._id: id})
            else:
                stored = self._put(old, row if replace else {**old, **row})
        return self._copy(stored), old is None

    def upsert_where(self, where: Where, row: Row) -> tuple[Row, bool] | None:
        """Merge the row into the only one that meets the condition, or create it; None where several do."""
        with self._store.changing():
            met = self._met(where)
            if len(met) > 1:
                return None
            stored = self._put(met[0], {**met[0], **row}) if met else self._insert(row)
        return self._copy(stored), not met

    def _put(self, old: Row, row: Row) -> Stored:
        """Put a row in the place of another one, whose id it gets."""
        return self._table.put(self._key(old), {**row, self._id: old[self._id]})

    def delete(self, where: Where) -> int:
        """Remove every row that meets the condition; returns how many there were."""
        with self._store.changing():
            met = self._met(where)
            for row in met:
                self._table.remove(self._key(row))
        return len(met)

    def _met(self, where: Where) -> list[Stored]:
        return list(filter(predicate(where), self._candidates(where)))

    # -- migrating -----------------------------------------------------------

    def automigrate(self) -> None:
        """Empty the collection and start counting anew."""
        with self._store.changing():
            self._table.clear()

    def autoupdate(self) -> None:
        """Do nothing: there are no tables to bring up to date."""

    def is_actual(self) -> bool:
        """Always: there are no tables."""
        return True


def _as_id(kind: Kind, number: float) -> Any:
    """A number from the counter as an id of that kind: text for text."""
    try:
        return kind.read(number)
    except ClientError:
        return number


def _counted(id: Any) -> float:
    """How far an id moves the counter; ids that JavaScript could not count on from do not."""
    number = None if isinstance(id, (list, dict)) else number_of(id)
    return number if number is not None and abs(number) <= EXACT else 0
