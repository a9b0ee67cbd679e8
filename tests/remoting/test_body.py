"""What a body means by its type, encoding and charset, and which bodies are refused with which status."""

import gzip
import zlib
from functools import partial

import pytest

from lbpy.errors import BadRequest, TooLarge, UnreadableBody, UnsupportedMedia
from lbpy.remoting.body import BodyLimits, limit_of, media_type, read_body

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def read(raw, content_type=JSON, encoding=None, **limits):
    return read_body(content_type, encoding, raw, BodyLimits(**limits))


def test_json_may_be_anything():
    assert [read(raw) for raw in (b'{"a": [1]}', b"5", b'"s"', b"null", b"true")] == [{"a": [1]}, 5, "s", None, True]


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/vnd.api+json", "multipart/form-data"])
def test_other_types_are_not_read(content_type):
    assert limit_of(content_type, BodyLimits()) is None
    assert read(b"{broken", content_type) == {}


@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_an_empty_body_is_an_empty_object(content_type):
    assert read(b"", content_type) == {}
    assert read(gzip.compress(b""), content_type, "gzip") == {}


@pytest.mark.parametrize("raw", [b'{"title": "a"', b'{"title": "a"} x', b"{'title': 'a'}", b"   "])
def test_broken_json_is_unreadable(raw):
    with pytest.raises(UnreadableBody):
        read(raw)


def test_strict_json_is_an_object_or_a_list():
    assert read(b" [1]", strict=True) == [1]
    for raw in (b"5", b"null", b' "x"', b'{"title"', b"  "):
        with pytest.raises(UnreadableBody):
            read(raw, strict=True)


def test_a_form_is_read_with_its_brackets():
    assert read(b"meta[k][j]=1&tags[]=a&tags[]=b", FORM) == {"meta": {"k": {"j": "1"}}, "tags": ["a", "b"]}
    assert read(b"a[b]=1", FORM, extended=False) == {"a[b]": "1"}


def test_the_type_is_read_in_any_case_and_with_parameters():
    assert media_type('Application/JSON; charset="utf-8"') == JSON
    assert read(b"[1]", 'Application/JSON ; charset="UTF-8"') == [1]


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "utf-16be"])
def test_utf_16_is_read_with_and_without_a_mark(charset):
    codec = "utf-16be" if charset == "utf-16be" else "utf-16le"
    for text in ('{"a": "é"}', '\ufeff{"a": "é"}'):
        assert read(text.encode(codec), f"{JSON}; charset={charset}") == {"a": "é"}


def test_the_byte_order_of_utf_16_is_found():
    for text in ("[1]", "\ufeff[1]"):
        assert read(text.encode("utf-16be"), f"{JSON}; charset=utf-16") == [1]


def test_a_byte_order_mark_is_skipped():
    assert read(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(("content_type", "name"), [(JSON, "LATIN1"), (JSON, "UTF-32"), (FORM, "UTF-16")])
def test_other_charsets_are_unsupported(content_type, name):
    with pytest.raises(UnsupportedMedia, match=f'unsupported charset "{name}"'):
        read(b"[1]", f"{content_type}; charset={name.lower()}")


def test_bytes_that_are_no_text_are_refused_unless_switched_on():
    with pytest.raises(BadRequest):
        read(b'"\xff"')
    assert read(b'"\xff"', replace_invalid=True) == "\ufffd"


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("DEFLATE", zlib.compress), ("identity", bytes)])
def test_compressed_bodies_are_inflated(encoding, pack):
    assert read(pack(b'{"a": 1}'), JSON, encoding) == {"a": 1}


def test_unknown_encodings_are_unsupported():
    with pytest.raises(UnsupportedMedia, match='unsupported content encoding "pig"'):
        read(b"{}", JSON, "pig")


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"{}", "Z_DATA_ERROR"), (gzip.compress(b"{}")[:-1], "Z_BUF_ERROR"), (gzip.compress(b"{}") * 2, "Z_DATA_ERROR")],
)
def test_bytes_that_do_not_inflate_are_refused(raw, code):
    with pytest.raises(BadRequest) as refused:
        read(raw, JSON, "gzip")
    assert refused.value.code == code


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_too_large():
    text = b'"' + b"x" * 98 + b'"'
    for raw, encoding in ((text, None), (gzip.compress(text), "gzip")):
        assert read(raw, JSON, encoding, json=100) == "x" * 98
        with pytest.raises(TooLarge, match="request entity too large"):
            read(raw, JSON, encoding, json=99)


def test_a_bomb_is_stopped_at_the_limit():
    with pytest.raises(TooLarge):
        read(gzip.compress(b" " * 50_000_000), JSON, "gzip", json=1000)


def test_forms_have_a_limit_of_their_own():
    limits = BodyLimits(json=10, urlencoded=5)
    assert (limit_of(JSON, limits), limit_of(FORM + "; charset=utf-8", limits)) == (10, 5)
    with pytest.raises(TooLarge):
        read(b"a=1234", FORM, urlencoded=5)


def test_limits_are_frozen():
    with pytest.raises(AttributeError):
        partial(setattr, BodyLimits(), "json")(1)
