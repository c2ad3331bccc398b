"""The answer in one sentence: money per 1,000 customers and year, how surely, and what would flip it."""

from __future__ import annotations

from dataclasses import dataclass

from experiments import words
from experiments.comparison import Answer
from experiments.estimates import Estimate, intervals
from experiments.report.course import Course, followed
from experiments.report.flips import Flips
from experiments.report.numbers import interval, number
from experiments.report.say import by, kind_of_interval, span
from experiments.words import inside, pretty

SHOWN = 3
"""Switch points said beside the answer; all stand in section 5."""


@dataclass(frozen=True)
class Figure:
    """A number to remember: itself, what it is, and how sure it is."""

    value: str
    what: str
    more: str
    exact: float | None = None


@dataclass(frozen=True)
class Headline:
    """What stands on top of a report."""

    sentence: str
    figures: tuple[Figure, ...]
    turns: tuple[str, ...]
    """what would flip it"""
    others: tuple[str, ...] = ()
    """where every further strategy stands, a sentence each"""


def headline(answer: Answer, course: Course, found: Flips | None) -> Headline:
    """The top of the report; `course` of the leading pair, `found` where it was searched."""
    first, second, pair, turn = answer.finding.leading
    gain = answer.difference(pair.of, pair.minus).per_1000_customers.turned(turn).over(answer.question.point.years)
    won = answer.finding.won(first, second)
    return Headline(sentence(answer, gain, won), tuple(_figures(answer, gain, won, course, found)),
                    tuple(_turns(answer, found)), tuple(_others(answer)))


def _others(answer: Answer) -> list[str]:
    """Of each strategy behind the leading two, how far it is from the first."""
    finding, point = answer.finding, answer.question.point
    first, second, *_ = finding.leading
    told, known = [], [second]
    for arm in finding.ranking[1:]:
        if arm == second or finding.same(first, arm):
            continue
        twin = next((other for other in known if finding.same(arm, other)), None)
        if twin is not None:
            told.append(f"{pretty(arm)} comes to exactly the same as {inside(twin)} in every run.")
            continue
        known.append(arm)
        pair, turn = finding.pair(first, arm)
        gap = answer.difference(pair.of, pair.minus).per_1000_customers.turned(turn).over(point.years)
        how = ("clearly" if finding.beats(first, arm) else "on average, not surely" if finding.bets(first, arm)
               else "but that is not clear")
        told.append(f"{pretty(arm)} comes to {point.business.currency} {number(gap.mean)} a year per 1,000 "
                    f"{point.business.customer_word}s less than {inside(first)} "
                    f"({interval(gap)}), {how}; it was behind in "
                    f"{words.of_runs(finding.won(first, arm), answer.runs)}.")
    return told


def sentence(answer: Answer, gain: Estimate, won: float) -> str:
    """No stronger than the verdict of `amends compare`."""
    first, second, _, _ = answer.finding.leading
    finding, point = answer.finding, answer.question.point
    noun, horizon = f"{point.business.customer_word}s", words.years(point.years)
    money = f"{point.business.currency} {number(abs(gain.mean))} per 1,000 {noun} a year"
    runs = words.of_runs(won, answer.runs)
    if finding.beats(first, second):
        if len(finding.means) > 2 and finding.best == first:
            return (f"Over {horizon}, {inside(first)} is the best of {len(finding.means)}: it leaves the firm better "
                    f"off than {inside(second)} by {money} (95 % interval {interval(gain)}), and was ahead in {runs}.")
        return (f"Over {horizon}, {inside(first)} leaves the firm better off than {inside(second)} by {money} "
                f"(95 % interval {interval(gain)}), and was ahead in {runs}.")
    if finding.bets(first, second):
        return (f"Over {horizon}, {inside(first)} is the better bet than {inside(second)}, not a sure one: worth "
                f"{money} more on average, and ahead in {runs}; what is not known leaves room from {interval(gain)}.")
    if answer.finding.same(first, second):
        return f"Over {horizon}, {inside(first)} and {inside(second)} come to exactly the same in every run."
    unclear = (f"It is not clear whether {inside(first)} or {inside(second)} is better over {horizon}: {inside(first)} "
               "is ahead")
    if gain.mean < 0:
        # Runs that begin with few customers weigh more here than in the sum of the firm.
        return (f"{unclear} for the whole firm, but behind by {money}, and the 95 % interval of that lead runs from "
                f"{interval(gain)}; it was ahead in {runs}.")
    return f"{unclear} by {money}, but the 95 % interval runs from {interval(gain)}; it was ahead in {runs}."


def _figures(answer: Answer, gain: Estimate, won: float, course: Course,
             found: Flips | None) -> list[Figure]:
    first, second, _, _ = answer.finding.leading
    business = answer.question.point.business
    sign = words.symbol(business.currency)
    if answer.finding.same(first, second):
        return []
    favoured, lead = (first, gain) if gain.mean >= 0 else (second, gain.turned())
    told = [Figure(f"{sign}{number(lead.mean)}", f"a year per 1,000 {business.customer_word}s in favour of "
                   f"{inside(favoured)}, in today's money",
                   f"95 % interval of {kind_of_interval(answer)}: {interval(lead)}", lead.mean),
            Figure(words.percent(won), f"of the paired runs had {inside(first)} ahead of {inside(second)}",
                   f"{words.of_runs(won, answer.runs)}, over {words.years(answer.question.point.years)} each", won)]
    told.append(_paid_back(answer, course))
    if found is not None:
        count = len(found.turning)
        told.append(Figure(f"{count} of {len(found.rows)}",
                           "assumptions, moved alone within their range, would turn the answer",
                           "all others as written; see section 5" if found.clear
                           else "too close to call at today's values", count))
    return told


def _paid_back(answer: Answer, course: Course) -> Figure:
    business = answer.question.point.business
    leader, other = (course.of, course.minus) if course.leader > 0 else (course.minus, course.of)
    sure = course.surely_ahead_from
    whole = f"the whole 95 % interval of {kind_of_interval(answer)}"
    if sure == -1:
        more = f"{whole} is never ahead"
    elif sure is None:
        more = f"so is {whole}"
    else:
        more = f"{whole} is ahead from {span(business, sure)} on"
    if course.ahead_from is None:
        return Figure("At once", f"is {inside(leader)} ahead of {inside(other)} on average, and stays so", more)
    when = by(business, course.ahead_from).removeprefix("by ")
    is_when = "" if when.startswith("after") else "is when "
    return Figure(when[0].upper() + when[1:], f"{is_when}{inside(leader)} has paid back on average what it cost more "
                                              "than "
                  f"{inside(other)} at first", more, course.ahead_from + 1)


def _turns(answer: Answer, found: Flips | None) -> list[str]:
    first, second, pair, turn = answer.finding.leading
    told = [f"{pretty(other)} comes to exactly the same as {inside(first)} in every run."
            for other in answer.question.arms if other not in (first, second) and answer.finding.same(first, other)]
    against = [year for year, e in pair.average_by_year.items() if e.turned(turn).sign < 0]
    if against:
        told.append(f"Over {words.year_list(against)}, {inside(second)} is ahead"
                    f"{' on average' if answer.finding.drawn else ''}.")
    if found is None:
        return told
    for row in found.turning[:SHOWN]:
        told += row.sentences
    more = len(found.turning) - SHOWN
    if more > 0:
        told.append(f"So would {more} more {'assumption' if more == 1 else 'assumptions'} of section 5.")
    if not found.turning:
        told.append(f"No single assumption out of {len(found.rows)} does, within the range worth exploring"
                    + (f"; for {len(found.doubtful)} that is not clear at an end of it." if found.doubtful else "."))
    return told


def sureness(answer: Answer) -> list[tuple[str, Estimate]]:
    """The difference between the best and the next, per 1,000 customers and year, with each kind of interval."""
    first, second, pair, turn = answer.finding.leading
    gain = 1000 * turn * (answer.values(pair.of, "net_present_value") - answer.values(pair.minus, "net_present_value"))
    found = intervals(gain / answer.values(pair.minus, "customers_at_start"), answer.draws)
    said = [("luck only: other random numbers, the same worlds", found.luck)]
    if answer.finding.drawn:
        said.append(("what we do not know: one more world, as likely as these", found.unknown))
    said.append((f"what one firm of this size will see, {inside(first)} against {inside(second)}", found.one_firm))
    return [(what, e.over(answer.question.point.years)) for what, e in said]


def by_horizon(answer: Answer) -> list[tuple[str, list[tuple[str, Estimate, str]]]]:
    """The answer at each horizon: of each pair followed its name, and by years the difference and who is ahead."""
    found = []
    horizons = [*answer.years, *([] if answer.question.point.years in answer.years else [answer.question.point.years])]
    for of, minus in followed(answer):
        pair, turn = answer.finding.pair(of, minus)
        difference = answer.difference(pair.of, pair.minus)
        rows = []
        for year in horizons:
            e = difference.by_year.get(f"{year:g}", difference.net_present_value).turned(turn)
            mean = difference.average_by_year.get(f"{year:g}", difference.average)
            ahead = of if e.mean > 0 else minus
            same = e.low == e.high == 0
            how = "clearly" if e.sign else "on average, not surely" if answer.finding.drawn and mean.sign else ""
            rows.append((words.years(year), e, f"{pretty(ahead)}, {how}" if how else "the same" if same
                         else "not clear"))
        found.append((f"{pretty(of)} minus {inside(minus)}", rows))
    return found
