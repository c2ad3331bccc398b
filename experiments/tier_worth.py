"""The most that one complaint is worth spending on: what resolving it brings, by the customer's value.

Everything comes from paired runs. What a strategy brings beside its spending (`margin + refill -
acquisition`, present value) is held against the other strategy's, and divided by the cases answered,
each discounted to today: so much more could be spent on each case, in the money of its day, before
the better answers no longer pay. By tier, only the customers of that tier get the second strategy's
answers, everybody else the first one's; standing policies (speaking first, the promise) are the
second strategy's in all of these worlds, so that nothing but the answers differs. Friends who hear
of it, of whatever tier, are counted in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from experiments.estimates import Estimate, t_quantile
from experiments.pairing import Asked, tables
from sim.remedy import VALUES, Tabulated


@dataclass(frozen=True)
class Worth:
    """For one tier, or for `all`: per case answered, more than under the first strategy."""

    tier: str
    worth: Estimate
    """the most that could be spent"""
    spent: Estimate
    """what the second strategy does spend"""
    cases: float
    """cases answered per run"""

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {"tier": self.tier, "worth": self.worth.to_dict(), "spent": self.spent.to_dict(),
                "cases_per_run": self.cases}


@dataclass(frozen=True)
class WorthTask:
    """A block of runs of the five or six worlds that it takes."""

    asked: Asked
    block: range

    @property
    def runs(self) -> int:
        """How many runs."""
        return len(self.block)

    def singly(self) -> Sequence[Self]:
        """The same runs, one task each."""
        return [replace(self, block=range(run, run + 1)) for run in self.block]

    def play(self) -> list[dict[str, float]]:
        """One row per run: earnings, spending and discounted cases of each world."""
        from sim.chance import run_seed
        from sim.population import populate

        asked = self.asked
        first, second = tables(asked.business, asked.strategies)
        worlds = {"first": first, "all": second, "none": mixed(first, second, None)}
        worlds |= {tier: mixed(first, second, number) for number, tier in enumerate(VALUES)}
        rows = []
        for run in self.block:
            luck = run_seed(asked.seed, run)
            start = populate(asked.business, asked.psychology, luck, asked.people)
            row: dict[str, float] = {"run": run}
            for name, answers in worlds.items():
                row |= {f"{name}.{key}": value for key, value in self._world(answers, luck, start, name).items()}
            rows.append(row)
        return rows

    def _world(self, answers: Tabulated, luck: int, start: Any, name: str) -> dict[str, float]:
        from sim.ledger import cost_of_remedy, discount_factors, earnings
        from sim.run import Run

        counted = name not in ("first", "none")
        asked = self.asked
        model = Run(asked.business, answers, psychology=asked.psychology, rng=luck, people=asked.people,
                    years=asked.years, start=start, keep_cases=counted).run()
        accounts = model.accounts()
        result = {"earned": earnings(accounts), "spent": cost_of_remedy(accounts)}
        if counted:
            cases = model.cases
            answered = (cases["false_claim"] == 0) & ((cases["voiced"] == 1) | (cases["detected"] == 1))
            if name in VALUES:
                answered &= cases["tier"] == VALUES.index(name)
            factors = discount_factors(asked.business.finance.discount_rate_annual, asked.business.periods_per_year,
                                       model.periods)
            result["cases"] = float(np.sum(answered))
            result["discounted"] = float(np.sum(factors[cases["period"][answered]]))
        return result


def mixed(first: Tabulated, second: Tabulated, tier: int | None) -> Tabulated:
    """The second strategy's policies, its answers for one tier (None: for nobody), the first one's for the rest."""
    table = first.table.reshape(first.shape).copy()
    if tier is not None:
        table[:, tier] = second.table.reshape(second.shape)[:, tier] + len(first.offers)
    return replace(second, table=table.ravel(), offers=np.concatenate([first.offers, second.offers]),
                   spelling=f"{second.spelling} for {'nobody' if tier is None else VALUES[tier]}")


def worths(rows: Sequence[dict[str, float]]) -> Iterator[Worth]:
    """From rows to what a case is worth, per tier and over all; tiers without cases are left out."""
    if len(rows) < 2:
        return

    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in rows])

    for tier, base in (("all", "first"), *((tier, "none") for tier in VALUES)):
        number = column(f"{tier}.discounted")
        if number.sum() > 0:
            yield Worth(tier, _ratio(column(f"{tier}.earned") - column(f"{base}.earned"), number),
                        _ratio(column(f"{tier}.spent") - column(f"{base}.spent"), number),
                        float(np.mean(column(f"{tier}.cases"))))


def _ratio(above: np.ndarray, below: np.ndarray) -> Estimate:
    """The ratio of two means over the same runs, with its 95 % interval (delta method)."""
    count, mean = len(above), float(np.mean(below))
    ratio = float(np.mean(above)) / mean
    half = t_quantile(count - 1) * float(np.std(above - ratio * below, ddof=1)) / mean / count**0.5
    return Estimate(ratio, ratio - half, ratio + half)
