"""One person's life in one world, replayed by the very rules that played it.

The world is played once more from its seed, and the person's row is kept after every
period. Of the period of the case, the world is copied at the start. To learn how an
earlier round of the negotiation was felt, that one period is played again from the copy
with a person who gives up after so many pushes: all else, the luck included, is the same,
and so the case ends where in truth it went on. Whom somebody told is found by letting them
tell once more, in a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.chance import CASE, CASE_TALK, block, count, uniform
from sim.ledger import net_present_value
from sim.period import World, play
from sim.remedy import Remedy, Tabulated
from sim.run import Run
from sim.talk import _tell

NEVER = -1


@dataclass(frozen=True)
class Round:
    """One round: the whole offer, and the case as it would stand had it ended there."""

    remedy: Remedy
    case: np.void
    handling: float
    """what this round alone cost the desk"""


@dataclass
class Telling:
    """Who heard of the case from this person."""

    valence: int = 0
    """1 good, -1 bad, 0 not worth telling"""
    times: int = 0
    """tellings, those that reached nobody included"""
    friends: set[int] = field(default_factory=set)
    strangers: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)
    """those of both who were customers when they heard it"""

    @property
    def people(self) -> int:
        """How many people heard it."""
        return len(self.friends | self.strangers)


@dataclass(frozen=True)
class Worth:
    """What a person was worth over the run, at present value; costs as positive numbers.

    The table of people keeps margin, remedies and acquisition; handling is summed over the
    person's failures, the promise over paid encounters. False claims are left out.
    """

    margin: float
    remedies: float
    handling: float
    promise: float
    acquisition: float

    @property
    def total(self) -> float:
        """What is left."""
        return self.margin - self.remedies - self.handling - self.promise - self.acquisition


@dataclass(frozen=True)
class Life:
    """One person in one strategy's world (or in the twin, where nothing fails)."""

    rows: np.ndarray
    """the person's row at the start, then after every period"""
    cases: np.ndarray
    """all failures that this person met"""
    worth: Worth

    @property
    def paid(self) -> np.ndarray:
        """Whether there was a paid encounter, by period."""
        return np.asarray((self.rows["present"][1:] == 1) & ~self.redeemed)

    @property
    def redeemed(self) -> np.ndarray:
        """Whether a certificate was redeemed, by period."""
        return np.asarray(self.rows["voucher_period"][:-1] == np.arange(len(self.rows) - 1))


@dataclass(frozen=True)
class Replay(Life):
    """A life with the case of one period in full."""

    strategy: Tabulated
    period: int
    case: np.void
    rounds: tuple[Round, ...]
    told: Telling
    hardness: float
    """of the worker, when the case was opened"""
    firm: float
    """net present value of the whole run, all people together"""

    @property
    def status_before(self) -> int:
        """0 prospect, 1 customer, 2 former customer when it happened."""
        return int(self.rows["status"][self.period])

    @property
    def status_at_end(self) -> int:
        """The same when the run ends."""
        return int(self.rows["status"][-1])

    def _first(self, status: int, before: int, start: int) -> int:
        """The first period from `start` on that turned one status into another."""
        now, was = self.rows["status"][1:], self.rows["status"][:-1]
        turned = np.nonzero((now == status) & (was == before))[0]
        turned = turned[turned >= start]
        return int(turned[0]) if len(turned) else NEVER

    @property
    def left(self) -> int:
        """The period in which the person left, from the case on; -1 if never."""
        return self._first(2, 1, self.period)

    @property
    def returned(self) -> int:
        """The period in which the person became a customer again after that; -1 if never."""
        start = self.period if self.status_before != 1 else self.left
        return NEVER if start == NEVER else max(self._first(1, 2, start), self._first(1, 0, start))

    @property
    def visits(self) -> list[int]:
        """Periods of the paid encounters after the case."""
        return [int(k) for k in np.nonzero(self.paid)[0] if k > self.period]

    @property
    def came(self) -> list[int]:
        """Periods of all encounters after the case, those on a certificate among them."""
        return [int(k) for k in np.nonzero(self.rows["present"][1:])[0] if k > self.period]

    @property
    def certificate(self) -> int:
        """The first period after the case in which a certificate was redeemed; -1 if never."""
        found = [int(k) for k in np.nonzero(self.redeemed)[0] if k > self.period]
        return found[0] if found else NEVER

    @property
    def failures_after(self) -> int:
        """Further failures after the case."""
        return int((self.cases["period"] > self.period).sum())


def live(model: Run, person: int) -> Life:
    """Play a world from its start to its end and watch one person."""
    rows = [model.people_table[person:person + 1].copy()]
    while model.period < model.periods:
        model.step()
        rows.append(model.people_table[person:person + 1].copy())
    return _life(model, person, np.concatenate(rows))


def replay(model: Run, person: int, period: int) -> Replay:
    """The same, and the person's case of that period in full; the model must keep its cases."""
    rows = [model.people_table[person:person + 1].copy()]
    before, told, until = _copy(model), Telling(), 0
    while model.period < model.periods:
        if model.period == period:
            before = _copy(model)
        model.step()
        t, row = model.period - 1, model.people_table[person:person + 1].copy()
        rows.append(row)
        if t == period and row["talk_until"][0] == t + int(_rules(model)["talk_periods"]):
            told.valence, until = int(row["talk_valence"][0]), int(row["talk_until"][0])
        if period <= t < until and row["talk_until"][0] == until:
            _tell_again(model, person, t, told)
    life = _life(model, person, np.concatenate(rows))
    case = life.cases[life.cases["period"] == period][0]
    return Replay(life.rows, life.cases, life.worth, model.strategy, period, case,
                  tuple(_rounds(model, before, case)), told, float(before.workers["hardness"][case["worker"]]),
                  net_present_value(model.accounts()))


def _life(model: Run, person: int, rows: np.ndarray) -> Life:
    cases = model.cases
    cases = cases[(cases["person"] == person) & (cases["false_claim"] == 0)]
    world, rules = _world(model), _rules(model)
    last = rows[-1]
    spoken = float((world.discount[cases["period"]] * cases["handling"]).sum())
    worth = Worth(float(last["margin_pv"]), float(last["remedies_pv"]), spoken, 0.0, float(last["acquisition_pv"]))
    life = Life(rows, cases, worth)
    if rules["promise"]:
        promised = float(world.discount[life.paid].sum() * rules["promise_cost"])
        life = Life(rows, cases, Worth(worth.margin, worth.remedies, spoken, promised, worth.acquisition))
    return life


def worths(model: Run, paid: np.ndarray) -> np.ndarray:
    """What every person was worth, as `Worth` of one; `paid`: (periods, people), a paid encounter."""
    people, world, rules, cases = model.people_table, _world(model), _rules(model), model.cases
    cases = cases[cases["false_claim"] == 0]
    spoken = np.bincount(cases["person"], world.discount[cases["period"]] * cases["handling"], len(people))
    promised = world.discount[:len(paid)] @ paid * rules["promise_cost"] if rules["promise"] else 0.0
    return np.asarray(people["margin_pv"] - people["remedies_pv"] - people["acquisition_pv"] - spoken - promised)


def _rounds(model: Run, before: World, case: np.void) -> list[Round]:
    """Every round of a case, the last as it was."""
    if case["offer"] < 0:
        return []
    person, period = int(case["person"]), int(case["period"])
    u = uniform(block(np.uint64(model.run_seed), CASE, person, period, 1)[0])
    rounds: list[Round] = []
    for pushes in range(int(case["pushes"]) + 1):
        world = _copied(before)
        # floor(log(u) / log(persistence)) is then `pushes`, whatever this person's patience was.
        world.people["persistence"][person] = u ** (1 / (pushes + 0.5))
        play(world, period, period + 1)
        kept = world.cases[: world.cases_kept[0]]
        ended = case if pushes == case["pushes"] else kept[(kept["person"] == person) & (kept["false_claim"] == 0)][0]
        spent = float(rounds[-1].case["handling"]) if rounds else 0.0
        rounds.append(Round(model.strategy.remedies[int(ended["offer"])][1], ended, float(ended["handling"]) - spent))
    return rounds


def _tell_again(model: Run, person: int, period: int, told: Telling) -> None:
    """Add whom the person told in a period just played."""
    world = _copy(model)
    world.now["row"] = person  # whose turn it is
    rate = float(world.people["talk_rate"][person])
    times = count(rate, uniform(block(np.uint64(model.run_seed), CASE_TALK, person, period, 0)[0]))
    _tell(world, world.rules[0], world.people[person], world.now[0], world.series[period], told.valence, times,
          CASE_TALK, 1, period)
    heard = {int(row) for row in np.nonzero(world.people["told"])[0]}
    ties = set(world.tie_to[world.tie_start[person]:world.tie_start[person + 1]].tolist())
    told.times += times
    told.friends |= heard & ties
    told.strangers |= heard - ties
    told.customers |= {row for row in heard if world.people["status"][row] == 1}


def _world(model: Run) -> World:
    return model._world


def _rules(model: Run) -> np.void:
    """The numbers the rules read."""
    rules: np.void = _world(model).rules[0]
    return rules


def _copy(model: Run) -> World:
    return _copied(_world(model))


def _copied(world: World) -> World:
    """A world on which the rules may write without touching the first."""
    written = ("people", "workers", "now", "case", "series", "cases", "cases_kept", "lost")
    return world._replace(**{name: getattr(world, name).copy() for name in written})
