"""Finding a strategy by how it is spelled.

    minimum                        one that comes with amends, or with an installed package
    ladder:opening=2,sincere=true  the same with parameters
    mine.py                        the one strategy, or the function `respond`, of a file
    mine.py:Generous:share=0.5     a certain one of it, with parameters

Nothing is imported before its name is called for.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.config import InputError, nearest
from sim.remedy import Strategy

GROUP = "amends.strategies"
"""Entry points of this group, in any installed package, are strategies too."""

_PACKAGE = "strategies"
_FILE = re.compile(r"(?![\w-]+:\w+\s*=)(?P<file>.+?\.py)(?::(?P<rest>.*))?")
"""A path, unless it stands in a parameter of a name."""


def find(spelling: str) -> Strategy:
    """The strategy spelled so, ready to respond.

    Raises InputError, in one sentence, for whatever is wrong with the spelling or the file.
    """
    made, parameters = _resolve(spelling)
    try:
        return made(**parameters)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"strategy {spelling}: cannot be made: {_reason(error)}") from error


def names() -> list[str]:
    """The names that need no file: those of amends, then those of installed packages."""
    built_in = [name for name in sorted(_modules()) if _built_in(name)]
    return built_in + sorted({point.name for point in entry_points(group=GROUP)} - set(built_in))


def docstring(spelling: str) -> str:
    """What a strategy stands for, in the words of its file (or else its class)."""
    made, _ = _resolve(spelling)
    module = sys.modules.get(made.__module__)
    own = made.__doc__ or ""
    whole = module.__doc__ or "" if module and made.__module__ != Strategy.__module__ else ""
    return inspect.cleandoc(whole or own)


def summary(spelling: str) -> str:
    """What a strategy does, in the first sentence of its class (or else its file)."""
    made, _ = _resolve(spelling)
    text = inspect.cleandoc(made.__doc__ or "") or docstring(spelling)
    return " ".join(text.partition("\n\n")[0].split())


def _resolve(spelling: str) -> tuple[type[Strategy], dict[str, str]]:
    """The class that a spelling names, and its parameters as text."""
    spelling = spelling.strip()
    if found := _FILE.fullmatch(spelling):
        chosen, colon, rest = (found["rest"] or "").partition(":")
        if not colon and "=" in chosen:
            chosen, rest = "", chosen
        return _from_file(Path(found["file"]).expanduser(), chosen.strip()), _parameters(spelling, rest)
    name, _, rest = spelling.partition(":")
    return _by_name(name.strip()), _parameters(spelling, rest)


def _parameters(spelling: str, text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for piece in text.split(",") if text.strip() else []:
        key, equals, value = (part.strip() for part in piece.partition("="))
        if not (key and equals and value):
            raise InputError(f"strategy {spelling}: '{piece.strip()}' must read key=value")
        if key in parameters:
            raise InputError(f"strategy {spelling}: {key} is given twice")
        parameters[key] = value
    return parameters


def _by_name(name: str) -> type[Strategy]:
    if name in _modules() and (built_in := _built_in(name)):
        return built_in
    for point in entry_points(group=GROUP, name=name):
        return _installed(point)
    known = names()
    hint = nearest(name, known) or f"; there are {', '.join(known)}, or give the path of a .py file"
    raise InputError(f"no strategy is called '{name}'{hint}")


def _modules() -> dict[str, str]:
    """The modules of this package by the name their strategy would have."""
    package = importlib.import_module(_PACKAGE)
    return {module.name.replace("_", "-"): module.name for module in pkgutil.iter_modules(package.__path__)
            if not module.name.startswith("_")}


def _built_in(name: str) -> type[Strategy] | None:
    """The strategy of a module of this package; None for a module that only helps others."""
    module = importlib.import_module(f"{_PACKAGE}.{_modules()[name]}")
    return next((made for made in _strategies(module).values() if made.label() == name), None)


def _installed(point: EntryPoint) -> type[Strategy]:
    """The strategy of another package's entry point."""
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:
        raise InputError(f"strategy {point.name}: entry point {point.value} cannot be loaded: "
                         f"{_reason(error)}") from error
    return _as_strategy(loaded, f"entry point {point.value}")


def _from_file(path: Path, chosen: str) -> type[Strategy]:
    """A strategy of a user's file: the one chosen by name, or the only one."""
    module = _module_of(path)
    here = _strategies(module)
    respond = vars(module).get("respond")
    if chosen:
        if chosen not in vars(module):
            raise InputError(f"{path}: nothing is called '{chosen}'" + (nearest(chosen, here) or _listed(here)))
        return _as_strategy(vars(module)[chosen], f"{path}: {chosen}")
    if len(here) == 1:
        return next(iter(here.values()))
    if not here and inspect.isfunction(respond):
        return _as_strategy(respond, f"{path}: respond")
    if here:
        raise InputError(f"{path}: has several strategies; name one of {', '.join(here)}, "
                         f"as in {path.name}:{next(iter(here))}")
    raise InputError(f"{path}: has neither a subclass of Strategy nor a function called 'respond'")


def _module_of(path: Path) -> ModuleType:
    """Run a user's file as a module of its own."""
    try:
        source = path.read_bytes()
    except OSError as error:
        beside = [other.name for other in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise InputError(f"{path}: cannot be read: {error.strerror}" + nearest(path.name, beside)) from None
    # Type hints and pickling look a class's module up in sys.modules. Place and content in its name keep
    # two files of one name, and two states of one file, apart; a compiled copy on disk could be stale.
    digest = hashlib.sha256(bytes(path.resolve()) + b"\0" + source).hexdigest()[:16]
    name = f"amends_strategy_file_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
    except BaseException as error:
        del sys.modules[name]
        if not isinstance(error, (Exception, SystemExit)):
            raise
        line = _line(error, str(path))
        raise InputError(f"{path}{f':{line}' if line else ''}: cannot be imported: {_reason(error)}") from error
    return module


def _line(error: BaseException, file: str) -> int | None:
    """The last line of a file that an error passed through."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return lines[-1] if lines else None


def _reason(error: BaseException) -> str:
    """An error in one line."""
    text = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _strategies(module: ModuleType) -> dict[str, type[Strategy]]:
    """The strategies that a module defines itself, by the name of the class."""
    found: dict[str, type[Strategy]] = {}
    for name, thing in vars(module).items():
        own = isinstance(thing, type) and issubclass(thing, Strategy) and thing.__module__ == module.__name__
        if own and thing not in found.values():
            found[name] = thing
    return found


def _as_strategy(thing: Any, what: str) -> type[Strategy]:
    """A class as it is, a bare function wrapped; InputError for anything else."""
    if isinstance(thing, type) and issubclass(thing, Strategy):
        return thing
    if inspect.isfunction(thing):
        return type(Strategy.from_function(thing))
    kind = "class" if isinstance(thing, type) else type(thing).__name__
    raise InputError(f"{what} is a {kind}, not a subclass of Strategy or a function respond(case)")


def _listed(known: Mapping[str, Callable[..., Any]]) -> str:
    return f"; there is {', '.join(known)}" if known else ""
