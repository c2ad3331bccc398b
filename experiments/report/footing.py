"""What an answer stands on: its assumptions with sources, how the model fares against evidence, how to repeat it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments import words
from experiments.comparison import Answer
from experiments.parameters import HUMAN, meaning, value_of
from experiments.report.worlds import Drawn, short
from experiments.sweep_store import read_manifest
from sim.business import Business, load_business, plain, presets
from sim.psychology import Psychology

GRADES = {
    "measured": "measured in data",
    "published": "published",
    "fitted": "set so that a published number comes out",
    "assumption": "assumed, with a range worth exploring",
}


@dataclass(frozen=True)
class Assumption:
    """A number the answer rests on."""

    what: str
    key: str
    value: str
    grade: str
    source: str
    range: str
    drawn: str
    """mean and ends over the worlds played; empty where it was kept as written"""


LOPSIDED = 0.1
"""From such a share of its written value on, the mean drawn is told beside it."""


def facts(business: Business, worlds: Mapping[str, Drawn]) -> list[str]:
    """What is assumed of the firm, in sentences; in brackets the mean played, where it lies elsewhere."""
    def beside(key: str, written: float, percent: bool = False) -> str:
        played = worlds.get(key)
        if played is None or abs(played.mean - written) <= LOPSIDED * abs(written):
            return ""
        return f" (drawn: {f'{100 * played.mean:.3g} %' if percent else short(played.mean)})"

    b, noun, money = business, business.customer_word, business.currency
    kinds = sorted(b.failures.kinds.values(), key=lambda kind: -kind.share)
    leaves = "at each encounter" if b.leaving.contract_months is None else words.every_months(b.leaving.contract_months)
    f = b.finance
    return [
        f"{words.a_or_an(noun).capitalize()} comes {b.people.encounters_per_year:g} times a year"
        f"{beside('people.encounters_per_year', b.people.encounters_per_year)} and pays {money} "
        f"{_amount(b.people.spend_per_encounter)}{beside('people.spend_per_encounter', b.people.spend_per_encounter)} "
        f"each time; the margin is {words.percent(f.margin_share)}"
        f"{beside('finance.margin_share', f.margin_share, True)} of the price.",
        f"In {100 * b.failures.per_encounter:.3g} of 100 encounters something fails"
        f"{beside('failures.per_encounter', b.failures.per_encounter, True)}. The usual case: "
        f"“{kinds[0].title}” ({words.percent(kinds[0].share)} of failures).",
        f"Whether to stay is decided {leaves}: {100 * b.leaving.at_typical:.3g} %"
        f"{beside('leaving.at_typical', b.leaving.at_typical, True)} leave at typical confidence, "
        f"{100 * b.leaving.at_none:.3g} %{beside('leaving.at_none', b.leaving.at_none, True)} at none.",
        f"Winning {words.a_or_an(noun)} costs {money} {_amount(f.acquisition_cost)}"
        f"{beside('finance.acquisition_cost', f.acquisition_cost)}; {words.percent(f.refill_share)} of the demand that "
        f"is lost is taken up by others{beside('finance.refill_share', f.refill_share, True)}.",
        f"Money later is worth less: {100 * f.discount_rate_annual:g} % a year"
        f"{beside('finance.discount_rate_annual', f.discount_rate_annual, True)}.",
    ]


def assumptions(business: Business, worlds: Mapping[str, Drawn]) -> list[Assumption]:
    """Every number of the business with its source, in the order of its file."""
    data = plain(business, complete=True)
    return [Assumption(meaning(business, key), key, _written(value_of(data, key)), source.grade, source.source,
                       "" if source.range is None else f"{source.range[0]:g} to {source.range[1]:g}",
                       _told(worlds, key))
            for key, source in business.sources.items()]


def grades(business: Business) -> str:
    """'2 are measured in data, ...': how well the numbers are known."""
    found = Counter(str(source.grade) for source in business.sources.values())
    return words.listed(f"{found[grade]} {'is' if found[grade] == 1 else 'are'} {said}"
                        for grade, said in GRADES.items() if found[grade])


def constants(psychology: Psychology, worlds: Mapping[str, Drawn]) -> list[Assumption]:
    """The constants of human nature, each with how well it is known (its source says so first) and what it leans on."""
    found = []
    for name, about in Psychology.model_fields.items():
        extra: Any = about.json_schema_extra
        low, high = extra["sweep"]
        grade, _, leans = str(extra["source"]).partition("; ")
        found.append(Assumption(about.description or name, f"{HUMAN}.{name}", f"{getattr(psychology, name):g} "
                                f"({extra['unit']})", grade, leans, f"{low:g} to {high:g}",
                                _told(worlds, f"{HUMAN}.{name}")))
    return found


def _told(worlds: Mapping[str, Drawn], key: str) -> str:
    """What was drawn of a number; a constant on which all sets agree was not."""
    played = worlds.get(key)
    return "" if played is None or played.low == played.high else str(played)


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Validation:
    """How the model's own constants fare against the published findings."""

    met: int
    every: int
    fitted: tuple[int, int]
    held_out: tuple[int, int]
    story: bool
    """whether the project's own story (V17) is met, which is none of those counted"""
    targets: tuple[tuple[str, str, str, bool, str], ...]
    """name, title, what was published and where, whether it is met, what is behind a miss"""


def validation() -> Validation:
    """From what is on record: a test of the project holds that against `amends validate`."""
    from experiments.validation.targets import notes, targets

    passing, why = set(notes()["passing"]), notes()["why"]
    every = list(targets().values())

    def score(held_out: bool) -> tuple[int, int]:
        group = [target.target for target in every if target.held_out is held_out and not target.own]
        return len(passing & set(group)), len(group)

    fitted, kept_out = score(False), score(True)
    story = passing >= {target.target for target in every if target.own}
    return Validation(fitted[0] + kept_out[0], fitted[1] + kept_out[1], fitted, kept_out, story, tuple(
        (t.target, t.title, f"{t.published} ({t.source})", t.target in passing, why.get(t.target, ""))
        for t in every))


@dataclass(frozen=True)
class Repeat:
    """How to get the same numbers again."""

    command: str
    whole: bool
    """whether the command is complete; else the business itself must be at hand"""
    seed: int
    versions: dict[str, str]
    result: str
    """the hash of the question"""


def repeat(answer: Answer) -> Repeat:
    """The command that asks the same question, the seed, and the versions that answered it."""
    command, whole = _command(answer)
    manifest = read_manifest(answer.folder) or {}
    versions = {str(name): str(version) for name, version in manifest.get("versions", {}).items()}
    return Repeat(command, whole, answer.question.point.seed, versions, answer.question.identity)


def spelled(answer: Answer) -> str:
    """The business as it is written in a command."""
    business = answer.question.point.business
    return business.name if business.name in presets() else f"{business.name}.toml"


def _command(answer: Answer) -> tuple[str, bool]:
    point, question = answer.question.point, answer.question
    whole, options = point.market is None, ["--runs", str(question.runs), "--people", str(point.people), "--years",
                                            f"{point.years:g}", "--seed", str(point.seed)]
    if point.unknown is None:
        options.append("--fixed")
    now = {**plain(point.business), HUMAN: point.psychology.model_dump()}
    if point.business.name in presets():
        changes = dict(_changes({**plain(load_business(point.business.name)), HUMAN: Psychology().model_dump()}, now))
    else:
        whole = False
        changes = dict(_changes({**now, HUMAN: Psychology().model_dump()}, now))
    # What was set is known, and so not drawn, even where it was set to what it was.
    changes |= {key: str(value_of(now, key)) for key in (point.unknown.known if point.unknown else ())}
    whole = whole and None not in changes.values()
    options += [part for key, value in changes.items() if value is not None for part in ("--set", f"{key}={value}")]
    if point.market is not None:
        options += ["--customers", "FILE.csv"]
    return f"amends compare {shlex.join([spelled(answer), *question.arms, *options])}", whole


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str | None]]:
    """Dotted keys whose values differ, with the new value as --set takes it; None where --set cannot say it."""
    for key in dict.fromkeys([*before, *now]):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _changes(old, new, f"{path}{key}.")
        elif old != new:
            simple = isinstance(new, (int, float, str)) and not isinstance(new, bool)
            yield f"{path}{key}", (f"{new}" if simple else None)


def drawn(answer: Answer) -> str:
    """What of all this was not held fixed."""
    unknown = answer.question.point.unknown
    if unknown is None:
        return ("Every number was kept as written; the intervals are of luck alone, and say nothing of what is not "
                "known.")
    worlds = 0 if answer.draws is None else len(np.unique(answer.draws))
    return (f"The {answer.runs} runs are {words.worlds(answer.runs, worlds)}. What is not known was drawn for each "
            f"world: {len(unknown.numbers)} numbers within their ranges, and one of {len(unknown.constants)} sets of "
            "constants of human nature that the published findings leave open. The number as written is the likeliest; "
            "where its range reaches further to one side, so do the draws. “Drawn” above is the mean of what was "
            "played, told where it is more than a tenth off; the tables give it, with its ends, for every number. The "
            "intervals hold that, and luck.")


def missing_runs(answer: Answer) -> str:
    """A sentence on runs that failed; empty where all were played."""
    failed = answer.question.runs - answer.runs
    return f"{failed} of {answer.question.runs} runs failed and are left out." if failed else ""

