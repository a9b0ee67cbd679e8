"""Which route answers a verb and a path, and what its variables are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import falcon
import pytest
from falcon.testing import create_environ
from hypothesis import given
from hypothesis import strategies as st

from lbpy.errors import UnreadablePath
from lbpy.remoting.method import Route
from lbpy.remoting.router import ModelRoutes, Mounted, Router, decoded, in_order, raw_path

NOTES = ("get /", "post /", "get /:id", "get /count", "get /findOne", "put /:id", "get /:id/exists", "all /:id/tags/:fk")


def router(places: Iterable[tuple[str, Iterable[str]]], root: str = "/api") -> Router:
    return Router(root, [_place(path, routes) for path, routes in places], None)


def _place(path: str, routes: Iterable[str]) -> ModelRoutes:
    def mounted(text: str) -> Mounted:
        verb, below = text.split()
        return Mounted(Route(verb, below), lambda *_: None, f"{verb} {path}{below}")

    return ModelRoutes(path, path, tuple(mounted(one) for one in routes))


def request(verb: str, path: str, raw: str | None = None) -> falcon.Request:
    environ = create_environ(method=verb)
    environ |= {"PATH_INFO": path, "RAW_URI": path if raw is None else raw}
    return falcon.Request(environ)


def found(routes: Router, verb: str, path: str, raw: str | None = None) -> tuple[Any, Any] | None:
    """The resource, which is the route's text here, and the variables."""
    answer = routes.find(path, request(verb, path, raw))
    return None if answer is None else (answer[0], answer[2])


@pytest.fixture
def notes() -> Router:
    return router([("/notes", NOTES)])


@pytest.mark.parametrize(
    ("verb", "path", "route", "variables"),
    [
        ("GET", "/api/notes", "get /notes/", {}),
        ("GET", "/api/notes/", "get /notes/", {}),
        ("GET", "/API/Notes", "get /notes/", {}),
        ("GET", "/api/notes/7", "get /notes/:id", {"id": "7"}),
        ("GET", "/api/notes/7/", "get /notes/:id", {"id": "7"}),
        ("GET", "/api/NOTES/Ab", "get /notes/:id", {"id": "Ab"}),
        ("GET", "/api/notes/count", "get /notes/count", {}),
        ("GET", "/api/notes/FINDone", "get /notes/findOne", {}),
        ("PUT", "/api/notes/count", "put /notes/:id", {"id": "count"}),
        ("GET", "/api/notes/7/exists", "get /notes/:id/exists", {"id": "7"}),
        ("DELETE", "/api/notes/7/tags/8", "all /notes/:id/tags/:fk", {"id": "7", "fk": "8"}),
        ("HEAD", "/api/notes/7", "get /notes/:id", {"id": "7"}),
    ],
)
def test_a_literal_goes_before_a_variable_and_case_does_not_count(
    notes: Router, verb: str, path: str, route: str, variables: dict[str, str]
) -> None:
    assert found(notes, verb, path) == (route, variables)


@pytest.mark.parametrize("path", ["/notes", "/api", "/api/other", "/api/notes/7/other", "/apinotes/7"])
def test_other_paths_have_no_route(notes: Router, path: str) -> None:
    assert found(notes, "GET", path) is None


def test_an_escaped_slash_stays_in_its_segment(notes: Router) -> None:
    assert found(notes, "GET", "/api/notes/a/b", "/api/notes/a%2Fb") == ("get /notes/:id", {"id": "a/b"})


def test_escapes_in_the_query_do_not_touch_the_path(notes: Router) -> None:
    assert found(notes, "GET", "/api/notes/7", "/api/notes/7?filter=%7B%7D") == ("get /notes/:id", {"id": "7"})


def test_text_beyond_ascii_is_decoded(notes: Router) -> None:
    tunnelled = "/api/notes/ä".encode().decode("latin-1")
    assert found(notes, "GET", tunnelled, "/api/notes/%C3%A4") == ("get /notes/:id", {"id": "ä"})
    assert found(notes, "GET", tunnelled) == ("get /notes/:id", {"id": "ä"})


def test_a_broken_escape_is_a_mistake_of_the_client(notes: Router) -> None:
    with pytest.raises(UnreadablePath):
        found(notes, "GET", "/api/notes/%zz", "/api/notes/%zz")


def test_a_path_that_was_rewritten_counts(notes: Router) -> None:
    assert found(notes, "GET", "/api/notes/8", "/old/7") == ("get /notes/:id", {"id": "8"})


def test_the_variables_of_two_requests_are_two_dicts(notes: Router) -> None:
    first, second = (notes.find("", request("GET", "/api/notes/count")) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first[2] is not second[2]


def test_a_longer_path_of_a_model_goes_before_the_variable_of_a_shorter_one() -> None:
    both = router([("/notes", NOTES), ("/notes/old", ["get /"])])
    assert found(both, "GET", "/api/notes/old") == ("get /notes/old/", {})
    assert found(both, "PUT", "/api/notes/old") == ("put /notes/:id", {"id": "old"})


# -- the short way and the long one ------------------------------------------

SEGMENTS = st.sampled_from(["a", "b", ":x", ":y"])
PATHS = st.lists(SEGMENTS, max_size=3).map(lambda parts: "/" + "/".join(parts))
ROUTES = st.lists(st.tuples(st.sampled_from(["get", "put", "all", "head"]), PATHS).map(" ".join), max_size=6, unique=True)
PLACES = st.lists(st.tuples(st.sampled_from(["/a", "/b", "/a/b", "/a/a"]), ROUTES), max_size=3)


def _escaped(path: str) -> str:
    """The same path with its last character escaped, which takes a search."""
    return f"{path[:-1]}%{ord(path[-1]):02X}"


@given(PLACES, st.sampled_from(["GET", "PUT", "HEAD", "OPTIONS"]), st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5))
def test_a_look_up_finds_what_a_search_finds(places: list[tuple[str, list[str]]], verb: str, segments: list[str]) -> None:
    routes, path = router(places), "/api/" + "/".join(segments)
    assert found(routes, verb, path) == found(routes, verb, path, _escaped(path))


# -- the order of routes ------------------------------------------------------


@pytest.mark.parametrize(
    ("routes", "first"),
    [
        (["get /:id", "get /count"], "get /count"),
        (["get /:id/exists", "get /:a/:b"], "get /:a/:b"),
        (["get /:key/zed", "get /:id/:x"], "get /:id/:x"),
        (["get /b", "get /a"], "get /a"),
        (["get /B", "get /a"], "get /B"),
        (["get /", "get /a"], "get /a"),
        (["get /a", "get /a/b"], "get /a/b"),
        (["all /a", "get /:id"], "get /:id"),
        (["get /x", "put /x"], "put /x"),
        (["patch /x", "post /x"], "post /x"),
        (["delete /x", "get /x"], "get /x"),
        (["get /x", "head /x"], "head /x"),
        (["all /x", "del /x"], "del /x"),
    ],
)
def test_the_order_of_two_routes(routes: list[str], first: str) -> None:
    for given_order in (routes, routes[::-1]):
        mounted = _place("", given_order).routes
        assert in_order(mounted)[0].resource == first


def test_two_variables_go_by_their_names_whatever_follows() -> None:
    both = router([("/notes", ["get /:id/exists", "get /:key/zed", "get /:a/:b"])])
    assert found(both, "GET", "/api/notes/1/exists") == ("get /notes/:a/:b", {"a": "1", "b": "exists"})
    assert found(both, "GET", "/api/notes/1/zed") == ("get /notes/:a/:b", {"a": "1", "b": "zed"})


def test_a_route_for_all_verbs_comes_last() -> None:
    users = router([("/users", ["all /logout", "get /:id"])])
    assert found(users, "GET", "/api/users/logout") == ("get /users/:id", {"id": "logout"})
    assert found(users, "POST", "/api/users/logout") == ("all /users/logout", {})
    assert found(users, "OPTIONS", "/api/users/logout") == ("all /users/logout", {})


def test_head_comes_before_get() -> None:
    both = router([("/notes", ["get /count", "get /:id", "head /:id"])])
    assert found(both, "HEAD", "/api/notes/count") == ("head /notes/:id", {"id": "count"})
    assert found(both, "HEAD", "/api/notes") is None


def test_del_is_delete() -> None:
    assert found(router([("/notes", ["del /:id"])]), "DELETE", "/api/notes/1") == ("del /notes/:id", {"id": "1"})


def test_of_two_models_at_one_path_the_first_answers() -> None:
    both = Router("/api", [_place("/notes", ["get /"]), ModelRoutes("Other", "/notes", _place("", ["get /only"]).routes)], None)
    assert found(both, "GET", "/api/notes/only") is None
    assert both.place_of(["notes"]) == ("/notes", 1)


def test_the_root_may_be_any_path() -> None:
    for root in ("/", "", "/a/b"):
        whole = router([("/notes", ["get /:id"])], root)
        assert found(whole, "GET", f"{root.rstrip('/')}/notes/1") == ("get /notes/:id", {"id": "1"})


# -- raw paths ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "variables"),
    [
        ("//notes/1", {"id": "1"}),
        ("/notes//1", {"id": "1"}),
        ("/notes///1", None),
        ("//notes//1", {"id": "1"}),
        ("/notes/1//", None),
        ("/notes/1/", {"id": "1"}),
        ("/notes/ 1", {"id": " 1"}),
    ],
)
def test_slashes_that_count_and_those_that_do_not(notes: Router, path: str, variables: dict[str, str] | None) -> None:
    answer = found(notes, "GET", f"/api{path}")
    assert (answer and answer[1]) == variables


@pytest.mark.parametrize(
    ("environ", "below"),
    [
        ({"PATH_INFO": "/a/b"}, "/a/b"),
        ({"PATH_INFO": ""}, "/"),
        ({"PATH_INFO": "/a/b", "RAW_URI": "/a%2Fb"}, "/a%2Fb"),
        ({"PATH_INFO": "/a/b", "REQUEST_URI": "/a%2Fb"}, "/a%2Fb"),
        ({"PATH_INFO": "/a/b", "RAW_URI": "/a%2Fb?q=%20"}, "/a%2Fb"),
        ({"PATH_INFO": "/a/b", "RAW_URI": "/a/b?q=%20"}, "/a/b"),
        ({"PATH_INFO": "/a/b", "RAW_URI": "http://host/a%2Fb"}, "/a%2Fb"),
        ({"PATH_INFO": "/a/b", "RAW_URI": "http://host:80/a%2Fb?q=http://x/%20"}, "/a%2Fb"),
        ({"PATH_INFO": "/b/c", "SCRIPT_NAME": "/a", "RAW_URI": "/a/b%2Fc"}, "/b%2Fc"),
        ({"PATH_INFO": "/c", "SCRIPT_NAME": "/a/b", "RAW_URI": "/a/b/%63"}, "/%63"),
        ({"PATH_INFO": "/other/x", "RAW_URI": "/a%2Fb"}, "/other/x"),
        ({"PATH_INFO": "/100%", "RAW_URI": "/100%25"}, "/100%25"),
        ({"PATH_INFO": "/100%"}, "/100%25"),
        ({"PATH_INFO": "/new%", "RAW_URI": "/a%2Fb"}, "/new%25"),
        ({"PATH_INFO": "/%zz", "RAW_URI": "/%zz"}, "/%zz"),
    ],
)
def test_the_path_as_it_came(environ: dict[str, str], below: str) -> None:
    assert raw_path(environ) == below


@pytest.mark.parametrize(("segment", "text"), [("a", "a"), ("%41", "A"), ("%2F", "/"), ("%25", "%"), ("%C3%A4", "ä"), ("a+b", "a+b")])
def test_segments_are_decoded(segment: str, text: str) -> None:
    assert decoded(segment) == text


@pytest.mark.parametrize("segment", ["%zz", "%", "%4", "%C3", "%FF", "a%ZZ", "%+1"])
def test_segments_that_cannot_be_decoded(segment: str) -> None:
    with pytest.raises(UnreadablePath, match="Failed to decode param"):
        decoded(segment)
