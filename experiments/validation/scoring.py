"""Playing the experiments for some constants and seeds, and holding the results against the bands."""

from __future__ import annotations

import math
import tomllib
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments.estimates import t_quantile
from experiments.validation import lab
from experiments.validation.targets import Check, Target, targets
from sim.chance import run_seed
from sim.config import InputError, nearest
from sim.psychology import Psychology

Experiment = Callable[[Psychology, int], dict[str, float]]
SEEDS = 12
"""Runs of each experiment, where there is one set of constants; where there are several, one for each."""
NOTES = Path(__file__).with_name("notes.toml")


def experiments() -> dict[str, Experiment]:
    """The virtual experiment of each target."""
    from experiments.validation import conduct, history, ladders, remedies, spending

    return {"V1": ladders.v1, "V2": ladders.v2, "V3": ladders.v3, "V4": ladders.v4, "V5": history.v5,
            "V6": history.v6, "V7": spending.v7, "V8": spending.v8, "V9": spending.v9, "V10": remedies.v10,
            "V11": history.v11, "V12": remedies.v12, "V13": conduct.v13, "V14": conduct.v14, "V15": conduct.v15,
            "V16": conduct.v16, "V17": history.v17}


@dataclass(frozen=True)
class Value:
    """What the model gives for one check: mean, 95 % interval, and whether that is in the band."""

    check: Check
    mean: float
    low: float
    high: float

    @property
    def passed(self) -> bool:
        return self.check.passes(self.mean, self.low, self.high)


@dataclass(frozen=True)
class Result:
    """A target with its values; `why` says what is behind a miss, where the constants are those of the model."""

    target: Target
    values: tuple[Value, ...]
    as_is: bool = True

    @property
    def passed(self) -> bool:
        return all(value.passed for value in self.values)

    @property
    def why(self) -> str:
        return "" if self.passed or not self.as_is else notes()["why"].get(self.target.target, "")

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON; None for an open end and for what is not there."""
        target = {key: value for key, value in asdict(self.target).items() if key != "checks"}
        checks = [{**{key: _finite(value) for key, value in asdict(v.check).items()},
                   "mean": _finite(v.mean), "interval": [_finite(v.low), _finite(v.high)], "passed": v.passed}
                  for v in self.values]
        return {**target, "passed": self.passed, "why": self.why, "checks": checks}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


@lru_cache
def notes() -> dict[str, Any]:
    """Which targets are known to pass with the constants as they are, and what is behind the known misses."""
    with NOTES.open("rb") as file:
        return tomllib.load(file)


def chosen(names: Iterable[str]) -> list[str]:
    """Targets by name in their order, all if none is named; InputError for a name there is not."""
    known = list(targets())
    wanted = {name.strip().upper() for name in names}
    for name in wanted:
        if name not in known:
            raise InputError(f"--only {name}: there is no such target" + (nearest(name, known) or "; V1 to V17"))
    return [name for name in known if not wanted or name in wanted]


def validate(names: Iterable[str] = (), ensemble: Sequence[Psychology] | None = None, seeds: int | None = None,
             master_seed: int = 1, free: Mapping[str, float] | None = None) -> list[Result]:
    """The targets by name (all if none), each played with every set of constants and `seeds` seeds.

    `free` changes free numbers (`lab.FITTED`), as a fit of an ensemble has done.
    """
    members = list(ensemble) if ensemble else [Psychology()]
    several = len(members) > 1
    seeds = seeds if seeds is not None else 1 if several else SEEDS
    if seeds < 2 - several:
        raise InputError(f"--seeds {seeds}: must be at least {2 - several}")
    # With odd constants nobody may be left to count; the value is then "none", and the target missed.
    with lab.fitted(free or {}), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        as_is = members == [Psychology()] and not free
        return [replace(_result(targets()[name], experiments()[name], members, seeds, master_seed), as_is=as_is)
                for name in chosen(names)]


def _result(target: Target, experiment: Experiment, members: Sequence[Psychology], seeds: int,
            master_seed: int) -> Result:
    runs = [[experiment(member, int(run_seed(master_seed, k))) for k in range(seeds)] for member in members]
    for name in runs[0][0].keys() ^ {check.name for check in target.checks}:
        raise ValueError(f"{target.target}: the experiment and the targets disagree about '{name}'")
    return Result(target, tuple(
        summary(check, np.array([[run[check.name] for run in of_member] for of_member in runs]))
        for check in target.checks))


def summary(check: Check, values: np.ndarray) -> Value:
    """Mean and 95 % interval of (constants, seeds): over seeds for one set of constants, else over the sets' means."""
    means = values.mean(axis=1)
    mean = float(means.mean())
    if len(values) > 1:
        low, high = (float(end) for end in np.quantile(means, (0.025, 0.975)))
        return Value(check, mean, low, high)
    half = t_quantile(values.shape[1] - 1) * float(values.std(ddof=1)) / math.sqrt(values.shape[1])
    return Value(check, mean, mean - half, mean + half)


def scores(results: Sequence[Result]) -> dict[str, tuple[int, int]]:
    """Passed and played: of those that may be fitted, of those held out, of those never seen, and of all."""
    groups = {
        "fit": [r for r in results if not r.target.held_out],
        "held out": [r for r in results if r.target.held_out],
        "held out and unseen": [r for r in results if r.target.held_out and not r.target.seen_by_start
                                and not r.target.seen_by_structure],
        "all": list(results),
    }
    return {name: (sum(r.passed for r in group), len(group)) for name, group in groups.items()}


def lost(results: Sequence[Result]) -> list[str]:
    """Targets that are recorded as passing and now miss."""
    return [r.target.target for r in results if not r.passed and r.target.target in notes()["passing"]]
