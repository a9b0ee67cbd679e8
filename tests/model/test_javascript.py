"""How numbers are written, and what a refused value carries. Reading numbers and texts is tested with the kinds."""

import math
import pickle

import orjson
import pytest

from lbpy.model.javascript import Unreadable, number_text
from lbpy.model.kinds import SIMPLE_KINDS


def test_a_refusal_survives_pickling_and_carries_code_and_value():
    error = pickle.loads(pickle.dumps(Unreadable("type", "is not a valid number", "x")))
    assert (error.code, error.message, error.value, error.status, str(error)) == (
        "type", "is not a valid number", "x", 422, "is not a valid number",
    )  # fmt: skip


def test_the_value_of_a_refusal_can_be_written():
    with pytest.raises(Unreadable) as caught:
        SIMPLE_KINDS["number"].read({"a\ud800b": ["a\ud800b", math.inf]})
    assert orjson.dumps(caught.value.value)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.5, "1.5"), (5.0, "5"), (-0.0, "0"), (1e21, "1e+21"), (1.5e-7, "1.5e-7"), (1e-7, "1e-7"), (0.00001, "0.00001"),
        (123456789012345680000.0, "123456789012345680000"), (5e-324, "5e-324"), (0.1, "0.1"), (-2.5, "-2.5"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_javascript_does(number, text):
    assert number_text(number) == text
