"""Words that teas are marked with."""

from lbpy import PersistedModel, allow, deny, has_and_belongs_to_many, prop


class Tag(PersistedModel, plural="tags", acls=[deny("$everyone"), allow("$everyone", "READ"), allow("manager")]):
    """A word; many teas may have it, and a tea may have many."""

    word: str = prop(unique=True)

    teas = has_and_belongs_to_many("Tea")
