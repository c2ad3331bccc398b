"""What was drawn: of every number its mean and its ends over the worlds that a comparison played."""

from __future__ import annotations

import contextlib
import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.comparison import Answer
from sim.business import Business


@dataclass(frozen=True)
class Drawn:
    """One number over all worlds played."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """'0.361 (0.0674 to 0.721)'."""
        return f"{short(self.mean)} ({short(self.low)} to {short(self.high)})"


def drawn(answer: Answer) -> dict[str, Drawn]:
    """By key every number drawn, from `draws.csv` beside the result; empty where nothing was drawn, or it is gone."""
    if answer.draws is None:
        return {}
    wanted = {int(number) for number in np.unique(answer.draws)}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        with (answer.folder / "draws.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if int(row["draw"]) in wanted]
        worlds = [as_played({key: float(value) for key, value in row.items() if key not in ("draw", "first_run")},
                            answer.question.point.business) for row in rows]
        return {key: _over([world[key] for world in worlds]) for key in (worlds[0] if worlds else ())}
    return {}


def as_played(values: Mapping[str, float], business: Business) -> dict[str, float]:
    """A draw with the shares of the kinds of failure as they were played: scaled to add up to 1."""
    shares = {f"failures.{name}.share": kind.share for name, kind in business.failures.kinds.items()}
    if not shares.keys() & values.keys():
        return dict(values)
    whole = {key: values.get(key, share) for key, share in shares.items()}
    total = math.fsum(whole.values())
    return {**values, **{key: share / total for key, share in whole.items()}}


def _over(values: list[float]) -> Drawn:
    return Drawn(math.fsum(values) / len(values), min(values), max(values))


def short(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
