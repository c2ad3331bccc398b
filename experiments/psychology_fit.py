"""Sets of constants that fit the published findings which are not held out.

    python -m experiments.psychology_fit

The prior is uniform over each constant's sweep range, under the orderings of `Psychology`. The
likelihood is Gaussian: a band is two standard deviations to each side of its middle; a sign costs
nothing on its side, and falls off beyond with a scale by unit. A discrepancy term widens all of it, for
the model is not the world. Sobol draws from the prior are moved to the posterior by an ensemble smoother with
multiple data assimilation (Emerick & Reynolds 2013, Computers & Geosciences 55); the likeliest third is kept.
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
from pydantic import ValidationError
from scipy.stats import qmc

from experiments.validation import lab
from experiments.validation.disputes import CHECKS, disputes
from experiments.validation.scoring import experiments
from experiments.validation.targets import Check, targets
from sim.chance import run_seed
from sim.psychology import Psychology

DISCREPANCY = 0.5
"""Variance of the model's own error, as a share of that of the band."""
SCALES = {"%": 3.0, "points": 2.0, "ratio": 0.15, "share": 0.05, "% of spending": 0.3, "% of loss": 10.0,
          "felt": 0.01, "uncertainty": 0.02, "beta": 0.02}
"""How far beyond its limit a one-sided check counts as a standard deviation, by unit."""
ROOM = 0.5
"""By how much of that scale a sign should hold, so that its whole interval does."""
WORST = 8.0
"""Beyond so many standard deviations all misfits are alike."""
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
FIT_SEED = 7
"""Master seed of the worlds of the fit; `amends validate` uses another."""


def ranges() -> dict[str, tuple[float, float]]:
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
    return {**found, **FREE}


def as_constants(vector: Sequence[float]) -> tuple[Psychology, dict[str, float]] | None:
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


def misfits(vector: Sequence[float]) -> np.ndarray:
    """Of all checks that are not held out, from one world for each experiment."""
    point = as_constants(vector)
    assert point is not None
    psychology, free = point
    seed = int(run_seed(FIT_SEED, 0))
    off = []
    with lab.fitted(free), np.errstate(all="ignore"):
        for name, target in targets().items():
            if not target.held_out:
                found = experiments()[name](psychology, seed)
                off += [misfit(check, found[check.name]) for check in target.checks]
        found = disputes(psychology, seed)
        off += [misfit(check, found[check.name]) for check in CHECKS]
    return np.array(off)


def start(chains: int) -> np.ndarray:
    """Sobol draws within the ranges; constants that must be in order are drawn towards the default until they are."""
    spans = np.array(list(ranges().values()))
    plain = Psychology().model_dump()
    anchors = {f"{name}.{key}": value for name in ("discretionary", "contractual")
               for key, value in lab.firm(name).leaving.model_dump().items()}
    middle = np.array([plain.get(name, anchors.get(name, 0.25)) for name in ranges()])
    tied = np.array([name in ORDERED for name in ranges()])
    sobol = qmc.Sobol(len(spans), scramble=True, rng=FIT_SEED)
    points: list[np.ndarray] = []
    while len(points) < chains:
        for draw in sobol.random(64):
            drawn = spans[:, 0] + draw * (spans[:, 1] - spans[:, 0])
            pulled = (np.where(tied, w * middle + (1 - w) * drawn, drawn)
                      for w in (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0))
            points += [next(point for point in pulled if as_constants(point) is not None)]
    return np.array(points[:chains])


def sample(members: int, steps: int, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """The ensemble after all steps, and its log-likelihoods.

    Each step sees the data with their variance multiplied by the number of steps. Half-way through, the free
    numbers of the validation businesses are fixed: a business has one anchor, not one for each set of constants.
    """
    rng = np.random.default_rng(FIT_SEED)
    points = start(members)
    low, high = np.array(list(ranges().values())).T
    free = [list(ranges()).index(name) for name in FREE]
    began = time.monotonic()
    with ProcessPoolExecutor(workers) as pool:
        off = np.array(list(pool.map(misfits, points)))
        for step in range(steps):
            if step >= steps // 2:
                points[:, free] = np.median(points[:, free], axis=0)
            inner = np.clip((points - low) / (high - low), 1e-3, 1 - 1e-3)
            odds = np.log(inner / (1 - inner))
            spread, apart = odds - odds.mean(axis=0), off - off.mean(axis=0)
            noisy = math.sqrt(steps) * rng.normal(size=off.shape) - off
            gain = np.linalg.solve(apart.T @ apart / (members - 1) + steps * np.eye(off.shape[1]), noisy.T)
            shift = (spread.T @ apart / (members - 1) @ gain).T
            for k in range(members):
                # A step that would break an ordering is halved until it does not.
                for share in (1.0, 0.5, 0.25, 0.12):
                    moved = low + (high - low) / (1 + np.exp(-(odds[k] + share * shift[k])))
                    moved[free] = points[k, free] if step >= steps // 2 else moved[free]
                    if as_constants(moved) is not None:
                        points[k] = moved
                        break
            off = np.array(list(pool.map(misfits, points)))
            heights = -0.5 * (off**2).sum(axis=1)
            print(f"step {step + 1}: log-likelihood best {heights.max():.1f}, median {np.median(heights):.1f}, "
                  f"{time.monotonic() - began:.0f} s", flush=True)
    return points, heights


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
    parser.add_argument("--keep", type=int, default=32, help="how many of the likeliest are written")
    parser.add_argument("--workers", type=int, default=2, help="processes; the answer is the same for any number")
    parser.add_argument("--out", type=Path, default=Path("experiments/validation/ensemble.toml"))
    given = parser.parse_args()
    points, heights = sample(given.members, given.steps, given.workers)
    command = (f"python -m experiments.psychology_fit --members {given.members} --steps {given.steps} "
               f"--keep {given.keep}")
    text = written(start(given.members), points, heights, given.keep, command)
    given.out.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
