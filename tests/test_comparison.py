"""Questions, runs and the answer: what is asked is checked, what comes out is estimated honestly."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import compare, comparison
from experiments.comparison import Answer, RunsFailed
from experiments.design import ATTRIBUTION_RUNS, Task, ask
from experiments.estimates import (
    Estimate,
    confidence_region,
    estimate,
    runs_needed,
    shapley,
    t_quantile,
    variance_saved,
)
from experiments.replication import Block, Failure, play
from experiments.runner import carry_out
from experiments.verdict import Finding, verdict
from sim.config import InputError
from tests import dice
from tests.businesses import small_business

KEYS = {"schema_version", "business", "seed", "run_seeds", "runs", "people", "customers_at_start", "years", "period",
        "currency", "strategies", "differences", "verdict"}
STRATEGY_KEYS = {"net_present_value", "price_of_failure", "cost_of_remedy", "cost_of_churn",
                 "cost_of_churn_by_word_of_mouth", "lost_to_leaving", "lost_to_coming_less", "lost_to_never_joining",
                 "leavers", "customers_at_end", "trust_at_end", "uncertainty_at_end", "accounts",
                 "net_present_value_by_year"}
DIFFERENCE_KEYS = {"of", "minus", "net_present_value", "by_year", "share_won", "share_tied",
                   "variance_saved_by_pairing", "attribution"}


@pytest.fixture
def by_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are played by dice, in this process."""
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: carry_out(tasks, workers=1, work=dice.play))


def answered(tmp_path: Path, **question: Any) -> Answer:
    return comparison.answer(dice.question(**question), out=tmp_path, workers=1)


# What is asked

@pytest.mark.parametrize(("asked", "sentence"), [
    ({"runs": 1}, "an interval needs at least 2 runs"),
    ({"people": 3}, "at least 10 people"),
    ({"years": math.nan}, "--years nan"),
    ({"years": -1}, "--years -1"),
    ({"years": 0.01}, "not a whole number of periods"),
    ({"seed": -1}, "--seed -1"),
    ({"business": "hotle"}, "did you mean 'hotel'?"),
    ({"strategies": ["minimun"]}, "did you mean 'minimum'?"),
    ({"strategies": ["full", "full"]}, "named twice"),
    ({"strategies": []}, "at least one strategy"),
    ({"settings": ["finance.margin=0.2"]}, "did you mean 'margin_share'?"),
    ({"settings": ["finance.margin_share=nan"]}, "margin_share"),
    ({"settings": ["psychology.gruge=0.2"]}, "did you mean 'grudge'?"),
    ({"settings": ["psychology.grudge=2"]}, "grudge = 2"),
    ({"settings": ["failures"]}, "must read key=value"),
    ({"customers": "nobody.csv"}, "nobody.csv"),
])
def test_what_cannot_be_asked_is_refused_in_a_sentence(asked: dict[str, Any], sentence: str) -> None:
    """Each mistake in a question is told in one sentence that names it."""
    with pytest.raises(InputError) as caught:
        ask(**asked)
    assert any(sentence in problem for problem in caught.value.problems)
    assert all("\n" not in problem for problem in caught.value.problems)


def test_all_mistakes_are_told_at_once() -> None:
    """A question with four mistakes gets four sentences."""
    with pytest.raises(InputError) as caught:
        ask("hotel", ["nobody"], runs=1, settings=["talk.volume=-1", "psychology.x=1"])
    assert len(caught.value.problems) == 4


def test_equal_questions_have_one_identity() -> None:
    """The identity covers what can change a number, and nothing else."""
    def identity(*strategies: str, **question: Any) -> str:
        return ask(small_business(), strategies or ("minimum", "full"), **{"runs": 8, **question}).identity

    others = [identity(runs=9), identity("full", "minimum"), identity(seed=2), identity(people=1999),
              identity(settings=["psychology.grudge=0.2"]), identity(settings=["talk.volume=0.9"]), identity(years=9)]
    assert identity() == identity("minimum", "full")
    assert len({identity(), *others}) == 8


def test_every_run_is_in_one_block() -> None:
    """Blocks cover the missing runs once, each of consecutive runs, at least two for every worker."""
    question = dice.question(runs=40)
    for workers in (1, 2, 5):
        tasks = question.tasks([*range(10), *range(15, 40)], workers)
        covered = [run for task in tasks for run in range(task.first, task.first + task.runs)]
        assert covered == [*range(10), *range(15, 40)]
        assert len(tasks) >= 2 * workers


@pytest.mark.parametrize("draw", [False, True])
def test_a_block_of_a_small_market_is_not_long(draw: bool) -> None:
    """A world takes its time however few live in it, and so does a draw: a kill never costs minutes."""
    question = ask(small_business(), ["minimum", "full"], runs=3000, people=60, years=1, draw=draw)
    assert max(task.runs for task in question.tasks(range(3000), 2)) <= (60 if draw else 250)


# Estimates

def test_the_interval_is_the_t_interval() -> None:
    """1, 2, 3, 4 has mean 2.5 and half width 3.1824 * 1.29099 / 2 (tables of Student's t)."""
    e = estimate(np.array([1.0, 2.0, 3.0, 4.0]))
    assert e.mean == 2.5
    assert e.half_width == pytest.approx(3.182446 * 1.290994 / 2, rel=1e-6)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Of 4,000 samples of 8 normal numbers, 95 % of the intervals hold the mean (within four standard errors)."""
    samples = np.random.default_rng(1).normal(3.0, 2.0, (4000, 8))
    covered = np.mean([e.low <= 3.0 <= e.high for e in map(estimate, samples)])
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000)


def test_the_region_covers_the_mean_as_often_as_it_says() -> None:
    """The same for the ellipse, with two correlated numbers."""
    luck, inside = np.random.default_rng(2), 0
    for _ in range(2000):
        x, y = luck.multivariate_normal([0, 0], [[2, 1], [1, 3]], 12).T
        long, short, angle = confidence_region(x, y) or (1, 1, 0)
        u = -np.mean(x) * math.cos(angle) - np.mean(y) * math.sin(angle)
        v = np.mean(x) * math.sin(angle) - np.mean(y) * math.cos(angle)
        inside += (u / long) ** 2 + (v / short) ** 2 <= 1
    assert abs(inside / 2000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


def test_the_number_of_runs_needed_gives_the_precision() -> None:
    """With that many runs and the same spread the half width is the one asked for, and with one run less it is not."""
    values = np.random.default_rng(3).normal(10, 4, 50)
    needed = runs_needed(values, 0.5)
    assert needed is not None
    spread = float(np.std(values, ddof=1))
    assert t_quantile(needed - 1) * spread / math.sqrt(needed) <= 0.5
    assert t_quantile(needed - 2) * spread / math.sqrt(needed - 1) > 0.5


def test_pairing_saves_what_is_shared() -> None:
    """Two numbers that differ by a constant save everything; independent ones about nothing; constants say None."""
    a, b = np.random.default_rng(4).normal(size=(2, 5000))
    assert variance_saved(a, a + 1) == pytest.approx(1)
    assert variance_saved(a, b) == pytest.approx(0, abs=0.06)
    assert variance_saved(np.ones(3), np.ones(3)) is None


def test_shapley_shares_out_the_whole_difference() -> None:
    """Parts sum to the whole run by run; what two add only together is halved (the textbook's glove game)."""
    factors = ("a", "b", "c")
    sets = [frozenset(some) for size in range(4) for some in combinations(factors, size)]
    values = {some: np.array([3.0 * ("a" in some) + 8.0 * ({"b", "c"} <= some), 1.0]) for some in sets}
    parts = shapley(values, factors)
    assert [part.tolist() for part in parts.values()] == [[3, 0], [4, 0], [4, 0]]


# The answer

@pytest.mark.usefixtures("by_dice")
def test_the_answer_has_every_key(tmp_path: Path) -> None:
    """The JSON holds what the issue lists, and only numbers that JSON knows."""
    plain = answered(tmp_path).to_dict()
    json.dumps(plain, allow_nan=False)
    assert set(plain) >= KEYS
    assert all(set(strategy) >= STRATEGY_KEYS for strategy in plain["strategies"].values())
    assert [set(d) >= DIFFERENCE_KEYS for d in plain["differences"]] == [True]
    assert list(plain["strategies"]["full"]["net_present_value_by_year"]) == ["1", "3", "5", "10"]
    assert len(plain["run_seeds"]) == plain["runs"] == 8


@pytest.mark.usefixtures("by_dice")
def test_differences_are_later_minus_earlier(tmp_path: Path) -> None:
    """Every pair once, the later on the command line minus the earlier, estimated over pairs."""
    answer = answered(tmp_path, strategies=("full", "minimum", "minimum-polite"))
    pairs = [(d.of, d.minus) for d in answer.differences]
    assert pairs == [("minimum", "full"), ("minimum-polite", "full"), ("minimum-polite", "minimum")]
    d = answer.differences[0]
    apart = answer.values("minimum", "net_present_value") - answer.values("full", "net_present_value")
    assert d.net_present_value == estimate(apart)
    assert d.share_won == np.mean(apart > 0)
    assert d.variance_saved_by_pairing is not None and d.variance_saved_by_pairing > 0.9
    assert d.per_1000_customers.mean == pytest.approx(apart.mean())


@pytest.mark.usefixtures("by_dice")
def test_the_attribution_sums_to_the_difference(tmp_path: Path) -> None:
    """Parts of `full` against `minimum` sum to the difference on the same runs, either way round."""
    for strategies, turn in ((("minimum", "full"), 1), (("full", "minimum"), -1)):
        answer = answered(tmp_path, runs=40, strategies=strategies)
        d = answer.differences[0]
        assert d.attribution is not None and d.attribution_runs == ATTRIBUTION_RUNS
        apart = answer.values(d.of, "net_present_value") - answer.values(d.minus, "net_present_value")
        assert sum(part.mean for part in d.attribution.values()) == pytest.approx(apart[:2 * ATTRIBUTION_RUNS:2].mean())
        for factor, part in d.attribution.items():
            together = dice.TOGETHER / 2 if factor in ("manner", "money") else 0
            assert turn * part.mean == pytest.approx(dice.WORTH[factor] + together, abs=4)


@pytest.mark.usefixtures("by_dice")
def test_word_of_mouth_is_what_muting_takes_away(tmp_path: Path) -> None:
    """The cost of churn minus that with talk of cases muted, pair by pair."""
    e = answered(tmp_path).word_of_mouth("full")
    assert (e.mean, e.low, e.high) == pytest.approx((4, 4, 4))


@pytest.mark.usefixtures("by_dice")
def test_a_short_horizon_has_no_later_years(tmp_path: Path) -> None:
    """Four years are shown after 1 and 3 years."""
    assert answered(tmp_path, years=4).years == [1, 3]


def test_failed_runs_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that breaks is named with its seed, and the answer rests on the others."""
    monkeypatch.setattr(comparison, "carry_out",
                        lambda tasks, workers: carry_out(tasks, workers=1, work=dice.play_but_run_3_fails))
    answer = answered(tmp_path)
    assert answer.runs == 7 and [failure.run for failure in answer.failures] == [3]
    assert answer.to_dict()["failed_runs"] == [3]
    assert json.loads((answer.folder / "failed" / "run-000003.json").read_text())["message"].startswith("Floating")


def test_too_few_runs_are_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where fewer than two runs could be played, that is said with the first reason."""
    def broken(tasks: Any, workers: int) -> Any:
        for block in carry_out(tasks, workers=1, work=dice.play):
            runs = sorted({row["run"] for row in block.rows})
            yield Block(block.first, block.runs, [], [Failure(run, 7, "OverflowError: huge") for run in runs])

    monkeypatch.setattr(comparison, "carry_out", broken)
    with pytest.raises(RunsFailed, match="8 of 8 runs failed; the first, run 0 with seed 7: OverflowError: huge"):
        answered(tmp_path)


# The verdict

class Pair:
    """A difference by hand."""

    def __init__(self, of: str, minus: str, mean: float, half: float,
                 by_year: dict[str, tuple[float, float]] | None = None,
                 attribution: dict[str, float] | None = None) -> None:
        self.of, self.minus = of, minus
        self.net_present_value = Estimate(mean, mean - half, mean + half)
        self.by_year = {year: Estimate(m, m - h, m + h) for year, (m, h) in (by_year or {}).items()}
        self.share_won, self.share_tied, self.runs_to_tell = 0.9, 0.0, 430
        self.attribution = {f: Estimate(m, m - 1, m + 1) for f, m in attribution.items()} if attribution else None


def said(means: dict[str, float], *pairs: Pair) -> str:
    return verdict(Finding("EUR", 10, means, pairs), runs=100)


def test_a_clear_answer_is_said() -> None:
    """Who, against whom, by how much, how surely, and mainly why."""
    text = said({"minimum": 0, "full": 500}, Pair("full", "minimum", 500, 100, attribution={"manner": 450, "money": -50,
                                                                                           "speed": 100}))
    assert text == ("Over 10 years, full leaves the firm better off than minimum by EUR 500 (95 % interval 400 to "
                    "600), in 90 of 100 runs; most of it comes from manner (how it is said, 90 %), while money works "
                    "against it.")


def test_best_is_said_only_of_what_beats_all() -> None:
    """A leader that does not clearly beat everybody is not called best."""
    text = said({"a": 20, "b": 10, "c": 9}, Pair("b", "a", -10, 2), Pair("c", "a", -11, 30), Pair("c", "b", -1, 30))
    assert "is best" not in text and "against c it is not clear" in text


@pytest.mark.parametrize("ratio", [0.2, 0.7, 1.3, 2.0, 3.0])
def test_the_runs_needed_are_the_fewest_that_do(ratio: float) -> None:
    """One run fewer would leave the interval wider than asked for."""
    values = np.array([-1.0, 1.0]) / np.sqrt(2)  # a standard deviation of 1
    needed = runs_needed(values, 1 / ratio)
    assert needed is not None
    assert t_quantile(needed - 1) / math.sqrt(needed) <= 1 / ratio
    assert needed == 2 or t_quantile(needed - 2) / math.sqrt(needed - 1) > 1 / ratio


def test_the_order_of_tables_is_part_of_the_question() -> None:
    """Of events the first that strikes counts, so two orders are two questions and never share a folder."""
    events = {name: {"period": 3, "kind": kind, "share": 0.5} for name, kind in (("a", "late"), ("b", "broken"))}
    one, other = (ask(small_business(events=dict(order)), ("minimum",), runs=2, people=100, years=1, seed=1)
                  for order in (events.items(), reversed(events.items())))
    assert one.identity != other.identity


def test_a_market_without_customers_is_refused() -> None:
    """So few people that nobody may be a customer is one sentence, not a table of divisions by 0."""
    with pytest.raises(InputError, match="customers; at least 5 are needed"):
        ask(small_business(people={"customer_share": 0.01}), ("minimum",), runs=2, people=20, years=1, seed=1)


def test_no_run_is_left_out_for_its_luck() -> None:
    """Where nobody leaves and money keeps its worth, the textbook figure is missing, not the run."""
    firm = small_business(finance={"discount_rate_annual": 0.0}, leaving={"at_typical": 1e-9, "at_none": 1e-9})
    block = play(Task(ask(firm, ("minimum",), runs=2, people=60, years=1, seed=1).played_point, 0, 2))
    assert not block.failures


def test_no_order_is_claimed_among_reasons_whose_intervals_overlap() -> None:
    """Two factors whose intervals overlap are both named, neither as the larger."""
    text = said({"minimum": 0, "full": 500}, Pair("full", "minimum", 500, 100, attribution={
        "manner": 250.5, "timing": 249.5, "speed": 50}))
    assert "it comes mostly from manner (how it is said) and timing (" in text and "most of it" not in text


def test_an_unclear_answer_is_not_a_clear_one() -> None:
    """An interval that holds 0 is called unclear, with the number of runs that would tell."""
    text = said({"minimum": 0, "full": 50}, Pair("full", "minimum", 50, 100))
    assert text.startswith("It is not clear whether full or minimum is better")
    assert "-50 to 150" in text and "430 runs would tell" in text


def test_a_tie_is_called_one() -> None:
    """Two strategies that come to the same in every run are said to."""
    assert "exactly the same" in said({"a": 1.0, "b": 1.0}, Pair("b", "a", 0, 0))


def test_an_answer_that_turns_with_the_horizon_says_so() -> None:
    """Where a shorter horizon clearly says the opposite, the verdict warns."""
    years = {"1": (-20.0, 5.0), "3": (4.0, 9.0), "10": (500.0, 100.0)}
    assert "it depends on the horizon: over 1 year minimum is ahead" in said(
        {"minimum": 0, "full": 500}, Pair("full", "minimum", 500, 100, years))


def test_the_polite_minimum_may_win() -> None:
    """It can say that kindness pays and money does not."""
    text = said({"minimum": 0, "minimum-polite": 300, "full": 200}, Pair("minimum-polite", "minimum", 300, 50),
                Pair("full", "minimum", 200, 50), Pair("full", "minimum-polite", -100, 20))
    assert text.startswith("Over 10 years, minimum-polite is best")
    assert "kind words and haste pay here, the rest of the full remedy does not" in text


def test_best_needs_every_interval() -> None:
    """'Best' is the one that beats every other for sure; else nobody is."""
    pairs = Pair("b", "a", 5, 1), Pair("c", "a", 4, 1), Pair("c", "b", -1, 2)
    finding = Finding("EUR", 10, {"a": 0, "b": 5, "c": 4}, pairs)
    assert finding.best is None and finding.worst == "a"


# The real world, small

def test_the_real_world_answers(tmp_path: Path) -> None:
    """Two strategies in a small shop: the identity holds run by run, and the same answer comes for two workers."""
    asked: dict[str, Any] = {"runs": 4, "people": 150, "years": 1, "seed": 3}
    one = compare(small_business(), ["minimum", "full"], workers=1, out=tmp_path / "one", **asked)
    two = compare(small_business(), ["minimum", "full"], workers=2, out=tmp_path / "two", **asked)
    assert (one.folder / "runs.parquet").read_bytes() == (two.folder / "runs.parquet").read_bytes()
    assert (one.folder / "answer.json").read_bytes() == (two.folder / "answer.json").read_bytes()
    for arm in ("minimum", "full"):
        total = one.values(arm, "cost_of_remedy") + one.values(arm, "cost_of_churn")
        assert total == pytest.approx(one.values(arm, "price_of_failure"), rel=1e-9, abs=1e-6)
    d = one.differences[0]
    apart = one.values("full", "net_present_value") - one.values("minimum", "net_present_value")
    assert d.attribution is not None
    assert sum(part.mean for part in d.attribution.values()) == pytest.approx(apart[::2].mean())
