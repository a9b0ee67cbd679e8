"""Declaring properties on a class: `prop()`, the marks that decorators leave on methods, and the attribute that reads a row.

Resolves no annotations and knows no model class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MappingProxyType
from typing import Any, ClassVar, Final, Protocol, TypeVar, overload

from ..types import UNSET, Json, Row

T = TypeVar("T")
F = TypeVar("F")
Validator = Callable[[Any], Any]
Validators = Validator | Sequence[Validator]

SCALARS: Final = frozenset({str, int, float, bool, type(None)})
"""Types whose values no instance is in, told by one look-up."""

NO_COLUMN: Final[Mapping[str, Json]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Declared:
    """What `prop()` was told; the annotation beside it says the type."""

    default: Any = UNSET
    factory: Callable[[], Any] | None = None
    name: str | None = None
    validators: tuple[Validator, ...] = ()
    required: bool | None = None
    hidden: bool = False
    protected: bool = False
    id: bool = False
    generated: bool = False
    index: bool = False
    unique: bool = False
    column: Mapping[str, Json] = field(default_factory=lambda: NO_COLUMN)


@overload
def prop(
    *, default: T, name: str | None = None, validate: Validators = ..., required: bool | None = ..., hidden: bool = ...,
    protected: bool = ..., id: bool = ..., generated: bool = ..., index: bool = ..., unique: bool = ...,
    column: Mapping[str, Json] | None = ...,
) -> T: ...  # fmt: skip
@overload
def prop(
    *, factory: Callable[[], T], name: str | None = None, validate: Validators = ..., required: bool | None = ..., hidden: bool = ...,
    protected: bool = ..., id: bool = ..., generated: bool = ..., index: bool = ..., unique: bool = ...,
    column: Mapping[str, Json] | None = ...,
) -> T: ...  # fmt: skip
@overload
def prop(
    *, name: str | None = None, validate: Validators = ..., required: bool | None = ..., hidden: bool = ...,
    protected: bool = ..., id: bool = ..., generated: bool = ..., index: bool = ..., unique: bool = ...,
    column: Mapping[str, Json] | None = ...,
) -> Any: ...  # fmt: skip
def prop(
    *, default: Any = UNSET, factory: Callable[[], Any] | None = None, name: str | None = None, validate: Validators = (),
    required: bool | None = None, hidden: bool = False, protected: bool = False, id: bool = False, generated: bool = False,
    index: bool = False, unique: bool = False, column: Mapping[str, Json] | None = None,
) -> Any:  # fmt: skip
    """Say more of a property than its annotation does.

    Args:
        default: the value where none is given; without default and factory the property is required.
        factory: makes such a value anew each time.
        name: the name on the wire and in the store; else the attribute's name.
        validate: marshmallow validators, or lbpy rules.
        required: True or False where the default does not already say it.
        hidden: never in any answer. protected: not in answers where the instance is nested in another.
        id: the property is (part of) the id. generated: the store makes its value.
        index, unique: the store keeps an index, a unique one.
        column: further settings for the store, such as {"dataType": "VARCHAR"}.

    Returns:
        what stands in the class body until the class is made; to type checkers the default.
    """
    validators = (validate,) if callable(validate) else tuple(validate)
    return Declared(
        default, factory, name, validators, required, hidden, protected, id, generated, index, unique, column or NO_COLUMN
    )


# -- marks -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorator said of a method: its kind ("observe", "validate", "remote") and the decorator's arguments."""

    kind: str
    data: Any


MARKS: Final = "__lbpy_marks__"


def mark(method: F, kind: str, data: Any) -> F:
    """Note something on a function, staticmethod or classmethod, which stays as it is otherwise."""
    vars(method).setdefault(MARKS, []).append(Mark(kind, data))
    return method


def marks_of(namespace: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
    """(method name, the decorator's arguments) for each mark of one kind in a class body, in order."""
    for name, member in namespace.items():
        for one in _marks(member):
            if one.kind == kind:
                yield name, one.data


def _marks(member: Any) -> Sequence[Mark]:
    """The marks on a member, whether the decorator stands above or below @classmethod and @staticmethod."""
    if isinstance(member, (staticmethod, classmethod)):
        return [*vars(member).get(MARKS, ())] or _marks(member.__func__)
    return vars(member).get(MARKS, ()) if isinstance(member, FunctionType) else ()


# -- attributes --------------------------------------------------------------


class HasRow(Protocol):
    """An instance that keeps its properties in a plain dict."""

    _row: Row


class Attribute:
    """The descriptor of one property: reads and writes the instance's row; on the class it stands for the property itself.

    An absent key reads as None; `del` makes a key absent again.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: str = name

    def __get__(self, instance: HasRow | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return instance._row.get(self.name)

    def __set__(self, instance: HasRow, value: Any) -> None:
        instance._row[self.name] = value

    def __delete__(self, instance: HasRow) -> None:
        instance._row.pop(self.name, None)

    def __repr__(self) -> str:
        return f"<property {self.name}>"


class NestedAttribute(Attribute):
    """The descriptor of a property whose value is an instance of another model, or a list of them: these share its dicts."""

    __slots__ = ("wrap",)

    def __init__(self, name: str, wrap: Callable[[Row], Instance]) -> None:
        super().__init__(name)
        self.wrap: Callable[[Row], Instance] = wrap

    def __get__(self, instance: HasRow | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = instance._row.get(self.name)
        if isinstance(value, list):
            return Instances(value, self.wrap)
        return self.wrap(value) if isinstance(value, dict) else value

    def __set__(self, instance: HasRow, value: Any) -> None:
        instance._row[self.name] = plain(value)


class Instances(MutableSequence[Any]):
    """A list of dicts seen as instances of a model; what is changed here is changed in the list."""

    __slots__ = ("_rows", "_wrap")

    def __init__(self, rows: list[Any], wrap: Callable[[Row], Instance]) -> None:
        self._rows = rows
        self._wrap = wrap

    def _seen(self, value: Any) -> Any:
        return self._wrap(value) if isinstance(value, dict) else value

    def __getitem__(self, index: Any) -> Any:
        found = self._rows[index]
        return [self._seen(one) for one in found] if isinstance(index, slice) else self._seen(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._rows[index] = plain(list(value) if isinstance(index, slice) else value)

    def __delitem__(self, index: Any) -> None:
        del self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def insert(self, index: int, value: Any) -> None:
        """Put an instance before a position."""
        self._rows.insert(index, plain(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (list, Instances)) and list(self) == list(other)

    __hash__: ClassVar[None]  # type: ignore[assignment]  # its items change; typeshed declares __hash__ as a method

    def __repr__(self) -> str:
        return repr(list(self))


def plain(value: Any) -> Any:
    """A value as rows hold it: instances of models (alone or in lists) become their dicts."""
    if type(value) in SCALARS:
        return value
    if isinstance(value, (list, Instances)):
        return [plain(one) for one in value]
    return value._row if isinstance(value, Instance) else value


class Instance:
    """The common base of all model instances: nothing but a row."""

    __slots__ = ("_row",)

    _row: Row
