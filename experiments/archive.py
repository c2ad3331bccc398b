"""What lies in a folder of results: how far it is, any run of it again, its tables in other formats."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.design import Comparison, Point, Task
from experiments.store import failures_in, numbers_of, parts_of
from experiments.sweep_store import read_manifest
from sim.config import InputError, nearest
from sim.records import SCHEMA_VERSION

AGAIN = "the command that played it, given again, makes it again"
TABLES = ("runs", "course", "series", "cases", "draws", "summary", "points", "arms", "columns")


@dataclass(frozen=True)
class Entry:
    """One folder of results."""

    folder: Path
    kind: str
    status: str
    played: int
    """runs that are kept, over all points"""
    planned: str
    """how many there are to be"""
    failed: tuple[str, ...]
    """run ids that failed"""


def entries(out: Path) -> list[Entry]:
    """Every folder of results under `out`, by name."""
    found = []
    for folder in sorted(out.iterdir()) if out.is_dir() else []:
        known = read_manifest(folder)
        if known is None:
            continue
        kind = "experiment" if known.get("kind") == "experiment" else "compare"
        ids = tuple(f"{folder.name}:{failure.point}:{failure.run}" for failure in failures_in(folder))
        status = "begun, not finished" if known.get("status") == "started" else str(known.get("status"))
        found.append(Entry(folder, kind, status, max(0, _played(folder) - len(ids)), _planned(known), ids))
    return found


def _played(folder: Path) -> int:
    """How many runs the names of the parts say, each once: parts cut differently may overlap."""
    runs: set[tuple[int, int]] = set()
    for path in (folder / "runs").glob("part-*.parquet"):
        point, first, last = numbers_of(path)
        runs.update((point, run) for run in range(first, last + 1))
    return len(runs)


def _planned(known: dict[str, Any]) -> str:
    """How many runs a question comes to: until a precision is reached, only how many at most."""
    try:
        question = known["question"]
        if known.get("kind") != "experiment":
            return f"{question['runs']:,}"
        asked, points = question["experiment"]["replications"], len(question["points"])
        return f"{points * asked['runs']:,}" if asked["runs"] else f"at most {points * asked['at_most']:,}"
    except (KeyError, TypeError, ValueError):
        return "unknown"


def known_folder(name: str, out: Path) -> tuple[Path, dict[str, Any]]:
    """A folder of results by path or by name under `out`, and its manifest; InputError where there is none."""
    for folder in (Path(name), out / name):
        known = read_manifest(folder)
        if known is not None:
            if known.get("schema_version") != SCHEMA_VERSION:
                raise InputError(f"{folder}: was written by another version of amends (schema "
                                 f"{known.get('schema_version')}, here {SCHEMA_VERSION}); its tables can still be read "
                                 "with any Parquet reader")
            return folder, known
    known_names = [entry.folder.name for entry in entries(out)]
    begun = [one for one in known_names if one.startswith(name)]
    if len(begun) == 1:
        return known_folder(begun[0], out)
    raise InputError(f"{name}: no folder of results" + (f"; did you mean one of {', '.join(begun)}?" if begun
                                                       else nearest(name, known_names)))


@dataclass(frozen=True)
class Replayed:
    """A run played again: its rows, and the columns that came out differently from what is kept."""

    rows: list[dict[str, Any]]
    different: tuple[str, ...]
    kept: bool
    point: Point


def replay(run_id: str, out: Path) -> Replayed:
    """Play the run FOLDER:POINT:RUN (or FOLDER:RUN) once more."""
    from experiments.sweep_play import PartTask, play

    name, point_number, run = _parsed(run_id)
    folder, known = known_folder(name, out)
    if known.get("kind") == "experiment":
        plan = _plan(folder, known)
        if point_number >= len(plan.scenarios):
            raise InputError(f"{run_id}: there is no point {point_number}; the last is {len(plan.scenarios) - 1}")
        planned = plan.file.replications
        _within(run_id, run, planned.runs or planned.at_most, "a point has" if planned.runs else "a point has at most")
        task: Task = PartTask(plan.point(point_number), run, 1, number=point_number, muted=plan.file.word_of_mouth)
    else:
        if point_number:
            raise InputError(f"{run_id}: a comparison has one point, 0")
        asked = compared(folder, known)
        _within(run_id, run, asked.runs, "the comparison has")
        task = PartTask(asked.point, run, 1, muted=True)
    part = play(task)  # type: ignore[arg-type]
    if part.failures:
        raise InputError(f"{run_id}: fails again, with seed {part.failures[0].run_seed}: {part.failures[0].message}\n"
                         + part.failures[0].trace)
    kept = list(_kept(folder, point_number, run))
    different = tuple(sorted({key for old in kept for new in part.rows if (old["arm"], old["role"]) == (
        new["arm"], new["role"]) for key in old if key in new and not _same(old[key], new[key])}))
    return Replayed(part.rows, different, bool(kept), task.point)


def _parsed(run_id: str) -> tuple[str, int, int]:
    name, *numbers = run_id.rsplit(":", 2) if run_id.count(":") >= 2 else run_id.rsplit(":", 1)
    if not numbers or not all(number.isdecimal() for number in numbers):
        raise InputError(f"{run_id}: must read FOLDER:POINT:RUN, such as frontier-1a2b3c4d:0:12")
    return name, int(numbers[0]) if len(numbers) == 2 else 0, int(numbers[-1])


def _within(run_id: str, run: int, runs: int, whose: str) -> None:
    """InputError where the question has no such run; of a target precision, any up to its cap could have been."""
    if run >= runs:
        raise InputError(f"{run_id}: there is no run {run}; {whose} {runs} runs, from 0 to {runs - 1}")


def _plan(folder: Path, known: dict[str, Any]) -> Any:
    from experiments.plan import load_plan

    machine = known.get("this_machine")
    named = machine.get("file") if isinstance(machine, dict) else None
    if not isinstance(named, str) or not named:
        raise InputError(f"{folder}: manifest.json does not say which file it was played from; "
                         f"the file as it was is {folder / 'experiment.toml'}")
    path = Path(named)
    if path.is_absolute() and not path.exists():
        raise InputError(f"{path}: is not there any more; the file as it was is {folder / 'experiment.toml'}; put a "
                         "copy in the old place")
    plan = load_plan(path)
    if plan.identity != known.get("hash"):
        raise InputError(f"{path}: is not what {folder} was played from any more (the file, a strategy or amends "
                         f"itself has changed); the file as it was is {folder / 'experiment.toml'}")
    return plan


def compared(folder: Path, known: dict[str, Any]) -> Comparison:
    """The question of a comparison's folder; InputError where it cannot be asked again as it was."""
    from experiments.design import ask
    from sim.business import Business
    from sim.config import validated

    q = known["question"]
    if q.get("market"):
        raise InputError(f"{folder}: was played with files of customers; repeat it with amends compare")
    spelled = [one["spelling"] for one in q["strategies"]]
    question = ask(validated(Business, q["business"]), spelled, runs=q["runs"], people=q["people"], years=q["years"],
                   seed=q["seed"], settings={"psychology": q["psychology"]}, draw=q.get("unknown") is not None,
                   known=(q.get("unknown") or {}).get("known"))
    if question.identity != known.get("hash"):
        raise InputError(f"{folder}: a strategy, or amends itself, has changed since it was played")
    return question


def _kept(folder: Path, point: int, run: int) -> Iterator[dict[str, Any]]:
    """The rows of a run as they are kept: in the table at the end, or where that is not there yet in the parts."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = folder / "runs.parquet"
    for path in [table] if table.exists() else parts_of(folder, point, run):
        try:
            rows = pq.ParquetFile(path).read().filter(pc.field("run") == run).to_pylist()
        except (pa.ArrowException, OSError, KeyError):
            raise InputError(f"{path}: is damaged or cannot be read; {AGAIN}") from None
        yield from (row for row in rows if row.get("point", 0) == point and row["role"] != "factor")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return bool(one == other)


def exported(folder: Path, table: str, form: str, target: Path) -> None:
    """Write a table in another format; InputError where it is not there."""
    import pandas as pd

    source = next((path for path in (folder / f"{table}.parquet", folder / f"{table}.csv") if path.exists()), None)
    if source is None:
        there = [name for name in TABLES if any((folder / f"{name}{end}").exists() for end in (".parquet", ".csv"))]
        raise InputError(f"{folder}: has no table '{table}'; there is {', '.join(there) or 'none yet'}")
    try:
        frame = pd.read_parquet(source) if source.suffix == ".parquet" else pd.read_csv(source)
    except (OSError, ValueError):
        # Arrow's and pandas's own errors of damaged files are ValueErrors.
        raise InputError(f"{source}: is damaged or cannot be read; {AGAIN}") from None
    try:
        if form == "csv":
            frame.to_csv(target, index=False, lineterminator="\n")
        elif form == "parquet":
            frame.to_parquet(target, index=False)
        else:
            if len(frame) > 1_048_575:
                raise InputError(f"{table} has {len(frame):,} rows, more than a sheet of Excel holds; take csv")
            try:
                # As text: a seed has more digits than Excel keeps.
                for name in frame.columns:
                    if frame[name].dtype == "uint64":
                        frame[name] = frame[name].astype(str)
                frame.to_excel(target, sheet_name=table, index=False)
            except ImportError:
                raise InputError("--format xlsx needs openpyxl: pip install 'amends[excel]'") from None
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from None
