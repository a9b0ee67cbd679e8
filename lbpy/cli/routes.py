"""`lbpy routes`: which paths a project answers. Opens no port and connects to no store."""

from __future__ import annotations

import click

from ..app.boot import read, rehearsed


@click.command()
@click.argument("project", default=".")
def routes(project: str) -> None:
    """List the routes of a project in the order in which they are looked at: verb, path, method."""
    with rehearsed(read(project)) as app:
        found = app.routes()
    width = max((len(path) for _, path, _ in found), default=0)
    for verb, path, method in found:
        click.echo(f"{verb:7} {path:{width}}  {method}")
