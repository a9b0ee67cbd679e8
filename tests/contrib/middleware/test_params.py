"""How params are read."""

from __future__ import annotations

from typing import Any

import pytest

from lbpy.contrib.middleware.params import argument, byte_count, milliseconds, options


@pytest.mark.parametrize(("params", "first", "second"), [(None, None, None), ("a", "a", None), (["a", 1], "a", 1)])
def test_params_are_one_value_or_a_list_of_arguments(params: Any, first: Any, second: Any) -> None:
    assert (argument(params), argument(params, 1)) == (first, second)


def test_options_are_an_object_or_none() -> None:
    assert (options({"a": 1}), options(["x", {"b": 2}], 1), options("deny"), options(None)) == ({"a": 1}, {"b": 2}, {}, {})


@pytest.mark.parametrize(
    ("text", "value"), [(5, 5), ("5", 5), ("1s", 1000), ("2 mins", 120_000), ("1.5h", 5_400_000), ("1 Day", 86_400_000)]
)
def test_spans_of_time_have_units(text: Any, value: int) -> None:
    assert milliseconds(text) == value


@pytest.mark.parametrize(("text", "value"), [(5, 5), ("5", 5), ("1kb", 1024), ("1.5 MB", 1_572_864)])
def test_sizes_have_units(text: Any, value: int) -> None:
    assert byte_count(text) == value


@pytest.mark.parametrize("value", ["soon", "1 parsec", True, None, [], "-1"])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        milliseconds(value)
