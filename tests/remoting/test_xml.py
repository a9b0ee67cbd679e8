"""XML text of JSON values."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.remoting.xml import RESULT, document, name_of, text_of

MEMO = {"title": "a & <b>", "tags": ["x", "y"], "n": 1, "meta": {"k": [1, None], "t": True}}


def test_objects_nest_and_lists_repeat_their_element():
    assert document("response", MEMO, declaration=RESULT).splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<response>",
        "  <title>a &amp; &lt;b></title>",
        "  <tags>x</tags>",
        "  <tags>y</tags>",
        "  <n>1</n>",
        "  <meta>",
        "    <k>1</k>",
        "    <k>null</k>",
        "    <t>true</t>",
        "  </meta>",
        "</response>",
    ]


@pytest.mark.parametrize(("value", "text"), [("", ""), (1e-7, "1e-7"), (1e21, "1e+21"), (5.0, "5"), (-0.5, "-0.5")])
def test_texts_and_numbers_are_as_javascript_writes_them(value, text):
    assert document("response", value) == f"<response>{text}</response>"


@pytest.mark.parametrize("value", [{}, {"result": []}, {"result": [[]]}])
def test_what_is_empty_is_an_empty_element(value):
    assert document("response", value) == "<response/>"


def test_a_scalar_is_the_text_of_the_root():
    assert document("response", 5) == "<response>5</response>"


def test_lists_in_lists_are_laid_flat():
    assert document("r", {"a": [[1, 2], [3]]}, indent="") == "<r>\n<a>1</a>\n<a>2</a>\n<a>3</a>\n</r>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1.5, "1.5"),
        (2**70, str(2**70)),
        (False, "false"),
        (None, "null"),
        ("a]]>b", "a]]&gt;b"),
        ("a\rb", "a&#xD;b"),
        ("\x00\ud800\uffff", "\ufffd\ufffd\ufffd"),
    ],
)
def test_scalars_as_text(value, text):
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("key", "name"),
    [("a b", "a_b"), ("1a", "_1a"), ("", "_"), ("a><script>", "a__script_"), ("größe", "größe"), ("x:y", "x_y"), ("-a", "_-a")],
)
def test_what_a_name_may_not_have_is_replaced(key, name):
    assert name_of(key) == name


def test_as_deep_as_a_body_may_nest():
    value: object = 1
    for _ in range(200):
        value = {"a": [value]}
    assert document("r", value).count("<a>") == 200


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
KEYS = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=10)


@given(VALUES)
def test_every_value_makes_text_that_can_be_parsed(value):
    assert ElementTree.fromstring(document("response", {"result": value})).tag == "response"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_text_comes_back_as_it_was(text):
    found = ElementTree.fromstring(document("r", text)).text
    assert found == text
