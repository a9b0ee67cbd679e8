"""Connector hooks: what runs around each command that a connector sends to its store (source: logic.md 5). Sends none itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar

from ..errors import OperatorError
from ..types import UNSET

R = TypeVar("R")

Moment: TypeAlias = Literal["before execute", "after execute"]
MOMENTS: Final = ("before execute", "after execute")


class Execution:
    """One command as connector hooks see it.

    Attributes:
        req: the command: {"sql": text, "params": values} of SQL stores, {"command": name, "params": values} of MongoDB; may be changed.
        res: after it, what the driver gave; may be replaced by something of the same form.
        state: what the hooks of this command hand on to each other; empty at first.
    """

    __slots__ = ("ended", "req", "res", "state")

    def __init__(self, req: dict[str, Any]) -> None:
        self.req: dict[str, Any] = req
        self.res: Any = UNSET
        self.state: dict[str, Any] = {}
        self.ended: bool = False

    def end(self, res: Any) -> None:
        """Have this be what the store gave: the command is not sent, and no further hook runs."""
        self.res = res
        self.ended = True


ExecutionHook: TypeAlias = Callable[[Execution], None]


class ExecutionHooks:
    """The hooks of one connector, in order of registration; false while there are none."""

    __slots__ = ("_hooks",)

    def __init__(self) -> None:
        self._hooks: Mapping[str, tuple[ExecutionHook, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def add(self, moment: str, hook: ExecutionHook) -> None:
        """Append a hook. Raises: OperatorError for another moment than those of MOMENTS."""
        if moment not in MOMENTS:
            raise OperatorError(f"a connector has no hook {moment!r}; it has: {', '.join(MOMENTS)}")
        self._hooks = {**self._hooks, moment: (*self._hooks.get(moment, ()), hook)}

    def run(self, req: dict[str, Any], send: Callable[[dict[str, Any]], R]) -> R:
        """What a command gives, hooks around it.

        Args:
            req: the command. send: sends it as the hooks have left it.
        """
        execution = Execution(req)
        self._around("before execute", execution)
        if not execution.ended:
            execution.res = send(execution.req)
            self._around("after execute", execution)
        res: R = execution.res
        return res

    def _around(self, moment: Moment, execution: Execution) -> None:
        for hook in self._hooks.get(moment, ()):
            if not execution.ended:
                hook(execution)
