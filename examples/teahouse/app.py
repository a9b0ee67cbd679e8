"""Puts the teahouse together: stores, models, access, hooks, middleware. Knows no server."""

import lbpy
from lbpy import Model
from lbpy.contrib.hooks.totals import total_count

from . import hooks, models
from .menu import menu
from .middleware import Timing, not_for_robots
from .mixins import slugged
from .roles import resolve_roles
from .settings import CONFIGURATION

CATALOGUE: tuple[type[Model], ...] = (models.Customer, models.Tea, models.Tag, models.Review, models.Picture)
LEDGER: tuple[type[Model], ...] = (models.Order, models.Line, models.Payment)
EMBEDDED: tuple[type[Model], ...] = (models.Address, models.Tin)


def create_app(url: str, ledger: str = "sqlite://") -> lbpy.App:
    """The application.

    Args:
        url: where teas and customers are: memory://, sqlite:///teahouse.db, postgresql://...
        ledger: where orders and money are; a store with transactions. Default: a SQLite database in memory.
    """
    app = lbpy.App(configuration=CONFIGURATION)
    app.mixins.register("Slugged", slugged)
    bind(app, url, ledger)
    app.enable_auth(data_source="catalogue")
    resolve_roles(app)
    compose(app)
    return app


def bind(app: lbpy.App, url: str, ledger: str) -> None:
    """Give each model a home; those that clients may call have routes."""
    catalogue = app.data_source("catalogue", url=url, autoupdate=True)
    orders = app.data_source("ledger", url=ledger, autoupdate=True)
    here = app.data_source("here", connector="memory")
    nowhere = app.data_source("nowhere", connector="transient")
    mail = app.data_source("mail", connector="mail", transports=[{"type": "STUB"}])
    for model in CATALOGUE:
        app.model(model, data_source=catalogue)
    for model in LEDGER:
        app.model(model, data_source=orders)
    app.model(models.Card, data_source=orders, public=False)
    for model in EMBEDDED:
        app.model(model, data_source=nowhere, public=False)
    app.model(models.Enquiry, data_source=nowhere)
    app.model(models.Visit, data_source=here, public=False)
    app.model(models.Letter, data_source=mail, public=False)
    app.model(models.House)
    hooks.around_statements(orders)


def compose(app: lbpy.App) -> None:
    """What runs around the models."""
    app.disable_methods(models.Tea, "replaceOrCreate", "upsertWithWhere", "prototype.__delete__*")
    hooks.around_calls(app)
    total_count(app, {})
    app.middleware("initial", Timing())
    app.middleware("initial:after", not_for_robots, paths=["/api"])
    app.mount("/menu", menu)
