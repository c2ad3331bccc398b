"""Keeping beside a result what its report had to play again, so that the next report is quick.

    results/NAME-HASH8/report/switch-points-KEY8.json, story-KEY8.json

The key covers the question (and so the business, the strategies and the code of the model) and
the code that plays these: nothing stale is ever read. All of it may be deleted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from experiments.comparison import Answer
from experiments.store import replaced

FOLDER = "report"
PLAYS = ("breakeven.py", "breakeven_text.py", "estimates.py", "pairing.py", "parameters.py", "switchpoint.py",
         "story/*.py", "report/flips.py", "report/dialogue.py")
"""Files of the experiments that what is kept depends on; the model's own are in the identity of the question."""


@cache
def _code() -> bytes:
    """Hash of the code that plays what is kept."""
    root, digest = Path(__file__).parent.parent, hashlib.sha256()
    for pattern in PLAYS:
        for path in sorted(root.glob(pattern)):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.digest()


def place(answer: Answer, name: str, ending: str, *asked: Any) -> Path:
    """Where something made for this answer, with these numbers asked for, is kept."""
    key = hashlib.sha256(_code() + json.dumps([answer.question.identity, answer.runs, *asked]).encode()).hexdigest()
    return answer.folder / FOLDER / f"{name}-{key[:8]}.{ending}"


def keep(path: Path, data: bytes) -> None:
    """Keep it, where the folder may be written; where not, the next report makes it again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        replaced(path, data)


def read(path: Path) -> dict[str, Any] | None:
    """Plain data that is kept; None where it is not, or is damaged."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else None
    return None
