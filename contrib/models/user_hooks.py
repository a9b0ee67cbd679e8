"""What every save and deletion of users does: claims of clients, letters of addresses, hashes, sessions. Answers no request.

Source: auth.md 1, 1.6, 1.7.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final, cast

from ...data.bound import bound_of
from ...errors import Invalid, Problem, Unauthorized
from ...model.hooks import Deleting, Reading, Saving
from ...types import UNSET, Row, is_client
from . import passwords
from .sessions import sessions_of

BEFORE: Final = "usersBefore"
"""Key in the state of hooks: the users as they were, where email or password may change."""


# -- before ------------------------------------------------------------------


def before_save(ctx: Saving[Any]) -> None:
    """Put in order what is saved of a user."""
    row = changed(ctx)
    creating = is_creating(ctx)
    fold_email(ctx.model, row)
    before = [] if creating else users_before(ctx, row)
    if is_client(ctx.options) and not bound_of(ctx.model).settings.old("clientSetsVerification"):
        drop_claims(row, before, creating=creating)
    elif creating and row.get("emailVerified"):
        drop_verified(ctx, row)
    check_way(ctx, row, before)
    hash_password(ctx, row, before, creating=creating)
    if not creating and "email" in row:
        end_verification(ctx, row, before)
    ctx.hook_state[BEFORE] = before


def changed(ctx: Saving[Any]) -> MutableMapping[str, Any]:
    """What is being saved: the row of the instance, or the properties that are set."""
    return cast("MutableMapping[str, Any]", ctx.instance._row if "instance" in ctx else ctx.data)


def is_creating(ctx: Saving[Any]) -> bool:
    """Whether a new user is made."""
    return "is_new" in ctx and ctx.is_new


def drop_claims(row: MutableMapping[str, Any], before: Sequence[Row], *, creating: bool) -> None:
    """A client's word on what was verified does not count; to say again what is stored claims nothing."""
    row.pop("verificationToken", None)
    if creating and row.get("emailVerified"):
        row["emailVerified"] = False
    elif row.get("emailVerified") and not (before and all(one.get("emailVerified") for one in before)):
        del row["emailVerified"]


def drop_verified(ctx: Saving[Any], row: MutableMapping[str, Any]) -> None:
    """Nobody signs up with a verified address by way of a route, as recorded."""
    if is_client(ctx.options):
        row["emailVerified"] = False


def fold_email(model: Any, row: MutableMapping[str, Any]) -> None:
    """Addresses in small letters, where their letter case does not count."""
    if model.setting("caseSensitiveEmail", True) is False and isinstance(row.get("email"), str):
        row["email"] = row["email"].lower()


def users_before(ctx: Saving[Any], row: Mapping[str, Any]) -> list[Row]:
    """The users as they are stored, where email or password may change."""
    if not replaces_password(ctx, row) and "email" not in row:
        return []
    if "current_instance" in ctx:
        return [ctx.current_instance.to_dict()]
    key = bound_of(ctx.model).id_name
    where = ctx.where if "where" in ctx else {key: row.get(key)}
    return [one.to_dict() for one in ctx.model.find(where, options={"notify": False})]


def check_way(ctx: Saving[Any], row: Mapping[str, Any], before: Sequence[Row]) -> None:
    """Refuse a new password that comes another way than by its own methods, where the model says so."""
    is_free = ctx.options.get("setPassword") or not ctx.model.setting("rejectPasswordChangesViaPatchOrReplace")
    if is_free or not replaces_password(ctx, row):
        return
    if any(one.get("password") != row.get("password") for one in before):
        text = "Changing user password via patch/replace API is not allowed. Use changePassword() or setPassword() instead."
        raise Unauthorized(text, code="PASSWORD_CHANGE_NOT_ALLOWED")


def replaces_password(ctx: Saving[Any], row: Mapping[str, Any]) -> bool:
    """Whether another password may come in the place of the stored one; a whole user without one takes it away."""
    return "password" in row or "instance" in ctx


def hash_password(ctx: Saving[Any], row: MutableMapping[str, Any], before: Sequence[Row], *, creating: bool) -> None:
    """Put the hash in the place of a password; code may give a ready hash, a client may not."""
    if "password" not in row:
        return
    plain = row["password"]
    if not isinstance(plain, str):
        _refuse_odd(ctx, row, plain, creating=creating)
    elif any(plain == one.get("password") for one in before):
        return  # the stored hash itself: an instance that was loaded is saved again
    elif is_client(ctx.options) or not passwords.is_hash(plain):
        passwords.check_password(plain)
        row["password"] = passwords.hashed(plain, ctx.model.cost())


def _refuse_odd(ctx: Saving[Any], row: MutableMapping[str, Any], plain: Any, *, creating: bool) -> None:
    """A password that is no text: at sign-up the same as none, else refused (switch dropBadPassword)."""
    if creating or "instance" in ctx or bound_of(ctx.model).settings.old("dropBadPassword"):
        del row["password"]
    else:
        raise Invalid(bound_of(ctx.model).name, [Problem("password", "presence", "can't be blank", UNSET)])


def end_verification(ctx: Saving[Any], row: MutableMapping[str, Any], before: Sequence[Row]) -> None:
    """A new address is not verified by the mail to the old one."""
    if not any(one.get("email") != row["email"] for one in before):
        return
    if any(one.get("verificationToken") for one in before):
        row["verificationToken"] = None
    if ctx.model.setting("emailVerificationRequired"):
        row["emailVerified"] = False


# -- after -------------------------------------------------------------------


def after_save(ctx: Saving[Any]) -> None:
    """A new address or password ends the sessions of its user, save the one that made the change."""
    before: Sequence[Row] = ctx.hook_state.get(BEFORE) or ()
    row = ctx.instance.to_dict() if "instance" in ctx else ctx.data
    key = bound_of(ctx.model).id_name
    ids = [one[key] for one in before if any(name in row and row[name] != one.get(name) for name in ("email", "password"))]
    sessions = sessions_of(ctx.model) if ids else None
    if sessions is not None:
        sessions.end(ids, ctx.options)


def before_delete(ctx: Deleting[Any]) -> None:
    """Whoever is deleted has no sessions any more."""
    sessions = sessions_of(ctx.model)
    if sessions is None:
        return
    key = bound_of(ctx.model).id_name
    sessions.end_all([one[key] for one in ctx.model.find(ctx.where, options={"notify": False})])


def fold_query(ctx: Reading[Any]) -> None:
    """Looking for an address finds it in small letters, where their letter case does not count."""
    where = ctx.query.get("where")
    if isinstance(where, Mapping) and isinstance(where.get("email"), str) and ctx.model.setting("caseSensitiveEmail", True) is False:
        ctx.query = {**ctx.query, "where": {**where, "email": where["email"].lower()}}
