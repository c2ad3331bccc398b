"""For which values of which number does the answer flip?

    from experiments.breakeven import breakeven

    answer = breakeven("hotel", "minimum", "full")
    print(answer.flips[0])

Every number with a range is moved alone, all others as they are today, with the same
runs throughout. `experiments.switchpoint` finds the value, `experiments.tier_worth` says
what a complaint is worth spending on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from experiments.estimates import Estimate, estimate
from experiments.pairing import Asked, differences
from experiments.parameters import Parameter, changed, parameters
from experiments.runner import cores, spread
from experiments.switchpoint import Switch, remembered, switches, unclear_ends
from experiments.tier_worth import Worth, WorthTask, worths
from sim.business import Business
from sim.config import InputError
from sim.psychology import STATUS

RUNS, PEOPLE = 40, 1000


@dataclass(frozen=True)
class Search:
    """The whole search along one number: one piece of work, so that workers never change a result."""

    asked: Asked
    parameter: Parameter
    today: np.ndarray
    """the differences at today's value"""
    runs: int = 1

    def singly(self) -> Sequence[Self]:
        """It cannot be split."""
        return [self]

    def play(self) -> Along:
        """Search."""
        asked, p = self.asked, self.parameter

        def play(value: float, runs: range) -> np.ndarray:
            business, psychology = changed(asked.business, asked.psychology, p.key, value)
            return differences(business, psychology, asked.strategies, people=asked.people, years=asked.years,
                               seed=asked.seed, runs=runs)

        difference = remembered(play, {p.today: self.today})
        found = switches(difference, p.low, p.today, p.high, runs=asked.runs, today_values=self.today, whole=p.whole)
        unclear = unclear_ends(difference, p.low, p.today, p.high, runs=asked.runs, today_values=self.today)
        return Along(p, tuple(found), unclear=tuple(unclear))


@dataclass(frozen=True)
class Flip:
    """One switch point: beyond `value` another strategy wins than before it."""

    parameter: Parameter
    switch: Switch
    winner: str
    """who is ahead beyond it, seen from today"""
    back: bool = False
    """whether the answer flips back there: who is ahead today is ahead again"""

    @property
    def word(self) -> str:
        """Where, from today's value, the winner wins."""
        return "below" if self.switch.value < self.parameter.today else "above"

    @property
    def away(self) -> float:
        """How far it is from today's value, as a share of the range."""
        return abs(self.switch.value - self.parameter.today) / self.parameter.width


@dataclass(frozen=True)
class Along:
    """What was found along one number."""

    parameter: Parameter
    switches: tuple[Switch, ...]
    failed: str = ""
    unclear: tuple[float, ...] = ()
    """ends of the range at which today's leader is ahead, but not clearly"""

    def flips(self, strategies: tuple[str, str], leader: str) -> list[Flip]:
        """The switch points between these strategies; `leader` is ahead today."""
        found = []
        for switch in self.switches:
            winner = strategies[1 if switch.beyond(self.parameter.today) > 0 else 0]
            found.append(Flip(self.parameter, switch, winner, winner == leader))
        return found


@dataclass(frozen=True)
class SwitchPoints:
    """The answer: flips, the nearest first, the numbers along which nothing flips, and what a complaint is worth."""

    asked: Asked
    today: Estimate
    """the second strategy minus the first, net present value"""
    along: tuple[Along, ...]
    worth: tuple[Worth, ...]
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def leader(self) -> str:
        """Who is ahead today by the mean."""
        return self.asked.strategies[1 if self.today.mean >= 0 else 0]

    @property
    def flips(self) -> list[Flip]:
        """Sorted by nearness to today's value, as a share of the range."""
        found = [flip for one in self.along for flip in one.flips(self.asked.strategies, self.leader)]
        return sorted(found, key=lambda flip: (flip.away, flip.parameter.key))

    @property
    def none_in_range(self) -> list[Parameter]:
        """Numbers along which the answer stays."""
        return [one.parameter for one in self.along if not one.switches and not one.failed]

    @property
    def unclear(self) -> dict[str, tuple[float, ...]]:
        """Of the numbers along which nothing flips: the ends of the range at which this is not clear."""
        return {one.parameter.key: one.unclear for one in self.along if one.unclear and not one.switches}

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        asked, unclear = self.asked, self.unclear
        return {
            "status": STATUS, "business": asked.business.name, "currency": asked.business.currency,
            "strategies": list(asked.strategies), "runs": asked.runs, "people": asked.people, "years": asked.years,
            "seed": asked.seed, "today": self.today.to_dict(), "leader": self.leader,
            "flips": [{"parameter": f.parameter.key, "meaning": f.parameter.meaning, "today": f.parameter.today,
                       "range": [f.parameter.low, f.parameter.high], "value": f.switch.value, "low": f.switch.low,
                       "high": f.switch.high, "may_lie_below_range": f.switch.below_range,
                       "may_lie_above_range": f.switch.above_range, "interval_holds_today": f.switch.holds_today,
                       "wins": f.winner, "where": f.word, "away_share_of_range": f.away,
                       "note": f.parameter.note} for f in self.flips],
            "none_in_range": [{"parameter": p.key, "today": p.today, "range": [p.low, p.high],
                               "not_clear_at": list(unclear.get(p.key, ())), "note": p.note}
                              for p in self.none_in_range],
            "failed": self.failed,
            "worth_of_a_complaint": [one.to_dict() for one in self.worth],
        }


def _perform(task: Search | WorthTask) -> Along | list[dict[str, float]]:
    """Carry out one piece of work: what worker processes run."""
    return task.play()


def _killed(task: Search | WorthTask) -> Along | list[dict[str, float]]:
    if isinstance(task, Search):
        return Along(task.parameter, (), "its worker process was killed, twice (out of memory?)")
    return []


def breakeven(
    business: str | Business = "hotel",
    one: str = "minimum",
    other: str = "full",
    *,
    only: Sequence[str] = (),
    with_psychology: bool = False,
    runs: int = RUNS,
    people: int = PEOPLE,
    years: float = 10,
    seed: int = 1,
    workers: int | None = None,
    settings: Iterable[str] | Mapping[str, Any] = (),
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> SwitchPoints:
    """Find where the answer flips; raises InputError for what cannot be asked.

    `only` names the numbers to move (dotted keys; default: all with a range), `with_psychology`
    adds the constants of human nature. `progress(done, total)` counts numbers searched.
    """
    from experiments.design import ask

    question = ask(business, (one, other), runs=runs, people=people, years=years, seed=seed, settings=settings)
    workers = cores() if workers is None else workers
    if workers < 1:
        raise InputError(f"--workers {workers}: must be at least 1")
    if runs < 4:
        raise InputError(f"--runs {runs}: a switch point needs at least 4 runs")
    point = question.point
    asked = Asked(point.business, point.psychology, (one, other), point.people, point.years, seed, runs)
    chosen = parameters(asked.business, asked.psychology, with_psychology, only)
    total = len(chosen) + runs
    progress(0, total)
    # At home and first: it also leaves the compiled rules where the workers find them.
    at_today = differences(asked.business, asked.psychology, asked.strategies, people=asked.people, years=asked.years,
                           seed=seed, runs=range(runs))
    tasks: deque[Search | WorthTask] = deque(
        WorthTask(asked, range(first, min(runs, first + 5))) for first in range(0, runs, 5))
    tasks.extend(Search(asked, parameter, at_today) for parameter in chosen)
    done, found = 0, dict[str, Along]()
    rows: list[dict[str, float]] = []
    with closing(spread(tasks, workers=workers, work=_perform, killed=_killed)) as results:  # type: ignore[type-var]
        for result in results:
            if isinstance(result, Along):
                found[result.parameter.key] = result
            else:
                rows += result
            done += 1 if isinstance(result, Along) else len(result)
            progress(done, total)
    along = tuple(found[parameter.key] for parameter in chosen)
    rows.sort(key=lambda row: row["run"])
    failed = {a.parameter.key: a.failed for a in along if a.failed}
    if not math.isfinite(float(np.sum(at_today))):
        raise InputError("the net present value is not a finite number in some run")
    return SwitchPoints(asked, estimate(at_today), along, tuple(worths(rows)), failed)
