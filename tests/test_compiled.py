"""Compiled rules are kept where they may be, and never outlive their sources."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHAKE = "from sim import chance; import numpy as np; print(float(chance.lognormal(1.0, 0.0, 0.5)))"


def python(code: str, where: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code with `where` as the place of `sim`, in a clean environment."""
    kept = {key: value for key, value in os.environ.items()
            if key not in ("AMENDS_RULES_CACHE", "NUMBA_CACHE_DIR", "PYTHONPATH")}
    kept |= {"PYTHONPATH": str(where), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=kept, timeout=120,
                          cwd=where, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the rules that a test may edit."""
    shutil.copytree(ROOT / "sim", tmp_path / "code" / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "code"


def kept_code(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.nbc"))


def test_an_edited_helper_is_noticed(copy: Path, tmp_path: Path) -> None:
    """Editing a rule that another file's compiled rule calls changes the result at once (Numba alone misses it)."""
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    ties = "import numpy as np; from sim.network import _meet; print(len(_meet(np.uint64(1), 50, 2.0)))"
    assert python(ties, copy, **cache).stdout.strip() == "98"
    chance = copy / "sim" / "chance.py"
    chance.write_text(chance.read_text().replace("return int(mean + u)", "return int(mean + u) + 1"))
    assert python(ties, copy, **cache).stdout.strip() == "147"
    assert len(list((tmp_path / "cache" / "amends").glob("rules-*"))) == 2


def test_a_second_process_finds_the_compiled_code(copy: Path, tmp_path: Path) -> None:
    """What one process compiled, the next (a spawned worker) loads: no new code is written."""
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert python(SHAKE, copy, **cache).stdout.strip() == "1.0"
    before = {path: path.stat().st_mtime_ns for path in kept_code(tmp_path / "cache")}
    assert before
    assert python(SHAKE, copy, **cache).stdout.strip() == "1.0"
    assert {path: path.stat().st_mtime_ns for path in kept_code(tmp_path / "cache")} == before


def test_a_read_only_install_leaves_no_code_behind(copy: Path, tmp_path: Path) -> None:
    """Nothing is written beside the sources, even where they are read-only."""
    for folder, _, files in os.walk(copy):
        for name in files:
            Path(folder, name).chmod(stat.S_IRUSR)
        Path(folder).chmod(stat.S_IRUSR | stat.S_IXUSR)
    done = python(SHAKE, copy, XDG_CACHE_HOME=str(tmp_path / "cache"))
    for folder, _, _ in os.walk(copy):
        Path(folder).chmod(stat.S_IRWXU)
    assert done.stdout.strip() == "1.0", done.stderr
    assert kept_code(copy) == [] and kept_code(tmp_path / "cache")


def test_without_a_writable_home_there_is_one_sentence(copy: Path, tmp_path: Path) -> None:
    """Where no cache folder can be made, the rules compile for this run, with one sentence and the same result."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    done = python(SHAKE, copy, XDG_CACHE_HOME=str(blocked), TMPDIR=str(tmp_path))
    assert done.stdout.strip() == "1.0", done.stderr
    assert done.stderr.count("cannot be kept") == 1 and "Traceback" not in done.stderr
    assert kept_code(copy) == []


def test_old_folders_are_pruned(copy: Path, tmp_path: Path) -> None:
    """Compiled code that nobody used for a month is removed; younger code stays."""
    home = tmp_path / "cache" / "amends"
    for name, days in (("rules-old", 40), ("rules-young", 3)):
        (home / name).mkdir(parents=True)
        os.utime(home / name, (0, __import__("time").time() - days * 86400))
    python("import sim.compiled", copy, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert not (home / "rules-old").exists() and (home / "rules-young").exists()


def test_other_packages_keep_their_own_numba_settings() -> None:
    """Our cache folder is set only while a rule is decorated."""
    done = python("import numba; before = numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES; "
                  "import sim.chance; "
                  "print(before == (numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES))", ROOT)
    assert done.stdout.strip() == "True", done.stderr
