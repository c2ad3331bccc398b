"""Sets of constants that fit the published findings which are not held out.

    python -m experiments.psychology_fit

The prior is uniform over each constant's sweep range, under the orderings of `Psychology`. The
likelihood is Gaussian: a band is two standard deviations to each side of its middle; a sign costs
nothing on its side, and falls off beyond with a scale by unit. A discrepancy term widens all of it, for
the model is not the world. Sobol draws from the prior are moved to the posterior by an ensemble smoother with
multiple data assimilation (Emerick & Reynolds 2013, Computers & Geosciences 55), and then by Metropolis steps of
differential evolution (ter Braak 2006, Statistics and Computing 16); the likeliest third is kept.
The problem is not identified; what comes out is an ensemble, not a best set, and its spread is a rough one.
Free anchors of the validation businesses are fitted along.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from experiments.psychology_prior import FREE, Ranges, as_constants, ranges, start
from experiments.validation import lab
from experiments.validation.disputes import CHECKS, disputes
from experiments.validation.scoring import experiments
from experiments.validation.targets import Check, targets
from sim.chance import run_seed

DISCREPANCY = 0.5
"""Variance of the model's own error, as a share of that of the band."""
SCALES = {"%": 3.0, "points": 2.0, "ratio": 0.15, "share": 0.05, "% of spending": 0.3, "% of loss": 10.0,
          "felt": 0.01, "uncertainty": 0.02, "beta": 0.02}
"""How far beyond its limit a one-sided check counts as a standard deviation, by unit."""
ROOM = 0.5
"""By how much of that scale a sign should hold, so that its whole interval does."""
WORST = 8.0
"""Beyond so many standard deviations all misfits are alike."""
FIT_SEED = 7
"""Master seed of the worlds of the fit; `amends validate` uses another."""


def misfit(check: Check, value: float) -> float:
    """How far a check is off, in standard deviations; a sign that holds with some room is not off at all."""
    if math.isnan(value):
        return 0.0 if check.may_be_absent else WORST
    if math.isfinite(check.low) and math.isfinite(check.high):
        off = (value - (check.low + check.high) / 2) / ((check.high - check.low) / 4)
    else:
        scale = SCALES[check.unit]
        off = max(0.0, (value - check.high) / scale + ROOM) - max(0.0, (check.low - value) / scale + ROOM)
    return max(-WORST, min(WORST, off / math.sqrt(1 + DISCREPANCY)))


def measured() -> list[Check]:
    """What the fit sees: every check of the findings not held out, and the dispute rates."""
    return [check for target in targets().values() if not target.held_out for check in target.checks] + list(CHECKS)


def outcomes(vector: np.ndarray) -> np.ndarray:
    """What the model gives for each of these checks, from one world for each experiment."""
    point = as_constants(vector)
    assert point is not None
    psychology, free = point
    world = int(run_seed(FIT_SEED, 0))
    values = []
    with lab.fitted(free), np.errstate(all="ignore"):
        for name, target in targets().items():
            if not target.held_out:
                found = experiments()[name](psychology, world)
                values += [found[check.name] for check in target.checks]
        found = disputes(psychology, world)
        values += [found[check.name] for check in CHECKS]
    return np.array(values)


def misfits(checks: Sequence[Check], values: np.ndarray) -> np.ndarray:
    """How far each point is off in each check: (points, checks)."""
    return np.array([[misfit(check, value) for check, value in zip(checks, row, strict=True)] for row in values])


def sample(members: int, steps: int, turns: int, workers: int,
           checks: Sequence[Check] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The ensemble after all steps and turns, and its log-likelihoods.

    Each step of the smoother sees the data with their variance multiplied by the number of steps. After a third of the
    steps the free numbers of the validation businesses are fixed: a business has one anchor, not one for each set of
    constants. The turns are Metropolis steps of differential evolution, which need no linear model.
    """
    checks = measured() if checks is None else checks
    rng, space = np.random.default_rng(FIT_SEED), Ranges()
    points = start(members, FIT_SEED)
    began = time.monotonic()
    with ProcessPoolExecutor(workers) as pool:

        def play(at: np.ndarray) -> np.ndarray:
            return misfits(checks, np.array(list(pool.map(outcomes, at))))

        off = play(points)
        for step in range(steps):
            fixed = step >= steps // 3
            if fixed:
                points[:, space.free] = np.median(points[:, space.free], axis=0)
            points = smoothed(points, off, steps, space, rng, fixed)
            off = play(points)
            heights = -0.5 * (off**2).sum(axis=1)
            tell(f"smoother, step {step + 1}", heights, began)
        for turn in range(turns):
            proposed = crossed(points, space, rng)
            tried = -0.5 * (play(proposed)**2).sum(axis=1)
            better = tried - heights + space.prior(proposed) - space.prior(points)
            taken = np.log(rng.random(members)) < better
            points[taken], heights[taken] = proposed[taken], tried[taken]
            tell(f"turn {turn + 1}, {taken.mean():.0%} moved", heights, began)
    return points, heights


def smoothed(points: np.ndarray, off: np.ndarray, steps: int, space: Ranges, rng: np.random.Generator,
             fixed: bool) -> np.ndarray:
    """One step of the ensemble smoother; `fixed` holds the free numbers where they are."""
    odds, moved = space.odds(points), points.copy()
    spread, apart = odds - odds.mean(axis=0), off - off.mean(axis=0)
    noisy = math.sqrt(steps) * rng.normal(size=off.shape) - off
    gain = np.linalg.solve(apart.T @ apart / (len(points) - 1) + steps * np.eye(off.shape[1]), noisy.T)
    shift = (spread.T @ apart / (len(points) - 1) @ gain).T
    for k in range(len(points)):
        # A step that would break an ordering is halved until it does not.
        for share in (1.0, 0.5, 0.25, 0.12):
            tried = space.points(odds[k] + share * shift[k])
            if fixed:
                tried[space.free] = points[k, space.free]
            if as_constants(tried) is not None:
                moved[k] = tried
                break
    return moved


def crossed(points: np.ndarray, space: Ranges, rng: np.random.Generator) -> np.ndarray:
    """Each point moved along the difference of two others (ter Braak 2006); as it was where that breaks an ordering."""
    odds, moved = space.odds(points), points.copy()
    for k in range(len(points)):
        one, other = rng.choice([n for n in range(len(points)) if n != k], 2, replace=False)
        length = 2.38 / math.sqrt(2 * len(space.low)) * rng.choice([0.25, 0.5, 1.0])
        tried = space.points(odds[k] + length * (odds[one] - odds[other]) + 0.01 * rng.normal(size=len(space.low)))
        tried[space.free] = points[k, space.free]
        if as_constants(tried) is not None:
            moved[k] = tried
    return moved


def tell(step: str, heights: np.ndarray, began: float) -> None:
    """Where the fit stands."""
    print(f"{step}: log-likelihood best {heights.max():.1f}, median {np.median(heights):.1f}, "
          f"{time.monotonic() - began:.0f} s", flush=True)


def written(prior: np.ndarray, points: np.ndarray, heights: np.ndarray, keep: int, command: str) -> str:
    """The likeliest `keep` of the ensemble as TOML: the free numbers once, then each set of constants."""
    best = np.argsort(-heights, kind="stable")[:keep]
    points, heights = points[best], heights[best]
    names = list(ranges())
    medians = dict(zip(names, np.median(points, axis=0), strict=True))
    lines = [f"# Written by: {command}", "# Sets of constants of human nature that fit the findings not held out.", "",
             "[free]", *(f'"{name}" = {medians[name]:.6g}' for name in FREE)]
    prior = prior.std(axis=0)
    lines += ["", "[shrinkage]", "# 1 - standard deviation in the ensemble : in the prior",
              *(f'"{name}" = {1 - spread:.2f}' for name, spread in
                zip(names, points.std(axis=0) / prior, strict=True))]
    for vector, height in zip(points, heights, strict=True):
        point = as_constants(vector)
        assert point is not None
        lines += ["", "[[constants]]", f"# log-likelihood {height:.2f}",
                  *(f"{name} = {value!r}" for name, value in point[0].model_dump().items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit, and write the ensemble."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=112, help="sets of constants in the ensemble")
    parser.add_argument("--steps", type=int, default=9, help="steps of the smoother; at least 2")
    parser.add_argument("--turns", type=int, default=8, help="turns of differential evolution after it")
    parser.add_argument("--keep", type=int, default=32, help="how many of the likeliest are written")
    parser.add_argument("--workers", type=int, default=2, help="processes; the answer is the same for any number")
    parser.add_argument("--out", type=Path, default=Path("experiments/validation/ensemble.toml"))
    given = parser.parse_args()
    points, heights = sample(given.members, given.steps, given.turns, given.workers)
    command = (f"python -m experiments.psychology_fit --members {given.members} --steps {given.steps} "
               f"--turns {given.turns} --keep {given.keep}")
    text = written(start(given.members, FIT_SEED), points, heights, given.keep, command)
    given.out.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
