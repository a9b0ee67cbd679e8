"""Which form an answer takes, by what the client accepts and the application offers."""

import pytest

from lbpy.remoting.negotiation import JSON_FORM, TYPES, ErrorForm, Offer, best, error_form, offer_of

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
XML = offer_of(None, xml=True)


def shape(offer: Offer, accept: str | None, format: object = None) -> tuple[str, str] | None:
    form = offer.choose(accept, format)
    return None if form is None else (form.shape, form.content_type.partition(";")[0])


@pytest.mark.parametrize("accept", [None, "", "*/*", "application/json", "application/*", "Application/JSON;q=0.1", BROWSER])
def test_json_is_what_most_clients_get(accept):
    assert Offer().choose(accept) is JSON_FORM


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/xml", "application/json;q=0", "text/plain, text/html"])
def test_a_client_that_takes_none_of_the_offer_gets_none(accept):
    assert Offer().choose(accept) is None


def test_xml_is_on_offer_where_it_was_asked_for_only():
    assert shape(XML, "application/xml") == ("xml", "application/xml")
    assert shape(XML, "text/xml") == ("xml", "text/xml")
    assert shape(XML, BROWSER) == ("xml", "application/xml")
    assert shape(XML, "application/xml;q=0.5, application/json;q=0.9") == ("json", "application/json")


def test_supported_types_replace_the_list():
    offer = offer_of(("text/xml", "application/vnd.api+json"), xml=False)
    assert shape(offer, None) == ("xml", "text/xml")
    assert shape(offer, "application/vnd.api+json") == ("json", "application/vnd.api+json")
    assert shape(offer, "application/json") is None
    assert "*/*" not in offer.plain


def test_a_supported_type_that_nobody_can_write_is_not_acceptable():
    assert shape(offer_of(("text/csv",), xml=True), "text/csv") is None


def test_the_usual_headers_are_known_to_be_plain_before_any_request():
    assert {None, "*/*", "application/json"} <= Offer().plain


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("xml", ("xml", "text/xml")),
        ("XML", ("xml", "text/xml")),
        ("application/xml", ("xml", "application/xml")),
        ("json", ("json", "application/json")),
        ("application/javascript", ("script", "application/json")),
        ("yaml", None),
        (["json", "xml"], None),
        ({"a": "json"}, None),
        ("", ("script", "application/json")),
    ],
)
def test_format_goes_before_the_header_and_reaches_what_is_not_on_offer(format, expected):
    assert shape(Offer(), "text/javascript", format) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/javascript, application/json", "text/javascript"),
        ("application/json;q=0.5, */*;q=0.4", "application/json"),
        ("*/*;q=0.9, application/json;q=0.1", "*/*"),
        ("text/*", "text/javascript"),
        ("application/*, application/json;q=0", "application/javascript"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/json ; version=1 ; Q=0", None),
        ("application/json;q=nan", "application/json"),
        (",;,=;q=,", None),
    ],
)
def test_quality_then_closeness_then_the_clients_order_decide(accept, expected):
    assert best(accept, TYPES) == expected


# -- errors ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        (BROWSER, "html"),
        ("text/html", "html"),
        ("text/xml", "xml"),
        ("application/xml", "xml"),
        ("image/png", "json"),
    ],
)
def test_errors_come_in_the_form_that_the_client_takes(accept, expected):
    assert error_form(accept, None, "json", negotiate=True) == ErrorForm(expected)


def test_the_default_counts_where_the_client_says_nothing_or_takes_nothing():
    assert error_form(None, None, "html", negotiate=True).shape == "html"
    assert error_form("image/png", None, "xml", negotiate=True).shape == "xml"
    assert error_form("text/html", None, "xml", negotiate=False).shape == "xml"


def test_format_counts_for_errors_too():
    assert error_form("text/html", "XML", "json", negotiate=False) == ErrorForm("xml")


@pytest.mark.parametrize("format", ["yaml", ["json"], "a\r\nSet-Cookie: x=1", "\ud800", "ä" * 500])
def test_an_unknown_format_leaves_a_warning_that_fits_into_a_header(format):
    form = error_form("text/html", format, "json", negotiate=True)
    assert form.shape == "html"
    assert form.warning.isascii()
    assert form.warning.isprintable()
    assert "not supported" in form.warning
