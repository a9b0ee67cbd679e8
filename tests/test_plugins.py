"""Plug-ins by name: registered ones first, entry points second, a clear refusal third."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lbpy.errors import PluginError
from lbpy.plugins import Plugins, plain_name

GROUP = "shop.connectors"

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a distribution of one module that offers the given entry points."""

    def write(package: str, *entries: str, source: str = "connect = 'connected'\n") -> None:
        home = tmp_path / package
        info = home / f"{package}-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        (info / "entry_points.txt").write_text("\n".join((f"[{GROUP}]", *entries)))
        (home / f"{package}_module.py").write_text(source)
        monkeypatch.syspath_prepend(str(home))

    return write


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("mongodb", "mongodb"),
        ("loopback-connector-mongodb", "mongodb"),
        ("loopback-component-explorer", "explorer"),
        ("my-loopback-connector-x", "my-loopback-connector-x"),
    ],
)
def test_loopbacks_long_spelling_is_the_short_one(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_a_registered_plugin_is_found_by_either_spelling() -> None:
    plugins = Plugins[str](GROUP)
    plugins.register("loopback-connector-ink", "ink")
    assert plugins.get("ink") == plugins.get("loopback-connector-ink") == "ink"


def test_an_installed_plugin_is_found_by_its_entry_point(install: Install) -> None:
    install("quills", "loopback-connector-quill = quills_module:connect")
    assert Plugins[str](GROUP).get("quill") == "connected"


def test_a_registered_plugin_goes_before_an_installed_one(install: Install) -> None:
    install("nibs", "nib = nibs_module:connect")
    plugins = Plugins[str](GROUP)
    plugins.register("nib", "mine")
    assert plugins.get("nib") == "mine"


def test_entry_points_are_read_once(install: Install) -> None:
    plugins = Plugins[str](GROUP)
    assert plugins.names() == []
    install("late", "late = late_module:connect")
    assert plugins.names() == []
    assert Plugins[str](GROUP).names() == ["late"]


def test_what_one_object_registers_another_does_not_know() -> None:
    Plugins[str](GROUP).register("ink", "ink")
    assert Plugins[str](GROUP).names() == []


def test_an_unknown_name_is_refused_with_group_and_known_names() -> None:
    plugins = Plugins[str](GROUP)
    plugins.register("ink", "ink")
    with pytest.raises(PluginError, match=rf"no connector is called 'oracle' \(group {GROUP}; known: ink\)"):
        plugins.get("oracle")


def test_a_missing_driver_is_refused_with_the_extra_to_install(install: Install) -> None:
    install("pens", "pen = pens_module:connect [nibs]", source="import no_such_driver\n")
    with pytest.raises(PluginError, match=r"'pen' cannot be imported: .*no_such_driver.*pip install 'pens\[nibs\]'") as caught:
        Plugins[str](GROUP).get("loopback-connector-pen")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_a_name_that_two_packages_offer_is_refused_naming_both(install: Install) -> None:
    install("red", "ink = red_module:connect")
    install("blue", "ink = blue_module:connect")
    with pytest.raises(PluginError, match="'ink' is offered by blue and red"):
        Plugins[str](GROUP).get("ink")
