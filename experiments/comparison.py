"""The main question: what do these strategies cost a firm, and which is better, and how sure is that?

`compare` asks it, `Answer` holds what came out: the rows of all runs, and estimates
over runs with their intervals.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from experiments import estimates
from experiments.design import DEFAULT_SEED, Comparison, Task, ask
from experiments.estimates import Estimate, average, intervals
from experiments.replication import FACTOR, MUTED, STRATEGY, Failure
from experiments.runner import carry_out, cores
from experiments.store import KEPT, Store, Table, json_bytes, replaced
from experiments.unknown import RUNS_PER_DRAW, Unknown
from experiments.verdict import Finding, verdict
from sim.business import Business
from sim.config import InputError
from sim.psychology import STATUS
from sim.records import ACCOUNTS, HORIZONS_YEARS, SCHEMA_VERSION
from sim.remedy import Strategy, Tabulated

PRECISION = 0.05
"""The half width asked for, as a share of the difference, when saying how many runs would be needed."""

TOTALS = ("net_present_value", "price_of_failure", "cost_of_remedy", "cost_of_churn")
DETAILS = ("lost_to_leaving", "lost_to_coming_less", "lost_to_never_joining", "taken_up_by_others",
           "textbook_cost_of_churn", "leavers", "joins", "failures", "voiced", "accepted", "pushes", "claims",
           "customers_at_end", "trust_at_end", "uncertainty_at_end", "hardness_at_end")


class RunsFailed(Exception):
    """Too few runs could be played to say anything; `failures` says why."""

    def __init__(self, failures: Sequence[Failure], runs: int) -> None:
        self.failures = list(failures)
        first = failures[0]
        super().__init__(f"{len(failures)} of {runs} runs failed; the first, run {first.run} with seed "
                         f"{first.run_seed}: {first.message}")


@dataclass(frozen=True)
class Difference:
    """One strategy minus another, run by run."""

    of: str
    minus: str
    net_present_value: Estimate
    """with the interval of what is not known; where nothing was drawn, of luck alone"""
    luck: Estimate
    """the same mean with the interval of luck alone"""
    one_firm: Estimate
    """the same mean with the interval of what one firm of this size will see"""
    average: Estimate
    """the same mean with its own interval, over worlds drawn and luck: what a bet on it is worth"""
    by_year: dict[str, Estimate]
    average_by_year: dict[str, Estimate]
    cost_of_remedy: Estimate
    cost_of_churn: Estimate
    share_won: float
    share_tied: float
    variance_saved_by_pairing: float | None
    runs_needed: int | None
    """runs in all for a half width of 5 % of the difference, of its average"""
    runs_to_tell: int | None
    """runs in all for an interval as wide as the difference: enough to tell its sign; None where more tell no more"""
    attribution: dict[str, Estimate] | None
    """parts of the difference, on average"""
    attribution_runs: int
    per_1000_customers: Estimate


@dataclass(frozen=True)
class Answer:
    """What came out: `verdict` in one sentence, `rows` run by run, `folder` where it all lies."""

    question: Comparison
    rows: Table
    folder: Path
    failures: tuple[Failure, ...] = ()

    @cached_property
    def runs(self) -> int:
        """Paired runs that the answer rests on."""
        return len(self.run_numbers)

    @cached_property
    def run_numbers(self) -> np.ndarray:
        """The runs played, ascending."""
        return np.asarray(np.unique(self.rows["run"]))

    def values(self, arm: str, column: str, role: str = STRATEGY) -> np.ndarray:
        """One number per run, in the order of the runs."""
        chosen = (self.rows["arm"] == arm) & (self.rows["role"] == role)
        return np.asarray(self.rows[column][chosen], float)

    @cached_property
    def draws(self) -> np.ndarray | None:
        """Of each run the number of its draw; None where every number is as written."""
        return None if self.question.point.unknown is None else self.run_numbers // RUNS_PER_DRAW

    def of_values(self, values: np.ndarray) -> Estimate:
        """Mean and interval of one number per run: of what is not known, or, where nothing was drawn, of luck."""
        return intervals(values, self.draws).unknown

    def estimate(self, arm: str, column: str) -> Estimate:
        """Mean and interval of a column of the table of runs."""
        return self.of_values(self.values(arm, column))

    def word_of_mouth(self, arm: str) -> Estimate:
        """The part of the cost of churn that goes when talk of cases and witnesses are muted."""
        return self.of_values(self.values(arm, "cost_of_churn") - self.values(arm, "cost_of_churn", MUTED))

    def per_1000(self, arm: str, column: str) -> Estimate:
        """The same per 1,000 customers at the start."""
        return self.of_values(1000 * self.values(arm, column) / self.values(arm, "customers_at_start"))

    @property
    def years(self) -> list[int]:
        """The horizons at which the answer is shown."""
        return [year for year in HORIZONS_YEARS if f"net_present_value_year_{year}" in self.rows]

    @cached_property
    def customers_at_start(self) -> float:
        """Mean over runs."""
        return float(np.mean(self.values(self.question.arms[0], "customers_at_start")))

    @cached_property
    def differences(self) -> list[Difference]:
        """Every pair, the later minus the earlier."""
        arms = self.question.arms
        return [self.difference(arms[j], arms[i]) for i in range(len(arms)) for j in range(i + 1, len(arms))]

    def difference(self, of: str, minus: str) -> Difference:
        """`of` minus `minus`, run by run."""
        def apart(column: str) -> np.ndarray:
            return np.asarray(self.values(of, column) - self.values(minus, column))

        gain = apart("net_present_value")
        whole = intervals(gain, self.draws)
        by_year = {str(year): apart(f"net_present_value_year_{year}") for year in self.years}
        attribution, attribution_runs = self._attribution(of, minus)
        return Difference(
            of, minus, whole.unknown, whole.luck, whole.one_firm, average(gain, self.draws),
            {year: self.of_values(values) for year, values in by_year.items()},
            {year: average(values, self.draws) for year, values in by_year.items()},
            self.of_values(apart("cost_of_remedy")), self.of_values(apart("cost_of_churn")),
            float(np.mean(gain > 0)), float(np.mean(gain == 0)),
            estimates.variance_saved(self.values(of, "net_present_value"), self.values(minus, "net_present_value")),
            self._runs_needed(gain),
            estimates.runs_needed(gain, abs(float(np.mean(gain)))) if self.draws is None else None,
            attribution, attribution_runs,
            self.of_values(1000 * gain / self.values(minus, "customers_at_start")),
        )

    def _runs_needed(self, gain: np.ndarray) -> int | None:
        means = estimates.per_draw(gain, self.draws)
        needed = estimates.runs_needed(means, PRECISION * abs(float(np.mean(gain)))) if len(means) > 1 else None
        return needed if needed is None or self.draws is None else RUNS_PER_DRAW * needed

    def _attribution(self, of: str, minus: str) -> tuple[dict[str, Estimate] | None, int]:
        """The difference between `full` and `minimum` shared out among what changes, where that was played."""
        every = frozenset(self.question.factors)
        if {of, minus} != {"minimum", "full"} or not every:
            return None, 0
        corner_runs = np.unique(self.rows["run"][self.rows["role"] == FACTOR])
        if len(corner_runs) < 2:
            return None, 0
        played = np.isin(self.run_numbers, corner_runs)
        value = "net_present_value"
        corners = {some: self.values("+".join(sorted(some)), value, FACTOR) for some in self.question.inner_corners}
        corners[frozenset()] = self.values("minimum", value)[played]
        corners[every] = self.values("full", value)[played]
        turn = 1 if of == "full" else -1
        parts = estimates.shapley(corners, self.question.factors)
        draws = None if self.draws is None else self.draws[played]
        return {factor: average(turn * part, draws) for factor, part in parts.items()}, len(corner_runs)

    @cached_property
    def finding(self) -> Finding:
        """What can be said for sure, as data."""
        point = self.question.point
        means = {arm: self.estimate(arm, "net_present_value").mean for arm in self.question.arms}
        return Finding(point.business.currency, point.years, means, tuple(self.differences),
                       drawn=point.unknown is not None)

    @cached_property
    def verdict(self) -> str:
        """The answer in one sentence, which says when it is not clear or depends on the horizon."""
        return verdict(self.finding, self.runs)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON; money is present value of the whole firm in its currency."""
        point = self.question.point
        chosen = (self.rows["arm"] == self.question.arms[0]) & (self.rows["role"] == STRATEGY)
        return {
            "schema_version": SCHEMA_VERSION,
            "status": STATUS,
            "business": point.business.name,
            "seed": point.seed,
            "run_seeds": self.rows["run_seed"][chosen].tolist(),
            "runs": self.runs,
            "failed_runs": [failure.run for failure in self.failures],
            "people": point.people,
            "customers_at_start": self.customers_at_start,
            "years": point.years,
            "period": point.business.period,
            "currency": point.business.currency,
            "drawn": _drawn(point.unknown),
            "strategies": {arm: self._strategy(arm) for arm in self.question.arms},
            "differences": [_difference(difference, self.runs) for difference in self.differences],
            "verdict": self.verdict,
        }

    def _strategy(self, arm: str) -> dict[str, Any]:
        known = {**{name: self.estimate(arm, name).to_dict() for name in (*TOTALS, *DETAILS)}}
        return {
            **known,
            "cost_of_churn_by_word_of_mouth": self.word_of_mouth(arm).to_dict(),
            "accounts": {name: self.estimate(arm, f"account_{name}").to_dict() for name in ACCOUNTS},
            "net_present_value_by_year": {
                str(year): self.estimate(arm, f"net_present_value_year_{year}").to_dict() for year in self.years},
            "per_1000_customers": {name: self.per_1000(arm, name).to_dict() for name in TOTALS},
        }


def _difference(d: Difference, runs: int) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "of": d.of,
        "minus": d.minus,
        "net_present_value": d.net_present_value.to_dict(),
        "luck": d.luck.to_dict(),
        "one_firm": d.one_firm.to_dict(),
        "average": d.average.to_dict(),
        "by_year": {year: e.to_dict() for year, e in d.by_year.items()},
        "cost_of_remedy": d.cost_of_remedy.to_dict(),
        "cost_of_churn": d.cost_of_churn.to_dict(),
        "share_won": d.share_won,
        "share_tied": d.share_tied,
        "variance_saved_by_pairing": d.variance_saved_by_pairing,
        "precision": {"half_width_share": PRECISION, "runs_needed": d.runs_needed,
                      "more_runs_needed": None if d.runs_needed is None else max(0, d.runs_needed - runs),
                      "runs_to_tell_the_sign": d.runs_to_tell},
        "per_1000_customers": {"net_present_value": d.per_1000_customers.to_dict()},
    }
    if d.attribution is not None:
        plain["attribution"] = {factor: e.to_dict() for factor, e in d.attribution.items()}
        plain["attribution_runs"] = d.attribution_runs
    return plain


def _drawn(unknown: Unknown | None) -> dict[str, Any] | None:
    """What was drawn: intervals named low and high are then of what is not known, else of luck."""
    if unknown is None:
        return None
    return {"runs_per_draw": RUNS_PER_DRAW, "numbers": len(unknown.numbers),
            "sets_of_constants": len(unknown.constants), "known": list(unknown.known)}


def _ignore(*_: Any) -> None:
    """Tell nobody."""


def compare(
    business: str | Business = "hotel",
    strategies: Sequence[str | Strategy | Tabulated] = ("minimum", "full"),
    *,
    runs: int = 100,
    people: int | None = None,
    years: float = 10,
    seed: int = DEFAULT_SEED,
    workers: int | None = None,
    settings: Iterable[str] | Mapping[str, Any] = (),
    customers: str | Path | None = None,
    network: str | Path | None = None,
    out: str | Path | None = None,
    fixed: bool = False,
) -> Answer:
    """Play strategies against each other in paired runs and keep everything under `out` (default `results/`).

    What is not known of the firm and of people is drawn for every two runs
    (`experiments.unknown`), but for what `settings` set; `fixed` keeps every number as
    written, so that the intervals are those of luck alone.

    `people` is the size of the market (default 2,000, or what the files say), `years` the
    horizon, `seed` the master seed, `workers` the number of processes (default: all
    processors; the answer is the same for any). Raises InputError for what cannot be
    asked, RunsFailed where fewer than two runs could be played.
    """
    question = ask(business, strategies, runs=runs, people=people, years=years, seed=seed, settings=settings,
                   customers=customers, network=network, draw=not fixed)
    return answer(question, out=out, workers=workers)


def answer(
    question: Comparison,
    *,
    out: str | Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], object] = _ignore,
    tell: Callable[[str], object] = _ignore,
) -> Answer:
    """Play what is not kept yet, and read the answer from what is kept.

    `progress(done, total)` is called with numbers of runs, `tell` with a sentence now and
    then. An interruption loses at most the blocks that are being played.
    """
    workers = cores() if workers is None else workers
    if workers < 1:
        raise InputError(f"--workers {workers}: must be at least 1")
    store = Store(question, out)
    missing = store.missing()
    if missing:
        _play(store, missing, workers, progress, tell)
    failures = store.failures()
    if question.runs - len(failures) < 2:
        raise RunsFailed(failures, question.runs)
    try:
        store.finish()
        result = Answer(question, store.table(), store.folder, tuple(failures))
        _show(result)
    except OSError as error:
        raise InputError(f"{store.folder} cannot be written: {error.strerror}. {KEPT}") from None
    return result


def _play(store: Store, missing: list[int], workers: int, progress: Callable[[int, int], object],
          tell: Callable[[str], object]) -> None:
    from sim.compiled import is_warm

    question, total = store.question, len(missing)
    done = 0
    progress(done, total)
    if not is_warm():
        # One run here first, so that the workers find the compiled rules instead of each compiling them.
        tell("Compiling the rules (once; about half a minute)")
        batches = [([Task(question.played_point, missing[0], 1, question.corner_runs)], 1),
                   (question.tasks(missing[1:], workers), workers)]
    else:
        batches = [(question.tasks(missing, workers), workers)]
    for tasks, processes in batches:
        with contextlib.closing(carry_out(tasks, workers=processes)) as blocks:  # type: ignore[type-var]
            for block in blocks:
                try:
                    store.keep(block)
                except OSError as error:
                    raise InputError(f"{store.folder} cannot be written: {error.strerror}. {KEPT}") from None
                done += block.runs
                progress(done, total)


def _show(answer: Answer) -> None:
    """Put the answer and its picture beside the tables, unless they are there already."""
    text = json_bytes(answer.to_dict())
    target = answer.folder / "answer.json"
    pictures = [answer.folder / name for name in ("chart.png", "chart.svg")]
    if target.exists() and target.read_bytes() == text and all(path.exists() for path in pictures):
        return
    from experiments.charts import churn_against_remedy, png, svg

    figure = churn_against_remedy(answer)
    replaced(pictures[0], png(figure))
    replaced(pictures[1], svg(figure))
    replaced(target, text)
