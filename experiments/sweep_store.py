"""Keeping an experiment's results: parts as they come, tables in order at the end.

    results/NAME-HASH8/
      manifest.json            the resolved experiment and its hash, versions, status; times and machine apart
      experiment.toml          the file as it was
      points.csv, arms.csv     what each point and each arm is
      runs/part-000002-000010-000019.parquet    point 2, runs 10 to 19; so with series/ and cases/ where kept
      failed/run-000002-000012.json             a run that could not be played: its seed and what happened
      runs.parquet, runs.csv   all rows, sorted; series.parquet and cases.parquet where kept
      summary.csv              means with 95 % intervals, per point and arm
      columns.csv              what every column means, with its unit

A part is written whole or not at all, the runs last, so whatever is there can be trusted. The tables
at the end are made point by point: their bytes depend on what was asked and on nothing else.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from experiments.plan import Plan
from experiments.replication import Failure
from experiments.store import (
    KEPT,
    Table,
    codebook,
    column_dtype,
    empty_table,
    failures_in,
    from_parquet,
    in_order,
    joined,
    json_bytes,
    package_versions,
    replaced,
    to_csv,
    to_parquet,
)
from experiments.sweep_play import ARM, ORDER, POINT, Part, columns
from sim.config import InputError
from sim.records import SCHEMA_VERSION, Column

PRECISION = (
    Column("precision_runs", np.int64, "number", "runs after which it stopped: known well enough, or the most allowed"),
    Column("half_width", np.float64, "of the outcome", "half of the 95 % interval that was reached"),
    Column("half_width_wanted", np.float64, "of the outcome", "half of the 95 % interval as asked for"),
    Column("precision_reached", np.int64, "0 or 1", "1: as well known as asked for; 0: stopped at at_most"),
)
"""Further columns of points.csv, where a precision was asked for."""
SUMMARY = (
    POINT,
    ARM,
    Column("minus", str, "name", "empty: the arm itself; else what is meant is its paired difference to this arm"),
    Column("outcome", str, "name", "the column of the table of runs whose mean is taken"),
    Column("runs", np.int64, "number", "how many runs the mean is taken over"),
    Column("mean", np.float64, "of the outcome", "mean over the runs"),
    Column("low", np.float64, "of the outcome", "lower end of its 95 % interval"),
    Column("high", np.float64, "of the outcome", "upper end of its 95 % interval"),
)
UNCERTAIN = "value of this uncertainty in the point"
LEVER = "value of this lever in the arm; empty: not a lever of its strategy"


class SweepStore:
    """The folder of one experiment. Opening it writes the manifest; InputError where that cannot be done."""

    def __init__(self, plan: Plan, out: str | Path | None = None) -> None:
        self.plan = plan
        self.kinds = ("runs", *(kind for kind in ("series", "cases") if kind in plan.file.keep))
        self.columns = {kind: columns(kind, plan.file.years) for kind in self.kinds}
        self.folder = Path(out or "results") / f"{plan.name}-{plan.identity[:8]}"
        self._opened = time.time()
        self._sessions: list[dict[str, str]] = []
        with self.writing():
            for name in (*self.kinds, "failed"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            known = read_manifest(self.folder)
            if known and known.get("hash") != plan.identity:
                raise InputError(f"{self.folder} holds another experiment; name another folder with --out")
            if not known:
                replaced(self.folder / "experiment.toml", plan.text.encode())
                self.write_manifest("started")

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """A full disk or a forbidden folder is a sentence."""
        try:
            yield
        except OSError as error:
            kept = KEPT if read_manifest(self.folder) else "Nothing was begun; --out names another folder"
            raise InputError(f"{self.folder} cannot be written: {error.strerror or error}. {kept}") from None

    def keep(self, part: Part) -> None:
        """Write a part at once; the table of runs comes last and makes the others count."""
        name = f"part-{part.point:06d}-{part.first:06d}-{part.first + part.runs - 1:06d}.parquet"
        with self.writing():
            if part.rows:
                for kind in self.kinds[1:]:
                    table = joined(part.tables.get(kind, []), self.columns[kind])
                    replaced(self.folder / kind / name, to_parquet(in_order(table, ORDER[kind]), self.columns[kind]))
                rows = {c.name: np.array([row[c.name] for row in part.rows], column_dtype(c))
                        for c in self.columns["runs"]}
                replaced(self.folder / "runs" / name, to_parquet(in_order(rows, ORDER["runs"]), self.columns["runs"]))
            failed_before = any((self.folder / "failed").iterdir())
            for run in {row["run"] for row in part.rows} if failed_before else ():
                self._failed_file(part.point, run).unlink(missing_ok=True)
            for failure in part.failures:
                replaced(self._failed_file(part.point, failure.run), json_bytes(failure.__dict__))

    def parts(self) -> Iterator[Table]:
        """Every whole part of the table of runs; a damaged one, or one whose other tables are damaged, is removed."""
        for path in sorted((self.folder / "runs").glob("part-*.parquet")):
            table = from_parquet(path, self.columns["runs"])
            if table is None or not all(self._whole(kind, path.name) for kind in self.kinds[1:]):
                with self.writing():
                    path.unlink(missing_ok=True)
            else:
                yield table

    def _whole(self, kind: str, name: str) -> bool:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            pq.ParquetFile(self.folder / kind / name).read()
        except (pa.ArrowException, OSError):
            return False
        return True

    def failures(self) -> list[Failure]:
        """The runs that failed and have not succeeded since."""
        return failures_in(self.folder)

    def finished(self) -> bool:
        """Whether the tables at the end are all there, to the last byte."""
        known = read_manifest(self.folder) or {}
        tables = known.get("tables")
        if known.get("status") != "complete" or not isinstance(tables, dict) or not tables:
            return False
        return all(_digest(self.folder / name) == digest for name, digest in tables.items())

    def finish(self, target: dict[int, int], summary: Callable[[int, Table], list[list[Any]]],
               precision: dict[int, list[Any]]) -> None:
        """Write the tables in order: of each point the runs below its target, and how well it is known."""
        names = ["points.csv", "arms.csv", "columns.csv", "summary.csv", "runs.csv",
                 *(f"{kind}.parquet" for kind in self.kinds)]
        with self.writing():
            known = [c.name for c in PRECISION] if precision else []
            replaced(self.folder / "points.csv", _csv(["point", *self.plan.scenarios[0], *known], (
                [number, *values.values(), *precision.get(number, [])]
                for number, values in enumerate(self.plan.scenarios))))
            levers = list(dict.fromkeys(key for arm in self.plan.arms for key in arm.levers))
            replaced(self.folder / "arms.csv", _csv(["arm", *levers], (
                [arm.spelling, *(arm.levers.get(key, "") for key in levers)] for arm in self.plan.arms)))
            replaced(self.folder / "columns.csv", codebook({
                **self.columns, "summary": SUMMARY,
                "points": (SUMMARY[0], *_named(self.plan.scenarios[0], UNCERTAIN), *(PRECISION if precision else ())),
                "arms": (SUMMARY[1], *_named(levers, LEVER)),
            }).encode())
            lines: list[list[Any]] = []
            with self._new("runs.csv") as text:
                text.write((",".join(c.name for c in self.columns["runs"]) + "\n").encode())
                for kind in self.kinds:
                    with _Ordered(self.folder / f"{kind}.parquet", self.columns[kind]) as table:
                        for number, rows in self._points(kind, target):
                            table.add(rows)
                            if kind == "runs":
                                text.write(to_csv(rows, self.columns[kind]).partition("\n")[2].encode())
                                lines += summary(number, rows)
            replaced(self.folder / "summary.csv", _csv([c.name for c in SUMMARY], lines))
            failed = self.failures()
            digests = {name: _digest(self.folder / name) for name in names}
            self.write_manifest("complete" if not failed else "some runs failed", digests)

    def _points(self, kind: str, target: dict[int, int]) -> Iterator[tuple[int, Table]]:
        """The rows of each point, sorted, each once: parts cut differently before an interruption may overlap."""
        paths: dict[int, list[Path]] = {}
        for path in sorted((self.folder / kind).glob("part-*.parquet")):
            paths.setdefault(int(path.name.split("-")[1]), []).append(path)
        for number in sorted(paths):
            read = [from_parquet(path, self.columns[kind]) for path in paths[number]
                    if (self.folder / "runs" / path.name).exists()]
            tables, seen = [], np.zeros(0, np.int64)
            for table in read:
                if table is None:
                    continue
                fresh = ~np.isin(table["run"], seen) & (table["run"] < target.get(number, 0))
                seen = np.union1d(seen, table["run"])
                tables.append({name: values[fresh] for name, values in table.items()})
            if tables:
                whole = {c.name: np.concatenate([table[c.name] for table in tables]) for c in self.columns[kind]}
                if len(whole["run"]):
                    yield number, in_order(whole, ORDER[kind])

    @contextlib.contextmanager
    def _new(self, name: str) -> Iterator[Any]:
        """A file that takes its name only when it is whole."""
        target = self.folder / name
        temporary = target.with_name(f".{name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _failed_file(self, point: int, run: int) -> Path:
        return self.folder / "failed" / f"run-{point:06d}-{run:06d}.json"

    def go_on(self) -> Iterator[str]:
        """Note the versions of a session where they changed; a sentence where an earlier one had others."""
        known = read_manifest(self.folder) or {}
        before = [one for one in known.get("sessions") or [known.get("versions")] if isinstance(one, dict)]
        self._sessions = before
        now = session()
        apart = {name: sorted({str(one[name]) for one in before if one.get(name) not in (None, version)})
                 for name, version in now.items()}
        if any(apart.values()):
            was = ", ".join(f"{name} {' and '.join(found)} (now {now[name]})" for name, found in apart.items() if found)
            yield (f"{self.folder} was begun with {was}. Results are the same on every version that amends supports; "
                   "manifest.json keeps the versions of each session.")
        if not before or before[-1] != now:
            self._sessions = [*before, now]
            with self.writing():
                replaced(self.folder / "manifest.json", json_bytes({**known, "sessions": self._sessions}))

    def write_manifest(self, status: str, tables: dict[str, str] | None = None) -> None:
        """The manifest, with the hashes of the finished tables."""
        replaced(self.folder / "manifest.json", json_bytes({
            "schema_version": SCHEMA_VERSION,
            "kind": "experiment",
            "name": self.plan.name,
            "status": status,
            "hash": self.plan.identity,
            "question": json.loads(json.dumps(self.plan.resolved(), default=str)),
            "versions": session(),
            "sessions": self._sessions,
            "failed_runs": [[failure.point, failure.run] for failure in self.failures()],
            "tables": tables or {},
            "this_machine": {
                "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "seconds": round(time.time() - self._opened, 3),
                # Absolute, so that a run can be replayed from anywhere; a bare name is a file of amends itself.
                "file": str(self.plan.path.resolve() if self.plan.path.exists() else self.plan.path),
                "system": platform.platform(),
                "processor": platform.machine(),
                "processors": os.cpu_count(),
            },
        }))


class _Ordered:
    """A Parquet table written row group by row group, under its name only when whole."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        empty = pq.read_schema(io.BytesIO(to_parquet(empty_table(columns), columns)))
        self._pa, self._columns, self._path, self._schema = pa, columns, path, empty
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self._file = self._temporary.open("wb")
        self._writer = pq.ParquetWriter(self._file, empty, compression="zstd")

    def add(self, table: Table) -> None:
        """A row group."""
        arrays = [self._pa.array(table[c.name], self._schema.field(c.name).type) for c in self._columns]
        self._writer.write_table(self._pa.Table.from_arrays(arrays, schema=self._schema))

    def __enter__(self) -> _Ordered:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._writer.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self._temporary.replace(self._path)
        finally:
            with contextlib.suppress(OSError, ValueError):
                self._file.close()
            self._temporary.unlink(missing_ok=True)


def session() -> dict[str, str]:
    """What is playing: the versions of Python and of the libraries that numbers come from."""
    return {"python": platform.python_version(), **package_versions()}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder of results; None where there is none that can be read."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _named(keys: Iterable[str], meaning: str) -> tuple[Column, ...]:
    return tuple(Column(key, str, "as in the file", meaning) for key in keys)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _csv(header: list[str], rows: Any) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
