"""Which comparison a report shows: a business that is played, a folder of results, or the newest one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.archive import compared, entries, known_folder
from experiments.comparison import Answer
from experiments.replication import columns
from experiments.store import from_parquet
from experiments.sweep_store import read_manifest
from sim.business import presets
from sim.config import InputError, nearest


def is_business(what: str, results: Path) -> bool:
    """Whether a name is a business rather than a folder of results; InputError where it is neither."""
    if what in presets() or what.endswith(".toml"):
        return True
    if any(read_manifest(folder) is not None for folder in (Path(what), results / what)):
        return False
    known = [*presets(), *(entry.folder.name for entry in entries(results))]
    raise InputError(f"{what}: is no business and no folder of results" + (nearest(what, known) or "; there are "
                     f"{', '.join(presets())}, or give the path of a .toml file"))


def newest(results: Path) -> Path:
    """The folder of the comparison finished last under `results`; InputError where there is none."""
    found = []
    for folder in sorted(results.iterdir()) if results.is_dir() else []:
        manifest = read_manifest(folder)
        if manifest is not None and manifest.get("kind") != "experiment" and manifest.get("status") != "started":
            found.append(((folder / "manifest.json").stat().st_mtime_ns, folder))
    if not found:
        raise InputError(f"{results}: holds no finished comparison to report; name a business, as in "
                         "amends report hotel")
    return max(found)[1]


def from_folder(name: str, results: Path) -> Answer:
    """The answer that lies in a folder, as it is; InputError where it is none that can be reported."""
    folder, known = known_folder(name, results)
    if known.get("kind") == "experiment":
        raise InputError(f"{folder}: is an experiment over many worlds, and a report shows one comparison; take "
                         f"amends report BUSINESS STRATEGY..., or amends export {folder.name} for its tables")
    return _read(folder, known)


def _read(folder: Path, known: dict[str, Any]) -> Answer:
    try:
        question = compared(folder, known)
    except KeyError as error:
        raise InputError(f"{folder}: its manifest.json lacks {error}; was it written by another version of amends? "
                         "Play it again with amends compare") from None
    path = folder / "runs.parquet"
    if not path.exists():
        raise InputError(f"{folder}: is not finished; the same amends compare goes on where it was")
    rows = from_parquet(path, columns(question.point.years))
    if rows is None or not len(rows["run"]):
        raise InputError(f"{path}: is damaged; the same amends compare makes it again")
    return Answer(question, rows, folder)
