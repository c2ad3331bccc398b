"""Accounts, present value, the price of failure.

Sums are `fsum`: Python's own `sum` of floats rounds differently from 3.12 on, and the
same seed must give the same bytes everywhere.
"""

from __future__ import annotations

from math import fsum

import numpy as np

from sim.records import ACCOUNTS, COST_ACCOUNTS, INCOME_ACCOUNTS


def discount_factors(rate_annual: float, periods_per_year: int, periods: int) -> np.ndarray:
    """Present value of one unit booked at the end of periods 0, 1, ...: (1 + i)^(-(t + 1)/periods_per_year)."""
    return np.array([(1 + rate_annual) ** (-(t + 1) / periods_per_year) for t in range(periods)])


def present_values(series: np.ndarray, discount: np.ndarray) -> dict[str, float]:
    """Present value of each account over the periods of `series`."""
    return {name: fsum(series[name] * discount[: len(series)]) for name in ACCOUNTS}


def net_present_value(accounts: dict[str, float]) -> float:
    """Income less costs and acquisition."""
    return (fsum(accounts[name] for name in INCOME_ACCOUNTS)
            - fsum(accounts[name] for name in COST_ACCOUNTS) - accounts["acquisition"])


def cumulative_value(series: np.ndarray, discount: np.ndarray) -> np.ndarray:
    """Net present value up to the end of each period of `series`."""
    flow = sum(series[name] for name in INCOME_ACCOUNTS) - sum(
        series[name] for name in (*COST_ACCOUNTS, "acquisition"))
    return np.cumsum(flow * discount[: len(series)])


def cost_of_remedy(accounts: dict[str, float]) -> float:
    """Everything spent because something failed, or was said to have."""
    return fsum(accounts[name] for name in COST_ACCOUNTS)


def earnings(accounts: dict[str, float]) -> float:
    """What customers bring, less what winning them cost: the side on which churn shows."""
    return fsum(accounts[name] for name in INCOME_ACCOUNTS) - accounts["acquisition"]


def lifetime_value(margin_per_year: float, retention_annual: float, rate_annual: float) -> float:
    """The textbook value of a customer, m * r / (1 + i - r) (Gupta & Lehmann 2003)."""
    return margin_per_year * retention_annual / (1 + rate_annual - retention_annual)
