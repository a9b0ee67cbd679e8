"""The first rows of a teahouse, made as often as wanted: what is there already stays as it is."""

from __future__ import annotations

from decimal import Decimal

import lbpy
from lbpy import GeoPoint
from lbpy.contrib.models import Role, RoleMapping

from .models import Customer, Kind, Origin, Tea

TEAS = (
    Tea(name="Sencha", kind=Kind.GREEN, price=Decimal("6.50"), stock=2000, organic=True, flavours=["grassy"],
        origin=Origin(country="JP"), place=GeoPoint(34.97, 138.38), brewing={"minutes": 2, "degrees": 70}),
    Tea(name="Assam", kind=Kind.BLACK, price=Decimal("4.20"), stock=5000, flavours=["malty"], origin=Origin(country="IN", altitude=60)),
    Tea(name="Lapsang", kind=Kind.BLACK, price=Decimal("7.80"), stock=0, flavours=["smoky"], caffeine="much"),
    Tea(name="Yin Zhen", kind=Kind.WHITE, price=Decimal("24.00"), stock=300, flavours=["floral"], counter=False),
)  # fmt: skip


def seed(app: lbpy.App, password: str) -> int:
    """Store the teas, and a manager who can sign in.

    Args:
        app: the application, whose models are used.
        password: of the manager.

    Returns:
        how many teas are new.
    """
    new = sum(Tea.find_or_create({"name": tea.name}, tea.to_dict())[1] for tea in TEAS)
    role, _ = app[Role].find_or_create({"name": "manager"}, {"name": "manager"})
    email = "manager@tea.example"
    if not Customer.count({"email": email}):
        manager = Customer.create(email=email, password=password)
        app[RoleMapping].create(roleId=role.id, principalType="USER", principalId=str(manager.id))
    return new
