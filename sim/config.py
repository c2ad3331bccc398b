"""Reading settings, and saying in one sentence each what is wrong with them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class InputError(Exception):
    """Something the user gave cannot be used; every problem is one clear sentence.

    `problems` lists all of them; a command prints each and exits with code 2.
    """

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return (InputError, (self.problems,))


class Settings(BaseModel):
    """Base of everything read from a file: strict types, no unknown keys, no NaN, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


S = TypeVar("S", bound=BaseModel)


def nearest(word: str, choices: Iterable[str]) -> str:
    """The sentence end '; did you mean X?' for the closest choice, or '' if none is close."""
    close = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """Parse a TOML file; also return its text, for line numbers in messages.

    Raises InputError if it cannot be read or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: is not valid TOML: {error}") from None


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line (from 1) where a dotted key stands in a TOML text; else of its nearest parent."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line.startswith("["):
            table = _split(line.strip("[]").partition("]")[0])
            found.setdefault(table, number)
        elif "=" in line and not line.startswith("#"):
            key = table + _split(line.partition("=")[0])
            for length in range(len(table) + 1, len(key) + 1):
                found.setdefault(key[:length], number)
    path = tuple(keys)
    while path and path not in found:
        path = path[:-1]
    return found.get(path)


def _split(dotted: str) -> tuple[str, ...]:
    """Split a TOML key at its dots, honouring quotes."""
    parts, part, quote = [], "", ""
    for character in dotted.strip():
        if quote:
            quote = "" if character == quote else quote
            part += "" if character == quote or not quote else character
        elif character in "\"'":
            quote = character
        elif character == ".":
            parts.append(part.strip())
            part = ""
        else:
            part += character
    return (*parts, part.strip())


def validated(model: type[S], data: Mapping[str, Any], *, where: str = "", text: str = "") -> S:
    """Build `model` from plain data or raise InputError with every mistake.

    `where` names the file (or '--set'), `text` is its source for line numbers.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise InputError(
            [_sentence(model, detail, where, text) for detail in error.errors(include_url=False)]
        ) from None


def _sentence(model: type[BaseModel], detail: Any, where: str, text: str) -> str:
    """One validation error as 'file:line: key = value: what is wrong'."""
    keys = [str(part) for part in detail["loc"] if part not in ("kinds", "[key]")]
    line = line_of(text, keys) if text else None
    place = ":".join(part for part in (where, str(line) if line else "") if part)
    key = ".".join(keys)
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        message = "unknown key" + nearest(keys[-1], _fields(model, detail["loc"][:-1]))
    elif kind == "missing":
        message = "is missing"
    elif kind == "value_error":
        message = str(detail["ctx"]["error"])
    else:
        message = str(detail["msg"]).replace("Input should", "should")
        if isinstance(value, (str, int, float, bool)):
            key += f" = {value!r}"
        if kind == "literal_error" and isinstance(value, str):
            message += nearest(value, str(detail["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
                               .split(", "))
    return ": ".join(part for part in (place, key, message) if part)


def _fields(model: type[BaseModel], loc: Sequence[Any]) -> list[str]:
    """The keys that a nested model at `loc` knows."""
    current: Any = model
    for part in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
            for option in getattr(current, "__args__", ()):
                if isinstance(option, type) and issubclass(option, BaseModel):
                    current = option
        # in a keyed table the key itself leads to the same model
    return list(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []


def parse_settings(assignments: Iterable[str]) -> dict[str, Any]:
    """Turn `key.sub=value` strings (the CLI's --set) into a nested dict.

    Values are read as TOML (numbers, true, strings in quotes, lists); a bare word is a string.
    Raises InputError for anything without '='.
    """
    result: dict[str, Any] = {}
    problems = []
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key.strip():
            problems.append(f"--set {assignment}: must read key=value")
            continue
        try:
            parsed = tomllib.loads(f"x = {value.strip()}")["x"]
        except tomllib.TOMLDecodeError:
            parsed = value.strip()
        table = result
        *parents, last = _split(key)
        for parent in parents:
            table = table.setdefault(parent, {})
            if not isinstance(table, dict):
                problems.append(f"--set {assignment}: '{parent}' is a value, not a table")
                table = {}
        table[last] = parsed
    if problems:
        raise InputError(problems)
    return result


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the leaves of `changes` laid over it; neither is altered.

    A whole number laid over a decimal one becomes decimal, so that 2 may be written for 2.0.
    """
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            result[key] = merged(old, value)
        elif isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
            result[key] = float(value)
        else:
            result[key] = value
    return result
