"""Words that several parts of a report use: names within sentences, months and years, who is ahead how surely."""

from __future__ import annotations

from experiments import words
from experiments.comparison import Answer
from experiments.verdict import Pair
from sim.business import Business


def inside(arm: str) -> str:
    """A strategy's name within a sentence."""
    # Worker processes come by here, and have no use for what draws.
    from experiments.charts import NAMES, pretty

    name = pretty(arm)
    return name[0].lower() + name[1:] if arm in NAMES else name


def span(business: Business, period: int) -> str:
    """'month 7', '2.5 years': when the period (from 0) ends."""
    ppy = business.periods_per_year
    if period + 1 < 2 * ppy:
        return f"{business.period} {period + 1}"
    return f"year {(period + 1) / ppy:.1f}"


def lasting(business: Business, periods: int) -> str:
    """'7 months', '2.5 years'."""
    ppy = business.periods_per_year
    if periods < 2 * ppy:
        return words.counted(periods, business.period)
    return words.years(round(periods / ppy, 1))


def of_runs(share: float, runs: int) -> str:
    """'all 100 runs', '83 of 100 runs'."""
    won = round(share * runs)
    return f"all {runs} runs" if won == runs else f"{won} of {runs} runs"


def kind_of_interval(answer: Answer) -> str:
    """What the 95 % intervals of the answer are intervals of."""
    return "what we do not know" if answer.question.point.unknown is not None else "luck"


def leading(answer: Answer) -> tuple[str, str, Pair, int]:
    """The best strategy by the mean, the next, the difference between them, and 1 if it is best minus next, else -1.

    A strategy that comes to the same as the best in every run is passed over, unless all do.
    """
    first, *others = answer.finding.ranking
    second = next((other for other in others if not same(answer, first, other)), others[0])
    pair, turn = answer.finding.pair(first, second)
    return first, second, pair, turn


def same(answer: Answer, one: str, other: str) -> bool:
    """Whether two strategies come to the same in every run."""
    return bool((answer.values(one, "net_present_value") == answer.values(other, "net_present_value")).all())
