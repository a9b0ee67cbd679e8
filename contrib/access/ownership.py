"""Whose a record is (source: auth.md 4.1). Reads at most the record itself, and no user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...data import reading
from ...data.bound import Bound
from ...model.base import Model
from ...remoting.access import AccessRequest, Principal
from ...types import Options, Row
from ..models import User
from .callers import Record

SILENT: Final[Options] = {"notify": False}
BY_BODY: Final = frozenset({"patchOrCreate", "replaceOrCreate"})


@dataclass(frozen=True, slots=True)
class Ownership:
    """How owners are found in one application.

    find_model: gives a model by name. several: whether there are several user models, so that a principal's type is the name of one.
    """

    find_model: Callable[[str], type[Model] | None]
    several: bool

    def owns(self, user: Principal, bound: Bound, id: Any, row: Callable[[], Row | None]) -> bool:
        """Whether a record belongs to a user.

        Args:
            user: who asks.
            bound: the model of the record.
            id: of the record.
            row: gives the record, None where it is gone.
        """
        if (user.type != "USER") is not self.several:
            return False
        if issubclass(bound.model, User):
            return user.type in ("USER", bound.name) and same(id, user.id)
        found = row()
        return found is not None and any(same(owner, user.id) for owner in self._owners(user, bound, found))

    def _owners(self, user: Principal, bound: Bound, row: Row) -> Iterable[Any]:
        named = bound.definition.setting("ownerRelations")
        keys = list(self._keys(user, bound, named if isinstance(named, list) else None))
        if named:
            return [row.get(key) for key in keys]
        told = row.get("userId") or (None if "owner" in bound.relations else row.get("owner"))
        if told and user.type == "USER":
            return [told]
        return [row.get(key) for key in keys[:1]]

    def _keys(self, user: Principal, bound: Bound, named: Iterable[str] | None) -> Iterator[str]:
        """The properties that hold a user's id: those of relations to the user's model."""
        for name, relation in bound.relations.items():
            if relation.type == "belongsTo" and relation.model and (named is None or name in named):
                target = self.find_model(relation.model)
                if target is not None and issubclass(target, User) and (not self.several or relation.model == user.type):
                    yield relation.foreign_key


def same(left: Any, right: Any) -> bool:
    """Whether two ids are the same, compared as text."""
    return left is not None and right is not None and (left == right or str(left) == str(right))


class Called(Record):
    """The record that a method is called on, loaded when its owner is asked for.

    Args:
        ownership: how owners are found.
        bound: the model of the record.
        id: of the record.
        row: the record where it was loaded before.
    """

    def __init__(self, ownership: Ownership, bound: Bound, id: Any, row: Row | None = None) -> None:
        self.id = id
        self._ownership = ownership
        self._bound = bound
        self._row = row

    def is_owned_by(self, user: Principal) -> bool:
        """Whether it belongs to a user."""
        return self._ownership.owns(user, self._bound, self.id, self._load)

    def _load(self) -> Row | None:
        if self._row is None:
            self._row = reading.find_by_id(self._bound, self.id, None, SILENT)
        return self._row


def called_on(ownership: Ownership, bound: Bound, request: AccessRequest) -> Record:
    """The record that a request is about; one without an id for all others."""
    if request.instance is not None:
        row = request.instance.to_dict()
        return Called(ownership, bound, row.get(bound.id_name), row)
    id = _id_of(bound, request)
    if id is None or not request.method.static:
        return Record()
    return Called(ownership, bound, id)


def _id_of(bound: Bound, request: AccessRequest) -> Any:
    if request.request is None:
        return None
    id: Any = request.request.path.get("id")
    if id is None and request.method.static:
        id = _id_in_body(bound, request)
    return id if isinstance(id, (str, int, float)) and not isinstance(id, bool) else None


def _id_in_body(bound: Bound, request: AccessRequest) -> Any:
    """The id in the body: of the two methods that are about one record, and as LoopBack of any (switch ownerByAnyId)."""
    assert request.request is not None
    data = request.arguments.get("data")
    if request.method.name in BY_BODY:
        return data.get(bound.id_name) if isinstance(data, Mapping) else None
    if not bound.settings.old("ownerByAnyId"):
        return None
    body, query = request.request.body, request.request.query
    return (body.get("id") if isinstance(body, Mapping) else None) or query.get("id")
