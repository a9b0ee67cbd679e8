"""JavaScript as text: what is a comment, what a call, which literals it is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbpy.contrib.porting.javascript import assignments, calls, local_modules, parameter, texts_of, without_comments
from lbpy.contrib.porting.literals import Code, arguments, literal


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a // server.enableAuth()\nb", "a  \nb"),
        ("a /* x\n y */ b", "a   b"),
        ("a = 'http://x'", "a = 'http://x'"),
        ('a = "/* no */"', 'a = "/* no */"'),
        ("a = `// ${b}`", "a = `// ${b}`"),
        ("x.replace(/['\"//]/g, '') // y", "x.replace(/['\"//]/g, '')  "),
        ("a = b / c; // d", "a = b / c;  "),
        ("/* open", " "),
    ],
)
def test_comments_go_and_texts_stay(text, left):
    assert without_comments(text) == left


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a\\'b'", "a'b"),
        ("{a: 1, 'b': [true, null], c: {d: -1.5},}", {"a": 1, "b": [True, None], "c": {"d": -1.5}}),
        ("[]", []),
        ("undefined", None),
        ("'a' + b", Code("'a' + b")),
        ("`a${b}`", Code("`a${b}`")),
        ("function(a, b) { return {a: 1}; }", Code("function(a, b) { return {a: 1}; }")),
        ("{a: x.y(1, 2), b: 2}", {"a": Code("x.y(1, 2)"), "b": 2}),
        ("{...rest, a() { return 1; }, b: 1}", {"b": 1}),
    ],
)
def test_literals_are_values_and_all_else_is_code(text, value):
    assert literal(text) == value


@given(st.text(alphabet="(){}[],;:'\"`\\/ab1.- \n", max_size=60))
def test_any_text_is_read_to_its_end(text):
    assert isinstance(arguments(text, 0), tuple)
    assert isinstance(without_comments(text), str)


def test_deep_nesting_ends():
    assert isinstance(literal("[" * 5000), list | Code)


def test_calls_have_their_receiver():
    text = "app.models['Note'].observe('access', f); remoteMethod('x'); a.b.observe(name)"
    assert [(one.receiver, one.name, one.word) for one in calls(text, "observe|remoteMethod")] == [
        ("app.models['Note']", "observe", "access"),
        ("", "remoteMethod", "x"),
        ("a.b", "observe", ""),
    ]


def test_assignments_are_no_comparisons():
    text = "Note.find = function() {}\nNote.find == 1\nNote.find => 2"
    assert [(one.receiver, one.name) for one in assignments(text, "find")] == [("Note", "find")]


@pytest.mark.parametrize(
    "text",
    [
        "module.exports = function(Note) {",
        "module.exports = (Note) => {",
        "module.exports = Note => {",
        "module.exports = async function name(Note, x) {",
        "export default function(Note) {",
    ],
)
def test_the_parameter_of_the_exported_function_is_found(text):
    assert parameter(text) == "Note"


@pytest.mark.parametrize(
    "text",
    [
        "['a', 'b'].forEach(function(name) { off(name); })",
        "['a', 'b'].forEach(name => off(name))",
        "var all = ['a', 'b']; all.forEach((name) => off(name))",
        "for (const name of ['a', 'b']) off(name)",
        "const all = ['a', 'b']; for (let name of all) { off(name) }",
    ],
)
def test_the_items_of_a_walked_list_are_known(text):
    assert texts_of(text, Code("name")) == ("a", "b")


def test_computed_texts_are_not_known():
    assert texts_of("methods().forEach(function(name) {})", Code("name")) is None
    assert texts_of("", Code("'prototype.' + x")) is None
    assert texts_of("var all = ['a']", Code("all[i]")) == ("a",)


def test_local_modules_are_followed_two_levels(tmp_path):
    for name, text in {"a.js": "require('./b')", "b.js": "require('./c')", "c.js": "require('./d')", "d.js": ""}.items():
        (tmp_path / name).write_text(text)
    found, absent = local_modules(tmp_path / "a.js")
    assert [one.name for one in found] == ["b.js", "c.js"]
    assert not absent
    (tmp_path / "a.js").write_text("require('./gone'); require('lodash')")
    assert local_modules(tmp_path / "a.js") == ((), True)
