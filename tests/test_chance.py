"""Addressed chance."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from sim.chance import ROUTINE, RUN, TALK, block, count, jump, key, lognormal, normal, run_seed, uniform


def words(seed: int, purpose: int, person: int, period: int, turn: int) -> tuple[int, ...]:
    return tuple(int(w) for w in block(np.uint64(seed), purpose, person, period, turn))


def test_philox_gives_the_published_known_answers() -> None:
    """Philox4x32-10 reproduces the known answers that its authors publish (Random123, kat_vectors)."""
    assert words(0, 0, 0, 0, 0) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    ones = 0xFFFFFFFF
    assert words(ones | ones << 32, ones, ones, ones, ones) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)
    assert words(0xA4093822 | 0x299F31D0 << 32, 0x13198A2E, 0x243F6A88, 0x85A308D3, 0x03707344) == (
        0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


def test_every_part_of_an_address_matters() -> None:
    """Changing the seed, the purpose, the person, the period or the round changes all four words."""
    base = words(7, ROUTINE, 3, 5, 0)
    for other in (words(8, ROUTINE, 3, 5, 0), words(7, TALK, 3, 5, 0), words(7, ROUTINE, 4, 5, 0),
                  words(7, ROUTINE, 3, 6, 0), words(7, ROUTINE, 3, 5, 1), words(7 | 1 << 32, ROUTINE, 3, 5, 0)):
        assert all(a != b for a, b in zip(base, other, strict=True))


def test_uniforms_are_uniform_and_uncorrelated() -> None:
    """Draws of neighbouring people and periods pass chi-square and show no serial correlation."""
    blocks = [block(np.uint64(11), ROUTINE, i, t, 0) for i in range(500) for t in range(20)]
    draws = np.array([[uniform(w) for w in words_] for words_ in blocks])
    counts = np.histogram(draws, bins=64, range=(0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-4
    assert draws.min() > 0 and draws.max() < 1
    correlations = np.corrcoef(draws.T)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 4.5 / np.sqrt(len(draws))
    assert abs(np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1]) < 4.5 / np.sqrt(len(draws))


def test_the_normal_quantile_is_that_of_the_standard_library() -> None:
    """Our AS241 agrees with Python's own to a few units in the last place, tails included."""
    for u in [2**-33, 1e-9, 1e-4, 0.02, 0.0749, 0.0751, 0.3, 0.5, 0.7, 0.9249, 0.9251, 0.999, 1 - 2**-33]:
        assert normal(u) == pytest.approx(NormalDist().inv_cdf(u), rel=1e-14, abs=1e-15)


def test_lognormal_has_the_stated_mean_and_spread() -> None:
    """Over evenly spread quantiles the lognormal has the mean and the coefficient of variation asked for."""
    draws = np.array([lognormal(354.0, 0.9, (k + 0.5) / 20000) for k in range(20000)])
    assert draws.mean() == pytest.approx(354.0, rel=2e-3)
    assert draws.std() / draws.mean() == pytest.approx(0.9, rel=2e-2)


def test_counts_have_the_stated_mean() -> None:
    """count(mean, u) is the whole number below or above the mean, and right on average."""
    assert [count(2.3, u) for u in (0.0, 0.69, 0.71, 0.99)] == [2, 2, 3, 3]
    assert np.mean([count(0.3, (k + 0.5) / 1000) for k in range(1000)]) == pytest.approx(0.3, abs=1e-3)


def test_a_newcomer_attracts_only_the_draws_that_hit_it() -> None:
    """When n grows by one, a choice either stays or goes to the newcomer, the latter in 1/(n + 1) of cases."""
    pairs = np.random.default_rng(3).integers(0, 2**32, (4000, 2))
    keys = [np.uint64(key(np.uint64(a), np.uint64(b))) for a, b in pairs]
    for n in (1, 2, 10, 57):
        before, after = [jump(k, n) for k in keys], [jump(k, n + 1) for k in keys]
        moved = [b for a, b in zip(before, after, strict=True) if a != b]
        assert set(moved) <= {n}
        assert len(moved) / len(keys) == pytest.approx(1 / (n + 1), abs=0.03)
        assert stats.chisquare(np.bincount(before, minlength=n)).pvalue > 1e-4 or n == 1


def test_neighbouring_master_seeds_share_no_run() -> None:
    """The first thousand runs of twenty neighbouring master seeds all have different seeds."""
    seeds = {run_seed(master, k) for master in range(20) for k in range(1000)}
    assert len(seeds) == 20000
    assert run_seed(5, 3) == words(5, RUN, 3, 0, 0)[0] | words(5, RUN, 3, 0, 0)[1] << 32
