from hypothesis import given
from hypothesis import strategies as st

from lbpy.connectors.sql.fragment import GROUP, MARK, Fragment, combine, join, param, params, sql


def test_text_and_parameters_add_up() -> None:
    both = Fragment("a = ") + param(1) + Fragment(" AND b = ") + param("x")
    assert (both.render(), both.params) == ("a = ? AND b = ?", (1, "x"))


def test_a_template_keeps_the_order_of_parameters() -> None:
    found = sql("{} BETWEEN {} AND {}", Fragment("n"), param(1), param(2))
    assert (found.render(), found.params) == ("n BETWEEN ? AND ?", (1, 2))


@given(st.lists(st.one_of(st.text(), st.integers(), st.none(), st.binary())))
def test_no_value_ever_enters_the_text(values: list[object]) -> None:
    found = sql("SELECT {}", params(values))
    assert found.text == "SELECT " + ", ".join(MARK for _ in values)
    assert found.params == tuple(values)


def test_a_question_mark_in_a_name_is_no_placeholder() -> None:
    assert sql('"what?" = {}', param(1)).render("%s") == '"what?" = %s'


def test_percent_signs_are_doubled_where_the_placeholder_has_one() -> None:
    assert sql("a % {}", param(1)).render("%s") == "a %% %s"
    assert sql("a % {}", param(1)).render() == "a % ?"


def test_braces_in_a_part_are_text() -> None:
    assert sql("{} = {}", Fragment('"{x}"'), param(1)).render() == '"{x}" = ?'


def test_join_takes_any_number_of_parts() -> None:
    assert join(", ", []) == Fragment("")
    assert join(", ", [param(1), param(2)]) == Fragment(f"{MARK}, {MARK}", (1, 2))


def test_one_condition_needs_no_brackets() -> None:
    assert combine(" OR ", [Fragment("a")]).text == "a"


def test_a_long_list_is_grouped_so_that_it_is_not_deep() -> None:
    text = combine(" OR ", [Fragment("a")] * GROUP * GROUP).text
    assert text.startswith("((a OR ")
    assert text.count("a") == GROUP * GROUP
    assert max(len(group.split(" OR ")) for group in text.strip("()").split(") OR (")) == GROUP


def test_fragments_are_values() -> None:
    assert param(1) == param(1)
    assert hash(Fragment("a")) == hash(Fragment("a"))
