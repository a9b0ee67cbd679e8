"""The rows of one model in PostgreSQL: what it does in one statement where others need several. Knows no driver."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, Final

from ...data.contract import RowLocks
from ...data.plan import MigrationStep
from ...errors import Duplicate, Invalid, OperatorError
from ...model.definition import ModelDefinition
from ...query.nodes import Equal, Filter, Path, Where
from ...types import Row
from ..sql.collection import Database, SqlCollection
from ..sql.fragment import Fragment, sql
from ..sql.table import Column, Table
from .bulk import PostgresStatements
from .catalog import advance, columns, lock, nulls
from .ddl import Change, PostgresSchema, Present
from .foreign import ForeignKey, touching
from .misfits import Misfit, problem_of
from .storage import rounded

COLLISIONS: Final = 3
"""How often a row is offered a new id where others have taken the next ones by hand."""

LOCKED: Final = Fragment(" FOR NO KEY UPDATE")
"""What is read waits for others that change it, and keeps them waiting."""

IS_NEW: Final = Fragment(", (xmax = 0)")
"""Whether an upsert made the row, as one more column of its answer."""


class PostgresDatabase(Database):
    """What runs statements on PostgreSQL. tables: those of the models on it, by name of the model."""

    tables: dict[str, Table]

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether the current context is inside a transaction."""


class PostgresCollection(SqlCollection, RowLocks):
    """One model's rows.

    Args:
        database: where to run.
        definition: the model.
    """

    def __init__(self, database: PostgresDatabase, definition: ModelDefinition) -> None:
        super().__init__(database, definition)
        self._postgres = database
        database.tables[definition.name] = self._table
        self._statements: PostgresStatements = PostgresStatements(self._table, database.dialect)
        self._schema = self._ddl = PostgresSchema(self._table, database.dialect)
        self._doubles = frozenset(name for name, one in self._table.columns.items() if one.storage.type == "DOUBLE PRECISION")

    # -- writing

    def _insert(self, rows: Sequence[Row]) -> list[Row]:
        return self._insert_past_taken_ids(rows, COLLISIONS)

    def _insert_past_taken_ids(self, rows: Sequence[Row], tries: int) -> list[Row]:
        """Insert; where the next ids were given by hand to other rows, go on behind the highest one."""
        try:
            with self._writing(rows):
                return [self._as_kept(row) for row in super()._insert(rows)]
        except Duplicate as error:
            if tries == 0 or not error.is_id or not self._counts(rows):
                raise
        self._run(advance(self._table))
        return self._insert_past_taken_ids(rows, tries - 1)

    @contextmanager
    def _writing(self, rows: Sequence[Row] = ()) -> Iterator[None]:
        """Around what writes rows: what is refused is named, and does not undo a transaction around it, as on every store."""
        try:
            with self._database.atomic() if self._postgres.in_transaction else nullcontext():
                yield
        except Misfit as error:
            problem = problem_of(rows, self._table.columns.values(), self._fits)
            raise error if problem is None else Invalid(self._table.definition.name, [problem]) from error

    def _fits(self, rows: Sequence[Row], column: Column) -> bool:
        try:
            self._run(self._statements.probe(rows, column))
        except Misfit:
            return False
        return True

    def _as_kept(self, row: Row) -> Row:
        row.update((name, rounded(row[name])) for name in self._doubles & row.keys())
        return row

    def _counts(self, rows: Sequence[Row]) -> bool:
        """Whether the database counts, and each of the rows waits for its id."""
        key = self._table.key
        return key.property.kind.name == "number" and all(row.get(key.property.name) is None for row in rows)

    def update(self, where: Where, changes: Row) -> int:
        """See Crud."""
        with self._writing([changes]):
            return super().update(where, changes)

    def lock(self, id: Any) -> None:
        """See RowLocks."""
        self._run(self._statements.exists(id) + LOCKED)

    def replace(self, id: Any, row: Row) -> bool:
        """See Crud."""
        with self._writing([row]):
            return super().replace(id, row)

    def upsert(self, id: Any, row: Row, *, replace: bool) -> tuple[Row, bool]:
        """See Upsert; one statement, and two where a row to merge into is not there."""
        if id is None:
            return self.create(row), True
        given = self._at(id, row)
        with self._writing([given]):
            return (None if replace else self._merged(given)) or self._put(given, replace=replace)

    def _merged(self, row: Row) -> tuple[Row, bool] | None:
        """Merge into the row that is there: an INSERT would want all columns that take no null."""
        key = self._table.key.property
        where = Equal(Path(key.name, (key.name,), key, key.kind), row[key.name])
        answer = self._run(self._statements.update(where, row) + sql(" RETURNING {}", self._statements.whole.sql))
        return (self._statements.whole.rows(answer.rows)[0], False) if answer.rows else None

    def _put(self, row: Row, *, replace: bool) -> tuple[Row, bool]:
        answer = self._run(self._statements.upsert(row, replace=replace) + IS_NEW)
        is_new = bool(answer.rows[0][-1])
        return (row if is_new or replace else self._statements.whole.rows(answer.rows)[0]), is_new

    def delete(self, where: Where) -> int:
        """See Crud."""
        with self._writing():
            return super().delete(where)

    def find_or_create(self, filter: Filter, row: Row) -> tuple[Row, bool]:
        """See FindOrCreate; callers that find nothing take turns."""
        found = self.find(replace(filter, limit=1))
        if found:
            return found[0], False
        with self._database.atomic():
            self._run(lock(self._table.sql.text))
            found = self.find(replace(filter, limit=1))
            return (found[0], False) if found else (self.create(row), True)

    # -- migrations

    def automigrate(self) -> None:
        """See Migrations."""
        with self._database.atomic():
            self._run(lock("lbpy migration"))
            super().automigrate()
            self._tie()

    def autoupdate(self) -> None:
        """See Migrations; processes that do it at the same time take turns."""
        self.carry_out(allow_data_loss=False)

    def plan(self) -> list[MigrationStep]:
        """See Planned."""
        steps = [MigrationStep(change.statement.render(), change.loses) for change in self._changes()]
        return steps + [MigrationStep(one.add().render()) for one in self._lacking()]

    def carry_out(self, *, allow_data_loss: bool) -> None:
        """See Planned; all steps or none."""
        if not self._wanted(allow_data_loss) and not self._lacking():
            return
        with self._database.atomic():
            self._run(lock("lbpy migration"))
            for change in self._wanted(allow_data_loss):
                self._change(change)
            self._tie()

    def _change(self, change: Change) -> None:
        try:
            self._run(change.statement)
        except Misfit as error:
            text = f"{self._table.name}: a row has a value that does not fit ({error.__cause__}): {change.statement.text}"
            raise OperatorError(text) from error

    def _tie(self) -> None:
        """Make the foreign keys of tables that are both there by now."""
        for one in self._lacking():
            self._run(one.add())

    def _lacking(self) -> list[ForeignKey]:
        wanted = touching(self._table, self._postgres.tables, self._postgres.dialect)
        return [one for one in wanted if self._run(one.is_lacking()).rows[0][0]]

    def _wanted(self, allow_data_loss: bool) -> list[Change]:
        return [change for change in self._changes() if allow_data_loss or not change.loses]

    def _missing(self) -> list[Fragment]:
        return [change.statement for change in self._wanted(allow_data_loss=False)]

    def _changes(self) -> list[Change]:
        found = self._run(columns(self._table)).rows
        if not found:
            return [Change(statement) for statement in self._ddl.create()]
        names = [self._postgres.dialect.name(row[0]) for row in found]
        empty = self._run(nulls(self._table, names)).rows[0]
        present = [Present(row[0], row[1], row[2], null) for row, null in zip(found, empty, strict=True)]
        return self._ddl.changes(present, self._run(self._postgres.dialect.indexes(self._table.sql.text)).rows)
