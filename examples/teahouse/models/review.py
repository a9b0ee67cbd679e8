"""What customers think of teas, and how it becomes the rating of a tea."""

from __future__ import annotations

from statistics import mean
from typing import Any

from marshmallow.validate import Length, Range

from lbpy import (
    Deleting,
    PersistedModel,
    RemoteContext,
    Saving,
    allow,
    before_remote,
    belongs_to,
    current,
    deny,
    observe,
    prop,
)

TEAS = "teas"


class Review(
    PersistedModel,
    plural="reviews",
    shared_methods={"upsertWithWhere": False, "replaceOrCreate": False},
    acls=[deny("$everyone"), allow("$everyone", "READ"), allow("$authenticated", method="create"), allow("$owner", "WRITE")],
):
    """What somebody thinks of a tea. Who wrote it is never what the client claims."""

    stars: int = prop(validate=Range(min=1, max=5))
    text: str = prop(default="", validate=Length(max=2000))
    tea_id: Any = prop(name="teaId", index=True)
    customer_id: Any = prop(default=None, name="customerId", index=True)

    tea = belongs_to("Tea", foreign_key="teaId")
    customer = belongs_to("Customer", foreign_key="customerId")

    @before_remote("create")
    @staticmethod
    def tidy(call: RemoteContext) -> None:
        """Texts from clients have no blanks around them."""
        data = call.args["data"]
        if isinstance(data, dict) and isinstance(data.get("text"), str):
            data["text"] = data["text"].strip()

    @observe("before save")
    @staticmethod
    def sign(ctx: Saving[Review]) -> None:
        if "data" in ctx:
            ctx.data.pop("customerId", None)
        elif current.authenticated:
            ctx.instance.customer_id = current.principal.id

    @observe("after save")
    @staticmethod
    def rate(ctx: Saving[Review]) -> None:
        if "instance" in ctx:
            rate_tea(ctx.instance.tea)

    @observe("before delete")
    @staticmethod
    def remember(ctx: Deleting[Review]) -> None:
        ctx.hook_state[TEAS] = [one.tea for one in Review.find(ctx.where, include="tea")]

    @observe("after delete")
    @staticmethod
    def rate_again(ctx: Deleting[Review]) -> None:
        for tea in ctx.hook_state[TEAS]:
            rate_tea(tea)


def rate_tea(tea: Any) -> None:
    """Make the mean of its reviews the rating of a tea, if there is one."""
    if tea is not None:
        tea.update_attributes(rating=mean(stars) if (stars := [one.stars for one in tea.reviews.find()]) else None)
