"""`lbpy introspect`: prints model JSON for data like those in a file. Changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..data.introspection import model_json
from ..errors import ProjectError
from ..types import Json


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default="", help="Name of the model (default: that of the file).")
@click.option("--no-id", is_flag=True, help="The model gets no id of its own.")
def introspect(file: Path, name: str, no_id: bool) -> None:
    """Print the JSON of a model for data like those in FILE: one JSON object, or a list whose first one counts."""
    named = name or "".join(part[:1].upper() + part[1:] for part in file.stem.replace("_", "-").split("-"))
    click.echo(json.dumps(model_json(named, _sample(file), id_injection=not no_id), indent=2, ensure_ascii=False))


def _sample(file: Path) -> Json:
    try:
        whole = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"is no JSON: {error}", str(file)) from None
    sample = whole[0] if isinstance(whole, list) and whole else whole
    if not isinstance(sample, dict):
        raise ProjectError("holds no JSON object, nor a list of them", str(file))
    return sample
