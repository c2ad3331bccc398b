"""The fit of human nature: what it claims to know is what the data say, and no more."""

from __future__ import annotations

import math
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import constants
from experiments.psychology_fit import measured
from experiments.psychology_posterior import PRIOR, Posterior, drawn, kept, linearised, moved, posterior, weights
from experiments.psychology_prior import ORDERED, Ranges, as_constants, logarithmic, ranges, start
from experiments.psychology_recovery import data
from sim.psychology import Psychology

SPACE = Ranges()
NUMBERS = len(ranges())
HOLLOW = list(ranges()).index("hollow")
ENSEMBLE = Path(__file__).parent.parent / "experiments" / "validation" / "ensemble.toml"


def test_a_plane_gives_the_exact_posterior() -> None:
    """Where every check follows the numbers in a straight line and luck is absent, the answer is that of algebra."""
    rng = np.random.default_rng(1)
    slopes, at = rng.normal(size=(9, NUMBERS)), rng.normal(size=9)
    odds = 1.5 * rng.normal(size=(300, NUMBERS))
    found = linearised(odds, odds @ slopes.T - at)
    covariance = np.linalg.inv(slopes.T @ slopes + np.eye(NUMBERS) / PRIOR**2)
    assert np.allclose(found.covariance, covariance) and np.allclose(found.mean, covariance @ slopes.T @ at)


def test_luck_is_not_taken_for_knowledge() -> None:
    """Checks that follow no number, only luck, take hardly anything off the spread of any; the less, the more draws."""
    rng = np.random.default_rng(2)
    lost = [np.mean([linearised(PRIOR * rng.normal(size=(draws, NUMBERS)), 2 * rng.normal(size=(draws, 40))).shrinkage
                     for _ in range(5)]) for draws in (160, 640)]
    assert lost[1] < 0.02 < lost[0] < 0.06


def test_a_bend_widens_the_posterior() -> None:
    """A check that follows a number in a bent line says less of it than the straight line of the same mean slope."""
    rng = np.random.default_rng(3)
    odds = PRIOR * rng.normal(size=(400, NUMBERS))
    straight, bent = ((odds[:, [0]] + bend * (odds[:, [0]] ** 2 - PRIOR**2)) for bend in (0.0, 0.5))
    assert linearised(odds, straight).deviation[0] < linearised(odds, bent).deviation[0] < PRIOR


def _made_up(points: np.ndarray, run: int, slopes: np.ndarray) -> np.ndarray:
    """A model that bends and has luck, in place of the real one, which is slow."""
    through = SPACE.odds(points) @ slopes.T
    return np.asarray(3 * np.tanh(through / 3) + 0.3 * np.random.default_rng(run).normal(size=through.shape))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of a bent model with luck, 95 % intervals hold the truth about 95 times in 100, also where much is claimed."""
    rng = np.random.default_rng(4)
    slopes = rng.normal(size=(30, NUMBERS)) * (rng.random((30, NUMBERS)) < 0.15)
    play = partial(_made_up, slopes=slopes)
    points = start(640, 5)
    first = SPACE.odds(points), play(points, 1)
    truths = start(5, 6)
    inside, claimed = [], []
    for truth, values in zip(truths, play(truths, 99), strict=True):
        seen = values + rng.normal(size=len(values))
        found = posterior(first, lambda told, seen=seen: told - seen, play, SPACE)  # type: ignore[misc]
        inside.append(np.abs(SPACE.odds(truth[None])[0] - found.mean) < 1.96 * found.deviation)
        claimed.append(found.shrinkage > 0.2)
    assert 0.92 < np.mean(inside) < 0.98
    known = np.array(inside)[np.array(claimed)]
    assert known.size > 15 and 0.88 < known.mean() < 0.99


def test_what_is_known_is_held() -> None:
    """Given some numbers, the rest is the Gaussian's conditional, and the given have no spread."""
    rng = np.random.default_rng(7)
    root = rng.normal(size=(4, 4))
    whole = Posterior(rng.normal(size=4), root @ root.T)
    part = whole.where([1, 3], np.array([0.5, -0.5]))
    precision = np.linalg.inv(whole.covariance)
    assert np.allclose(part.covariance[np.ix_([0, 2], [0, 2])], np.linalg.inv(precision[np.ix_([0, 2], [0, 2])]))
    assert not part.covariance[[1, 3]].any() and np.allclose(part.mean[[1, 3]], (0.5, -0.5))


def test_walking_finds_the_posterior_that_the_gaussian_misses() -> None:
    """Draws from a Gaussian that is wrong end up spread as prior times likelihood say."""
    def off(points: np.ndarray) -> np.ndarray:
        return ((SPACE.place(points)[:, [HOLLOW]] - 0.2) / 0.1)

    known = Posterior(np.zeros(NUMBERS), PRIOR**2 * np.eye(NUMBERS))
    rng = np.random.default_rng(8)
    odds = drawn(known, 80, SPACE, rng)
    odds, misfits, taken = moved(known, odds, off(SPACE.points(odds)), 120, off, SPACE, rng)
    assert 0.2 < taken < 1 and np.array_equal(misfits, off(SPACE.points(odds)))
    assert all(as_constants(point) is not None for point in SPACE.points(odds))
    grid = (np.arange(2000) + 0.5) / 2000
    chance = np.exp(-0.5 * ((grid - 0.2) / 0.1) ** 2)
    mean = float((grid * chance).sum() / chance.sum())
    spread = math.sqrt(float(((grid - mean) ** 2 * chance).sum() / chance.sum()))
    place = SPACE.place(SPACE.points(odds))[:, HOLLOW]
    assert place.mean() == pytest.approx(mean, abs=0.02) and place.std() == pytest.approx(spread, rel=0.2)


def test_draws_are_kept_by_weight_and_none_twice() -> None:
    """A draw with twice the weight of another is kept first twice as often; weights are prior and misfit."""
    rng = np.random.default_rng(9)
    first = [kept(np.log([1.0, 2.0]), 1, rng)[0] for _ in range(3000)]
    assert np.mean(first) == pytest.approx(2 / 3, abs=0.03)
    assert len(set(kept(rng.normal(size=50), 20, rng))) == 20
    known = Posterior(np.zeros(NUMBERS), np.eye(NUMBERS))
    odds = np.zeros((2, NUMBERS))
    told = weights(known, odds, np.array([[0.0], [2.0]]), SPACE)
    assert told[0] - told[1] == pytest.approx(2.0)


def test_the_sets_are_as_wide_as_the_claim() -> None:
    """The sets of the file spread as its shrinkage says: what is called open varies over most of its range in them."""
    data = tomllib.loads(ENSEMBLE.read_text(encoding="utf-8"))
    sets = [Psychology(**one) for one in data["constants"]]
    assert len(sets) == 32
    seen = 0
    for name, (low, high) in ranges().items():
        if name in data["shrinkage"] and data["shrinkage"][name] < 0.05:
            values = np.array([getattr(one, name) for one in sets])
            if name in logarithmic():
                values, low, high = np.log(values), math.log(low), math.log(high)
            assert values.std() > 0.5 * (high - low) / math.sqrt(12), name
            seen += 1
    assert seen == sum(constants.grade(name) == "open" for name in Psychology.model_fields) > 10


def test_made_up_data_have_noise_where_the_docs_say() -> None:
    """Bands of two sides, 24 of the 51 checks, move with the value and its noise; of one side they get no noise."""
    checks = measured()
    values = np.array([(check.low if math.isfinite(check.low) else check.high - 9) + 5.0 for check in checks])
    once, again = (data(values, np.random.default_rng(seed)) for seed in (1, 2))
    noisy = [a.low != b.low or a.high != b.high for a, b in zip(once, again, strict=True)]
    assert noisy == [math.isfinite(check.low) and math.isfinite(check.high) for check in checks]
    assert (sum(noisy), len(noisy)) == (24, 51)
    for check, value, made in zip(checks, values, once, strict=True):
        assert made.high - made.low == pytest.approx(check.high - check.low) or made.low <= value <= made.high


def test_orders_pull_the_draws_of_eight_constants_to_the_middle() -> None:
    """As the docs say, these spread 0.4 times as far as the prior; the others as far as it."""
    spread = SPACE.odds(start(640, 13)).std(axis=0) / PRIOR
    bound = np.array([name in ORDERED for name in ranges()])
    assert bound.sum() == 8 and spread[bound].mean() == pytest.approx(0.4, abs=0.03)
    assert 0.95 < spread[~bound].min() < spread[~bound].max() < 1.05
    lost = constants.shrinkage()
    assert not ORDERED & {name for name, share in lost.items() if share >= 0.2}


def test_all_orders_of_magnitude_of_a_logarithmic_range_are_as_likely() -> None:
    """How long a bad experience works is known to an order of magnitude: weeks as likely as months."""
    assert logarithmic() == {"bad_half_life_years"}
    at = list(ranges()).index("bad_half_life_years")
    low, high = ranges()["bad_half_life_years"]
    drawn_years = start(640, 13)[:, at]
    assert SPACE.points(np.zeros(NUMBERS))[at] == pytest.approx(math.sqrt(low * high))
    below = [(drawn_years < low * (high / low) ** share).mean() for share in (0.25, 0.5, 0.75)]
    assert below == pytest.approx([0.25, 0.5, 0.75], abs=0.01)
    assert np.allclose(SPACE.points(SPACE.odds(start(8, 1))), start(8, 1), rtol=1e-3)


def test_a_source_says_how_well_the_fit_knows_a_constant() -> None:
    """Every source begins with the grade that the spread lost in the fit gives; another grade is told."""
    for name, field in Psychology.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        assert str(extra["source"]).split("; ")[0] == constants.SAID[constants.grade(name)], name
    lost = constants.shrinkage()
    assert {name for name in Psychology.model_fields if constants.grade(name) == "fitted"} == {
        name for name, share in lost.items() if share >= 0.2}
    assert constants.leans_on("grudge", "fitted, but open; somebody; 2001") == "somebody; 2001"
    with pytest.raises(ValueError, match=r"grudge: .* 'fitted', but after the fit it is 'fitted, but open'"):
        constants.leans_on("grudge", "fitted; somebody")
