"""How a story says numbers, times and amounts."""

from __future__ import annotations

from dataclasses import dataclass

from experiments import words
from sim.business import Business


@dataclass(frozen=True)
class Clock:
    """Periods as people say them."""

    unit: str
    per_year: int

    @classmethod
    def of(cls, business: Business) -> Clock:
        """Of a business."""
        return cls(business.period, business.periods_per_year)

    def date(self, period: int) -> str:
        """'month 7' of the run."""
        return f"{self.unit} {period + 1}"

    def span(self, periods: int) -> str:
        """'5 months', '2.5 years'."""
        if self.per_year > 12 and self.per_year / 2 < periods < 2 * self.per_year:
            return count(round(12 * periods / self.per_year), "month")
        if periods < 2 * self.per_year:
            return count(periods, self.unit)
        return words.years(round(periods / self.per_year, 1))


def money(value: float, business: Business) -> str:
    """An amount; with decimals where it is small."""
    number = float(value)
    return f"{business.currency} {number:.2f}" if 0 < number < 10 else words.money(number, business.currency)


def count(number: int, noun: str) -> str:
    """'1 run', '3 runs'."""
    return f"{number} {noun}{'s' * (number != 1)}"


def times(number: int) -> str:
    """'once', 'twice', '3 times'."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
