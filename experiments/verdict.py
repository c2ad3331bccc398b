"""The answer as a title and in one sentence, which say no more than the paired intervals do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from experiments import words
from experiments.estimates import Estimate
from experiments.words import inside, pretty


class Pair(Protocol):
    """What a verdict reads of a difference."""

    @property
    def of(self) -> str: ...
    @property
    def minus(self) -> str: ...
    @property
    def net_present_value(self) -> Estimate: ...
    @property
    def average(self) -> Estimate: ...
    @property
    def average_by_year(self) -> dict[str, Estimate]: ...
    @property
    def by_year(self) -> dict[str, Estimate]: ...
    @property
    def share_won(self) -> float: ...
    @property
    def share_tied(self) -> float: ...
    @property
    def runs_to_tell(self) -> int | None: ...
    @property
    def attribution(self) -> dict[str, Estimate] | None: ...


Name = Callable[[str], str]


@dataclass(frozen=True)
class Finding:
    """Means and paired differences of net present value, and what follows from them for sure."""

    currency: str
    years: float
    means: Mapping[str, float]
    pairs: Sequence[Pair]
    drawn: bool = False
    """whether what is not known was drawn; intervals are of luck alone if not"""

    @property
    def ranking(self) -> list[str]:
        """The strategies by mean net present value, best first (ties as on the command line)."""
        return sorted(self.means, key=lambda arm: -self.means[arm])

    def pair(self, one: str, other: str) -> tuple[Pair, int]:
        """The difference between two strategies, and 1 if it is `one` minus `other`, -1 if the reverse."""
        for pair in self.pairs:
            if (pair.of, pair.minus) == (one, other):
                return pair, 1
            if (pair.of, pair.minus) == (other, one):
                return pair, -1
        raise KeyError((one, other))

    def won(self, one: str, other: str) -> float:
        """The share of the runs in which `one` was worth more than `other`."""
        pair, turn = self.pair(one, other)
        return pair.share_won if turn > 0 else 1 - pair.share_won - pair.share_tied

    def same(self, one: str, other: str) -> bool:
        """Whether two strategies came to the same in every run."""
        return self.pair(one, other)[0].share_tied == 1

    def beats(self, one: str, other: str) -> bool:
        """Whether `one` is worth more than `other` for sure: the paired interval excludes 0."""
        pair, turn = self.pair(one, other)
        return pair.net_present_value.sign * turn > 0

    def bets(self, one: str, other: str) -> bool:
        """Whether `one` is worth more on average over all that is not known, though perhaps not in every world."""
        pair, turn = self.pair(one, other)
        return self.drawn and pair.average.sign * turn > 0

    @property
    def leading(self) -> tuple[str, str, Pair, int]:
        """The best strategy by the mean, the next, their difference, and 1 if that is best minus next, else -1.

        A strategy that comes to the same as the best in every run is passed over, unless all do.
        """
        first, *others = self.ranking
        second = next((other for other in others if not self.same(first, other)), others[0])
        return first, second, *self.pair(first, second)

    @property
    def best(self) -> str | None:
        """The strategy that beats every other for sure, if there is one."""
        first, *others = self.ranking
        return first if others and all(self.beats(first, other) for other in others) else None

    @property
    def worst(self) -> str | None:
        """The strategy that every other beats for sure, if there is one."""
        *others, last = self.ranking
        return last if others and all(self.beats(other, last) for other in others) else None


def title(finding: Finding) -> str:
    """The finding, no stronger than the paired intervals allow."""
    if len(finding.means) == 1:
        return f"What failures cost: {pretty(finding.ranking[0])}"
    first, *_, last = finding.ranking
    if len(finding.means) == 2:
        if finding.best:
            return f"{pretty(first)} costs less in total than {inside(last)}"
        if finding.bets(first, last):
            won = words.percent(finding.won(first, last))
            return f"{pretty(first)} is the better bet: cheaper in {won} of the runs"
        return f"{pretty(first)} or {inside(last)}: no clear difference in total"
    if finding.best:
        return f"{pretty(first)} costs the least in total"
    if finding.worst:
        return f"{pretty(last)} costs the most in total"
    if all(finding.bets(first, other) for other in finding.ranking[1:]):
        return f"{pretty(first)} is the best bet, not a sure one"
    return "None of these is clearly the cheapest"


def verdict(finding: Finding, runs: int, name: Name = str) -> str:
    """One sentence: which strategy is better, by how much, how surely, from when on, and mainly why.

    `name` says what a strategy is called in it.
    """
    span = words.years(finding.years)
    first, *others = finding.ranking
    if not others:
        return (f"Over {span}, a firm that follows {name(first)} is worth "
                f"{words.money(finding.means[first], finding.currency)}; name a second strategy to compare.")
    second = others[0]
    pair, turn = finding.pair(first, second)
    gap, won = pair.net_present_value.turned(turn), finding.won(first, second)
    if not finding.beats(first, second):
        if finding.bets(first, second):
            return _bet(finding, runs, span, gap, won, name)
        return _unclear(finding, runs, span, gap, pair, name)
    unsure = [other for other in others[1:] if not finding.beats(first, other)]
    best = len(others) > 1 and not unsure
    leaves = "is best: it leaves the firm better off" if best else "leaves the firm better off"
    sentence = (f"Over {span}, {name(first)} {leaves} than {name(second)} by {_amount(gap, finding.currency)} "
                f"(95 % interval {_interval(gap)}), in {words.of_runs(won, runs)}")
    tail = [f"against {words.listed(map(name, unsure))} it is not clear"] if unsure else []
    tail += [f"but {said}" for said in _horizon(finding, pair, turn, name(second))]
    tail += _reason(finding, first, pair, turn, name)
    return "; ".join([sentence, *tail]) + "."


def _bet(finding: Finding, runs: int, span: str, gap: Estimate, won: float, name: Name) -> str:
    """Better on average over what is not known, but not in all of it."""
    first, second, *rest = finding.ranking
    pair, turn = finding.pair(first, second)
    sentence = (f"Over {span}, {name(first)} is the better bet, not a sure one: against {name(second)} it is worth "
                f"{_amount(gap, finding.currency)} more on average and is ahead in {words.of_runs(won, runs)}, but "
                f"what is not known leaves room from {_interval(gap)}")
    tail = [*_worse(finding, first, rest, name), *_horizon(finding, pair, turn, name(second))]
    return "; ".join([sentence, *tail, *_reason(finding, first, pair, turn, name)]) + "."


def _unclear(finding: Finding, runs: int, span: str, gap: Estimate, pair: Pair, name: Name) -> str:
    first, second, *rest = finding.ranking
    if gap.low == gap.high == 0:
        sentence = f"Over {span}, {name(first)} and {name(second)} come to exactly the same in every run"
    else:
        sentence = (f"It is not clear whether {name(first)} or {name(second)} is better over {span}: {name(first)} is "
                    f"ahead by {_amount(gap, finding.currency)}, but the 95 % interval runs from {_interval(gap)}")
        if pair.runs_to_tell and pair.runs_to_tell > runs:
            sentence += f"; about {_about(pair.runs_to_tell)} runs would tell"
    tail = [f"{told} than {name(first)}" for told in _worse(finding, first, rest, name)]
    _, turn = finding.pair(first, second)
    return "; ".join([sentence, *tail, *_horizon(finding, pair, turn, name(second))]) + "."


def _worse(finding: Finding, first: str, rest: Sequence[str], name: Name) -> list[str]:
    """Which of the rest the first beats for sure."""
    beaten = [other for other in rest if finding.beats(first, other)]
    return [f"{words.listed(map(name, beaten))} {'is' if len(beaten) == 1 else 'are'} clearly worse"] if beaten else []


def _horizon(finding: Finding, pair: Pair, turn: int, second: str) -> list[str]:
    """A warning where the shorter horizons say the opposite: clearly, or on average over what is not known."""
    said = [(pair.net_present_value, pair.by_year, "")]
    if finding.drawn:
        said.append((pair.average, pair.average_by_year, " on average"))
    for gap, by_year, how in said:
        signs = {year: e.turned(turn).sign for year, e in by_year.items()}
        against = [year for year, sign in signs.items() if sign < 0]
        if against and (gap.turned(turn).sign > 0 or any(sign > 0 for sign in signs.values())):
            return [f"it depends on the horizon: over {words.year_list(against)} {second} is ahead{how}"]
    return []


def _reason(finding: Finding, first: str, pair: Pair, turn: int, name: Name) -> list[str]:
    """What carries the difference."""
    if first == "minimum-polite" and "full" in finding.means and finding.beats(first, "full"):
        return ["kind words and haste pay here, the rest of the full remedy does not"]
    against_minimum = ""
    if not pair.attribution:
        if first != "full" or "minimum" not in finding.means:
            return []
        pair, turn = finding.pair("full", "minimum")
        against_minimum = f"against {name('minimum')}, "
    if not pair.attribution:
        return []
    parts = {factor: e.turned(turn) for factor, e in pair.attribution.items()}
    most = max(parts, key=lambda factor: parts[factor].mean)
    if parts[most].sign <= 0:
        return []
    level = sorted((factor for factor, part in parts.items() if part.sign > 0 and part.high >= parts[most].low),
                   key=lambda factor: -parts[factor].mean)
    total = sum(part.mean for part in parts.values())
    share = parts[most].mean / total if total > 0 else 0
    amount = f", {words.percent(share)}" if 0 < share <= 1 else ""
    size = "most of it" if share > 0.5 else "the largest part"
    told = f"{size} comes from {most} ({words.FACTORS.get(most, most)}{amount})"
    if len(level) > 1:
        # their intervals overlap, so no order among them is claimed
        explained = [f"{factor} ({words.FACTORS.get(factor, factor)})" for factor in level]
        told = f"it comes mostly from {words.listed(explained)}"
    against = [factor for factor, part in parts.items() if part.sign < 0]
    if against:
        told += f", while {words.listed(against)} {'works' if len(against) == 1 else 'work'} against it"
    return [against_minimum + told]


def _amount(gap: Estimate, currency: str) -> str:
    return words.money(gap.mean, currency)


def _interval(gap: Estimate) -> str:
    unit, name = (1e6, " million") if abs(gap.mean) >= 1e7 else (1, "")
    low, high = (words.fixed(value / unit, 1 if name else 0) for value in (gap.low, gap.high))
    return f"{low} to {high}{name}"


def _about(number: int) -> str:
    """Rounded up to two figures."""
    step = 10 ** max(0, len(str(number)) - 2)
    return f"{-(-number // step) * step:,}"
