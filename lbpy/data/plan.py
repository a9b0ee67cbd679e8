"""What a store with tables would do to bring one up to date, told before it is done. Knows no store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MigrationStep:
    """One statement of a migration, and whether data that are there may be lost by it."""

    text: str
    loses: bool = False


class Planned(ABC):
    """A table whose migration can be looked at first."""

    @abstractmethod
    def plan(self) -> list[MigrationStep]:
        """All that would make the table as the model is, in the order in which it would be done."""

    @abstractmethod
    def carry_out(self, *, allow_data_loss: bool) -> None:
        """Do what the plan says; the steps that may lose data only if that is allowed."""
