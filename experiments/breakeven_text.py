"""Switch points in plain words, for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from experiments import words
from experiments.breakeven import Flip, SwitchPoints
from experiments.design import DEFAULT_PEOPLE
from experiments.pairing import Asked
from experiments.parameters import REMEDY
from experiments.switchpoint import Switch
from experiments.tier_worth import Worth
from sim.psychology import STATUS

WIDTH = 80
MOST_TOLD = 6
"""Numbers that are named in a sentence; JSON has all."""

PHRASES = {
    "people.spend_per_encounter": ("{one} paid {less} than {value} each time", "money"),
    "people.encounters_per_year": ("{one} came {less} than {value} times a year", "number"),
    "people.customer_share": ("{less} than {value} of the market were {noun}s at the start", "share"),
    "failures.per_encounter": ("{less} than {value} of all encounters failed", "share"),
    REMEDY: ("everything that is given cost the firm {less} than {value} times what is assumed", "number"),
    "finance.margin_share": ("the margin were {below} {value} of the price", "share"),
    "finance.discount_rate_annual": ("the discount rate were {below} {value} a year", "share"),
    "finance.acquisition_cost": ("winning {one} cost {less} than {value}", "money"),
    "finance.refill_share": ("others took up {less} than {value} of lost demand", "share"),
    "front_desk.wage_per_minute": ("a minute of the desk cost {less} than {value}", "money"),
    "leaving.at_typical": ("{less} than {value} of typical {noun}s left at each decision", "share"),
    "leaving.at_none": ("of {noun}s with no confidence at all {less} than {value} left at each decision", "share"),
    "joining.at_typical_per_year": ("{less} than {value} of those who know the firm joined in a year", "share"),
}
"""How some numbers are said; all others by their description."""


def text(points: SwitchPoints) -> str:
    """The whole answer."""
    return "\n".join(line.rstrip() for line in _lines(points)) + "\n"


def _lines(points: SwitchPoints) -> Iterator[str]:
    asked = points.asked
    currency, one, other = asked.business.currency, *asked.strategies
    yield from _wrapped(f"{asked.business.title}: where does the answer flip between {one} and {other}?")
    yield from _wrapped(f"{asked.runs} paired runs over {words.years(asked.years)}, {asked.people:,} people; "
                        f"one number moved at a time ({STATUS}).")
    yield from _wrapped(beside_compare(asked))
    yield ""
    t = points.today
    behind = one if points.leader == other else other
    low, high = sorted((abs(t.low), abs(t.high))) if t.sign else (t.low, t.high)
    told = f"Today {points.leader} is ahead of {behind} by {words.money(abs(t.mean), currency)} of net present value"
    yield from _wrapped(f"{told} (95 %: {words.whole(low)} to {words.whole(high)}), which is {_yearly(points)}."
                        if t.sign else
                        f"{told}, which is not clear: the 95 % interval of {other} minus {one} runs from "
                        f"{words.whole(low)} to {words.whole(high)}.")
    yield ""
    flips = points.flips
    if flips:
        yield "Where it flips, the nearest to today first:"
        for number, flip in enumerate(flips, start=1):
            yield from _wrapped(f"{number}. {sentence(flip, asked.business.customer_word, currency)}", 0, 3)
            yield from _wrapped(_detail(flip), 3, 3)
    rest = points.none_in_range
    if rest and flips:
        yield ""
        some = ", ".join(p.key for p in rest) if len(rest) <= 6 else f"{len(rest)} other numbers"
        yield from _wrapped(f"None in range: {some}. Moved alone to either end of its range or "
                            f"half-way there, {'it leaves' if len(rest) == 1 else 'none of them changes'} the winner"
                            f"{' as it is' if len(rest) == 1 else ''}"
                            + (" (--format json lists them)." if len(rest) > 6 else "."))
    elif rest:
        yield from _wrapped(f"None in range: moved alone to either end of its range or half-way there, none of the "
                            f"{len(rest)} numbers changes the winner." if len(rest) > 1 else
                            f"None in range: {rest[0].key} from {rest[0].low:g} to {rest[0].high:g} does not change "
                            f"the winner (today {rest[0].today:g}).")
    unclear = [f"{key} at {' and '.join(map(_number, ends))}" for key, ends in points.unclear.items()]
    if unclear:
        more = len(unclear) - MOST_TOLD
        yield from _wrapped("But not clear at an end of the range, so that it may flip just before it or beyond: "
                            + "; ".join(unclear[:MOST_TOLD])
                            + (f"; and {more} more (--format json lists them)." if more > 0 else "."))
    for key, why in points.failed.items():
        yield from _wrapped(f"Not known: {key}, {why}.")
    if points.worth:
        yield ""
        yield from _worth(points)


def beside_compare(asked: Asked) -> str:
    """Why the amounts are not those of `amends compare`."""
    market = "" if asked.people == DEFAULT_PEOPLE else f" and has a market of {DEFAULT_PEOPLE:,}"
    return f"Every number is as written; amends compare draws what is not known{market}, so its amounts differ."


def _yearly(points: SwitchPoints) -> str:
    """The difference as `amends compare` and a report put it; the number of customers is the expected one."""
    asked = points.asked
    customers = asked.business.people.customer_share * asked.people
    amount = abs(points.today.mean) * 1000 / customers / asked.years
    return (f"about {words.money(float(f'{amount:.3g}'), asked.business.currency)} a year per 1,000 "
            f"{asked.business.customer_word}s")


def sentence(flip: Flip, noun: str, currency: str) -> str:
    """'If a guest paid less than EUR 210 each time, minimum would win.'"""
    p, below = flip.parameter, flip.word == "below"
    less = "less" if below else "more"
    known = PHRASES.get(p.key)
    if known:
        phrase, kind = known
        condition = phrase.format(noun=noun, one=words.a_or_an(noun), less=less, below=flip.word,
                                  value=_value(flip.switch.value, kind, currency, p.whole))
    else:
        condition = f"{p.key} were {flip.word} {_number(flip.switch.value)}"
    return f"If {condition}, {flip.winner} would win{' again' if flip.back else ''}{_doubt(flip.switch)}."


def _doubt(switch: Switch) -> str:
    """What a reader must know of the interval, where it does not simply end within the range and before today."""
    said = ["holds today's"] if switch.holds_today else []
    said += ["reaches beyond the range"] if switch.below_range or switch.above_range else []
    return f"; the 95 % interval of this value {' and '.join(said)}" if said else ""


def _detail(flip: Flip) -> str:
    p, s = flip.parameter, flip.switch
    what = f"{p.key}: " if p.key in PHRASES else f"{p.meaning}; "
    return (f"{what}today {_number(p.today)}, flips at {_number(s.value)} "
            f"(95 % {interval(s)}{', today included' if s.holds_today else ''})" + (f"; {p.note}" if p.note else ""))


def interval(switch: Switch) -> str:
    """'2.1 to 3.9', or where it is cut at an end of the range: 'at least 2.1, up to 4 or beyond the range'."""
    low, high = _number(switch.low), _number(switch.high)
    if switch.below_range and switch.above_range:
        return f"anywhere from {low} to {high} or beyond the range"
    if switch.above_range:
        return f"at least {low}, up to {high} or beyond the range"
    if switch.below_range:
        return f"at most {high}, down to {low} or beyond the range"
    return f"{low} to {high}"


def _value(value: float, kind: str, currency: str, whole: bool) -> str:
    if kind == "money":
        return f"{currency} {_number(value)}"
    if kind == "share" and not whole:
        return f"{100 * value:.3g} %"
    return _number(value)


def _number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _worth(points: SwitchPoints) -> Iterator[str]:
    asked, (one, other) = points.asked, points.asked.strategies
    noun = asked.business.customer_word
    yield from _wrapped(f"The most that one complaint is worth spending on, beyond what {one} spends, in "
                        f"{asked.business.currency} per case answered (95 %; cases: per run):")
    yield f"  {'':<18}{'worth up to':>24}{f'{other[:14]} spends':>24}{'cases':>12}"
    for worth in points.worth:
        label = f"any {noun}"[:17] if worth.tier == "all" else f"{worth.tier} value"
        yield f"  {label:<18}{_interval(worth, 'worth'):>24}{_interval(worth, 'spent'):>24}{worth.cases:>12,.0f}"
    if len(points.worth) > 1:
        yield from _wrapped(f"By value: only they get the answers of {other}, the others those of {one}; the firm's "
                            f"standing policies are those of {other} for all. What their friends hear is counted in.")


def _interval(worth: Worth, name: str) -> str:
    e = getattr(worth, name)
    return f"{_number(e.mean)} ({_number(e.low)} to {_number(e.high)})"


def _wrapped(text: str, indent: int = 0, hanging: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * hanging,
                         break_on_hyphens=False, break_long_words=False)
