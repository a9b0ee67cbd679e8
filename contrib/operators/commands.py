"""`lbpy user` and `lbpy token`: what operators do to the users of a project. Passwords are never words of the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import click

from ...app.application import App
from ...app.boot import read, started
from ...errors import ClientError, OperatorError
from ..models import User
from ..models.sessions import Sessions, id_of, needed_sessions
from .people import grants_of, principal_of, user_named, users_of

PASSWORD: Final = "LBPY_PASSWORD"


@dataclass(frozen=True, slots=True)
class Target:
    """The application and the user model that a command is about."""

    app: App
    users: type[User]

    def user(self, name: str) -> User:
        """The user with that address or name. Raises OperatorError."""
        return user_named(self.users, name)

    @property
    def sessions(self) -> Sessions:
        """The tokens of the user model. Raises OperatorError."""
        return needed_sessions(self.users)


@dataclass(frozen=True, slots=True)
class Place:
    """Where users are: the folder of the project, and the name of the user model, None for the project's own one."""

    project: str
    model: str | None

    @contextmanager
    def open(self) -> Iterator[Target]:
        """The application, started; what a client would be told is told the operator."""
        with started(read(self.project)) as app:
            try:
                yield Target(app, users_of(app, self.model))
            except ClientError as error:
                raise OperatorError(str(error)) from error


def _password() -> str:
    return os.environ.get(PASSWORD) or str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


class OfProject(click.Group):
    """A group whose commands stand behind the PROJECT, and which says so where a command stands in its place."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """See click.Group."""
        project = ctx.params["project"]
        if project in self.commands and args[0] not in self.commands:
            ctx.fail(f"PROJECT comes first: {ctx.command_path} {args[0]} {project} ...")
        return super().resolve_command(ctx, args)


MODEL: Final = click.option("--model", metavar="NAME", help="The user model, where there are several.")


# -- users -------------------------------------------------------------------


@click.group(cls=OfProject)
@click.argument("project")
@MODEL
@click.pass_context
def user(ctx: click.Context, project: str, model: str | None) -> None:
    """Look after the users of a project.

    Users are named by their address or user name. New passwords come from the environment variable LBPY_PASSWORD, else they are
    asked for.
    """
    ctx.obj = Place(project, model)


@user.command()
@click.argument("email")
@click.option("--username", metavar="NAME")
@click.option("--role", "roles", metavar="NAME", multiple=True, help="A role to be in; may be given several times.")
@click.option("--verified", is_flag=True, help="The address needs no mail to prove it.")
@click.pass_obj
def add(place: Place, email: str, username: str | None, roles: tuple[str, ...], verified: bool) -> None:
    """Store a new user."""
    named = {"username": username} if username else {}
    proven = {"emailVerified": True} if verified else {}
    with place.open() as target:
        made = target.users.create({"email": email, "password": _password(), **named, **proven})
        for role in roles:
            grants_of(target.app).grant(principal_of(made), role)
        click.echo(f"{target.users.__name__} {id_of(made)} is stored")


@user.command()
@click.argument("name")
@click.pass_obj
def password(place: Place, name: str) -> None:
    """Set another password; it ends all sessions of the user."""
    with place.open() as target:
        target.user(name).set_password(_password())
        click.echo("the password is set")


@user.command()
@click.argument("name")
@click.argument("role")
@click.pass_obj
def grant(place: Place, name: str, role: str) -> None:
    """Put a user into a role, which is stored where there is none of its name."""
    with place.open() as target:
        grants_of(target.app).grant(principal_of(target.user(name)), role)
        click.echo(f"{name} is in the role {role}")


@user.command()
@click.argument("name")
@click.argument("role")
@click.pass_obj
def revoke(place: Place, name: str, role: str) -> None:
    """Take a user out of a role."""
    with place.open() as target:
        was = grants_of(target.app).revoke(principal_of(target.user(name)), role)
        click.echo(f"{name} {'is no longer' if was else 'was not'} in the role {role}")


@user.command()
@click.argument("name")
@click.pass_obj
def remove(place: Place, name: str) -> None:
    """Delete a user, with all sessions."""
    with place.open() as target:
        target.user(name).destroy()
        click.echo(f"{name} is deleted")


# -- tokens ------------------------------------------------------------------


@click.group(cls=OfProject)
@click.argument("project")
@MODEL
@click.pass_context
def token(ctx: click.Context, project: str, model: str | None) -> None:
    """Open and end sessions of the users of a project."""
    ctx.obj = Place(project, model)


@token.command()
@click.argument("name")
@click.option("--ttl", type=click.IntRange(min=1), help="Seconds that it lives (default: as at login).")
@click.pass_obj
def issue(place: Place, name: str, ttl: int | None) -> None:
    """Print a new token of a user, and nothing else."""
    with place.open() as target:
        click.echo(target.user(name).create_access_token(ttl)["id"])


@token.command()
@click.argument("name")
@click.pass_obj
def end(place: Place, name: str) -> None:
    """End all sessions of a user."""
    with place.open() as target:
        target.sessions.end_all([id_of(target.user(name))])
        click.echo(f"{name} is signed out everywhere")
