"""The order of phases and the entries of middleware.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lbpy.app.entries import Entry, Factory, MiddlewareEntry, PhaseList, Place, entries_of
from lbpy.errors import PluginError, ProjectError
from lbpy.types import Json

HERE = Path("/project/server")


def configured(**told: Any) -> MiddlewareEntry:
    return MiddlewareEntry(**{"phase": "auth", "name": "own", "file": "server/middleware.json", "key": "auth.own", **told})


def made(*entries: MiddlewareEntry, factory: Factory = lambda params, place: (params, place)) -> list[Entry]:
    return entries_of(entries, lambda one: factory, HERE, HERE.parent)


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
    phases = PhaseList(("initial", "session", "auth", "custom", "parse", "routes", "files", "final"))
    merged = phases.merged(["initial", "postinit", "preauth", "routes", "subapps"])
    assert merged.names == (
        "initial", "postinit", "preauth", "session", "auth", "custom", "parse", "routes", "subapps", "files", "final"
    )  # fmt: skip


def test_a_file_that_begins_with_a_new_phase_puts_it_first() -> None:
    assert PhaseList().merged(["early", "auth"]).names[:2] == ("early", "initial")


def test_contradictory_orders_are_refused() -> None:
    with pytest.raises(ProjectError, match='Ordering conflict: cannot add "auth" after "routes", because the opposite'):
        PhaseList().merged(["routes", "auth"])


@pytest.mark.parametrize("phase", ["nowhere", "routes:during", ""])
def test_unknown_phases_are_refused(phase: str) -> None:
    with pytest.raises(ProjectError, match=f"Unknown middleware phase {phase}"):
        PhaseList().rank(phase)


def test_a_factory_gets_its_params_and_its_place() -> None:
    (entry,) = made(configured(params=({"a": 1},), paths=("/x",), methods=("GET",)))
    place = Place("server/middleware.json", "auth.own", HERE, HERE.parent)
    assert entry == Entry("auth", ([{"a": 1}], place), ("/x",), frozenset({"GET"}), "own")


def test_paths_in_params_start_at_the_file() -> None:
    (entry,) = made(configured(params=("$!../client", {"views": "$!./views", "rate": "$5"})))
    assert entry.target[0] == ["/project/client", {"views": "/project/server/views", "rate": "$5"}]  # type: ignore[index]  # ours


def test_arguments_read_as_a_tuple_reach_the_factory_as_a_list() -> None:
    assert made(configured(params=("$!./a", 1)))[0].target[0] == ["/project/server/a", 1]  # type: ignore[index]  # ours


def test_a_disabled_entry_is_not_made() -> None:
    def refuses(_params: Json, _place: Place) -> object:
        raise AssertionError

    assert made(configured(enabled=False), factory=refuses) == []


def test_a_factory_may_have_nothing_to_run() -> None:
    assert made(configured(), factory=lambda _params, _place: None) == []


def test_a_name_may_be_passed_over() -> None:
    assert entries_of([configured()], lambda one: None, HERE, HERE) == []


def unknown(one: MiddlewareEntry) -> Factory:
    raise PluginError(f"no middleware is called {one.name!r}")


def test_an_unknown_name_is_refused_with_file_and_key() -> None:
    with pytest.raises(ProjectError, match=r"server/middleware.json:auth.own: no middleware is called 'own'"):
        entries_of([configured()], unknown, HERE, HERE)


def test_an_unknown_name_that_is_optional_is_passed_over() -> None:
    assert entries_of([configured(optional=True)], unknown, HERE, HERE) == []


def test_params_that_do_not_fit_are_refused_with_file_and_key() -> None:
    with pytest.raises(ProjectError, match=r"server/middleware.json:auth.own: these params do not fit own: no number"):
        made(configured(), factory=lambda _params, _place: int_or_raise())


def int_or_raise() -> object:
    raise ValueError("no number")
