"""Running and keeping: the same results for any number of workers, nothing lost, nothing half-written."""

from __future__ import annotations

import csv
import errno
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from experiments import comparison, replication
from experiments.design import Comparison, Task, ask
from experiments.replication import Block, play
from experiments.runner import carry_out
from experiments.store import Store
from sim.config import InputError
from tests import dice
from tests.businesses import small_business

Work = Callable[[Task], Block]


def filled(question: Comparison, out: Path, work: Work = dice.play, workers: int = 1) -> Store:
    store = Store(question, out)
    for block in carry_out(question.tasks(store.missing(), 4), workers=workers, work=work):
        store.keep(block)
    store.finish()
    return store


def tables(store: Store) -> list[bytes]:
    names = ("runs.parquet", "runs.csv", "course.parquet", "columns.csv")
    return [(store.folder / name).read_bytes() for name in names]


def test_the_number_of_workers_does_not_matter(tmp_path: Path) -> None:
    """One process, two processes and a pool of threads write the same bytes."""
    question = dice.question(runs=12)
    one = filled(question, tmp_path / "one")
    two = filled(question, tmp_path / "two", workers=2)
    threads = Store(question, tmp_path / "three")
    make: Callable[[int], Executor] = ThreadPoolExecutor
    for block in carry_out(question.tasks(threads.missing(), 7), workers=3, work=dice.play, make_executor=make):
        threads.keep(block)
    threads.finish()
    assert tables(one) == tables(two) == tables(threads)


def test_a_worker_that_dies_takes_nothing_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process killed in the middle is replaced, and its task is played again."""
    monkeypatch.setenv("DICE_MARK", str(tmp_path / "mark"))
    question = dice.question(runs=12)
    killed = filled(question, tmp_path / "killed", dice.play_but_the_first_dies_once, workers=2)
    assert (tmp_path / "mark").exists()
    assert tables(killed) == tables(filled(question, tmp_path / "quiet"))


def test_a_run_that_kills_twice_is_named(tmp_path: Path) -> None:
    """The culprit is found within its block and recorded; all other runs are there."""
    question = dice.question(runs=12)
    store = filled(question, tmp_path, dice.play_but_run_3_kills, workers=2)
    assert [failure.run for failure in store.failures()] == [3]
    assert "killed" in store.failures()[0].message
    assert store.missing() == [3]
    assert len(np.unique(store.table()["run"])) == 11


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bug_of_ours_stops_at_once(workers: int) -> None:
    """An exception outside a run is not recorded away."""
    tasks = dice.question(runs=12).tasks(range(12), 4)
    with pytest.raises(TypeError, match="a bug"):
        list(carry_out(tasks, workers=workers, work=dice.play_with_a_bug))


def test_a_run_that_breaks_is_recorded_with_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replication that raises becomes a failure of that run alone; wrong input and bugs go through."""
    from sim.chance import run_seed

    task = Task(dice.question().point, 0, 3)
    bad = int(run_seed(1, 1))

    def breaks(point: object, seed: int, corners: bool) -> list[tuple[str, str, dict[str, float], dict[str, float]]]:
        if seed == bad:
            raise error
        return [("minimum", "strategy", {}, {})]

    monkeypatch.setattr(replication, "replication", breaks)
    error: Exception = FloatingPointError("overflow")
    block = play(task)
    assert [(f.run, f.run_seed, f.message) for f in block.failures] == [(1, bad, "FloatingPointError: overflow")]
    assert [row["run"] for row in block.rows] == [0, 2]
    for error in (InputError("wrong"), TypeError("bug")):
        with pytest.raises(type(error)):
            play(task)


def test_what_was_interrupted_goes_on(tmp_path: Path) -> None:
    """Only the missing runs are played, in blocks cut anew, and the tables end up the same bytes."""
    question = dice.question(runs=12)
    store = Store(question, tmp_path / "cut")
    for task in question.tasks(range(12), 4)[:3]:
        store.keep(dice.play(task))
    played: list[int] = []

    def noting(task: Task) -> Block:
        played.extend(range(task.first, task.first + task.runs))
        return dice.play(task)

    again = Store(question, tmp_path / "cut")
    missing = again.missing()
    for block in carry_out(question.tasks(missing, 1), workers=1, work=noting):
        again.keep(block)
    again.finish()
    assert 0 < len(missing) < 12 and played == missing
    assert tables(again) == tables(filled(question, tmp_path / "whole"))


@pytest.mark.parametrize("kind", ["runs", "course"])
@pytest.mark.parametrize("harm", ["cut short", "gone", "empty", "false", "of other columns"])
def test_a_damaged_part_is_played_again(kind: str, harm: str, tmp_path: Path) -> None:
    """A part of either table that cannot be read takes its runs with it, and nothing else."""
    question = dice.question(runs=12)
    whole = tables(filled(question, tmp_path / "whole"))
    store = filled(question, tmp_path / "hurt")
    part = sorted((store.folder / kind).iterdir())[1]
    if harm == "gone":
        part.unlink()
    else:
        other = (store.folder / {"runs": "course", "course": "runs"}[kind] / part.name).read_bytes()
        part.write_bytes({"cut short": part.read_bytes()[:-100], "empty": b"", "false": b"PAR1 nothing",
                          "of other columns": other}[harm])
    first, last = map(int, part.stem.split("-")[1:])
    assert Store(question, tmp_path / "hurt").missing() == [*range(first, last + 1)]
    assert tables(filled(question, tmp_path / "hurt")) == whole


@pytest.mark.parametrize("name", ["runs.parquet", "runs.csv", "course.parquet", "columns.csv", "draws.csv"])
@pytest.mark.parametrize("harm", ["cut short", "gone", "of an earlier time"])
def test_a_damaged_table_is_written_again(name: str, harm: str, tmp_path: Path) -> None:
    """Every table at the end is what the parts say, whatever became of it since; nothing is played for that."""
    question = ask(small_business(), ["minimum", "full"], runs=4, people=60, years=1, draw=True)
    path = filled(question, tmp_path, replication.play).folder / name
    whole = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:-20] if harm == "cut short" else whole.replace(b"1", b"2"))
    store = Store(question, tmp_path)
    assert store.missing() == []
    store.finish()
    assert path.read_bytes() == whole


def test_how_the_first_runs_went_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of runs only what they come to is kept, and their parts are whole without a course."""
    from experiments import store

    for module in (replication, store):
        monkeypatch.setattr(module, "COURSE_RUNS", 3)
    question = ask(small_business(), ["minimum", "full"], runs=6, people=60, years=1)
    made = filled(question, tmp_path, replication.play)
    assert made.missing() == [] and np.unique(made.course()["run"]).tolist() == [0, 1, 2]
    ends = {(run, arm): value for run, arm, value in zip(*(made.course()[name] for name in (
        "run", "arm", "value")), strict=True)}
    table = made.table()
    for run, arm, role, value in zip(*(table[name] for name in (
            "run", "arm", "role", "net_present_value")), strict=True):
        if role == "strategy" and run < 3:
            assert ends[run, arm] == pytest.approx(value, rel=1e-9)


def test_an_interruption_stops_the_workers_and_keeps_what_is_done(tmp_path: Path) -> None:
    """Ctrl-C goes through to the caller, and blocks done before it are on disk."""
    question = dice.question(runs=12)
    store = Store(question, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        for number, block in enumerate(carry_out(question.tasks(range(12), 4), workers=2, work=dice.play)):
            store.keep(block)
            if number == 1:
                raise KeyboardInterrupt
    assert len(Store(question, tmp_path).missing()) < 12


def test_an_identical_question_is_answered_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is played or written again; a different question gets another folder."""
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: carry_out(tasks, workers=1, work=dice.play))
    first = comparison.answer(dice.question(runs=4), out=tmp_path, workers=1)
    before = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*") if path.is_file()}
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: pytest.fail("played again"))
    again = comparison.answer(dice.question(runs=4), out=tmp_path, workers=2)
    assert {path: path.stat().st_mtime_ns for path in first.folder.rglob("*") if path.is_file()} == before
    assert again.to_dict() == first.to_dict()
    monkeypatch.undo()
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: carry_out(tasks, workers=1, work=dice.play))
    other = comparison.answer(dice.question(runs=4, seed=2), out=tmp_path, workers=1)
    assert other.folder != first.folder


def test_another_question_is_never_overwritten(tmp_path: Path) -> None:
    """Should two hashes begin alike, the folder is refused."""
    store = Store(dice.question(runs=4), tmp_path)
    manifest = store.folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "hash": "0" * 64}))
    with pytest.raises(InputError, match="another question"):
        Store(dice.question(runs=4), tmp_path)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file in the way ends in a sentence that names the place and the way out."""
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot be written: .*; name another with --out"):
        Store(dice.question(runs=4), tmp_path / "results")


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what is full, that what was finished is kept, and how to go on."""
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: carry_out(tasks, workers=1, work=dice.play))
    question = dice.question(runs=12)
    Store(question, tmp_path)
    monkeypatch.setattr("experiments.store.replaced", full)
    with pytest.raises(InputError, match=r"No space left on device.*What was finished is kept"):
        comparison.answer(question, out=tmp_path, workers=1)


def test_results_need_no_amends(tmp_path: Path) -> None:
    """Parquet has units and meaning in it, the CSV the same numbers, the codebook every column."""
    store = filled(dice.question(runs=4), tmp_path)
    read = pq.read_table(store.folder / "runs.parquet")
    field = read.schema.field("cost_of_churn")
    assert field.metadata[b"unit"] == b"currency" and field.metadata[b"meaning"]
    assert read.schema.metadata[b"schema_version"] == b"1"
    keys = list(zip(*(read.column(name).to_pylist() for name in ("run", "arm", "role")), strict=True))
    assert keys == sorted(set(keys))
    with (store.folder / "runs.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [float(line["cost_of_churn"]) for line in lines] == read.column("cost_of_churn").to_pylist()
    with (store.folder / "columns.csv").open(newline="") as file:
        described = {(line["column"], table) for line in csv.DictReader(file) for table in line["tables"].split()}
    course = pq.read_schema(store.folder / "course.parquet")
    assert described == {(name, "runs") for name in read.column_names} | {(name, "course") for name in course.names}
    manifest = json.loads((store.folder / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    assert manifest["hash"] == store.question.identity
    assert {"python", "mesa", "numpy", "numba", "scipy", "amends"} == set(manifest["versions"])
    assert manifest["question"]["seed"] == 1 and "seconds" in manifest["this_machine"]


def test_nothing_unfinished_stays_behind(tmp_path: Path) -> None:
    """No temporary file is left in the folder."""
    store = filled(dice.question(runs=4), tmp_path)
    assert not list(store.folder.rglob("*.tmp"))


def test_tables_are_written_and_read_without_pandas(tmp_path: Path) -> None:
    """It takes a second to load, in every command; and the bytes are those of Arrow's own way, words and all."""
    code = ("import sys, numpy as np\nfrom pathlib import Path\n"
            "from experiments.store import from_parquet, to_parquet\n"
            "from sim.records import Column\n"
            "columns = (Column('arm', str, 'name', ''), Column('run', np.int64, 'number', ''))\n"
            "table = {'arm': np.array(['full', 'Gr\u00e9goire', '']), 'run': np.array([1, 2, 3])}\n"
            f"path = Path({str(tmp_path / 'a.parquet')!r})\npath.write_bytes(to_parquet(table, columns))\n"
            "assert all((from_parquet(path, columns)[name] == table[name]).all() for name in table)\n"
            "assert 'pandas' not in sys.modules")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(tmp_path / "a.parquet").column("arm").to_pylist() == ["full", "Grégoire", ""]
