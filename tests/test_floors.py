"""The house keeps its order: three floors, small files, no hidden chance."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("sim", "strategies", "experiments")
FILES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
UPSTAIRS = {"sim": {"strategies", "experiments"}, "strategies": {"experiments"}, "experiments": set()}
NOBODY = {"tests", "benchmarks", "results"}
"""Folders from which no floor may import."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names of the modules that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their floor"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_floors_are_there() -> None:
    """The scan below looks at something."""
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(FLOORS)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_go_down_only(path: Path) -> None:
    """sim knows nobody, strategies know only sim, nobody knows the tests."""
    floor = path.relative_to(ROOT).parts[0]
    known = {module.partition(".")[0] for module in imported(ast.parse(path.read_text(encoding="utf-8")))}
    assert not known & (UPSTAIRS[floor] | NOBODY)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_stay_small(path: Path) -> None:
    """One idea per file: 600 lines are an alarm."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


@pytest.mark.parametrize("path", [path for path in FILES if path.relative_to(ROOT).parts[0] == "sim"], ids=name)
def test_the_world_does_not_talk(path: Path) -> None:
    """sim prints nothing: what it has to say are return values and errors."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_there_is_no_hidden_chance(path: Path) -> None:
    """Every draw has an address: neither `random` nor NumPy's generators are used, nor a model's own.

    Only a seed nobody gave may come from the system (`secrets`); it is then on record. The search for constants and
    the test of that search (`psychology_*`, outside every world) may hold a generator of their own, with a seed.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = set(imported(tree))
    assert not {module for module in modules if module.partition(".")[0] == "random"}
    assert not {module for module in modules if module.startswith("numpy.random")}
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "random"
            and isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy", "self", "model")]
    seeded = {"psychology_fit.py": "np.random.default_rng(FIT_SEED)",
              "psychology_posterior.py": "np.random.default_rng(SEED)",
              "psychology_recovery.py": "np.random.default_rng(TRUTH_SEED)"}
    if path.name in seeded:
        text = path.read_text(encoding="utf-8")
        assert seeded[path.name] in text and text.count("default_rng(") == 1
        return
    assert not [node.lineno for node in used]


def test_real_data_are_for_tests_only() -> None:
    """Nothing outside the tests reads the public data sets that lie beside a developer's copy."""
    texts = [*FILES, *(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "experiments").rglob("*.toml"),
             *(ROOT / "sim").rglob("*.toml")]
    assert not [name(path) for path in texts if "shared/data" in path.read_text(encoding="utf-8")]
