"""The command `lbpy`: its own subcommands and those that other packages bring. Does no work itself."""

from __future__ import annotations

from typing import Any

import click

from .. import __version__
from ..errors import NotPorted, OperatorError, StoreError
from ..plugins import Plugins
from .check import check
from .discover import discover
from .migrate import migrate
from .new import new
from .routes import routes
from .run import run
from .start import INTERRUPTED


class Commands(click.Group):
    """A group whose subcommands are its own and those of the entry-point group `lbpy.commands`.

    Mistakes of whoever runs a command end in one text and status 1, Ctrl-C in status 130; neither in a traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group."""
        return sorted({*super().list_commands(ctx), *_brought().names()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click.Group."""
        own, brought = super().get_command(ctx, cmd_name), _brought()
        return own or (brought.get(cmd_name) if cmd_name in brought.names() else None)

    def invoke(self, ctx: click.Context) -> Any:
        """See click.Group."""
        try:
            return super().invoke(ctx)
        except (NotPorted, OperatorError, StoreError) as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None


def _brought() -> Plugins[click.Command]:
    return Plugins("lbpy.commands")


@click.group(cls=Commands, commands=[check, discover, migrate, new, routes, run])
@click.version_option(__version__, message="lbpy %(version)s")
def main() -> None:
    """Serve LoopBack projects and look after them."""
