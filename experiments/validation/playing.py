"""Playing the experiments for the centre and for every set of the ensemble, on one process or many."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import nan

import numpy as np

from experiments.runner import cores, spread
from experiments.validation import lab
from experiments.validation.targets import targets
from sim.chance import run_seed
from sim.config import InputError
from sim.psychology import Psychology

Experiment = Callable[[Psychology, int], dict[str, float]]
Runs = list[list[dict[str, float]]]
"""Of each member (the centre, then the sets) what each of its runs gave, by check."""
APART = 1000
"""Set n (0 is the centre) has the seeds of runs n * APART, n * APART + 1, ...: each set has its own luck."""
WORTH_A_POOL = 64
"""So many experiments are worth starting processes for, where nobody says how many."""


def experiments() -> dict[str, Experiment]:
    """The virtual experiment of each target."""
    from experiments.validation import conduct, history, ladders, remedies, spending

    return {"V1": ladders.v1, "V2": ladders.v2, "V3": ladders.v3, "V4": ladders.v4, "V5": history.v5,
            "V6": history.v6, "V7": spending.v7, "V8": spending.v8, "V9": spending.v9, "V10": remedies.v10,
            "V11": history.v11, "V12": remedies.v12, "V13": conduct.v13, "V14": conduct.v14, "V15": conduct.v15,
            "V16": conduct.v16, "V17": history.v17}


@dataclass(frozen=True)
class Play:
    """One run of the chosen experiments with one set of constants."""

    names: tuple[str, ...]
    member: int
    run: int
    psychology: Psychology
    free: Mapping[str, float]
    master_seed: int

    @property
    def runs(self) -> int:
        """It cannot be split."""
        return 1

    def singly(self) -> Sequence[Play]:
        """It cannot be split."""
        return [self]


@dataclass(frozen=True)
class Played:
    """What each experiment gave: target, then check, then value."""

    member: int
    run: int
    values: dict[str, dict[str, float]]


def play_all(names: Sequence[str], members: Sequence[tuple[Psychology, int]], free: Mapping[str, float],
             master_seed: int, workers: int | None = None,
             progress: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Runs]:
    """Of each target by name: for each member (constants and number of runs), what each of its runs gave.

    The answer is the same for any number of `workers`; without one, all cores where there is much to play.
    """
    if workers is not None and workers < 1:
        raise InputError(f"--workers {workers}: must be at least 1")
    tasks = deque(Play(tuple(names), member, run, psychology, dict(free), master_seed)
                  for member, (psychology, runs) in enumerate(members) for run in range(runs))
    total = len(tasks)
    if workers is None:
        workers = cores() if total * len(names) >= WORTH_A_POOL else 1
    found: dict[str, Runs] = {name: [[{} for _ in range(runs)] for _, runs in members] for name in names}
    with closing(spread(tasks, workers=workers, work=_play, killed=_killed)) as results:  # type: ignore[type-var]
        for done, one in enumerate(results, 1):
            for name, values in one.values.items():
                found[name][one.member][one.run] = values
            progress(done, total)
    return found


def _play(task: Play) -> Played:
    seed = int(run_seed(task.master_seed, APART * task.member + task.run))
    # With odd constants nobody may be left to count; the value is then "none", and the target missed.
    with lab.fitted(task.free), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        return Played(task.member, task.run, {name: _found(name, task.psychology, seed) for name in task.names})


def _found(name: str, psychology: Psychology, seed: int) -> dict[str, float]:
    try:
        return experiments()[name](psychology, seed)
    except ZeroDivisionError:
        return {check.name: nan for check in targets()[name].checks}


def _killed(task: Play) -> Played:
    raise InputError("a worker process was killed, twice (out of memory?); try --workers 1")
