"""What the findings leave open: a Gaussian of the posterior, found by waves of draws.

Slopes at one point, from one world, claim too much: the model bends, and luck moves it. So each wave draws points from
what is known so far, plays each in a world of its own, and lays a plane through how far off every check is. What
the plane leaves over, bend and luck, is a discrepancy term of that check: it adds to the variance of its likelihood.
The first wave is drawn from the prior. (Posterior linearisation: García-Fernández, Svensson, Morelande & Särkkä 2015.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from experiments.psychology_prior import Ranges, as_constants, start

PRIOR = math.pi / math.sqrt(3)
"""Standard deviation of the log-odds of a number that is uniform in its range."""
FIRST = 640
"""Points of the first wave: from the prior, so the same for every data set."""
DRAWS = 160
"""Points of each further wave."""
WAVES = 2
"""Waves after the first."""
STRIDES = (0.4, 0.2, 0.1)
"""How far the moves of a set go, in turn, in shares of the Gaussian's spread."""
SEED = 13

Play = Callable[[np.ndarray, int], np.ndarray]
"""Values of every check (points, checks), each point in a world of its own, from that run on."""
Off = Callable[[np.ndarray], np.ndarray]
"""How far off each point is in each check, in standard deviations of its likelihood: from values, (points, checks)."""


@dataclass(frozen=True)
class Posterior:
    """A Gaussian in the log-odds of the fitted numbers."""

    mean: np.ndarray
    covariance: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation of each number."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @cached_property
    def precision(self) -> np.ndarray:
        """Inverse of the covariance, 0 for what has no spread."""
        return np.asarray(np.linalg.pinv(self.covariance))

    @property
    def shrinkage(self) -> np.ndarray:
        """1 - standard deviation under the posterior : under the prior."""
        return np.asarray(1 - self.deviation / PRIOR)

    def where(self, known: list[int], values: np.ndarray) -> Posterior:
        """The others, where these numbers are known; the known have no spread left."""
        rest = [k for k in range(len(self.mean)) if k not in known]
        pull = self.covariance[:, known] @ np.linalg.inv(self.covariance[np.ix_(known, known)])
        mean = self.mean + pull @ (values - self.mean[known])
        covariance = np.zeros_like(self.covariance)
        covariance[np.ix_(rest, rest)] = (self.covariance - pull @ self.covariance[known])[np.ix_(rest, rest)]
        return Posterior(mean, covariance)


def linearised(odds: np.ndarray, off: np.ndarray) -> Posterior:
    """The posterior if the plane through these points (points, numbers) held, with what it leaves over as noise."""
    points, numbers = odds.shape
    middle = odds.mean(axis=0)
    plane = np.hstack([np.ones((points, 1)), odds - middle])
    solved = np.linalg.lstsq(plane, off, rcond=None)[0]
    there, slopes = solved[0], solved[1:].T
    left = ((off - plane @ solved) ** 2).sum(axis=0) / (points - numbers - 1)
    weight = 1 / (1 + left)
    # Noise in the slopes looks like knowledge; what is to be expected of it is taken off.
    around = np.linalg.inv((odds - middle).T @ (odds - middle))
    sizes, ways = np.linalg.eigh(slopes.T * weight @ slopes - (weight * left).sum() * around)
    information = ways * np.maximum(sizes, 0) @ ways.T
    covariance = np.linalg.inv(information + np.eye(numbers) / PRIOR**2)
    return Posterior(covariance @ (information @ middle - slopes.T @ (weight * there)), covariance)


def drawn(known: Posterior, count: int, space: Ranges, rng: np.random.Generator, ordered: bool = True) -> np.ndarray:
    """Draws in log-odds (count, numbers), of which, if `ordered`, none breaks an order."""
    sizes, ways = np.linalg.eigh(known.covariance)
    spread = ways * np.sqrt(np.maximum(sizes, 0))
    found: list[np.ndarray] = []
    while len(found) < count:
        odds = known.mean + spread @ rng.normal(size=len(known.mean))
        if not ordered or as_constants(space.points(odds)) is not None:
            found.append(odds)
    return np.array(found)


def first_wave(play: Play, space: Ranges) -> tuple[np.ndarray, np.ndarray]:
    """Points from the prior in log-odds, and the values of every check there."""
    points = start(FIRST, SEED)
    return space.odds(points), play(points, 1)


def posterior(first: tuple[np.ndarray, np.ndarray], off: Off, play: Play, space: Ranges) -> Posterior:
    """What the data leave open, by `WAVES` waves after the first."""
    rng = np.random.default_rng(SEED)
    known = linearised(first[0], off(first[1]))
    for wave in range(WAVES):
        odds = drawn(known, DRAWS, space, rng)
        known = linearised(odds, off(play(space.points(odds), FIRST + 1 + wave * DRAWS)))
    return known


def weights(known: Posterior, odds: np.ndarray, off: np.ndarray, space: Ranges) -> np.ndarray:
    """Logarithm of prior times likelihood as played, over the density that the points were drawn from; up to a sum."""
    apart = odds - known.mean
    drawn_from = -0.5 * np.einsum("ij,jk,ik->i", apart, known.precision, apart)
    return np.asarray(space.prior(space.points(odds)) - 0.5 * (off**2).sum(axis=1) - drawn_from)


def kept(log_weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Which draws stay, in their order: with a chance that follows their weight, none twice (Efraimidis & Spirakis)."""
    keys = log_weights + rng.gumbel(size=len(log_weights))
    return np.sort(np.argsort(-keys, kind="stable")[:count])


def moved(known: Posterior, odds: np.ndarray, off: np.ndarray, turns: int, off_at: Off, space: Ranges,
          rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Points moved towards the posterior as the model has it; how far off each is; the share of moves taken.

    Draws from a Gaussian fit badly where the model bends. Each point walks `turns` steps that would leave the
    Gaussian as it is (preconditioned Crank-Nicolson: Cotter, Roberts, Stuart & White 2013), and takes those that
    Metropolis' rule on prior and likelihood lets it take. `off_at` plays points in the worlds that belong to them.
    """
    now, taken = weights(known, odds, off, space), 0
    still = Posterior(np.zeros_like(known.mean), known.covariance)
    for turn in range(turns):
        stride = STRIDES[turn % len(STRIDES)]
        fresh = drawn(still, len(odds), space, rng, ordered=False)
        ahead = known.mean + math.sqrt(1 - stride**2) * (odds - known.mean) + stride * fresh
        possible = np.array([as_constants(point) is not None for point in space.points(ahead)])
        ahead = np.where(possible[:, None], ahead, odds)
        off_ahead = off_at(space.points(ahead))
        then = weights(known, ahead, off_ahead, space)
        take = possible & (np.log(rng.random(len(odds))) < then - now)
        odds, off, now = (np.where(take[:, None], ahead, odds), np.where(take[:, None], off_ahead, off),
                          np.where(take, then, now))
        taken += int(take.sum())
    return odds, off, taken / max(1, turns * len(odds))
