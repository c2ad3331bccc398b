"""The decorator for compiled rules, and where their machine code is kept.

Numba keeps compiled code on disk, but does not notice a change in a function that
was compiled in another file: it then answers with the old rule. So the code lies in
a folder of our own whose name is a hash of all rule sources; a changed rule gets a
new folder, and folders unused for a month are removed.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

SOURCES = Path(__file__).parent
INHERITED = "AMENDS_RULES_CACHE"
"""Environment variable by which worker processes find their parent's folder."""
_MONTH_SECONDS = 30 * 24 * 3600


def sources_hash() -> str:
    """Hash of every rule source, of the compiler's version and of Python's."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version_info[:2]}".encode())
    for path in sorted(SOURCES.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _user_cache() -> Path:
    """The user's cache folder on this system; RuntimeError where there is no home."""
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    chosen = os.environ.get("XDG_CACHE_HOME")
    return Path(chosen) if chosen else Path.home() / ".cache"


def _folder() -> Path:
    """The folder for this state of the rules; made, and proved writable."""
    name = f"rules-{sources_hash()}"
    inherited = os.environ.get(INHERITED)
    if inherited and Path(inherited).name == name and Path(inherited).is_dir():
        return Path(inherited)
    try:
        home = _user_cache() / "amends"
        folder = home / name
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
        _prune(home, folder)
    except (OSError, RuntimeError):
        home = Path(tempfile.mkdtemp(prefix="amends-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        folder = home / name
        folder.mkdir()
        sys.stderr.write("The compiled rules cannot be kept (no writable cache folder); "
                         "they are compiled anew for this run.\n")
    os.environ[INHERITED] = str(folder)
    return folder


def _prune(home: Path, current: Path) -> None:
    """Remove folders of other states of the rules that nobody used for a month."""
    for folder in home.glob("rules-*"):
        if folder != current and time.time() - folder.stat().st_mtime > _MONTH_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


FOLDER = _folder()


def is_warm() -> bool:
    """Whether this state of the rules has been compiled before."""
    # a list, because a generator left half-read keeps a folder open
    return bool(list(FOLDER.rglob("period.play*.nbc")))


def compiled(rule: F, allocates: bool = False) -> F:
    """Compile a rule and keep its machine code in our folder.

    Rules are inlined, and do not count references to the arrays they are handed (that
    alone took three quarters of their time); one that `allocates` an array must.

    Numba's settings are changed only while the rule is decorated, so that another
    package's compiled functions keep their own.
    """
    config: Any = numba.config
    njit: Any = numba.njit
    kept = config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES
    config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES = str(FOLDER), "UserProvidedCacheLocator"
    try:
        result: F = njit(cache=True, error_model="numpy", forceinline=True, _nrt=allocates)(rule)
        return result
    finally:
        config.CACHE_DIR, config.CACHE_LOCATOR_CLASSES = kept
