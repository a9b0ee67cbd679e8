"""Who is what in the teahouse, where no stored role says it."""

import lbpy
from lbpy.contrib.models import Role, RoleRequest

from .models import Order

REGULAR = 3
"""Orders after which somebody is a regular customer."""


def resolve_roles(app: lbpy.App) -> None:
    """Have the application ask who is a regular customer."""

    @app[Role].resolver("regular")
    def is_regular(request: RoleRequest) -> bool:
        return request.user is not None and Order.count({"customerId": request.user_id}) >= REGULAR
