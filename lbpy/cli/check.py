"""`lbpy check`: what boot would find in a project. Opens no port and connects to no store."""

from __future__ import annotations

import json
import os

import click

from ..app.boot import read
from . import audit


@click.command()
@click.argument("project", default=".")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as a JSON list.")
@click.option("--env", metavar="NAME", help="Look at the overlays of this environment (default: LBPY_ENV, NODE_ENV, development).")
def check(project: str, as_json: bool, env: str | None) -> None:
    """Say what lbpy finds in a project folder that it does not simply honour.

    One line a finding: LEVEL CODE FILE:KEY text; remedy. Ends with status 1 if anything is refused, closed or warned of.
    """
    found = read(project, {**os.environ, **({"LBPY_ENV": env} if env else {})})
    app = audit.tried(found)
    for line in [json.dumps(found.report.as_json(), indent=2)] if as_json else audit.lines(found, app):
        click.echo(line)
    if app:
        app.close()
    raise SystemExit(found.report.exit_code)
