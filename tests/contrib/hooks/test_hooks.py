"""The mixins that come with lbpy, over HTTP and in code."""

import pytest

import lbpy
from lbpy.contrib.hooks import computed, read_only, soft_delete, timestamps
from lbpy.errors import DefinitionError

NOTES = "/api/Notes"


@pytest.fixture
def note():
    class Note(lbpy.PersistedModel):
        title: str | None = None
        secret: str | None = "none"

        def shout(self) -> str:
            return (self.title or "").upper()

    return Note


# -- timestamps --------------------------------------------------------------


def test_timestamps_are_set_and_only_the_second_one_moves(serve, note):
    http = serve(note, timestamps)
    made = http.post(NOTES, json={"title": "a", "updatedAt": "2001-01-01"}).json
    changed = http.patch(f"{NOTES}/1", json={"title": "b"}).json
    assert made["createdAt"] == changed["createdAt"]
    assert made["createdAt"] <= made["updatedAt"] <= changed["updatedAt"]
    assert made["updatedAt"] > "2002"


def test_timestamps_take_other_names(serve, note):
    made = serve(note, timestamps, createdAt="born", updatedAt="touched", required=False).post(NOTES, json={}).json
    assert {"born", "touched"} <= made.keys()
    assert "createdAt" not in made


def test_an_option_leaves_the_time_of_change_alone(serve, note):
    serve(note, timestamps)
    one = note.create(title="a")
    before = one["updatedAt"]
    one.update_attributes(title="b", options={"skipUpdatedAt": True})
    assert note.find_by_id(one.id)["updatedAt"] == before


# -- soft delete -------------------------------------------------------------


REMOVALS = (lambda cls, one: one.destroy(), lambda cls, one: cls.destroy_by_id(one.id), lambda cls, one: cls.destroy_all())


@pytest.mark.parametrize("remove", REMOVALS)
def test_deleted_records_are_marked_and_not_found(serve, note, remove):
    serve(note, soft_delete)
    one = note.create(title="a")
    remove(note, one)
    assert (note.count(), note.find(), note.find_by_id(one.id)) == (0, [], None)
    kept = note.find(options={"deleted": True})
    assert [row.title for row in kept] == ["a"]
    assert kept[0]["deletedAt"] is not None


def test_deleting_over_http_answers_as_if_the_record_were_gone(serve, note):
    http = serve(note, soft_delete)
    http.post(NOTES, json={"title": "a"})
    assert http.delete(f"{NOTES}/1").json == {"count": 1}
    assert http.delete(f"{NOTES}/1").json == {"count": 0}
    assert http.get(f"{NOTES}/1").status == 404
    assert http.put(f"{NOTES}/1", json={"title": "b"}).status == 404
    assert http.get(NOTES, filter={"where": {"or": [{"title": "a"}, {"title": "b"}]}}).json == []


def test_deleted_records_lose_what_is_scrubbed(serve, note):
    serve(note, soft_delete, scrub=["secret"])
    note.create(title="a", secret="b").destroy()
    kept = note.find(options={"deleted": True})[0]
    assert (kept.title, kept.secret) == ("a", None)


def test_soft_delete_needs_a_stored_model():
    class Plain(lbpy.Model):
        pass

    with pytest.raises(DefinitionError, match="keeps no records"):
        soft_delete(Plain, {})


# -- read only ---------------------------------------------------------------


def test_clients_cannot_write_a_read_only_property(serve, note):
    http = serve(note, read_only, secret=True)
    assert http.post(NOTES, json={"title": "a", "secret": "x"}).json["secret"] == "none"
    note.find_by_id(1).update_attributes(secret="mine")
    assert http.patch(f"{NOTES}/1", json={"secret": "x"}).json["secret"] == "mine"
    assert http.put(f"{NOTES}/1", json={"title": "b", "secret": "x"}).json["secret"] == "mine"
    assert http.put(NOTES, json={"id": 1, "secret": "x"}).json["secret"] == "mine"
    assert http.post(f"{NOTES}/update", json={"secret": "x", "title": "c"}, where={"id": 1}).status == 200
    assert note.find_by_id(1).secret == "mine"


def test_a_read_only_model_refuses_clients_and_not_code(serve, note):
    http = serve(note, read_only)
    assert http.post(NOTES, json={"title": "a"}).status == 403
    note.create(title="a")
    assert http.delete(f"{NOTES}/1").status == 403
    assert http.get(f"{NOTES}/1").status == 200


# -- computed ----------------------------------------------------------------


def test_computed_properties_are_filled_on_reading(serve, note):
    http = serve(note, computed, properties={"loud": "shout"})
    http.post(NOTES, json={"title": "a"})
    assert http.get(f"{NOTES}/1").json["loud"] == "A"


def test_a_missing_method_is_told(note):
    with pytest.raises(DefinitionError, match="Note has no method gone"):
        computed(note, {"properties": {"x": "gone"}})
