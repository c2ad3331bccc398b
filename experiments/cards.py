"""A business and a strategy in plain words, for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from experiments import words
from sim.business import ROLES, Business, Kind
from sim.business import Measure as MenuItem
from sim.remedy import DIMENSIONS, TENURES, VALUES, Remedy, Strategy, severity_word, tabulate

WIDTH = 80
ASKED_IN_ORDER = ("detected", "promised", "value", "tenure", "failures_before", "apologised_before", "watched",
                  "pushes", "asked")
"""The order in which a rule card tells cases apart."""


def business_card(business: Business) -> str:
    """Key facts, failures and the menu with its words."""
    return "\n".join(line.rstrip() for line in _business(business)) + "\n"


def _business(b: Business) -> Iterator[str]:
    money = b.currency
    yield f"{b.title} ({b.name})"
    yield from _wrapped(b.summary)
    yield ""
    p, f = b.people, b.finance
    noun = b.customer_word
    facts = [
        (f"encounters of a {noun}", f"{p.encounters_per_year:g} a year at {money} {p.spend_per_encounter:g} each"),
        ("margin", f"{words.percent(f.margin_share)} of the price"),
        (f"{noun}s", f"{words.percent(p.customer_share)} of the market at the start"),
        ("leaving", _leaving(b)),
        ("joining", f"{words.percent(b.joining.at_typical_per_year)} a year of those who know the firm"),
        (f"winning a {noun}", f"costs {money} {f.acquisition_cost:g}"),
        ("lost demand", f"{words.percent(f.refill_share)} taken up by others"),
        ("failures", f"{100 * b.failures.per_encounter:g} in 100 encounters"),
        ("discount rate", f"{100 * f.discount_rate_annual:g} % a year; periods of a {b.period}"),
    ]
    yield from _pairs(facts)
    yield ""
    yield "What fails"
    for name, kind in b.failures.kinds.items():
        yield from _kind(name, kind, money)
    yield ""
    yield "What the desk can say, do or give"
    for role in ROLES:
        for name, item in b.menu.items():
            if item.role == role:
                yield from _item(name, item, money)
    if b.sources:
        grades = Counter(source.grade for source in b.sources.values())
        yield ""
        yield "Numbers: " + ", ".join(f"{grades[grade]} {grade}" for grade in
                                      ("measured", "published", "fitted", "assumption") if grades[grade])


def _leaving(b: Business) -> str:
    low, high = (f"{100 * share:.3g} %" for share in (b.leaving.at_typical, b.leaving.at_none))
    at = "at each encounter" if b.leaving.contract_months is None else words.every_months(b.leaving.contract_months)
    return f"decided {at}: {low} at typical confidence, {high} at none"


def _kind(name: str, kind: Kind, money: str) -> Iterator[str]:
    loss = f"{money} {kind.loss_money:g}" if kind.loss_money is not None else \
        f"{words.percent(kind.loss_share or 0)} of the price"
    notes = [f"{words.percent(kind.share)} of failures", f"{severity_word(kind)} (severity {kind.severity:g})",
             f"loss {loss}"]
    notes += [note for note, so in (("money at stake", kind.money_at_stake), ("service rejected", kind.rejected)) if so]
    notes += [f"{verb} in {words.percent(share)}" for verb, share in
              (("seen by others", kind.watched_share), ("seen by the firm", kind.detected_share)) if share]
    if kind.lag_months:
        notes.append(f"{kind.lag_months:g} months after the purchase")
    if kind.legal_floor:
        notes.append(f"by law always {words.listed(kind.legal_floor)}")
    yield f"  {name}: {kind.title}"
    yield from _wrapped("; ".join(notes), 4)


def _item(name: str, item: MenuItem, money: str) -> Iterator[str]:
    def amount(share: float | None, absolute: float | None) -> str:
        return f"{words.percent(share)} of the loss" if share is not None else f"{money} {absolute or 0:g}"

    notes = []
    if item.is_goods:
        notes.append(f"worth {amount(item.worth_share, item.worth_money)}")
    if item.cost_share or item.cost_money:
        cost = f"costs {amount(item.cost_share, item.cost_money)}"
        notes.append(f"{cost} if redeemed ({words.percent(item.redeemed_share)})" if item.cost_when_redeemed else cost)
    if item.sincerity:
        notes.append(f"sincerity {item.sincerity:g}")
    if item.days:
        notes.append(f"takes {words.counted(item.days, 'day')}")
    if item.days_saved:
        notes.append(f"saves {words.counted(item.days_saved, 'day')}")
    if item.minutes:
        notes.append(words.counted(item.minutes, "minute"))
    if item.kinds:
        notes.append(f"only for {words.listed(item.kinds)}")
    yield from _wrapped(f"{name} ({item.role}): \"{item.words}\"", 2)
    if notes:
        yield from _wrapped("; ".join(notes), 4)


def strategy_card(spelling: str, strategy: Strategy, docstring: str) -> str:
    """What a strategy stands for, and what may be tuned."""
    lines = [spelling, ""]
    for paragraph in docstring.split("\n\n"):
        lines += [*_wrapped(" ".join(paragraph.split())), ""]
    lines.append("Parameters (as in NAME:key=value,key=value)")
    known = strategy.parameters()
    values = [(key, str(getattr(strategy, key)).lower() if kind is bool else str(getattr(strategy, key)))
              for key, kind in known.items()]
    lines += _pairs([(key, f"{value}  ({known[key].__name__})") for key, value in values])
    return "\n".join(line.rstrip() for line in lines) + "\n"


def rule_card(strategy: Strategy, business: Business, spelling: str) -> str:
    """A strategy's answer to every case of a business; cases answered alike share a line."""
    table = tabulate(strategy, business, spelling)
    answers = table.table.reshape(table.shape).copy()
    lines = [f"What {spelling} does: {business.title}"]
    policies = [text for text, so in (
        ("It makes a promise at the sale.", table.promise), ("It opens cases for failures that it sees.",
                                                             table.proactive),
        (f"It makes complaining easier (odds times {table.ease:g}).", table.ease != 1),
        (f"It checks {words.percent(table.check)} of claims first.", table.check > 0)) if so]
    lines += [f"  {policy}" for policy in policies]
    used: dict[str, str] = {}
    for number, (kind, about) in enumerate(business.failures.kinds.items()):
        lines += ["", f"{kind} ({severity_word(about)})"]
        ways = list(_ways(_possible(answers[number]), {}, table.promise, table.proactive, business))
        wide = min(40, max(len(when) for when, _ in ways)) + 4
        for when, offer in ways:
            remedy = table.remedies[offer][1]
            used |= {m.name: m.words for m in remedy.measures}
            lines += _row(when, _offer(remedy), wide)
    lines += ["", "The words"]
    for name, said in used.items():
        lines += _wrapped(f"{name}: \"{said}\"", 2)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _possible(answers: np.ndarray) -> np.ndarray:
    """Answers to cases that cannot be, set like their neighbours', so that they tell nothing apart.

    Shape: `DIMENSIONS` without the kind. Nobody asks by name before the first push, and
    whoever did not complain does not push.
    """
    answers = answers.copy()
    answers[..., 1:, 0] = answers[..., :1, 0]
    answers[:, :, :, :, :, :, 1, :, :] = answers[:, :, :, :, :, :, 1, :1, :1]
    return answers


def _ways(answers: np.ndarray, known: dict[str, str], promise: bool, proactive: bool,
          business: Business) -> Iterator[tuple[str, int]]:
    """(when, offer) for groups of cases with one answer; axes of `answers` are `DIMENSIONS[1:]`."""
    for name in ASKED_IN_ORDER:
        axis = DIMENSIONS.index(name) - 1
        if name in known:
            continue
        if (name == "promised" and not promise) or (name == "detected" and not proactive):
            answers = answers.take([0], axis)
        if (answers == answers.take([0], axis)).all():
            continue
        groups: dict[bytes, list[int]] = {}
        for position in range(answers.shape[axis]):
            groups.setdefault(answers.take(position, axis).tobytes(), []).append(position)
        for positions in groups.values():
            words_ = _condition(name, positions, answers.shape[axis], business)
            yield from _ways(answers.take(positions[:1], axis), {**known, name: words_}, promise, proactive, business)
        return
    yield ", ".join(known.values()) or "always", int(answers.flat[0])


def _condition(name: str, positions: Sequence[int], size: int, business: Business) -> str:
    """What a case has in common, in a few words."""
    first, last = positions[0], positions[-1]
    in_a_row = list(positions) == list(range(first, last + 1))
    if name == "value":
        return f"{' or '.join(VALUES[i] for i in positions)} value"
    if name == "tenure":
        return " or ".join(TENURES[i] for i in positions)
    if name == "asked":
        roles = ["no form asked for" if i == 0 else f"asks for {business.asked_roles[i - 1]}" for i in positions]
        return " or ".join(roles)
    if name in ("failures_before", "pushes"):
        noun = "failures before" if name == "failures_before" else "pushes"
        if first == last == 0:
            return "at first" if name == "pushes" else "no failure before"
        if in_a_row and last == size - 1:
            return f"{first} or more {noun}"
        single = {"failures before": "failure before", "pushes": "push"}[noun]
        return f"{_span(positions)} {single if list(positions) == [1] else noun}"
    yes = {"apologised_before": "apologised before", "promised": "promised", "watched": "watched",
           "detected": "firm speaks first"}[name]
    no = {"apologised_before": "no apology before", "promised": "not promised", "watched": "not watched",
          "detected": "customer complains"}[name]
    return yes if positions[0] == 1 else no


def _span(positions: Sequence[int]) -> str:
    first, last = positions[0], positions[-1]
    if len(positions) > 2 and list(positions) == list(range(first, last + 1)):
        return f"{first} to {last}"
    return " or ".join(str(i) for i in positions)


def _offer(remedy: Remedy) -> str:
    said = ", ".join(m.name for m in remedy.measures) or "nothing"
    return f"{said} (a manager speaks)" if remedy.manager else said


def _row(when: str, offer: str, wide: int) -> list[str]:
    left = textwrap.wrap(when, wide - 3, break_on_hyphens=False)
    right = textwrap.wrap(offer, WIDTH - 2 - wide, break_on_hyphens=False)
    rows = max(len(left), len(right))
    left += [""] * (rows - len(left))
    right += [""] * (rows - len(right))
    return [f"  {a:<{wide}}{b}" for a, b in zip(left, right, strict=True)]


def _pairs(facts: Iterable[tuple[str, str]]) -> list[str]:
    facts = list(facts)
    wide = max(len(name) for name, _ in facts) + 2
    lines = []
    for name, text in facts:
        lines += textwrap.wrap(f"  {name:<{wide}}{text}", WIDTH, subsequent_indent=" " * (wide + 2),
                               drop_whitespace=True, break_on_hyphens=False)
    return lines


def _wrapped(text: str, indent: int = 0) -> list[str]:
    hanging = " " * (indent + 2 if indent else 0)
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=hanging, break_on_hyphens=False)
