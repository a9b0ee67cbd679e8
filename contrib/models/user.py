"""The built-in model of users: what they have, who may do what with them, and their operations. Each has its story elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from ...data.bound import bound_of
from ...data.persisted import PersistedModel
from ...errors import OperatorError, Unauthorized
from ...model.acls import allow, deny
from ...model.javascript import Unreadable
from ...model.kinds import String
from ...model.rules import custom, uniqueness
from ...types import NO_OPTIONS, Json, Options, Row
from . import passwords, recovery, user_hooks
from .access_token import AccessToken
from .address import is_mailbox
from .login import login
from .sessions import needed_sessions
from .throttle import Books, FailureBooks, Throttle
from .user_methods import user_methods
from .verification import Site, Verification, confirm, verify

COST: Final = 10


class AddressText(String):
    """Text that nothing else becomes."""

    def read(self, value: Any) -> Any:
        """The text; anything else is refused."""
        if value is None or isinstance(value, str):
            return super().read(value)
        raise Unreadable("custom.string", "is invalid", value)


class PasswordText(String):
    """A password as it came, of whatever type: what is done with it is decided before it is saved."""

    def read(self, value: Any) -> Any:
        """The value as it is."""
        return super().read(value) if isinstance(value, str) else value


def is_address(user: Any) -> bool | str:
    """True where the address of a user could be one, or there is none; else the word for what is wrong."""
    address = user.to_dict().get("email")
    return not address or (isinstance(address, str) and is_mailbox(address)) or "email"


def has_realms(user: Any) -> bool:
    """Whether names are counted within realms: both settings have to be there, as in LoopBack."""
    return bool(user.setting("realmRequired") and user.setting("realmDelimiter"))


def has_realm(user: Any) -> bool:
    """Whether a user has a realm where one is required (switch signUpWithoutRealm)."""
    free = not user.setting("realmRequired") or bound_of(type(user)).settings.old("signUpWithoutRealm")
    return bool(free or user.to_dict().get("realm"))


TAKEN: Final[Mapping[str, str]] = {"email": "Email already exists", "username": "User already exists"}

RULES: Final = (
    custom("email", is_address),
    custom("realm", has_realm, message="can't be blank", code="presence"),
    *(uniqueness(name, message=text, unless=has_realms) for name, text in TAKEN.items()),
    *(uniqueness(name, message=text, scoped_to=("realm",), if_=has_realms) for name, text in TAKEN.items()),
)

ACLS: Final = (
    deny("$everyone"),
    allow("$everyone", method="create"),
    allow("$owner", method="deleteById"),
    allow("$everyone", method="login"),
    allow("$everyone", method="logout"),
    allow("$owner", method="findById"),
    allow("$owner", method="patchAttributes"),
    allow("$owner", method="replaceById"),
    allow("$everyone", method="confirm"),
    allow("$everyone", "EXECUTE", method="resetPassword"),
    allow("$authenticated", "EXECUTE", method="changePassword"),
    allow("$authenticated", "EXECUTE", method="setPassword"),
    allow("$owner", "EXECUTE", method="verify"),
)


class User(PersistedModel, hidden=("password", "verificationToken"), acls=ACLS, rules=list(RULES), remotes=[user_methods], relations={
    "accessTokens": {"type": "hasMany", "model": "AccessToken", "foreignKey": "userId", "options": {"disableInclude": True}}
}):  # fmt: skip
    """Somebody who can sign in (source: auth.md 1, models.md 9).

    Settings: ttl, maxTTL, resetPasswordTokenTTL, allowEternalTokens, emailVerificationRequired, caseSensitiveEmail, realmRequired,
    realmDelimiter, saltWorkFactor, restrictResetPasswordTokenScope, rejectPasswordChangesViaPatchOrReplace, verifyOptions, resetOptions,
    confirmRedirects; `throttle`: {failures, seconds, dataSource}, or false.
    """

    site__: ClassVar[Site] = Site()
    books__: ClassVar[FailureBooks]

    realm: str | None = None
    username: str | None = None
    password: Annotated[str, PasswordText()]
    email: Annotated[str, AddressText()]
    emailVerified: bool | None = None
    verificationToken: str | None = None

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        cls.books__ = Books()

    # -- settings ------------------------------------------------------------

    @classmethod
    def setting(cls, name: str, default: Any = None) -> Any:
        """A setting by LoopBack's name."""
        return bound_of(cls).definition.setting(name, default)

    @classmethod
    def cost(cls) -> int:
        """The work factor of hashes."""
        return int(cls.setting("saltWorkFactor", COST))

    @classmethod
    def throttle(cls) -> Throttle:
        """How failures are counted.

        Raises:
            OperatorError: they should be in a data source, and access control was not switched on after this model was bound.
        """
        told = cls.setting("throttle", {})
        if told is False:
            return Throttle(cls.books__, failures=0)
        given = told if isinstance(told, Mapping) else {}
        if given.get("dataSource") and isinstance(cls.books__, Books):
            raise OperatorError(f"{cls.__name__}: throttle.dataSource wants enable_auth() after the model is bound")
        return Throttle(cls.books__, int(given.get("failures", 10)), int(given.get("seconds", 900)))

    # -- sessions ------------------------------------------------------------

    @classmethod
    def login(cls, credentials: Mapping[str, Any], include: Json | None = None) -> Row:
        """Open a session; see login.login."""
        return login(cls, credentials, include)

    @classmethod
    def logout(cls, token_id: str) -> None:
        """End a session.

        Raises:
            Unauthorized: there is no such session.
        """
        tokens = needed_sessions(cls).tokens
        if not tokens.destroy_by_id(tokens.stored_id(token_id)):
            raise Unauthorized("Could not find accessToken")

    def create_access_token(self, ttl: float | None = None) -> AccessToken:
        """A new session of this user; ttl in seconds."""
        return needed_sessions(type(self)).open(self, ttl if ttl is not None else type(self).setting("ttl", 1209600))

    # -- passwords -----------------------------------------------------------

    def has_password(self, plain: str) -> bool:
        """Whether that is the user's password."""
        return passwords.matches(plain, self.to_dict().get("password"), self.cost())

    def change_password(self, old: str, new: str, *, options: Options = NO_OPTIONS) -> None:
        """Set another password; see recovery.change."""
        recovery.change(self, old, new, options)

    def set_password(self, new: str, *, options: Options = NO_OPTIONS) -> None:
        """Set another password without the old one; see recovery.set_new."""
        recovery.set_new(self, new, options)

    @classmethod
    def reset_password(cls, given: Mapping[str, Any]) -> recovery.ResetRequest | None:
        """Open a session for a new password; see recovery.ask."""
        return recovery.ask(cls, given)

    # -- addresses -----------------------------------------------------------

    def verify(self, **options: Any) -> Verification:
        """Mail the link that proves the address; see verification.verify."""
        return verify(self, options)

    @classmethod
    def confirm(cls, uid: str, token: str, redirect: str | None = None) -> str | None:
        """Take a link's word for an address; see verification.confirm."""
        return confirm(cls, uid, token, redirect)


User.observe("before save", user_hooks.before_save)
User.observe("after save", user_hooks.after_save)
User.observe("before delete", user_hooks.before_delete)
User.observe("access", user_hooks.fold_query)
