"""How often customers come, and when they stop: the BG/NBD model by maximum likelihood.

While customers are there, they come at random at a rate of their own; the rates are gamma
distributed (shape `r`, rate `alpha`). After each repeat purchase they leave with a
probability of their own; these are beta distributed (`a`, `b`). Formulas: Fader, Hardie
& Lee 2005, "Counting your customers" the easy way, Marketing Science 24(2) 275-284.
Time is in weeks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainccinv, betaln, expit, gammaln, ndtri, xlogy

from experiments.calibration.likelihood import Maximum, maximise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUANTILES = (np.arange(2000) + 0.5) / 2000
BOUNDS = ((-14.0, 6.0), (-6.0, 7.0), (-9.0, 9.0), (-4.0, 8.0))
"""Of the logarithms of mean rate, `r` and `a + b`, and of the logit of the mean drop-out: in these
coordinates one of them can be unknown without spoiling the others."""
SEEN = 2.71
"""Twice the gain in log-likelihood from which on drop-out is seen at all: the 5 % point where the
parameter lies at the edge of what is possible (half of chi-square with 1 degree)."""


@dataclass(frozen=True)
class Purchases:
    """The fit, with standard errors of every number."""

    r: float
    alpha: float
    a: float
    b: float
    errors: dict[str, float]
    """of r, alpha, a, b, mean_rate, rate_spread, dropout; 0 for what the data do not say"""
    log_likelihood: float
    gain: float
    """of log-likelihood over a fit in which nobody ever leaves"""
    customers: int
    rates_differ: bool
    """whether differences in rate between customers are seen"""
    dropouts_differ: bool
    """whether differences in drop-out between customers are seen"""

    @property
    def mean_rate(self) -> float:
        """Mean purchases per week of a customer who is there."""
        return self.r / self.alpha

    @property
    def rate_spread(self) -> float:
        """Coefficient of variation of that rate between customers."""
        return float(self.r**-0.5)

    @property
    def dropout(self) -> float:
        """Mean probability to leave after a repeat purchase, among new customers."""
        return self.a / (self.a + self.b)

    @property
    def dropout_seen(self) -> bool:
        """Whether the data tell leaving from coming seldom."""
        return 2 * self.gain > SEEN


def log_likelihood(r: float, alpha: float, a: float, b: float, repeats: Ints, last: Floats,
                   observed: Floats) -> Floats:
    """Of each history (Fader, Hardie & Lee 2005, equation 6)."""
    never = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha) - (r + repeats) * np.log(alpha + observed)
    still = betaln(a, b + repeats) - betaln(a, b)
    with np.errstate(divide="ignore"):
        left = np.where(repeats > 0, betaln(a + 1, b + np.maximum(repeats, 1) - 1) - betaln(a, b)
                        + (r + repeats) * np.log((alpha + observed) / (alpha + last)), -np.inf)
    return np.asarray(never + np.logaddexp(still, left))


def fit_purchases(repeats: Ints, last: Floats, observed: Floats) -> Purchases:
    """Fit the four numbers to histories x, t_x, T."""
    together = np.column_stack((repeats, last, observed))
    rows, weights = np.unique(together, axis=0, return_counts=True)
    x, t_x, t = rows.T

    def value(at: Floats) -> float:
        return float(weights @ log_likelihood(*_natural(at), x, t_x, t))

    def value_without_leaving(at: Floats) -> float:
        r, alpha = np.exp(at[1]), np.exp(at[1] - at[0])
        return float(weights @ (gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + t)))

    rate = np.log(repeats.sum() / observed.sum())
    best = maximise(value, [(rate + 0.7, -1.0, -1.0, 1.0), (rate + 0.2, 0.0, -2.5, 1.5)], BOUNDS)
    staying = maximise(value_without_leaving, [(rate, -0.5)], BOUNDS[:2])
    r, alpha, a, b = _natural(best.at)
    return Purchases(r, alpha, a, b, _errors(best), best.log_likelihood,
                     best.log_likelihood - staying.log_likelihood, len(repeats),
                     bool(best.identified[1]), bool(best.identified[3]))


def _natural(at: Floats) -> tuple[float, float, float, float]:
    """r, alpha, a, b from the coordinates of the search."""
    r, total, share = float(np.exp(at[1])), float(np.exp(at[3])), float(expit(at[2]))
    return r, r / float(np.exp(at[0])), share * total, float(expit(-at[2])) * total


def _errors(best: Maximum) -> dict[str, float]:
    names = ("r", "alpha", "a", "b")
    errors = {name: best.error(lambda at, k=k: _natural(at)[k])  # type: ignore[misc]
              for k, name in enumerate(names)}
    of: dict[str, Callable[[Floats], float]] = {
        "mean_rate": lambda at: float(np.exp(at[0])), "rate_spread": lambda at: float(np.exp(-at[1] / 2)),
        "dropout": lambda at: float(expit(at[2]))}
    return errors | {name: best.error(function) for name, function in of.items()}


def expected_repeats(fit: Purchases, weeks: Floats) -> Floats:
    """Mean repeat purchases of a new customer within so many weeks.

    Given a rate `l` and a probability `p` they are `(1 - exp(-l p t)) / p` (Fader, Hardie &
    Lee 2005, equation 7); the mean over gamma rates is closed, that over `p` is taken over
    2,000 quantiles, which is exact enough wherever the closed form is singular (at a = 1).
    """
    p = betainccinv(fit.a, fit.b, QUANTILES)
    p = np.maximum(p, 1e-9)[:, None]
    weeks = np.atleast_1d(weeks)[None, :]
    return np.asarray((-np.expm1(-fit.r * np.log1p(p * weeks / fit.alpha)) / p).mean(axis=0))


def repeats_as_played(mean_rate: float, spread: float, dropout: float, weeks: Floats) -> Floats:
    """The same where rates are lognormal and all leave with one probability, as in the model of `amends`."""
    width = np.sqrt(np.log1p(spread**2))
    rates = mean_rate * np.exp(width * ndtri(QUANTILES) - width**2 / 2)[:, None]
    return np.asarray((-np.expm1(-rates * dropout * np.atleast_1d(weeks)[None, :]) / dropout).mean(axis=0))


def count_shares(fit: Purchases, weeks: float, most: int) -> Floats:
    """Probabilities of 0, 1, ... `most - 1`, and of `most` or more, repeats (equation 8 of the paper)."""
    x = np.arange(most)
    ahead = fit.alpha + weeks
    poisson = np.exp(gammaln(fit.r + x) - gammaln(fit.r) - gammaln(x + 1) + fit.r * np.log(fit.alpha / ahead)
                     + x * np.log(weeks / ahead)) if weeks > 0 else np.where(x == 0, 1.0, 0.0)
    stayed = np.exp(betaln(fit.a, fit.b + x) - betaln(fit.a, fit.b)) * poisson
    before = 1 - np.r_[0.0, np.cumsum(poisson)[:-1]]
    left = np.where(x > 0, np.exp(betaln(fit.a + 1, fit.b + np.maximum(x, 1) - 1) - betaln(fit.a, fit.b)), 0.0) * before
    shares = stayed + left
    return np.asarray(np.r_[shares, max(0.0, 1 - shares.sum())])


def shares_as_played(mean_rate: float, spread: float, dropout: float, weeks: float, most: int) -> Floats:
    """The same with lognormal rates and one probability to leave."""
    width = np.sqrt(np.log1p(spread**2))
    coming = weeks * mean_rate * np.exp(width * ndtri(QUANTILES) - width**2 / 2)[:, None]
    x = np.arange(most)
    poisson = np.exp(xlogy(x, coming) - coming - gammaln(x + 1))
    before = 1 - np.column_stack((np.zeros(len(coming)), np.cumsum(poisson, axis=1)[:, :-1]))
    stays = (1 - dropout) ** x
    left = np.where(x > 0, dropout * (1 - dropout) ** np.maximum(x - 1, 0), 0.0)
    shares = (stays * poisson + left * before).mean(axis=0)
    return np.asarray(np.r_[shares, max(0.0, 1 - shares.sum())])
