"""What is not known: worlds drawn from it, the three intervals, and what may be called clear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import truncnorm

from experiments import compare
from experiments.design import Comparison, Task, ask
from experiments.estimates import Estimate, intervals
from experiments.parameters import Parameter, ranged
from experiments.unknown import JOINING, NOT_DRAWN, Unknown, _within, ensemble, unknown
from experiments.verdict import Finding, verdict
from sim.business import load_business
from sim.config import InputError
from sim.psychology import Psychology
from tests.businesses import small_business

HOTEL = load_business("hotel")


def drawn_from(*known: str, with_files: bool = True) -> Unknown:
    return unknown(HOTEL, Psychology(), known, with_files)


def test_a_range_is_two_half_normals_cut_at_its_ends() -> None:
    """A range [1, 7] around 3 is drawn as SciPy's truncated normals of deviations 1 and 2 give it."""
    number = Parameter("x", 3.0, 1.0, 7.0, False, "")
    for u in np.linspace(0.001, 0.999, 41):
        below = (3 - 1) / (7 - 1)
        theory = (3 + truncnorm.ppf(u / below * 0.5, -2, 2) if u < below
                  else 3 + 2 * truncnorm.ppf(0.5 + 0.5 * (u - below) / (1 - below), -2, 2))
        assert _within(number, float(u)) == pytest.approx(theory)


def test_a_draw_is_repeated_and_differs_from_the_next() -> None:
    """The same seed and number give the same world, another number another."""
    one, again, other = (drawn_from().draw(HOTEL, 5, number) for number in (3, 3, 4))
    assert one == again and one.values != other.values


def test_what_is_known_changes_nothing_else() -> None:
    """Setting one number leaves every other number of a draw as it was, and is itself not drawn."""
    free, told = drawn_from().draw(HOTEL, 1, 0).values, drawn_from("finance.refill_share").draw(HOTEL, 1, 0).values
    assert set(free) - set(told) == {"finance.refill_share"}
    assert all(told[key] == free[key] for key in told)


def test_every_range_is_drawn_and_kept() -> None:
    """Every number with a range is drawn within it, but for those that are no matter of not knowing, and joining."""
    values = [drawn_from().draw(HOTEL, 2, number).values for number in range(30)]
    for key, number in ranged(HOTEL, Psychology()).items():
        low, high = min(number.low, number.today), max(number.high, number.today)
        if key in NOT_DRAWN or key == JOINING:
            assert key not in values[0]
        elif low < high and not key.startswith("psychology."):
            seen = [one[key] for one in values]
            assert low <= min(seen) < max(seen) <= high, key


def test_constants_come_from_the_ensemble() -> None:
    """Every set of constants drawn is one of those that fit the findings, apart from what these say nothing of."""
    sets = [one.model_dump() for one in ensemble()]
    differ = {name for name in sets[0] if len({one[name] for one in sets}) > 1}
    known = [{name: one[name] for name in differ} for one in sets]
    for number in range(20):
        found = drawn_from().draw(HOTEL, 2, number).psychology.model_dump()
        assert {name: found[name] for name in differ} in known
    assert drawn_from("psychology.hollow").draw(HOTEL, 2, 0).psychology.hollow == Psychology().hollow


def test_joining_follows_from_how_the_base_grows() -> None:
    """A drawn firm's base grows as the growth drawn for it says, to within the noise of a small run."""
    from experiments.unknown import BASE_YEARS
    from sim.model import RecoveryModel

    what = drawn_from(with_files=False)
    assert what.today is not None
    off = []
    for number in range(12):
        world = what.draw(HOTEL, 3, number)
        model = RecoveryModel(world.business, what.today.priced(world.business), psychology=world.psychology,
                              rng=number, people=3000, years=BASE_YEARS).run()
        start = int((model.people_table["status_at_start"] == 1).sum())
        grown = (int(model.series["customers"][-1]) / start) ** (1 / BASE_YEARS) - 1
        off.append(grown - world.business.joining.growth_annual)
    assert abs(np.mean(off)) < 0.006 and np.max(np.abs(off)) < 0.03


def test_a_pair_shares_its_world() -> None:
    """All strategies of a run, and both runs of a draw, are played in one world; the next draw is another."""
    question: Comparison = ask(HOTEL, ("minimum", "full"), runs=4, people=100, years=1, draw=True)
    worlds = dict(Task(question.point, 0, 4).worlds())
    assert worlds[0].business is worlds[1].business and worlds[1].business != worlds[2].business
    alone = dict(Task(question.point, 1, 1).worlds())
    assert alone[1].business == worlds[1].business and alone[1].psychology == worlds[1].psychology


def test_two_names_of_one_strategy_never_differ(tmp_path: Path) -> None:
    """Whatever is drawn, a strategy is worth exactly what the same strategy under another name is."""
    same = compare(small_business(), ("minimum", "ladder:opening=1,sincere=false"), runs=6, people=60, years=1,
                   out=tmp_path, workers=1)
    twice = compare("hotel", ("full", "full:promise=false"), runs=4, people=60, years=1, out=tmp_path, workers=1)
    gain = twice.values("full", "net_present_value") - twice.values("full:promise=false", "net_present_value")
    assert not gain.any() and same.draws is not None


def test_the_answer_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    """Runs and draws are byte for byte the same with one worker and with two."""
    asked = {"runs": 7, "people": 100, "years": 1, "seed": 3}
    one, two = (compare("hotel", workers=n, out=tmp_path / str(n), **asked) for n in (1, 2))  # type: ignore[arg-type]
    for name in ("runs.csv", "draws.csv", "answer.json"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes(), name
    drawn = (one.folder / "draws.csv").read_bytes()
    assert len(drawn.splitlines()) == 1 + 4
    (one.folder / "draws" / "draw-000002.json").write_text("{")
    (one.folder / "runs.parquet").unlink()
    again = compare("hotel", workers=1, out=tmp_path / "1", **asked)  # type: ignore[arg-type]
    assert again.folder == one.folder and (one.folder / "draws.csv").read_bytes() == drawn


def test_offers_are_not_priced_without_their_remedies() -> None:
    """A table whose remedies were left out cannot be priced anew; it does not come out as free of charge."""
    bare = ask(HOTEL, ("full",), runs=2, people=100, years=1).point.strategies[0]
    with pytest.raises(ValueError, match="cannot be priced"):
        bare.priced(HOTEL)
    whole = ask(HOTEL, ("full",), runs=2, people=100, years=1, draw=True).point.strategies[0]
    assert (whole.priced(HOTEL).offers == whole.offers).all()


def test_a_fixed_question_is_another_question() -> None:
    """With and without draws a question has different identities, and without them nothing is drawn."""
    drawn, fixed, told = (ask("hotel", draw=draw, settings=settings) for draw, settings in
                          ((True, []), (False, []), (True, ["finance.refill_share=0.3"])))
    assert len({drawn.identity, fixed.identity, told.identity}) == 3
    assert fixed.point.unknown is None


def test_contradicting_ranges_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no world can be drawn, that is one sentence and no endless search."""
    monkeypatch.setattr("experiments.unknown.ATTEMPTS", 0)
    with pytest.raises(InputError, match="the ranges of 'hotel' contradict each other"):
        drawn_from().draw(HOTEL, 1, 0)


# The three intervals

def sampled(worlds: int, spread: float, luck: float,
            rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Two runs in each of so many worlds whose expected values are exponential; which world; their mean."""
    draws = np.repeat(np.arange(worlds), 2)
    expected = spread * rng.exponential(size=worlds)
    return expected[draws] + luck * rng.normal(size=2 * worlds), draws, float(expected.mean())


@pytest.mark.parametrize("worlds, spread, luck", [(50, 1.0, 0.2), (50, 1.0, 1.0), (50, 0.3, 1.0), (200, 1.0, 0.5)])
def test_intervals_hold_what_they_say(worlds: int, spread: float, luck: float) -> None:
    """The intervals hold about 95 % of new worlds, of new firms in them, and of means of the same worlds."""
    rng = np.random.default_rng(1)
    held = np.zeros(3)
    repeats = 600
    for _ in range(repeats):
        values, draws, mean = sampled(worlds, spread, luck, rng)
        found = intervals(values, draws)
        world = spread * rng.exponential()
        held += [found.unknown.low <= world <= found.unknown.high,
                 found.one_firm.low <= world + luck * rng.normal() <= found.one_firm.high,
                 found.luck.low <= mean <= found.luck.high]
    assert ((held / repeats > 0.93) & (held / repeats < (0.99, 0.98, 0.97))).all(), held / repeats


def test_the_interval_of_luck_is_that_of_the_mean_in_the_same_worlds() -> None:
    """Repeated with other luck in the same worlds, the mean stays in the interval of luck in 95 of 100 cases."""
    rng = np.random.default_rng(2)
    draws = np.repeat(np.arange(20), 2)
    worlds = rng.exponential(size=20)
    held = 0
    for _ in range(1000):
        found = intervals(worlds[draws] + 0.7 * rng.normal(size=40), draws).luck
        held += found.low <= worlds.mean() <= found.high
    assert 0.93 <= held / 1000 <= 0.97


def test_one_interval_lies_in_the_next() -> None:
    """Luck of the mean lies within what is not known, and that within what one firm will see."""
    rng = np.random.default_rng(3)
    for worlds in (2, 5, 40, 100):
        values, draws, _ = sampled(worlds, 1.0, 0.5, rng)
        found = intervals(values, draws)
        assert found.one_firm.low < found.unknown.low <= found.luck.low < found.luck.mean
        assert found.luck.mean < found.luck.high <= found.unknown.high < found.one_firm.high


def test_where_all_worlds_are_alike_only_luck_is_left() -> None:
    """If nothing but luck varies, what is not known is hardly wider than luck."""
    values, draws = np.random.default_rng(4).normal(size=400), np.repeat(np.arange(200), 2)
    found = intervals(values, draws)
    assert found.unknown.half_width < 4 * found.luck.half_width
    assert found.one_firm.half_width == pytest.approx(1.96, rel=0.15)


# What may be called clear

class Pair:
    """A difference by hand, in which what is not known is wide and the average is narrow."""

    of, minus, share_won, share_tied, runs_to_tell, attribution = "full", "minimum", 0.9, 0.0, None, None

    def __init__(self, half: float, average_half: float) -> None:
        self.net_present_value = Estimate(500, 500 - half, 500 + half)
        self.average = Estimate(500, 500 - average_half, 500 + average_half)
        self.by_year = {"1": Estimate(-20, -50, 10), "10": self.net_present_value}
        self.average_by_year = {"1": Estimate(-20, -25, -15), "10": self.average}


def said(pair: Pair) -> str:
    return verdict(Finding("EUR", 10, {"minimum": 0, "full": 500}, (pair,), drawn=True), runs=100)


def test_clear_is_only_what_holds_in_all_that_is_not_known() -> None:
    """A difference whose average is sure, but which some worlds reverse, is a bet and is called one."""
    assert "full leaves the firm better off" in said(Pair(400, 100))
    bet = said(Pair(600, 100))
    assert bet == ("Over 10 years, full is the better bet, not a sure one: against minimum it is worth EUR 500 more on "
                   "average and is ahead in 90 of 100 runs, but what is not known leaves room from -100 to 1,100; "
                   "it depends on the horizon: over 1 year minimum is ahead on average.")
    assert "not clear whether full or minimum" in said(Pair(900, 600))
