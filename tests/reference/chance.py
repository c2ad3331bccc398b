"""Chance as in section 2 of docs/model.md, in plain whole numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

RUN, TRAITS, TIES, ROUTINE, VISIT, CASE, CLAIM, TALK, CASE_TALK, WITNESS, EVENT, WORKER = range(1, 13)

LOW = 0xFFFFFFFF
LOW64 = 0xFFFFFFFFFFFFFFFF

Words = tuple[int, int, int, int]


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Philox4x32-10: four words of counter and two of key become four words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        product0 = 0xD2511F53 * c0
        product1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (product1 >> 32) ^ c1 ^ k0, product1 & LOW, (product0 >> 32) ^ c3 ^ k1, product0 & LOW
        k0, k1 = (k0 + 0x9E3779B9) & LOW, (k1 + 0xBB67AE85) & LOW
    return c0, c1, c2, c3


def uniform(word: int) -> float:
    """A word as a number strictly between 0 and 1."""
    return (word + 0.5) / 4294967296.0


# Wichura (1988), algorithm AS 241, routine PPND16; highest power first, for Horner's rule
A = (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0)
B = (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0)
C = (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0)
D = (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0)
E = (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0)
F = (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0)


def horner(coefficients: Sequence[float], r: float) -> float:
    """A polynomial in r, highest power first."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * r + coefficient
    return value


def normal(u: float) -> float:
    """The quantile of the standard normal distribution."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * horner(A, r) / horner(B, r)
    r = math.sqrt(-math.log(u if q < 0 else 1.0 - u))
    if r <= 5.0:
        value = horner(C, r - 1.6) / horner(D, r - 1.6)
    else:
        value = horner(E, r - 5.0) / horner(F, r - 5.0)
    return -value if q < 0 else value


def sigma_of(cv: float) -> float:
    """The s of a lognormal distribution with this coefficient of variation."""
    return math.sqrt(math.log(1.0 + cv * cv))


def lognormal(mean: float, cv: float, u: float) -> float:
    """The quantile of the lognormal distribution with this mean and coefficient of variation."""
    s = sigma_of(cv)
    return mean * math.exp(s * normal(u) - s * s / 2.0)


def count(mean: float, u: float) -> int:
    """A whole number with this mean: one of its two neighbours."""
    return math.floor(mean + u)


def jump(key: int, n: int) -> int:
    """One of n by the jump consistent hash of Lamping & Veach (2014)."""
    b, j = -1, 0
    while j < n:
        b = j
        key = (key * 2862933555777941757 + 1) & LOW64
        j = int((b + 1) * (2147483648.0 / ((key >> 33) + 1)))
    return b


def pair(word: int, next_word: int) -> int:
    """Two words as one 64-bit key."""
    return word + (next_word << 32)


class Chance:
    """All draws of one run, by address. Draws are remembered: a second run finds them ready."""

    def __init__(self, seed: int) -> None:
        self.key = (seed & LOW, (seed >> 32) & LOW)
        self.memo: dict[Words, Words] = {}

    def block(self, purpose: int, person: int, period: int, round: int) -> Words:
        """The four words at an address."""
        counter = (person, period, purpose, round)
        words = self.memo.get(counter)
        if words is None:
            words = self.memo[counter] = philox(counter, self.key)
        return words

    def uniforms(self, purpose: int, person: int, period: int, round: int) -> tuple[float, float, float, float]:
        """The four uniforms u0 ... u3 at an address."""
        w0, w1, w2, w3 = self.block(purpose, person, period, round)
        return uniform(w0), uniform(w1), uniform(w2), uniform(w3)


def seed_of_run(master: int, k: int) -> int:
    """The seed of run k under a master seed."""
    w0, w1, _, _ = Chance(master).block(RUN, k & LOW, k >> 32, 0)
    return pair(w0, w1)
