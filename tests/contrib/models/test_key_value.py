"""KeyValueModel in code and over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

import lbpy
from lbpy.contrib.models import KeyValueModel
from lbpy.errors import BadRequest, NotFound, OperatorError
from lbpy.testing import Client


@pytest.fixture
def app() -> Iterator[lbpy.App]:
    with lbpy.App() as made:
        yield made


@pytest.fixture
def cache(app: lbpy.App) -> type[KeyValueModel]:
    class Cache(KeyValueModel):
        pass

    return app.model(Cache, data_source=app.data_source("kv", connector="kv-memory"))


@pytest.fixture
def client(app: lbpy.App, cache: type[KeyValueModel]) -> Client:
    return Client(app)


def test_what_was_set_is_there_until_it_is_deleted(cache: type[KeyValueModel]) -> None:
    cache.set("k", {"n": 1}, {"ttl": 60_000})
    assert (cache.get("k"), list(cache.iterate_keys({"match": "k*"}))) == ({"n": 1}, ["k"])
    assert (cache.ttl("k") or 0) > 50_000
    assert (cache.delete("k"), cache.get("k"), cache.delete_all()) == (True, None, 0)


@pytest.mark.parametrize(("key", "value", "ttl"), [("", 1, None), ("k", None, None), ("k", 1, 0), ("k", 1, -5), ("k", 1, float("nan"))])
def test_bad_keys_values_and_times_are_refused(cache: type[KeyValueModel], key: str, value: Any, ttl: float | None) -> None:
    with pytest.raises(BadRequest):
        cache.set(key, value, ttl)


def test_unknown_keys_have_no_time(cache: type[KeyValueModel]) -> None:
    for call in (lambda: cache.ttl("k"), lambda: cache.expire("k", 5)):
        with pytest.raises(NotFound):
            call()


def test_clients_set_and_get(client: Client) -> None:
    assert client.put("/api/Caches/a%2Fb?ttl=60000", json=[1]).status == 204
    assert client.get("/api/Caches/a%2Fb").json == [1]
    assert client.get("/api/Caches/keys").json == client.get('/api/Caches/keys?filter={"match":""}').json == ["a/b"]
    assert client.put("/api/Caches/k", json="").json["error"]["message"] == "value is a required argument"
    assert client.get("/api/Caches/none").json["error"]["code"] == "KEY_NOT_FOUND"
    assert client.put("/api/Caches/k?ttl=-5", json=1).status == 400
    assert client.get('/api/Caches/keys?filter={"match":1}').status == 400
    assert client.delete("/api/Caches/a%2Fb").status == 404


def test_another_store_keeps_no_values_by_key(app: lbpy.App) -> None:
    class Wrong(KeyValueModel):
        pass

    wrong = app.model(Wrong, data_source=app.data_source("db", connector="memory"))
    with pytest.raises(OperatorError, match="kv-memory"):
        wrong.get("k")
