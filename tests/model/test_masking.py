"""What is left out of rows that are shown: hidden properties at any depth, protected ones where rows are nested."""

from __future__ import annotations

import pytest

from lbpy.model.masking import mask_of


@pytest.fixture
def outer(read):
    deepest = read({"name": "Deepest", "properties": {"pin": "string", "text": "string"}, "hidden": ["pin"]})
    inside = {"secret": "string", "own": "string", "deep": "Deepest"}
    inner = read({"name": "Inner", "properties": inside, "hidden": ["secret"], "protected": ["own"]}, Deepest=deepest)
    properties = {"a": "string", "hide": "string", "own": "string", "inner": "Inner", "list": ["Inner"]}
    return read({"properties": properties, "hidden": ["hide", "undeclared"], "protected": ["own"]}, Inner=inner)


INNER = {"secret": "x", "own": "x", "deep": {"pin": "x", "text": "t"}, "more": 1}
SHOWN = {"deep": {"text": "t"}, "more": 1}


def test_hidden_properties_are_left_out_declared_or_not(outer):
    mask = mask_of(outer)
    assert mask({"a": 1, "hide": 2, "undeclared": 3, "own": 4}) == {"a": 1, "own": 4}


def test_in_nested_rows_protected_properties_are_left_out_too(outer):
    mask = mask_of(outer)
    assert mask({"inner": INNER, "list": [INNER, None]}) == {"inner": SHOWN, "list": [SHOWN, None]}


def test_a_row_shown_inside_another_shows_no_protected_property(outer):
    assert mask_of(outer, nested=True)({"a": 1, "own": 4}) == {"a": 1}


@pytest.mark.parametrize("value", [None, 5, "text", {}, []])
def test_what_holds_nothing_hidden_stays_as_it_is(outer, value):
    assert mask_of(outer)(value) == value


def test_the_given_row_is_not_changed(outer):
    row = {"hide": 1, "inner": dict(INNER)}
    mask_of(outer)(row)
    assert row == {"hide": 1, "inner": INNER}


def test_a_model_that_hides_nothing_needs_no_mask(read):
    assert mask_of(read({"properties": {"a": "string", "b": {"x": "string"}}, "protected": ["a"]})) is None
