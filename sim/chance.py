"""Addressed chance: every draw is a function of (seed, purpose, person, period, round).

Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as
1, 2, 3", 2011). Because a draw depends on its address alone, two strategies meet
the same luck, and order, threads and workers never matter.
"""

from __future__ import annotations

from math import exp, log, log1p, sqrt

import numpy as np

from sim.compiled import compiled

RUN, TRAITS, TIES, ROUTINE, VISIT, CASE, CLAIM, TALK, CASE_TALK, WITNESS, EVENT, WORKER = range(1, 13)
"""Purposes of draws; `docs/model.md`, section 2."""

_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_JUMP, _ONE, _SHIFT = np.uint64(2862933555777941757), np.uint64(1), np.uint64(33)


@compiled
def block(seed, purpose, person, period, turn):
    """Four 32-bit words (as uint64) for an address; `seed` is a uint64."""
    c0, c1, c2, c3 = np.uint64(person), np.uint64(period), np.uint64(purpose), np.uint64(turn)
    k0, k1 = seed & _LOW, seed >> _HALF
    for _ in range(10):
        product_0, product_1 = _MULTIPLIER_0 * c0, _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> _HALF) ^ c1 ^ k0, product_1 & _LOW, (product_0 >> _HALF) ^ c3 ^ k1, product_0 & _LOW)
        k0, k1 = (k0 + _WEYL_0) & _LOW, (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@compiled
def uniform(word):
    """A word as a number strictly between 0 and 1."""
    return (float(word) + 0.5) * 2.0**-32


@compiled
def key(word, next_word):
    """Two words as one 64-bit key."""
    return word | (next_word << _HALF)


@compiled
def jump(key, n):
    """Choose one of n so that a newcomer attracts only the draws that hit it.

    Lamping & Veach, "A fast, minimal memory, consistent hash algorithm", 2014.
    """
    chosen, candidate = -1, 0
    while candidate < n:
        chosen = candidate
        key = key * _JUMP + _ONE
        candidate = int((chosen + 1) * (2147483648.0 / float((key >> _SHIFT) + _ONE)))
    return chosen


@compiled
def count(mean, u):
    """A whole number with the given mean: floor(mean + u)."""
    return int(mean + u)


@compiled
def normal(u):
    """The standard normal quantile: Wichura's AS241 (PPND16), good to 1e-16."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * (((((((
            2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
            + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
            + 133.14166789178437745) * r + 3.387132872796366608) / (((((((
                5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0)
    r = sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        x = (((((((
            7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734) / (((((((
                1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
                + 2.05319162663775882187) * r + 1.0)
    else:
        r -= 5.0
        x = (((((((
            2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
            + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
            + 5.4637849111641143699) * r + 6.6579046435011037772) / (((((((
                2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                + 0.59983220655588793769) * r + 1.0)
    return -x if q < 0.0 else x


@compiled
def lognormal(mean, variation, u):
    """A lognormal number of given mean and coefficient of variation."""
    sigma = sqrt(log1p(variation * variation))
    return mean * exp(sigma * normal(u) - sigma * sigma / 2.0)


def run_seed(master_seed: int, k: int) -> int:
    """The 64-bit seed of run k; neighbouring master seeds share no run."""
    words = block(np.uint64(master_seed), RUN, k & 0xFFFFFFFF, k >> 32, 0)
    return int(words[0]) | int(words[1]) << 32
