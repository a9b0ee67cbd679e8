"""Orders: placed as a whole or not at all, cancelled rather than deleted, followed while they are on their way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from marshmallow.validate import Range

from lbpy import (
    Arg,
    DataSource,
    Deleting,
    Json,
    Model,
    Options,
    PersistedModel,
    Reading,
    RemoteContext,
    Saving,
    after_remote,
    allow,
    belongs_to,
    col,
    current,
    deny,
    has_many,
    observe,
    prop,
    remote_method,
)
from lbpy.data.bound import bound_of
from lbpy.errors import Conflict, Invalid, NotFound, Problem

from .card import Card
from .enquiry import HOUSE, Letter
from .tea import Tea

THANKS = {"en": "Thank you for your order.", "de": "Danke für Ihre Bestellung."}
STEPS = ("placed", "packed", "sent")


class Wish(Model):
    """One line of what somebody wants to order."""

    tea: int = prop(name="teaId")
    grams: int = prop(validate=Range(min=25, max=1000))


class Line(PersistedModel, plural="lines", acls=[deny("$everyone"), allow("$owner", "READ"), allow("manager", "READ")]):
    """So many grams of a tea in an order."""

    grams: int
    price: Decimal
    order_id: Any = prop(name="orderId", index=True)
    tea_id: Any = prop(name="teaId")
    customer_id: Any = prop(name="customerId")

    order = belongs_to("Order", foreign_key="orderId")
    tea = belongs_to(lambda: Tea, foreign_key="teaId")
    customer = belongs_to("Customer", foreign_key="customerId")


class Payment(PersistedModel, plural="payments", transaction=True, acls=[deny("$everyone"), allow("manager")]):
    """Money that came for an order. What its hooks refuse was never there."""

    amount: Decimal = prop(validate=Range(min=Decimal("0.01")))
    order_id: Any = prop(name="orderId", index=True)

    order = belongs_to(lambda: Order, foreign_key="orderId")

    @observe("after save")
    @staticmethod
    def settle(ctx: Saving[Payment]) -> None:
        """The order gets what was paid; more than is owed is refused, and with it the payment."""
        order = ctx.instance.order
        if order is None:
            raise NotFound("There is no such order.")
        order.update_attributes(paid=order.paid + ctx.instance.amount)
        if order.paid > order.total:
            raise Conflict("That is more than is owed.", code="OVERPAID")


class Order(
    PersistedModel,
    plural="orders",
    mixins={"TimeStamp": True, "CascadeDelete": {"builtin": True, "relations": ["lines"]}},
    shared_methods={"create": False, "replace*": False, "upsert*": False},
    acls=[
        deny("$everyone"),
        allow("$authenticated", method=["place", "find", "count"]),
        allow("$owner", "READ"),
        allow("$owner", method="deleteById"),
        allow("manager"),
        allow("manager", method=["find", "count"]),
    ],
):
    """Teas that somebody wants."""

    status: Literal["placed", "packed", "sent", "cancelled"] = "placed"
    total: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    placed: datetime = prop(factory=lambda: datetime.now(UTC))
    customer_id: Any = prop(name="customerId", index=True)

    customer = belongs_to("Customer", foreign_key="customerId")
    lines = has_many(lambda: Line, foreign_key="orderId")
    teas = has_many(lambda: Tea, through=lambda: Line, foreign_key="orderId", key_through="teaId")
    payments = has_many(lambda: Payment, foreign_key="orderId", options={"disableInclude": True})

    @classmethod
    def options_from_request(cls, ctx: RemoteContext) -> Mapping[str, Any]:
        """The language of the client goes along with what is asked."""
        return {**super().options_from_request(ctx), "language": ctx.req.get_header("Accept-Language", default="en")[:2]}

    # -- hooks ---------------------------------------------------------------

    @observe("access")
    @staticmethod
    def only_own(ctx: Reading[Order]) -> None:
        """Clients that are no managers see their own orders, whatever they ask for."""
        if "manager" not in ctx.options.get("authorizedRoles", {"manager": True}):
            ctx.query["where"] = {"and": [ctx.query.get("where") or {}, {"customerId": current.principal.id}]}

    @observe("before delete")
    @staticmethod
    def keep_sent(ctx: Deleting[Order]) -> None:
        if Order.count({"and": [ctx.where, {"status": "sent"}]}):
            raise Conflict("What is sent is sent.", code="SENT")

    @after_remote("place")
    @staticmethod
    def say_where(call: RemoteContext) -> None:
        call.res.set_header("Location", f"{call.req.path.removesuffix('/place')}/{call.result.id}")

    # -- placing -------------------------------------------------------------

    @classmethod
    def ledger(cls) -> DataSource:
        """The data source of orders and money."""
        return bound_of(cls).source

    @remote_method(path="/place", status=201)
    @classmethod
    def place(cls, wishes: Annotated[list[Wish], Arg(name="lines")], options: Options) -> Order:
        """Order some teas: everything that is wanted, or nothing."""
        if not wishes or len({one.tea for one in wishes}) < len(wishes):
            raise Invalid("Order", [Problem("lines", "uniqueness", "must have each tea once")])
        with cls.ledger().transaction():
            order = cls.create(customer_id=current.principal.id, options=options)
            order.update_attributes(total=sum(order.add(one).price for one in wishes), options=options)
            order.stamp_card()
            cls.ledger().on_commit(lambda: order.confirm(str(options["language"])))
        return order

    def add(self, wish: Wish) -> Line:
        """Put a line into the order; its tea leaves the shelf once the order is certain."""
        tea = Tea.find_by_id(wish.tea)
        if tea is None:
            raise NotFound(f"There is no tea {wish.tea}.")
        tea.demand(wish.grams)
        self.ledger().on_commit(lambda: tea.sell(wish.grams))
        return self.lines.create({"grams": wish.grams, "price": tea.cost_of(wish.grams), "teaId": tea.id, "customerId": self.customer_id})

    def stamp_card(self) -> None:
        """A stamp for the customer; where the card is full the order goes on without."""
        try:
            with self.ledger().transaction():  # a savepoint
                card, _ = Card.find_or_create({"customerId": self.customer_id}, {"customerId": self.customer_id})
                card.stamp()
        except Conflict:
            return

    def confirm(self, language: str) -> None:
        """Thank the customer by mail."""
        if (customer := self.customer) is not None:
            text = THANKS.get(language, THANKS["en"])
            Letter.send({"to": customer.email, "from": HOUSE, "subject": f"Order {self.id}", "text": text})

    # -- afterwards ----------------------------------------------------------

    @remote_method(name="deleteById")
    @classmethod
    def cancel(cls, id: int, options: Options) -> dict[str, int]:
        """In the place of deletion: the order stays, cancelled."""
        order = cls.find_by_id(id, options=options)
        if order is None:
            return {"count": 0}
        if order.status == "sent":
            raise Conflict("What is sent is sent.", code="SENT")
        order.update_attributes(status="cancelled", options=options)
        return {"count": 1}

    @remote_method(path="/purge", returns="count")
    @classmethod
    def purge(cls, before: datetime) -> int:
        """Forget old orders, with their lines; what was sent must be kept."""
        return cls.destroy_all(col(cls.placed) < before)

    @remote_method(verb="get", path="/progress")
    def progress(self) -> Iterator[Json]:
        """The steps of the order one by one, as events; each says for whom."""
        for step in STEPS[: STEPS.index(self.status) + 1] if self.status in STEPS else ():
            yield {"order": self.id, "step": step, "for": current.principal.id}
