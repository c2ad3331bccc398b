"""What is fitted, and within what ranges: the prior of `experiments.psychology_fit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from pydantic import ValidationError
from scipy.stats import qmc

from sim.psychology import Psychology

UNTOUCHED = {
    "failure_memory_years", "broken_promise_weight", "promise_shield", "promise_evidence", "promise_ease",
    "credit_value_to_who_wants_cash", "late_apology", "check_burden", "elasticity", "talk_months", "talk_weight",
    "weak_tie_strength", "witness_weight", "hardening", "hardness_half_life_months", "hardness_quality_loss",
    "hardness_quits_per_year", "claim_justice", "claim_ease", "aspiration_rise_limit", "aspiration_half_life_months",
    "voice_reward",
}
"""Constants about which the fitted findings say nothing, or next to it: left at their defaults."""
ORDERED = {"satisfaction_distributive", "satisfaction_interactional", "trust_distributive", "trust_interactional",
           "rejected_steepness", "rejected_midpoint", "resolved_weight", "unresolved_weight"}
"""Constants between which `Psychology` demands an order."""
DEPENDENT = {"satisfaction_procedural", "trust_procedural"}
"""One minus the other two weights."""
FREE = {"discretionary.at_typical": (0.02, 0.12), "discretionary.at_none": (0.6, 0.99),
        "contractual.at_typical": (0.005, 0.05), "contractual.at_none": (0.4, 0.95), "temkin.noise": (0.1, 0.4)}
"""Free numbers fitted along, and their ranges."""


@lru_cache
def ranges() -> Mapping[str, tuple[float, float]]:
    """Every fitted number and its range; a sweep that leaves out the default is widened to hold it."""
    found = {}
    for name, field in Psychology.model_fields.items():
        if name in UNTOUCHED | DEPENDENT:
            continue
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        sweep = extra["sweep"]
        assert isinstance(sweep, list)
        low, high = (float(str(end)) for end in sweep)
        found[name] = (min(low, field.default), max(high, field.default))
    return MappingProxyType({**found, **FREE})


@lru_cache
def logarithmic() -> frozenset[str]:
    """The fitted numbers whose prior is uniform in the logarithm."""
    return frozenset(name for name, field in Psychology.model_fields.items()
                     if isinstance(field.json_schema_extra, dict) and field.json_schema_extra["logarithmic"])


def as_constants(vector: Sequence[float] | np.ndarray) -> tuple[Psychology, dict[str, float]] | None:
    """The constants and free numbers of a point; None where it is outside its ranges or breaks an ordering."""
    values = {}
    for (name, (low, high)), x in zip(ranges().items(), vector, strict=True):
        if not low <= x <= high:
            return None
        values[name] = float(x)
    free = {name: values.pop(name) for name in FREE}
    for kind in ("satisfaction", "trust"):
        values[f"{kind}_procedural"] = 1 - values[f"{kind}_distributive"] - values[f"{kind}_interactional"]
    try:
        return Psychology(**values), free
    except ValidationError:
        return None


def start(chains: int, seed: int) -> np.ndarray:
    """Sobol draws within the ranges; constants that must be in order are drawn towards the middle until they are."""
    space = Ranges()
    tied = np.array([name in ORDERED for name in ranges()])
    sobol = qmc.Sobol(len(tied), scramble=True, rng=seed)
    points: list[np.ndarray] = []
    while len(points) < chains:
        for draw in sobol.random(64):
            pulled = (space.within(np.where(tied, w / 2 + (1 - w) * draw, draw))
                      for w in (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0))
            points += [next(point for point in pulled if as_constants(point) is not None)]
    return np.array(points[:chains])


class Ranges:
    """Points as log-odds of their place in the prior's ranges, and back."""

    def __init__(self) -> None:
        self.logarithmic = np.array([name in logarithmic() for name in ranges()])
        self.low, self.high = self._even(np.array(list(ranges().values())).T)
        self.free = [list(ranges()).index(name) for name in FREE]
        self.constants = [k for k in range(len(self.low)) if k not in self.free]

    def _even(self, points: np.ndarray) -> np.ndarray:
        """The numbers on the scale on which the prior is uniform."""
        result: np.ndarray = np.where(self.logarithmic, np.log(np.where(self.logarithmic, points, 1.0)), points)
        return result

    def within(self, places: np.ndarray) -> np.ndarray:
        """The numbers at these places in their ranges, 0 to 1."""
        even = self.low + (self.high - self.low) * places
        result: np.ndarray = np.where(self.logarithmic, np.exp(np.where(self.logarithmic, even, 0.0)), even)
        return result

    def place(self, points: np.ndarray) -> np.ndarray:
        """Where in its range each number is, strictly between 0 and 1."""
        result: np.ndarray = np.clip((self._even(points) - self.low) / (self.high - self.low), 1e-3, 1 - 1e-3)
        return result

    def odds(self, points: np.ndarray) -> np.ndarray:
        """The log-odds of these numbers."""
        result: np.ndarray = np.log(self.place(points) / (1 - self.place(points)))
        return result

    def points(self, odds: np.ndarray) -> np.ndarray:
        """The numbers at these log-odds."""
        return self.within(1 / (1 + np.exp(-odds)))

    def prior(self, points: np.ndarray) -> np.ndarray:
        """Logarithm of the prior's density in the log-odds of the constants."""
        place = self.place(points)[:, self.constants]
        result: np.ndarray = np.log(place * (1 - place)).sum(axis=1)
        return result
