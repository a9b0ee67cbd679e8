"""Replacing: what is not given is gone, and defaults apply again."""

from __future__ import annotations

from tests.data.notes import FREE

DEFAULTS = {
    "properties": {
        "a": {"type": "string", "default": "x"},
        "b": {"type": "string", "defaultFn": "uuid"},
        "c": {"type": "date", "default": "$now"},
        "n": "number",
    }
}


def test_defaults_are_applied_again_by_a_replace_and_not_by_a_patch(model):
    cls, api = model(DEFAULTS)
    api("POST", "/Things", {"a": "y", "b": "z", "n": 1})
    assert api("PATCH", "/Things/1", {"n": 2})[1]["a"] == "y"
    replaced = api("PUT", "/Things/1", {"b": "z"})[1]
    assert (replaced["a"], "n" in replaced) == ("x", False)
    assert cls.find_by_id(1)["a"] == "x"


def test_a_patch_merges_and_a_replace_does_not(model):
    cls, api = model(FREE)
    cls.create_many([{"title": "a", "stars": 1}] * 4)
    assert api("PATCH", "/Things/1", {"title": "b"})[1] == {"title": "b", "stars": 1, "id": 1}
    assert api("PATCH", "/Things", {"id": 2, "title": "b"})[1] == {"title": "b", "stars": 1, "id": 2}
    assert api("PUT", "/Things/3", {"title": "b"})[1] == {"title": "b", "id": 3}
    assert api("PUT", "/Things", {"id": 4, "title": "b"})[1] == {"title": "b", "id": 4}
    assert [("stars" in one) for one in cls.find()] == [True, True, False, False]


def test_an_id_beside_a_key_of_another_name_gives_way_to_the_key(model, store):
    _, api = model({"properties": {"isbn": {"type": "number", "id": True, "generated": True}, "title": "string"}}, store=store)
    wrong = {"id": 9, "title": "a"}
    answers = [api("POST", "/Things", wrong), api("PATCH", "/Things/1", wrong), api("PUT", "/Things/1", wrong)]
    assert [body for _, body in answers] == [{"isbn": 1, "id": 1, "title": "a"}] * 3
    api("POST", "/Things/update", wrong, where={"isbn": 1})
    api("POST", "/Things/upsertWithWhere", wrong, where={"isbn": 1})
    assert api("GET", "/Things/1")[1].get("id", 1) == 1
