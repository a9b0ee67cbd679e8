"""Cards that collect stamps."""

from typing import Any

from marshmallow.validate import Range

from lbpy import PersistedModel, belongs_to, prop
from lbpy.errors import Conflict

FULL = 10


class Card(PersistedModel):
    """A card with a stamp for each order; the last one makes it full."""

    stamps: int = prop(default=0, validate=Range(min=0, max=FULL))
    customer_id: Any = prop(default=None, name="customerId", unique=True)

    customer = belongs_to("Customer", foreign_key="customerId")

    def stamp(self) -> None:
        """Note an order.

        Raises:
            Conflict: the card is full.
        """
        if self.stamps == FULL:
            raise Conflict("The card is full.", code="CARD_FULL")
        self.update_attributes(stamps=self.stamps + 1)
