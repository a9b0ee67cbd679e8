"""The contexts that observers get, and the order in which the observers of a class and its bases run."""

import gc
import weakref

import pytest

from lbpy.model.base import Model
from lbpy.model.hooks import Deleting, Loaded, Observers, Reading, Saving
from lbpy.model.properties import mark


def observers(*bases: Observers) -> Observers:
    return Observers(bases)


def names(of: Observers, hook: str = "access") -> list[str]:
    return list(of.chain(hook))


# -- contexts


def test_a_context_has_the_members_of_its_operation_and_no_others():
    ctx = Saving(Model, {"a": 1}, {}, instance="i", is_new=True)
    assert (ctx.model, ctx.options, ctx.hook_state, ctx.instance, ctx.is_new) == (Model, {"a": 1}, {}, "i", True)
    assert "instance" in ctx
    assert "data" not in ctx
    with pytest.raises(AttributeError, match="no 'data' in its context; it has: instance, is_new"):
        _ = ctx.data


@pytest.mark.parametrize("member", ["instance", "data", "current_instance", "where", "is_new", "info"])
def test_members_of_saving(member):
    assert getattr(Saving(Model, {}, {}, **{member: 5}), member) == 5
    with pytest.raises(AttributeError):
        getattr(Saving(Model, {}, {}), member)


@pytest.mark.parametrize("member", ["where", "instance", "info"])
def test_members_of_deleting(member):
    assert getattr(Deleting(Model, {}, {}, **{member: 5}), member) == 5


@pytest.mark.parametrize(
    ("context", "member"),
    [(Saving, "data"), (Saving, "where"), (Deleting, "where"), (Reading, "query"), (Loaded, "data")],
)
def test_what_observers_may_put_another_in_the_place_of(context, member):
    ctx = context(Model, {}, {}, **{member: {"a": 1}})
    setattr(ctx, member, {"b": 2})
    assert getattr(ctx, member) == {"b": 2}


@pytest.mark.parametrize(("context", "member"), [(Saving, "instance"), (Saving, "is_new"), (Deleting, "info"), (Loaded, "is_new")])
def test_what_observers_may_not_replace(context, member):
    with pytest.raises(AttributeError):
        setattr(context(Model, {}, {}, **{member: 1}), member, 2)


# -- lists


def test_observers_run_in_the_order_in_which_they_were_added():
    own = observers()
    own.add("access", "a")
    own.add("access", "b")
    own.add("custom name", "c")
    assert names(own) == ["a", "b"]
    assert names(own, "custom name") == ["c"]
    assert names(own, "loaded") == []


def test_those_of_a_base_run_first_whenever_they_were_added():
    base = observers()
    child = observers(base)
    child.add("access", "child")
    assert names(child) == ["child"]
    base.add("access", "base")
    assert names(child) == ["base", "child"]
    assert names(base) == ["base"]


def test_what_is_inherited_on_two_ways_runs_once():
    top = observers()
    left, right = observers(top), observers(top)
    bottom = observers(left, right)
    for one, name in ((top, "top"), (left, "left"), (right, "right"), (bottom, "bottom")):
        one.add("access", name)
    assert names(bottom) == ["top", "left", "right", "bottom"]


def test_one_can_be_removed():
    own = observers()
    own.add("access", "a")
    own.add("access", "b")
    assert own.remove("access", "a") is True
    assert own.remove("access", "a") is False
    assert names(own) == ["b"]


def test_clearing_leaves_those_of_the_bases():
    base = observers()
    child = observers(base)
    base.add("access", "base")
    child.add("access", "child")
    child.clear("access")
    assert names(child) == ["base"]


def test_a_base_does_not_keep_its_heirs_alive():
    base = observers()
    heir = observers(base)
    gone = weakref.ref(heir)
    del heir
    gc.collect()
    assert gone() is None


# -- classes


def test_marked_methods_observe():
    def stamp(ctx):
        pass

    class Note(Model):
        when = staticmethod(stamp)
        mark(when, "observe", "before save")

    assert Note.observers__.chain("before save") == (stamp,)
    assert Model.observers__.chain("before save") == ()


def test_observers_belong_to_the_class_and_its_heirs():
    class Base(Model):
        pass

    class Child(Base):
        pass

    def observer(ctx):
        pass

    Child.observe("access", observer)
    assert Base.observers__.chain("access") == ()
    Base.observe("access", observer)
    assert Child.observers__.chain("access") == (observer, observer)
    assert Child.remove_observer("access", observer)
    Base.clear_observers("access")
    assert Child.observers__.chain("access") == ()
