"""The page: what its templates are filled with, and the HTML that comes out."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from experiments import words
from experiments.comparison import Answer
from experiments.report import footing
from experiments.report.figures.frame import PAGE, PHONE, Picture
from experiments.report.flips import NO_FILES, SAME, Flips
from experiments.report.headline import Headline, by_horizon, sureness
from experiments.report.numbers import MINUS, Numbers, ends, interval, number
from experiments.report.say import kind_of_interval
from experiments.report.svg import inline
from experiments.report.worlds import drawn
from experiments.verdict import verdict
from experiments.words import inside, pretty
from sim.psychology import STATUS

TEMPLATES = Path(__file__).with_name("page")


@dataclass(frozen=True)
class Section:
    """A section: its anchor, its name in the list of contents, its heading, its template."""

    id: str
    name: str
    heading: str
    file: str


SECTIONS = (
    Section("answer", "The answer", "The answer", "answer.html"),
    Section("price", "Remedy and churn", "Cost of churn against cost of remedy", "plane.html"),
    Section("money", "Where the money goes", "Where the money goes", "waterfall.html"),
    Section("months", "Month by month", "Month by month", "months.html"),
    Section("turns", "What would change it", "What would change the answer", "flips.html"),
    Section("story", "One case", "One case, under both strategies", "story.html"),
    Section("footing", "What it stands on", "What it stands on", "footing.html"),
)


def html(answer: Answer, top: Headline, pictures: list[Picture], flips: Flips | None, story: dict[str, Any]) -> str:
    """The whole page: the same bytes for the same result."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                        undefined=StrictUndefined)
    point = answer.question.point
    worlds = drawn(answer)
    shown = {picture.name: {"name": picture.name, "title": picture.title, "note": picture.note,
                            "note_on_phone": picture.note_on_phone,
                            "numbers": picture.numbers,
                            "wide": Markup(_svg(picture, "page")), "small": Markup(_svg(picture, "phone"))}
             for picture in pictures}
    return pages.get_template("page.html").render(
        title=title(answer), summary=point.business.summary, noun=point.business.customer_word,
        css=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8").strip()), sections=SECTIONS, headline=top,
        several=len(answer.question.arms) > 2,
        verdict="For the whole firm: " + re.sub(r"-(?=\d)", MINUS, verdict(answer.finding, answer.runs, inside)),
        units=_units(answer),
        failed=footing.missing_runs(answer), pictures=shown,
        no_flips=NO_FILES if point.market is not None else SAME,
        sureness=_sureness(answer), of_what=kind_of_interval(answer), currency=point.business.currency,
        horizons=_horizons(answer), flips=flips, more=_more(answer, flips), story=_story(answer, story),
        facts=footing.facts(point.business, worlds), drawn=footing.drawn(answer), drawn_sets=answer.finding.drawn,
        grades=footing.grades(point.business),
        assumptions=_assumptions("Numbers of the firm", footing.assumptions(point.business, worlds), bool(worlds)),
        constants=_assumptions("Constants of human nature", footing.constants(point.psychology, worlds), bool(worlds)),
        validation=footing.validation(), findings=_findings(), repeat=footing.repeat(answer), runs=answer.runs,
        people=f"{point.people:,}", years=words.years(point.years), status=STATUS, version=metadata.version("amends"))


def title(answer: Answer) -> str:
    """Whose report, and the question."""
    business, arms = answer.question.point.business.title, answer.question.arms
    if len(arms) > 2:
        return f"{business}: which answer to a complaint pays?"
    return f"{business}: {inside(arms[0])}, or {inside(arms[1])}?"


def _svg(picture: Picture, shape: str) -> str:
    figure = picture.draw(PAGE if shape == "page" else PHONE)
    # The picture of the project is drawn elsewhere, for itself, and leaves room for its heading.
    return inline(figure, f"{picture.name}-{shape}", picture.title, picture.alt,
                  cropped=picture.name == "churn-against-remedy")


def _sureness(answer: Answer) -> Numbers:
    point = answer.question.point
    return Numbers(f"How sure the difference is: {point.business.currency} per 1,000 {point.business.customer_word}s a "
                   "year, 95 % intervals", ("interval of", "mean", "from", "to"),
                   tuple((what, *ends(e)) for what, e in sureness(answer)))


def _units(answer: Answer) -> str:
    """How an amount per 1,000 customers and year becomes one of the firm, and what the runs are."""
    point = answer.question.point
    noun, drawn = f"{point.business.customer_word}s", ""
    if answer.draws is not None:
        drawn = f" The {answer.runs} runs are {words.worlds(answer.runs, len(np.unique(answer.draws)))}."
    return (f"The whole firm has about {number(answer.customers_at_start)} {noun} at the start; its amounts, over "
            f"{words.years(point.years)}, stand in the sections below. Each run is divided by its own number of "
            f"{noun}, so intervals of the two do not convert exactly.{drawn}")


def _horizons(answer: Answer) -> list[dict[str, Any]]:
    return [{"pair": pair, "rows": [{"year": year, "mean": number(e.mean), "exact": repr(e.mean),
                                     "interval": interval(e), "ahead": ahead} for year, e, ahead in rows]}
            for pair, rows in by_horizon(answer)]


def _more(answer: Answer, flips: Flips | None) -> tuple[str, str, str]:
    """What was moved, the command that moves more, and what else it does."""
    if flips is None:
        return "", "", ""
    between = f"Between {inside(flips.one)} and {inside(flips.other)}. " if len(answer.question.arms) > 2 else ""
    return (f"{between}One number is moved at a time, all others are as written: assumptions of the firm as a whole, "
            "and a few of human nature.",
            shlex.join(["amends", "breakeven", footing.spelled(answer), flips.one, flips.other]),
            "moves every number with a range, with more runs, and says what one complaint is worth spending on.")


def _story(answer: Answer, story: dict[str, Any]) -> dict[str, Any]:
    if "none" in story:
        return story
    money = answer.question.point.business.currency
    arms = list(answer.question.arms)
    lives = [{**life, "name": pretty(life["strategy"]), "colour": arms.index(life["strategy"]) % 8,
              "trust": [(when, number(trust, 2), said) for when, trust, said in life["trust"]],
              "worth": f"{money} {number(life['worth'])}"} for life in story["lives"]]
    noun = answer.question.point.business.customer_word
    fared = Numbers(f"How all of them fared: share of the {noun}s in the same case", (
        "strategy", "accepted, %", "came again, %", f"still {noun}s at the end, %",
        f"worth in the end, {money}, mean of all who met the same"), tuple(
        (pretty(one["strategy"]), 100 * one["accepted"], 100 * one["came_again"], 100 * one["customers"], one["worth"])
        for one in story["fared"]))
    return {**story, "lives": lives, "twin": f"{money} {number(story['twin'])}", "fared": fared if fared.rows else None,
            "contrary": contrary(answer, {life["strategy"]: life["worth"] for life in story["lives"]})}


def contrary(answer: Answer, worth: dict[str, float]) -> str:
    """Where one customer's worth, by strategy, speaks against the strategy that is ahead over all; else ''."""
    first, second, *_ = answer.finding.leading
    if answer.finding.same(first, second) or worth[second] - worth[first] < 0.5:
        return ""
    noun, money = answer.question.point.business.customer_word, answer.question.point.business.currency
    return (f"This one case runs against the average: this {noun} is worth {money} "
            f"{number(worth[second] - worth[first])} less under {inside(first)}, while over all {noun}s and runs "
            f"{inside(first)} comes out ahead of {inside(second)}.")


def _assumptions(caption: str, found: list[footing.Assumption], drawn: bool) -> Numbers:
    """The table of assumptions; `drawn`: with what was played of each."""
    played = ("drawn: mean (from to)",) if drawn else ()
    header = ("what", "key", "as written", "range", *played, "how known", "source")
    return Numbers(caption, header, tuple(
        (one.what, one.key, one.value, one.range, *((one.drawn or "as written",) if drawn else ()), one.grade,
         one.source) for one in found))


def _findings() -> Numbers:
    header = ("finding", "title", "published", "state", "why missed")
    return Numbers("Published findings, and a story of the project's own (V17), as virtual experiments", header,
                   tuple((name, what, published, "met" if met else "missed", why)
                         for name, what, published, met, why in footing.validation().targets))
