"""How readily people must join for a firm's base to be as stable as it says it is.

A firm seldom observes how readily people join; but it knows how its base
grows. `joining_for` finds the yearly probability of joining at typical confidence
at which the base grows by `joining.growth_annual` under today's strategy
(`joining.today`); the presets' values come from it:

    python -m experiments.balance hotel

Where a firm publishes its churn, that has in it those whom a failure drove away. `leaving_for` finds the anchor
`leaving.at_typical`, at which nothing has failed, that gives the published churn under today's strategy:

    python -m experiments.balance telecom --churn-monthly 0.0095
"""

from __future__ import annotations

import argparse
from typing import Any

from scipy.optimize import brentq

from sim.business import Business, load_business, plain
from sim.chance import run_seed
from sim.config import InputError, merged, validated
from sim.remedy import tabulate
from sim.run import Run
from strategies.registry import find

RUNS = 6
PEOPLE = 4000
YEARS = 10.0
LEAST, MOST = 0.001, 0.99


def today(business: Business, runs: int, people: int) -> list[Run]:
    """Ten years under today's strategy, some times.

    The runs' seeds are fixed, so that what is read of them is a smooth function of the settings.
    """
    strategy = tabulate(find(business.joining.today), business)
    return [Run(business, strategy, rng=run_seed(0, k), people=people, years=YEARS).run()
            for k in range(runs)]


def growth_annual(business: Business, runs: int = RUNS, people: int = PEOPLE) -> float:
    """Mean growth of the base per year over ten years, under today's strategy."""
    played = today(business, runs, people)
    start = sum(int((model.people_table["status_at_start"] == 1).sum()) for model in played)
    end = sum(int(model.series["customers"][-1]) for model in played)
    return float((end / start) ** (1 / YEARS) - 1) if end else -1.0


def churn_monthly(business: Business, runs: int = RUNS, people: int = PEOPLE) -> float:
    """Share of the customers who leave in a month, failures included, over ten years under today's strategy."""
    played = today(business, runs, people)
    leavers, customers = (sum(int(model.series[name].sum()) for model in played) for name in ("leavers", "customers"))
    return leavers / customers * business.periods_per_year / 12 if customers else 1.0


def changed(business: Business, section: str, numbers: dict[str, Any]) -> Business:
    """The business with some numbers of a section changed."""
    return validated(Business, merged(plain(business), {section: numbers}))


def joining_for(business: Business) -> float:
    """`joining.at_typical_per_year` at which the base grows as `joining.growth_annual` says.

    Raises InputError where no probability of joining does that.
    """

    def too_much(at_typical: float) -> float:
        return growth_annual(changed(business, "joining", business.joining.anchors(at_typical))) \
            - business.joining.growth_annual

    if too_much(LEAST) > 0 or too_much(MOST) < 0:
        raise InputError(f"{business.name}: no probability of joining makes the base grow by "
                         f"{business.joining.growth_annual:+.1%} a year under '{business.joining.today}'")
    return float(brentq(too_much, LEAST, MOST, xtol=1e-3))


def leaving_for(business: Business, monthly: float) -> float:
    """`leaving.at_typical` at which this share of the customers leaves in a month, failures included.

    Raises InputError where failures alone drive more away, or no anchor drives away so many.
    """

    def too_much(at_typical: float) -> float:
        return churn_monthly(changed(business, "leaving", {"at_typical": at_typical})) - monthly

    low, high = 1e-5, 0.99 * business.leaving.at_none
    if too_much(low) > 0 or too_much(high) < 0:
        raise InputError(f"{business.name}: no leaving.at_typical makes {monthly:.2%} of the customers leave a month "
                         f"under '{business.joining.today}'")
    return float(brentq(too_much, low, high, xtol=1e-4))


def main() -> None:
    """Find the anchors of the businesses named, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("business", nargs="+", help="presets or .toml files")
    parser.add_argument("--churn-monthly", type=float, metavar="SHARE",
                        help="first fit leaving.at_typical to this churn")
    given = parser.parse_args()
    for name in given.business:
        firm = load_business(name)
        if given.churn_monthly is not None:
            leaving = leaving_for(firm, given.churn_monthly)
            print(f"{name}: {churn_monthly(firm):.2%} leave in a month with leaving.at_typical = "
                  f"{firm.leaving.at_typical:g}; {leaving:.4f} would give {given.churn_monthly:.2%}")
            firm = changed(firm, "leaving", {"at_typical": leaving})
        found = joining_for(firm)
        print(f"{name}: growth {growth_annual(firm):+.2%} a year with joining.at_typical_per_year = "
              f"{firm.joining.at_typical_per_year:g}; {found:.3f} would give {firm.joining.growth_annual:+.2%}")


if __name__ == "__main__":
    main()
