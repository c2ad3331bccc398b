"""From fits to a business: which settings they carry, with what error, and the file that says so."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log10
from typing import Any

from experiments.balance import joining_for
from experiments.calibration.cases import Cases, Observed
from experiments.calibration.leaving import leaving_for
from experiments.calibration.log import WEEKS_PER_YEAR, Log
from experiments.calibration.purchases import Purchases
from experiments.calibration.spend import Spend
from experiments.parameters import put
from experiments.starters import title_of
from sim.business import PERIODS_PER_YEAR, Business, plain
from sim.config import InputError, merged, nearest, validated

CUT_ALLOWED = 0.01
"""Share of encounters that may be lost to 'at most one a period', as in `sim.business`."""


@dataclass(frozen=True)
class Setting:
    """A number of the business that the data carry."""

    value: float
    error: float
    n: int
    source: str
    low: float = 0.0
    high: float = inf

    @property
    def range(self) -> list[float]:
        """Two standard errors to either side, within what the number can be."""
        low, high = self.value - 2 * self.error, self.value + 2 * self.error
        return [rounded(max(self.low, low)), rounded(min(self.high, high))]

    @property
    def text(self) -> str:
        """The source as written in the file."""
        return f"{self.source}; standard error {self.error:.2g}, n = {self.n:,}"


def rounded(value: float, digits: int = 4) -> float:
    """So many significant digits: more would be untrue."""
    return float(f"{value:.{digits}g}")


def settings_of(business: Business, log: Log, purchases: Purchases, spend: Spend | None, cases: Cases | None,
                kinds: Mapping[str, str], warnings: list[str]) -> dict[str, Setting]:
    """Every number that the data carry, by its dotted key; what they do not carry goes to the warnings."""
    found = dict(_people(log, purchases, spend, warnings))
    if business.leaving.when == "at_renewal":
        warnings.append(f"Customers of {business.name} decide at renewals; purchases say nothing about those, so "
                        "[leaving] is kept.")
    elif not purchases.dropout_seen:
        warnings.append("The purchases do not show that anybody left (coming seldom explains them as well): "
                        "leaving.at_typical is kept, and is not your customers'.")
    else:
        found["leaving.at_typical"] = Setting(
            purchases.dropout, purchases.errors["dropout"], purchases.customers,
            f"BG/NBD on {log.path.name}, a/(a+b), the mean probability to leave after a purchase among new "
            "customers", 1e-6, min(0.999, business.leaving.at_none))
        if purchases.dropout > business.leaving.at_none:
            raise InputError(f"leaving.at_typical comes out as {purchases.dropout:.3f}, above leaving.at_none = "
                             f"{business.leaving.at_none:g} of {business.name}; start from another business (--from)")
    if cases:
        found |= _failures(business, found, cases, kinds, warnings)
    return found


def _people(log: Log, purchases: Purchases, spend: Spend | None, warnings: list[str]) -> dict[str, Setting]:
    name, n, errors = log.path.name, purchases.customers, purchases.errors
    found = {
        "people.encounters_per_year": Setting(
            purchases.mean_rate * WEEKS_PER_YEAR, errors["mean_rate"] * WEEKS_PER_YEAR, n,
            f"BG/NBD on {name}, r/alpha: purchases a year of a customer who is there", 1e-6),
        "people.encounters_spread": Setting(
            purchases.rate_spread, errors["rate_spread"], n,
            f"BG/NBD on {name}, 1/sqrt(r): a lognormal with the coefficient of variation of the gamma")}
    if not purchases.rates_differ:
        warnings.append("No differences in how often customers come can be seen: people.encounters_spread is nearly 0.")
    if spend is None:
        warnings.append("Nobody paid for a repeat purchase: people.spend_per_encounter and spend_spread are kept.")
        return found
    found["people.spend_per_encounter"] = Setting(
        spend.mean, spend.errors["mean"], spend.customers,
        f"gamma-gamma on {name}, p gamma/(q-1): mean over those who bought again", 1e-6)
    if not isfinite(spend.spread):
        warnings.append(f"Amounts differ so much between customers that their spread cannot be fitted (q = "
                        f"{spend.q:.2f}, not above 2): people.spend_spread is kept, and the mean is rough.")
    else:
        found["people.spend_spread"] = Setting(
            spend.spread, spend.errors["spread"], spend.customers,
            f"gamma-gamma on {name}, 1/sqrt(q-2): coefficient of variation between customers")
    if not spend.amounts_differ:
        warnings.append("All customers spend the same, as far as can be seen: people.spend_spread is nearly 0.")
    if abs(spend.correlation) > 0.3:
        warnings.append(f"Who comes more often spends {'more' if spend.correlation > 0 else 'less'} each time "
                        f"(correlation {spend.correlation:+.2f}); the model takes the two for independent. A file of "
                        "customers (amends compare --customers) keeps them together.")
    return found


def _failures(business: Business, found: Mapping[str, Setting], cases: Cases, kinds: Mapping[str, str],
              warnings: list[str]) -> dict[str, Setting]:
    name, known = cases.path.name, business.failures.kinds
    new: dict[str, Setting] = {}
    if cases.failure_rate:
        rate = cases.failure_rate
        new["failures.per_encounter"] = Setting(
            rate.value, rate.error, rate.n, f"cases in {name} per encounter of the log; silent failures are not in it",
            0.0, 1.0)
        warnings.append("failures.per_encounter counts the cases that were written down; where failures go unreported "
                        "it is too low (of households with a problem, 31 % said nothing: TARP 1979).")
    wrong = sorted(set(kinds.values()) - set(known))
    problems = [f"--kind: no failure of {business.name} is called '{kind}'" + (
        nearest(kind, known) or f"; there are {', '.join(known)}") for kind in wrong]
    problems += [f"{cases.path}: kind '{kind}' is none of {business.name}" + (nearest(kind, known) or (
        f" ({', '.join(known)})")) + f"; say which it is with --kind '{kind}=KIND', or leave the column out"
        for kind in cases.kinds if kinds.get(kind, kind) not in known and kind not in kinds]
    if problems:
        raise InputError(problems)
    if not cases.kinds:
        return new
    total = next(iter(cases.kinds.values())).n
    spend = found["people.spend_per_encounter"].value if "people.spend_per_encounter" in found else (
        business.people.spend_per_encounter)
    for kind, settings in known.items():
        mine = [own for own in cases.kinds if kinds.get(own, own) == kind]
        hits = Observed.share(round(sum(cases.kinds[own].value * total for own in mine)), total)
        new[f"failures.{kind}.share"] = Setting(hits.value, hits.error, total, f"share of the cases in {name}",
                                                0.0, 1.0)
        losses = [cases.losses[own] for own in mine if own in cases.losses]
        n = sum(loss.n for loss in losses)
        mean = sum(loss.value * loss.n for loss in losses) / n if n else 0.0
        if mean <= 0:
            continue
        error = sum((loss.error * loss.n / n) ** 2 for loss in losses) ** 0.5
        scale, key = (1.0, "loss_money") if settings.loss_money is not None else (spend, "loss_share")
        new[f"failures.{kind}.{key}"] = Setting(
            mean / scale, error / scale, n, f"mean loss in {name}" + (
                ", as a share of the mean spend" if key == "loss_share" else ""), 1e-6)
    return new


@dataclass(frozen=True)
class Written:
    """The business with its fitted numbers, and the text of its file."""

    business: Business
    settings: dict[str, Setting]
    text: str


def write(preset: Business, settings: dict[str, Setting], header: Sequence[str], warnings: list[str], *, name: str,
          title: str | None, currency: str | None, observed: Mapping[str, Observed]) -> Written:
    """Lay the fitted numbers over the preset, choose the period, make the base stable again."""
    settings = dict(settings)
    changes: dict[str, Any] = {
        "name": name, "title": title or title_of(name),
        "summary": f"Customers fitted to data; whatever those do not tell is kept from the business '{preset.name}'."}
    if currency:
        changes["currency"] = currency
    period, spread = _period(preset, settings, warnings)
    changes["period"] = period
    if spread is not None:
        old = settings["people.encounters_spread"]
        settings["people.encounters_spread"] = Setting(
            spread, old.error, old.n, f"{old.source}; {old.value:.3g} cut down to what one encounter a week allows",
            0.0, spread)
    for key, setting in settings.items():
        put(changes, key, rounded(setting.value))
    _shares_to_one(changes)
    changed = validated(Business, merged(plain(preset), changes), where=name)
    if "leaving.at_typical" in settings:
        settings["leaving.at_typical"] = _leaving(changed, settings["leaving.at_typical"], warnings)
        put(changes, "leaving.at_typical", rounded(settings["leaving.at_typical"].value))
        changed = validated(Business, merged(plain(preset), changes), where=name)
    joined = _joining(changed, warnings)
    if joined is not None:
        low, high = changed.sources["joining.at_typical_per_year"].range or [0.05, 0.9] if (
            "joining.at_typical_per_year" in changed.sources) else (0.05, 0.9)
        text = "set so that the base is as stable under today's strategy as joining.growth_annual says"
        changes["joining"] = changed.joining.anchors(joined)
        rebalanced = {"grade": "fitted", "range": [min(low, joined), max(high, joined)], "source": text}
    else:
        rebalanced = None
    changes["sources"] = _sources(preset, settings, rebalanced)
    business = validated(Business, merged({**plain(preset), "sources": {}}, changes), where=name)
    _scale_warning(preset, business, currency, warnings)
    lines = list(header)
    if warnings:
        lines += ["", *(part for warning in warnings
                        for part in textwrap.wrap(f"Warning: {warning}", 110, subsequent_indent="  "))]
    if observed:
        lines += ["", "Observed, for comparison with a simulation (standard error, n):"]
        lines += [f"  {label}: {figure.value:.4g} ({figure.error:.2g}, {figure.n:,})"
                  for label, figure in observed.items()]
    return Written(business, settings, to_toml(plain(business), lines))


def _period(preset: Business, settings: Mapping[str, Setting], warnings: list[str]) -> tuple[str, float | None]:
    """The longest period, not above the preset's, in which hardly any encounter is lost; a lower spread if none is."""
    mean = rounded(settings["people.encounters_per_year"].value)
    spread = rounded(settings["people.encounters_spread"].value)

    def cut(period: str, width: float) -> float:
        people = preset.people.model_copy(update={"encounters_per_year": mean, "encounters_spread": width})
        return preset.model_copy(update={"period": period, "people": people}).encounters_cut()

    shortest = PERIODS_PER_YEAR[preset.period]
    for period in sorted((p for p, n in PERIODS_PER_YEAR.items() if n >= shortest), key=PERIODS_PER_YEAR.__getitem__):
        if cut(period, spread) <= CUT_ALLOWED:
            return period, None
    if cut("week", 0.0) > CUT_ALLOWED:
        raise InputError(f"customers come {mean:.0f} times a year on average; the model has at most one encounter a "
                         "week, so it cannot play this business")
    low, high = 0.0, spread
    while high - low > 1e-4 * spread:
        middle = (low + high) / 2
        low, high = (middle, high) if cut("week", middle) <= CUT_ALLOWED else (low, middle)
    low = int(low * 1000) / 1000
    warnings.append(f"With one encounter a week at most, {100 * cut('week', spread):.3g} % of all encounters "
                    "would be lost, those of the most frequent customers; people.encounters_spread is "
                    f"{low:g} instead of {spread:g}, so that no more than 1 % are.")
    return "week", low


def _leaving(business: Business, dropout: Setting, warnings: list[str]) -> Setting:
    """The drop-out that was seen, less what failures and first doubts add to it in the model."""
    try:
        at_typical = leaving_for(business, dropout.value)
    except InputError as error:
        warnings.append(f"{error.problems[0]}: leaving.at_typical is that share itself, so too many will leave.")
        return dropout
    source = (f"set so that under today's strategy {dropout.value:.4g} of the encounters are the last, failures "
              f"included: {dropout.source}")
    return replace(dropout, value=at_typical, error=dropout.error * at_typical / dropout.value, source=source)


def _joining(business: Business, warnings: list[str]) -> float | None:
    try:
        return rounded(joining_for(business), 3)
    except InputError as error:
        warnings.append(f"{error.problems[0]}: joining is kept, and the base will not be stable.")
        return None


def _shares_to_one(changes: dict[str, Any]) -> None:
    """Rounding must not keep the shares of the kinds from summing to 1."""
    kinds = [kind for kind in changes.get("failures", {}).values() if isinstance(kind, dict) and "share" in kind]
    if kinds:
        largest = max(kinds, key=lambda kind: kind["share"])
        largest["share"] = round(1 - sum(kind["share"] for kind in kinds if kind is not largest), 9)


def _sources(preset: Business, settings: Mapping[str, Setting], rebalanced: dict[str, Any] | None) -> dict[str, Any]:
    """For every number: fitted, with its error, or kept, with what the preset says of it."""
    rows: dict[str, Any] = {}
    for key, source in preset.sources.items():
        kept = f"kept from {preset.name}" + (f": {source.source}" if source.source else "")
        rows[key] = source.model_dump(exclude_none=True) | {"source": kept}
    for key, setting in settings.items():
        rows[key] = {"grade": "fitted", "range": setting.range, "source": setting.text}
    if rebalanced:
        rows["joining.at_typical_per_year"] = rebalanced
    return rows


def _scale_warning(preset: Business, business: Business, currency: str | None, warnings: list[str]) -> None:
    old, new = preset.people.spend_per_encounter, business.people.spend_per_encounter
    if abs(log10(new / old)) > log10(2):
        warnings.append(f"An encounter costs {new:.4g} here and {old:.4g} in {preset.name}, from which all other "
                        "amounts are kept (finance.acquisition_cost, [front_desk], the menu's _money): "
                        "set them to your own.")
    if currency and currency != preset.currency:
        warnings.append(f"Amounts kept from {preset.name} are in {preset.currency} and were not converted to "
                        f"{currency}.")


def to_toml(data: Mapping[str, Any], header: Sequence[str]) -> str:
    """The data as TOML under a comment; a row of [sources] is one line."""
    lines = [f"# {line}".rstrip() for line in header]
    _table(data, (), lines)
    return "\n".join(lines) + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    one_line = path == ("sources",)
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping) and not one_line}
    plain_ = {key: value for key, value in table.items() if key not in inner}
    if plain_ and path:
        lines += ["", f"[{'.'.join(_key(part) for part in path)}]"]
    elif plain_:
        lines.append("")
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain_.items()]
    for key, value in inner.items():
        _table(value, (*path, key), lines)


def _key(key: str) -> str:
    return key if key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    # JSON's text in quotes is TOML's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
