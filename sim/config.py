"""Reading settings, and saying in one sentence each what is wrong with them."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


class InputError(Exception):
    """Something the user gave cannot be used; every problem is one clear sentence.

    `problems` lists all of them; a command prints each and exits with code 2.
    """

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return (InputError, (self.problems,))


Fault = tuple[tuple[str, ...], str]
"""The key at fault, from where it is checked, and the sentence."""


class Settings(BaseModel):
    """Base of everything read from a file: strict types, no unknown keys, no NaN, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def cross_faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """What is wrong between parts of raw data, told even while a part alone is wrong."""
        return iter(())


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
        # Editors on Windows begin a file with a byte-order mark, which TOML does not know.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        return tomllib.loads(text), text
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None
    except ValueError as error:
        said = str(error)
        line = ""
        if place := re.search(r" \(at line (\d+), column (\d+)\)$", said):
            line, said = f":{place[1]}", f"{said[:place.start()]} (column {place[2]})"
        raise InputError(f"{path}{line}: is not valid TOML: {said}") from None


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line (from 1) where a dotted key stands in a TOML text; else of its nearest parent."""
    found = _lines(text)
    path = tuple(keys)
    while path and path not in found:
        path = path[:-1]
    return found.get(path)


@lru_cache(maxsize=4)
def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of every key of a valid TOML text that begins a line, and of every table."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    tables: dict[tuple[str, ...], int] = {}
    for number, statement in _statements(text):
        if statement.startswith("[["):
            table = _key_path(statement[2:].rpartition("]]")[0])
            position = tables.get(table, 0)
            tables[table] = position + 1
            found.setdefault(table, number)
            table = (*table, str(position))
            found.setdefault(table, number)
        elif statement.startswith("["):
            table = _key_path(statement[1:].rpartition("]")[0])
            found.setdefault(table, number)
        elif key := _KEY.match(statement):
            path = table + _key_path(key[0])
            for length in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:length], number)
    return found


_KEY = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[^"'=])+""")
_TOKEN = re.compile(r"""\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'"""
                    r"""|\#[^\n]*|[\[\]{}\n]|[^"'#\[\]{}\n]+|.""", re.DOTALL)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """First line and text of each statement; a value over several lines belongs to its key."""
    line, start, depth, parts = 1, 1, 0, ""
    for token in _TOKEN.findall(text + "\n"):
        if token == "\n" and depth == 0:
            if parts.strip():
                yield start, parts.strip()
            parts, start = "", line + 1
        elif not token.startswith("#"):
            depth += (token in ("[", "{")) - (token in ("]", "}"))
            parts += token
        line += token.count("\n")


def _key_path(dotted: str) -> tuple[str, ...]:
    """A dotted TOML key as its parts, escapes resolved."""
    path: list[str] = []
    try:
        current: Any = tomllib.loads(dotted + " = 0")
    except ValueError:
        return _split(dotted)
    while isinstance(current, dict):
        [(part, current)] = current.items()
        path.append(part)
    return tuple(path)


def _split(dotted: str) -> tuple[str, ...]:
    """Split a key at its dots, honouring quotes; unlike in TOML any letters may go without."""
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


def refuse(faults: Iterable[Fault]) -> None:
    """For validators: raise every fault as an error of its own key, if there is any."""
    details = [
        InitErrorDetails(type=PydanticCustomError("fault", "{sentence}", {"sentence": sentence}), loc=keys, input=None)
        for keys, sentence in faults
    ]
    if details:
        raise ValidationError.from_exception_data("settings", details)


FEW_KEYS = 12
"""So many keys of a table, or fewer, are all named where one is unknown and none of them is near."""


def validated(model: type[S], data: Mapping[str, Any], *, where: str = "", text: str = "") -> S:
    """Build `model` from plain data or raise InputError with every mistake.

    `where` names the file (or '--set'), `text` is its source for line numbers.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        found = [_sentence(model, detail, data, where, text) for detail in error.errors(include_url=False)]
        if issubclass(model, Settings):
            found += [_placed(keys, sentence, where, text) for keys, sentence in model.cross_faults(data)]
    # in the order of the file, and none twice
    raise InputError(list(dict.fromkeys(sentence for _, sentence in sorted(found, key=lambda one: one[0]))))


def _placed(keys: Sequence[str], message: str, where: str, text: str, value: str = "") -> tuple[int, str]:
    """Line and whole sentence: 'file:line: key = value: what is wrong'."""
    line = line_of(text, keys) if text else None
    place = ":".join(part for part in (where, str(line) if line else "") if part)
    return line or 0, ": ".join(part for part in (place, ".".join(keys) + value, message) if part)


def _sentence(model: type[BaseModel], detail: Any, data: Any, where: str, text: str) -> tuple[int, str]:
    """One validation error in words."""
    loc = [str(part) for part in detail["loc"]]
    keys = [part for before, part in zip(["", *loc], loc, strict=False)
            if part != "[key]" and (before, part) != ("failures", "kinds")]
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    shown = ""
    if kind == "extra_forbidden":
        known = _fields(model, loc[:-1])
        message = "unknown key" + (nearest(keys[-1], known) or
                                   (f"; there is {', '.join(known)}" if 0 < len(known) <= FEW_KEYS else ""))
    elif kind == "missing":
        message = "is missing" + _meant(data, keys)
    elif kind == "fault":
        message = context["sentence"]
    elif kind == "value_error":
        message = str(context["error"])
    elif kind == "literal_error":
        choices = [str(choice) for choice in _choices(str(context["expected"]))]
        message = f"must be one of {', '.join(choices)}" if len(choices) > 1 else f"must be {choices[0]}"
        if isinstance(value, str):
            message += nearest(value, choices)
        shown = _shown(value) if loc[-1] != "[key]" else ""
    elif kind in _TYPES:
        message, shown = _TYPES[kind], _shown(value)
    else:
        message = re.sub(r"^(Input|Value|String|List|Dictionary) should", "must", str(detail["msg"]))
        message, shown = message.replace(" after validation", ""), _shown(value)
    return _placed(keys, message, where, text, shown)


_TYPES = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "list_type": "must be a list, in square brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
}


def _shown(value: Any) -> str:
    """A value as in the file, where it is short enough to help."""
    if isinstance(value, bool):
        return f" = {str(value).lower()}"
    if isinstance(value, (str, int, float)):
        try:
            spelled = repr(value)
        except ValueError:
            return ""  # a whole number of more than 4,300 digits
        return f" = {spelled if len(spelled) <= 80 else spelled[:77] + '...'}"
    return ""


def _choices(expected: str) -> list[str]:
    """The words of pydantic's "'a', 'b' or 'c'"."""
    return re.findall(r"'([^']*)'", expected) or [expected]


def _meant(data: Any, keys: Sequence[str]) -> str:
    """A hint where a key is missing only because its table's name is misspelled."""
    parent: Any = data
    for key in keys[:-2]:
        parent = parent.get(key) if isinstance(parent, Mapping) else None
    if len(keys) < 3 or not isinstance(parent, Mapping):
        return ""
    others = [name for name, table in parent.items() if isinstance(table, Mapping) and name != keys[-2]
              and keys[-1] in table]
    close = difflib.get_close_matches(keys[-2], others, n=1, cutoff=0.8)
    return f"; did you mean '{'.'.join((*keys[:-2], close[0], keys[-1]))}'?" if close else ""


def _fields(model: type[BaseModel], loc: Sequence[str]) -> list[str]:
    """The keys that the table at `loc` knows."""
    current: Any = model
    for part in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            known = current.model_fields.get(part)
            current = known.annotation if known else None
        else:
            # a keyed table or a list: whatever the key, the last argument is what it holds
            current = (get_args(current) or (None,))[-1]
    if isinstance(current, type) and issubclass(current, BaseModel):
        # 'kinds' is how the model keeps sub-tables, not a key to write
        return [name for name in current.model_fields if name != "kinds" or loc[-1:] != ["failures"]]
    return []


def parse_settings(assignments: Iterable[str]) -> dict[str, Any]:
    """Turn `key.sub=value` strings (the CLI's --set) into a nested dict.

    Values are read as TOML (numbers, true, strings in quotes, lists); a bare word is a string.
    Raises InputError for anything without '='.
    """
    result, problems = read_settings(assignments)
    if problems:
        raise InputError(problems)
    return result


def read_settings(assignments: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """What can be read of `key.sub=value` strings, and what is wrong with the others."""
    result: dict[str, Any] = {}
    problems = []
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        path = _split(key)
        if not equals or not all(path):
            problems.append(f"--set {assignment}: must read key=value, such as people.customer_share=0.3")
            continue
        table: Any = result
        for depth, parent in enumerate(path[:-1], start=1):
            table = table.setdefault(parent, {})
            if not isinstance(table, dict):
                problems.append(f"--set {assignment}: '{'.'.join(path[:depth])}' is already set to a value")
                break
        else:
            if isinstance(table.get(path[-1]), dict):
                problems.append(f"--set {assignment}: '{'.'.join(path)}' is already set key by key")
            else:
                table[path[-1]] = _value(value.strip())
    return result, problems


def _value(text: str) -> Any:
    """A value as TOML reads it; whatever TOML does not know is a bare word."""
    try:
        read = tomllib.loads(f"x = {text}")
    except (ValueError, RecursionError):
        return text
    return read["x"] if len(read) == 1 else text


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
            try:
                result[key] = float(value)
            except OverflowError:
                result[key] = value
        else:
            result[key] = value
    return result
