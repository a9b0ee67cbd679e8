"""The rows of one model in a table: each operation of the contract as one or two statements. Knows no driver."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final

from ...data.contract import CreateMany, Crud, FindOrCreate, Migrations, RelatedRows, Upsert
from ...data.plan import MigrationStep, Planned
from ...errors import Invalid, Problem
from ...model.definition import ModelDefinition
from ...query.nodes import Filter, Related, Where
from ...types import Row
from .ddl import Schema
from .dialect import Dialect
from .fragment import Fragment
from .statements import Statements
from .table import Table, table_of

TEXT_LIKE: Final = frozenset({"string", "text", "any"})
"""Kinds of ids for which a UUID will do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave. rows: as the driver makes them. count: how many rows it wrote. names: of the columns of `rows`."""

    rows: Sequence[Sequence[Any]]
    count: int
    names: tuple[str, ...] = ()


class Database(ABC):
    """What runs statements."""

    dialect: Dialect

    @abstractmethod
    def run(self, statement: Fragment, table: Table) -> Answer:
        """Run one statement about a table. Raises Duplicate, Invalid, BadRequest or StoreError for what the database says."""

    @abstractmethod
    def atomic(self) -> AbstractContextManager[None]:
        """What runs inside takes effect together and sees no other writer."""


class SqlCollection(Crud, CreateMany, RelatedRows, Upsert, FindOrCreate, Migrations, Planned):
    """One model's rows.

    Keys of rows that the model does not declare are not stored; a created row is handed back with them.

    Args:
        database: where to run.
        definition: the model.
    """

    def __init__(self, database: Database, definition: ModelDefinition) -> None:
        self._database = database
        self._table = table_of(definition, database.dialect)
        self._statements = Statements(self._table, database.dialect)
        self._schema = Schema(self._table, database.dialect)

    def _run(self, statement: Fragment) -> Answer:
        return self._database.run(statement, self._table)

    # -- reading

    def find(self, filter: Filter) -> list[Row]:
        """See Crud; without an order rows come by id."""
        columns = self._statements.projection(filter.fields)
        return columns.rows(self._run(self._statements.select(filter, columns)).rows)

    def count(self, where: Where) -> int:
        """See Crud."""
        return int(self._run(self._statements.count(where)).rows[0][0])

    def relates(self, related: Related) -> bool:
        """See RelatedRows: one statement, the related rows inside it."""
        return self._statements.relates(related)

    # -- creating

    def create(self, row: Row) -> Row:
        """See Crud."""
        return self._insert([row])[0]

    def create_many(self, rows: Sequence[Row]) -> list[Row]:
        """See CreateMany; one statement, unless the database limits its size."""
        size = self._statements.rows_at_once
        if len(rows) <= size:
            return self._insert(rows) if rows else []
        with self._database.atomic():
            return [row for at in range(0, len(rows), size) for row in self._insert(rows[at : at + size])]

    def _insert(self, rows: Sequence[Row]) -> list[Row]:
        given = [self._with_key(row) for row in rows]
        answer = self._run(self._statements.insert(given))
        return self._with_made_keys(given, [row[0] for row in answer.rows])

    def _with_key(self, row: Row) -> Row:
        """The row with an id, if the database does not make ids of that kind."""
        for column in self._table.keys:
            name, kind = column.property.name, column.property.kind.name
            if row.get(name) is None and (len(self._table.keys) > 1 or kind != "number"):
                row = {**row, name: self._new_key(name, kind)}
        return row

    def _new_key(self, name: str, kind: str) -> str:
        if kind not in TEXT_LIKE or len(self._table.keys) > 1:
            raise Invalid(self._table.definition.name, [Problem(name, "presence", "can't be blank")])
        return str(uuid.uuid4())

    def _with_made_keys(self, rows: Sequence[Row], ids: Sequence[Any]) -> list[Row]:
        """The rows with the ids that the database made: ascending, in the order of the rows, whatever order it answers in."""
        names = [column.property.name for column in self._table.keys]
        if not names or all(row.get(name) is not None for row in rows for name in names):
            return [dict(row) for row in rows]
        given = {row[names[0]] for row in rows if row.get(names[0]) is not None}
        made = iter(sorted(id for id in ids if id not in given))
        return [{**row, names[0]: next(made)} if row.get(names[0]) is None else dict(row) for row in rows]

    # -- changing

    def update(self, where: Where, changes: Row) -> int:
        """See Crud."""
        if not self._statements.named(changes):
            return self.count(where)
        return self._run(self._statements.update(where, changes)).count

    def replace(self, id: Any, row: Row) -> bool:
        """See Crud."""
        return self._run(self._statements.replace(self._at(id, row))).count > 0

    def upsert(self, id: Any, row: Row, *, replace: bool) -> tuple[Row, bool]:
        """See Upsert; a row that is new or replaced comes back as it was given, as from `create`."""
        if id is None:
            return self.create(row), True
        whole = self._at(id, row)
        with self._database.atomic():
            known = bool(self._run(self._statements.exists(id)).rows)
            answer = self._run(self._statements.upsert(whole, replace=replace))
        return (self._statements.whole.rows(answer.rows)[0] if known and not replace else whole), not known

    def _at(self, id: Any, row: Row) -> Row:
        return {**row, self._table.key.property.name: id}

    def find_or_create(self, filter: Filter, row: Row) -> tuple[Row, bool]:
        """See FindOrCreate."""
        with self._database.atomic():
            found = self.find(replace(filter, limit=1))
            return (found[0], False) if found else (self.create(row), True)

    def delete(self, where: Where) -> int:
        """See Crud."""
        return self._run(self._statements.delete(where)).count

    # -- migrations

    def automigrate(self) -> None:
        """See Migrations."""
        with self._database.atomic():
            for statement in (self._schema.drop(), *self._schema.create()):
                self._run(statement)

    def autoupdate(self) -> None:
        """See Migrations; columns that the model no longer has stay, and so do types that changed."""
        with self._database.atomic():
            for statement in self._missing():
                self._run(statement)

    def plan(self) -> list[MigrationStep]:
        """See Planned; nothing that it does loses data."""
        return [MigrationStep(statement.render()) for statement in self._missing()]

    def carry_out(self, *, allow_data_loss: bool) -> None:
        """See Planned."""
        self.autoupdate()

    def is_actual(self) -> bool:
        """See Migrations; indexes count."""
        return not self._missing()

    def _missing(self) -> list[Fragment]:
        dialect = self._database.dialect
        columns = [row[0] for row in self._run(dialect.columns(self._table.name)).rows]
        if not columns:
            return self._schema.create()
        return self._schema.missing(columns, self._run(dialect.indexes(self._table.name)).rows)


