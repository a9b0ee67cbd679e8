"""`python -m teahouse`: what the house needs beside a server."""

import click

from .seed import seed
from .wsgi import app


@click.group()
def main() -> None:
    """Look after the teahouse."""


@main.command("seed")
@click.option("--password", envvar="TEAHOUSE_PASSWORD", required=True, help="Of the manager.")
def first_rows(password: str) -> None:
    """Store the first teas and a manager."""
    click.echo(f"{seed(app, password)} new teas")


@main.command()
def routes() -> None:
    """List the routes: verb, path, method."""
    for verb, path, method in app.routes():
        click.echo(f"{verb:7} {path:60} {method}")


@main.command()
def migrate() -> None:
    """Bring the tables up to date; nothing is lost."""
    for source in app.registry.sources():
        source.migrate()
        click.echo(f"{source.name}: up to date")


main(prog_name="python -m teahouse")
