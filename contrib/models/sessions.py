"""The tokens of one user model: making them, and ending those of a user. Judges no password and no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.bound import bound_of, if_bound
from ...errors import OperatorError
from ...model.base import Model
from ...types import Options
from .access_token import AccessToken


@dataclass(frozen=True, slots=True)
class Sessions:
    """The tokens that users of one model have.

    tokens: their class. owner: what else their rows hold: with several user models the name of this one (source: auth.md 5).
    """

    tokens: type[AccessToken]
    owner: Mapping[str, Any]

    def open(self, user: Model, ttl: float, scopes: Sequence[str] = ()) -> AccessToken:
        """A new token of a user; ttl in seconds."""
        more = {"scopes": list(scopes)} if scopes else {}
        return self.tokens.issue({"userId": id_of(user), "ttl": ttl, **more, **self.owner})

    def end(self, ids: Sequence[Any], options: Options) -> None:
        """Delete the tokens of users, save the one that the request came with."""
        if not ids or options.get("preserveAccessTokens"):
            return
        mine = options.get("accessToken")
        kept = [{"id": {"neq": self.tokens.stored_id(str(mine["id"]))}}] if isinstance(mine, AccessToken) else []
        self.tokens.destroy_all({"and": [{"userId": {"inq": list(ids)}}, *self._owned(), *kept]})

    def end_all(self, ids: Sequence[Any]) -> None:
        """Delete all tokens of users."""
        if ids:
            self.tokens.destroy_all({"and": [{"userId": {"inq": list(ids)}}, *self._owned()]})

    def spend_resets(self, id: Any, scope: str) -> None:
        """Take their scope from the tokens of a user that are good for a reset only: they are known, and good for nothing."""
        held = self.tokens.find({"and": [{"userId": id}, *self._owned()]})
        spent = [one["id"] for one in held if scope in (one.to_dict().get("scopes") or ())]
        if spent:
            self.tokens.update_all({"id": {"inq": spent}}, {"scopes": []})

    def _owned(self) -> list[Mapping[str, Any]]:
        return [self.owner] if self.owner else []


def sessions_of(user: type[Model]) -> Sessions | None:
    """The tokens of a user model, None where it has none: those that its relation `accessTokens` leads to."""
    bound = bound_of(user)
    relation = bound.relations.get("accessTokens")
    found = bound.find_model(relation.model) if relation is not None and relation.model else None
    if relation is None or found is None or if_bound(found) is None or not issubclass(found, AccessToken):
        return None
    return Sessions(found, {relation.polymorphic.discriminator: bound.name} if relation.polymorphic else {})


def needed_sessions(user: type[Model]) -> Sessions:
    """The tokens of a user model.

    Raises:
        OperatorError: it has none.
    """
    found = sessions_of(user)
    if found is None:
        raise OperatorError(f"{user.__name__} has no relation accessTokens to a model of tokens that is on a data source")
    return found


def id_of(user: Model) -> Any:
    """The id of a record."""
    return user[bound_of(type(user)).id_name]


