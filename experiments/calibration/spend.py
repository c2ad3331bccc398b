"""What customers spend: the gamma-gamma model by maximum likelihood.

A customer's purchases vary around a mean of their own with gamma shape `p`; the means
differ between customers with shape `q` and scale `gamma`, whatever the number of
purchases. Formula: Fader & Hardie 2013, The Gamma-Gamma Model of Monetary Value
(note 025), equation 1a.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from experiments.calibration.likelihood import maximise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BOUNDS = ((-4.0, 9.0), (-6.0, 8.0), (-30.0, 30.0))
"""Of the logarithms of `p`, `q - 1` and the mean: the mean needs `q` above 1."""


@dataclass(frozen=True)
class Spend:
    """The fit, with standard errors of every number."""

    p: float
    q: float
    gamma: float
    """the amount itself where all are alike (p and q infinite)"""
    errors: dict[str, float]
    """of p, q, gamma, mean, spread; 0 for what the data do not say"""
    log_likelihood: float
    customers: int
    """who bought again, and not always for nothing"""
    amounts_differ: bool
    """whether differences between customers are seen"""
    correlation: float
    """between number of repeats and mean amount, which the model takes for 0"""

    @property
    def mean(self) -> float:
        """Mean amount over customers."""
        return self.p * self.gamma / (self.q - 1) if isfinite(self.p) else self.gamma

    @property
    def spread(self) -> float:
        """Coefficient of variation of the customers' means; infinite up to q = 2."""
        return float((self.q - 2) ** -0.5) if self.q > 2 else inf


def log_likelihood(p: float, q: float, gamma: float, repeats: Floats, mean: Floats) -> Floats:
    """Of the mean `mean` of `repeats` purchases."""
    px = p * repeats
    return np.asarray(gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma) + (px - 1) * np.log(mean)
                      + px * np.log(repeats) - (px + q) * np.log(gamma + repeats * mean))


def fit_spend(repeats: Ints, mean_amount: Floats) -> Spend | None:
    """Fit the three numbers to those who bought again; None where nobody paid anything."""
    used = (repeats > 0) & (np.nan_to_num(mean_amount) > 0)
    x, m = repeats[used].astype(float), mean_amount[used]
    if not len(m):
        return None
    apart = float(np.std(m) / np.mean(m))
    if apart < 1e-6:
        return Spend(inf, inf, float(np.mean(m)), dict.fromkeys(("p", "q", "gamma", "mean", "spread"), 0.0), inf,
                     len(m), False, 0.0)

    def natural(at: Floats) -> tuple[float, float, float]:
        p, q = float(np.exp(at[0])), 1 + float(np.exp(at[1]))
        return p, q, float(np.exp(at[2] + at[1] - at[0]))

    start = np.log(np.mean(m))
    best = maximise(lambda at: float(log_likelihood(*natural(at), x, m).sum()),
                    [(1.0, 1.0, start), (0.0, 2.5, start)], BOUNDS)
    of: dict[str, Callable[[Floats], float]] = {
        "p": lambda at: natural(at)[0], "q": lambda at: natural(at)[1], "gamma": lambda at: natural(at)[2],
        "mean": lambda at: float(np.exp(at[2])),
        "spread": lambda at: float((natural(at)[1] - 2) ** -0.5) if natural(at)[1] > 2 else 0.0}
    p, q, gamma = natural(best.at)
    together = float(np.corrcoef(x, m)[0, 1]) if np.std(x) > 0 else 0.0
    return Spend(p, q, gamma, {name: best.error(function) for name, function in of.items()}, best.log_likelihood,
                 len(m), bool(best.identified[1]), together)
