"""Which kind of property each Python annotation means."""

from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, List, Literal, Optional, Union  # noqa: UP035  # the old spellings are what is tested
from uuid import UUID

import pytest

from lbpy import GeoPoint
from lbpy.errors import DefinitionError
from lbpy.model.annotations import Meaning, evaluate, meaning_of
from lbpy.model.kinds import ANY, SIMPLE_KINDS, Array, DecimalNumber, Integer, ListOf, Uuid
from lbpy.model.properties import Instance


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(StrEnum):
    BIG = "big"


class Grade(Enum):
    ONE = 1
    TWO = 2


class Inner(Instance):
    pass


INNER = SIMPLE_KINDS["object"]


def meaning(annotation: Any) -> Meaning:
    return meaning_of(annotation, lambda cls: INNER, "Thing.a")


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, "string"),
        (float, "number"),
        (bool, "boolean"),
        (datetime, "date"),
        (bytes, "buffer"),
        (GeoPoint, "geopoint"),
        (dict, "object"),
        (dict[str, int], "object"),
        (Any, "any"),
        (object, "any"),
    ],
)
def test_plain_types(annotation, kind):
    assert meaning(annotation) == Meaning(SIMPLE_KINDS[kind])


@pytest.mark.parametrize(("annotation", "kind"), [(int, Integer), (Decimal, DecimalNumber), (UUID, Uuid), (list, Array)])
def test_types_with_kinds_of_their_own(annotation, kind):
    assert type(meaning(annotation).kind) is kind


@pytest.mark.parametrize("annotation", [list[str], List[str]])  # noqa: UP006
def test_a_list_of_one_type(annotation):
    assert meaning(annotation).kind == ListOf(SIMPLE_KINDS["string"])


def test_lists_nest():
    assert meaning(list[list[float]]).kind == ListOf(ListOf(SIMPLE_KINDS["number"]))


@pytest.mark.parametrize("annotation", [str | None, Optional[str], Union[None, str]])  # noqa: UP007, UP045
def test_what_may_be_none_is_optional(annotation):
    assert meaning(annotation) == Meaning(SIMPLE_KINDS["string"], optional=True)


@pytest.mark.parametrize(("annotation", "optional"), [(str | int, False), (str | int | None, True)])
def test_one_of_several_types_is_any(annotation, optional):
    assert meaning(annotation) == Meaning(ANY, optional)


@pytest.mark.parametrize(
    ("annotation", "kind", "choices"),
    [
        (Literal["a", "b"], "string", ("a", "b")),
        (Literal[1, 2], "number", (1, 2)),
        (Colour, "string", ("red", "blue")),
        (Size, "string", ("big",)),
        (Grade, "number", (1, 2)),
    ],
)
def test_literals_and_enums_allow_their_values_only(annotation, kind, choices):
    assert meaning(annotation) == Meaning(SIMPLE_KINDS[kind], choices=choices)


def test_choices_may_be_optional():
    assert meaning(Colour | None) == Meaning(SIMPLE_KINDS["string"], optional=True, choices=("red", "blue"))


def test_a_model_is_nested():
    assert meaning(Inner).kind is INNER
    assert meaning(list[Inner]).kind == ListOf(INNER)


@pytest.mark.parametrize("annotation", [complex, set, tuple[int, int], 5, []])
def test_anything_else_is_refused_with_the_place_and_what_there_is(annotation):
    with pytest.raises(DefinitionError, match=r"Thing\.a: .* use str, int"):
        meaning(annotation)


def test_text_is_evaluated_with_the_names_given():
    assert evaluate("list[X] | None", {"X": int}, "Thing.a") == list[int] | None


@pytest.mark.parametrize("text", ["Nobody", "1 +", "int["])
def test_text_that_means_nothing_is_refused_with_the_place(text):
    with pytest.raises(DefinitionError, match=r"Thing\.a: the annotation"):
        evaluate(text, {}, "Thing.a")
