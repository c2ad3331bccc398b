"""Sets of constants that fit the targets which are not held out.

    python -m experiments.psychology_fit

The prior is uniform over each constant's sweep range (in the logarithm where it says so), under the orderings of
`Psychology`. The likelihood is Gaussian: a band is two standard deviations to each side of its middle; a sign costs
nothing on its side, and falls off beyond with a scale by unit. A discrepancy term widens all of it, for
the model is not the world. Gauss-Newton steps lead from the middle of the prior to the likeliest point, the
*centre*. What the findings leave open around it is found by waves of draws (`experiments.psychology_posterior`). Sets
of constants are drawn from that, played, kept with a chance that follows how well they fit, and walked by Metropolis'
rule towards prior and likelihood as played. The problem is not identified; what comes out is a centre and an
ensemble. Free anchors of the validation businesses are fitted along.
"""

from __future__ import annotations

import argparse
import math
import time
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from experiments.psychology_posterior import (
    DRAWS,
    FIRST,
    PRIOR,
    WAVES,
    drawn,
    first_wave,
    kept,
    moved,
    posterior,
    weights,
)
from experiments.psychology_prior import FREE, Ranges, as_constants, ranges
from experiments.validation import lab
from experiments.validation.disputes import CHECKS, disputes
from experiments.validation.playing import experiments
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
STEP = 0.25
"""Difference in log-odds from which slopes are taken."""
SHARP = 5.0
"""How much more a check outside its band weighs in the last rounds."""
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


def beyond(check: Check, value: float) -> float:
    """How far outside its band a check is, or too near the edge of it, in quarters of the band or scales."""
    if math.isnan(value):
        return 0.0 if check.may_be_absent else WORST
    both = math.isfinite(check.low) and math.isfinite(check.high)
    scale = (check.high - check.low) / 4 if both else SCALES[check.unit]
    room = ROOM / 2 * scale if both else ROOM * scale
    return min(WORST, max(0.0, check.low + room - value, value - check.high + room) / scale)


def measured() -> list[Check]:
    """What the fit sees: every check of the targets not held out, and the dispute rates."""
    return [check for target in targets().values() if not target.held_out for check in target.checks] + list(CHECKS)


def outcomes(vector: np.ndarray, run: int = 0) -> np.ndarray:
    """What the model gives for each of these checks, from the world of that run for each experiment."""
    point = as_constants(vector)
    assert point is not None
    psychology, free = point
    world = int(run_seed(FIT_SEED, run))
    values = []
    with lab.fitted(free), np.errstate(all="ignore"):
        for name, target in targets().items():
            if not target.held_out:
                found = experiments()[name](psychology, world)
                values += [found[check.name] for check in target.checks]
        found = disputes(psychology, world)
        values += [found[check.name] for check in CHECKS]
    return np.array(values)


def each(how: Callable[[Check, float], float], checks: Sequence[Check], values: np.ndarray) -> np.ndarray:
    """How far each point is off in each check: (points, checks)."""
    return np.array([[how(check, value) for check, value in zip(checks, row, strict=True)] for row in values])


def central(rounds: int, sharp: int, play: Callable[[np.ndarray], np.ndarray], checks: Sequence[Check],
            space: Ranges) -> np.ndarray:
    """The likeliest point under prior and data, in log-odds.

    Gauss-Newton from the middle of the prior; slopes from differences of `STEP` in the log-odds of the range, with the
    same worlds throughout, so that luck does not move them. In the last `sharp` rounds what lies outside its band
    weighs `SHARP` times more, so that bands nearly met are met.
    """
    began = time.monotonic()
    odds, caution = np.zeros(len(space.low)), 1.0

    def off(points: list[np.ndarray], turn: int) -> np.ndarray:
        values = play(np.array([space.points(one) for one in points]))
        extra = SHARP * (turn > rounds) * each(beyond, checks, values)
        return np.hstack([each(misfit, checks, values), extra])

    for turn in range(rounds + sharp + 1):
        # Where an order forbids the step up, the step down is taken.
        signs = [1 if as_constants(space.points(odds + one)) is not None else -1 for one in STEP * np.eye(len(odds))]
        moved = [odds + sign * one for sign, one in zip(signs, STEP * np.eye(len(odds)), strict=True)]
        possible = np.array([as_constants(space.points(one)) is not None for one in moved])
        found = off([odds, *(one for one, may in zip(moved, possible, strict=True) if may)], turn)
        now, slopes = found[0], np.zeros((found.shape[1], len(odds)))
        slopes[:, possible] = ((found[1:] - now) / (STEP * np.array(signs)[possible])[:, None]).T
        tell(f"round {turn}", now, odds, began)
        if turn == rounds + sharp:
            break
        tried = []
        for damping in (0.3, 1.0, 3.0):
            matrix = slopes.T @ slopes + np.eye(len(odds)) * (1 / PRIOR**2 + caution * damping)
            step = -np.linalg.solve(matrix, slopes.T @ now + odds / PRIOR**2)
            for share in (1.0, 0.5):
                ahead = np.clip(odds + share * step, -4, 4)
                while as_constants(space.points(ahead)) is None:
                    ahead = odds + 0.7 * (ahead - odds)
                tried.append(ahead)
        cost = [height(values, one) for values, one in zip(off(tried, turn), tried, strict=True)]
        better = min(cost) < height(now, odds)
        caution = max(1.0, caution / 3) if better else 6 * caution
        if better:
            odds = tried[int(np.argmin(cost))]
    return odds


def height(off: np.ndarray, odds: np.ndarray) -> float:
    """Minus the logarithm of likelihood times prior."""
    return float(0.5 * (off**2).sum() + 0.5 * (odds**2).sum() / PRIOR**2)


def fit(rounds: int, sharp: int, pool: Executor) -> np.ndarray:
    """The central point (numbers)."""
    space = Ranges()
    middle = central(rounds, sharp, lambda points: np.array(list(pool.map(outcomes, points))), measured(), space)
    point: np.ndarray = space.points(middle)
    return point


def ensemble(centre: np.ndarray, members: int, keep: int, turns: int,
             pool: Executor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The centre and sets drawn from what the findings leave open; how far off each is; the shrinkage of each number.

    The free numbers stay at the centre; of `members` draws `keep - 1` stay, and walk `turns` steps.
    """
    seen, space = measured(), Ranges()

    def play(points: np.ndarray, run: int) -> np.ndarray:
        return np.array(list(pool.map(outcomes, points, range(run, run + len(points)), chunksize=4)))

    known = posterior(first_wave(play, space), partial(each, misfit, seen), play, space)
    around = known.where(space.free, space.odds(centre[None])[0][space.free])
    rng = np.random.default_rng(FIT_SEED)
    odds = drawn(around, members, space, rng)
    off = each(misfit, seen, play(space.points(odds), FIRST + 1 + WAVES * DRAWS))
    chosen = kept(weights(around, odds, off, space), keep - 1, rng)
    own = FIRST + 1 + WAVES * DRAWS + members
    odds, off, taken = moved(around, odds[chosen], each(misfit, seen, play(space.points(odds[chosen]), own)), turns,
                             lambda points: each(misfit, seen, play(points, own)), space, rng)
    print(f"{taken:.0%} of the steps taken", flush=True)
    off = np.vstack([each(misfit, seen, play(centre[None], 0)), off])
    return np.vstack([centre[None], space.points(odds)]), (off**2).sum(axis=1), known.shrinkage


def tell(step: str, off: np.ndarray, odds: np.ndarray, began: float) -> None:
    """Where the fit stands."""
    print(f"{step}: minus log-posterior {height(off, odds):.1f}, of it misfit {0.5 * (off**2).sum():.1f}; "
          f"{time.monotonic() - began:.0f} s", flush=True)


def written(points: np.ndarray, off: np.ndarray, shrunk: np.ndarray, command: str) -> str:
    """The centre and the others as TOML, in the order drawn: the free numbers once, then each set of constants."""
    names = list(ranges())
    lines = [f"# Written by: {command}",
             "# Sets of constants of human nature that fit the targets not held out; the central one first.", "",
             "[free]",
             *(f'"{name}" = {float(points[0][names.index(name)])!r}' for name in FREE),
             "", "[shrinkage]", "# 1 - standard deviation under the posterior : under the prior (in log-odds)",
             *(f'"{name}" = {share:.2f}' for name, share in zip(names, shrunk, strict=True) if name not in FREE)]
    for vector, outside in zip(points, off, strict=True):
        point = as_constants(vector)
        assert point is not None
        lines += ["", "[[constants]]", f"# sum of squared misfits {outside:.1f}",
                  *(f"{name} = {value!r}" for name, value in point[0].model_dump().items())]
    return "\n".join(lines) + "\n"


def middle_of(path: Path) -> np.ndarray:
    """The central point of a file written before."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return np.array([data["free"][name] if name in FREE else data["constants"][0][name] for name in ranges()])


def main() -> None:
    """Fit, and write the ensemble."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=4, help="rounds of Gauss-Newton to the centre")
    parser.add_argument("--sharp", type=int, default=12, help="further rounds in which bands nearly met weigh more")
    parser.add_argument("--centre", type=Path, metavar="FILE", help="keep the centre of this file, and draw the rest")
    parser.add_argument("--members", type=int, default=256, help="draws around it")
    parser.add_argument("--keep", type=int, default=32, help="how many sets are written")
    parser.add_argument("--turns", type=int, default=30, help="steps that each of them walks")
    parser.add_argument("--workers", type=int, default=2, help="processes; the answer is the same for any number")
    parser.add_argument("--out", type=Path, default=Path("experiments/validation/ensemble.toml"))
    given = parser.parse_args()
    with ProcessPoolExecutor(given.workers) as pool:
        centre = middle_of(given.centre) if given.centre else fit(given.rounds, given.sharp, pool)
        points, off, shrunk = ensemble(centre, given.members, given.keep, given.turns, pool)
    command = (f"python -m experiments.psychology_fit --rounds {given.rounds} --sharp {given.sharp} "
               f"--members {given.members} --keep {given.keep} --turns {given.turns}")
    given.out.write_text(written(points, off, shrunk, command), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
