"""How readily customers must leave, all else well, for as many to leave as do.

Purchases show how many leave in all: those whom a failure drove away, and those who were new
and not yet sure of the firm, included. `leaving.at_typical` is the probability for a
customer of typical confidence. `leaving_for` finds the one at which the model's firm, under
today's strategy, loses as large a share of its encounters as the real one.
"""

from __future__ import annotations

from sim.business import Business, plain
from sim.chance import run_seed
from sim.config import InputError, merged, validated
from sim.remedy import tabulate
from sim.run import Run
from strategies.registry import find

RUNS = 3
PEOPLE = 4000
YEARS = 10.0
CLOSE = 0.005
"""Relative difference that is near enough: less than the standard error of any fit."""


def share_leaving(business: Business) -> float:
    """Customers who leave per encounter, under today's strategy; with fixed seeds."""
    strategy = tabulate(find(business.joining.today), business)
    encounters = leavers = 0
    for k in range(RUNS):
        series = Run(business, strategy, rng=run_seed(0, k), people=PEOPLE, years=YEARS).run().series
        encounters += int(series["encounters"].sum())
        leavers += int(series["leavers"].sum())
    return leavers / encounters if encounters else 0.0


def leaving_for(business: Business, dropout: float) -> float:
    """`leaving.at_typical` at which `dropout` of the encounters are followed by leaving.

    Raises InputError where failures and first doubts alone drive more away.
    """
    at_typical = dropout
    for _ in range(10):
        changed = validated(Business, merged(plain(business), {"leaving": {"at_typical": at_typical}}))
        found = share_leaving(changed)
        if abs(found - dropout) <= CLOSE * dropout:
            return at_typical
        at_typical *= dropout / found if found else 1.5
        at_typical = min(at_typical, business.leaving.at_none)
        if at_typical < 0.02 * dropout:
            break
    raise InputError(f"{business.name}: under '{business.joining.today}' the model's customers cannot be made to leave "
                     f"after {dropout:.3g} of their encounters")
