"""The models of the teahouse, one subject a file."""

from .card import Card
from .customer import Address, Customer
from .enquiry import Enquiry, Letter
from .house import House, Visit
from .order import Line, Order, Payment, Wish
from .picture import Picture
from .review import Review
from .tag import Tag
from .tea import Delivery, Kind, Origin, Tea, Tin

__all__ = [
    "Address",
    "Card",
    "Customer",
    "Delivery",
    "Enquiry",
    "House",
    "Kind",
    "Letter",
    "Line",
    "Order",
    "Origin",
    "Payment",
    "Picture",
    "Review",
    "Tag",
    "Tea",
    "Tin",
    "Visit",
    "Wish",
]
