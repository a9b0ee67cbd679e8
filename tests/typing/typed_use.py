"""What a user of the typed face can count on: both checkers accept this file, and the asserted types hold."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, assert_type

import falcon
from marshmallow.validate import Length

from lbpy import (
    App,
    Arg,
    Deleting,
    Download,
    HttpRequest,
    HttpResponse,
    Loaded,
    Many,
    Model,
    Options,
    PersistedModel,
    Principal,
    Reading,
    RemoteContext,
    Saving,
    Upload,
    after_remote,
    after_remote_error,
    allow,
    before_remote,
    belongs_to,
    col,
    current,
    deny,
    embeds_many,
    embeds_one,
    has_and_belongs_to_many,
    has_many,
    has_one,
    observe,
    prop,
    references_many,
    remote_method,
    validate,
)
from lbpy.contrib.models import AccessToken, User
from lbpy.testing import Answer, client, store


class Product(PersistedModel, plural="goods", strict=True, acls=[deny("$everyone", "WRITE"), allow("admin")]):
    """Something on sale."""

    name: str = prop(validate=Length(min=2))
    price: float | None = None
    tags: list[str] = prop(factory=list)
    amount: int = prop(default=0, name="count")
    reviews = has_many(lambda: Review)
    notes = has_many("Note")

    @remote_method(verb="post", path="/discount")
    def discount(self, percent: float) -> Product:
        self.price = (self.price or 0) * (1 - percent / 100)
        return self.save()

    @remote_method(verb="get", path="/cheapest")
    @classmethod
    def cheapest(cls) -> Product | None:
        return next(iter(cls.find(order="price", limit=1)), None)

    @remote_method(verb="get", returns=("total", "currency"))
    @staticmethod
    def total(rate: Annotated[float, Arg(source="query")] = 1.0, options: Options | None = None) -> tuple[float, str]:
        return rate, "EUR"

    @remote_method(verb="put", path="/picture", access="WRITE", error_status=422)
    def picture(self, upload: Upload) -> None:
        for part in upload:
            assert_type(part, bytes)

    @remote_method(verb="get", path=["/export", "/rows.csv"])
    @classmethod
    def export(cls, ctx: RemoteContext) -> Iterator[bytes]:
        yield ctx.method_string.encode()

    @remote_method(verb="get")
    @staticmethod
    def manual() -> Download:
        return Download(b"", "application/pdf", filename="manual.pdf")

    @before_remote("create")
    @staticmethod
    def signed(ctx: RemoteContext) -> None:
        ctx.args["data"]["owner"] = current.principal.id
        assert_type(ctx.req.get_header("X-Tenant", default=""), str)
        ctx.res.set_header("X-Method", ctx.req.method)

    @after_remote("find")
    @classmethod
    def counted(cls, ctx: RemoteContext) -> None:
        ctx.result = {"data": ctx.result, "count": cls.count()}

    @classmethod
    def options_from_request(cls, ctx: RemoteContext) -> Mapping[str, Any]:
        return {**super().options_from_request(ctx), "tenant": ctx.req.get_header("X-Tenant")}

    @observe("before delete")
    @staticmethod
    def kept(ctx: Deleting[Product]) -> None:
        assert_type(ctx.where, Mapping[str, Any])

    @validate("price", "is below cost")
    def not_below_cost(self) -> bool:
        return self.price is None or self.price > 1

    @observe("before save")
    @staticmethod
    def stamp(ctx: Saving[Product]) -> None:
        ctx.instance.name = ctx.instance.name.strip()

    @observe("access")
    @staticmethod
    def only_mine(ctx: Reading[Product]) -> None:
        ctx.query.setdefault("where", {})["owner"] = current.principal.id

    @observe("loaded")
    @staticmethod
    def mask(ctx: Loaded[Product]) -> None:
        ctx.data.pop("cost", None)


class Review(PersistedModel):
    rating: int
    product = belongs_to(lambda: Product)


app = App()
db = app.data_source("db", connector="sqlite", file="shop.db")
assert_type(app.model(Product, data_source=db), type[Product])
assert_type(app[Product], type[Product])

tea = Product(name="Tea", price=3.0)
Product.create({"name": "Green"}, options={"skip": True})
Product.create(name="Black")
rows = Product.find(where=(col(Product.price) > 3.0) & (col(Product.name) == "x"), skip=2)
assert_type(rows, list[Product])
assert_type(tea.reviews.find(), list[Review])
assert_type(rows[0].reviews.create({"rating": 3}).product, Product | None)
assert_type(tea.notes.find(), list[Any])
assert_type(tea.discount(3), Product)
assert_type(Product.cheapest(), Product | None)
with db.transaction(isolation="SERIALIZABLE", timeout=2.5) as tx:
    tea.save(options={"transaction": tx}).destroy()

assert_type(Product.total(2.0), tuple[float, str])
assert_type(Product.manual(), Download)
assert_type(current.principal, Principal)
assert_type(current.options, Options)
assert_type(current.request_id, str)
Product.before_remote("prototype.*", lambda ctx: ctx.args.clear())
app.after_remote_error("**", lambda ctx: print(ctx.method_string, ctx.error))
db.connector.observe("before execute", lambda ctx: print(ctx.req))


def of_falcon(req: falcon.Request, res: falcon.Response) -> tuple[HttpRequest, HttpResponse]:
    """Falcon's own are what hooks are promised."""
    return req, res


# -- relations -----------------------------------------------------------------


class Label(PersistedModel):
    text: str


class Address(Model):
    city: str


class Leaf(PersistedModel):
    name: str
    grower = belongs_to(lambda: Grower)
    labels = has_and_belongs_to_many(lambda: Label)


class Grower(PersistedModel):
    name: str
    leaves = has_many(lambda: Leaf, foreign_key="growerId")
    labels = has_many(lambda: Label, through=lambda: Sticker)
    licence = has_one(lambda: Licence)
    address = embeds_one(lambda: Address)
    sites = embeds_many(lambda: Address)
    favourites = references_many(lambda: Label)

    @after_remote_error("prototype.*")
    @staticmethod
    def plain(ctx: RemoteContext) -> None:
        assert_type(ctx.error, Exception | None)


class Sticker(PersistedModel):
    label = belongs_to(lambda: Label)
    grower = belongs_to(lambda: Grower)


class Licence(PersistedModel):
    number: int


grower = Grower.create(name="Ann")
assert_type(grower.leaves, Many[Leaf])
assert_type(grower.leaves.find(where=col(Leaf.name).like("A%"), order="name", limit=3), list[Leaf])
assert_type(grower.leaves.create(name="Assam").grower, Grower | None)
assert_type([one.text for one in grower.labels], list[str])
assert_type(grower.labels.exists(3), bool)
assert_type(grower.licence.get(), Licence | None)
assert_type(grower.licence.create(number=1), Licence)
assert_type(grower.address.update(city="Rome"), Address)
assert_type(grower.sites.create({"city": "Rome"}), Address)
assert_type(grower.favourites.count(), int)
assert_type(Grower.find_by_id(1, include=["leaves", {"relation": "labels", "scope": {"limit": 1}}]), Grower | None)
leaf = Leaf(name="Darjeeling")
leaf.grower = grower

# -- transactions ----------------------------------------------------------------


def notify() -> None:
    """After the commit."""


with db.transaction(isolation="SERIALIZABLE", timeout=2.5) as transaction:
    leaf.save(options={"transaction": transaction})
    with db.transaction():
        db.on_commit(notify)
        db.on_commit(grower.save)

# -- users, and tests --------------------------------------------------------------


class Customer(User):
    points: int = 0


assert_type(app[Customer], type[Customer])
assert_type(Customer.create(email="ann@example.com", password="secret").points, int)
assert_type(app[AccessToken], type[AccessToken])
with store("memory") as settings, client(app) as anybody:
    app.data_source("other", **settings)
    ann = Customer.find_one()
    answer = anybody.as_user(ann).get("/api/goods", filter={"where": {"price": 3}})
    assert_type(answer, Answer)
    assert_type(answer.expect(200).status, int)
    anybody.as_user(Principal("USER", 1)).post("/api/goods", json={"name": "Tea"})
