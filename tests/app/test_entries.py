"""The order of phases and the entries of middleware.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lbpy.app.entries import Entry, Factory, PhaseList, Place, entries_of
from lbpy.errors import PluginError, ProjectError
from lbpy.types import Json

HERE = Path("/project/server")


@dataclass
class Configured:
    name: str = "own"
    phase: str = "auth"
    enabled: bool = True
    params: Json = None
    paths: Sequence[str] = ()
    methods: Sequence[str] = ()
    optional: bool = False
    file: str = "server/middleware.json"
    key: str = "auth.own"


def made(*configured: Configured, factory: Factory = lambda params, place: (params, place)) -> list[Entry]:
    return entries_of(configured, lambda name: factory, HERE, HERE.parent)


def test_phases_have_loopbacks_order() -> None:
    assert PhaseList().names == ("initial", "session", "auth", "parse", "routes", "files", "final")


def test_before_and_after_surround_the_main_place() -> None:
    phases = ["files", "routes:after", "routes:before", "parse:after", "routes"]
    ordered = PhaseList().ordered(Entry(phase, None) for phase in phases)
    assert [entry.phase for entry in ordered] == ["parse:after", "routes:before", "routes", "routes:after", "files"]


def test_entries_of_one_phase_keep_their_order() -> None:
    entries = [Entry("auth", None, name=name) for name in "cab"]
    assert PhaseList().ordered(entries) == entries


def test_a_new_phase_follows_whatever_it_follows_in_the_file() -> None:
    merged = PhaseList().merged(["initial", "auth", "limits:before", "limits", "parse", "final"])
    assert merged.names == ("initial", "session", "auth", "limits", "parse", "routes", "files", "final")


def test_lists_of_phases_are_merged_pairwise() -> None:
    merged = PhaseList().with_phase("custom").merged(["initial", "postinit", "preauth", "routes", "subapps"])
    assert merged.names == (
        "initial", "postinit", "preauth", "session", "auth", "custom", "parse", "routes", "subapps", "files", "final"
    )  # fmt: skip


def test_a_file_that_begins_with_a_new_phase_puts_it_first() -> None:
    assert PhaseList().merged(["early", "auth"]).names[:2] == ("early", "initial")


def test_contradictory_orders_are_refused() -> None:
    with pytest.raises(ProjectError, match='Ordering conflict: cannot add "auth" after "routes", because the opposite'):
        PhaseList().merged(["routes", "auth"])


def test_a_single_new_phase_comes_just_before_parse() -> None:
    names = PhaseList().with_phase("own").names
    assert names[names.index("own") + 1] == "parse"
    assert PhaseList(names).with_phase("own").names == names


@pytest.mark.parametrize("phase", ["nowhere", "routes:during", ""])
def test_unknown_phases_are_refused(phase: str) -> None:
    with pytest.raises(ProjectError, match=f"Unknown middleware phase {phase}"):
        PhaseList().rank(phase)


def test_a_factory_gets_its_params_and_its_place() -> None:
    (entry,) = made(Configured(params={"a": 1}, paths=["/x"], methods=["get"]))
    place = Place("server/middleware.json", "auth.own", HERE, HERE.parent)
    assert entry == Entry("auth", ({"a": 1}, place), ("/x",), frozenset({"GET"}), "own")


def test_paths_in_params_start_at_the_file() -> None:
    (entry,) = made(Configured(params=["$!../client", {"views": "$!./views", "rate": "$5"}]))
    assert entry.target[0] == ["/project/client", {"views": "/project/server/views", "rate": "$5"}]  # type: ignore[index]  # ours


def test_arguments_read_as_a_tuple_reach_the_factory_as_a_list() -> None:
    assert made(Configured(params=("$!./a", 1)))[0].target[0] == ["/project/server/a", 1]  # type: ignore[index]  # ours


def test_a_disabled_entry_is_not_made() -> None:
    def refuses(_params: Json, _place: Place) -> object:
        raise AssertionError

    assert made(Configured(enabled=False), factory=refuses) == []


def test_a_factory_may_have_nothing_to_run() -> None:
    assert made(Configured(), factory=lambda _params, _place: None) == []


def test_a_name_may_be_passed_over() -> None:
    assert entries_of([Configured()], lambda name: None, HERE, HERE) == []


def test_all_among_the_methods_means_every_method() -> None:
    assert made(Configured(methods=["get", "all"]))[0].methods == frozenset()


def unknown(name: str) -> Factory:
    raise PluginError(f"no middleware is called {name!r}")


def test_an_unknown_name_is_refused_with_file_and_key() -> None:
    with pytest.raises(ProjectError, match=r"server/middleware.json:auth.own: no middleware is called 'own'"):
        entries_of([Configured()], unknown, HERE, HERE)


def test_an_unknown_name_that_is_optional_is_passed_over() -> None:
    assert entries_of([Configured(optional=True)], unknown, HERE, HERE) == []


def test_params_that_do_not_fit_are_refused_with_file_and_key() -> None:
    with pytest.raises(ProjectError, match=r"server/middleware.json:auth.own: these params do not fit own: no number"):
        made(Configured(), factory=lambda _params, _place: int_or_raise())


def int_or_raise() -> object:
    raise ValueError("no number")
