"""What runs come to, as the page shows it: per 1,000 customers at the start, in present value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments import words
from experiments.comparison import Answer, Difference
from experiments.design import Comparison
from experiments.estimates import Estimate, confidence_region
from experiments.replication import columns
from experiments.store import column_dtype
from experiments.verdict import Finding, title
from experiments.words import inside, pretty

COSTS = ("cost_of_remedy", "cost_of_churn", "price_of_failure", "net_present_value")


def answer_of(question: Comparison, rows: Iterable[Mapping[str, Any]]) -> Answer:
    """An `Answer` from rows as they come from a worker: those of strategies, in any order."""
    order = {arm: place for place, arm in enumerate(question.arms)}
    found = sorted(rows, key=lambda row: (row["run"], order[row["arm"]]))
    table = {c.name: np.array([row[c.name] for row in found], column_dtype(c))
             for c in columns(question.point.years)}
    # Nothing is shared out among factors here: that takes runs of its own.
    return Answer(replace(question, runs=len({row["run"] for row in found}), factors=()), table, Path())


def per_1000(answer: Answer) -> list[Difference]:
    """Every pair of strategies, the difference per 1,000 customers standing for that of the firm."""
    return [replace(d, net_present_value=d.per_1000_customers) for d in answer.differences]


def finding(answer: Answer) -> Finding:
    """What can be said for sure, per 1,000 customers."""
    means = {arm: answer.per_1000(arm, "net_present_value").mean for arm in answer.question.arms}
    return replace(answer.finding, means=means, pairs=tuple(per_1000(answer)))


def shown(answer: Answer) -> dict[str, Any]:
    """The numbers and sentences of a page."""
    found = finding(answer)
    noun = answer.question.point.business.customer_word
    return {
        "title": as_set(title(found), found),
        "sentence": as_set(sentence(found, noun), found),
        "pairs": answer.runs,
        "people": answer.question.point.people,
        "customers": answer.customers_at_start,
        "best": found.best,
        "arms": [_arm(answer, arm) for arm in answer.question.arms],
        "difference": leading(found, answer),
        "differences": [{"of": d.of, "minus": d.minus, **d.net_present_value.to_dict()} for d in found.pairs],
    }


def costs(answer: Answer) -> list[dict[str, Any]]:
    """Of each strategy only where it lies in the picture."""
    return [{"name": arm, **{name: answer.per_1000(arm, name).to_dict() for name in COSTS[:2]}}
            for arm in answer.question.arms]


def _arm(answer: Answer, arm: str) -> dict[str, Any]:
    customers = answer.values(arm, "customers_at_start")
    x, y = (1000 * answer.values(arm, name) / customers for name in ("cost_of_remedy", "cost_of_churn"))
    return {"name": arm, "region": confidence_region(x, y),
            **{name: answer.per_1000(arm, name).to_dict() for name in COSTS}}


def leading(found: Finding, answer: Answer) -> dict[str, Any]:
    """The two strategies ahead, the first minus the second, as a sentence and numbers."""
    first, second, pair, turn = found.leading
    gap = pair.net_present_value.turned(turn)
    return {"of": first, "minus": second, **gap.to_dict(), "sign": gap.sign,
            "won": round(found.won(first, second) * answer.runs), "interval": interval(gap, found.currency),
            "level": not rounded(gap.mean, gap),
            "amount": words.money(rounded(gap.mean, gap), found.currency),
            "yearly": words.money(rounded(gap.mean, gap) / found.years, found.currency),
            "horizon": _horizon({year: e.turned(turn) for year, e in pair.by_year.items()}, second)}


def sentence(found: Finding, noun: str) -> str:
    """Which strategy leaves the firm better off, by how much; no stronger than the interval allows."""
    first, second, pair, turn = found.leading
    gap = pair.net_present_value.turned(turn)
    per = f"per 1,000 {noun}s over {words.years(found.years)}"
    if gap.low == gap.high == 0:
        return f"{pretty(first)} and {inside(second)} come to exactly the same in every run."
    amount = words.money(rounded(gap.mean, gap), found.currency)
    best = found.best is not None and len(found.means) > 2
    if gap.sign > 0:
        lead = f"{pretty(first)} is best: it leaves" if best else f"{pretty(first)} leaves"
        than = f"{inside(second)}, the next best" if best else inside(second)
        return f"{lead} the firm {amount} better off than {than}, {per}."
    if not rounded(gap.mean, gap):
        return f"No difference to speak of between {inside(first)} and {inside(second)}, {per}."
    return (f"No clear difference: {inside(first)} is {amount} ahead of {inside(second)}, {per}, "
            "which may be chance.")


def as_set(said: str, found: Finding) -> str:
    """The same as a clause that says it holds for the numbers as they stand on the page."""
    own = any(pretty(arm) == inside(arm) and said.startswith(pretty(arm)) for arm in found.means)
    return f"As set on the page, {said if own else said[0].lower() + said[1:]}"


def headline(found: Finding, noun: str) -> dict[str, str]:
    """The verdict over what is not known, in the three grades of `amends compare`: clear, the better bet, not clear."""
    first, second, pair, turn = found.leading
    gap = pair.net_present_value.turned(turn)
    if gap.low == gap.high == 0:
        return {"verdict": "same", "sentence": sentence(found, noun)}
    amount = words.money(rounded(gap.mean, gap), found.currency)
    other = inside(second)
    if gap.sign > 0:
        best = "best, and better" if found.best and len(found.means) > 2 else "better"
        return {"verdict": "clear",
                "sentence": f"{pretty(first)} is clearly {best} than {other}: on average by {amount}."}
    if found.bets(first, second):
        return {"verdict": "bet", "sentence": f"{pretty(first)} is the better bet, not a sure one: on average {amount} "
                f"better than {other}."}
    if not rounded(gap.mean, gap):
        return {"verdict": "unclear", "sentence": f"Not clear whether {inside(first)} or {other} is better: on average "
                "no difference to speak of."}
    return {"verdict": "unclear", "sentence": f"Not clear whether {inside(first)} or {other} is better: on average the "
            f"first is {amount} ahead."}


def interval(gap: Estimate, currency: str) -> str:
    """'EUR 90,000 to 111,000', as exact as its width makes sense, outwards; in millions from ten million on."""
    step = _step(gap)
    low, high = -_outwards(-gap.low, step), _outwards(gap.high, step)
    if max(abs(low), abs(high)) >= 1e7:
        decimals = max(1, min(6, 8 - _digits(gap)))
        # An end beside 0 needs more of them, or it would be told as 0.
        for end in (low, high):
            if 0 < abs(end) < step:
                decimals = max(decimals, min(8, math.ceil(7 - math.log10(abs(end)))))
        told = f"{currency} {low / 1e6:,.{decimals}f} to {high / 1e6:,.{decimals}f} million"
        return told.replace("-", "\N{MINUS SIGN}")
    decimals = 0 if all(abs(end - round(end)) < 1e-9 for end in (low, high)) else 2
    return f"{currency} {words.fixed(low, decimals)} to {words.fixed(high, decimals)}".replace("-", "\N{MINUS SIGN}")


def _outwards(end: float, step: float) -> float:
    """The upper end rounded up, but not to 0 or beyond: what lies on one side of 0 is told so."""
    if -step < end < 0:
        step = 10.0 ** max(-2, math.floor(math.log10(-end)) - 1)
    return math.ceil(end / step) * step


def rounded(value: float, gap: Estimate) -> float:
    """A value rounded to two digits of the half width of its interval: more would be noise."""
    step = _step(gap)
    return round(value / step) * step


def _step(gap: Estimate) -> float:
    return 10.0 ** _exponent(gap)


def _exponent(gap: Estimate) -> int:
    """Of the step: cents at least, and no more of them than tell something."""
    half = gap.half_width
    return max(-2, math.floor(math.log10(half)) - 1) if math.isfinite(half) and half > 0 else 0


def _digits(gap: Estimate) -> int:
    """Digits before the point of the half width."""
    half = gap.half_width
    return math.floor(math.log10(half)) + 1 if math.isfinite(half) and half >= 1 else 1


def _horizon(by_year: Mapping[str, Estimate], second: str) -> str:
    """A warning where shorter horizons clearly say the opposite."""
    against = [year for year, e in by_year.items() if e.sign < 0]
    if not against:
        return ""
    return f"But over {words.year_list(against)} {inside(second)} is ahead."


def unknown(answer: Answer) -> list[dict[str, Any]]:
    """The differences over worlds drawn from what is not known, either way round; their intervals are of that."""
    currency = answer.question.point.business.currency
    found = []
    for d in answer.differences:
        gain = d.per_1000_customers
        for of, minus, gap in ((d.of, d.minus, gain), (d.minus, d.of, gain.turned())):
            mean = words.money(rounded(gap.mean, gap), currency).replace("-", "\N{MINUS SIGN}")
            found.append({"of": of, "minus": minus, **gap.to_dict(),
                          "told": f"{interval(gap, currency)}, on average {mean}"})
    return found
