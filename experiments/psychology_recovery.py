"""Does the fit find constants that are known? Data sets made by the model itself, from truths drawn from the prior.

    python -m experiments.psychology_recovery

For each truth the model plays the experiments of the fit, in a world of its own, and `experiments.psychology_posterior`
sees what it gives instead of the published numbers. Noise of the likelihood's own size is laid over the checks with a
band of two sides (24 of 51); those with one, a sign or a limit, get none. A constant is recovered if its truth lies
within the 95 % interval of the posterior. The eight that an order binds (`psychology_prior.ORDERED`) say little here:
their truths are drawn towards the middle until they are in order, where a wide interval holds them anyway.
"""

from __future__ import annotations

import argparse
import math
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from experiments.psychology_fit import DISCREPANCY, ROOM, SCALES, each, measured, misfit, outcomes
from experiments.psychology_posterior import PRIOR, first_wave, posterior
from experiments.psychology_prior import FREE, ORDERED, Ranges, ranges, start
from experiments.validation.targets import Check

TRUTH_SEED = 11
ENSEMBLE = Path(__file__).parent / "validation" / "ensemble.toml"
IDENTIFIED = 0.2
"""From this shrinkage on the fit to the published findings claims to know something of a constant."""
WORLDS = 100_000
"""The truths' worlds have runs from here on: others than those that the fit plays."""


def data(values: np.ndarray, rng: np.random.Generator) -> list[Check]:
    """The checks a study would have published where the model gives these values.

    A band of two sides is laid around the value and its noise; one of one side stays as it was, moved where the value
    lies beyond it.
    """
    found = []
    for check, value in zip(measured(), values, strict=True):
        if math.isnan(value):
            found.append(replace(check, may_be_absent=True))
        elif math.isfinite(check.low) and math.isfinite(check.high):
            half = (check.high - check.low) / 2
            middle = value + rng.normal() * half / 2 * math.sqrt(1 + DISCREPANCY)
            found.append(replace(check, low=middle - half, high=middle + half))
        else:
            room = ROOM * SCALES[check.unit]
            found.append(replace(check, low=min(check.low, value - room), high=max(check.high, value + room)))
    return found


def main() -> None:
    """Draw truths, make their data, fit, and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=12, help="repeated data sets, each of another truth")
    parser.add_argument("--workers", type=int, default=2, help="processes; the answer is the same for any number")
    given = parser.parse_args()
    rng, space, began = np.random.default_rng(TRUTH_SEED), Ranges(), time.monotonic()
    truths = start(given.sets, TRUTH_SEED)
    means, spreads = [], []
    with ProcessPoolExecutor(given.workers) as pool:

        def play(points: np.ndarray, run: int) -> np.ndarray:
            return np.array(list(pool.map(outcomes, points, range(run, run + len(points)), chunksize=4)))

        first = first_wave(play, space)
        for values in play(truths, WORLDS):
            found = posterior(first, partial(each, misfit, data(values, rng)), play, space)
            means.append(found.mean)
            spreads.append(found.deviation)
            print(f"{len(means)} of {given.sets} data sets; {time.monotonic() - began:.0f} s", flush=True)
    print(report(space.odds(truths), np.array(means), np.array(spreads)))


def report(truths: np.ndarray, middles: np.ndarray, spreads: np.ndarray) -> str:
    """Coverage and correlation of each constant, and of those together that the published findings speak of."""
    names = list(ranges())
    inside = np.abs(truths - middles) <= 1.96 * spreads
    shrunk = 1 - spreads.mean(axis=0) / PRIOR
    claimed = tomllib.loads(ENSEMBLE.read_text(encoding="utf-8"))["shrinkage"]
    fitted = np.array([name not in FREE for name in names])
    chosen = np.array([name not in FREE and claimed.get(name, 0.0) >= IDENTIFIED for name in names])
    lines = [f"{'constant':<28}{'inside':>7}{'correlation':>13}{'shrinkage here':>16}{'in the fit':>12}"]
    for k in np.argsort(-shrunk, kind="stable"):
        if fitted[k]:
            with np.errstate(invalid="ignore"):
                near = float(np.corrcoef(truths[:, k], middles[:, k])[0, 1])
            lines.append(f"{names[k]:<28}{inside[:, k].sum():>4}/{len(inside)}{near:>13.2f}{shrunk[k]:>16.2f}"
                         f"{claimed.get(names[k], 0.0):>12.2f}")
    unbound = fitted & np.array([name not in ORDERED for name in names])
    for label, which in ((f"shrunk by {IDENTIFIED} or more in the fit", chosen), ("bound by no order", unbound),
                         ("all constants fitted", fitted)):
        lines.append(f"Truth inside the 95 % interval, {label} ({which.sum()}): {inside[:, which].mean():.0%} "
                     f"of {inside[:, which].size}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
