"""What the worker processes do. The world is imported when they begin, not before."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from experiments.dashboard import sliders
from experiments.dashboard.dropping import goes_on, still_wanted
from experiments.design import Comparison, Point, Task, ask
from experiments.parameters import Parameter
from experiments.replication import Block, breaking, replication
from sim.business import Business

DOTS = 240
"""People drawn in each triangle."""
RUNS_AT_ONCE = 4
"""Runs of a search between two looks at whether somebody still waits for it."""


def begin(niceness: int) -> None:
    """Make a fresh process ready: deaf to Ctrl-C (the parent ends it), as polite as asked, the rules loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if niceness and hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(niceness)
    play(Task(ask("hotel", ("minimum", "full"), people=50, years=1).point, 0, 1))


def _end_with_parent() -> None:
    """A server that is killed takes its workers along; they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def nothing() -> None:
    """Let a process begin."""


def play(task: Task) -> tuple[Block, float]:
    """The strategies of a block of runs, as `experiments.replication` plays them, and the seconds it took.

    What that plays after the strategies (muted worlds, corners) is not asked for.
    """
    from sim.chance import run_seed

    begun = time.perf_counter()
    block = Block(task.first, task.runs)
    for run, point in task.worlds():
        seed = int(run_seed(task.point.seed, run))
        with breaking(block, run, seed):
            block.rows += [{"run": run, "run_seed": seed, "arm": arm, "role": role, **outcome} for arm, role, outcome, _
                           in goes_on(islice(replication(point, seed, False), len(point.strategies)))]
    return block, time.perf_counter() - begun


def pair(packed: bytes, run: int) -> tuple[Block, float]:
    """One pair of a pickled point; the pieces of one look share it, and reading it takes a millisecond."""
    return play(Task(_unpacked(packed), run, 1))


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Point:
    point: Point = pickle.loads(packed)
    return point


def trust(question: Comparison) -> dict[str, Any]:
    """Where customers stand, as `amends triangle` finds it: its title, the paths and some people as dots."""
    from experiments.triangle import trust_title
    from experiments.triangle_runs import played

    found = played(question, lambda done, total: still_wanted())
    return {
        "title": trust_title(found),
        "start": _dots(found.start),
        "courses": [{"name": course.strategy, "path": np.round(course.path.mean(axis=0), 4).tolist(),
                     "people": _dots(course.people), "stayed": course.stayed[:DOTS].tolist(),
                     "share_stayed": float(course.share_stayed.mean())} for course in found.courses],
        "runs": question.runs,
        "people": question.point.people,
    }


def _dots(opinions: np.ndarray) -> list[list[float]]:
    found: list[list[float]] = np.round(opinions[:DOTS], 3).tolist()
    return found


@dataclass(frozen=True)
class Search:
    """Where the answer flips along one slider, the others as they stand."""

    business: Business
    """as it came with the server"""
    moved: dict[str, float]
    strategies: tuple[str, str]
    parameter: Parameter
    """the slider; its `today` is where it stands now"""
    people: int
    """of the smaller market in which it is searched"""
    years: float
    seed: int
    anchor: np.ndarray
    """the refined difference as it stands now, the second strategy minus the first, in as many means of batches as
    there are pairs to search with; for so many people as that smaller market has"""


def flips(search: Search) -> list[dict[str, Any]]:
    """The switch points, the nearest first, by the method of `amends breakeven` anchored at the refined answer.

    What is played is only how the difference changes with the slider, each pair against itself; to that comes
    the refined difference. So a few pairs of a small market tell, and never say otherwise than the headline
    about where the slider stands.
    """
    from experiments.breakeven import Along
    from experiments.pairing import differences
    from experiments.switchpoint import remembered, switches

    p, pairs = search.parameter, len(search.anchor)

    def play(value: float, runs: range) -> np.ndarray:
        firm, psychology = world(search.business, {**search.moved, p.key: value})
        return np.concatenate([
            differences(firm, psychology, search.strategies, people=search.people, years=search.years,
                        seed=search.seed, runs=runs[k:k + RUNS_AT_ONCE])
            for k in goes_on(range(0, len(runs), RUNS_AT_ONCE))])

    played = remembered(play, {})

    def difference(value: float, runs: int) -> np.ndarray:
        return np.asarray(search.anchor[:runs] + played(value, runs) - played(p.today, runs))

    found = switches(difference, p.low, p.today, p.high, runs=pairs, today_values=search.anchor, whole=p.whole)
    leader = search.strategies[1 if float(np.mean(search.anchor)) >= 0 else 0]
    return [{"value": flip.switch.value, "low": flip.switch.low, "high": flip.switch.high, "where": flip.word,
             "wins": flip.winner, "back": flip.back, "below_range": flip.switch.below_range,
             "above_range": flip.switch.above_range, "holds_today": flip.switch.holds_today}
            for flip in Along(p, tuple(found)).flips(search.strategies, leader)]


def world(business: Business, moved: dict[str, float]) -> tuple[Business, Any]:
    """The business and human nature with sliders moved; InputError where they cannot be so."""
    from experiments.plan import world as changed
    from sim.psychology import Psychology

    return changed(business, Psychology(), sliders.settings(business, moved))
