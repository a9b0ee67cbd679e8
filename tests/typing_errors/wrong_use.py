"""What both checkers must refuse: each line that ends in `# wrong`, and no other. Never run."""

from __future__ import annotations

from lbpy import PersistedModel, RemoteContext, Saving, allow, before_remote, col, current, observe, prop, remote_method


class Tea(PersistedModel, acls=[allow("$everyone", "LOOK")]):  # wrong
    name: str
    price: float = prop(default="dear")  # wrong

    @remote_method(verb="fetch")  # wrong
    def steep(self, minutes: int) -> Tea:
        return self

    @remote_method(access="ALL")  # wrong
    @classmethod
    def all(cls) -> list[Tea]:
        return Tea.find()

    @remote_method(paths="/x")  # wrong
    @staticmethod
    def nothing() -> None: ...

    @before_remote("find")  # wrong
    @staticmethod
    def two(ctx: RemoteContext, more: int) -> None: ...

    @observe("before supper")  # wrong
    @staticmethod
    def supper(ctx: Saving[Tea]) -> None: ...


remote_method()(5)  # wrong
Tea.find(limit="3")  # wrong
Tea(nme="Green")  # wrong
Tea(name="Green").steep("long")  # wrong
print(col(Tea.price) > "3")  # wrong
current.principal = None  # wrong
current.options["a"] = 1  # wrong
Tea.before_remote("find", lambda: None)  # wrong
