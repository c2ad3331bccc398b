"""How far an answer is refined: until it is known to a stated precision, or the most pairs are played.

The first `FIRST_RUNS` pairs are those of `amends compare`. Where they do not tell the difference of the two strategies
ahead to within `GOAL` of itself, more are played, as `experiments.precision` says: judged at few, fixed numbers of
pairs, in the order of the seeds, whatever finished first. So a view always ends at the same pairs.
"""

from __future__ import annotations

import math
from collections.abc import Container
from typing import Any, Protocol

import numpy as np

from experiments.comparison import PRECISION, Answer
from experiments.dashboard import numbers
from experiments.dashboard.view import FIRST_RUNS
from experiments.estimates import estimate, runs_needed
from experiments.experiment_file import Replications
from experiments.precision import Stopping

GOAL = PRECISION
"""Half of the 95 % interval that is asked for, as a share of the difference."""


class Runs(Protocol):
    """Answers from runs that are known."""

    def known(self) -> Container[int]:
        """Numbers of the runs that are known."""

    def first(self, runs: int) -> Answer:
        """The answer from the first so many runs."""


def stopping(most: int) -> Stopping:
    """When there are enough pairs, `most` being the number to stop at in any case."""
    if most <= FIRST_RUNS:
        return Stopping(Replications(runs=most))
    return Stopping(Replications(outcome="net_present_value", of="who is ahead", minus="who is next", share=GOAL,
                                 at_least=FIRST_RUNS, at_most=most))


def wanted(most: int, runs: Runs) -> int:
    """How many pairs must be known for the next decision; all being known: how many the answer ends at."""
    rule = stopping(most)
    count = rule.first
    known = runs.known()
    while all(run in known for run in range(count)):
        further = rule.next(count, gain(runs.first(count)))
        if further == count:
            break
        count = further
    return count


def gain(answer: Answer) -> np.ndarray:
    """The difference per 1,000 customers of the two strategies ahead, one number per pair."""
    d = numbers.leading(numbers.finding(answer), answer)
    apart = answer.values(d["of"], "net_present_value") - answer.values(d["minus"], "net_present_value")
    return np.asarray(1000 * apart / answer.values(d["minus"], "customers_at_start"))


def progress(answer: Answer, count: int, most: int, done: bool) -> dict[str, Any]:
    """How far it is, for the page.

    `state`: refining; or in the end asked (as many pairs as were asked for), reached (known to `goal`) or capped;
    `of`: the pairs it should come to, judging by these, `about` where that may change; `share`: the half width as a
    share of the difference.
    """
    values = gain(answer)
    found = estimate(values)
    share = found.half_width / abs(found.mean) if found.mean else math.inf
    if not done:
        state, of = "refining", most
        if most > FIRST_RUNS:
            of = min(most, max(FIRST_RUNS, count, runs_needed(values, GOAL * abs(found.mean)) or most))
    else:
        state, of = "asked" if most <= FIRST_RUNS else "reached" if share <= GOAL else "capped", count
    return {"state": state, "of": of, "about": of > FIRST_RUNS and not done, "goal": GOAL,
            "share": share if math.isfinite(share) else None}
