"""HTML pages of errors."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from lbpy.remoting.page import error_page, unanswered_page


def visible(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_name_status_and_message_then_the_rest():
    body = {"statusCode": 404, "name": "Error", "message": 'Unknown "Memo" id "99".', "code": "MODEL_NOT_FOUND"}
    assert visible(error_page(body)) == 'Error Error 404 Unknown "Memo" id "99". code : MODEL_NOT_FOUND'


def test_details_are_shown_as_json():
    page = error_page({"statusCode": 422, "details": {"codes": {"a": ["presence"]}}})
    assert 'details : {"codes":{"a":["presence"]}}' in visible(page)


def test_the_stack_comes_last():
    page = error_page({"statusCode": 500, "stack": "line <1>", "code": "X"})
    assert page.index("<b>code</b>") < page.index("<pre>line &lt;1&gt;</pre>")


def test_an_error_without_a_name_is_an_error():
    page = error_page({"statusCode": 500, "message": "Internal Server Error"})
    assert visible(page) == "Error Error 500 Internal Server Error"


def test_what_nobody_answers_names_method_and_path():
    assert visible(unanswered_page("GET", "/nowhere")) == "Error Cannot GET /nowhere"


@given(st.text(), st.text(), st.text())
def test_a_client_cannot_put_tags_into_a_page(name, message, key):
    known = {"html", "head", "meta", "title", "body", "h1", "h2", "em", "div", "b", "pre", "!DOCTYPE"}
    page = error_page({"statusCode": 400, "name": f"<i>{name}", "message": f"<i>{message}", f"<i>{key}": f"<i>{key}"})
    assert {one.split()[0] for one in re.findall(r"<([^/>][^>]*)>", page + unanswered_page(f"<i>{name}", key))} <= known
