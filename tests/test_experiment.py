"""Experiment files: checked whole, played once, the same bytes whatever happens on the way."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from experiments import compare, plan, sampling, sweep_store
from experiments.cli import main
from experiments.experiment import Experiment, FailedFast
from experiments.experiment_file import Design, Replications, Variation
from experiments.precision import Stopping, interval
from experiments.sweep_text import text as printed
from sim.config import InputError
from tests import sweeps
from tests.businesses import small_business

READY = sorted((Path(__file__).parent.parent / "experiments").glob("*.toml"))


def amends(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_ready_files_are_right() -> None:
    """Every experiment that comes with amends passes its own check."""
    assert {"two-strategies", "frontier", "market-sweep", "sensitivity", "story-claims"} <= {p.stem for p in READY}
    for path in READY:
        assert amends("check", path).exit_code == 0, path


def test_ready_files_have_names(tmp_path: Path) -> None:
    """A bare name is one that comes with amends; a wrong one gets the nearest."""
    assert Experiment.load("frontier").plan.name == "frontier"
    assert "did you mean 'frontier'?" in amends("run", "frontir").stderr


def test_workers_change_no_byte(tmp_path: Path) -> None:
    """One process and two write the same tables, series and cases among them."""
    path = sweeps.write(tmp_path)
    one = Experiment.load(path).run(out="one", workers=1)
    two = Experiment.load(path).run(out="two", workers=2)
    assert sweeps.tables(one.folder) == sweeps.tables(two.folder)
    assert {"runs.parquet", "series.parquet", "cases.parquet", "summary.csv", "points.csv", "arms.csv",
            "columns.csv", "runs.csv"} == set(sweeps.tables(one.folder))
    assert len(one.runs) == 4 * 6 * 3
    assert len(one.frame("series")) == 4 * 6 * 3 * 12
    assert list(one.csv("points").columns) == ["point", "finance.margin_share", "failures.per_encounter"]
    assert sorted(one.csv("arms")["arm"]) == ["ladder:opening=0", "ladder:opening=1", "minimum"]


def test_series_and_cases_add_up_to_the_totals(tmp_path: Path) -> None:
    """Failures of all periods are the run's; so are the cases."""
    results = Experiment.load(sweeps.write(tmp_path)).run(workers=1)
    keys = ["point", "run", "arm"]
    totals = results.runs.set_index(keys)["failures"].sort_index()
    assert (results.frame("series").groupby(keys)["failures"].sum().sort_index() == totals).all()
    cases = results.frame("cases")
    counted = cases[cases["false_claim"] == 0].groupby(keys).size().reindex(totals.index, fill_value=0)
    assert (counted == totals).all()


def test_an_identical_experiment_is_not_played_again(tmp_path: Path) -> None:
    """Everything is there: nothing is played, nothing is written."""
    path = sweeps.write(tmp_path)
    first = Experiment.load(path).run(workers=1, work=sweeps.play)
    before = {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")}

    def never(task: object) -> sweeps.Part:
        raise AssertionError("played again")

    Experiment.load(path).run(workers=1, work=never)
    assert {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")} == before


@pytest.mark.parametrize("damage", ["truncate a part", "remove a part", "truncate a table", "truncate the manifest"])
def test_damage_is_healed_to_the_last_byte(tmp_path: Path, damage: str) -> None:
    """A part or a table that is truncated or gone is made again."""
    path = sweeps.write(tmp_path, sweeps.SMALL.replace("replications = 6", "replications = 2"))
    folder = Experiment.load(path).run(workers=1).folder
    good = sweeps.tables(folder)
    parts = [sorted((folder / kind).glob("part-*"))[1] for kind in ("runs", "series")]
    if damage == "truncate the manifest":
        (folder / "manifest.json").write_bytes((folder / "manifest.json").read_bytes()[:100])
    for target in parts if "part" in damage else [folder / "runs.parquet"] * (damage == "truncate a table"):
        if damage.startswith("remove"):
            target.unlink()
        else:
            target.write_bytes(target.read_bytes()[:-50])
    assert sweeps.tables(Experiment.load(path).run(workers=1).folder) == good


def test_what_was_interrupted_goes_on(tmp_path: Path) -> None:
    """Only what is missing is played, in blocks cut anew, and the bytes are the same."""
    path = sweeps.write(tmp_path, sweeps.SMALL.replace('keep = ["totals", "series", "cases"]\n', ""))
    whole = Experiment.load(path).run(out="whole", workers=1, work=sweeps.play)
    played = 0

    def stops(task: sweeps.PartTask) -> sweeps.Part:
        nonlocal played
        if played >= 2:
            raise KeyboardInterrupt
        played += 1
        return sweeps.play(task)

    with pytest.raises(KeyboardInterrupt):
        Experiment.load(path).run(out="cut", workers=1, work=stops)
    again = Experiment.load(path).run(out="cut", workers=1, work=sweeps.play)
    assert sweeps.tables(again.folder) == sweeps.tables(whole.folder)


def test_precision_stops_on_whole_blocks_and_does_not_depend_on_workers(tmp_path: Path) -> None:
    """At least 30 runs, whole blocks of ten, narrow enough, and the same bytes for any number of workers."""
    path = sweeps.write(tmp_path, sweeps.PRECISE)
    one = Experiment.load(path).run(out="one", workers=1, work=sweeps.play)
    two = Experiment.load(path).run(out="two", workers=2, work=sweeps.play)
    assert sweeps.tables(one.folder) == sweeps.tables(two.folder)
    runs = one.runs["run"].nunique()
    assert runs > 30 and runs % 10 == 0
    s = one.summary
    line = s[(s["arm"] == "full") & (s["minus"] == "minimum") & (s["outcome"] == "net_present_value")].iloc[0]
    assert (line["high"] - line["low"]) / 2 <= 0.6


def test_a_precision_that_was_not_reached_is_told(tmp_path: Path) -> None:
    """Where the cap ends a point, terminal and points.csv say so, with what was reached; elsewhere they say nothing."""
    short = sweeps.PRECISE.replace("half_width = 0.6", "share = 0.0001").replace("at_most = 300", "at_most = 40")
    for text, name, reached in ((short, "short", 0), (sweeps.PRECISE.replace("0.6", "9999.0"), "enough", 1)):
        path = sweeps.write(tmp_path, text, f"{name}.toml")
        results = Experiment.load(path).run(workers=1, work=sweeps.play)
        line = results.csv("points").iloc[0]
        assert line["precision_reached"] == reached and line["precision_runs"] == (30 if reached else 40)
        assert (line["half_width"] <= line["half_width_wanted"]) == bool(reached)
        done = amends("run", path.name)
        assert ("NOT known as well as asked for" in done.stdout) is not reached and done.exit_code == 0, done.output
        assert max(map(len, done.stdout.splitlines())) <= 80
        described = (results.folder / "columns.csv").read_text()
        assert "precision_reached,points,0 or 1," in described


@pytest.mark.parametrize("workers", [1, 2])
def test_blocks_of_one_run_get_an_estimate_too(tmp_path: Path, workers: int) -> None:
    """Where no part knows its own pace, that of the parts after the first tells how long it takes, loading left out."""
    said: list[str] = []
    loaded: set[int] = set()

    def slow(task: sweeps.PartTask) -> sweeps.Part:
        time.sleep(0.05 if threading.get_ident() in loaded else 2.0)
        loaded.add(threading.get_ident())
        return sweeps.play(task)

    text = sweeps.PRECISE.partition("replications")[0] + "replications = 24\n"
    experiment = Experiment.load(sweeps.write(tmp_path, text))
    experiment.run(workers=workers, work=slow, tell=said.append, make_executor=ThreadPoolExecutor)
    [told] = [one for one in said if one.startswith("It takes about ")]
    # 1.2 s of playing; with the loading of the first counted it were 24 s and more.
    assert int(told.split()[3]) < 15, told


def test_other_versions_are_told_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on under another numpy is told in one sentence; the folder is the same and has the versions of both."""
    path = sweeps.write(tmp_path, sweeps.PRECISE)
    said: list[str] = []

    def stops(task: sweeps.PartTask) -> sweeps.Part:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_store, "package_versions", lambda: {"numpy": "1.0", "scipy": "1.0"})
    with pytest.raises(KeyboardInterrupt):
        Experiment.load(path).run(workers=1, work=stops, tell=said.append)
    monkeypatch.setattr(sweep_store, "package_versions", lambda: {"numpy": "2.0", "scipy": "1.0"})
    assert not [one for one in said if "numpy" in one]
    folder = Experiment.load(path).run(workers=1, work=sweeps.play, tell=said.append).folder
    assert len([one for one in said if "numpy 1.0 (now 2.0)" in one and "scipy" not in one]) == 1
    assert [one["numpy"] for one in json.loads((folder / "manifest.json").read_text())["sessions"]] == ["1.0", "2.0"]


def test_every_table_is_described(tmp_path: Path) -> None:
    """columns.csv says of every column of every table where it stands, each once a table."""
    folder = Experiment.load(sweeps.write(tmp_path)).run(workers=1).folder
    described = pd.read_csv(folder / "columns.csv")
    assert list(described.columns) == ["column", "tables", "unit", "meaning"] and not described.isna().any().any()
    for table in ("runs", "series", "cases", "summary", "points", "arms"):
        kept = folder / f"{table}.parquet"
        names = pq.read_schema(kept).names if kept.exists() else list(pd.read_csv(folder / f"{table}.csv").columns)
        assert sorted(described["column"][[table in one.split() for one in described["tables"]]]) == sorted(names)


def test_large_numbers_do_not_run_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Amounts of eight digits still have spaces between them, within 80 columns."""
    results = Experiment.load(sweeps.write(tmp_path, sweeps.PRECISE)).run(workers=1, work=sweeps.play)
    summary = results.summary
    for column in ("mean", "low", "high"):
        summary[column] = 25_224_815.0
    summary.to_csv(results.folder / "summary.csv", index=False)
    lines = printed(results).splitlines()
    assert "  25,224,815  +25,224,815 (25,224,815 to 25,224,815)" in "\n".join(lines)
    assert max(map(len, lines)) <= 80


LAWS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "normal": lambda rng: rng.normal(size=1000),
    "slightly skewed": lambda rng: (rng.normal(size=1000) + 0.5 * (rng.exponential(size=1000) - 1)) / 1.25**0.5,
    "exponential": lambda rng: rng.exponential(size=1000) - 1,
    "exponential to the left": lambda rng: 1 - rng.exponential(size=1000),
    "lognormal": lambda rng: (np.exp(rng.normal(size=1000) / 2) - np.exp(0.125)) / 0.6039,
    "heavy tails": lambda rng: rng.standard_t(5, size=1000) / (5 / 3) ** 0.5,
}
"""Outcomes with mean 0 and standard deviation 1."""


def coverage(law: str, half_width: float, experiments: int, mean: float = 0) -> float:
    """How often the interval holds the long-run mean; with a mean, the precision is a share of it."""
    rng = np.random.default_rng(5)
    precision = {"share": half_width / mean} if mean else {"half_width": half_width}
    stopping = Stopping(Replications(outcome="net_present_value", of="full", at_most=1000, **precision))  # type: ignore[arg-type]
    held = 0
    for _ in range(experiments):
        values = mean + LAWS[law](rng)
        n = stopping.first
        while (further := stopping.next(n, values[:n])) != n:
            n = further
        found = interval(values[:n], repeated=True)
        held += found.low <= mean <= found.high
    return held / experiments


@pytest.mark.parametrize("law", ["normal", "exponential"])
def test_stopping_is_honest(law: str) -> None:
    """Over 1,000 repeated experiments the stated 95 % interval holds the long-run mean 93-97 % of the time."""
    assert 0.93 <= coverage(law, 0.2, 1000) <= 0.97


@pytest.mark.long
@pytest.mark.parametrize("half_width", [0.4, 0.3, 0.2, 0.15, 0.1])
@pytest.mark.parametrize("law", LAWS)
def test_stopping_is_honest_at_any_precision(law: str, half_width: float) -> None:
    """The same over 4,000, for symmetric and skewed outcomes, at precisions that take 35 to 480 runs."""
    found = coverage(law, half_width, 4000)
    print(f"{law}, half width {half_width}: {found:.1%}")
    assert 0.93 <= found <= 0.97


@pytest.mark.long
@pytest.mark.parametrize("half_width", [0.4, 0.3, 0.2, 0.15, 0.1])
@pytest.mark.parametrize("law", ["normal", "exponential", "exponential to the left"])
def test_stopping_at_a_share_of_the_mean_is_honest(law: str, half_width: float) -> None:
    """The same where the precision is a share of a mean that is itself uncertain (as large as the spread)."""
    found = coverage(law, half_width, 4000, mean=1)
    print(f"{law}, share {half_width}: {found:.1%}")
    assert 0.93 <= found <= 0.97


def test_symmetric_outcomes_have_symmetric_intervals() -> None:
    """What is as much above as below the mean gets the t interval; a long tail gets the longer side."""
    values = np.arange(-20.0, 21)
    even = interval(values, repeated=True)
    assert even.high == pytest.approx(-even.low) and even.high > interval(values, repeated=False).high
    tail = interval(np.exp(values / 10), repeated=True)
    assert tail.high - tail.mean > 1.2 * (tail.mean - tail.low)
    same = interval(np.full(30, 2.5), repeated=True)
    assert (same.low, same.mean, same.high) == (2.5, 2.5, 2.5)


def test_failed_runs_are_recorded_and_the_rest_goes_on(tmp_path: Path) -> None:
    """The run, its seed and its reason are kept; the summary rests on the others; --fail-fast stops instead."""
    path = sweeps.write(tmp_path, sweeps.SMALL.replace('keep = ["totals", "series", "cases"]\n', ""))
    results = Experiment.load(path).run(workers=1, work=sweeps.play_but_run_3_fails)
    assert [(f.point, f.run, f.message) for f in results.failures] == [(1, 3, "FloatingPointError: overflow")]
    assert len(results.runs) == (4 * 6 - 1) * 3
    status = amends("status").stdout
    assert "some runs failed" in status and f"amends replay {results.folder.name}:1:3" in status
    with pytest.raises(FailedFast, match="point 1, run 3"):
        Experiment.load(path).run(out="fast", workers=1, fail_fast=True, work=sweeps.play_but_run_3_fails)
    healed = Experiment.load(path).run(workers=1, work=sweeps.play)
    assert not healed.failures and len(healed.runs) == 4 * 6 * 3


def test_a_changed_file_is_noticed_and_never_mixed(tmp_path: Path) -> None:
    """An edited experiment, business or strategy file goes to a folder of its own, and a sentence says what changed."""
    mine = "from strategies import Remedy\n\n\ndef respond(case):\n    return Remedy([case.menu.best('apologise')])\n"
    (tmp_path / "mine.py").write_text(mine)
    text = sweeps.PRECISE.replace('"full"]', '"full", "mine.py"]').replace("at_most = 300", "at_most = 30")
    path = sweeps.write(tmp_path, text)
    folders, told = set(), list[str]()
    for change in (lambda: None,
                   lambda: path.write_text(text.replace("people = 60", "people = 61")),
                   lambda: (tmp_path / "mine.py").write_text(mine.replace("apologise", "fix")),
                   lambda: (tmp_path / "shop.toml").write_text(
                       (tmp_path / "shop.toml").read_text().replace("margin_share = 0.4", "margin_share = 0.41"))):
        change()
        folders.add(Experiment.load(path).run(workers=1, work=sweeps.play, tell=told.append).folder)
    assert len(folders) == 4
    assert any("before a change (experiment, people)" in sentence for sentence in told)
    assert any("before a change (strategies, strategy_files)" in sentence for sentence in told)
    assert any("business" in sentence for sentence in told)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("people = 60", "peple = 60", "small.toml:4: peple: unknown key; did you mean 'people'?"),
    ("finance.margin_share", "finance.margin_shar", "did you mean 'finance.margin_share'?"),
    ('"ladder"]', '"laddr"]', "did you mean 'ladder'?"),
    ("ladder.opening", "lader.opening", "must read STRATEGY.parameter"),
    ("ladder.opening", "ladder.openin", "no parameter is called 'openin'; did you mean 'opening'?"),
    ("[0.2, 0.4]", "[0.2, 4.0]", "must be less than or equal to 1"),
    ("levels = 2", "level = 2", "unknown key; did you mean 'levels'?"),
    ("levels = 2", "sd = 2",
     "sd: unknown key; there is values, range, levels, distribution, mean, spread, low, mode, high"),
    ("range = [0.05, 0.2]", "range = [0.2, 0.05]", "must run from low to high"),
    ("replications = 6", "replications = 1", "must be greater than or equal to 2"),
    ('keep = ["totals", "series", "cases"]', 'keep = ["totls"]', "did you mean 'totals'?"),
    ("shop.toml", "shp.toml", "cannot be read"),
    ("years = 1", "years = 1.01", "is not a whole number of periods"),
    ("replications = 6", 'replications = { outcome = "net_present_valu", of = "minimum", share = 0.1 }',
     "did you mean 'net_present_value'?"),
    ("replications = 6", 'replications = { outcome = "net_present_value", of = "minimm", share = 0.1 }',
     "no arm is called 'minimm'; did you mean 'minimum'?"),
    ("[levers]", '[design]\nmethod = "sobol"\npoints = 100\n\n[levers]', "powers of two, such as 64 or 128"),
])
def test_a_mistake_is_a_sentence_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Every mistake names its key, the line and the nearest right word; nothing is begun."""
    path = sweeps.write(tmp_path, sweeps.SMALL.replace(old, new))
    for command in ("check", "run"):
        done = amends(command, path.name)
        assert done.exit_code == 2 and not done.stdout, done.output
        assert said in done.stderr and "small.toml:" in done.stderr, done.stderr
    assert not (tmp_path / "results").exists()


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Five mistakes, five sentences, in the order of the file."""
    path = sweeps.write(tmp_path, sweeps.SMALL.replace("finance.margin_share", "finance.margin").replace(
        "failures.per_encounter", "failures.per").replace("ladder.opening", "nobody.opening").replace(
        '"minimum"', '"minimun"').replace("years = 1", "years = 1.01"))
    lines = amends("check", path.name).stderr.splitlines()
    assert len(lines) == 5, lines
    assert [int(line.split(":")[2]) for line in lines] == sorted(int(line.split(":")[2]) for line in lines)


def test_mistakes_of_form_hide_no_others(tmp_path: Path) -> None:
    """Unknown keys, unknown strategies, a horizon of no whole periods and unknown numbers are told at once."""
    path = sweeps.write(tmp_path, sweeps.PRECISE.replace("people", "peple").replace('"full"]', '"fulll"]').replace(
        "years = 1", "years = 1.01") + '[uncertainties]\n"finance.margin_shar" = [0.2]\n')
    said = amends("check", path.name).stderr
    for words in ("small.toml:3: peple: unknown key", "did you mean 'people'?", "no strategy is called 'fulll'",
                  "1.01 is not a whole number of periods", "did you mean 'finance.margin_share'?"):
        assert words in said, said
    assert "fulll: must" not in said and said.count("Error: ") == 5, said


def test_a_wrong_outcome_hides_no_wrong_arm(tmp_path: Path) -> None:
    """What a precision is asked of is looked at, although its outcome is no column of the table of runs."""
    path = sweeps.write(tmp_path, sweeps.PRECISE.replace('"net_present_value"', '"net_present_valu"').replace(
        'of = "full"', 'of = "ful"').replace('minus = "minimum"', 'minus = "minimun"'))
    said = amends("check", path.name).stderr
    for wanted in ("net_present_value", "full", "minimum"):
        assert f"did you mean '{wanted}'?" in said, said
    assert said.count("Error: ") == 3, said


@pytest.mark.parametrize(("change", "said"), [
    (("strategies = [\"minimum\", \"ladder\"]", "strategies = 3"), 2),
    (("\"ladder.opening\" = [0, 1]", "\"ladder.opening\" = 5"), 2),
    (("title =", "titel ="), 2),
])
def test_what_is_left_out_makes_no_mistakes(tmp_path: Path, change: tuple[str, str], said: int) -> None:
    """A mistake of form is told beside an unknown number, and nothing that is right in the file as it stands."""
    text = sweeps.SMALL.replace("finance.margin_share", "finance.margin_shar").replace(*change)
    lines = amends("check", sweeps.write(tmp_path, text).name).stderr.splitlines()
    assert len(lines) == said, lines


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    """One sentence, not a dozen keys that are missing."""
    (tmp_path / "none.toml").write_text("# nothing yet\n")
    for command in ("check", "run"):
        done = amends(command, "none.toml")
        assert done.exit_code == 2 and done.stderr.startswith("Error: none.toml: is empty"), done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("line", "sentence"), [
    ('replications = "x"', "replications: must be a whole number or a table"),
    ('[uncertainties]\n"finance.margin_share" = "x"', "uncertainties.finance.margin_share: must be a list or a table"),
    ("[settings]\nfinance.margin_shar = 0.3", "small.toml:5: settings: finance.margin_shar: unknown key"),
    ("[settings]\npsychology.grudg = 0.3", "settings.psychology: grudg: unknown key"),
])
def test_a_wrong_form_says_every_right_one(tmp_path: Path, line: str, sentence: str) -> None:
    """Where a short spelling is taken too, the sentence says so; a section is not named twice."""
    text = sweeps.PRECISE.partition("replications")[0] + line + "\n"
    assert sentence in amends("check", sweeps.write(tmp_path, text).name).stderr


def test_check_knows_the_ready_files_too() -> None:
    """What `amends run` finds by a bare name, `amends check` finds too."""
    assert amends("check", "frontier").stdout.startswith("frontier is ok: ")


@pytest.mark.parametrize("method", ["random", "latin-hypercube", "sobol"])
def test_designs_fill_the_space_and_repeat(method: str) -> None:
    """The same seed gives the same points, all in range, spread evenly in each direction."""
    uncertain = {"a": Variation(range=[1.0, 3.0]), "b": Variation(values=["x", "y"]),
                 "c": Variation(distribution="normal", mean=0.0, spread=1.0, low=-2.0)}
    design = Design(method=method, points=64)  # type: ignore[arg-type]
    found = sampling.points(uncertain, design, 3)
    assert found == sampling.points(uncertain, design, 3) != sampling.points(uncertain, design, 4)
    assert len(found) == 64 == sampling.count(uncertain, design)
    assert all(1 <= p["a"] <= 3 and p["b"] in "xy" and p["c"] >= -2 for p in found)
    if method != "random":
        assert np.histogram([p["a"] for p in found], 8, (1, 3))[0].tolist() == [8] * 8


@pytest.mark.parametrize(("variation", "mean", "spread"), [
    (Variation(distribution="normal", mean=5.0, spread=2.0), 5.0, 2.0),
    (Variation(distribution="lognormal", mean=3.0, spread=0.5), 3.0, 1.5),
    (Variation(distribution="triangular", low=0.0, mode=1.0, high=4.0), 5 / 3, (13 / 18) ** 0.5),
    (Variation(range=[2.0, 6.0]), 4.0, 16 ** 0.5 / 12 ** 0.5),
])
def test_distributions_have_their_moments(variation: Variation, mean: float, spread: float) -> None:
    """Quantiles average to the mean and spread that were asked for."""
    values = np.array([sampling.at(variation, (k + 0.5) / 20000) for k in range(20000)])
    assert values.mean() == pytest.approx(mean, rel=0.01) and values.std() == pytest.approx(spread, rel=0.01)


def test_results_need_no_amends(tmp_path: Path) -> None:
    """Units and meaning are in the Parquet files, the manifest says what was asked, the copy is the file."""
    path = sweeps.write(tmp_path)
    folder = Experiment.load(path).run(workers=1).folder
    field = pq.read_schema(folder / "series.parquet").field("margin")
    assert field.metadata[b"unit"] == b"currency" and field.metadata[b"meaning"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "complete" and manifest["question"]["experiment"]["seed"] == 7
    assert (folder / "experiment.toml").read_text() == path.read_text()
    named = {line.split(",")[0] for line in (folder / "columns.csv").read_text().splitlines()[1:]}
    assert set(pq.read_schema(folder / "cases.parquet").names) <= named
    assert not list(folder.rglob("*.tmp"))


def test_any_run_can_be_replayed(tmp_path: Path) -> None:
    """A run played again is the same to the last digit; a changed file is refused with a sentence."""
    path = sweeps.write(tmp_path)
    name = Experiment.load(path.name).run(workers=1).folder.name
    done = amends("replay", f"{name}:3:5")
    assert done.exit_code == 0 and "The same as kept, to the last digit." in done.stdout, done.output
    path.write_text(path.read_text().replace("seed = 7", "seed = 8"))
    assert "is not what" in amends("replay", f"{name}:3:5").stderr
    assert "must read FOLDER:POINT:RUN" in amends("replay", "nothing").stderr
    amends("compare", "shop.toml", "--runs", "3", "--people", "60", "--years", "1", "--workers", "1")
    [compared] = [p.name for p in Path("results").glob("small-*") if (p / "answer.json").exists()]
    assert "The same as kept" in amends("replay", f"{compared}:2").stdout


def test_a_run_that_was_never_planned_is_refused(tmp_path: Path) -> None:
    """Beyond the replications of a question there is no run; with a target, any up to its cap could have been."""
    sweeps.write(tmp_path)
    fixed = Experiment.load("small.toml").run(workers=1, work=sweeps.play).folder.name
    sweeps.write(tmp_path, sweeps.PRECISE, "precise.toml")
    target = Experiment.load("precise.toml").run(workers=1, work=sweeps.play).folder.name
    amends("compare", "shop.toml", "--runs", "3", "--people", "60", "--years", "1", "--workers", "1")
    [compared] = [p.name for p in Path("results").glob("small-*") if (p / "answer.json").exists()]
    for run_id, sentence in ((f"{fixed}:0:6", "there is no run 6; a point has 6 runs, from 0 to 5"),
                             (f"{fixed}:0:999", "there is no run 999; a point has 6 runs, from 0 to 5"),
                             (f"{target}:0:300", "there is no run 300; a point has at most 300 runs, from 0 to 299"),
                             (f"{compared}:0:3", "there is no run 3; the comparison has 3 runs, from 0 to 2")):
        done = amends("replay", run_id)
        assert done.exit_code == 2 and done.stderr == f"Error: {run_id}: {sentence}\n" and not done.stdout
    done = amends("replay", f"{target}:0:299")
    assert done.exit_code == 0, done.output


def test_a_run_is_replayed_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder says where its file lies, so another working directory changes nothing."""
    sweeps.write(tmp_path)
    folder = Experiment.load("small.toml").run(workers=1).folder.resolve()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = amends("replay", f"{folder}:3:5")
    assert done.exit_code == 0 and "The same as kept" in done.stdout, done.output
    (tmp_path / "small.toml").unlink()
    assert "is not there any more" in amends("replay", f"{folder}:3:5").stderr


def test_a_run_of_an_unfinished_experiment_is_held_against_its_part(tmp_path: Path) -> None:
    """Before the tables at the end are there, a replayed run is compared with the part it is kept in."""
    folder = Experiment.load(sweeps.write(tmp_path)).run(workers=1).folder
    for table in folder.glob("*.parquet"):
        table.unlink()
    assert "The same as kept" in amends("replay", f"{folder.name}:3:5").stdout


@pytest.mark.parametrize("damage", ["table", "manifest"])
def test_a_damaged_folder_is_a_sentence(tmp_path: Path, damage: str) -> None:
    """A table cut short or a manifest of the wrong form ends in one sentence and exit code 2, not in a traceback."""
    text = sweeps.SMALL.replace("replications = 6", "replications = 2")
    text = text.replace('keep = ["totals", "series", "cases"]\n', "")
    folder = Experiment.load(sweeps.write(tmp_path, text)).run(workers=1, work=sweeps.play).folder
    commands = [("replay", f"{folder.name}:0:1")]
    if damage == "table":
        (folder / "runs.parquet").write_bytes((folder / "runs.parquet").read_bytes()[:-50])
        (folder / "summary.csv").write_bytes(b"")
        commands += [("export", folder.name), ("export", folder.name, "--table", "summary")]
    else:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, "this_machine": []}))
    for command in commands:
        done = amends(*command)
        assert done.exit_code == 2 and done.stderr.count("Error: ") == 1 and not done.stdout, done.output
        assert "is damaged" in done.stderr or "does not say" in done.stderr


def test_a_run_that_failed_once_and_then_succeeded_counts_as_kept(tmp_path: Path) -> None:
    """A record of a failure that outlived the later success, as after a kill between the two, is no failure."""
    path = sweeps.write(tmp_path, sweeps.SMALL.replace('keep = ["totals", "series", "cases"]\n', ""))
    folder = Experiment.load(path).run(workers=1, work=sweeps.play_but_run_3_fails).folder
    [record] = (folder / "failed").iterdir()
    old = record.read_bytes()
    Experiment.load(path).run(workers=1, work=sweeps.play)
    assert not record.exists()
    record.write_bytes(old)
    (folder / "runs.csv").unlink()
    results = Experiment.load(path).run(workers=1, work=sweeps.play)
    assert not results.failures and json.loads((folder / "manifest.json").read_text())["status"] == "complete"
    assert "failed" not in amends("status").stdout


def test_the_file_of_a_playbook_counts_from_the_experiment(tmp_path: Path) -> None:
    """`playbook:file=` and its lever name files beside the experiment, whatever the working directory is."""
    (tmp_path / "sub").mkdir()
    for name in ("one", "two"):
        (tmp_path / "sub" / f"{name}.toml").write_text('[[row]]\nasked = "refund"\ngive = "refund"\n')
    text = sweeps.SMALL.replace("ladder.opening", "playbook.file").replace("[0, 1]", '["one.toml", "two.toml"]')
    for strategies, wanted in (('"minimum", "playbook"', text),
                               ('"minimum", "playbook:file=one.toml,proactive=true"', text.partition("[levers]")[0])):
        path = sweeps.write(tmp_path / "sub", wanted.replace('"minimum", "ladder"', strategies))
        found = Experiment.load(path).plan.arms
        assert {"playbook:file=one.toml", "playbook:file=one.toml,proactive=true"} & {arm.spelling for arm in found}


def test_tables_can_be_exported(tmp_path: Path) -> None:
    """As CSV and Parquet, by the name of the folder; a table that is not there is a sentence."""
    name = Experiment.load(sweeps.write(tmp_path, sweeps.PRECISE)).run(workers=1, work=sweeps.play).folder.name
    for form in ("csv", "parquet"):
        assert amends("export", name, "--format", form, "--to", f"t.{form}").exit_code == 0
        assert Path(f"t.{form}").stat().st_size > 1000
    assert "has no table 'series'; there is runs, summary, points, arms, columns" in amends(
        "export", name, "--table", "series").stderr
    with pytest.raises(InputError, match="has no table 'cases'; there is runs"):
        Experiment.load("small.toml").run(workers=1, work=sweeps.play).frame("cases")
    assert "has no table '../x'" in amends("export", name, "--table", "../x").stderr
    assert "no folder of results" in amends("export", "nowhere").stderr


def test_every_table_of_a_comparison_can_be_exported(tmp_path: Path) -> None:
    """Its runs, how they went, what was drawn, and what all their columns mean; there is no table of experiments."""
    folder = compare(small_business(), runs=4, people=60, years=1, workers=1).folder
    meant = pd.read_csv(folder / "columns.csv")
    for table, ending in (("runs", "parquet"), ("course", "parquet"), ("draws", "csv"), ("columns", "csv")):
        done = amends("export", folder.name, "--table", table)
        assert done.exit_code == 0, done.output
        kept = folder / f"{table}.{ending}"
        frame = pd.read_parquet(kept) if ending == "parquet" else pd.read_csv(kept)
        pd.testing.assert_frame_equal(pd.read_csv(f"{table}.csv", keep_default_na=ending == "csv",
                                                  dtype=dict(frame.dtypes)), frame)
        told = meant["column"][[table in tables.split() for tables in meant["tables"]]]
        assert set(told) == set(frame.columns) or table == "columns"
    assert "has no table 'series'; there is runs, course, draws, columns" in amends(
        "export", folder.name, "--table", "series").stderr


def test_excel_holds_the_numbers_of_the_tables(tmp_path: Path) -> None:
    """Read back from xlsx, each table has its rows and columns: numbers to 16 digits, seeds and names to the letter."""
    pytest.importorskip("openpyxl", reason="the extra 'excel' is not installed")
    folder = Experiment.load(sweeps.write(tmp_path)).run(workers=1).folder
    for table in ("runs", "series", "cases", "summary"):
        assert amends("export", folder.name, "--table", table, "--format", "xlsx").exit_code == 0
        kept = pd.read_parquet(folder / f"{table}.parquet") if table != "summary" else pd.read_csv(
            folder / "summary.csv")
        back = pd.read_excel(f"{table}.xlsx", dtype={"run_seed": str})
        assert list(back.columns) == list(kept.columns) and len(back) == len(kept) > 10
        for name, values in kept.items():
            if values.dtype == "float64":
                assert np.allclose(back[name], values, rtol=1e-15, atol=0, equal_nan=True), name
            else:
                assert back[name].fillna("").astype(str).tolist() == values.fillna("").astype(str).tolist(), name


def test_excel_without_its_library_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where openpyxl is not installed, the export says what to install."""
    name = Experiment.load(sweeps.write(tmp_path, sweeps.PRECISE)).run(workers=1, work=sweeps.play).folder.name
    for module in ("openpyxl", "openpyxl.workbook"):
        monkeypatch.setitem(sys.modules, module, None)
    done = amends("export", name, "--format", "xlsx")
    assert done.exit_code == 2 and "pip install 'amends[excel]'" in done.stderr and not Path("runs.xlsx").exists()


def test_what_is_printed_fits_80_columns(tmp_path: Path) -> None:
    """One point or many: the table fits a terminal, and stderr tells the work beforehand."""
    rough = sweeps.PRECISE.replace("half_width = 0.6", "half_width = 9999.0")
    for text, name in ((sweeps.SMALL, "many"), (rough, "one")):
        done = amends("run", sweeps.write(tmp_path, text, f"{name}.toml"), "--workers", "1")
        assert done.exit_code == 0, done.output
        assert max(map(len, done.stdout.splitlines())) <= 80
        assert "runs to play on 1 process." in done.stderr and "It takes about" in done.stderr


def test_status_tells_runs_not_files(tmp_path: Path) -> None:
    """Of every folder, how many runs are kept of how many; of a target precision, of how many at most."""
    for text, name, told in ((sweeps.SMALL.replace('keep = ["totals", "series", "cases"]\n', ""), "fixed", "24 of 24"),
                             (sweeps.PRECISE.replace("0.6", "9999.0"), "target", "30 of at most 300")):
        Experiment.load(sweeps.write(tmp_path, text, f"{name}.toml")).run(workers=1, work=sweeps.play)
        assert f"complete, {told} runs\n" in amends("status").stdout


def test_export_overwrites_only_by_force(tmp_path: Path) -> None:
    """A file that is there stays; the beginning of a folder's name is enough where it is the only one."""
    folder = Experiment.load(sweeps.write(tmp_path, sweeps.PRECISE)).run(workers=1, work=sweeps.play).folder
    Path("summary.csv").write_text("mine")
    refused = amends("export", "smal", "--table", "summary")
    assert refused.exit_code == 2 and "--force writes over it" in refused.stderr, refused.output
    assert Path("summary.csv").read_text() == "mine"
    assert amends("export", "smal", "--table", "summary", "--force").exit_code == 0
    assert Path("summary.csv").read_text().startswith("point,arm,minus")
    (folder.parent / "small-other").mkdir()
    (folder.parent / "small-other" / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    assert f"did you mean one of {folder.name}, small-other?" in amends("export", "smal").stderr


def test_what_was_never_begun_is_not_said_to_be_kept(tmp_path: Path) -> None:
    """Where the folder cannot even be made, nothing is promised."""
    (tmp_path / "taken").write_text("")
    said = amends("run", sweeps.write(tmp_path).name, "--out", "taken").stderr
    assert "Nothing was begun" in said and "What was finished" not in said


def test_new_files_pass_their_check(tmp_path: Path) -> None:
    """What `amends new` writes is right as it stands, and never overwrites."""
    assert amends("new", "experiment", "mine").exit_code == 0
    assert amends("check", "mine.toml").exit_code == 0
    assert "is there already" in amends("new", "experiment", "mine").stderr
    answers = ("--customers", 800, "--visits", 3, "--margin", 60, "--failures", 8, "--keep-joining")
    done = CliRunner().invoke(main, ["new", "business", "inn", *map(str, answers)], input="120\n")
    assert done.exit_code == 0 and "remedy cost you" in done.stderr
    from experiments.starters import remedy_cost
    from sim.business import load_business

    inn = load_business("inn.toml")
    assert (inn.people.encounters_per_year, inn.finance.margin_share, inn.failures.per_encounter) == (3.0, 0.6, 0.08)
    assert remedy_cost(inn) == pytest.approx(120, rel=1e-3)
    assert inn.sources["people.encounters_per_year"].source == "your own figure"


def test_the_schema_takes_the_short_spellings() -> None:
    """A list for a variation, a number for replications; unknown keys are refused."""
    schema = json.loads(amends("schema").stdout)
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Variation"]["anyOf"][0]["type"] == "array"
    assert "per_encounter" in json.loads(amends("schema", "business").stdout)["$defs"]["Failures"]["properties"]


def test_the_schema_takes_what_the_check_takes() -> None:
    """Keys without quotes are tables within tables; a number varies in exactly one way."""
    schema = json.loads(amends("schema").stdout)
    for table in ("uncertainties", "levers"):
        assert schema["properties"][table]["additionalProperties"]["anyOf"] == [
            {"$ref": "#/$defs/Variation"}, {"$ref": "#/$defs/Variations"}]
    assert {"required": ["range"]} in schema["$defs"]["Variation"]["anyOf"][1]["oneOf"]
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")

    def right(varied: object) -> bool:
        file = {"business": "hotel", "strategies": ["minimum"], "uncertainties": varied}
        return bool(jsonschema.Draft202012Validator(schema).is_valid(file))

    assert right({"finance.refill_share": [0.1]}) and right({"finance": {"refill_share": [0.1]}})
    assert right({"finance": {"refill_share": {"range": [0.1, 0.2]}, "margin_share": [0.3]}})
    assert not right({"a": {"range": [0.1, 0.2], "distribution": "normal", "mean": 1.0, "spread": 1.0}})
    assert not right({"a": {"levels": 3}}) and not right({"a": 3})


def test_two_spellings_of_a_key_are_one(tmp_path: Path) -> None:
    """Keys may go without quotes; the points are the same."""
    one = Experiment.load(sweeps.write(tmp_path)).plan
    bare = sweeps.SMALL.replace('"finance.margin_share"', "finance.margin_share").replace(
        '"ladder.opening"', "ladder.opening")
    other = Experiment.load(sweeps.write(tmp_path, bare)).plan
    assert one.identity == other.identity


def test_a_large_grid_is_checked_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 625 points each firm and each human nature is checked once, not each pair: a grid of 78,125 took minutes."""
    text = sweeps.PRECISE + "\n[uncertainties]\n" + "".join(f'"{key}" = {{ range = {ends} }}\n' for key, ends in (
        ("finance.margin_share", [0.2, 0.5]), ("failures.per_encounter", [0.05, 0.2]),
        ("psychology.recovery_weight", [1.0, 20.0]), ("psychology.told_after_bad_case", [1.0, 10.0])))
    tried: list[dict[str, float]] = []
    real = plan.world
    monkeypatch.setattr(plan, "world", lambda firm, nature, values: tried.append(values) or real(firm, nature, values))
    assert len(plan.load_plan(sweeps.write(tmp_path, text)).scenarios) == 625
    assert len(tried) == 2 * 4 + 25 + 25


def test_contradicting_points_are_told(tmp_path: Path) -> None:
    """Two numbers that are right alone and wrong together are found before anything is played."""
    text = sweeps.PRECISE + '\n[uncertainties]\n"leaving.at_typical" = [0.1, 0.5]\n"leaving.at_none" = [0.3, 0.9]\n'
    with pytest.raises(InputError, match=r"point 2 .* contradicts itself"):
        Experiment.load(sweeps.write(tmp_path, text))
