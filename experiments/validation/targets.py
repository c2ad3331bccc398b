"""The targets as data: what was found, the band, who says so, and whether it is kept out of the fit."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("targets.toml")
NOTES = Path(__file__).with_name("notes.toml")


@dataclass(frozen=True)
class Check:
    """One number of a target and the band it must lie in; see the head of targets.toml."""

    name: str
    unit: str
    published: str
    low: float = -math.inf
    high: float = math.inf
    rule: str = "mean"
    may_be_absent: bool = False

    def passes(self, mean: float, lower: float, upper: float) -> bool:
        """Whether the mean (rule "mean") or the whole interval (rule "whole") lies in the band."""
        if math.isnan(mean):
            return self.may_be_absent
        ends = (lower, upper) if self.rule == "whole" else (mean, mean)
        return all(self.low <= end <= self.high for end in ends)


@dataclass(frozen=True)
class Target:
    """One target, V1 to V17: a published finding, or the project's own story (V17)."""

    target: str
    title: str
    theme: str
    grade: str
    source: str
    published: str
    cadence: str
    observable: str
    held_out: bool
    seen_by_start: bool
    checks: tuple[Check, ...]
    conflict: str = ""
    seen_by_structure: str = ""
    """which rule was changed after this held-out target was missed, and on what other grounds; empty for none"""

    @property
    def own(self) -> bool:
        """Whether nobody published it: a pattern of the project's founding stories."""
        return self.grade == "story"


@lru_cache
def targets() -> dict[str, Target]:
    """All targets by name, in order."""
    with FILE.open("rb") as file:
        tables = tomllib.load(file)
    return {name: Target(name, **{**table, "checks": tuple(Check(**check) for check in table["checks"])})
            for name, table in tables.items()}


@lru_cache
def notes() -> dict[str, Any]:
    """Which targets are known to pass with the constants as they are, and what is behind the known misses."""
    with NOTES.open("rb") as file:
        return tomllib.load(file)
