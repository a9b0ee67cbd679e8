"""A shop with one model, written in Python: `gunicorn -c python:lbpy.gunicorn --chdir examples shop:app`."""

from marshmallow.validate import Length, Range

import lbpy
from lbpy import PersistedModel, Saving, col, prop, validate


class Product(PersistedModel, plural="goods"):
    """Something on sale."""

    name: str = prop(validate=Length(min=2))  # no default: required
    price: float | None = None
    tags: list[str] = prop(factory=list)
    amount: int = prop(default=0, name="count", validate=Range(min=0))  # `count` on the wire and in the table

    @validate("price", "is below cost")
    def above_cost(self) -> bool:
        return self.price is None or self.price > 1


def tidy(ctx: Saving[Product]) -> None:
    """Names have no blanks around them, whoever writes them and how."""
    if "instance" in ctx:
        ctx.instance.name = (ctx.instance.name or "").strip()
    elif "name" in ctx.data:
        ctx.data["name"] = str(ctx.data["name"]).strip()


def cheap(limit: float) -> list[Product]:
    """Products below a price, the cheapest first."""
    return Product.find(where=col(Product.price) < limit, order="price")


Product.observe("before save", tidy)

app = lbpy.App()
db = app.data_source("db", connector="sqlite", file="shop.db", autoupdate=True)
app.model(Product, data_source=db)
