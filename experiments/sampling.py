"""From uncertainties and a design to points: a dict of values each, in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import exp, log1p, sqrt
from typing import Any

import numpy as np

from experiments.experiment_file import Design, Variation

DESIGN = 100
"""Purpose of these draws, far from those of the world (`sim.chance`)."""
LEVELS = 5
"""Values of a range in a grid, unless it says how many."""


def points(uncertainties: Mapping[str, Variation], design: Design, seed: int) -> list[dict[str, Any]]:
    """The points of a design; a single empty one where nothing is uncertain."""
    names = list(uncertainties)
    if not names:
        return [{}]
    if design.method == "grid":
        return [dict(zip(names, row, strict=True)) for row in product(*(levels(uncertainties[n]) for n in names))]
    chances = _chances(len(names), design, seed)
    return [{name: at(uncertainties[name], float(u)) for name, u in zip(names, row, strict=True)} for row in chances]


def count(uncertainties: Mapping[str, Variation], design: Design) -> int:
    """How many points there will be."""
    if design.method != "grid" or not uncertainties:
        return (design.points or 1) if uncertainties else 1
    total = 1
    for one in uncertainties.values():
        total *= len(one.values) if one.values else one.levels or LEVELS
    return total


def _chances(dimensions: int, design: Design, seed: int) -> np.ndarray:
    wanted = design.points or 1
    if design.method == "random":
        from sim.chance import block, uniform

        # Addressed like all chance: one more point or number changes none of the others.
        return np.array([[uniform(block(np.uint64(seed), DESIGN, row, column, 0)[0]) for column in range(dimensions)]
                         for row in range(wanted)])
    from scipy.stats import qmc

    sampler = (qmc.Sobol if design.method == "sobol" else qmc.LatinHypercube)(dimensions, rng=seed)
    return np.asarray(sampler.random(wanted))


def levels(variation: Variation) -> list[Any]:
    """The values of a grid: all of a list, a range cut evenly, a distribution at even quantiles."""
    if variation.values is not None:
        return list(variation.values)
    number = variation.levels or LEVELS
    if variation.range is not None:
        low, high = variation.range
        found = [low + (high - low) * k / (number - 1) for k in range(number)]
    else:
        found = [at(variation, (k + 0.5) / number) for k in range(number)]
    # Six digits: they stand in the spelling of an arm, and people read them.
    return [float(f"{value:.6g}") for value in found]


def at(variation: Variation, u: float) -> Any:
    """The value at a quantile."""
    if variation.values is not None:
        return variation.values[min(len(variation.values) - 1, int(u * len(variation.values)))]
    if variation.range is not None:
        low, high = variation.range
        return low + (high - low) * u
    return _distributed(variation, u)


def _distributed(v: Variation, u: float) -> float:
    from scipy.special import ndtri

    u = min(max(u, 1e-12), 1 - 1e-12)
    if v.distribution == "triangular":
        low, mode, high = v.low or 0.0, v.mode or 0.0, v.high or 0.0
        cut = (mode - low) / (high - low)
        if u < cut:
            return low + sqrt(u * (high - low) * (mode - low))
        return high - sqrt((1 - u) * (high - low) * (high - mode))
    mean, spread = v.mean or 0.0, v.spread or 0.0
    if v.distribution == "normal":
        value = mean + spread * float(ndtri(u))
    else:
        sigma = sqrt(log1p(spread * spread))
        value = mean * exp(sigma * float(ndtri(u)) - sigma * sigma / 2)
    if v.low is not None:
        value = max(v.low, value)
    return min(v.high, value) if v.high is not None else value
