"""Holding what the experiments give against the bands: for the centre, and for every set of the ensemble beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from experiments.estimates import t_quantile
from experiments.validation.playing import APART, play_all
from experiments.validation.targets import Check, Target, notes, targets
from sim.config import InputError, nearest
from sim.psychology import Psychology

SEEDS = 12
"""Runs of each experiment with the constants of the model."""
SET_RUNS = 2
"""Runs of each experiment with each drawn set of the ensemble."""
NEARLY_ALL = 0.95
"""Share of the sets in which a target must be met for the ensemble to meet it."""


@dataclass(frozen=True)
class Value:
    """What the model gives for one check: at the centre, with its luck, and with each set of the ensemble."""

    check: Check
    mean: float
    luck: float
    """half the width of the 95 % interval of that mean over seeds"""
    sets: tuple[float, ...] = ()
    """the mean of the runs of each set"""

    @property
    def passed(self) -> bool:
        """By the centre: a band holds the mean, a sign the whole interval of luck."""
        return self.check.passes(self.mean, self.mean - self.luck, self.mean + self.luck)

    @property
    def met(self) -> tuple[bool, ...]:
        """Whether each set is within the limits, by its mean alone."""
        return tuple(self.check.passes(value, value, value) for value in self.sets)

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 95 % of the sets, luck inside; that of luck alone where there are none."""
        if not self.sets:
            return self.mean - self.luck, self.mean + self.luck
        there = [value for value in self.sets if not math.isnan(value)]
        low, high = np.quantile(there, (0.025, 0.975)) if there else (math.nan, math.nan)
        return float(low), float(high)


@dataclass(frozen=True)
class Result:
    """A target with its values; `why` says what is behind a miss, where the constants are those of the model."""

    target: Target
    values: tuple[Value, ...]
    as_is: bool = True

    @property
    def passed(self) -> bool:
        """By the centre, in every check."""
        return all(value.passed for value in self.values)

    @property
    def met(self) -> tuple[bool, ...]:
        """Whether each set of the ensemble meets every check."""
        return tuple(all(checks) for checks in zip(*(value.met for value in self.values), strict=True))

    @property
    def why(self) -> str:
        return "" if self.passed or not self.as_is else notes()["why"].get(self.target.target, "")

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON; None for an open end and for what is not there."""
        target = {key: value for key, value in asdict(self.target).items() if key != "checks"}
        checks = [{**{key: _finite(value) for key, value in asdict(v.check).items()},
                   "mean": _finite(v.mean), "luck": [_finite(v.mean - v.luck), _finite(v.mean + v.luck)],
                   "interval": [_finite(end) for end in v.interval], "passed": v.passed, "sets_met": sum(v.met)}
                  for v in self.values]
        return {**target, "passed": self.passed, "sets_met": sum(self.met), "sets": len(self.met), "why": self.why,
                "checks": checks}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def chosen(names: Iterable[str]) -> list[str]:
    """Targets by name in their order, all if none is named; InputError for a name there is not."""
    known = list(targets())
    wanted = {name.strip().upper() for name in names}
    for name in wanted:
        if name not in known:
            raise InputError(f"--only {name}: there is no such target" + (nearest(name, known) or "; V1 to V17"))
    return [name for name in known if not wanted or name in wanted]


def validate(names: Iterable[str] = (), centre: Psychology | None = None, sets: Sequence[Psychology] = (), *,
             seeds: int = SEEDS, master_seed: int = 1, free: Mapping[str, float] | None = None,
             workers: int | None = None,
             progress: Callable[[int, int], None] = lambda done, total: None) -> list[Result]:
    """The targets by name (all if none): `seeds` runs with the centre, `SET_RUNS` with each set of the ensemble.

    `free` changes free numbers (`lab.FITTED`), as a fit of an ensemble has done. InputError for fewer than two seeds.
    """
    if not 2 <= seeds <= APART:
        raise InputError(f"--seeds {seeds}: must be between 2 and {APART}")
    centre = centre or Psychology()
    wanted = chosen(names)
    members = [(centre, seeds), *((one, SET_RUNS) for one in sets)]
    found = play_all(wanted, members, free or {}, master_seed, workers, progress)
    as_is = centre == Psychology() and not free
    return [Result(targets()[name], _values(targets()[name], found[name]), as_is) for name in wanted]


def _values(target: Target, runs: Sequence[Sequence[Mapping[str, float]]]) -> tuple[Value, ...]:
    for name in runs[0][0].keys() ^ {check.name for check in target.checks}:
        raise ValueError(f"{target.target}: the experiment and the targets disagree about '{name}'")
    return tuple(summary(check, [[run[check.name] for run in member] for member in runs]) for check in target.checks)


def summary(check: Check, runs: Sequence[Sequence[float]]) -> Value:
    """One check: the runs of the centre, then those of each set. What need not be there is averaged where it is."""
    middle = _there(check, runs[0])
    luck = 0.0
    if len(middle) > 1:
        luck = t_quantile(len(middle) - 1) * float(middle.std(ddof=1)) / math.sqrt(len(middle))
    return Value(check, _mean(middle), luck, tuple(_mean(_there(check, each)) for each in runs[1:]))


def _there(check: Check, values: Sequence[float]) -> np.ndarray:
    every = np.asarray(values, float)
    return every[~np.isnan(every)] if check.may_be_absent else every


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan


def scores(results: Sequence[Result]) -> dict[str, tuple[int, int]]:
    """Passed and played: of the findings that may be fitted, held out, never seen, of all findings; and the story."""
    groups = {
        "fit": [r for r in results if not r.target.held_out and not r.target.own],
        "held out": [r for r in results if r.target.held_out],
        "held out and unseen": [r for r in results if r.target.held_out and not r.target.seen_by_start
                                and not r.target.seen_by_structure],
        "all published findings": [r for r in results if not r.target.own],
        "the project's own story": [r for r in results if r.target.own],
    }
    return {name: (sum(r.passed for r in group), len(group)) for name, group in groups.items()}


def by_sets(results: Sequence[Result]) -> tuple[float, int] | None:
    """Targets met in a set of the ensemble, on average, and how many are met in nearly all; None without sets."""
    met = np.array([result.met for result in results], float)
    return (float(met.sum(axis=0).mean()), int((met.mean(axis=1) >= NEARLY_ALL).sum())) if met.size else None


def lost(results: Sequence[Result]) -> list[str]:
    """Targets that are recorded as passing and now miss."""
    return [r.target.target for r in results if not r.passed and r.target.target in notes()["passing"]]
