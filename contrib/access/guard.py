"""The authorizer: lets a call pass or refuses it, by rules of the model, stored rules and roles. Finds no token itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from ...data.bound import if_bound
from ...errors import ClientError, Forbidden, NotFound, Unauthorized
from ...model.acls import Acl, allow
from ...model.base import Model
from ...model.definition import ModelDefinition
from ...remoting.access import AccessRequest
from ...remoting.current import tell_roles
from ...remoting.method import RemoteMethod
from ...types import WATCH, Settings
from ..models import ACL, User
from ..models.cache import Cache
from .callers import Asked, Caller, Record, Roles
from .ownership import Ownership, called_on
from .related import IndirectReads
from .rules import ALL, Call, Rule, ranked, static_rules, stored_rules

STATUSES: Final = (401, 403, 404)


class Governed(Protocol):
    """A model that rules are about, with a store or without."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def model(self) -> type[Model]:
        """Its class."""
        ...

    @property
    def definition(self) -> ModelDefinition:
        """What it declares."""
        ...

    @property
    def settings(self) -> Settings:
        """What the application was told."""
        ...


@dataclass(frozen=True, slots=True)
class Storeless:
    """A model without a data source: it has rules and remote methods, and no records that somebody could own."""

    model: type[Model]
    definition: ModelDefinition
    settings: Settings = field(default_factory=Settings)

    @property
    def name(self) -> str:
        """See Governed."""
        return self.definition.name


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of one method whoever calls: its static rules, the heaviest first, and whether it is open where none counts."""

    rules: tuple[Rule, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Access:
    """The access control of one application (source: auth.md 3).

    roles: where roles come from. ownership: whose records are. acl: class of stored rules, None where there are none.
    error_status: of a refusal, for models that do not say their own. ignores_related: the switch relatedIgnoresAcl.
    cache: stored rules that were read a moment ago.
    """

    roles: Roles
    ownership: Ownership
    acl: type[ACL] | None = None
    error_status: int = 401
    ignores_related: bool = False
    cache: Cache[Sequence[Rule]] = field(default_factory=lambda: Cache(0))
    _plans: dict[Call, Plan] = field(default_factory=dict)

    def __call__(self, request: AccessRequest) -> None:
        """Let a call pass.

        Raises:
            Unauthorized, Forbidden, NotFound: it may not happen.
        """
        cls = self.ownership.find_model(request.model)
        if cls is None or cls.definition__ is None:
            return
        bound = if_bound(cls)
        caller = Caller(self.roles, request.options)
        judge = Judge(self, caller, request.options.get("authorizedRoles"))
        reads = IndirectReads(judge, self.ownership)
        if bound is None:
            self._decide(judge, caller, Storeless(cls, cls.definition__), request, Record())
        else:
            self._decide(judge, caller, bound, request, called_on(self.ownership, bound, request))
        if request.request is not None and not self.ignores_related:
            reads.check_route(bound, request)
            request.options[WATCH] = reads

    def _decide(self, judge: Judge, caller: Caller, model: Governed, request: AccessRequest, record: Record) -> None:
        call = call_of(model, request.method)
        asked = Asked(model.model, call.method, call.access, record)
        tell_roles(lambda role: caller.is_in(role, asked))
        fits = set(request.method.scopes) & set(caller.scopes)
        if not fits or not judge.may(model, call, record):
            raise judge.refused(model, _id_told(request, record))

    def plan(self, bound: Governed, call: Call) -> Plan:
        """What is known of a method, made at its first call."""
        if call not in self._plans:
            self._plans[call] = _plan(bound, call)
        return self._plans[call]

    def status_of(self, bound: Governed) -> int:
        """The status of a refusal: the model's own, else the application's."""
        own = bound.definition.setting("aclErrorStatus")
        return cast("int", own) if own in STATUSES else self.error_status

    def stored(self, call: Call) -> Sequence[Rule]:
        """The stored rules that are about a call."""
        acl = self.acl
        return () if acl is None else self.cache.get(call, (acl,), lambda: _stored(acl, call))


def _stored(acl: type[ACL], call: Call) -> Sequence[Rule]:
    where: Mapping[str, Any] = {"model": {"inq": [call.model, ALL]}, "property": {"inq": [ALL, *sorted(call.names)]}}
    return list(stored_rules((one.to_dict() for one in acl.find(where)), call))


class Judge:
    """Decides for one caller during one request; rules are read once for each method.

    Args:
        access: of the application.
        caller: who calls.
        authorized: is told the roles that the caller was found in, where it is a dict.
    """

    def __init__(self, access: Access, caller: Caller, authorized: Any = None) -> None:
        self._access = access
        self._caller = caller
        self._authorized: dict[str, bool] = authorized if isinstance(authorized, dict) else {}
        self._rules: dict[Call, Sequence[Rule]] = {}

    def may(self, bound: Governed, call: Call, record: Record) -> bool:
        """See related.Decides."""
        rule = self.rule(bound, call, record)
        return self._access.plan(bound, call).open if rule is None or rule.is_default else not rule.denies

    def rules(self, bound: Governed, call: Call) -> Sequence[Rule]:
        """See related.Decides."""
        if call not in self._rules:
            static, stored = self._access.plan(bound, call).rules, self._access.stored(call)
            self._rules[call] = ranked([*static, *stored], call) if stored else static
        return self._rules[call]

    def rule(self, bound: Governed, call: Call, record: Record) -> Rule | None:
        """See related.Decides."""
        asked = Asked(bound.model, call.method, call.access, record)
        return next((rule for rule in self.rules(bound, call) if self._is_effective(rule, asked)), None)

    def _is_effective(self, rule: Rule, asked: Asked) -> bool:
        found = self._caller.is_effective(rule, asked)
        if found and rule.principal_type == "ROLE":
            self._authorized[rule.principal_id] = True
        return found

    def refused(self, bound: Governed, id: Any) -> ClientError:
        """See related.Decides."""
        return refusal(bound, self._caller, id, self._access.status_of(bound))


def _id_told(request: AccessRequest, record: Record) -> Any:
    """The id that a refusal names: as the path has it, so that it does not tell whether there is such a record."""
    return record.id if request.request is None else request.request.path.get("id", record.id)


def call_of(bound: Governed, method: RemoteMethod) -> Call:
    """A method as rules see it."""
    own = (method.full_name, *method.aliases, *(f"prototype.{one}" for one in method.aliases if not method.static))
    return Call(bound.name, method.name, frozenset(own), method.access)


def _plan(bound: Governed, call: Call) -> Plan:
    rules = static_rules((*bound.definition.acls, *_opened(bound)), call)
    return Plan(tuple(ranked(rules, call)), bound.definition.setting("defaultPermission") != "DENY")


def _opened(bound: Governed) -> Sequence[Acl]:
    """The rule that LoopBack has for mails of verification: anybody asks for one (switch verifyByAnyone)."""
    is_open = issubclass(bound.model, User) and bound.settings.old("verifyByAnyone")
    return [allow("$everyone", "EXECUTE", method="verify")] if is_open else []


def refusal(bound: Governed, caller: Caller, id: Any, status: int) -> ClientError:
    """What a caller who may not is told (source: auth.md 3.5)."""
    if caller.token is not None and status == 403:
        return Forbidden("Access Denied", code="ACCESS_DENIED")
    if caller.token is not None and status == 404:
        return NotFound(f"could not find {bound.name} with id {'undefined' if id is None else id}", code="MODEL_NOT_FOUND")
    return Unauthorized("Authorization Required", code="AUTHORIZATION_REQUIRED")
