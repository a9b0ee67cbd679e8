"""The directions between the rooms of docs/design.md: one way down, no circles, libraries in their rooms, nothing hidden."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOMES = {"lbpy": "lbpy", "connectors": "lbpy.connectors", "contrib": "lbpy.contrib"}
LAYERS = [{"errors", "types", "geo", "naming", "plugins"}, {"model"}, {"query"}, {"data"}, {"remoting"}, {"app"}]
LEAVES = {"connectors", "contrib", "cli", "testing", "gunicorn", "__main__"}
COMPONENTS = {"explorer", "storage", "push", "login", "sync", "oauth2"}
DRIVERS = {"psycopg", "psycopg_pool", "pymongo", "bson", "gridfs", "sqlite3"}
FALCON = {"lbpy.remoting.router", "lbpy.remoting.resource", "lbpy.app.phases", "lbpy.app.application"}
DEPTH = {room: depth for depth, rooms in enumerate(LAYERS) for room in rooms}
CHANGERS = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}


@dataclass(frozen=True)
class Module:
    """One source file and what it imports."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"), str(self.path))

    @property
    def room(self) -> str:
        return room(self.name)

    @property
    def package(self) -> str:
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    def targets(self, *, at_runtime: bool = False) -> set[str]:
        """Full names of all that is imported; at_runtime: without what stands under `if TYPE_CHECKING`."""
        hidden = {id(node) for node in type_checking_only(self.tree)} if at_runtime else set()
        return {target for node in ast.walk(self.tree) if id(node) not in hidden for target in self.named_by(node)}

    def named_by(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = self.absolute(node)
            yield from (whole if (whole := f"{base}.{alias.name}") in MODULES else base for alias in node.names)

    def absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parents = self.package.split(".")
        return ".".join([*parents[: len(parents) - node.level + 1], *([node.module] if node.module else [])])


def room(name: str) -> str:
    return name.split(".")[1] if name.startswith("lbpy.") else ""


def modules() -> dict[str, Module]:
    found = {}
    for folder, home in HOMES.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            if folder != "lbpy" or parts[0] not in HOMES:  # those are links to the homes at the top
                name = ".".join((home, *parts)).removesuffix(".__init__")
                found[name] = Module(name, path)
    return found


def type_checking_only(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (sub for statement in node.body for sub in ast.walk(statement))


MODULES = modules()
EACH = pytest.mark.parametrize("module", MODULES.values(), ids=list(MODULES))


def is_core(name: str) -> bool:
    return room(name) in DEPTH


def component(name: str) -> str:
    parts = name.split(".")
    return parts[2] if name.startswith("lbpy.contrib.") and parts[2] in COMPONENTS else ""


def refusal(module: Module, target: str) -> str:
    """Why the module may not import the target; empty if it may."""
    here, there = module.room, room(target)
    if there in LEAVES and here in DEPTH:
        return "the core names a leaf"
    if there in LEAVES and here in ("connectors", "contrib") and here != there:
        return "connectors and contrib know no other leaf"
    if here == "connectors" and DEPTH.get(there, 0) > DEPTH["data"]:
        return "a connector sees data and what is below"
    if here in DEPTH and there in DEPTH and DEPTH[there] > DEPTH[here]:
        return "upwards"
    if target == "lbpy" and here in DEPTH:
        return "the core names the public face"
    if component(module.name) and component(target) not in ("", component(module.name)):
        return "a component names another"
    return library_refusal(module, target.split(".")[0])


def library_refusal(module: Module, library: str) -> str:
    if library == "falcon" and is_core(module.name) and module.name not in FALCON:
        return "falcon outside its rooms"
    if library == "marshmallow" and is_core(module.name) and module.room != "model":
        return "marshmallow outside model"
    if library in DRIVERS and module.room not in ("connectors", "testing"):
        return "a driver outside connectors"
    return ""


@EACH
def test_imports_go_one_way_down(module: Module) -> None:
    refused = {target: why for target in module.targets() if (why := refusal(module, target))}
    assert not refused


def test_there_are_no_circles() -> None:
    def related(a: str, b: str) -> bool:
        return a == b or a.startswith(b + ".") or b.startswith(a + ".")

    graph = {
        name: {target for target in module.targets(at_runtime=True) & MODULES.keys() if not related(name, target)}
        for name, module in MODULES.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError with the circle


def test_every_room_has_its_place() -> None:
    assert {module.room for module in MODULES.values()} <= {"", *DEPTH, *LEAVES}


@EACH
def test_nothing_is_imported_inside_a_function(module: Module) -> None:
    inside = [
        node.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if any(isinstance(sub, ast.Import | ast.ImportFrom) for sub in ast.walk(node))
    ]
    assert not inside


@EACH
def test_no_module_keeps_a_registry(module: Module) -> None:
    """A container at module level is a constant: never empty and waiting, never changed, no global statement."""
    names = {name: value for name, value in module_level(module.tree) if isinstance(value, ast.Dict | ast.List | ast.Set)}
    empty = {name for name, value in names.items() if not ast.unparse(value).strip("[]{}") and not is_final(module.tree, name)}
    changed = {name for node in ast.walk(module.tree) if (name := changes(node)) in names}
    rebound = {name for node in ast.walk(module.tree) if isinstance(node, ast.Global) for name in node.names}
    assert not empty | changed | rebound


def module_level(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def is_final(tree: ast.Module, name: str) -> bool:
    notes = {ast.unparse(node.target): ast.unparse(node.annotation) for node in tree.body if isinstance(node, ast.AnnAssign)}
    return notes.get(name, "").startswith("Final")


def changes(node: ast.AST) -> str:
    """The plain name of the container that this node changes in place; empty if it changes none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGERS:
        return ast.unparse(node.func.value)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return ast.unparse(node.value)
    return ""


def test_every_module_opens_with_a_line_of_its_own() -> None:
    # An empty __init__ is in charge of nothing.
    written = {name: module.tree for name, module in MODULES.items() if module.tree.body}
    lines = {name: (ast.get_docstring(tree) or "").partition("\n")[0] for name, tree in written.items()}
    assert [name for name, line in lines.items() if not line] == []
    assert [line for line, times in Counter(lines.values()).items() if times > 1] == []
