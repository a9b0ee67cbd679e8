"""`lbpy discover`: writes model JSON for the tables that a data source has. Changes no file that is there but model-config.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import click

from ..app.boot import read, started
from ..data.discovery import Discovery, NameMapper, Schemas, default_name, kept_name
from ..errors import ProjectError
from ..naming import dasherize
from ..types import Json

_MAPPERS: Final[Mapping[str, NameMapper]] = {"default": default_name, "none": kept_name}


@click.command()
@click.argument("project")
@click.argument("source")
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option("--schema", help="Schema of the tables (default: that of the data source).")
@click.option("--relations", is_flag=True, help="Follow foreign keys, and make relations of them.")
@click.option("--views", is_flag=True, help="Views too.")
@click.option("--all", "every", is_flag=True, help="The tables of all schemas.")
@click.option("--name-mapper", type=click.Choice(sorted(_MAPPERS)), default="default", help="How models are named after tables.")
@click.option("--out", default="common/models", help="Folder of the project for the files (default: common/models).")
def discover(
    project: str, source: str, tables: tuple[str, ...], schema: str | None, relations: bool, views: bool, every: bool,
    name_mapper: str, out: str,
) -> None:  # fmt: skip
    """Write a model for each TABLE of a data SOURCE of a PROJECT (default: for all of them), on PostgreSQL or SQLite.

    Files that are there stay as they are, and models that model-config.json names get none. The new ones are not public: open
    those that are to be served in model-config.json.
    """
    with started(read(project)) as app:
        store = app.registry.source(source).discovery
        found = Schemas(store, relations, _MAPPERS[name_mapper])
        places = [(table, schema) for table in tables] or _places(store, schema, every=every, views=views)
        for table, owner in places:
            found.discover(table, owner)
    _write_all(Path(project), out, source, found.visited.values())


def _places(store: Discovery, schema: str | None, *, every: bool, views: bool) -> list[tuple[str, str | None]]:
    return [(one.name, one.owner) for one in store.discover_model_definitions(owner=schema, all=every, views=views)]


def _write_all(project: Path, out: str, source: str, definitions: Iterable[dict[str, Json]]) -> None:
    config = project / "server" / "model-config.json"
    models = json.loads(config.read_text("utf-8")) if config.exists() else {}
    taken = {name.lower() for name in models}
    for definition in definitions:
        file = project / out / f"{dasherize(definition['name'])}.json"
        known = definition["name"].lower() in taken
        click.echo(f"{file.relative_to(project)}: {_written(file, definition, known)}")
        if not known:
            models[definition["name"]] = {"dataSource": source, "public": False}
    _write(config, models)


def _written(file: Path, definition: dict[str, Json], known: bool) -> str:
    if file.exists():
        return "is there already, left as it is"
    if known:
        return "not written: model-config.json names a model of that name already"
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, {"name": definition["name"], "base": "PersistedModel", **definition})
    return "written"


def _write(file: Path, content: Json) -> None:
    try:
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise ProjectError(f"cannot be written: {error}", str(file)) from error
