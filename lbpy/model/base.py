"""Model: the class that declares, and the instance that holds one row. Stores nothing and knows no data source."""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Literal, Self, dataclass_transform

from ..errors import DefinitionError
from ..types import UNSET, Json, Row
from .definition import ModelDefinition
from .hooks import Observer, Observers
from .properties import Attribute, Declared, Instance, marks_of, plain, prop
from .remote import MARK as REMOTE_HOOK
from .remote import RemoteContext, RemoteHook, RemoteHooks, RemoteObserver
from .spelling import name_in_json, slips

if sys.version_info >= (3, 14):
    from annotationlib import Format, get_annotations

    def own_annotations(cls: type) -> Mapping[str, Any]:
        """The annotations of a class body as text; nothing in them is looked up yet."""
        return get_annotations(cls, format=Format.STRING)

else:

    def own_annotations(cls: type) -> Mapping[str, Any]:
        """The annotations of a class body, as written or as objects."""
        found: Mapping[str, Any] = vars(cls).get("__annotations__", {})
        return found


MUTABLE: Final = (list, dict, set, Instance)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one class body (or one JSON file) says itself, before bases and annotations are looked at.

    spec: LoopBack's JSON for the model, empty for plain Python classes. properties: attribute -> what was said of it.
    annotations: attribute -> annotation as written or as an object. frame: where local names of the class body may be found.
    """

    spec: Mapping[str, Json] = field(default_factory=dict)
    properties: Mapping[str, Declared] = field(default_factory=dict)
    annotations: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    frame: types.FrameType | None = None


@dataclass_transform(kw_only_default=True, field_specifiers=(prop,))
class Model(Instance):
    """The root of all models: properties, rules and hooks, without a store.

    Args:
        plural: path segment of its routes; default the English plural of the class name.
        strict: True refuses unknown properties, "filter" drops them.
        hidden: properties that no answer shows.
        acls, scopes: access rules and named scopes.
        settings: any other setting of LoopBack's model JSON, in snake_case (`force_id=False`); `shared_methods={"create": False}`
            says which remote methods have routes, by their names or patterns of these. One that is nearly called like a known one
            is warned of.
    """

    __slots__ = ("_new",)

    declaration__: ClassVar[Declaration] = Declaration()
    observers__: ClassVar[Observers] = Observers()
    remote_hooks__: ClassVar[RemoteHooks] = RemoteHooks()
    attributes__: ClassVar[Mapping[str, str]] = {}
    defaults__: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    definition__: ClassVar[ModelDefinition | None] = None
    bound__: ClassVar[object | None] = None

    def __init_subclass__(
        cls,
        *,
        plural: str | None = None,
        strict: bool | Literal["filter"] | None = None,
        hidden: Sequence[str] = (),
        acls: Sequence[Any] = (),
        scopes: Mapping[str, Json] | None = None,
        spec: Mapping[str, Json] | None = None,
        **settings: Json,
    ) -> None:
        super().__init_subclass__()
        given = {"plural": plural, "strict": strict, "hidden": list(hidden), "acls": list(acls), "scopes": scopes}
        known = {key: value for key, value in given.items() if value not in (None, [])}
        for name, meant in slips([*known, *settings]):
            warnings.warn(f"nothing reads the setting {name!r} of {cls.__name__}: did you mean {meant!r}?", stacklevel=2)
        declare(cls, {**known, **{name_in_json(key): value for key, value in settings.items()}}, spec or {})

    def __init__(self, **values: Json) -> None:
        self._row = {}
        self._new = True
        for attribute, value in values.items():
            self._row[self._name_of(attribute)] = plain(value)
        for name, default in self.defaults__.items():
            if name not in self._row:
                self._row[name] = default()

    @classmethod
    def _name_of(cls, attribute: str) -> str:
        name = cls.attributes__.get(attribute)
        if name is None:
            raise TypeError(f"{cls.__name__} has no property {attribute!r}")
        return name

    @classmethod
    def _wrap(cls, row: Row, *, new: bool = False) -> Self:
        """An instance around an existing row, which it shares."""
        instance = cls.__new__(cls)
        instance._row = row
        instance._new = new
        return instance

    @classmethod
    def define_property(cls, name: str, spec: Json) -> None:
        """Add a property that LoopBack's JSON describes, unless the class declares one of that name; before it is bound.

        Args:
            name: of the property.
            spec: a type name, or an object such as {"type": "date", "required": true}.
        """
        told = cls.declaration__
        listed = dict(told.spec.get("properties") or {})
        if name not in listed and name not in cls.attributes__.values():
            cls.declaration__ = replace(told, spec={**told.spec, "properties": {**listed, name: spec}})

    @classmethod
    def define_setting(cls, name: str, value: Json) -> None:
        """Set one of LoopBack's settings by its name there; before the class is bound.

        Args:
            name: such as "forceId".
            value: as LoopBack's JSON would say it.
        """
        told = cls.declaration__
        cls.declaration__ = replace(told, settings={**told.settings, name: value})

    @classmethod
    def observe(cls, hook: str, observer: Observer) -> None:
        """Let a callable run at an operation hook (source: logic.md 3).

        Args:
            hook: "access", "loaded", "before save", "persist", "after save", "before delete" or "after delete".
            observer: is called with one argument, the context of the hook; what it raises ends the operation.
        """
        cls.observers__.add(hook, observer)

    @classmethod
    def remove_observer(cls, hook: str, observer: Observer) -> bool:
        """Take an observer of this class away; False if it was not there."""
        return cls.observers__.remove(hook, observer)

    @classmethod
    def clear_observers(cls, hook: str) -> None:
        """Take all own observers of a hook away; those of base classes stay."""
        cls.observers__.clear(hook)

    @classmethod
    def before_remote(cls, pattern: str, hook: RemoteObserver) -> None:
        """Let a callable with one argument, the call, run before the remote methods that fit (source: logic.md 2).

        Args:
            pattern: "find", "prototype.patchAttributes", "*" (static methods), "prototype.*", "*.patchAttributes", "**" (all).
            hook: may change the arguments; what it raises keeps the method from running. Subclasses have it too.
        """
        cls.remote_hooks__.add(RemoteHook("before", pattern, hook))

    @classmethod
    def after_remote(cls, pattern: str, hook: RemoteObserver) -> None:
        """Let a hook run after the remote methods that fit; it may replace the result. Arguments as of `before_remote`."""
        cls.remote_hooks__.add(RemoteHook("after", pattern, hook))

    @classmethod
    def after_remote_error(cls, pattern: str, hook: RemoteObserver) -> None:
        """Let a hook run when remote methods that fit failed; it may replace the error. Arguments as of `before_remote`."""
        cls.remote_hooks__.add(RemoteHook("error", pattern, hook))

    @classmethod
    def options_from_request(cls, ctx: RemoteContext) -> Mapping[str, Json]:
        """What the methods of this model get as `options` beside the request's limits; to be overridden.

        The client has no part in it (source: logic.md 4, createOptionsFromRemotingContext).
        """
        return {"accessToken": ctx.options.get("accessToken")}

    def __getitem__(self, name: str) -> Any:
        return self._row[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._row[name] = plain(value)

    def __delitem__(self, name: str) -> None:
        del self._row[name]

    def __contains__(self, name: object) -> bool:
        return name in self._row

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and type(self) is type(other) and self._row == other._row

    __hash__: ClassVar[None]  # type: ignore[assignment]  # instances change; typeshed declares __hash__ as a method

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._row.items())})"

    @property
    def is_new_record(self) -> bool:
        """Whether the instance was never stored."""
        return self._new

    def to_dict(self) -> Row:
        """A shallow copy of the row: property names as keys, hidden ones included."""
        return dict(self._row)


def declare(cls: type[Model], settings: Mapping[str, Any], spec: Mapping[str, Json]) -> None:
    """Read one class body: its properties become attributes, its marked observers are registered.

    Raises:
        DefinitionError: a property is named like an operation, or has a mutable default.
    """
    annotations = {name: kind for name, kind in own_annotations(cls).items() if not _is_class_variable(kind)}
    properties = {name: _declared(cls, name) for name in annotations}
    frame = sys._getframe(2) if "<locals>" in cls.__qualname__ else None
    cls.declaration__ = Declaration(spec, properties, annotations, settings, frame)
    names = {attribute: one.name or attribute for attribute, one in properties.items()}
    cls.attributes__ = {**cls.attributes__, **names}
    cls.defaults__ = {**cls.defaults__, **_defaults(properties)}
    for attribute, name in names.items():
        setattr(cls, attribute, Attribute(name))
    cls.observers__ = Observers([base.observers__ for base in cls.__bases__ if issubclass(base, Model)])
    for name, hook in marks_of(vars(cls), "observe"):
        cls.observers__.add(hook, getattr(cls, name))
    cls.remote_hooks__ = RemoteHooks([base.remote_hooks__ for base in cls.__bases__ if issubclass(base, Model)])
    for name, (when, pattern) in marks_of(vars(cls), REMOTE_HOOK):
        cls.remote_hooks__.add(RemoteHook(when, pattern, getattr(cls, name)))


def _is_class_variable(annotation: Any) -> bool:
    return "ClassVar" in annotation if isinstance(annotation, str) else "ClassVar" in repr(annotation)


def _declared(cls: type[Model], attribute: str) -> Declared:
    for base in cls.__mro__[1:]:
        if not isinstance(vars(base).get(attribute, None), (Attribute, type(None))):
            raise DefinitionError(
                f"{cls.__name__}.{attribute}: {base.__name__} has something of that name;"
                f" give the attribute another name and say prop(name={attribute!r})"
            )
    value = vars(cls).get(attribute, UNSET)
    told = value if isinstance(value, Declared) else Declared(default=value)
    if isinstance(told.default, MUTABLE):
        kind = type(told.default).__name__
        raise DefinitionError(f"{cls.__name__}.{attribute}: a mutable default is shared by all instances; say prop(factory={kind})")
    return told


def _defaults(properties: Mapping[str, Declared]) -> dict[str, Callable[[], Any]]:
    found: dict[str, Callable[[], Any]] = {}
    for attribute, one in properties.items():
        if one.factory is not None:
            found[one.name or attribute] = _plain_factory(one.factory)
        elif one.default is not UNSET and one.default is not None:
            found[one.name or attribute] = _constant(one.default)
    return found


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _plain_factory(factory: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: plain(factory())
