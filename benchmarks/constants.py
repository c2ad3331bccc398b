"""The constants of human nature as the Markdown table of `docs/model.md`, and which of them the evidence is silent on.

    python -m benchmarks.constants
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from experiments.psychology_prior import DEPENDENT, UNTOUCHED
from sim.psychology import Psychology

ENSEMBLE = Path(__file__).parent.parent / "experiments" / "validation" / "ensemble.toml"
FITTED, HARDLY = 0.2, 0.05
"""From this share of the spread lost in the fit a constant is called fitted, or fitted but hardly known."""
SAID = {"fitted": "fitted", "hardly known": "fitted, but hardly known", "open": "fitted, but open",
        "the rest to 1": "the rest to 1", "assumption": "assumption"}
"""What the source of a constant in `sim/psychology.py` must begin with, by grade; it has a column of its own here."""


def shrinkage() -> dict[str, float]:
    """Of each fitted constant the share of its spread that the findings took away."""
    found: dict[str, float] = tomllib.loads(ENSEMBLE.read_text(encoding="utf-8"))["shrinkage"]
    return found


def grade(name: str) -> str:
    """How well a constant is known."""
    if name in UNTOUCHED:
        return "assumption"
    if name in DEPENDENT:
        return "the rest to 1"
    known = shrinkage()[name]
    return "fitted" if known >= FITTED else "hardly known" if known >= HARDLY else "open"


def silent() -> str:
    """A sentence naming the constants of which the findings say nothing."""
    names = ", ".join(f"`{name}`" for name in Psychology.model_fields if grade(name) == "open")
    return f"Of these the findings say next to nothing, though they were fitted along: {names}."


def table() -> str:
    """One row per constant: what it is, the range worth exploring, how well it is known, and on what it leans."""
    lines = ["| constant | value | unit | what it is | explore | grade | spread lost | leans on |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    known = shrinkage()
    for name, field in Psychology.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        sweep = extra["sweep"]
        assert isinstance(sweep, list)
        low, high = (float(str(end)) for end in sweep)
        lost = f"{100 * max(0.0, known[name]):.0f} %" if name in known else ""
        lines.append(f"| `{name}` | {field.default:g} | {extra['unit']} | {field.description} | {low:g} to {high:g} | "
                     f"{grade(name)} | {lost} | {leans_on(name, str(extra['source']))} |")
    return "\n".join(lines)


def leans_on(name: str, source: str) -> str:
    """The source of a constant without its grade; ValueError where it is not the grade that the fit gives it."""
    said, _, rest = source.partition("; ")
    if said != SAID[grade(name)]:
        raise ValueError(f"{name}: the source says '{said}', but after the fit it is '{SAID[grade(name)]}'")
    return rest


if __name__ == "__main__":
    print(table(), silent(), sep="\n\n")
