"""Whatever a client sends to a method of an application's own: the answer is the method's, or 4xx; never a 5xx."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lbpy
from lbpy import FormFile, GeoPoint, Model, PersistedModel, remote_method
from lbpy.model.declare import declared_with
from lbpy.testing import Answer, Client

from .conftest import proof
from .wrong import SCALARS


class Size(enum.Enum):
    SMALL = "s"
    LARGE = 7


class Item(PersistedModel):
    """What is sent as an object."""

    name: str
    when: datetime | None = None
    tags: list[int] | None = None


class Echo(Model, plural="echo"):
    """What gives back what it gets."""

    @remote_method(verb="all", path=["/take/:v", "/take"])
    @staticmethod
    def take(v: Any = None) -> Any:
        return v


TYPES: dict[str, Any] = {
    "str": str, "int": int, "float": float, "bool": bool, "datetime": datetime, "Decimal": Decimal, "UUID": UUID, "bytes": bytes,
    "GeoPoint": GeoPoint, "dict": dict[str, Any], "list": list[Any], "ints": list[int], "dates": list[datetime], "any": Any,
    "nested": list[list[float]], "Literal": Literal["a", 1], "Size": Size, "Item": Item, "items": list[Item], "both": Item | list[Item],
    "optional": int | None, "union": int | str, "points": list[GeoPoint], "file": FormFile, "files": list[FormFile],
}  # fmt: skip
DESCRIBED = (
    "string", "number", "integer", "boolean", "date", "object", "array", "any", "geopoint", "buffer", "Item", "file", "nosuch", ["number"],
    ["date"], ["Item"], {"a": "string"}, [["boolean"]],
)  # fmt: skip


def taking(type: Any) -> Any:
    """A method with one argument of that type, which may come from everywhere."""

    def take(v: Any) -> str:
        return repr(v)[:10]

    take.__annotations__["v"] = type
    return remote_method(verb="all", path=["/take/:v", "/take"])(staticmethod(take))


def described() -> type[Model]:
    """The same as JSON describes them, and one for each source."""
    http = [{"verb": "all", "path": path} for path in ("/take/:v", "/take")]
    bodies = [{"arg": "v", "type": type, "allowArray": type == "Item"} for type in DESCRIBED]
    bodies += [{"arg": "v", "type": "any", "http": {"source": one}} for one in ("body", "form", "query", "path", "header")]
    methods = {f"m{at}": {"accepts": one, "returns": {"arg": "v"}, "http": http_of(http, f"m{at}")} for at, one in enumerate(bodies)}
    functions = dict.fromkeys(methods, staticmethod(lambda v: repr(v)[:10]))
    told = type("Told", (PersistedModel,), {"__module__": __name__, **functions})
    return declared_with(told, {"name": "Told", "methods": methods}, Model)


def http_of(http: list[dict[str, str]], name: str) -> list[dict[str, str]]:
    return [{**one, "path": f"/{name}{one['path']}"} for one in http]


@pytest.fixture(scope="module")
def app() -> Iterator[lbpy.App]:
    with lbpy.App() as app:
        db = app.data_source("db", connector="memory")
        app.model(Item, data_source=db, public=False)
        app.model(Echo)
        for name, type_ in TYPES.items():
            app.model(type(f"Job{name}", (Model,), {"__module__": __name__, "take": taking(type_)}, plural=name))
        app.model(described(), data_source=db)
        yield app


PATHS = ("/api/echo/take", *(f"/api/{name}/take" for name in TYPES), *(f"/api/Tolds/m{at}/take" for at in range(len(DESCRIBED) + 5)))
READING_BODIES = PATHS[:-3]

keys = st.sampled_from(["v", "name", "$type", "$data", "lat", "lng", "0", "__proto__"])
values = st.recursive(
    st.sampled_from([one for one in SCALARS if not (isinstance(one, float) and (one != one or abs(one) == float("inf")))])
    | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner),
    max_leaves=6,
)  # fmt: skip
paths = st.sampled_from(PATHS)
forms = st.sampled_from(["v={}", "v[]={}", "v[a]={}", "v={}&v=1", "v[0][a]={}", "v", "{}"])


def fine(answer: Answer) -> None:
    assert answer.status < 500, answer.body
    assert answer.status == 200 or answer.json["error"]["statusCode"] == answer.status


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def safe(text: str) -> str:
    """Text as a URL carries it."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@proof(400)
@given(path=paths, value=values, whole=st.booleans())
def test_json_of_any_kind_is_no_5xx(app, path, value, whole):
    fine(Client(app).post(path, json=value if whole else {"v": value}))


@proof(300)
@given(path=paths, value=values, form=forms, verb=st.sampled_from(["GET", "POST"]))
def test_query_strings_and_forms_of_any_kind_are_no_5xx(app, path, value, form, verb):
    query = form.format(safe(text_of(value)))
    fine(Client(app).request(verb, f"{path}?{query}"))
    fine(Client(app).request(verb, path, body=query.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"}))


@proof(200)
@given(path=paths, value=values)
def test_paths_and_headers_of_any_kind_are_no_5xx(app, path, value):
    text = text_of(value)
    segment = text.encode("utf-8", "replace").decode("latin-1").replace("/", "")
    if segment:
        answer = Client(app).get(f"{path}/{segment.replace('?', '')}", headers={"V": text.encode("utf-8", "replace").decode("latin-1")})
        assert answer.status < 500, answer.body


@proof(200)
@given(path=paths, body=st.binary(max_size=60), name=st.sampled_from(["v", "", "x", "v[a]"]), file=st.booleans())
def test_multipart_forms_of_any_kind_are_no_5xx(app, path, body, name, file):
    told = '; filename="a"' if file else ""
    form = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n--b--\r\n' % (name.encode(), told.encode(), body)
    fine(Client(app).post(path, body=form, headers={"Content-Type": "multipart/form-data; boundary=b"}))
    fine(Client(app).post(path, body=body, headers={"Content-Type": "multipart/form-data; boundary=b"}))


@pytest.mark.parametrize("path", READING_BODIES)
def test_what_is_too_deep_or_too_large_is_refused(app, path):
    deep = b'{"v":' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert Client(app).post(path, body=deep, headers={"Content-Type": "application/json"}).status == 400
    assert Client(app).post(path, body=b'{"v":"' + b"x" * 200_000 + b'"}', headers={"Content-Type": "application/json"}).status == 413
