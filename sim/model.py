"""The world as a Mesa model."""

from __future__ import annotations

import secrets
from typing import Any

import mesa

from sim.agents import Person, Worker
from sim.business import Business
from sim.remedy import Strategy, Tabulated
from sim.run import Run


class RecoveryModel(Run, mesa.Model):
    """`sim.run.Run` as Mesa knows models: with `agents`, `step`, `running`; the settings and the numbers are the same.

    `agents` shows people and workers as Mesa agents when somebody asks.
    """

    def __init__(self, business: Business | str = "hotel", strategy: Strategy | Tabulated | None = None, *,
                 rng: int | None = None, **settings: Any) -> None:
        seed = secrets.randbits(63) if rng is None else int(rng)
        mesa.Model.__init__(self, rng=seed)
        Run.__init__(self, business, strategy, rng=seed, **settings)
        self._seen_as_agents = False

    @property
    def agents(self) -> Any:
        """People and workers as Mesa agents: views on the rows, made when first asked for."""
        if not self._seen_as_agents:
            self._seen_as_agents = True
            for row in range(len(self.people_table)):
                Person(self, row)
            for row in range(len(self.workers_table)):
                Worker(self, row)
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The same views by type."""
        if not self._seen_as_agents:
            _ = self.agents
        return super().agents_by_type
