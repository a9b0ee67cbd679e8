"""Letters that the teahouse sends, and enquiries, which become letters and are kept nowhere."""

from __future__ import annotations

from marshmallow.validate import Email, Length

from lbpy import PersistedModel, Saving, allow, deny, observe, prop
from lbpy.contrib import models as built_in

HOUSE = "house@tea.example"


class Letter(built_in.Email):
    """A mail; the data source that it is bound to sends it."""


class Enquiry(PersistedModel, plural="enquiries", acls=[deny("$everyone"), allow("$everyone", method="create")]):
    """A question to the house. Its data source is a transient one: what comes is checked, answered and forgotten."""

    email: str = prop(validate=Email())
    text: str = prop(validate=Length(min=10, max=5000))

    @observe("after save")
    @staticmethod
    def post(ctx: Saving[Enquiry]) -> None:
        asked = ctx.instance
        Letter.send({"to": HOUSE, "from": HOUSE, "replyTo": asked.email, "subject": "Enquiry", "text": asked.text})
