"""All mistakes of a file at once, in its order, each with its line."""

from __future__ import annotations

import re
from pathlib import Path

from sim.config import InputError, line_of


class Mistakes:
    """Collects sentences with the file's line."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.found: list[tuple[int, str]] = []

    def add(self, keys: tuple[str, ...], sentence: str) -> None:
        """A sentence about a key."""
        line = line_of(self.text, keys) if self.text else None
        place = f"{self.path}:{line}" if line else str(self.path)
        self.found.append((line or 0, f"{place}: {'.'.join(keys)}: {sentence}"))

    def take(self, keys: tuple[str, ...], error: InputError) -> None:
        """Every problem of an error, about one key."""
        for problem in error.problems:
            self.add(keys, problem)

    def read(self, error: InputError) -> None:
        """Sentences that begin with their place in the file already."""
        for problem in error.problems:
            line = re.match(rf"{re.escape(str(self.path))}:(\d+):", problem)
            self.found.append((int(line[1]) if line else 0, problem))

    def told(self) -> None:
        """Raise InputError if there were any."""
        if self.found:
            raise InputError(list(dict.fromkeys(sentence for _, sentence in sorted(self.found, key=lambda f: f[0]))))
