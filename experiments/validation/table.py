"""The table of `amends validate`, at most 80 columns wide."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence

from experiments.validation.lab import free_numbers
from experiments.validation.scoring import Result, Value, lost, scores
from experiments.validation.targets import Check

WIDTH = 80
HEADING = f"  {'':<34}{'found':>9}  {'model, 95 % interval':<23}{'band'}"


def table(results: Sequence[Result], constants: str, fitted: Mapping[str, float] | None = None) -> str:
    """All results, their scores, and the numbers that nobody measured."""
    lines = [f"Published findings as experiments; {constants}.", ""]
    for result in results:
        lines += _target(result)
    return "\n".join([*lines, *_scores(results), "", *_free(fitted or {})]) + "\n"


def _target(result: Result) -> list[str]:
    target = result.target
    state = "pass" if result.passed else "MISS"
    side = "held out" if target.held_out else "fit"
    lines = [f"{target.target:<4}{target.title:<46}{state:<6}{side:<11}grade {target.grade}"]
    if len(lines[0]) > WIDTH:
        lines = [f"{target.target:<4}{target.title:<46}{state:<6}{side:<9}{target.grade}"]
    lines += _wrapped(target.source, 4)
    lines.append(HEADING)
    for value in result.values:
        lines.append(f"{' ' if value.passed else 'x'} {_fit(f'{value.check.name}, {value.check.unit}', 34)}"
                     f"{value.check.published:>9}  {_model(value):<23}{band(value.check)}")
    if not result.passed and result.why:
        lines += _wrapped("Why: " + result.why, 4)
    if target.seen_by_structure:
        lines += _wrapped("Seen: " + target.seen_by_structure, 4)
    if target.conflict:
        lines += _wrapped("Conflict: " + target.conflict, 4)
    return [*lines, ""]


def _fit(text: str, width: int) -> str:
    return f"{text if len(text) < width else text[:width - 2] + '…':<{width}}"


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def number(value: float) -> str:
    """A number with about three figures."""
    if math.isnan(value):
        return "none"
    size = abs(value)
    text = f"{value:.0f}" if size >= 99.95 else f"{value:.1f}" if size >= 9.995 else f"{value:.2f}"
    return "0" if float(text) == 0 and size < 5e-4 else f"{value:.3f}" if size < 0.05 and size > 0 else text


def _model(value: Value) -> str:
    if math.isnan(value.mean):
        return "none"
    if value.high - value.low < 1e-9:
        return number(value.mean)
    return f"{number(value.mean)} [{number(value.low)}, {number(value.high)}]"


def band(check: Check) -> str:
    """A band in few characters."""
    if math.isinf(check.low):
        return f"<= {check.high:.3g}"
    return f">= {check.low:.3g}" if math.isinf(check.high) else f"{check.low:.3g}..{check.high:.3g}"


def _scores(results: Sequence[Result]) -> list[str]:
    found = scores(results)
    lines = [f"{name[0].upper() + name[1:]}: {passed} of {count}" for name, (passed, count) in found.items() if count]
    gone = lost(results)
    return [*lines, *([f"Passed before, and now missed: {', '.join(gone)}"] if gone else [])]


def _free(fitted: Mapping[str, float]) -> list[str]:
    """The numbers that no study and no preset gives; as fitted, where a fit has changed them."""
    found = free_numbers()
    for key, meaning in found.items():
        short = key.replace(".leaving.", ".")
        if short in fitted:
            found[key] = f"fitted: {fitted[short]:.4g}; {meaning}"
    lines = [f"{len(found)} free numbers, given neither by a study nor by a preset:"]
    for key, meaning in found.items():
        lines += textwrap.wrap(f"{key}: {meaning}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines
