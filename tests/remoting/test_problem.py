"""What exceptions mean: status and description."""

import logging

import pytest

from lbpy.errors import BadRequest, Conflict, Duplicate, Forbidden, Invalid, ManyFailed, NotPorted, Problem, StoreError
from lbpy.remoting.problem import Telling, details_of, failure_of, sentence, status_of, telling_of

QUIET = Telling(log=False)


def body(error: BaseException, telling: Telling = QUIET) -> dict[str, object]:
    return failure_of(error, telling).body


def test_a_mistake_of_the_caller_is_told_without_members_that_it_has_not():
    assert body(BadRequest("no", code="BAD")) == {"statusCode": 400, "name": "Error", "message": "no", "code": "BAD"}
    assert body(BadRequest("no", details=["x"])) == {"statusCode": 400, "name": "Error", "message": "no", "details": ["x"]}


@pytest.mark.parametrize("error", [ValueError("secret"), RuntimeError(), KeyError("x")])
def test_any_other_exception_is_500_and_tells_nothing(error):
    assert body(error) == {"statusCode": 500, "message": "Internal Server Error"}


def test_errors_of_stores_tell_their_code_and_when_to_ask_again_and_nothing_else():
    told = failure_of(StoreError("password=1", code="STORE_UNREACHABLE"), QUIET)
    assert told.body == {"statusCode": 503, "message": "Service Unavailable", "code": "STORE_UNREACHABLE"}
    assert told.headers == {"Retry-After": "1"}


def test_a_client_error_with_the_status_of_a_servers_tells_nothing():
    error = BadRequest("secret", code="X")
    error.status = 503
    assert body(error) == {"statusCode": 503, "message": "Service Unavailable"}
    error.status = 302
    assert body(error) == {"statusCode": 500, "message": "Internal Server Error"}


def test_what_is_invalid_may_be_told_in_other_words():
    error = Invalid("Note", [Problem("title", "presence", "can't be blank")])
    error.message = "A note needs a title."
    assert (body(error)["message"], body(error)["details"]) == ("A note needs a title.", details_of(error))


def test_a_closed_route_says_so():
    assert body(NotPorted("secret", code="NOT_PORTED")) == {
        "statusCode": 501,
        "name": "Error",
        "code": "NOT_PORTED",
        "message": "This operation is not available.",
    }


@pytest.mark.parametrize(("given", "expected"), [(200, 500), (399, 500), (404, 404), (418, 418)])
def test_a_status_below_400_is_no_status_of_an_error(given, expected):
    error = BadRequest("x")
    error.status = given
    assert status_of(error) == expected


def test_a_status_of_the_applications_own_has_a_phrase_too():
    error = StoreError("x")
    error.status = 599
    assert body(error) == {"statusCode": 599, "message": "Unknown Error"}


def test_broken_rules_are_told_one_by_one():
    error = Invalid("Item", [Problem("a", "presence", "can't be blank"), Problem("n", "custom", "is odd", 3)])
    details = "`a` can't be blank (value: undefined); `n` is odd (value: 3)"
    assert sentence(error) == f"The `Item` instance is not valid. Details: {details}."
    assert details_of(error) == {
        "context": "Item",
        "codes": {"a": ["presence"], "n": ["custom"]},
        "messages": {"a": ["can't be blank"], "n": ["is odd"]},
    }


def test_of_many_each_is_told_by_the_same_rules():
    error = ManyFailed([None, BadRequest("no")])
    assert failure_of(error, QUIET).status == 422
    assert body(error)["details"] == [None, {"statusCode": 400, "name": "Error", "message": "no"}]
    assert failure_of(ManyFailed([Duplicate("A", "id"), Conflict("x")]), QUIET).status == 409


# -- telling -----------------------------------------------------------------


def test_debug_tells_what_the_exception_carries_and_the_stack():
    error = KeyError("x")
    error.hint, error._own, error.odd = "look", "no", object()  # type: ignore[attr-defined]
    told = body(error, Telling(debug=True, log=False))
    assert told.pop("stack").startswith("KeyError")
    assert told == {"statusCode": 500, "name": "KeyError", "message": "'x'", "hint": "look"}


def test_debug_adds_the_stack_to_mistakes_of_the_caller_too():
    assert "stack" in body(Forbidden("no"), Telling(debug=True))


def test_safe_fields_are_told_in_every_case():
    error = StoreError("secret")
    error.retry, error.odd, error.none = 5, object(), None  # type: ignore[attr-defined]
    telling = Telling(safe_fields=("retry", "odd", "none", "missing"), log=False)
    assert body(error, telling) == {"statusCode": 503, "message": "Service Unavailable", "retry": 5}


def test_details_that_json_cannot_say_are_left_out():
    assert "details" not in body(BadRequest("no", details={"x": object()}))


def test_errors_of_the_server_are_logged_unless_told_otherwise(caplog):
    with caplog.at_level(logging.ERROR):
        failure_of(ValueError("why"), Telling())
        failure_of(ValueError("quiet"), QUIET)
        failure_of(BadRequest("theirs"), Telling())
        failure_of(StoreError("down"), Telling(), lambda: "r1")
    assert [record.getMessage() for record in caplog.records] == ["ValueError: why", "StoreError: down (request r1)"]
    assert all(record.exc_info for record in caplog.records)


def test_a_store_that_is_away_takes_one_line_of_the_log(caplog):
    with caplog.at_level(logging.ERROR):
        failure_of(StoreError("no db:5432\n\tis it there?", code="STORE_UNREACHABLE"), Telling(), lambda: "r1")
        failure_of(StoreError("quiet", code="STORE_UNREACHABLE"), QUIET)
    [record] = caplog.records
    assert record.getMessage() == "StoreError STORE_UNREACHABLE: no db:5432 is it there? (request r1)"
    assert record.exc_info is None


def test_options_of_strong_error_handler():
    options = {"debug": True, "log": False, "safeFields": ["a", 1], "defaultType": "text/html", "negotiateContentType": False}
    assert telling_of(options) == Telling(debug=True, log=False, safe_fields=("a",), default_type="html", negotiate=False)
    assert telling_of({}) == Telling()


@pytest.mark.parametrize(("given", "root"), [(False, None), ("fault", "fault"), (True, "error"), (None, "error"), ("", None)])
def test_root_property_names_the_wrapper_or_takes_it_off(given, root):
    assert telling_of({"rootProperty": given}).root == root


@pytest.mark.parametrize(
    "options", [{"safeFields": "abc"}, {"safeFields": 5}, {"defaultType": "csv"}, {"defaultType": [1]}, {"debug": "yes"}]
)
def test_options_that_cannot_be_read_count_as_absent(options):
    assert telling_of(options) == Telling()
