"""Customers: users of the teahouse, with what is theirs."""

from __future__ import annotations

from marshmallow.validate import Length

from lbpy import (
    PersistedModel,
    allow,
    current,
    embeds_many,
    has_many,
    has_one,
    prop,
    references_many,
    remote_method,
)
from lbpy.contrib.models import User
from lbpy.errors import NotFound

from .card import Card
from .order import Order
from .picture import Picture
from .review import Review
from .tea import Tea

OWN = ["__get__orders", "__get__card", "__get__favourites", "__link__favourites", "__unlink__favourites", "__get__addresses"]


class Address(PersistedModel):
    """Where orders are sent to; it lies inside the customer."""

    street: str = prop(validate=Length(min=1))
    city: str
    main: bool = False


class Customer(
    User,
    plural="customers",
    ttl=3600,
    acls=[
        allow("$authenticated", method="me"),
        allow("$owner", method=[*OWN, "__create__addresses", "__destroyById__addresses"]),
    ],
):
    """Somebody who can sign in and buy."""

    nickname: str | None = None

    orders = has_many(lambda: Order, foreign_key="customerId")
    reviews = has_many(lambda: Review, foreign_key="customerId")
    pictures = has_many(lambda: Picture, polymorphic="subject")
    card = has_one(lambda: Card, foreign_key="customerId")
    addresses = embeds_many(lambda: Address, property="addressList")
    favourites = references_many(lambda: Tea, foreign_key="favouriteIds")

    @remote_method(verb="get", path="/me")
    @classmethod
    def me(cls) -> Customer:
        """Who is asking."""
        found = cls.find_by_id(current.principal.id)
        if found is None:
            raise NotFound("You are gone.")
        return found
