"""A store that can do the least that is asked of one: no lists, upserts or find-or-create of its own."""

from __future__ import annotations

from typing import Any

import pytest

import lbpy
from lbpy import PersistedModel
from lbpy.connectors.memory import connect
from lbpy.data.contract import Connector, Crud, SourcePlace
from lbpy.errors import Duplicate, ManyFailed
from lbpy.model.definition import ModelDefinition
from lbpy.query.nodes import Filter, Where
from lbpy.types import Row


class Plain(Crud):
    """The rows of a memory collection, through the operations that every store has."""

    def __init__(self, rows: Crud) -> None:
        self._rows = rows

    def create(self, row: Row) -> Row:
        return self._rows.create(row)

    def find(self, filter: Filter) -> list[Row]:
        return self._rows.find(filter)

    def count(self, where: Where) -> int:
        return self._rows.count(where)

    def update(self, where: Where, changes: Row) -> int:
        return self._rows.update(where, changes)

    def replace(self, id: Any, row: Row) -> bool:
        return self._rows.replace(id, row)

    def delete(self, where: Where) -> int:
        return self._rows.delete(where)


class PlainConnector(Connector[Plain]):
    """Memory, seen through Plain."""

    def __init__(self) -> None:
        self._memory = connect({}, SourcePlace("db", "."))
        self.name = "plain"
        self.id_kind = self._memory.id_kind

    def collection(self, definition: ModelDefinition) -> Plain:
        return Plain(self._memory.collection(definition))


class Forced(PersistedModel):
    title: str | None = None
    stars: int | None = None


class Free(PersistedModel, force_id=False):
    title: str | None = None
    stars: int | None = None


@pytest.fixture
def bound():
    with lbpy.App() as app:
        source = lbpy.DataSource("db", PlainConnector(), {})
        for cls in (Forced, Free):
            app.model(cls, data_source=source, public=True)
        yield app


@pytest.fixture
def seen(bound):
    """The hooks of Forced as they run."""
    names: list[str] = []
    hooks = ("access", "before save", "persist", "loaded", "after save")
    for hook in hooks:
        Forced.observe(hook, lambda ctx, hook=hook: names.append(hook))
    yield names
    for hook in hooks:
        Forced.clear_observers(hook)


def test_a_list_is_stored_whole_or_not_at_all(bound):
    assert [one.id for one in Free.create_many([{"title": "a"}, {"title": "b"}])] == [1, 2]
    with pytest.raises(ManyFailed) as error:
        Free.create_many([{"id": 7}, {"id": 8}, {"id": 7}])
    assert [one and type(one) for one in error.value.errors] == [None, None, Duplicate]
    assert [one.id for one in Free.find()] == [1, 2]


@pytest.mark.parametrize(
    ("call", "merged"),
    [(Free.upsert, {"id": 1, "title": "a", "stars": 5}), (Free.replace_or_create, {"id": 1, "stars": 5})],
)
def test_upserts_merge_replace_or_create(bound, call, merged):
    Free.create({"id": 1, "title": "a", "stars": 1})
    assert call({"id": 1, "stars": 5}).to_dict() == merged
    assert call({"id": 9, "stars": 6}).stars == 6
    assert {one.id: one.stars for one in Free.find()} == {1: 5, 9: 6}


def test_upsert_with_where(bound):
    Free.create(title="a")
    assert Free.upsert_with_where({"title": "a"}, {"stars": 5}).id == 1
    assert Free.upsert_with_where({"title": "z"}, {"stars": 6}).id == 2


def test_finding_or_creating_is_finding_and_then_creating(bound, seen):
    made, is_new = Forced.find_or_create({"title": "a"}, {"title": "a"})
    assert (made.id, is_new) == (1, True)
    assert seen == ["access", "before save", "persist", "loaded", "after save"]
    seen.clear()
    found, is_new = Forced.find_or_create({"title": "a"}, {"title": "b"})
    assert (found.id, is_new) == (1, False)
    assert seen == ["access", "loaded"]
