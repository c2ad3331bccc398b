"""Words that several parts of a report use: months and years, and what an interval is of."""

from __future__ import annotations

from experiments import words
from experiments.comparison import Answer
from sim.business import Business


def span(business: Business, period: int) -> str:
    """'month 7', 'year 2.5': when the period (from 0) ends."""
    ppy = business.periods_per_year
    if period + 1 < 2 * ppy:
        return f"{business.period} {period + 1}"
    return f"year {round((period + 1) / ppy, 1):g}"


def by(business: Business, period: int) -> str:
    """'by month 7', 'after 2.5 years'."""
    when = span(business, period)
    return f"after {lasting(business, period + 1)}" if when.startswith("year") else f"by {when}"


def lasting(business: Business, periods: int) -> str:
    """'7 months', '2.5 years'."""
    ppy = business.periods_per_year
    if periods < 2 * ppy:
        return words.counted(periods, business.period)
    return words.years(round(periods / ppy, 1))


def kind_of_interval(answer: Answer) -> str:
    """What the 95 % intervals of the answer are intervals of."""
    return "what we do not know" if answer.question.point.unknown is not None else "luck"
