"""People and workers as Mesa agents: windows on a row, made only when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

from sim.opinion import W

if TYPE_CHECKING:
    from sim.model import RecoveryModel

STATUS = ("prospect", "customer", "former customer")


class Person(mesa.Agent):
    """One person; `row` is their place in the model's arrays and never changes.

    Every column of `sim.records.PEOPLE` can be read as an attribute. There is no
    `step`: the model's compiled rules move all people at once.
    """

    def __init__(self, model: RecoveryModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    def __getattr__(self, name: str) -> Any:
        table = self.__dict__["model"].people_table if "model" in self.__dict__ else None
        if table is None or name not in table.dtype.names or "row" not in self.__dict__:
            raise AttributeError(f"a person has no '{name}'")
        return table[name][self.row].item()

    @property
    def standing(self) -> str:
        """prospect, customer or former customer."""
        return STATUS[self.status]

    @property
    def belief(self) -> float:
        """Share of the opinion that speaks for the firm."""
        return float(self.good / (self.good + self.bad + W))

    @property
    def disbelief(self) -> float:
        """Share of the opinion that speaks against the firm."""
        return float(self.bad / (self.good + self.bad + W))

    @property
    def uncertainty(self) -> float:
        """Share of the opinion that is not known."""
        return float(W / (self.good + self.bad + W))

    @property
    def trust(self) -> float:
        """Belief, and the base rate where one does not know."""
        return self.belief + float(self.model.psychology.base_rate) * self.uncertainty


class Worker(mesa.Agent):
    """One front-desk worker; `row` is their place in the model's arrays."""

    def __init__(self, model: RecoveryModel, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def hardness(self) -> float:
        """0 warm ... 1 wholly hardened by customers who had to fight."""
        return float(self.model.workers_table["hardness"][self.row])

    @property
    def quits(self) -> int:
        """How often this post was filled anew."""
        return int(self.model.workers_table["quits"][self.row])
