"""Deciding what an experiment plays next, and playing it: whole blocks, in the order of the seeds."""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from experiments.design import SECONDS_PER_PERSON_PERIOD, SECONDS_PER_WORLD, Point
from experiments.estimates import Estimate
from experiments.plan import Plan
from experiments.precision import Stopping, interval
from experiments.replication import Failure
from experiments.runner import MakeExecutor, spread
from experiments.store import Table
from experiments.sweep_play import Part, PartTask, play
from experiments.sweep_store import SweepStore

SUMMARISED = ("net_present_value", "price_of_failure", "cost_of_remedy", "cost_of_churn")


class FailedFast(Exception):
    """A run failed and --fail-fast was asked for."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(f"point {failure.point}, run {failure.run} with seed {failure.run_seed} failed: "
                         f"{failure.message}")


@dataclass
class _State:
    """How far a point has come."""

    target: int
    under_way: int = 0
    seen: set[int] = field(default_factory=set)
    values: dict[int, float] = field(default_factory=dict)


class Driver:
    """Decides from what is there; who finishes first never matters."""

    def __init__(self, plan: Plan, store: SweepStore, workers: int) -> None:
        self.plan, self.store = plan, store
        self.stopping = Stopping(plan.file.replications)
        self.states = {number: _State(self.stopping.first) for number in range(len(plan.scenarios))}
        self.todo: deque[tuple[int, int, int]] = deque()
        self.done = 0
        worlds = 1 + len(plan.arms) * (2 if plan.file.word_of_mouth else 1)
        periods = plan.file.years * plan.business.periods_per_year
        seconds = worlds * (SECONDS_PER_WORLD + plan.people * periods * SECONDS_PER_PERSON_PERIOD)
        a_second = int(1 / (2 * seconds))
        a_share = math.ceil(len(self.states) * self.stopping.first / (4 * workers))
        self._block = max(1, min(1000, a_second, a_share))
        self._points: dict[int, Point] = {}

    def resume(self) -> None:
        """Take in what is on disk, and see what is missing."""
        for table in self.store.parts():
            state = self.states.get(int(table["point"][0])) if len(table["point"]) else None
            if state is not None:
                self._take(state, table)
        for number in self.states:
            self._ask(number)

    def targets(self) -> dict[int, int]:
        """Runs decided on, by point."""
        return {number: state.target for number, state in self.states.items()}

    def precision(self) -> dict[int, list[Any]]:
        """Of each point, where a precision was asked for: runs, half width, the one wanted, whether it is reached."""
        found: dict[int, list[Any]] = {}
        for number, state in self.states.items() if self.plan.file.replications.outcome is not None else ():
            values = np.array([state.values[run] for run in sorted(state.values) if run < state.target])
            reached, wanted = self.stopping.reached(values) if len(values) >= 2 else (math.inf, 0.0)
            found[number] = [len(values), reached, wanted, int(reached <= wanted)]
        return found

    def _take(self, state: _State, table: Table) -> None:
        state.seen.update(table["run"].tolist())
        asked = self.plan.file.replications
        if asked.outcome is None:
            return
        own = table["role"] == "strategy"
        of, minus = (own & (table["arm"] == arm) for arm in (asked.of, asked.minus))
        base = dict(zip(table["run"][minus].tolist(), table[asked.outcome][minus].tolist(), strict=True))
        for run, value in zip(table["run"][of].tolist(), table[asked.outcome][of].tolist(), strict=True):
            state.values[run] = value - base.get(run, 0.0)

    def _ask(self, number: int) -> None:
        """Queue the runs that a point still needs; ask for more where its precision is not reached."""
        state = self.states[number]
        while state.under_way == 0:
            missing = [run for run in range(state.target) if run not in state.seen]
            if missing:
                for block in _consecutive(missing, self._block):
                    self.todo.append((number, block[0], len(block)))
                    state.under_way += 1
                return
            values = np.array([state.values[run] for run in sorted(state.values) if run < state.target])
            further = self.stopping.next(state.target, values)
            if further == state.target:
                return
            state.target = further

    def play(self, workers: int, fail_fast: bool, progress: Callable[[int, int], object],
             tell: Callable[[str], object], make_executor: MakeExecutor, work: Callable[[PartTask], Part]) -> None:
        """Play until every point has what it needs."""
        from sim.compiled import is_warm

        if not self.todo:
            return
        missing = sum(runs for _, _, runs in self.todo)
        points, arms = len(self.plan.scenarios), len(self.plan.arms)
        tell(f"{points:,} point{'s' * (points != 1)}, {arms} strateg{'ies' if arms != 1 else 'y'}: {missing:,} runs to "
             f"play on {workers} process{'es' * (workers != 1)}.")
        if work is play and not is_warm():
            # One run here first, so that the workers find the compiled rules instead of each compiling them.
            tell("Compiling the rules (once; about half a minute)")
            self._put(work(self._singled()), fail_fast)
        pending: deque[PartTask] = deque()
        self._fill(pending, workers)
        progress(self.done, self._total())
        if not pending:
            return
        told, first, back, after = False, 0.0, 0, 0
        with contextlib.closing(spread(pending, workers=workers, work=work, killed=_killed,
                                       make_executor=make_executor)) as parts:  # type: ignore[type-var]
            for part in parts:
                if not told:
                    # In single runs no part knows its pace: it is that of the parts which follow the first, once each
                    # worker has played one more; what is loaded first is not counted.
                    back += 1
                    first, after = (first or time.perf_counter()), after + (part.runs if back > 1 else 0)
                    since = (time.perf_counter() - first) / after if back > workers else 0.0
                    if part.pace or since:
                        tell(self._estimate(part.pace / workers or since, missing))
                        told = True
                self._put(part, fail_fast)
                self._fill(pending, workers)
                progress(self.done, self._total())

    def _estimate(self, seconds_per_run: float, missing: int) -> str:
        text = f"It takes {_duration(seconds_per_run * missing)}"
        if self.plan.file.replications.outcome is not None:
            most = len(self.plan.scenarios) * self.stopping.most
            text += (f"; up to {most:,} runs and {_duration(seconds_per_run * most)} if the precision asked for is "
                     "hard to reach")
        return text + " (judging by the first runs)."

    def _singled(self) -> PartTask:
        number, first, runs = self.todo.popleft()
        if runs > 1:
            self.todo.appendleft((number, first + 1, runs - 1))
            self.states[number].under_way += 1
        return self._task(number, first, 1)

    def _task(self, number: int, first: int, runs: int) -> PartTask:
        if number not in self._points:
            self._points.clear()
            self._points[number] = self.plan.point(number)
        keep = tuple(kind for kind in self.store.kinds if kind != "runs")
        return PartTask(self._points[number], first, runs, number=number, keep=keep, muted=self.plan.file.word_of_mouth)

    def _fill(self, pending: deque[PartTask], workers: int) -> None:
        """Only a few tasks at a time carry their business with them, so memory stays flat over any sweep."""
        while self.todo and len(pending) < 2 * workers + 2:
            pending.append(self._task(*self.todo.popleft()))

    def _put(self, part: Part, fail_fast: bool) -> None:
        self.store.keep(part)
        if fail_fast and part.failures:
            raise FailedFast(replace(part.failures[0], point=part.point))
        state = self.states[part.point]
        columns = self.store.columns["runs"]
        if part.rows:
            self._take(state, {c.name: np.array([row[c.name] for row in part.rows]) for c in columns})
        state.seen.update(failure.run for failure in part.failures)
        state.under_way -= 1
        self.done += part.runs
        self._ask(part.point)

    def _total(self) -> int:
        return self.done + sum(max(0, s.target - len(s.seen)) for s in self.states.values())

    def summary(self, number: int, rows: Table) -> list[list[Any]]:
        """Means with intervals of a point: every arm, and every arm minus the first."""
        repeated = self.plan.file.replications.outcome is not None
        own = rows["role"] == "strategy"
        lines: list[list[Any]] = []
        first = self.plan.arms[0].spelling
        for outcome in SUMMARISED:
            values = {arm.spelling: rows[outcome][own & (rows["arm"] == arm.spelling)] for arm in self.plan.arms}
            for arm, mine in values.items():
                if len(mine) >= 2:
                    lines.append([number, arm, "", outcome, len(mine), *_three(interval(mine, repeated))])
                    if arm != first:
                        lines.append([number, arm, first, outcome, len(mine),
                                      *_three(interval(mine - values[first], repeated))])
        return lines


def _three(e: Estimate) -> list[float]:
    return [e.mean, e.low, e.high]


def _consecutive(numbers: list[int], most: int) -> Iterator[list[int]]:
    block: list[int] = []
    for number in numbers:
        if block and (number != block[-1] + 1 or len(block) >= most):
            yield block
            block = []
        block.append(number)
    if block:
        yield block


def _duration(seconds: float) -> str:
    """About how long, in words."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:.1f} hours"


def _killed(task: PartTask) -> Part:
    from sim.chance import run_seed

    message = "its worker process was killed, twice (out of memory?)"
    failure = Failure(task.first, int(run_seed(task.point.seed, task.first)), message, "", task.number)
    return Part(task.first, task.runs, failures=[failure], point=task.number)
