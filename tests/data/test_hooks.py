"""Which operation hooks run for each operation, in which order, with which members; and what changes to them do."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from lbpy import PersistedModel
from lbpy.data import deleting, reading, writing
from lbpy.data.bound import bound_of
from lbpy.errors import BadRequest, Invalid, NotFound
from lbpy.model.hooks import HOOKS

MEMBERS = {"instance": "I", "data": "D", "current_instance": "CI", "where": "W", "query": "Q", "info": "info"}
CREATED = ["before save I new", "persist D CI new", "loaded D new", "after save I new"]


class Watch:
    """Notes every hook that runs on a class: its name, the members of its context, and what is_new says."""

    def __init__(self, cls: type[PersistedModel]) -> None:
        self.cls = cls
        self.seen: list[str] = []
        self.states: list[int] = []
        self.options: list[Any] = []
        for hook in sorted(HOOKS):
            cls.observe(hook, lambda ctx, hook=hook: self._note(hook, ctx))

    def _note(self, hook: str, ctx: Any) -> None:
        members = [short for name, short in MEMBERS.items() if name in ctx]
        new = [{True: "new", False: "old"}[ctx.is_new]] if "is_new" in ctx else []
        self.seen.append(" ".join([hook, *members, *new]))
        self.states.append(id(ctx.hook_state))
        self.options.append(ctx.options)


class Forced(PersistedModel):
    title: str | None = None
    stars: int | None = None


class Free(PersistedModel, force_id=False):
    title: str | None = None
    stars: int | None = None


@pytest.fixture
def watch(bind):
    """Binds a class with rows 1 ("a") and 2 ("b") in it and watches it from then on."""
    watched: list[Watch] = []

    def begin(cls):
        bind(cls)
        cls.create_many([{"title": "a"}, {"title": "b"}])
        watched.append(Watch(cls))
        return watched[-1]

    yield begin
    for one in watched:
        for hook in HOOKS:
            one.cls.clear_observers(hook)


def row(cls, id=1):
    return cls._wrap({"id": id, "title": "a"})


OPERATIONS = [
    ("create", Forced, lambda m: m.create(title="x"), CREATED),
    ("create many", Forced, lambda m: m.create_many([{}, {}]),
     ["before save I new"] * 2 + ["persist D CI new"] * 2 + ["loaded D new", "after save I new"] * 2),
    ("save of a new instance", Forced, lambda m: m(title="x").save(), CREATED),
    ("find", Forced, lambda m: m.find(), ["access Q", "loaded D old", "loaded D old"]),
    ("find one", Forced, lambda m: m.find_one(), ["access Q", "loaded D old"]),
    ("find by id", Forced, lambda m: m.find_by_id(1), ["access Q", "loaded D old"]),
    ("find by id, missing", Forced, lambda m: m.find_by_id(9), ["access Q"]),
    ("find by ids", Forced, lambda m: m.find_by_ids([2, 1]), ["access Q", "loaded D old", "loaded D old"]),
    ("reload", Forced, lambda m: row(m).reload(), ["access Q", "loaded D old"]),
    ("exists", Forced, lambda m: m.exists(1), ["access Q"]),
    ("count", Forced, lambda m: m.count(), ["access Q"]),
    ("upsert without id", Forced, lambda m: m.upsert({"title": "x"}), CREATED),
    ("upsert, forced id, found", Forced, lambda m: m.upsert({"id": 1, "title": "x"}),
     ["access Q", "loaded D old", "before save D CI W", "persist D CI W old", "loaded D old", "after save I old"]),
    ("upsert, free id, found", Free, lambda m: m.upsert({"id": 1, "title": "x"}),
     ["access Q", "before save D W", "persist D CI W", "loaded D old", "after save I old"]),
    ("upsert, free id, new", Free, lambda m: m.upsert({"id": 9, "title": "x"}),
     ["access Q", "before save D W", "persist D CI W", "loaded D new", "after save I new"]),
    ("replace or create without id", Free, lambda m: m.replace_or_create({"title": "x"}), CREATED),
    ("replace or create, forced id", Forced, lambda m: m.replace_or_create({"id": 1, "title": "x"}),
     ["before save I old", "persist D CI W old", "loaded D old", "after save I old"]),
    ("replace or create, free id, found", Free, lambda m: m.replace_or_create({"id": 1, "title": "x"}),
     ["access Q", "before save I", "persist D CI W", "loaded D old", "after save I old"]),
    ("replace or create, free id, new", Free, lambda m: m.replace_or_create({"id": 9, "title": "x"}),
     ["access Q", "before save I", "persist D CI W", "loaded D new", "after save I new"]),
    ("replace by id", Forced, lambda m: m.replace_by_id(1, {"title": "x"}),
     ["before save I old", "persist D CI W old", "loaded D old", "after save I old"]),
    ("replace attributes", Forced, lambda m: row(m).replace_attributes({"title": "x"}),
     ["before save I old", "persist D CI W old", "loaded D old", "after save I old"]),
    ("find or create, new", Forced, lambda m: m.find_or_create({"title": "z"}, {"title": "z"}),
     ["access Q", "before save I new", "persist D CI W new", "loaded D new", "after save I new"]),
    ("find or create, found", Forced, lambda m: m.find_or_create({"title": "a"}, {"title": "z"}),
     ["access Q", "before save I new", "persist D CI W new", "loaded D old"]),
    ("update all", Forced, lambda m: m.update_all({}, {"stars": 1}),
     ["access Q", "before save D W", "persist D W", "after save D W info"]),
    ("update attributes", Forced, lambda m: row(m).update_attributes(stars=1),
     ["before save D CI W", "persist D CI W old", "loaded D old", "after save I old"]),
    ("save of a stored instance", Forced, lambda m: row(m).save(),
     ["before save I", "persist D CI W", "loaded D old", "after save I old"]),
    ("destroy by id", Forced, lambda m: m.destroy_by_id(1), ["access Q", "before delete W", "after delete W info"]),
    ("destroy by id, missing", Forced, lambda m: m.destroy_by_id(9), ["access Q", "before delete W", "after delete W info"]),
    ("destroy all", Forced, lambda m: m.destroy_all({"title": "a"}), ["access Q", "before delete W", "after delete W info"]),
    ("destroy", Forced, lambda m: row(m).destroy(), ["access Q", "before delete I W", "after delete I W info"]),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "call", "hooks"), [one[1:] for one in OPERATIONS], ids=[one[0] for one in OPERATIONS])
def test_hooks_of_each_operation(watch, cls, call, hooks):
    seen = watch(cls)
    call(cls)
    assert [_sorted(one) for one in seen.seen] == [_sorted(one) for one in hooks]


PATCHED = ["before save D CI W", "persist D CI W old", "loaded D old", "after save I old"]


@pytest.mark.parametrize(("title", "new", "otherwise"), [("a", "old", PATCHED), ("z", "new", CREATED)], ids=["found", "new"])
def test_upsert_with_where_runs_its_own_hooks_where_the_store_does_it_in_one_step_else_those_of_patch_or_create(
    watch, title, new, otherwise
):
    seen = watch(Forced)
    Forced.upsert_with_where({"title": title}, {"stars": 1})
    in_one = ["before save D W", "persist D CI W", f"loaded D {new}", f"after save I {new}"]
    hooks = ["access Q", *(in_one if bound_of(Forced).upsert_where else otherwise)]
    assert [_sorted(one) for one in seen.seen] == [_sorted(one) for one in hooks]


def _sorted(line: str) -> list[str]:
    return sorted(line.split())


def test_a_forced_id_that_is_missing_is_looked_for_only(watch):
    seen = watch(Forced)
    with pytest.raises(NotFound):
        Forced.upsert({"id": 9})
    assert seen.seen == ["access Q"]


def test_a_missing_row_fails_at_the_store_when_it_is_replaced(watch):
    seen = watch(Forced)
    with pytest.raises(NotFound):
        Forced.replace_or_create({"id": 9})
    assert [one.split()[0] for one in seen.seen] == ["before", "persist"]


def test_the_hooks_of_one_operation_share_their_state(watch):
    seen = watch(Free)
    states: list[dict[str, Any]] = []
    for hook in HOOKS:
        Free.observe(hook, lambda ctx: states.append(ctx.hook_state))
    Free.upsert({"id": 1, "title": "x"})
    assert len({id(one) for one in states}) == 1
    first = states[0]
    states.clear()
    Free.upsert({"id": 1, "title": "x"})
    assert all(one is not first for one in states)
    assert seen.seen


@pytest.mark.parametrize(
    "find",
    [
        lambda cls, api: cls.find(),
        lambda cls, api: [cls.find_by_id(1)],
        lambda cls, api: cls.find_by_ids([2, 1]),
        lambda cls, api: api("GET", "/Notes")[1],
        lambda cls, api: [api("GET", "/Notes/1")[1]],
    ],
)
def test_the_hooks_of_finding_share_their_state(note, api, find):
    note.create_many([{"title": "a"}, {"title": "b"}])
    note.observe("access", lambda ctx: ctx.hook_state.update(by="access"))
    note.observe("loaded", lambda ctx: ctx.data.update(title=ctx.hook_state["by"]))
    assert {one["title"] for one in find(note, api)} == {"access"}


def test_access_sees_numbers_where_the_query_string_has_text(note, api):
    seen: list[Any] = []
    note.observe("access", lambda ctx: seen.append({name: ctx.query.get(name) for name in ("limit", "skip")}))
    assert api("GET", "/Notes?filter[limit]=2&filter[skip]=1")[0] == 200
    assert api("GET", "/Notes?filter[skip]=0")[0] == 200
    assert api("GET", "/Notes?filter[limit]=x")[0] == 400
    assert seen == [{"limit": 2, "skip": 1}, {"limit": 100, "skip": 0}]


def test_the_callers_options_reach_every_hook(watch):
    seen = watch(Free)
    options = {"mine": 1}
    calls = [
        lambda: Free.create(title="x", options=options),
        lambda: Free.create_many([{}], options=options),
        lambda: Free.find(options=options),
        lambda: Free.find_one(options=options),
        lambda: Free.find_by_id(1, options=options),
        lambda: Free.count(options=options),
        lambda: Free.exists(1, options=options),
        lambda: Free.upsert({"id": 1}, options=options),
        lambda: Free.replace_or_create({"id": 1}, options=options),
        lambda: Free.upsert_with_where({"id": 1}, {"stars": 1}, options=options),
        lambda: Free.find_or_create({"id": 1}, {}, options=options),
        lambda: Free.replace_by_id(1, {}, options=options),
        lambda: Free.update_all({"id": 1}, {"stars": 1}, options=options),
        lambda: row(Free).save(options=options),
        lambda: row(Free).update_attributes(stars=1, options=options),
        lambda: row(Free).replace_attributes({}, options=options),
        lambda: row(Free).reload(options=options),
        lambda: row(Free).destroy(options=options),
        lambda: Free.destroy_by_id(2, options=options),
        lambda: Free.destroy_all(options=options),
    ]
    for call in calls:
        seen.options.clear()
        call()
        assert seen.options
        assert all(one is options for one in seen.options)


def test_without_options_hooks_get_an_empty_mapping(watch):
    seen = watch(Forced)
    Forced.find()
    assert seen.options[0] == {}


def test_options_of_a_request_say_so(watch, api):
    seen = watch(Forced)
    api("GET", "/Forceds")
    assert seen.options[0]["prohibitHiddenPropertiesInQuery"] is True
    assert seen.options[0]["accessToken"] is None


@pytest.mark.parametrize(
    ("call", "hooks"),
    [
        (lambda b, o: reading.find(b, {}, o), []),
        (lambda b, o: writing.create(b, {"title": "x"}, o), ["before", "persist"]),
        (lambda b, o: writing.patch_or_create(b, {"id": 1}, o), ["before", "persist"]),
        (lambda b, o: deleting.delete_all(b, {}, o), []),
    ],
)
def test_hooks_can_be_left_out(watch, call, hooks):
    seen = watch(Free)
    call(bound_of(Free), {"notify": False})
    assert [one.split()[0] for one in seen.seen] == hooks


# -- order and inheritance


def test_observers_of_the_base_run_first(bind):
    order: list[str] = []

    class Base(PersistedModel):
        pass

    class Child(Base):
        pass

    Child.observe("before save", lambda ctx: order.append("child"))
    Base.observe("before save", lambda ctx: order.append("base"))
    Child.observe("before save", lambda ctx: order.append("child again"))
    bind(Child).create()
    assert order == ["base", "child", "child again"]


# -- effects of changing the context


class Note(PersistedModel):
    title: str | None = None
    stars: int | None = None


@pytest.fixture
def note(bind):
    """The class Note with one row, and no observers left over from another test."""
    bind(Note)
    Note.create(title="a", stars=1)
    yield Note
    for hook in HOOKS:
        Note.clear_observers(hook)


def stored(id: int = 1) -> dict[str, Any]:
    found = bound_of(Note).store.find(bound_of(Note).by_id(id))
    return {name: value for name, value in found[0].items() if value is not None and name != "id"}


def observe(hook):
    return lambda act: Note.observe(hook, act)


def test_before_save_changes_what_is_stored_and_answered(note):
    @observe("before save")
    def act(ctx):
        ctx.instance.title = "changed"

    assert Note.create(title="b").title == "changed"
    assert stored(2)["title"] == "changed"


def test_before_save_changes_the_data_of_a_patch(note):
    @observe("before save")
    def act(ctx):
        ctx.data["title"] = "changed"

    assert Note.find_by_id(1).update_attributes(stars=2).title == "changed"
    assert stored() == {"title": "changed", "stars": 2}


def test_before_save_may_put_other_data_in_the_place(note):
    @observe("before save")
    def act(ctx):
        ctx.data = {"title": "other"}

    Note.find_by_id(1).update_attributes(stars=2)
    assert stored() == {"title": "other", "stars": 1}


def test_before_save_may_take_properties_away(note):
    @observe("before save")
    def act(ctx):
        if "instance" in ctx:
            del ctx.instance.title
        else:
            ctx.data.pop("stars")

    Note.create(title="b", stars=5)
    assert stored(2) == {"stars": 5}
    Note.find_by_id(1).update_attributes(title="c", stars=5)
    assert stored() == {"title": "c", "stars": 1}


def test_before_save_runs_before_validation(bind):
    class Strict(PersistedModel):
        title: str

    def act(ctx):
        ctx.instance.title = ctx.instance.title or "filled"

    Strict.observe("before save", act)
    assert bind(Strict).create().title == "filled"
    Strict.clear_observers("before save")
    Strict.observe("before save", lambda ctx: setattr(ctx.instance, "title", ""))
    with pytest.raises(Invalid):
        Strict.create(title="x")


def test_before_save_cannot_change_the_id(note):
    @observe("before save")
    def act(ctx):
        ctx.data["id"] = 99

    assert Note.find_by_id(1).update_attributes(stars=2).id == 1
    assert Note.count() == 1


def test_before_save_of_many_may_narrow_what_is_updated(note):
    Note.create(title="b", stars=1)

    @observe("before save")
    def act(ctx):
        ctx.where = {"title": "b"}

    assert Note.update_all({}, {"stars": 9}) == 1
    assert (stored(1)["stars"], stored(2)["stars"]) == (1, 9)


def test_persist_changes_what_is_stored_only(note):
    @observe("persist")
    def act(ctx):
        ctx.data["title"] = "stored"

    assert Note.create(title="b").title == "b"
    assert stored(2)["title"] == "stored"
    assert Note.find_by_id(1).update_attributes(title="c").title == "c"
    assert stored()["title"] == "stored"
    assert Note.replace_by_id(1, {"title": "d"}).title == "d"
    assert stored()["title"] == "stored"


def test_loaded_changes_what_is_found_only(note):
    @observe("loaded")
    def act(ctx):
        ctx.data["title"] = "loaded"

    assert [one.title for one in Note.find()] == ["loaded"]
    assert Note.find_by_id(1).title == "loaded"
    assert stored()["title"] == "a"


def test_loaded_may_put_another_row_in_the_place(note):
    @observe("loaded")
    def act(ctx):
        ctx.data = {"id": 1, "title": "other"}

    assert Note.find()[0].to_dict() == {"id": 1, "title": "other"}


@pytest.mark.parametrize("on", [False, True])
def test_loaded_changes_the_answer_of_a_write_only_if_the_model_says_so(bind, on):
    class Loading(PersistedModel, update_on_load=on):
        title: str | None = None

    bind(Loading)
    Loading.observe("loaded", lambda ctx: ctx.data.update(title="loaded"))
    made = Loading.create(title="a")
    assert made.title == ("loaded" if on else "a")
    assert made.update_attributes(title="b").title == ("loaded" if on else "b")


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: [one.title for one in Note.find()], ["a"]),
        (lambda: Note.find_one({"title": "b"}), None),
        (lambda: Note.find_by_id(2), None),
        (lambda: Note.count(), 1),
        (lambda: Note.exists(2), False),
        (lambda: Note.update_all({}, {"stars": 9}), 1),
        (lambda: Note.destroy_all(), 1),
        (lambda: Note.destroy_by_id(2), 0),
    ],
)
def test_access_narrows_every_operation_that_asks(note, call, value):
    Note.create(title="b")

    @observe("access")
    def act(ctx):
        mine = {"title": "a"}
        ctx.query["where"] = {"and": [ctx.query["where"], mine]} if "where" in ctx.query else mine

    assert call() == value


def test_access_sees_the_id_that_is_asked_for(note):
    seen = []
    Note.observe("access", lambda ctx: seen.append(ctx.query))
    Note.find_by_id(1)
    assert seen == [{"where": {"id": 1}, "limit": 1}]


def test_access_may_put_another_query_in_the_place(note):
    @observe("access")
    def act(ctx):
        ctx.query = {"where": {"title": "nobody"}}

    assert Note.find() == []


def test_what_access_does_to_the_query_is_not_seen_by_the_caller(note):
    Note.observe("access", lambda ctx: ctx.query.update(limit=1))
    given: dict[str, Any] = {"where": {"title": "a"}}
    reading.find(bound_of(Note), given)
    assert given == {"where": {"title": "a"}}


def test_a_query_of_an_observer_may_name_what_clients_may_not(bind, api):
    class Secretive(PersistedModel, hidden=["owner"]):
        owner: str | None = None

    bind(Secretive)
    Secretive.create_many([{"owner": "ann"}, {"owner": "bob"}])
    Secretive.observe("access", lambda ctx: ctx.query.update(where={"owner": "ann"}))
    assert api("GET", "/Secretives") == (200, [{"id": 1}])


def test_before_delete_decides_what_is_deleted(note):
    Note.create(title="b")

    @observe("before delete")
    def act(ctx):
        ctx.where = {"title": "b"}

    assert Note.destroy_all() == 1
    assert [one.title for one in Note.find()] == ["a"]


def test_after_save_and_after_delete_tell_how_many(note):
    counts = []
    Note.observe("after save", lambda ctx: counts.append(ctx.info["count"]))
    Note.observe("after delete", lambda ctx: counts.append(ctx.info["count"]))
    Note.update_all({}, {"stars": 2})
    Note.destroy_all()
    assert counts == [1, 1]


def test_the_current_instance_is_the_one_before_the_change(note):
    seen = []
    Note.observe("before save", lambda ctx: seen.append(ctx.current_instance.to_dict()))
    Note.find_by_id(1).update_attributes(title="b")
    assert seen == [{"title": "a", "stars": 1, "id": 1}]


# -- errors


WRITES = [
    ("create", lambda: Note.create(title="x")),
    ("create many", lambda: Note.create_many([{"title": "x"}, {"title": "y"}])),
    ("patch", lambda: Note.find_by_id(1).update_attributes(title="x")),
    ("replace", lambda: Note.replace_by_id(1, {"title": "x"})),
    ("upsert", lambda: Note.upsert({"id": 1, "title": "x"})),
    ("upsert with where", lambda: Note.upsert_with_where({"id": 1}, {"title": "x"})),
    ("find or create", lambda: Note.find_or_create({"title": "x"}, {"title": "x"})),
    ("update all", lambda: Note.update_all({}, {"title": "x"})),
    ("save", lambda: Note._wrap({"id": 1, "title": "x"}).save()),
]


@pytest.mark.parametrize("hook", ["before save", "persist"])
@pytest.mark.parametrize("call", [one[1] for one in WRITES], ids=[one[0] for one in WRITES])
def test_an_error_before_the_store_stores_nothing(note, hook, call):
    @observe(hook)
    def act(ctx):
        raise BadRequest("no")

    with pytest.raises(Exception, match=r"no|multiple"):
        call()
    assert (Note.count(), stored()) == (1, {"title": "a", "stars": 1})


@pytest.mark.parametrize("call", [one[1] for one in WRITES], ids=[one[0] for one in WRITES])
def test_an_error_after_the_store_reaches_the_caller_but_the_data_stays(note, call):
    @observe("after save")
    def act(ctx):
        raise BadRequest("too late")

    with pytest.raises(BadRequest, match="too late"):
        call()
    assert Note.count({"title": "x"}) == 1


def test_an_error_before_deleting_keeps_everything(note):
    @observe("before delete")
    def act(ctx):
        raise BadRequest("no")

    for call in (Note.destroy_all, lambda: Note.destroy_by_id(1), Note.find_by_id(1).destroy):
        with pytest.raises(BadRequest):
            call()
    assert Note.count() == 1


def test_an_error_after_deleting_does_not_bring_it_back(note):
    @observe("after delete")
    def act(ctx):
        raise BadRequest("too late")

    with pytest.raises(BadRequest):
        Note.destroy_all()
    assert Note.count() == 0


def test_an_error_ends_the_line_of_observers(note):
    seen = []

    @observe("before save")
    def fails(ctx):
        raise BadRequest("no")

    Note.observe("before save", seen.append)
    with pytest.raises(BadRequest):
        Note.create()
    assert seen == []


def test_an_error_with_a_status_is_answered_with_it(note, api):
    @observe("before save")
    def act(ctx):
        raise NotFound("nobody home", code="NOBODY")

    status, body = api("POST", "/Notes", {"title": "x"})
    assert (status, body["error"]["code"]) == (404, "NOBODY")


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("POST", "/Notes", {}),
        ("PATCH", "/Notes/1", {}),
        ("PUT", "/Notes/1", {}),
        ("POST", "/Notes/update", {"where": {}}),
        ("POST", "/Notes/upsertWithWhere", {"where": {"id": 1}}),
    ],
)
def test_a_wrong_type_left_by_an_observer_is_the_applications_mistake(note, api, caplog, method, path, query):
    @observe("before save")
    def act(ctx):
        if "instance" in ctx:
            ctx.instance.stars = "many"
        else:
            ctx.data["stars"] = "many"

    with caplog.at_level(logging.ERROR):
        assert api(method, path, {"title": "x"}, **query)[0] == 500
    assert "an observer of 'before save' left stars" in caplog.text
    assert (Note.count(), stored()) == (1, {"title": "a", "stars": 1})


def test_a_value_left_by_an_observer_is_read_as_any_other(note):
    @observe("before save")
    def act(ctx):
        ctx.instance.stars = "5"

    assert Note.create().stars == 5
    assert stored(2) == {"stars": 5}
