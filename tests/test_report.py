"""A report says what the tables say, adds up, needs nothing but itself, and is the same each time."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from experiments import comparison, words
from experiments.breakeven import Flip
from experiments.breakeven_text import sentence
from experiments.cli import main
from experiments.comparison import Answer, answer
from experiments.design import ask
from experiments.estimates import Estimate
from experiments.parameters import REMEDY, REMEDY_FACTOR, changed
from experiments.replication import columns
from experiments.report import browser, document, flips, footing, headline, play, source, worlds
from experiments.report.course import Course
from experiments.report.figures.flips import written
from experiments.report.figures.frame import PAGE, scale
from experiments.report.figures.waterfall import _amount, taken
from experiments.report.months import Months
from experiments.report.report import Report
from experiments.report.say import by
from experiments.report.waterfall import STEPS, failure_free
from experiments.store import to_parquet
from experiments.switchpoint import Switch
from experiments.verdict import verdict
from experiments.words import inside, pretty
from sim.business import Business, load_business, plain, presets
from sim.config import InputError, merged, validated
from sim.psychology import Psychology
from tests import dice
from tests.businesses import small_business_toml

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 2_000_000
VOID = {"meta", "link", "br", "img", "hr", "input", "use"}


@dataclass
class Page(HTMLParser):
    """A page read back: its tables of numbers by caption, its headings, its ids and what refers to them."""

    text: str
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.tags.append(tag)
        self.attributes += given.items()
        if "id" in given:
            self.ids.append(given["id"])
        self.named |= set(given.get("aria-labelledby", "").split())
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        elif tag == "data":
            self.values.append(float(given["value"]))
            if "table" in self._open:
                self._rows[-1][-1] = given["value"]
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if "table" in self._open and "data" not in self._open:
            if self._open[-1] == "caption":
                self._caption += data
            elif self._open[-1] in ("td", "th"):
                self._rows[-1][-1] += data.strip()
        if any(re.fullmatch("h[1-6]", tag) for tag in self._open):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def table(self, begins: str) -> list[list[str]]:
        (found,) = [rows for caption, rows in self.tables.items() if caption.startswith(begins)]
        return found


def three(row: list[str], start: int) -> tuple[float, float, float]:
    return float(row[start]), float(row[start + 1]), float(row[start + 2])


def ends(e: Estimate) -> tuple[float, float, float]:
    return e.mean, e.low, e.high


def amends(*arguments: Any) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """The hotel with what is not known drawn, small."""
    question = ask("hotel", ("minimum", "full"), runs=12, people=250, years=3, seed=4, draw=True)
    return answer(question, out=tmp_path_factory.mktemp("results"), workers=1)


@pytest.fixture(scope="module")
def report(found: Answer) -> Report:
    return Report.of(found, workers=1)


@pytest.fixture(scope="module")
def page(report: Report) -> Page:
    return Page(report.html())


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Three strategies, of which the first named is behind."""
    question = ask("hotel", ("minimum", "full", "promise"), runs=4, people=250, years=3, seed=4, draw=True)
    return answer(question, out=tmp_path_factory.mktemp("several"), workers=1)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(small_business_toml())
    return path


def test_the_numbers_are_those_of_the_tables(found: Answer, page: Page) -> None:
    """Costs, the answer at each horizon and the parts of the difference, read back from the page, are the tables'."""
    plain = found.to_dict()
    for row in page.table("Present value over 3 years, whole firm, EUR; low and high")[1:]:
        strategy = plain["strategies"][{pretty(arm): arm for arm in found.question.arms}[row[0]]]
        for start, name in ((1, "cost_of_remedy"), (4, "cost_of_churn"), (7, "price_of_failure")):
            assert three(row, start) == tuple(strategy[name][end] for end in ("mean", "low", "high"))
    (difference,) = plain["differences"]
    horizons = page.table("Present value of the whole firm, EUR")[1:]
    assert [row[0] for row in horizons] == ["1 year", "3 years"]
    for row, year in zip(horizons, ("1", "3"), strict=True):
        e = difference["by_year"][year]
        assert float(row[1]) == e["mean"]
        low, high = (float(end.replace(",", "").replace("\N{MINUS SIGN}", "-")) for end in row[2].split(" to "))
        assert (low, high) == (pytest.approx(e["low"], abs=0.5), pytest.approx(e["high"], abs=0.5))
    for name, *row in page.table("Parts of the difference")[1:]:
        e = difference["attribution"][name]
        assert three(row, 0) == (e["mean"], e["low"], e["high"])


def test_a_case_against_the_average_says_so(found: Answer, page: Page) -> None:
    """The worth of all who met the same stands beside one customer's; where that one runs against all, it is said."""
    assert [float(row[-1]) for row in page.table("How all of them fared")[1:]]
    first, second, *_ = found.finding.leading
    assert document.contrary(found, {first: 200.0, second: 100.0}) == ""
    told = document.contrary(found, {first: 100.0, second: 350.0})
    assert "runs against the average" in told and f"EUR 250 less under {inside(first)}" in told


@pytest.mark.usefixtures("two_numbers")
def test_of_several_the_pair_ahead_is_followed_first(several: Answer) -> None:
    """Where the answer is about two that are not the first named, section 4 follows these two first."""
    made = Report.of(several, workers=1)
    first, second, *_ = several.finding.leading
    assert several.question.arms[0] not in (first, second)
    top = made.courses[0]
    assert {top.of, top.minus} == {first, second} and len(made.courses) == 3
    picture = next(one for one in made.pictures if one.name == "month-by-month")
    assert pretty(first) in picture.title and inside(second) in picture.title
    rows = Page(made.html()).table("Present value of the whole firm, EUR")[1:]
    pair, turn = several.finding.pair(top.of, top.minus)
    e = several.difference(pair.of, pair.minus).net_present_value.turned(turn)
    assert rows[0] == [f"{pretty(top.of)} minus {inside(top.minus)}"] and e.mean in [float(row[1]) for row in rows[1:3]]


@pytest.mark.usefixtures("two_numbers")
def test_strategies_behind_that_are_the_same_are_said_to_be(tmp_path: Path) -> None:
    """A strategy that comes to the same as one told already is told so, not by the same amounts once more."""
    question = ask("hotel", ("minimum", "full", "ladder"), runs=4, people=250, years=3, seed=4, draw=False)
    made = Report.of(answer(question, out=tmp_path, workers=1), workers=1)
    first, second, *_ = made.answer.finding.leading
    assert (first, second) == ("full", "minimum") and made.answer.finding.same("minimum", "ladder")
    assert made.headline.others == ("The ladder comes to exactly the same as the bare minimum in every run.",)
    rows = Page(made.html()).table("Present value of the whole firm, EUR")
    assert [row[-1] for row in rows[rows.index(["The ladder minus the bare minimum"]) + 1:]] == ["the same"] * 2
    course = next(one for one in made.pictures if one.name == "month-by-month").draw(PAGE)
    assert "the same in every run" in [one.get_text() for axes in course.axes for one in axes.texts]


def test_long_names_stay_in_the_picture(several: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names at the ends of the lines are whole, also the longest of those that come along."""
    from experiments.report.course import courses
    from experiments.report.figures.course import course_picture

    monkeypatch.setitem(words.NAMES, "promise", max(words.NAMES.values(), key=len))
    months = Months.of(several)
    figure = course_picture(several, months, courses(several, months)).draw(PAGE)
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    assert max(one.get_window_extent(renderer).x1 for axes in figure.axes for one in axes.texts) <= figure.bbox.x1


def test_a_contract_of_a_month_is_no_1_months() -> None:
    """When customers decide whether to stay reads well, whatever the contract."""
    told = {name: footing.facts(load_business(name), {})[2] for name in ("telecom", "saas", "hotel")}
    for name, when in (("telecom", "every month"), ("saas", "every 12 months"), ("hotel", "at each encounter")):
        assert told[name].startswith(f"Whether to stay is decided {when}: ")


def test_an_account_is_no_a_account_and_does_not_visit() -> None:
    """Facts and assumptions have the right article, and speak of encounters, which a subscription has too."""
    named = [footing.facts(load_business("saas"), {})[0], flips.NAMES["people.spend_per_encounter"][0]]
    assert named[0].startswith("An account comes") and "visit" not in " ".join(named)
    assert not [name for name, _ in flips.NAMES.values() if "a {" in name or "isit" in name]


def test_small_amounts_and_late_months_read_well() -> None:
    """An amount below what is written is no zero, cents have two digits, and a late month is told as years."""
    assert _amount(10_000.0, scale([2e6], "$")) == "under $0.1m"
    assert written(0.4, "money", "€") == "€0.40" and written(25.0, "money", "€") == "€25"
    assert by(load_business("hotel"), 55) == "after 4.7 years" and by(load_business("hotel"), 6) == "by month 7"


def test_the_answer_is_that_of_the_verdict(found: Answer, report: Report, page: Page) -> None:
    """Money per 1,000 customers a year, its intervals and the share of runs are those of the comparison."""
    first, _, pair, turn = found.finding.leading
    (difference,) = found.differences
    gain = difference.per_1000_customers.turned(turn).over(found.question.point.years)
    assert first == found.finding.ranking[0]
    assert page.values[0] == gain.mean and page.values[1] == (pair.share_won if turn > 0 else 1 - pair.share_won)
    assert f"EUR {gain.mean:,.0f} per 1,000 guests a year" in report.headline.sentence
    sure = page.table("How sure the difference is")[1:]
    assert three(sure[1], 1) == ends(gain)
    assert [len(row) for row in sure] == [4, 4, 4]
    told = re.sub(r"-(?=\d)", "\N{MINUS SIGN}", verdict(found.finding, found.runs, inside))
    assert told.replace("'", "&#39;") in page.text


def test_the_sentence_is_no_surer_than_the_intervals(found: Answer, report: Report) -> None:
    """'Better off' only where the whole interval is on one side; else the sentence says bet, or not clear."""
    first, second, *_ = found.finding.leading
    said = report.headline.sentence
    if found.finding.beats(first, second):
        assert "better off" in said
    elif found.finding.bets(first, second):
        assert "not a sure one" in said and "better off" not in said
    else:
        assert "It is not clear" in said


def test_the_waterfall_adds_up(found: Answer, page: Page) -> None:
    """In every run the steps from the failure-free value come to what is left, and so do the means on the page."""
    for arm in found.question.arms:
        steps = sum(step.values(found, arm) for step in STEPS)
        left = failure_free(found, arm) - steps
        np.testing.assert_allclose(left, found.values(arm, "net_present_value"), rtol=1e-9)
        remedy = sum(step.values(found, arm) for step in STEPS if step.remedy)
        np.testing.assert_allclose(remedy, found.values(arm, "cost_of_remedy"), rtol=1e-9)
    assert np.allclose(failure_free(found, "minimum"), failure_free(found, "full"), rtol=1e-12)
    rows = page.table("Present value over 3 years, whole firm, EUR; the steps add up")[1:]
    for start in (1, 4):
        assert sum(float(row[start]) for row in rows[:-1]) == pytest.approx(float(rows[-1][start]), rel=1e-9)


def test_staff_who_quit_stand_alone_in_the_cost_of_remedy(found: Answer, page: Page) -> None:
    """Their amount under each strategy is on the page, beside no other."""
    (row,) = [row for row in page.table("Present value over 3 years, whole firm, EUR; the steps add up")
              if row[0] == "staff who quit"]
    for start, arm in zip((1, 4), found.question.arms, strict=True):
        assert -float(row[start]) == pytest.approx(np.mean(found.values(arm, "account_staff")), rel=1e-12)


def test_what_was_drawn_is_what_was_played(found: Answer, page: Page) -> None:
    """Mean and ends of a number over the worlds, as the page tells them, are those of the table of draws."""
    with (found.folder / "draws.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = {row[1]: row for caption in ("Numbers of the firm", "Constants of human nature")
            for row in page.table(caption)[1:]}
    for key in ("finance.refill_share", "psychology.shake", "people.spend_per_encounter"):
        values = [float(row[key]) for row in rows]
        assert told[key][4] == f"{np.mean(values):.3g} ({min(values):.3g} to {max(values):.3g})"
    assert told["people.customer_share"][4] == "as written"
    shares = [one for key, one in worlds.drawn(found).items() if re.fullmatch(r"failures\.[\w-]+\.share", key)]
    assert len(shares) == 4 and sum(one.mean for one in shares) == pytest.approx(1)


def test_each_constant_has_its_own_grade(page: Page) -> None:
    """How well a constant is known stands first in its source, and so beside it on the page."""
    rows = {row[1].removeprefix("psychology."): row for row in page.table("Constants of human nature")[1:]}
    assert set(rows) == set(Psychology.model_fields)
    assert len({row[5] for row in rows.values()}) > 1
    for name, field_ in Psychology.model_fields.items():
        extra: Any = field_.json_schema_extra
        assert "; ".join(filter(None, rows[name][5:])) == extra["source"]
        assert ";" not in rows[name][5]


def test_the_parts_say_what_they_add_up_to(found: Answer, page: Page) -> None:
    """Played in some runs only, they add up to the difference in those, which is told, and not to that of all."""
    (difference,) = found.differences
    assert difference.attribution is not None
    total = sum(e.mean for e in difference.attribution.values())
    assert f"was {total:,.0f} on average (in all: {difference.net_present_value.mean:,.0f})".replace(
        "-", "\N{MINUS SIGN}") in page.text


@pytest.mark.usefixtures("two_numbers")
def test_three_strategies_are_all_told_by_name(tmp_path: Path) -> None:
    """The answer says where the third stands, and nowhere on the page does a spelling stand for a known name."""
    (tmp_path / "mine.py").write_text("from strategies.full import Full\n\n\nclass SorryThenPay(Full):\n    pass\n")
    arms = ("minimum", f"{tmp_path / 'mine.py'}:SorryThenPay", "minimum-polite")
    question = ask("hotel", arms, runs=4, people=200, years=1, draw=False)
    report = Report.of(answer(question, out=tmp_path, workers=1), workers=1)
    read = Page(report.html())
    text = re.sub(r"<svg.*?</svg>|<code>.*?</code>|<style>.*?</style>", "", read.text, flags=re.S)
    behind = report.answer.finding.ranking[-1]
    top = report.headline
    assert any(pretty(behind) in one for one in (top.sentence, *top.others, *top.turns))
    assert pretty(arms[1]) == "mine.py:SorryThenPay" and "mine.py:SorryThenPay" in text
    assert "minimum-polite" not in text and str(tmp_path) not in text


def test_a_lead_of_the_firm_may_be_none_per_customer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leads by the sum of the firm but not per 1,000 customers is not said to be ahead by less than nothing."""
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: (dice.play(task) for task in tasks))
    level = comparison.answer(dice.question(runs=6, strategies=("minimum", "ladder")), out=tmp_path, workers=1)
    first, second, *_ = level.finding.leading
    ahead = headline.sentence(level, Estimate(8.0, -25.0, 30.0), 0.5)
    behind = headline.sentence(level, Estimate(-8.0, -25.0, 10.0), 0.5)
    assert f"{inside(first)} is ahead by EUR 8 per 1,000" in ahead
    assert f"{inside(first)} is ahead for the whole firm, but behind by EUR 8 per 1,000" in behind
    assert f"{inside(second)} is better" in behind


def test_strategies_that_come_along_have_names() -> None:
    """Every strategy of amends is called something that is not how it is typed."""
    from strategies.registry import names

    assert set(words.NAMES) == set(names())
    assert len(set(words.NAMES.values())) == len(words.NAMES)


def test_the_months_end_where_the_table_does(found: Answer, report: Report, page: Page) -> None:
    """The course of every run comes, year by year, to the table's net present value, and ends with its customers."""
    months = report.months
    assert months.runs.tolist() == found.run_numbers.tolist()
    for arm in found.question.arms:
        for year in found.years:
            np.testing.assert_allclose(months.value[arm][:, 12 * year - 1],
                                       found.values(arm, f"net_present_value_year_{year}"), rtol=1e-9)
        assert months.customers[arm][:, -1].tolist() == found.values(arm, "customers_at_end").tolist()
    last = page.table("Difference in present value up to the end of each month")[-1]
    assert three(last, 1) == pytest.approx(ends(found.differences[0].net_present_value), rel=1e-9)
    assert float(last[0]) == 36


def test_a_course_of_some_runs_only_says_so(found: Answer, report: Report) -> None:
    """Where the course is kept of the first runs only, the picture says how many of the runs it rests on."""
    from experiments.report.course import courses
    from experiments.report.figures.course import course_picture

    first = {name: {arm: values[:4] for arm, values in getattr(report.months, name).items()}
             for name in ("value", "customers", "trust")}
    shown = Months(report.months.runs[:4], **first)
    assert "mean of 4 paired runs (of 12)" in course_picture(found, shown, courses(found, shown)).note


def test_a_course_that_is_damaged_is_a_sentence(found: Answer, tmp_path: Path) -> None:
    """It is said how to make it again."""
    for damage in (None, b"nothing"):
        if damage:
            (tmp_path / "course.parquet").write_bytes(damage)
        with pytest.raises(InputError, match=r"course\.parquet: is damaged or gone; the same amends compare makes"):
            Months.of(Answer(found.question, found.rows, tmp_path))


@pytest.mark.parametrize(("most", "least", "said"), [
    (19.2, 12.9, "Of every $100, failures take $19 under the one and $13 under the other"),
    (13.1, -0.2, "Of every $100, failures take $13 under the one and $0 under the other"),
    (13.1, -2.6, "Of every $100, failures take $13 under the one; under the other the firm gains $3"),
    (-1.0, -2.0, "For every $100 without failures, the firm gains $1.0 under the one and $2.0 under the other"),
])
def test_what_failures_take_may_be_a_gain(most: float, least: float, said: str) -> None:
    """A promise may win more than failures cost; then no amount below zero is 'taken'."""
    assert taken("$", "the one", most, "the other", least) == said


@pytest.mark.parametrize(("means", "ahead_from"), [
    ([1, 2, 3], None), ([-1, 1, 2], 1), ([-1, 1, -1, 2], 3), ([1, -1, -2], 1), ([-1, -2, -3], None), ([0, 1, 2], 1)])
def test_pay_back_is_where_the_sign_stays(means: list[float], ahead_from: int | None) -> None:
    """It has paid back from the period on in which whoever leads in the end is ahead for good."""
    line = tuple(Estimate(mean, mean - 0.5, mean + 0.5) for mean in means)
    assert Course("a", "b", line, line).ahead_from == ahead_from


def test_pay_back_is_sure_only_with_the_whole_interval() -> None:
    """Where the interval that the answer shows crosses zero later, that is said; where it never does, that too."""
    sharp = tuple(Estimate(mean, mean, mean) for mean in (-1, 1, 2, 3))
    line = tuple(Estimate(mean, mean - 1.5, mean + 1.5) for mean in (-1, 1, 2, 3))
    assert Course("a", "b", line, sharp).surely_ahead_from == 2
    assert Course("a", "b", line[:2], sharp[:2]).surely_ahead_from == -1


def test_the_switch_points_are_those_of_breakeven(found: Answer, report: Report) -> None:
    """The same numbers, moved with the same runs by `amends breakeven`, flip at the same values."""
    from experiments.breakeven import breakeven

    assert report.flips is not None
    keys = ["finance.refill_share", "people.spend_per_encounter"]
    point = found.question.point
    other = breakeven(point.business, "minimum", "full", only=keys, runs=report.flips.runs, people=point.people,
                      years=point.years, seed=point.seed, workers=1)
    for key in keys:
        (row,) = [row for row in report.flips.rows if row.key == key]
        expected = [flip.switch for flip in other.flips if flip.parameter.key == key]
        assert [value for value, *_ in row.switches] == [switch.value for switch in expected]
    assert [row.nearest for row in report.flips.rows] == sorted(row.nearest for row in report.flips.rows)


def test_what_is_given_may_cost_more_or_less(report: Report) -> None:
    """Among what could turn the answer is the cost of everything given, by the very factor that the dashboard has."""
    from experiments.dashboard.sliders import nested_settings

    assert report.flips is not None
    (row,) = [row for row in report.flips.rows if row.key == REMEDY]
    assert (row.low, row.today, row.high) == (0.5, 1.0, 2.0)
    hotel = load_business("hotel")
    dearer, _ = changed(hotel, Psychology(), REMEDY, 1.5)
    assert dearer == validated(Business, merged(plain(hotel), nested_settings(hotel, {REMEDY: 1.5}))) != hotel
    flip = Flip(REMEDY_FACTOR, Switch(1.6, 1.5, 1.7, -1), "minimum")
    assert sentence(flip, "guest", "EUR") == ("If everything that is given cost the firm more than 1.6 times what is "
                                              "assumed, minimum would win.")


def test_the_answer_changes_hands_at_every_switch_point() -> None:
    """Also where it flips and flips back: beyond the second switch point today's leader wins again."""
    from experiments.report.figures.flips import stretches

    row = flips.Row("key", "name", "share", 0.2, 0.0, 1.0, ((0.4, 0.3, 0.5), (0.7, 0.6, 0.8)), (), "")
    found = flips.Flips("a", "b", "b", True, (row,), 20, 800)
    assert stretches(row, found) == [(0.0, 0.4, "b"), (0.4, 0.7, "a"), (0.7, 1.0, "b")]


def test_an_interval_cut_at_an_end_of_the_range_is_told(found: Answer) -> None:
    """The picture marks it and its note says so; so it does of what stays as it is, but not clearly at an end."""
    from matplotlib.figure import Figure

    from experiments.report.figures.flips import flips_picture
    from experiments.report.figures.frame import Shape

    def shown(*rows: flips.Row) -> tuple[str, Figure]:
        picture = flips_picture(found, flips.Flips("minimum", "full", "full", True, rows, 20, 800))
        return picture.note, picture.draw(Shape(7.0))

    cut = flips.Row("a", "name", "share", 0.2, 0.0, 1.0, ((0.8, 0.6, 1.0),), ("If.",), "", ((False, True),))
    plain = replace(cut, beyond=((False, False),))
    stays = replace(cut, switches=(), sentences=(), beyond=(), unclear=(1.0,))

    def marks(figure: Figure) -> list[str]:
        return [str(line.get_marker()) for axes in figure.axes for line in axes.lines]

    note, figure = shown(cut)
    assert "may go on beyond" in note and ">" in marks(figure) and "<" not in marks(figure)
    note, figure = shown(plain)
    assert "beyond" not in note and ">" not in marks(figure)
    note, figure = shown(stays)
    assert "not clearly so there" in note and "?" in [one.get_text() for axes in figure.axes for one in axes.texts]


def test_the_picture_of_switch_points_is_true(report: Report) -> None:
    """The stretches of a bar cover the range, change hands at every switch point, and today's leader has today's."""
    from experiments.report.figures.flips import stretches

    assert report.flips is not None
    for row in report.flips.rows:
        parts = stretches(row, report.flips)
        assert (parts[0][0], parts[-1][1]) == (row.low, row.high) and len(parts) == len(row.switches) + 1
        assert all(one[1] == other[0] and one[2] != other[2] for one, other in pairwise(parts))
        assert next(who for low, high, who in parts if low <= row.today <= high) == report.flips.leader


def test_the_parts_are_told_of_whoever_leads(found: Answer, tmp_path: Path) -> None:
    """Where the minimum leads, what speaks for it is said to carry its lead: the same parts, turned."""
    from experiments.report.figures.parts import title

    (one,) = found.differences
    assert one.attribution is not None
    parts = {name: Estimate(mean, mean - 1, mean + 1) for name, mean in
             (("manner", 30.0), ("speed", 0.5), ("timing", 29.0), ("money", -20.0))}
    ahead = replace(one, attribution=parts, net_present_value=Estimate(40, 30, 50))
    behind = replace(one, attribution={name: e.turned() for name, e in parts.items()},
                     net_present_value=Estimate(-40, -50, -30))
    for difference, leader in ((ahead, "full remedy at once"), (behind, "the bare minimum")):
        shown = Answer(found.question, found.rows, tmp_path)
        shown.__dict__["finding"] = replace(found.finding, pairs=(difference,))
        assert title(shown, difference) == f"Manner and timing carry the lead of {leader}; money works against it"


def test_it_needs_nothing_but_itself(page: Page) -> None:
    """No script, no address, nothing to load; a policy in the page forbids it; under 2 MB."""
    assert "default-src &#39;none&#39;" in page.text or "default-src 'none'" in page.text
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    for key, value in page.attributes:
        assert not key.startswith("on"), key
        if key in ("href", "src", "xlink:href"):
            assert value.startswith("#"), value
    outside = re.findall(r"https?://[^\s\"<]+", re.sub(r'xmlns(:\w+)?="[^"]*"', "", page.text))
    assert not outside
    assert not re.search(r"url\((?!#)", page.text) and "@import" not in page.text
    assert len(page.text.encode()) < MOST_BYTES


def test_a_reader_without_eyes_finds_the_way(page: Page) -> None:
    """One h1, no level skipped, every id once, every name refers to something, every figure is described."""
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.ids) == len(set(page.ids)) and page.named <= set(page.ids)
    assert {value[1:] for key, value in page.attributes if key in ("href", "xlink:href")} <= set(page.ids)
    figures = page.tags.count("svg")
    assert figures == 12 == page.tags.count("desc")
    assert all(heading.strip() for _, heading in page.headings)


def test_the_seven_sections_come_in_order(page: Page) -> None:
    """The answer first, what it stands on last."""
    sections = [said.split(maxsplit=1) for level, said in page.headings if level == 2]
    assert [number for number, _ in sections] == list("1234567")
    assert [said for _, said in sections] == [
        "The answer", "Cost of churn against cost of remedy", "Where the money goes", "Month by month",
        "What would change the answer", "One case, under both strategies", "What it stands on"]


def test_what_it_cannot_tell_is_what_the_model_cannot(page: Page) -> None:
    """Every point of section 8 of docs/model.md stands in the report."""
    section = (ROOT / "docs" / "model.md").read_text(encoding="utf-8").partition("## 8. What the model cannot tell")[2]
    points = re.findall(r"^\* \*\*(.+?)\*\*", section, re.M)
    assert len(points) >= 5
    for point in points:
        assert f"<strong>{point}</strong>" in page.text


def test_the_validation_is_the_record() -> None:
    """Met and missed are those on record, which another test holds against the experiments themselves."""
    told = footing.validation()
    met = [name for name, _, _, state, _ in told.targets if state]
    assert told.met + told.story == len(met) and told.met == told.fitted[0] + told.held_out[0]
    assert told.every + 1 == len(told.targets) == 17 and told.story is ("V17" in met)
    assert all(why for _, _, _, state, why in told.targets if not state)


@pytest.mark.parametrize("settings", [(), ("finance.margin_share=0.5", "psychology.grudge=0.2"),
                                      ("finance.margin_share=0.65",)])
@pytest.mark.parametrize("draw", [True, False])
def test_the_command_asks_the_same_question(settings: tuple[str, ...], draw: bool, tmp_path: Path) -> None:
    """The command in the report, parsed again, is the very question; what was set is set again, even to the same."""
    question = ask("hotel", ("minimum", "full"), runs=30, people=700, years=4, seed=9, settings=settings, draw=draw)
    told = footing.repeat(Answer(question, {}, tmp_path))
    assert told.whole and told.seed == 9 and told.result == question.identity
    _, name, *words = shlex.split(told.command)
    command = main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    given = command.make_context(name, words).params
    again = ask(given["business"], given["strategies"], runs=given["runs"], people=given["people"],
                years=given["years"], seed=given["seed"], settings=given["settings"], draw=not given["fixed"])
    assert again.identity == question.identity


def test_the_second_report_plays_nothing_and_is_the_same(found: Answer, page: Page,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    """What had to be played lies beside the result; read from the folder by its name, the bytes are the same."""
    monkeypatch.setattr(play, "spread", lambda *_, **__: pytest.fail("something is played again"))
    again = Report.of(source.from_folder(found.folder.name, found.folder.parent), workers=1)
    assert again.html() == page.text


@pytest.fixture
def two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only two assumptions are moved: enough where the search itself is not what is tested."""
    some = {key: flips.NAMES[key] for key in ("finance.margin_share", "people.spend_per_encounter")}
    monkeypatch.setattr(flips, "NAMES", some)


@pytest.mark.usefixtures("two_numbers")
def test_neither_order_nor_damage_matters(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces done last to first, as workers might, and files beside the result cut short: the same page."""
    one = answer(ask(str(shop), runs=4, people=80, years=1), out=tmp_path, workers=1)
    page = Report.of(one, workers=1).html()
    for path in (one.folder / "report").iterdir():
        path.write_bytes(path.read_bytes()[:40])

    def backwards(pending: deque[Any], work: Callable[[Any], Any], **_: Any) -> Iterator[Any]:
        while pending:
            yield work(pending.pop())

    monkeypatch.setattr(play, "spread", backwards)
    assert Report.of(one, workers=1).html() == page


@pytest.mark.usefixtures("two_numbers")
@pytest.mark.parametrize("business", [name for name in presets() if name != "hotel"])
def test_every_business_can_be_reported(business: str, tmp_path: Path) -> None:
    """Whatever the business (the hotel is that of the tests above), and with three strategies: a page under 2 MB."""
    arms = ("minimum", "full") if business == "saas" else ("minimum", "ladder", "full:generosity=1.2")
    question = ask(business, arms, runs=4, people=120, years=1, seed=2, draw=business == "telecom")
    text = Report.of(answer(question, out=tmp_path, workers=1), workers=1).html()
    assert len(text.encode()) < MOST_BYTES
    assert all(f"{pretty(arm)} minus {inside('minimum')}" in text for arm in arms[1:])


@pytest.mark.usefixtures("two_numbers")
def test_strategies_that_are_the_same_are_said_to_be(shop: Path, tmp_path: Path) -> None:
    """Two spellings of one strategy: the sentence says so, and nothing is searched that could turn it."""
    shutil.copy(ROOT / "strategies" / "ladder.py", tmp_path / "mine.py")
    question = ask(str(shop), ("ladder", f"{tmp_path / 'mine.py'}:Ladder"), runs=3, people=60, years=1, seed=2)
    told = Report.of(answer(question, out=tmp_path, workers=1), workers=1)
    assert "come to exactly the same in every run" in told.headline.sentence
    assert told.flips is None and flips.SAME in told.html()


@pytest.mark.usefixtures("two_numbers")
def test_customers_from_a_file_are_reported(shop: Path, tmp_path: Path) -> None:
    """With the user's own customers nothing is searched among made-up ones, and the page says why."""
    customers = tmp_path / "customers.csv"
    rows = [f"{name},{rate},{spend},customer" for name, rate, spend in zip(
        range(40), [0.3, 0.5, 0.2, 0.4] * 10, [40, 55, 60, 30] * 10, strict=True)]
    customers.write_text("\n".join(["customer,encounters_per_period,spend_per_encounter,status", *rows]) + "\n")
    question = ask(str(shop), runs=3, years=1, customers=customers)
    told = Report.of(answer(question, out=tmp_path, workers=1), workers=1)
    text = told.html()
    assert told.flips is None and flips.NO_FILES in text and "came from files" in text
    assert len(told.headline.figures) == 3


@pytest.mark.usefixtures("two_numbers")
def test_runs_that_failed_are_told(shop: Path, tmp_path: Path) -> None:
    """A result that lacks a run is reported from the others; the page and the exit code say so."""
    made = answer(ask(str(shop), runs=5, people=60, years=1), out=tmp_path, workers=1)
    rows = {name: values[made.rows["run"] != 3] for name, values in made.rows.items()}
    assert Report.of(Answer(made.question, rows, made.folder), workers=1).months.runs.tolist() == [0, 1, 2, 4]
    (made.folder / "runs.parquet").write_bytes(to_parquet(rows, columns(1)))
    said = amends("report", made.folder, "--results", tmp_path, "--workers", 1)
    assert said.exit_code == 3 and "1 of 5 runs failed and are left out" in said.output
    assert "1 of 5 runs failed and are left out" in (made.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("two_numbers")
def test_the_command_writes_and_says_where(shop: Path, tmp_path: Path) -> None:
    """A business is compared and reported; the result by name, and bare, give the same page."""
    results, out = tmp_path / "results", tmp_path / "deep" / "r.html"
    small = ("--runs", 4, "--people", 80, "--years", 1, "--workers", 1, "--results", results)
    first = amends("report", shop, *small, "--out", out)
    assert first.exit_code == 0, first.output
    assert first.output.rstrip().endswith(f"Written to {out}") and out.is_file()
    (folder,) = results.iterdir()
    for named in ((folder,), (folder.name,), ()):
        again = amends("report", *named, "--results", results)
        assert again.exit_code == 0, again.output
        assert f"Written to {folder / 'report.html'}" in again.output
        assert (folder / "report.html").read_bytes() == out.read_bytes()
        (folder / "report.html").unlink()


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_figures_alone_carry_their_finding_and_numbers(report: Report, form: str, tmp_path: Path) -> None:
    """Each figure is a file with its title in it, beside a CSV that holds the numbers of the page to the last digit."""
    from experiments.report.files import write

    folder, *files = write(report, form, tmp_path / "figures")
    assert sorted(folder.iterdir()) == sorted(files) and len(files) == 2 * len(report.pictures) == 12
    for number, picture in enumerate(report.pictures, start=1):
        text = (folder / f"{number}-{picture.name}.csv").read_text(encoding="utf-8")
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[0] == list(picture.numbers.header)
        for row, cells in zip(rows[1:], picture.numbers.rows, strict=True):
            assert [cell if isinstance(cell, str) else None if cell is None else float(cell) for cell in cells] == [
                read if isinstance(cell, str) else None if read == "" else float(read)
                for read, cell in zip(row, cells, strict=True)]
        drawn = (folder / f"{number}-{picture.name}.{form}").read_bytes()
        assert drawn[:4] == (b"<?xm" if form == "svg" else b"\x89PNG")
        if form == "svg":
            # A long title stands on several lines, each an element of its own.
            assert picture.title in " ".join(re.sub(r"<[^>]*>", " ", drawn.decode()).split())


PROBLEMS: list[tuple[list[Any], str]] = [
    (["hotell"], "no business and no folder of results; did you mean 'hotel'?"),
    (["nowhere.toml"], "nowhere.toml"),
    ([], "holds no finished comparison to report"),
    (["hotel", "minimum"], "a report compares strategies, and here is only 'minimum'"),
    (["hotel", "minimum", "ful"], "ful"),
    (["hotel", "--workers", 0], "--workers 0"),
    (["hotel", "--set", "finance.margin=1"], "margin"),
]


@pytest.mark.parametrize(("given", "sentence"), PROBLEMS, ids=[" ".join(map(str, given)) for given, _ in PROBLEMS])
def test_wrong_input_is_a_sentence(given: list[Any], sentence: str, tmp_path: Path) -> None:
    """What cannot be reported is told in a sentence, with exit code 2."""
    small = [] if not given or given[0] != "hotel" else ["--runs", 2, "--people", 60, "--years", 1]
    said = amends("report", *given, *small, "--results", tmp_path)
    assert said.exit_code == 2 and sentence in said.output and "Traceback" not in said.output


def test_folders_that_cannot_be_shown_are_named(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An experiment, an unfinished or damaged result, options beside a result, a folder as file: a sentence each."""
    def said(*arguments: Any) -> str:
        result = amends("report", *arguments, "--results", tmp_path)
        assert result.exit_code == 2 and "Traceback" not in result.output, result.output
        return result.output

    sweep = tmp_path / "sweep"
    sweep.mkdir()
    (sweep / "manifest.json").write_text('{"schema_version": 1, "kind": "experiment", "status": "complete"}')
    assert "is an experiment over many worlds" in said("sweep")
    made = answer(ask(str(shop), runs=2, people=60, years=1), out=tmp_path, workers=1)
    copy = tmp_path / "copy"
    copy.mkdir()
    manifest = (made.folder / "manifest.json").read_text(encoding="utf-8")
    (copy / "manifest.json").write_text(manifest)
    assert "is not finished" in said("copy")
    (copy / "runs.parquet").write_bytes(b"no table")
    assert "is damaged" in said("copy")
    (copy / "manifest.json").write_text(manifest.replace(made.question.identity, "0" * 64))
    assert "has changed since" in said("copy")
    (copy / "manifest.json").write_text(manifest.replace('"runs":', '"walks":'))
    assert "lacks 'runs'" in said("copy")
    assert "--seed: goes with a business" in said(made.folder, "--seed", 3)
    assert "--set: goes with a business" in said(made.folder, "--set", "finance.margin_share=0.3")
    assert "'full': goes with a business" in said(made.folder, "full")
    assert "is a folder; name a file" in said(made.folder, "--out", tmp_path)
    assert "is a file; the figures go into a folder" in said(made.folder, "--format", "svg", "--out",
                                                             copy / "manifest.json")
    monkeypatch.setattr(browser, "browser", lambda: None)
    assert "needs a browser" in said(made.folder, "--format", "pdf")
    monkeypatch.setattr(browser, "browser", lambda: "false")
    with pytest.raises(InputError, match="printed nothing"):
        browser.pdf("@page {")
