"""No name that begins with a dollar gets from a client into a command, unless it is one of those that are let through."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import falcon.testing
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lbpy
from lbpy import Model, PersistedModel
from lbpy.data.execution import Execution
from lbpy.model.declare import class_from_json

STRANGE = [
    *("$where", "$expr", "$function", "$accumulator", "$ne", "$jsonSchema", "$text", "$out", "$merge", "$lookup", "$comment"),
    *("$x", "a.$y", "$"),
]
UPDATES = ["$inc", "$set", "$unset", "$push", "$rename", "$setOnInsert", "$pull"]
PROPERTIES = {"name": "string", "rank": "number", "box": "object", "loose": "any", "parts": [{"sku": "string"}], "tags": ["string"]}
HIDDEN = {"name": "Part", "properties": {"sku": "string", "pin": "string"}, "hidden": ["pin"]}


@dataclass
class Site:
    """An application on MongoDB with what its clients send into commands: all names in them."""

    client: falcon.testing.TestClient
    names: set[str] = field(default_factory=set)

    def look(self, execution: Execution) -> None:
        self.names.update(names_in(execution.req["params"]))


def names_in(value: Any) -> Iterator[str]:
    """All keys at any depth, and the texts of a sort order."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from [one[0]] if isinstance(one, tuple) else names_in(one)


@pytest.fixture(scope="module")
def site(mongodb_server: str) -> Iterator[Site]:
    with lbpy.App() as app:
        db = app.data_source("db", connector="mongodb", url=mongodb_server, database="dollars")
        app.model(class_from_json(HIDDEN, Model), public=False)
        for name, more in (("Plain", {}), ("Open", {"mongodb": {"allowExtendedOperators": True}})):
            spec = {"name": name, "plural": name, "properties": {**PROPERTIES, "hides": ["Part"]}, **more}
            thing = class_from_json(spec, PersistedModel)
            assert issubclass(thing, PersistedModel)
            app.model(thing, data_source=db, public=True)
        made = Site(falcon.testing.TestClient(app))
        db.connector.observe("before execute", made.look)
        yield made


def poisoned(names: list[str]) -> st.SearchStrategy[Any]:
    """JSON with strange names in any place."""
    words = ("and", "or", "nor", "eq", "neq", "inq", "elemMatch", "exists", "all", "box.w")  # not near, whose distances need $expr
    keys = st.sampled_from([*names, *names, *PROPERTIES, *words])
    scalars = st.none() | st.booleans() | st.sampled_from([0, 1, "a", "$rank", "this.rank"])
    return st.recursive(scalars, lambda one: st.dictionaries(keys, one, min_size=1, max_size=2) | st.lists(one, max_size=2), max_leaves=6)


Request = Callable[[falcon.testing.TestClient, str, Any], falcon.testing.Result]


def asking(name: str) -> Request:
    return lambda client, path, value: client.simulate_get(path, params={"filter": json.dumps({name: value})})


def sending(method: str, more: str = "") -> Request:
    return lambda client, path, value: client.simulate_request(method, path + more, json=value)


REQUESTS: dict[str, Request] = {
    "where": asking("where"),
    "order": asking("order"),
    "fields": asking("fields"),
    "include": asking("include"),
    "count": lambda client, path, value: client.simulate_get(f"{path}/count", params={"where": json.dumps(value)}),
    "delete": lambda client, path, value: client.simulate_post(f"{path}/update", params={"where": json.dumps(value)}, json={"rank": 1}),
    "update": sending("POST", "/update?where={}"),
    "create": sending("POST"),
    "upsert": sending("PATCH"),
    "replace": sending("PUT"),
    "find or create": sending("POST", "/findOrCreate"),
    "upsert where": sending("POST", '/upsertWithWhere?where={"name":"a"}'),
}

LOOK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@given(request=st.sampled_from(sorted(REQUESTS)), value=poisoned([*STRANGE, *UPDATES]))
@LOOK
def test_no_strange_name_gets_into_a_command(site: Site, request: str, value: Any) -> None:
    site.names.clear()
    answer = REQUESTS[request](site.client, "/api/Plain", value)
    assert answer.status_code < 500, answer.text
    assert not (site.names - {"$set", "$setOnInsert"}) & {*STRANGE, *UPDATES}
    assert not any(".$" in name for name in site.names)


@given(request=st.sampled_from(["update", "upsert", "upsert where", "create"]), value=poisoned([*STRANGE, *UPDATES, *UPDATES]))
@LOOK
def test_where_update_operators_are_allowed_no_other_gets_in(site: Site, request: str, value: Any) -> None:
    site.names.clear()
    answer = REQUESTS[request](site.client, "/api/Open", value)
    assert answer.status_code < 500, answer.text
    assert not site.names & set(STRANGE)


def test_hidden_properties_of_items_are_refused_in_their_conditions(site: Site) -> None:
    answer = site.client.simulate_get("/api/Plain", params={"filter": json.dumps({"where": {"hides": {"elemMatch": {"pin": "1"}}}})})
    assert (answer.status_code, "pin" in answer.text) == (400, True)
