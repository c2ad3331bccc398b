"""A business file from a firm's own data: fit what the data carry, keep the rest, and say which is which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from experiments.calibration.business import Setting, Written, settings_of, write
from experiments.calibration.cases import Cases, read_cases
from experiments.calibration.log import WEEKS_PER_YEAR, Histories, Log, read_log
from experiments.calibration.purchases import Purchases, fit_purchases, shares_as_played
from experiments.calibration.spend import Spend, fit_spend
from sim.business import Business, load_business
from sim.config import InputError

FEWEST = 100
"""Customers below which nothing is fitted."""
FEWEST_REPEATERS = 20
"""Customers who came again, likewise."""
ROUGH_REPEATERS = 100
"""Below which the fit is called rough."""
SHORTEST = 4.0
"""Weeks below which nothing is fitted."""
APART, FEW_APART = 1 / 3, 0.01
"""A day is taken for mistyped where nobody buys for so much of the time of the log, and beyond that gap lie
fewer than this share of the purchases. Two seasons a year have a gap, but many purchases on both sides."""
ALIKE = 0.05
"""Share of lines that repeat an earlier one from which on it is told; at CDNOW it is 0.4 %."""
ONE_OFF = 0.1
"""Difference in the share of one-off customers, fitted file against data, from which on it is told."""
FIRST_LINE = "Written by `amends calibrate`, which overwrites this file when it is run again."


@dataclass(frozen=True)
class Calibration:
    """What was read, fitted and written."""

    log: Log
    histories: Histories
    purchases: Purchases
    spend: Spend | None
    cases: Cases | None
    written: Written
    preset: str
    warnings: tuple[str, ...]

    @property
    def dropout(self) -> float:
        """Share of the encounters after which customers of the business leave, failures of today included."""
        fitted = "leaving.at_typical" in self.written.settings
        return self.purchases.dropout if fitted else self.written.business.leaving.at_typical

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data for JSON; what is not finite is None."""
        fits = {"purchases": asdict(self.purchases), "spend": asdict(self.spend) if self.spend else None}
        found = {
            "log": str(self.log.path), "customers": len(self.log.customers), "encounters": self.log.encounters,
            "from": str(date.fromordinal(self.log.start)), "until": str(date.fromordinal(self.log.end)),
            "weeks": self.log.weeks, "weeks_kept_back": self.log.kept_back, "business": self.written.business.name,
            "kept_from": self.preset, "period": self.written.business.period, "fits": fits,
            "fitted": {key: {"value": setting.value, "standard_error": setting.error, "n": setting.n,
                             "range": setting.range} for key, setting in self.written.settings.items()},
            "joining.at_typical_per_year": self.written.business.joining.at_typical_per_year,
            "observed": {label: asdict(figure) for label, figure in self.cases.figures.items()} if self.cases else {},
            "warnings": list(self.warnings)}
        cleaned: dict[str, Any] = _finite(found)
        return cleaned


def calibrate(log: Path, *, columns: Sequence[str] = ("customer", "date", "amount"), cases: Path | None = None,
              kinds: Mapping[str, str] | None = None, preset: str = "hotel", name: str = "mine",
              title: str | None = None, currency: str | None = None, since: date | None = None,
              until: date | None = None) -> Calibration:
    """Fit a business to a log of purchases and, if given, a table of cases.

    `kinds` says which of the preset's kinds of failure a kind of the table is. Raises
    InputError where the data cannot be read or cannot carry a fit.
    """
    business = load_business(preset)
    read = read_log(log, columns, since=since, until=until)
    histories = read.histories()
    warnings = _refuse_or_warn(read, histories)
    table = read_cases(cases, read) if cases else None
    purchases = fit_purchases(histories.repeats, histories.last, histories.observed)
    spend = fit_spend(histories.repeats, histories.mean_amount)
    if read.weeks * purchases.mean_rate < 1:
        warnings.append(f"The log covers {read.weeks:.0f} weeks, less than the {1 / purchases.mean_rate:.0f} weeks "
                        "between two purchases: rates and drop-out rest on few long waits.")
    warnings += table.warnings if table else ()
    settings = settings_of(business, read, purchases, spend, table, kinds or {}, warnings)
    warnings += _one_off(histories, settings, business)
    written = write(business, settings, _header(read, table, purchases, spend, business.name), warnings, name=name,
                    title=title, currency=currency, observed=table.figures if table else {})
    return Calibration(read, histories, purchases, spend, table, written, business.name, tuple(warnings))


def _refuse_or_warn(log: Log, histories: Histories) -> list[str]:
    """InputError where no fit is possible; the sentences that belong beside one that is."""
    customers, again = len(log.customers), int((histories.repeats > 0).sum())
    problems = list(_far_apart(log))
    if customers < FEWEST:
        problems.append(f"{log.path}: {customers} customers are too few for a fit; it takes at least {FEWEST}")
    if log.weeks < SHORTEST:
        problems.append(f"{log.path}: covers {log.weeks:.1f} weeks; a fit takes at least {SHORTEST:.0f}, and much more "
                        "where customers come seldom")
    if again == 0:
        problems.append(f"{log.path}: nobody in it came twice (on another day); one-off customers say nothing about "
                        "how often customers come or when they leave")
    elif again < FEWEST_REPEATERS:
        problems.append(f"{log.path}: only {again} of {customers} customers came again; a fit takes at least "
                        f"{FEWEST_REPEATERS}")
    if problems:
        raise InputError(problems)
    warnings = []
    if log.alike > ALIKE * log.lines:
        warnings.append(f"{log.path}: {log.alike:,} of {log.lines:,} lines are the same as an earlier one. Amounts of "
                        "a customer on one day are added up; if the file holds purchases twice, take one of them out.")
    if again < ROUGH_REPEATERS:
        warnings.append(f"Only {again} of {customers} customers came again: every figure is rough.")
    elif again < 0.1 * customers:
        warnings.append(f"{100 * (1 - again / customers):.0f} % of the customers came only once: the fit rests on the "
                        f"{again} who came again.")
    return warnings


def _far_apart(log: Log) -> Iterator[str]:
    """A sentence where a few purchases lie so far from all others that their day must be mistyped."""
    days, many = np.unique(log.day[log.day <= log.end], return_counts=True)
    if len(days) < 2:
        return
    gaps = np.diff(days)
    at = int(gaps.argmax())
    before, after = int(many[:at + 1].sum()), int(many[at + 1:].sum())
    few = min(before, after)
    if gaps[at] > max(APART * (log.end - log.start), 7 * SHORTEST) and few < FEW_APART * (before + after):
        last, first = (date.fromordinal(int(day)) for day in days[at:at + 2])
        yield (f"{log.path}: nobody bought anything from {last} to {first}, and only {few} "
               f"purchase{'s lie' if few > 1 else ' lies'} {'before' if few == before else 'after'} that; is a day "
               f"mistyped? If not, leave {'them' if few > 1 else 'it'} out with "
               + (f"--since {first}" if few == before else f"--until {last}"))


def _one_off(histories: Histories, settings: Mapping[str, Setting], preset: Business) -> list[str]:
    """A sentence where a business file cannot have as many who come only once as there are."""
    at_typical = settings["leaving.at_typical"].value if "leaving.at_typical" in settings else preset.leaving.at_typical
    spans, many = np.unique(histories.observed, return_counts=True)
    played = [shares_as_played(settings["people.encounters_per_year"].value / WEEKS_PER_YEAR,
                               settings["people.encounters_spread"].value, at_typical, float(span), 1)[0]
              for span in spans]
    seen, share = float((histories.repeats == 0).mean()), float(np.average(played, weights=many))
    if abs(seen - share) < ONE_OFF:
        return []
    return [f"{100 * seen:.0f} % of your customers came only once in that time; as the business is played it would be "
            f"{100 * share:.0f} %: its lognormal rates have fewer who hardly ever come. Give your customers one by one "
            "(amends compare --customers) where that matters."]


def _header(log: Log, cases: Cases | None, purchases: Purchases, spend: Spend | None, preset: str) -> list[str]:
    errors = purchases.errors
    lines = [
        FIRST_LINE,
        "",
        f"Data: {log.path.name}, {log.encounters:,} encounters of {len(log.customers):,} customers,",
        f"{date.fromordinal(log.start)} to {date.fromordinal(log.end)}" + (
            f"; and {cases.path.name}, {cases.n:,} cases." if cases else "."),
        "Purchases: BG/NBD by maximum likelihood (Fader, Hardie & Lee 2005), time in weeks:",
        "  " + ", ".join(f"{key} {getattr(purchases, key):.4g} ({errors[key]:.2g})" for key in ("r", "alpha", "a", "b"))
        + f", log-likelihood {purchases.log_likelihood:.1f}"]
    if spend and isfinite(spend.p):
        lines += ["Spend: gamma-gamma by maximum likelihood (Fader & Hardie 2013):",
                  "  " + ", ".join(f"{key} {getattr(spend, key):.4g} ({spend.errors[key]:.2g})"
                                   for key in ("p", "q", "gamma"))]
    return [*lines, "",
            "[sources] says of every number whether it was fitted to these data (grade \"fitted\", with standard",
            f"error, and two of them to either side as range) or kept from {preset}."]


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
