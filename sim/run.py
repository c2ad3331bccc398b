"""One world: one business, one strategy, one seed.

`sim.model` shows it as a Mesa model. Bulk runs play it as it is: to load Mesa takes each process a second.
"""

from __future__ import annotations

import secrets
from typing import Any, Self

import numpy as np

from sim import ledger
from sim.business import Business, load_business
from sim.config import InputError
from sim.inputs import Market
from sim.period import NOW, World, play
from sim.population import Population, populate
from sim.psychology import Psychology
from sim.records import CASES, HORIZONS_YEARS, SERIES, WORKERS, dtype
from sim.remedy import Strategy, Tabulated, tabulate
from sim.rules import event_records, kind_records, rule_numbers, rules_record

PEOPLE_IN_MARKET = 2000
YEARS = 10.0


class Nothing(Strategy):
    """Never answers anything; what the law demands is given all the same."""

    def respond(self, case: Any) -> None:
        """Offer nothing."""


class Run:
    """The customers of one firm over some years.

    People are rows of an array (`people_table`), played by compiled rules. All chance is addressed by `rng`,
    a 64-bit seed: the same seed gives the same world, and the same luck to another
    strategy. None draws a seed and keeps it as `run_seed`.

    With `twin`, nothing fails and no policy stands. A strategy's world is held
    `against` its finished twin for the price of failure. `muted` worlds are those in
    which cases are neither told nor watched. `start` reuses the people of another run
    of the same seed.
    """

    def __init__(
        self,
        business: Business | str = "hotel",
        strategy: Strategy | Tabulated | None = None,
        *,
        psychology: Psychology | None = None,
        rng: int | None = None,
        people: int = PEOPLE_IN_MARKET,
        years: float = YEARS,
        market: Market | None = None,
        start: Population | None = None,
        twin: bool = False,
        muted: bool = False,
        against: Run | None = None,
        keep_cases: bool = False,
    ) -> None:
        seed = secrets.randbits(63) if rng is None else int(rng)
        self.run_seed = seed
        self.business = load_business(business) if isinstance(business, str) else business
        self.psychology = psychology or Psychology()
        self.strategy = strategy if isinstance(strategy, Tabulated) else tabulate(strategy or Nothing(), self.business)
        self.years = years
        self.periods = whole_periods(years, self.business)
        self.twin = twin
        if people < 1:
            raise InputError(f"people = {people} must be at least 1")
        self.population = start or populate(self.business, self.psychology, seed, people, market)
        self.period = 0
        self.running = True
        self._kept_cases: list[np.ndarray] = []
        self._twin = against
        self._world = self._new_world(twin, muted, against, keep_cases)

    def _new_world(self, twin: bool, muted: bool, against: Run | None, keep_cases: bool) -> World:
        business, population = self.business, self.population
        people = len(population.people)
        numbers = rule_numbers(business, self.psychology, population.mean_rate)
        workers = max(1, int(business.front_desk.workers_per_1000 * people / 1000 + 0.5))
        marks = np.zeros((self.periods, people) if twin else (0, 0), np.uint8)
        return World(
            seed=np.uint64(self.run_seed),
            twin=twin,
            muted=muted,
            keep_cases=keep_cases,
            rules=rules_record(numbers, None if twin else self.strategy, population.demand),
            kinds=kind_records(business),
            events=event_records(business),
            offers=self.strategy.offers,
            table=self.strategy.table,
            discount=ledger.discount_factors(
                business.finance.discount_rate_annual, business.periods_per_year, self.periods),
            people=population.people.copy(),
            workers=np.zeros(workers, dtype(WORKERS)),
            tie_start=population.ties.start,
            tie_to=population.ties.to,
            routine=np.zeros((4, people)),
            now=np.zeros(1, NOW),
            case=np.zeros(1, dtype(CASES)),
            series=np.zeros(self.periods, dtype(SERIES)),
            cases=np.zeros(people if keep_cases else 0, dtype(CASES)),
            cases_kept=np.zeros(1, np.int64),
            marks=marks,
            against=against._world.marks if against is not None else np.zeros((0, 0), np.uint8),
            lost=np.zeros(3),
        )

    def step(self) -> None:
        """Play one period.

        For each person:
        1. age: evidence fades
        2. encounter: does a customer come?
        3. failure, or quality
        4. voice: complain, stay silent, or be asked first
        5. recovery: the negotiation
        6. leave
        7. talk
        8. join
        9. claims that are not true
        10. book the money
        Then, for all: what was heard and seen is taken in, workers harden, lost demand
        is refilled, the accounts are closed. The lines stand in the same order in
        `sim/period.py`, the formulas in `docs/model.md`.
        """
        if self.period >= self.periods:
            self.running = False
            return
        self._play(self.period + 1)

    def run(self) -> Self:
        """Play all periods that are left."""
        if self._world.keep_cases:
            while self.period < self.periods:
                self._play(self.period + 1)
        else:
            self._play(self.periods)
        return self

    def _play(self, until: int) -> None:
        play(self._world, self.period, until)
        if self._world.keep_cases:
            self._kept_cases.append(self._world.cases[: self._world.cases_kept[0]].copy())
        self.period = until
        self.running = self.period < self.periods

    @property
    def people_table(self) -> np.ndarray:
        """One record per person (`sim.records.PEOPLE`), as things stand."""
        return self._world.people

    @property
    def workers_table(self) -> np.ndarray:
        """One record per front-desk worker (`sim.records.WORKERS`)."""
        return self._world.workers

    @property
    def series(self) -> np.ndarray:
        """One record per period played (`sim.records.SERIES`)."""
        return self._world.series[: self.period]

    @property
    def cases(self) -> np.ndarray:
        """One record per case so far (`sim.records.CASES`); empty unless kept."""
        return np.concatenate([np.zeros(0, dtype(CASES)), *self._kept_cases])

    def accounts(self) -> dict[str, float]:
        """Present value of each account so far."""
        return ledger.present_values(self.series, self._world.discount)

    def value_by_period(self) -> np.ndarray:
        """Net present value up to the end of each period played."""
        return ledger.cumulative_value(self.series, self._world.discount)

    def outcomes(self) -> dict[str, float]:
        """The row of the table of runs (`sim.records.run_columns`); needs a finished twin to hold against."""
        if self._twin is None:
            raise ValueError("outcomes are measured against a twin: Run(..., against=twin)")
        ppy = self.business.periods_per_year
        mine, twins = self.accounts(), self._twin.accounts()
        value, remedy = ledger.net_present_value(mine), ledger.cost_of_remedy(mine)
        series, people = self.series, self.people_table
        regulars = people[people["status_at_start"] == 1]
        evidence = regulars["good"] + regulars["bad"] + 2
        result = {
            "net_present_value": value,
            "price_of_failure": ledger.net_present_value(twins) - value,
            "cost_of_remedy": remedy,
            "cost_of_churn": ledger.earnings(twins) - ledger.earnings(mine),
            "lost_to_leaving": float(self._world.lost[0]),
            "lost_to_coming_less": float(self._world.lost[1]),
            "lost_to_never_joining": float(self._world.lost[2]),
            "taken_up_by_others": mine["refill"] - twins["refill"],
            **{
                f"net_present_value_year_{year}": ledger.net_present_value(
                    ledger.present_values(series[: year * ppy], self._world.discount))
                for year in HORIZONS_YEARS if year <= self.years + 1e-9
            },
            **{f"account_{name}": amount for name, amount in mine.items()},
            "textbook_cost_of_churn": self._textbook_cost_of_churn(),
            "customers_at_start": len(regulars),
            "customers_at_end": int(series["customers"][-1]),
        }
        for name in ("leavers", "joins", "failures", "voiced", "accepted", "pushes", "told_good", "told_bad", "claims"):
            result[name] = int(series[name].sum())
        trust = (regulars["good"] + 2 * self.psychology.base_rate) / evidence
        result["trust_at_end"] = float(trust.mean()) if len(regulars) else float("nan")
        result["uncertainty_at_end"] = float((2 / evidence).mean()) if len(regulars) else float("nan")
        result["hardness_at_end"] = float(series["hardness"][-1])
        return result

    def _textbook_cost_of_churn(self) -> float:
        """Leavers beyond the twin's times the textbook lifetime value of the twin's average customer."""
        assert self._twin is not None
        twin = self._twin.series
        customer_years = float(twin["customers"].sum()) / self.business.periods_per_year
        excess = int(self.series["leavers"].sum()) - int(twin["leavers"].sum())
        if customer_years == 0 or excess == 0:
            return 0.0
        margin = float(twin["margin"].sum()) / customer_years
        retention = max(0.0, 1 - float(twin["leavers"].sum()) / customer_years)
        rate = self.business.finance.discount_rate_annual
        if retention >= 1 + rate:
            # nobody leaves the twin and money keeps its worth: the textbook's customer is worth without end
            return float("nan")
        return excess * ledger.lifetime_value(margin, retention, rate)


def whole_periods(years: float, business: Business) -> int:
    """The horizon in periods; InputError where it is not a whole, positive number of them."""
    periods = years * business.periods_per_year
    if periods < 1 or abs(periods - round(periods)) > 1e-6:
        raise InputError(f"years = {years:g} is not a whole number of {business.period}s, at least one")
    return round(periods)
