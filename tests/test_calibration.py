"""A business file from the user's own data: fits with known answers, honest errors, clear refusals."""

from __future__ import annotations

import csv
import gzip
import json
import re
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import experiments.calibration.business as business_file
from experiments import balance
from experiments.calibration import calibrate
from experiments.calibration import leaving as leaving_fit
from experiments.calibration.cases import read_cases
from experiments.calibration.chart import curves, fit_against_data
from experiments.calibration.log import Log, read_log
from experiments.calibration.purchases import (
    count_shares,
    expected_repeats,
    fit_purchases,
    log_likelihood,
    repeats_as_played,
    shares_as_played,
)
from experiments.calibration.spend import fit_spend
from experiments.charts import png, svg
from experiments.cli import main
from sim.business import PRESETS, load_business, plain
from sim.config import InputError

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
CDNOW = DATA / "cdnow_transactions.csv.gz"
COLUMNS = ("customer", "date", "usd")
needs_cdnow = pytest.mark.skipif(not CDNOW.exists(), reason=f"needs the CDNOW purchases in {CDNOW}")
TENTH = Path(__file__).parent / "data" / "cdnow_tenth.csv.gz"
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
"""Fader, Hardie & Lee 2005, table 1 (BG/NBD, tenth of the CDNOW customers)."""
START = date(2023, 1, 2)


def written(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def sentences(call: Callable[[], object]) -> list[str]:
    """The problems of the InputError that the call raises, each on one line and without folders."""
    with pytest.raises(InputError) as caught:
        call()
    assert all("\n" not in problem for problem in caught.value.problems)
    return [re.sub(r"^\S*/", "", problem) for problem in caught.value.problems]


def purchases(folder: Path, customers: int = 400, *, seed: int = 1, weeks: int = 52, r: float = 0.6, alpha: float = 9.0,
              a: float = 0.8, b: float = 3.0, spread: float = 0.4, name: str = "log.csv") -> Path:
    """A log of customers who behave as the BG/NBD says, each with a mean amount of their own."""
    rng = np.random.default_rng(seed)
    lines = ["customer,date,amount"]
    for number in range(customers):
        first = int(rng.integers(0, 60))
        mine = 50 * rng.gamma(1 / spread**2, spread**2) if spread else 50.0
        rate, leaving = rng.gamma(r, 1 / alpha), rng.beta(a, b)
        at = 0.0
        while at <= weeks:
            day = START + timedelta(days=first + round(7 * at))
            lines.append(f"c{number},{day},{(mine * rng.gamma(4, 0.25) if spread else mine):.2f}")
            if at > 0 and rng.random() < leaving:
                break
            at += float(rng.exponential(1 / rate)) if rate > 0 else 1e9
    return written(folder, "\n".join(lines) + "\n", name)


def simulate(r: float, alpha: float, a: float, b: float, observed: np.ndarray,
             rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Repeats and time of the last purchase of customers who behave exactly so, watched for these weeks."""
    rate, leaving = rng.gamma(r, 1 / alpha, len(observed)), rng.beta(a, b, len(observed))
    repeats, last = np.zeros(len(observed), np.int64), np.zeros(len(observed))
    there = np.ones(len(observed), bool)
    while there.any():
        with np.errstate(divide="ignore", over="ignore"):
            coming = last + rng.exponential(1.0, len(observed)) / rate
        came = there & (coming <= observed)
        repeats[came] += 1
        last[came] = coming[came]
        there = came & (rng.random(len(observed)) >= leaving)
    return repeats, last


def amends(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def balanced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the searches for the leaving and joining of a firm that is as it is; they take seconds."""
    monkeypatch.setattr(business_file, "leaving_for", lambda business, dropout: 0.9 * dropout)
    monkeypatch.setattr(business_file, "joining_for", lambda business: 0.4)


# Known answers


def test_the_published_tenth_of_cdnow_gives_the_published_numbers() -> None:
    """r .243, alpha 4.414, a .793, b 2.426 at -9582.4, to every published digit: the known answer of the BG/NBD."""
    histories = read_log(TENTH, COLUMNS, until=date(1997, 9, 30)).histories()
    fit = fit_purchases(histories.repeats, histories.last, histories.observed)
    assert fit.customers == 2357
    assert {name: round(getattr(fit, name), 3) for name in PUBLISHED} == pytest.approx(PUBLISHED, abs=1e-9)
    assert round(fit.log_likelihood, 1) == -9582.4


@needs_cdnow
def test_the_tenth_is_a_part_of_the_whole() -> None:
    """Every customer of the tenth has the same purchases in the whole."""
    def by_customer(path: Path) -> dict[str, list[tuple[str, float]]]:
        with gzip.open(path, "rt") as file:
            found: dict[str, list[tuple[str, float]]] = {}
            for row in csv.DictReader(file):
                found.setdefault(row["customer"], []).append((row["date"], float(row["usd"])))
        return {customer: sorted(bought) for customer, bought in found.items()}

    tenth, whole = by_customer(TENTH), by_customer(CDNOW)
    assert tenth == {customer: whole[customer] for customer in tenth}


@needs_cdnow
def test_all_of_cdnow_gives_the_known_numbers() -> None:
    """r .252, alpha 4.79, a .723, b 2.16 over 39 weeks, at the known likelihood, whatever comes later."""
    log = read_log(CDNOW, COLUMNS, until=date(1997, 9, 30))
    histories = log.histories()
    fit = fit_purchases(histories.repeats, histories.last, histories.observed)
    assert fit.customers == 23570
    assert log.kept_back == pytest.approx(39)
    assert (fit.r, fit.alpha, fit.a, fit.b) == pytest.approx((0.2516, 4.7889, 0.7234, 2.1611), rel=2e-4)
    assert fit.log_likelihood == pytest.approx(-95368.44, abs=0.01)
    assert fit.dropout_seen


@needs_cdnow
def test_spend_at_cdnow_gives_the_known_numbers() -> None:
    """p 5.09, q 4.00, gamma 21.25 over 78 weeks."""
    histories = read_log(CDNOW, COLUMNS).histories()
    spend = fit_spend(histories.repeats, histories.mean_amount)
    assert spend is not None
    assert spend.customers == 11515
    assert (spend.p, spend.q, spend.gamma) == pytest.approx((5.086, 3.9951, 21.2522), rel=2e-4)
    assert spend.mean == pytest.approx(36.0886, abs=1e-3)
    assert 0 < spend.errors["mean"] < 1


@needs_cdnow
def test_the_histories_of_cdnow_are_the_known_ones() -> None:
    """x, t_x, T and mean repeat spend of every customer as computed before, apart from this code."""
    with gzip.open(DATA / "cdnow_customers.csv.gz", "rt", encoding="utf-8", newline="") as file:
        known = {row["customer"]: row for row in csv.DictReader(file)}
    log = read_log(CDNOW, COLUMNS)
    histories = log.histories()
    rows = [known[name] for name in log.customers]
    assert histories.repeats.tolist() == [int(row["x"]) for row in rows]
    assert histories.last == pytest.approx(np.array([float(row["t_x"]) for row in rows]), abs=1e-4)
    assert histories.observed == pytest.approx(np.array([float(row["T"]) for row in rows]), abs=1e-4)
    mean = np.array([float(row["m_repeat"] or "nan") for row in rows])
    assert histories.mean_amount == pytest.approx(mean, abs=1e-3, nan_ok=True)


def test_the_published_spend_makes_the_published_mean() -> None:
    """p 6.25, q 3.74, gamma 15.44 of Fader & Hardie 2013 mean 35.2 a purchase."""
    from experiments.calibration.spend import Spend

    spend = Spend(6.25, 3.74, 15.44, {}, 0.0, 946, True, 0.0)
    assert spend.mean == pytest.approx(35.2, abs=0.05)
    assert spend.spread == pytest.approx(1.74**-0.5)


def test_the_likelihood_is_a_distribution() -> None:
    """Over a short time the likelihoods of no, one, two ... repeats sum and integrate to 1."""
    weeks, fit = 2.0, (0.5, 3.0, 0.9, 2.5)
    none = np.exp(log_likelihood(*fit, np.array([0]), np.array([0.0]), np.array([weeks])))[0]
    total = none
    at = (np.arange(2000) + 0.5) / 2000 * weeks
    for x in range(1, 25):
        # the x - 1 purchases before the last may lie anywhere before it
        density = np.exp(log_likelihood(*fit, np.full(2000, x), at, np.full(2000, weeks)))
        volume = at ** (x - 1) / float(np.prod(np.arange(1.0, x)))
        total += float((density * volume).mean() * weeks)
    assert total == pytest.approx(1, abs=1e-3)


def test_expectations_agree_with_simulated_customers() -> None:
    """Mean and distribution of repeats are those of 200,000 customers played one by one."""
    rng = np.random.default_rng(5)
    fit = fit_purchases(*simulate(0.5, 5, 0.9, 2.5, np.full(2000, 30.0), rng), np.full(2000, 30.0))
    repeats, _ = simulate(fit.r, fit.alpha, fit.a, fit.b, np.full(200_000, 40.0), rng)
    assert expected_repeats(fit, np.array([40.0]))[0] == pytest.approx(repeats.mean(), rel=0.02)
    seen = np.bincount(np.minimum(repeats, 7), minlength=8) / len(repeats)
    assert count_shares(fit, 40.0, 7) == pytest.approx(seen, abs=0.005)
    assert count_shares(fit, 0.0, 3).tolist() == [1, 0, 0, 0]


def test_what_is_played_agrees_with_simulated_customers() -> None:
    """The same for lognormal rates and one probability to leave."""
    rng = np.random.default_rng(6)
    width = np.sqrt(np.log1p(1.5**2))
    rates = 0.05 * np.exp(width * rng.standard_normal(200_000) - width**2 / 2)
    coming, stays = rng.poisson(40 * rates), rng.geometric(0.2, 200_000)
    repeats = np.minimum(coming, stays)
    assert repeats_as_played(0.05, 1.5, 0.2, np.array([40.0]))[0] == pytest.approx(repeats.mean(), rel=0.02)
    seen = np.bincount(np.minimum(repeats, 5), minlength=6) / len(repeats)
    assert shares_as_played(0.05, 1.5, 0.2, 40.0, 5) == pytest.approx(seen, abs=0.005)


# Errors


def coverage(sets: int, customers: int) -> dict[str, float]:
    """Share of data sets in which the truth lies within 1.96 standard errors of the fit."""
    rng = np.random.default_rng(2005)
    truth = PUBLISHED | {"mean_rate": 0.243 / 4.414, "rate_spread": 0.243**-0.5, "dropout": 0.793 / 3.219}
    inside = dict.fromkeys(truth, 0)
    for _ in range(sets):
        observed = rng.uniform(27, 39, customers)
        fit = fit_purchases(*simulate(*PUBLISHED.values(), observed, rng), observed)
        for name, value in truth.items():
            inside[name] += abs(getattr(fit, name) - value) <= 1.96 * fit.errors[name]
    return {name: hits / sets for name, hits in inside.items()}


def test_the_truth_is_found_again() -> None:
    """From 15 data sets of 1,500 customers, every number is covered in at least 80 % (95 % nominal)."""
    assert min(coverage(15, 1500).values()) >= 0.8


@pytest.mark.long
def test_the_truth_is_covered_as_often_as_stated() -> None:
    """From 400 data sets: 95 % intervals cover each number in 92 to 98 %."""
    for name, share in coverage(400, 2357).items():
        assert 0.92 <= share <= 0.98, f"{name}: {share:.1%}"


def test_the_spend_is_found_again() -> None:
    """Gamma-gamma: 20 data sets of 600 customers cover mean and spread in at least 80 %, errors are true to size."""
    rng = np.random.default_rng(2013)
    p, q, gamma = 6.25, 3.74, 15.44
    found = []
    for _ in range(20):
        repeats = rng.geometric(0.4, 600)
        scale = 1 / rng.gamma(q, 1 / gamma, 600)
        spend = fit_spend(repeats, rng.gamma(p * repeats) * scale / repeats)
        assert spend is not None
        found.append((spend.mean, spend.errors["mean"], spend.spread, spend.errors["spread"]))
    means, mean_errors, spreads, spread_errors = np.array(found).T
    assert np.mean(abs(means - p * gamma / (q - 1)) <= 1.96 * mean_errors) >= 0.8
    assert np.mean(abs(spreads - (q - 2) ** -0.5) <= 1.96 * spread_errors) >= 0.8
    assert np.std(means) == pytest.approx(np.mean(mean_errors), rel=0.5)


def test_standard_errors_shrink_with_the_root_of_n() -> None:
    """Four times the same customers halve every error and leave the fit."""
    rng = np.random.default_rng(3)
    observed = rng.uniform(20, 60, 800)
    repeats, last = simulate(0.6, 9, 0.8, 3, observed, rng)
    once = fit_purchases(repeats, last, observed)
    four = fit_purchases(np.tile(repeats, 4), np.tile(last, 4), np.tile(observed, 4))
    assert four.r == pytest.approx(once.r, rel=1e-3)
    for name, error in once.errors.items():
        assert four.errors[name] == pytest.approx(error / 2, rel=0.02)


def test_what_is_not_there_is_not_found() -> None:
    """Customers of one rate who never leave: the mean rate is found, spread and drop-out are told to be unknown."""
    rng = np.random.default_rng(4)
    observed = rng.uniform(30, 60, 800)
    repeats = rng.poisson(0.1 * observed)
    last = np.array([t * rng.beta(k, 1) if k else 0.0 for k, t in zip(repeats, observed, strict=True)])
    fit = fit_purchases(repeats, last, observed)
    assert not fit.dropout_seen
    assert fit.mean_rate == pytest.approx(0.1, abs=3 * fit.errors["mean_rate"] + 0.002)
    assert fit.rate_spread < 0.2


# Reading


def test_a_log_is_read_as_it_stands(tmp_path: Path) -> None:
    """Purchases of one day are one encounter; other columns, order, times of day and gzip do not matter."""
    text = ("shop,spent,when,who\n1,5,2024-01-08,b\n1,10,2024-01-01T09:30,a\n2,2.5,2024-01-01 18:00:00,a\n"
            "1,8,2024-01-22,a\n1,0,2024-01-15,a\n")
    for name in ("log.csv", "log.csv.gz"):
        log = read_log(written(tmp_path, text, name), ("who", "when", "spent"))
        histories = log.histories()
        assert log.customers == ("b", "a")
        assert log.encounters == 4
        assert histories.repeats.tolist() == [0, 2]
        assert histories.last.tolist() == [0, 3]
        assert histories.observed.tolist() == [2, 3]
        assert histories.mean_amount[1] == 4
    since = read_log(tmp_path / "log.csv", ("who", "when", "spent"), since=date(2024, 1, 2))
    assert since.customers == ("b",)
    until = read_log(tmp_path / "log.csv", ("who", "when", "spent"), until=date(2024, 1, 16))
    assert until.histories().repeats.tolist() == [0, 1]
    assert until.kept_back == pytest.approx(6 / 7)


def test_every_mistake_of_a_log_is_told(tmp_path: Path) -> None:
    """With file and line, in one go."""
    path = written(tmp_path, "customer,date,amount\na,03/04/2024,1\n,2024-01-01,1\na,2024-02-30,1\na,2024-01-01,-5\n"
                             "a,2024-01-01,$5\na,2024-01-01\na,25.12.2024,nan\na,20240101,1_000\na,,\n")
    found = sentences(lambda: read_log(path))
    assert found[0] == ("log.csv:2: date = '03/04/2024' must be written year-month-day, such as 2024-03-25; "
                        "day and month could be either way round here")
    assert found[1] == "log.csv:3: customer is missing"
    assert found[2] == "log.csv:4: date = '2024-02-30' is no day of the calendar"
    assert found[3].startswith("log.csv:5: amount = -5 is below 0; take returns out")
    assert found[4] == "log.csv:6: amount = '$5' must be a plain number, with a point for decimals"
    assert found[5] == "log.csv:7: has 2 values, but the header names 3 columns"
    assert found[6] == "log.csv:8: date = '25.12.2024' must be written year-month-day, such as 2024-03-25"
    assert len(found) == 12
    many = written(tmp_path, "customer,date,amount\n" + "a,x,1\n" * 50)
    assert sentences(lambda: read_log(many))[20:] == ["and 30 more mistakes"]


@pytest.mark.parametrize(("text", "expected"), [
    ("", "is empty"),
    ("customer,date,amount\n", "has a header but no purchases"),
    ("customer,date,amout\na,2024-01-01,1\n", "column 'amount' is missing; did you mean 'amout'? (--amount-column "),
    ("a;b;c\n", "there are 'a;b;c'"),
    ("customer;date;amount\n", "columns are separated by commas, not by semicolons; "),
    ("customer\tdate\tamount\n", "columns are separated by commas, not by tabs; "),
    ("customer,date,amount,date\n", "column 'date' is named twice"),
    (b"\xff\xfe\x00", "is not a text file"),
])
def test_a_log_that_is_none_is_refused(text: str | bytes, expected: str, tmp_path: Path) -> None:
    """One sentence says what is wrong with the file."""
    found = sentences(lambda: read_log(written(tmp_path, text)))
    assert any(expected in sentence for sentence in found), found


# What the data cannot carry


@pytest.mark.usefixtures("balanced")
def test_too_little_data_is_refused(tmp_path: Path) -> None:
    """Too few customers, too short a time, nobody or hardly anybody who comes twice."""
    few = written(tmp_path, "customer,date,amount\na,2024-01-01,5\nb,2024-01-02,5\n")
    found = sentences(lambda: calibrate(few))
    assert [sentence.split(": ")[1][:22] for sentence in found] == [
        "2 customers are too fe", "covers 0.1 weeks; a fi", "nobody in it came twic"]
    once = "customer,date,amount\n" + "".join(f"c{k},{START + timedelta(days=k)},5\n" for k in range(200))
    assert "one-off customers" in sentences(lambda: calibrate(written(tmp_path, once)))[0]
    hardly = once + "".join(f"c{k},{START + timedelta(days=k + 30)},5\n" for k in range(5))
    assert "only 5 of 200 customers came again" in sentences(lambda: calibrate(written(tmp_path, hardly)))[0]


@pytest.mark.usefixtures("balanced")
def test_a_day_far_from_all_others_is_refused(tmp_path: Path) -> None:
    """A year mistyped would make a log of centuries, in which everybody seems to have left; two seasons are none."""
    text = purchases(tmp_path).read_text()
    early, late = (written(tmp_path, f"{text}c1,{day},5\n", "typed.csv") and sentences(
        lambda: calibrate(tmp_path / "typed.csv")) for day in ("0023-03-01", "2923-03-01"))
    assert early[0].startswith("typed.csv: nobody bought anything from 0023-03-01 to 2023-01-")
    assert "only 1 purchase lies before that; is a day mistyped? If not, leave it out with --since 2023-01-" in early[0]
    assert " to 2923-03-01, and only 1 purchase lies after that" in late[0] and "--until 202" in late[0]
    log = read_log(tmp_path / "typed.csv", until=date(2024, 12, 31))
    assert calibrate(log.path, until=date(2024, 12, 31)).purchases.customers == len(log.customers)
    seasons = ["customer,date,amount"] + [
        f"c{k},{START + timedelta(days=(k % 30) + d)},{5 + k % 3}" for k in range(200)
        for d in (0, 7 + k % 11, 360 + k % 7)[:3 if k % 3 else 2]]
    assert calibrate(written(tmp_path, "\n".join(seasons))).purchases.customers == 200


@pytest.mark.usefixtures("balanced")
def test_a_log_that_holds_its_lines_twice_is_told(tmp_path: Path) -> None:
    """Amounts of one day add up, so a file exported twice would double every amount."""
    head, *lines = purchases(tmp_path).read_text().splitlines()
    warned = calibrate(written(tmp_path, "\n".join([head, *lines, *lines[:len(lines) // 10]]))).warnings
    told = f"{len(lines) // 10:,} of {len(lines) + len(lines) // 10:,} lines are the same as an earlier one"
    assert any(told in warning for warning in warned)
    once = calibrate(written(tmp_path, "\n".join([head, *lines, *lines[:len(lines) // 50]]))).warnings
    assert not any("the same as an earlier one" in warning for warning in once)


@pytest.mark.usefixtures("balanced")
def test_what_cannot_be_fitted_is_kept_and_told(tmp_path: Path) -> None:
    """Nobody seen to leave, amounts all alike, hardly any repeats: kept from the preset, or told to be nothing."""
    rng = np.random.default_rng(8)
    lines = ["customer,date,amount"]
    for number in range(300):
        days = np.sort(rng.choice(360, 8, replace=False))
        lines += [f"c{number},{START + timedelta(days=int(day))},20" for day in days]
    found = calibrate(written(tmp_path, "\n".join(lines)))
    assert "leaving.at_typical" not in found.written.settings
    hotel = load_business("hotel")
    assert found.written.business.leaving == hotel.leaving
    assert found.written.business.sources["leaving.at_typical"].source.startswith("kept from hotel")
    assert found.written.business.people.spend_per_encounter == 20
    assert found.written.business.people.spend_spread == 0
    told = " ".join(found.warnings)
    assert "do not show that anybody left" in told
    assert "All customers spend the same" in told
    rough = calibrate(purchases(tmp_path, 160, r=0.25))
    assert any("every figure is rough" in warning for warning in rough.warnings)


@pytest.mark.usefixtures("balanced")
def test_customers_who_come_too_often_are_cut_or_refused(tmp_path: Path) -> None:
    """The spread is lowered to what one encounter a week allows, with a sentence; a daily business is refused."""
    found = calibrate(purchases(tmp_path, 300, r=0.5, alpha=2.0, a=0.5, b=4.0))
    assert found.written.business.period == "week"
    assert found.written.business.people.encounters_spread < found.purchases.rate_spread
    assert any("With one encounter a week at most" in warning for warning in found.warnings)
    cut = found.written.settings["people.encounters_spread"]
    assert cut.error == found.purchases.errors["rate_spread"] > 0  # what was cut is not known exactly for that
    assert cut.range[0] < cut.value == cut.range[1]
    daily = ["customer,date,amount"] + [f"c{k},{START + timedelta(days=d)},5" for k in range(120)
                                        for d in range(60) if (d * 7 + k) % 11 < 6]
    assert "at most one encounter a week" in sentences(lambda: calibrate(written(tmp_path, "\n".join(daily))))[0]


# The file


@pytest.mark.usefixtures("balanced")
def test_every_number_says_where_it_is_from(tmp_path: Path) -> None:
    """Fitted with error, n and a range of two errors, or kept; the file reads back as the business it was made from."""
    found = calibrate(purchases(tmp_path), name="ours", title='The "shop" \\ ours\u007f', currency="CHF")
    path = written(tmp_path, found.written.text, "ours.toml")
    business = load_business(str(path))
    assert business == found.written.business
    assert (business.name, business.currency, business.title) == ("ours", "CHF", 'The "shop" \\ ours\u007f')
    fitted = found.purchases
    people = business.people
    assert people.encounters_per_year == pytest.approx(fitted.mean_rate * 365.25 / 7, rel=1e-3)
    assert people.encounters_spread == pytest.approx(fitted.r**-0.5, rel=1e-3)
    assert business.leaving.at_typical == pytest.approx(0.9 * fitted.a / (fitted.a + fitted.b), rel=1e-3)
    assert business.joining.at_typical_per_year == 0.4
    for key, setting in found.written.settings.items():
        source = business.sources[key]
        assert source.grade == "fitted"
        assert f"standard error {setting.error:.2g}, n = " in source.source
        assert source.range == pytest.approx(
            [max(0, setting.value - 2 * setting.error), setting.value + 2 * setting.error], rel=1e-3)
    for key in set(business.sources) - set(found.written.settings) - {"joining.at_typical_per_year"}:
        assert business.sources[key].source.startswith("kept from hotel")
    assert set(business.sources) >= set(load_business("hotel").sources)
    assert found.written.text.startswith("# Written by `amends calibrate`")
    assert "log.csv" in found.written.text.split("\n\n")[0]
    assert str(tmp_path) not in found.written.text
    kept = {key: value for key, value in plain(business).items() if key in ("menu", "front_desk", "talk", "quality")}
    assert kept == {key: plain(load_business("hotel"))[key] for key in kept}


@pytest.mark.usefixtures("balanced")
def test_a_contract_keeps_its_leaving(tmp_path: Path) -> None:
    """Where customers decide at renewals, purchases do not say how likely they leave."""
    hotel = (PRESETS / "hotel.toml").read_text(encoding="utf-8")
    text = hotel.replace('when = "at_encounter"', 'when = "at_renewal"\ncontract_months = 12.0').replace(
        'name = "hotel"', 'name = "club"')
    found = calibrate(purchases(tmp_path), preset=str(written(tmp_path, text, "club.toml")))
    assert found.written.business.leaving.at_typical == load_business("hotel").leaving.at_typical
    assert any("renewals" in warning for warning in found.warnings)
    assert found.written.business.sources["talk.volume"].source == "kept from club"


def test_the_picture_shows_the_data(tmp_path: Path, balanced: None) -> None:
    """Observed repeats end where the log ends; title and bytes are the same each time."""
    found = calibrate(purchases(tmp_path), until=START + timedelta(days=250))
    weeks, observed, fitted, played = curves(found)
    assert observed[-1] == len(found.log.day) - len(found.log.customers)
    assert weeks[-1] == pytest.approx(found.log.weeks + found.log.kept_back)
    inside = int(np.searchsorted(weeks, found.log.weeks)) - 1
    assert fitted[inside] == pytest.approx(observed[inside], rel=0.15)
    assert len(played) == len(weeks)
    once, again = fit_against_data(found), fit_against_data(found)
    assert png(once) == png(again)
    text = svg(once).decode()
    assert "The fit expects" in text
    assert "weeks kept back" in text
    assert text == svg(again).decode()


# Cases


CASES = """customer,date,kind,loss,offered,cost,pushed,resolved,left_by
c1,2023-03-01,late,20,sorry,0,2,no,2023-05-01
c2,2023-03-02,late,30,sorry,0,0,yes,
c3,2023-04-02,broken,80,refund,80,0,yes,
c4,2023-04-03,late,,sorry,5,1,yes,no
c5,2023-04-03,broken,60,refund,60,,no,yes
c6,2030-04-03,,,,,,,
"""


def short_log(folder: Path) -> Log:
    return read_log(purchases(folder, 60))


def test_cases_are_counted(tmp_path: Path) -> None:
    """Every figure with its n; what has no date in the time of the log is no failure of that time."""
    log = short_log(tmp_path)
    found = read_cases(written(tmp_path, CASES, "cases.csv"), log)
    assert found.n == 6
    assert found.failure_rate is not None and found.failure_rate.value == 5 / log.encounters
    assert {kind: share.value for kind, share in found.kinds.items()} == {"late": 0.6, "broken": 0.4}
    assert found.losses["late"].value == 25
    figures = {label: (round(figure.value, 3), figure.n) for label, figure in found.figures.items()}
    assert figures == {
        "mean loss of a case": (47.5, 4), "mean cost of a case": (29.0, 5), "pushes per case": (0.75, 4),
        "pushed at least once": (0.5, 4), "resolved": (0.6, 5), "accepted the first offer": (0.5, 4),
        "accepted the first offer, sorry": (0.333, 3), "accepted the first offer, refund": (1.0, 1),
        "left after a case resolved": (0.0, 3), "left after a case unresolved": (1.0, 2),
        "left after a case": (0.333, 6)}
    assert 0 < found.figures["left after a case resolved"].error < 0.3
    assert any("1 of 6 cases have no date" in warning for warning in found.warnings)
    few = read_cases(written(tmp_path, "resolved\nyes\nno\n", "few.csv"), log)
    assert list(few.figures) == ["resolved"]
    left = read_cases(written(tmp_path, "customer,left_by\nc1,\nc2,yes\n", "left.csv"), log)
    assert [(label, figure.value) for label, figure in left.figures.items()] == [("left after a case", 0.5)]


def test_every_mistake_of_a_table_of_cases_is_told(tmp_path: Path) -> None:
    """Columns, days, words and numbers."""
    log = short_log(tmp_path)
    wrong = written(tmp_path, "date,resolved,pushed,loss,left_by\n1/2/2023,maybe,often,-3,gone\n", "cases.csv")
    found = sentences(lambda: read_cases(wrong, log))
    assert [sentence.split(" ")[1] for sentence in found] == ["pushed", "left_by", "date", "loss", "resolved"]
    before = written(tmp_path, "date,left_by\n2023-03-02,2023-03-01\n2023-03-02,2023-03-02\n", "cases.csv")
    assert sentences(lambda: read_cases(before, log)) == [
        "cases.csv:2: left_by = '2023-03-01' is before the case's date"]
    assert found[3] == "cases.csv:2: loss = -3 is below 0"
    unknown = sentences(lambda: read_cases(written(tmp_path, "kinds,resolved\n", "cases.csv"), log))
    assert unknown == ["cases.csv:1: unknown column 'kinds'; did you mean 'kind'?"]
    many = "resolved\n" + "yes\n" * (log.encounters + 1)
    assert "a failure needs an encounter" in sentences(
        lambda: read_cases(written(tmp_path, many, "cases.csv"), log))[0]


@pytest.mark.usefixtures("balanced")
def test_cases_set_what_the_business_can_carry(tmp_path: Path) -> None:
    """Rate, shares and losses are set, kinds by the names the user gives; the rest stands in the file as a comment."""
    log, cases = purchases(tmp_path), written(tmp_path, CASES, "cases.csv")
    unknown = sentences(lambda: calibrate(log, cases=cases))
    assert len(unknown) == 2
    assert "kind 'late' is none of hotel" in unknown[0]
    assert sentences(lambda: calibrate(log, cases=cases, kinds={"late": "noisy", "broken": "noise"})) == [
        "--kind: no failure of hotel is called 'noisy'; did you mean 'noise'?"]
    found = calibrate(log, cases=cases, kinds={"late": "rude-desk", "broken": "noise"})
    failures = found.written.business.failures
    assert failures.per_encounter == pytest.approx(5 / found.log.encounters, rel=1e-3)
    assert failures.kinds["rude-desk"].share == pytest.approx(0.6)
    assert failures.kinds["downgrade"].share == 0
    mean = found.written.settings["people.spend_per_encounter"].value
    assert failures.kinds["noise"].loss_share == pytest.approx(70 / mean, rel=1e-3)
    assert failures.kinds["downgrade"].loss_share == load_business("hotel").failures.kinds["downgrade"].loss_share
    assert "#   accepted the first offer: 0.5 (" in found.written.text
    assert tomllib.loads(found.written.text)["failures"]["rude-desk"]["share"] == pytest.approx(0.6)


# The command


@pytest.mark.usefixtures("balanced")
def test_the_command_writes_and_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File and pictures; JSON on request; a second run may overwrite, a file made by hand stays."""
    monkeypatch.chdir(tmp_path)
    purchases(tmp_path, name="log.csv.gz")
    done = amends("calibrate", "log.csv.gz", "--out", "a/mine.toml")
    assert done.exit_code == 0, done.output
    assert "people.encounters_per_year" in done.stdout
    # 400 customers, now or formerly: six tenths of the hotel's market
    assert "amends compare a/mine.toml --people 667\n" in done.stdout
    assert load_business("a/mine.toml").title == "Mine"
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert sorted(path.name for path in Path("a").iterdir()) == ["mine-fit.png", "mine-fit.svg", "mine.toml"]
    first = Path("a/mine.toml").read_bytes()
    done = amends("calibrate", "log.csv.gz", "--out", "a/mine.toml", "--format", "json")
    said = json.loads(done.stdout)
    assert said["fitted"]["leaving.at_typical"]["n"] == 400
    assert said["fits"]["purchases"]["errors"]["r"] > 0
    assert Path("a/mine.toml").read_bytes() == first
    assert amends("check", "a/mine.toml").exit_code == 0
    Path("own.toml").write_text("name = 'own'\n", encoding="utf-8")
    for arguments, expected in (
            (("log.csv.gz", "--out", "own.toml"), "was not written by amends calibrate"),
            (("log.csv.gz", "--out", "own.csv"), "must end in .toml"),
            (("log.csv.gz", "--kind", "late"), "must read YOURS=KIND"),
            (("log.csv.gz", "--from", "hotle"), "did you mean 'hotel'?"),
            (("no.csv",), "cannot be read"),
            (("log.csv.gz", "--until", "2001-01-01"), "nobody in it was first seen by 2001-01-01")):
        refused = amends("calibrate", *arguments)
        assert refused.exit_code == 2
        assert expected in refused.stderr


@needs_cdnow
def test_cdnow_from_purchases_to_a_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`amends calibrate` then `amends compare`, with nothing in between; joining is balanced anew."""
    monkeypatch.chdir(tmp_path)
    # fewer and smaller runs than a user gets: a test has no time
    monkeypatch.setattr(balance, "growth_annual", partial(balance.growth_annual, runs=2, people=1500))
    monkeypatch.setattr(leaving_fit, "PEOPLE", 2000)
    done = amends("calibrate", CDNOW, "--amount-column", "usd", "--currency", "USD", "--out", "mine.toml")
    assert done.exit_code == 0, done.output
    business = load_business("mine.toml")
    assert business.period == "week"
    assert business.people.encounters_per_year == pytest.approx(2.328, abs=0.002)
    assert 0.05 < business.leaving.at_typical < 0.1863
    # what the fit saw leave, failures included, is what leaves in the model
    assert leaving_fit.share_leaving(business) == pytest.approx(0.1863, rel=0.05)
    assert business.joining.growth_annual == 0 and abs(balance.growth_annual(business)) < 0.005
    done = amends("compare", "mine.toml", "--runs", 2, "--people", 500, "--years", 2, "--workers", 1,
                  "--format", "json")
    assert done.exit_code == 0, done.output
    assert "price_of_failure" in done.stdout
