"""`lbpy migrate`: brings the tables of a project up to date. Drops nothing and changes no row."""

from __future__ import annotations

import click

from ..app.boot import read, started
from ..data.source import DataSource


@click.command()
@click.argument("project", default=".")
def migrate(project: str) -> None:
    """Make missing tables, columns and indexes in every data source of a project; nothing is dropped."""
    with started(read(project)) as app:
        for source in app.registry.sources():
            click.echo(f"{source.name}: {_migrated(source)}")


def _migrated(source: DataSource) -> str:
    if source.is_actual():
        return "nothing to do"
    source.autoupdate()
    return "brought up to date"
