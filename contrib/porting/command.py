"""`lbpy port`: writes stubs for what the scripts of a project did. Runs none of the project's code."""

from __future__ import annotations

import click

from ...app.boot import read
from .stubs import write_stubs


@click.command()
@click.argument("project", default=".")
def port(project: str) -> None:
    """Write Python stubs beside the JavaScript files of a LoopBack project.

    Each has the signature, the route and what is to be done. A filled stub opens the routes that are closed for want of it;
    files that are there already stay as they are.
    """
    written = write_stubs(read(project))
    for file in written:
        click.echo(file)
    click.echo(f"{len(written)} stubs written" if written else "nothing to write")
