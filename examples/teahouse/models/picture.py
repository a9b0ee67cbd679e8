"""Pictures of teas and of customers: one model that may belong to several."""

from lbpy import PersistedModel, allow, belongs_to, deny, prop


class Picture(PersistedModel, plural="pictures", acls=[deny("$everyone"), allow("$everyone", "READ"), allow("manager")]):
    """A picture; `subjectType` and `subjectId` say of what."""

    caption: str = ""
    type: str = "image/png"
    content: bytes | None = prop(default=None, hidden=True)

    subject = belongs_to(polymorphic=True)
