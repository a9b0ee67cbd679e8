"""Files: what is served, how, and what never is."""

from __future__ import annotations

import gzip
import logging
import os
from collections.abc import Callable
from typing import Any

import pytest

from lbpy.app.entries import Place
from lbpy.contrib.middleware import compression, static
from lbpy.testing import Client

Serve = Callable[..., Client]

TIME = 1_600_000_000
DATE = "Sun, 13 Sep 2020 12:26:40 GMT"


@pytest.fixture
def client_folder(place: Place) -> Any:
    folder = place.project / "client"
    (folder / "data").mkdir(parents=True)
    (folder / ".well-known").mkdir()
    (folder / ".git").mkdir()
    files = {
        "index.html": "<h1>Front</h1>", "plain.txt": "Plain text.\n", "data/list.json": "[1]", ".hidden": "no",
        ".git/config": "no", ".well-known/x.txt": "yes", "a b.txt": "space", "empty.txt": "", "odd.zzz": "?", "other.html": "P",
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text)
        os.utime(folder / name, (TIME, TIME))
    (place.folder / "config.json").write_text("secret")
    return folder


@pytest.fixture
def served(serve: Serve, place: Place, client_folder: Any) -> Serve:
    def make(options: Any = None, **how: Any) -> Client:
        return serve(static.make([str(client_folder), options], place), phase="files", **how)

    return make


# --- what is served


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/", "<h1>Front</h1>", "text/html; charset=utf-8"),
        ("/index.html", "<h1>Front</h1>", "text/html; charset=utf-8"),
        ("/plain.txt", "Plain text.\n", "text/plain; charset=utf-8"),
        ("/data/list.json", "[1]", "application/json; charset=utf-8"),
        ("/a%20b.txt", "space", "text/plain; charset=utf-8"),
        ("/empty.txt", "", "text/plain; charset=utf-8"),
        ("/odd.zzz", "?", "application/octet-stream"),
        ("/.well-known/x.txt", "yes", "text/plain; charset=utf-8"),
    ],
)
def test_files_are_served_with_their_type(served: Serve, path: str, text: str, kind: str) -> None:
    result = served().get(path)
    assert (result.status, result.text, result.headers["Content-Type"]) == (200, text, kind)
    assert result.headers["Content-Length"] == str(len(text))


def test_a_file_tells_its_version(served: Serve) -> None:
    headers = served().get("/plain.txt").headers
    assert headers["ETag"] == 'W/"c-174876e8000"'
    assert headers["Last-Modified"] == DATE
    assert (headers["Accept-Ranges"], headers["Cache-Control"]) == ("bytes", "public, max-age=0")


def test_head_has_the_headers_only(served: Serve) -> None:
    result = served().head("/plain.txt")
    assert (result.status, result.body, result.headers["Content-Length"]) == (200, b"", "12")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_pass(served: Serve, method: str) -> None:
    assert served().request(method, "/plain.txt").text == "nobody"


@pytest.mark.parametrize("path", ["/missing.txt", "/data/", "/plain.txt/", "/" + "x" * 5000, "/folder/none"])
def test_what_is_not_there_passes(served: Serve, path: str) -> None:
    assert served().get(path).text == "nobody"


def test_a_folder_is_redirected_to_its_slash(served: Serve) -> None:
    result = served().get("/data?a=%3Cb%3E")
    assert (result.status, result.headers["Location"]) == (301, "/data/?a=%3Cb%3E")
    assert "Redirecting to /data/" in result.text


@pytest.mark.parametrize("path", ["//data", "///data"])
def test_a_redirect_stays_on_this_host(served: Serve, path: str) -> None:
    assert served().get(path).headers["Location"] == "/data/"


def test_below_a_path_the_rest_of_it_counts(served: Serve) -> None:
    client = served(paths=("/assets",))
    assert client.get("/assets/plain.txt").text == "Plain text.\n"
    assert client.get("/assets").headers["Location"] == "/assets/"
    assert client.get("/assets/").text == "<h1>Front</h1>"
    assert client.get("/plain.txt").text == "nobody"


# --- what never is


@pytest.mark.parametrize(
    "path",
    [
        "/../server/config.json", "/..%2fserver%2fconfig.json", "/%2e%2e/server/config.json", "/data/../../server/config.json",
        "/..%5cserver%5cconfig.json", "/.%00./server/config.json", "/plain.txt%00.html", "//etc/passwd", "/%2Fetc/passwd",
        "/.hidden", "/.git/config", "/data/../plain.txt", "/link.txt", "/linked/config.json", "/%ff.txt", "/C:/x",
    ],
)  # fmt: skip
def test_nothing_outside_and_nothing_hidden_is_served(served: Serve, client_folder: Any, place: Place, path: str) -> None:
    (client_folder / "link.txt").symlink_to(place.folder / "config.json")
    (client_folder / "linked").symlink_to(place.folder)
    assert served().get(path).text == "nobody"


def test_a_link_inside_the_folder_is_followed(served: Serve, client_folder: Any) -> None:
    (client_folder / "link.txt").symlink_to(client_folder / "plain.txt")
    assert served().get("/link.txt").text == "Plain text.\n"


def test_a_pipe_is_not_opened(served: Serve, client_folder: Any) -> None:
    os.mkfifo(client_folder / "pipe")
    assert served().get("/pipe").text == "nobody"


@pytest.mark.parametrize("folder", ["..", ".", "../..", "/etc", "../missing"])
def test_folders_that_may_not_be_served_are_told(place: Place, folder: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert static.make(folder, place) is None
    assert "server/middleware.json:files.static: the" in caplog.text


@pytest.mark.parametrize("params", [None, "", {}, ["x", {"dotfiles": "some"}], [".", {"maxAge": "soon"}]])
def test_params_that_make_no_sense_are_refused(place: Place, params: Any) -> None:
    (place.folder / "x").mkdir()
    params = [str(place.folder / "x"), *params[1:]] if isinstance(params, list) else params
    with pytest.raises(ValueError, match=r"folder|dotfiles|amount"):
        static.make(params, place)


# --- conditions and ranges


@pytest.mark.parametrize(
    "sent",
    [
        {"If-None-Match": 'W/"c-174876e8000"'},
        {"If-None-Match": '"x", "c-174876e8000"'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": DATE},
    ],
)
def test_a_version_known_already_is_not_sent_again(served: Serve, sent: dict[str, str]) -> None:
    result = served().get("/plain.txt", headers=sent)
    assert (result.status, result.body) == (304, b"")
    assert result.headers["ETag"] == 'W/"c-174876e8000"'
    assert "Content-Length" not in result.headers


@pytest.mark.parametrize(
    "sent",
    [
        {"If-None-Match": '"x"', "If-Modified-Since": DATE},
        {"If-Modified-Since": "Sun, 13 Sep 2020 12:26:39 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-None-Match": "*", "Cache-Control": "no-cache"},
    ],
)
def test_another_version_is_sent(served: Serve, sent: dict[str, str]) -> None:
    assert served().get("/plain.txt", headers=sent).status == 200


@pytest.mark.parametrize("sent", [{"If-Match": '"x"'}, {"If-Unmodified-Since": "Sun, 13 Sep 2020 12:26:39 GMT"}])
def test_a_request_for_another_version_fails(served: Serve, sent: dict[str, str]) -> None:
    result = served().get("/plain.txt", headers=sent)
    assert (result.status, result.json["name"]) == (412, "PreconditionFailedError")


@pytest.mark.parametrize(
    ("asked", "text", "part"),
    [
        ("bytes=0-4", "Plain", "bytes 0-4/12"),
        ("bytes=6-", "text.\n", "bytes 6-11/12"),
        ("bytes=-2", ".\n", "bytes 10-11/12"),
        ("bytes=-99", "Plain text.\n", "bytes 0-11/12"),
        ("bytes = 0 - 99", "Plain text.\n", "bytes 0-11/12"),
    ],
)
def test_a_part_may_be_asked_for(served: Serve, asked: str, text: str, part: str) -> None:
    result = served().get("/plain.txt", headers={"Range": asked})
    assert (result.status, result.text, result.headers["Content-Range"]) == (206, text, part)
    assert result.headers["Content-Length"] == str(len(text))


@pytest.mark.parametrize("asked", ["bytes=900-", "bytes=12-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(served: Serve, asked: str) -> None:
    result = served().get("/plain.txt", headers={"Range": asked})
    assert (result.status, result.headers["Content-Range"]) == (416, "bytes */12")
    assert result.json == {"name": "RangeNotSatisfiableError", "message": "Range Not Satisfiable"}


@pytest.mark.parametrize("asked", ["bytes=4-2", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes=٣-٤"])
def test_what_is_no_single_part_gives_the_whole(served: Serve, asked: str) -> None:
    result = served().get("/plain.txt", headers={"Range": asked.encode().decode("latin-1")})
    assert (result.status, result.text) == (200, "Plain text.\n")


@pytest.mark.parametrize(
    ("condition", "status"), [('W/"c-174876e8000"', 206), ('"x"', 200), (DATE, 206), ("Sun, 13 Sep 2020 12:26:39 GMT", 200)]
)
def test_a_part_is_sent_of_the_same_version_only(served: Serve, condition: str, status: int) -> None:
    sent = {"Range": "bytes=0-4", "If-Range": condition}
    assert served().get("/plain.txt", headers=sent).status == status


def test_parts_are_not_compressed_and_wholes_are(serve: Serve, place: Place, client_folder: Any) -> None:
    (client_folder / "long.txt").write_text("long " * 1000)
    client = serve(compression.make(None, place), static.make(str(client_folder), place))
    part = client.get("/long.txt", headers={"Range": "bytes=0-3999", "Accept-Encoding": "gzip"})
    assert (part.status, len(part.body), part.headers.get("Content-Encoding")) == (206, 4000, None)
    whole = client.get("/long.txt", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(whole.body).decode() == "long " * 1000


# --- options


def test_options_change_the_headers(served: Serve) -> None:
    client = served({"maxAge": "1 day", "immutable": True, "etag": False, "lastModified": False})
    headers = client.get("/plain.txt").headers
    assert headers["Cache-Control"] == "public, max-age=86400, immutable"
    assert "ETag" not in headers
    assert "Last-Modified" not in headers


def test_cache_control_and_ranges_may_be_turned_off(served: Serve) -> None:
    result = served({"cacheControl": False, "acceptRanges": False}).get("/plain.txt", headers={"Range": "bytes=0-4"})
    assert (result.status, "Cache-Control" in result.headers, "Accept-Ranges" in result.headers) == (200, False, False)


def test_index_and_extensions_may_be_named(served: Serve) -> None:
    assert served({"index": ["none.html", "other.html"]}).get("/").text == "P"
    assert served({"index": False}).get("/").text == "nobody"
    assert served({"extensions": ["htm", "html"]}).get("/other").text == "P"


def test_hidden_files_may_be_allowed(served: Serve) -> None:
    assert served({"dotfiles": "allow"}).get("/.hidden").text == "no"


def test_without_redirect_a_folder_passes(served: Serve) -> None:
    assert served({"redirect": False}).get("/data").text == "nobody"


@pytest.mark.parametrize(
    ("method", "path", "dotfiles", "status"),
    [("POST", "/plain.txt", "ignore", 405), ("GET", "/none", "ignore", 404), ("GET", "/.hidden", "deny", 403)],
)
def test_without_fallthrough_a_miss_is_an_error(served: Serve, method: str, path: str, dotfiles: str, status: int) -> None:
    result = served({"fallthrough": False, "dotfiles": dotfiles}).request(method, path)
    assert result.status == status
