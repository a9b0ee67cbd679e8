"""Teas: what is known of them, what must be true of it, and what can be done with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from marshmallow.validate import ContainsOnly, Length, Range, Regexp

from lbpy import (
    Arg,
    Download,
    FormFile,
    GeoPoint,
    Loaded,
    Model,
    Options,
    PersistedModel,
    Returned,
    Saving,
    Upload,
    allow,
    col,
    current,
    deny,
    embeds_one,
    has_and_belongs_to_many,
    has_many,
    observe,
    prop,
    remote_method,
    validate,
)
from lbpy.errors import BadRequest, Conflict, NotFound

from ..text import lines_of
from .picture import Picture
from .review import Review
from .tag import Tag

CENT = Decimal("0.01")
TAX = Decimal("0.07")
FLAVOURS = ("earthy", "floral", "fruity", "grassy", "malty", "smoky")


class Kind(StrEnum):
    """How the leaves were treated."""

    WHITE = "white"
    GREEN = "green"
    OOLONG = "oolong"
    BLACK = "black"


class Origin(Model):
    """Where a tea grew; it lies inside the tea."""

    country: str = prop(validate=Regexp("^[A-Z]{2}$"))
    garden: str | None = None
    altitude: int | None = prop(default=None, validate=Range(min=0, max=8849))  # metres


class Tin(PersistedModel):
    """What a tea comes in; each tea has its own, which lies inside it."""

    colour: str
    grams: int = 100


class Delivery(Model):
    """What arrived from a garden: the body of a call, kept nowhere."""

    grams: int = prop(validate=Range(min=1))
    cost: Decimal | None = None


class Tea(
    PersistedModel,
    plural="teas",
    strict=True,
    scope={"order": "name"},
    scopes={"organic": {"where": {"organic": True}}, "cheap": {"where": {"price": {"lt": 5}}, "order": "price"}},
    mixins={
        "TimeStamp": True,
        "SoftDelete": {"builtin": True},
        "ReadOnly": {"builtin": True, "properties": ["rating"]},
        "Computed": {"builtin": True, "properties": {"label": "written_label"}},
        "Counts": {"builtin": True, "relations": ["reviews"]},
        "Slugged": {"from": "name"},
    },
    acls=[
        deny("$everyone"),
        allow("$everyone", "READ"),
        allow("manager"),
        deny("$everyone", method="underTheCounter"),
        allow("regular", method="underTheCounter"),
    ],
):
    """A tea on sale."""

    name: str = prop(unique=True, validate=Length(min=2, max=80))
    kind: Kind = prop(index=True)
    caffeine: Literal["none", "little", "much"] = "little"
    price: Decimal = prop(validate=Range(min=Decimal(0)))  # for 100 grams
    cost: Decimal | None = prop(default=None, hidden=True)
    supplier: str | None = prop(default=None, protected=True)
    stock: int = prop(default=0, name="inStock", validate=Range(min=0))  # grams; `inStock` on the wire and in the table
    rating: float | None = None
    organic: bool = False
    counter: bool = prop(default=True, name="onTheCounter")
    picked: datetime | None = None
    batch: UUID = prop(factory=uuid4)
    barcode: bytes | None = None
    place: GeoPoint | None = None
    origin: Origin | None = None
    flavours: list[str] = prop(factory=list, validate=ContainsOnly(FLAVOURS))
    brewing: dict[str, float] = prop(factory=dict)
    story: Any = None
    words: str | None = prop(default=None, hidden=True)

    reviews = has_many(lambda: Review)
    pictures = has_many(lambda: Picture, polymorphic="subject")
    tags = has_and_belongs_to_many(lambda: Tag)
    tin = embeds_one(lambda: Tin, property="packed")

    # -- rules and hooks -----------------------------------------------------

    @validate("price", "is below cost")
    def above_cost(self) -> bool:
        return self.cost is None or self.price > self.cost

    def written_label(self) -> str:
        """What is printed on the tin; the mixin Computed asks for it."""
        return f"{self.name}, {self.kind} tea"

    @observe("persist")
    @staticmethod
    def index(ctx: Saving[Tea]) -> None:
        """The words that a search looks at are stored, and shown to nobody."""
        if "name" in ctx.data:
            ctx.data["words"] = str(ctx.data["name"]).lower()

    @observe("loaded")
    @staticmethod
    def sold_out(ctx: Loaded[Tea]) -> None:
        if ctx.data.get("inStock") == 0:
            ctx.data["soldOut"] = True

    # -- finding -------------------------------------------------------------

    @remote_method(verb="get", path=["/search", "/search/:kind"])
    @classmethod
    def search(
        cls,
        words: Annotated[str, Arg(source="query", name="q", description="part of a name")],
        kind: Annotated[Kind | None, Arg(source="path")] = None,
        options: Options | None = None,
    ) -> list[Tea]:
        """Teas by a part of their name, of one kind or all."""
        where = col(cls.words).like(f"%{words.lower()}%")
        if kind is not None:
            where &= col(cls.kind) == kind
        return Tea.find(where, order="name")

    @remote_method(verb="get", path="/under-the-counter", name="underTheCounter")
    @classmethod
    def under_the_counter(cls) -> list[Tea]:
        """Teas for regular customers."""
        return Tea.find(col(cls.counter) == False)  # noqa: E712  -- a condition, not an answer

    @remote_method(verb="get", path="/quote/:grams", returns=["net", "tax", Returned("X-Currency", target="header")], error_status=422)
    def quote(
        self,
        grams: Annotated[int, Arg(source="path")],
        currency: Annotated[Literal["EUR", "GBP"], Arg(source="header", name="X-Currency")] = "EUR",
    ) -> tuple[Decimal, Decimal, str]:
        """What some grams cost."""
        if grams <= 0 or grams % 25:
            raise ValueError("teas are sold by 25 grams")
        net = self.cost_of(grams)
        return net, (net * TAX).quantize(CENT), currency

    def cost_of(self, grams: int) -> Decimal:
        """What some grams cost, in whole cents."""
        return (self.price * grams / 100).quantize(CENT)

    # -- keeping -------------------------------------------------------------

    @remote_method(path="/restock", returns=["inStock", Returned(target="status")])
    def restock(self, delivery: Annotated[Delivery, Arg(source="body")], options: Options) -> tuple[int, int]:
        """Put what arrived on the shelf."""
        self.update_attributes(stock=self.stock + delivery.grams, cost=delivery.cost or self.cost, options=options)
        return self.stock, 201

    def demand(self, grams: int) -> None:
        """Raise Conflict if there is not as much on the shelf."""
        if grams > self.stock:
            raise Conflict(f"There are only {self.stock} grams of {self.name}.", code="OUT_OF_STOCK")

    def sell(self, grams: int) -> None:
        """Take something off the shelf. Raises: Conflict, as of `demand`."""
        self.demand(grams)
        self.update_attributes(stock=self.stock - grams)

    # -- files ---------------------------------------------------------------

    @remote_method(path="/stocktake", returns=["sha256", "lines", "changed"])
    @classmethod
    def stocktake(cls, body: Annotated[Upload, Arg(limit=1_000_000)]) -> tuple[str, int, int]:
        """Take in the counted stock, lines of `name;grams`, while it is still being sent."""
        digest, lines, changed = hashlib.sha256(), 0, 0
        for line in lines_of(body, digest.update):
            name, _, grams = line.partition(";")
            lines += 1
            if not grams.isdecimal():
                raise BadRequest(f"Line {lines} is not `name;grams`.")
            changed += cls.update_all(col(cls.name) == name, {"inStock": int(grams)})
        return digest.hexdigest(), lines, changed

    @remote_method(verb="get", path="/price-list")
    @classmethod
    def price_list(cls) -> Download:
        """The prices as a file, row by row; the last one says which request asked."""
        return Download(cls._prices(), content_type="text/csv", filename="prices.csv", headers={"Cache-Control": "no-cache"})

    @classmethod
    def _prices(cls) -> Iterator[bytes]:
        yield b"name;price\n"
        for tea in cls.find():
            yield f"{tea.name};{tea.price}\n".encode()
        yield f"request;{current.request_id}\n".encode()

    @remote_method(path="/pictures/upload")
    def add_picture(self, file: FormFile, caption: Annotated[str, Arg(source="form")] = "") -> Picture:
        """Keep a picture that came in a form."""
        return self.pictures.create(caption=caption, type=file.content_type, content=file.read())

    @remote_method(verb="get", path="/barcode.png")
    def barcode_file(self) -> Download:
        """The bar code as a picture."""
        if self.barcode is None:
            raise NotFound(f"{self.name} has no bar code.")
        return Download(self.barcode, content_type="image/png")
