"""Keeping results: one folder per question, a part per block of runs, tables in order at the end.

    results/NAME-HASH8/
      manifest.json            the resolved question and its hash, versions, status; times and machine apart
      runs/part-000000-000009.parquet    runs 0 to 9, written whole or not at all
      failed/run-000012.json   a run that could not be played: its seed and what happened
      course/part-000000-000009.parquet  how these went, period by period
      runs.parquet, runs.csv   all rows, sorted by run, arm and role
      course.parquet           of the first runs, sorted by run, arm and period
      draws/draw-000004.json   the numbers drawn for runs 8 and 9, where something is drawn
      draws.csv                all of them: a row a draw
      columns.csv              what every column means, with its unit

An identical question finds its folder again and plays only the runs that are missing;
a different one has another hash and so another folder.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import platform
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from experiments.design import Comparison
from experiments.replication import COURSE, COURSE_RUNS, Block, Failure, columns
from experiments.unknown import RUNS_PER_DRAW
from sim.config import InputError
from sim.records import SCHEMA_VERSION, Column

PACKAGES = ("amends", "mesa", "numpy", "numba", "scipy")
"""Whatever can change a number; their versions are recorded."""
ORDER = ("run", "arm", "role")
COURSE_ORDER = ("run", "arm", "period")
KEPT = "What was finished is kept; started again it goes on from there (--out names another folder)"
"""What to say where the disk is full."""
DRAW = (
    Column("draw", np.int64, "number", "number of the draw, from 0"),
    Column("first_run", np.int64, "number", "the first of the runs that were played with it"),
)
"""The first columns of the table of draws; the others are the numbers drawn."""
DRAWN = "value drawn of this number of the business or of the psychology"

Table = dict[str, np.ndarray]
"""Columns by name, all of one length."""


class Store:
    """The folder of one question. Opening it writes the manifest; InputError where that cannot be done."""

    def __init__(self, question: Comparison, out: str | Path | None = None) -> None:
        self.question = question
        self.columns = columns(question.point.years)
        self.folder = Path(out or "results") / f"{question.name}-{question.identity[:8]}"
        self._table: Table | None = None
        self._course: Table | None = None
        self._opened = time.time()
        try:
            for name in ("", "runs", "course", "failed", *(("draws",) if question.point.unknown else ())):
                folder = self.folder / name
                folder.mkdir(parents=True, exist_ok=True)
            known = self._manifest()
            if known and known.get("hash") != question.identity:
                raise InputError(f"{self.folder} holds the answer to another question; name another folder with --out")
            if not known:
                self._write_manifest("started")
        except OSError as error:
            raise InputError(f"{self.folder} cannot be written: {error.strerror}; name another with --out") from None

    def missing(self) -> list[int]:
        """Runs that are not kept yet, ascending; runs that failed are among them, to be tried again."""
        kept = set(self.table()["run"].tolist())
        return [run for run in range(self.question.runs) if run not in kept]

    def keep(self, block: Block) -> None:
        """Write a block at once and whole: it survives whatever comes after. The runs come last, and make it count."""
        for number, values in block.draws.items():
            replaced(self._draw_file(number), json_bytes(values))
        if block.rows:
            name = f"part-{block.first:06d}-{block.first + block.runs - 1:06d}.parquet"
            if "course" in block.tables:
                course = in_order(joined(block.tables["course"], COURSE), COURSE_ORDER)
                replaced(self.folder / "course" / name, to_parquet(course, COURSE))
            rows = {c.name: np.array([row[c.name] for row in block.rows], column_dtype(c)) for c in self.columns}
            replaced(self.folder / "runs" / name, to_parquet(in_order(rows), self.columns))
        kept = {row["run"] for row in block.rows}
        for run in kept:
            self._failed_file(run).unlink(missing_ok=True)
        for failure in block.failures:
            replaced(self._failed_file(failure.run), json_bytes(failure.__dict__))
        self._table = None

    def failures(self) -> list[Failure]:
        """The runs that failed and have not succeeded since."""
        return failures_in(self.folder)

    def table(self) -> Table:
        """All rows kept so far, sorted by run, arm and role; a damaged part counts as not there."""
        if self._table is None:
            parts = list(self._parts())
            self._table = _ordered([runs for runs, _ in parts], self.columns, ORDER)
            self._course = _ordered([course for _, course in parts], COURSE, COURSE_ORDER)
        return self._table

    def course(self) -> Table:
        """How the first runs went, sorted by run, arm and period."""
        self.table()
        assert self._course is not None
        return self._course

    def finish(self) -> None:
        """Write the tables in order, the codebook and the end of the manifest (where they are not there yet)."""
        table = self.table()
        complete = len(np.unique(table["run"])) == self.question.runs
        status = "complete" if complete else "some runs failed"
        made = {
            "runs.parquet": to_parquet(table, self.columns),
            "course.parquet": to_parquet(self.course(), COURSE),
            "runs.csv": to_csv(table, self.columns).encode(),
        }
        described = {"runs": self.columns, "course": COURSE}
        if self.question.point.unknown is not None:
            draws = self._draws()
            made["draws.csv"] = draws.encode()
            described["draws"] = (*DRAW, *(Column(key, np.float64, "as in the file", DRAWN)
                                           for key in draws.partition("\n")[0].split(",")[len(DRAW):]))
        made["columns.csv"] = codebook(described).encode()
        if (self._manifest() or {}).get("status") == status and all(
                _holds(self.folder / name, data) for name, data in made.items()):
            return
        for name, data in made.items():
            replaced(self.folder / name, data)
        self._write_manifest(status)

    def _draws(self) -> str:
        """A row a draw: its number, its first run, and the numbers drawn."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for position, number in enumerate(sorted({run // RUNS_PER_DRAW for run in self.table()["run"].tolist()})):
            values = self._draw(number)
            if position == 0:
                writer.writerow([*(c.name for c in DRAW), *values])
            writer.writerow([number, RUNS_PER_DRAW * number, *values.values()])
        return text.getvalue()

    def _draw(self, number: int) -> dict[str, float]:
        """The numbers drawn: as they were kept, or drawn again where that file is lost or damaged."""
        with contextlib.suppress(OSError, ValueError):
            found: dict[str, float] = json.loads(self._draw_file(number).read_text(encoding="utf-8"))
            return found
        point = self.question.point
        assert point.unknown is not None
        return point.unknown.draw(point.business, point.seed, number).values

    def _draw_file(self, number: int) -> Path:
        return self.folder / "draws" / f"draw-{number:06d}.json"

    def _parts(self) -> Iterator[tuple[Table, Table]]:
        """The parts of both tables; where one of the two is damaged, neither counts."""
        for path in sorted((self.folder / "runs").glob("part-*.parquet")):
            runs = from_parquet(path, self.columns)
            if runs is None:
                continue
            course = (from_parquet(self.folder / "course" / path.name, COURSE)
                      if (runs["run"] < COURSE_RUNS).any() else empty_table(COURSE))
            if course is not None:
                yield runs, course

    def _failed_file(self, run: int) -> Path:
        return self.folder / "failed" / f"run-{run:06d}.json"

    def _manifest(self) -> dict[str, Any] | None:
        try:
            found = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _write_manifest(self, status: str) -> None:
        replaced(self.folder / "manifest.json", json_bytes({
            "schema_version": SCHEMA_VERSION,
            "status": status,
            "hash": self.question.identity,
            "question": self.question.resolved(),
            "versions": {"python": platform.python_version(), **package_versions()},
            "failed_runs": [failure.run for failure in self.failures()],
            "this_machine": {
                "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "seconds": round(time.time() - self._opened, 3),
                "system": platform.platform(),
                "processor": platform.machine(),
                "processors": os.cpu_count(),
            },
        }))


def package_versions() -> dict[str, str]:
    """Version of everything that can change a number."""
    versions = {}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions


def json_bytes(data: Any) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def replaced(path: Path, data: bytes) -> None:
    """Write a file so that a reader, and a power cut, meets either the old one or the new one, whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _holds(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() == data


def column_dtype(column: Column) -> np.dtype:
    """How a column is held in memory."""
    return np.dtype(object) if column.type is str else np.dtype(column.type)


def joined(pieces: list[dict[str, Any]], columns: tuple[Column, ...]) -> Table:
    """Pieces of one run and arm each, as one table."""
    long = [len(piece[columns[-1].name]) for piece in pieces]
    return {c.name: np.concatenate([np.empty(0, column_dtype(c)), *(
        piece[c.name] if isinstance(piece[c.name], np.ndarray) else np.full(n, piece[c.name], column_dtype(c))
        for piece, n in zip(pieces, long, strict=True))]).astype(column_dtype(c)) for c in columns}


def in_order(table: Table, order_by: Sequence[str] = ORDER) -> Table:
    """Its rows sorted by these columns, the first counting most."""
    order = np.lexsort([_ranks(table[name]) for name in reversed(order_by)])
    return {name: values[order] for name, values in table.items()}


def _ranks(values: np.ndarray) -> np.ndarray:
    """Numbers that sort like the values: few words in many rows, of which sorting all would take seconds."""
    if values.dtype != object:
        return values
    words = values.tolist()
    places = {word: place for place, word in enumerate(sorted(set(words)))}
    return np.array([places[word] for word in words], np.int64)


def empty_table(columns: Sequence[Column]) -> Table:
    """A table without rows."""
    return {c.name: np.array([], column_dtype(c)) for c in columns}


def _ordered(parts: Sequence[Table], columns: Sequence[Column], order_by: Sequence[str]) -> Table:
    """The parts as one table, sorted."""
    whole = {c.name: np.concatenate([empty_table((c,))[c.name], *(part[c.name] for part in parts)]) for c in columns}
    return _first_of_each(in_order(whole, order_by), order_by)


def _first_of_each(table: Table, keys_of: Sequence[str]) -> Table:
    """One row of each key: blocks cut differently before and after an interruption may overlap."""
    keys = [table[name] for name in keys_of]
    if not len(keys[0]):
        return table
    fresh = np.concatenate([[True], np.any([key[1:] != key[:-1] for key in keys], axis=0)])
    return {name: values[fresh] for name, values in table.items()}


def failures_in(folder: Path) -> list[Failure]:
    """The runs that failed and have not succeeded since, in the order of their files; a damaged file is passed over.

    A failure's file may outlive a later success, where the program was killed between the two.
    """
    found = []
    for path in sorted((folder / "failed").glob("run-*.json")):
        with contextlib.suppress(ValueError, TypeError, OSError):
            failure = Failure(**json.loads(path.read_text(encoding="utf-8")))
            if not any(run == failure.run for part in parts_of(folder, failure.point, failure.run)
                       for run in _runs_in(part)):
                found.append(failure)
    return found


def numbers_of(part: Path) -> tuple[int, int, int]:
    """Point, first and last run of a part, by its name; a comparison has only point 0."""
    point, first, last = [0, *map(int, part.stem.split("-")[1:])][-3:]
    return point, first, last


def parts_of(folder: Path, point: int, run: int) -> Iterator[Path]:
    """The parts of the table of runs whose names say that they hold a run."""
    for path in sorted((folder / "runs").glob("part-*.parquet")):
        number, first, last = numbers_of(path)
        if number == point and first <= run <= last:
            yield path


def _runs_in(part: Path) -> list[int]:
    """The numbers of the runs that a part holds; none where it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(part).read(["run"]).column("run").to_pylist()  # type: ignore[no-any-return]
    except (pa.ArrowException, OSError):
        return []


def to_parquet(table: Table, columns: Sequence[Column]) -> bytes:
    """A table as Parquet: the same bytes for the same content; units and meaning in the metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([
        pa.field(c.name, pa.string() if c.type is str else pa.from_numpy_dtype(np.dtype(c.type)), nullable=False,
                 metadata={"unit": c.unit, "meaning": c.meaning}) for c in columns
    ], metadata={"schema_version": str(SCHEMA_VERSION)})
    buffer = io.BytesIO()
    arrays = [_arrow(table[c.name], c.type) for c in columns]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()


def _arrow(values: np.ndarray, kind: type) -> Any:
    """A column as Arrow has it, from its bytes: `pyarrow.array` would load pandas first, which takes a second."""
    import pyarrow as pa

    if kind is not str:
        numbers: np.ndarray = np.ascontiguousarray(values, kind)
        return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), len(numbers), [None, pa.py_buffer(numbers)])
    words = [word.encode() for word in values.tolist()]
    ends = np.zeros(len(words) + 1, np.int32)
    np.cumsum([len(word) for word in words], out=ends[1:])
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(ends), pa.py_buffer(b"".join(words)))


def from_parquet(path: Path, columns: Sequence[Column]) -> Table | None:
    """Read a table back; None where the file is damaged or lacks a column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Not pq.read_table: that loads pandas, and its threads may abort a program that ends soon after.
        read = pq.ParquetFile(io.BytesIO(path.read_bytes())).read()
        return {c.name: _values(read.column(c.name), c) for c in columns}
    except (pa.ArrowException, OSError, KeyError, ValueError):
        return None


def _values(column: Any, c: Column) -> np.ndarray:
    """A column as NumPy has it; of numbers from their bytes, as `to_numpy` would load pandas first."""
    import pyarrow as pa

    if c.type is str:
        return np.asarray(column.to_pylist(), object)
    dtype = column_dtype(c)
    if column.type != pa.from_numpy_dtype(dtype) or column.null_count:
        raise ValueError(f"{c.name}: is {column.type}")
    found = [np.frombuffer(chunk.buffers()[1], dtype)[chunk.offset:chunk.offset + len(chunk)]
             for chunk in column.chunks if len(chunk)]
    return np.concatenate([np.empty(0, dtype), *found])


def to_csv(table: Table, columns: Sequence[Column]) -> str:
    """A table as CSV: UTF-8, a header, numbers so that they read back exactly."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([c.name for c in columns])
    writer.writerows(zip(*(table[c.name].tolist() for c in columns), strict=True))
    return text.getvalue()


def codebook(tables: Mapping[str, Sequence[Column]]) -> str:
    """Every column with the tables it stands in, its unit and meaning, as CSV."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for table, own in tables.items():
        for c in own:
            found.setdefault((c.name, c.unit, re.sub(r"\s+", " ", c.meaning)), []).append(table)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["column", "tables", "unit", "meaning"])
    writer.writerows([name, " ".join(places), unit, meaning] for (name, unit, meaning), places in found.items())
    return text.getvalue()
