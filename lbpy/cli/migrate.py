"""`lbpy migrate`: brings the tables of a project up to date. Loses data only where it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ..app.boot import read, started
from ..data.plan import MigrationStep
from ..data.source import DataSource


@click.command()
@click.argument("project", default=".")
@click.option("--plan", "only_plan", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("--allow-data-loss", is_flag=True, help="Also drop columns that no property has any more, and narrow types.")
def migrate(project: str, only_plan: bool, allow_data_loss: bool) -> None:
    """Bring the tables of every data source of a project up to date.

    Nothing is lost unless --allow-data-loss says so; --plan marks what would be.
    """
    with started(read(project)) as app:
        for source in app.registry.sources():
            lines = _planned(source) if only_plan else [_migrated(source, allow_data_loss)]
            for line in lines:
                click.echo(f"{source.name}: {line}")
        if not only_plan:
            app.start()


def _planned(source: DataSource) -> list[str]:
    return [_shown(step) for step in source.plan()] or ["nothing to do"]


def _shown(step: MigrationStep) -> str:
    return f"{step.text};" + ("  -- loses data, needs --allow-data-loss" if step.loses else "")


def _migrated(source: DataSource, allow_data_loss: bool) -> str:
    if source.is_actual() and not (allow_data_loss and source.plan()):
        return "nothing to do" + "".join(_left(source, allow_data_loss))
    source.migrate(allow_data_loss=allow_data_loss)
    return "brought up to date" + "".join(_left(source, allow_data_loss))


def _left(source: DataSource, allow_data_loss: bool) -> Iterator[str]:
    left = 0 if allow_data_loss else sum(step.loses for step in source.plan())
    if left:
        yield f"; {left} {'steps' if left > 1 else 'step'} left that would lose data, see --plan"
