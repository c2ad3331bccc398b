"""Maximum likelihood with honest errors: what the data do not say gets none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]

STEP = 5e-3
"""Of the numerical second derivatives, on a logarithmic scale."""
EDGE = 0.02
"""So near to a bound counts as at it."""
CURVED = 1e-3
"""Least second derivative of a direction that the data speak about (standard error of its logarithm: 30)."""


@dataclass(frozen=True)
class Maximum:
    """The place of the greatest likelihood."""

    at: Floats
    log_likelihood: float
    covariance: Floats
    """from the inverse Hessian; rows and columns of what is not identified are 0"""
    identified: NDArray[np.bool_]

    def error(self, of: Callable[[Floats], float]) -> float:
        """Standard error of a function of the parameters, by the delta method."""
        slope = np.array([(of(self.at + step) - of(self.at - step)) / 2e-5 for step in 1e-5 * np.eye(len(self.at))])
        return float(np.sqrt(max(0.0, slope @ self.covariance @ slope)))


def maximise(log_likelihood: Callable[[Floats], float], starts: Sequence[Sequence[float]],
             bounds: Sequence[tuple[float, float]]) -> Maximum:
    """The best of the maxima reached from several starts, polished by Newton's method."""

    def loss(at: Floats) -> float:
        return -log_likelihood(at)

    found = [minimize(loss, start, method="L-BFGS-B", bounds=bounds,
                      options={"ftol": 1e-10, "gtol": 1e-4, "maxiter": 300}) for start in starts]
    at = np.asarray(min(found, key=lambda one: one.fun).x, dtype=float)
    low, high = np.array(bounds).T
    free = (at > low + EDGE) & (at < high - EDGE)
    best = loss(at)
    for _ in range(5):
        slope, curve = _derivatives(loss, at)
        free = _curved(curve, free)
        step = np.zeros(len(at))
        if free.any():
            step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        trial = np.clip(at - np.clip(step, -1, 1), low, high)
        value = loss(trial)
        if not value < best - 1e-12 * abs(best):
            break
        at, best = trial, value
    _, curve = _derivatives(loss, at)
    free = _curved(curve, free)
    covariance = np.zeros(curve.shape)
    if free.any():
        covariance[np.ix_(free, free)] = np.linalg.inv(curve[np.ix_(free, free)])
    return Maximum(at, -best, covariance, free)


def _derivatives(of: Callable[[Floats], float], at: Floats) -> tuple[Floats, Floats]:
    """Gradient and Hessian by central differences."""
    n = len(at)
    steps = STEP * np.eye(n)
    middle = of(at)
    up, down = [of(at + step) for step in steps], [of(at - step) for step in steps]
    slope = np.array([(u - d) / (2 * STEP) for u, d in zip(up, down, strict=True)])
    curve = np.diag([(u - 2 * middle + d) / STEP**2 for u, d in zip(up, down, strict=True)])
    for i in range(n):
        for j in range(i):
            one, other = steps[i], steps[j]
            curve[i, j] = curve[j, i] = (of(at + one + other) - of(at + one - other) - of(at - one + other)
                                         + of(at - one - other)) / (4 * STEP**2)
    return slope, curve


def _curved(curve: Floats, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The free parameters without those along which the likelihood is flat."""
    free = free.copy()
    while free.any():
        values, vectors = np.linalg.eigh(curve[np.ix_(free, free)])
        if values[0] > CURVED:
            break
        free[np.flatnonzero(free)[int(np.argmax(np.abs(vectors[:, 0])))]] = False
    return free
