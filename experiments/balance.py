"""How readily people must join for a firm's base to be as stable as it says it is.

A firm observes its churn, seldom how readily people join; but it knows how its base
grows. `joining_for` finds the yearly probability of joining at typical confidence
at which the base grows by `joining.growth_annual` under today's strategy
(`joining.today`); the presets' values come from it:

    python -m experiments.balance hotel
"""

from __future__ import annotations

import sys

from scipy.optimize import brentq

from sim.business import Business, load_business, plain
from sim.chance import run_seed
from sim.config import InputError, merged, validated
from sim.model import RecoveryModel
from sim.remedy import tabulate
from strategies.registry import find

RUNS = 6
PEOPLE = 4000
YEARS = 10.0
LEAST, MOST = 0.001, 0.99


def growth_annual(business: Business, runs: int = RUNS, people: int = PEOPLE) -> float:
    """Mean growth of the base per year over ten years, under today's strategy.

    The runs' seeds are fixed, so that growth is a smooth function of the settings.
    """
    strategy = tabulate(find(business.joining.today), business)
    start = end = 0
    for k in range(runs):
        model = RecoveryModel(business, strategy, rng=run_seed(0, k), people=people, years=YEARS).run()
        start += int((model.people_table["status_at_start"] == 1).sum())
        end += int(model.series["customers"][-1])
    return float((end / start) ** (1 / YEARS) - 1) if end else -1.0


def joining_for(business: Business) -> float:
    """`joining.at_typical_per_year` at which the base grows as `joining.growth_annual` says.

    Raises InputError where no probability of joining does that.
    """

    def too_much(at_typical: float) -> float:
        changed = validated(Business, merged(plain(business), {"joining": business.joining.anchors(at_typical)}))
        return growth_annual(changed) - business.joining.growth_annual

    if too_much(LEAST) > 0 or too_much(MOST) < 0:
        raise InputError(f"{business.name}: no probability of joining makes the base grow by "
                         f"{business.joining.growth_annual:+.1%} a year under '{business.joining.today}'")
    return float(brentq(too_much, LEAST, MOST, xtol=1e-3))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        firm = load_business(name)
        found = joining_for(firm)
        print(f"{name}: growth {growth_annual(firm):+.2%} a year with at_typical_per_year = "
              f"{firm.joining.at_typical_per_year:g}; {found:.3f} would give {firm.joining.growth_annual:+.2%}")
