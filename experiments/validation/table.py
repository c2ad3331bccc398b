"""The table of `amends validate`, at most 80 columns wide."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence

from experiments.validation.lab import free_numbers
from experiments.validation.scoring import NEARLY_ALL, SET_RUNS, Result, Value, by_sets, lost, scores
from experiments.validation.targets import Check

WIDTH = 80
NAME, FOUND, CENTRE, SETS = 27, 10, 14, 15
"""Widths of the columns; the band takes the rest."""
HEADING = f"  {'':<{NAME}}{'found':>{FOUND}}  {'centre':<{CENTRE}}{'over the sets':<{SETS}}{'band'}"


def table(results: Sequence[Result], constants: str, seeds: int, fitted: Mapping[str, float] | None = None) -> str:
    """All results, their scores, and the numbers that nobody measured; `constants` says what the centre is."""
    count = len(results[0].met)
    lines = ["Published findings, and a story of the project's own (V17), as experiments.", "",
             *_wrapped(f"centre: {constants}; mean of {seeds} runs and half its 95 % interval of luck. Pass or miss "
                       "rests on the centre: a band must hold the mean, a sign the whole interval.", 0)]
    if count:
        lines += _wrapped(f"over the sets: the middle 95 % of {count} sets of constants drawn around the centre, "
                          f"each the mean of {SET_RUNS} runs, so with luck inside. A set meets a target if its means "
                          "lie within every limit.", 0)
    lines.append("")
    for result in results:
        lines += _target(result)
    return "\n".join([*lines, *_scores(results), "", *_free(fitted or {})]) + "\n"


def _target(result: Result) -> list[str]:
    target = result.target
    state = "pass" if result.passed else "MISS"
    side = "held out" if target.held_out else "fit"
    sets = f"{sum(result.met)} of {len(result.met)} sets" if result.met else ""
    lines = [f"{target.target:<4}{target.title:<43}{state:<6}{side:<10}{sets}".rstrip()]
    lines += _wrapped(f"{target.source}. Grade {target.grade}.", 4)
    lines.append(HEADING if result.met else HEADING.replace("over the sets", " " * 13))
    for value in result.values:
        first, *more = textwrap.wrap(f"{value.check.name}, {value.check.unit}", NAME - 1)
        over = _ends(value.interval) if result.met else ""
        lines.append(f"{' ' if value.passed else 'x'} {first:<{NAME}}{value.check.published:>{FOUND}}  "
                     f"{_centre(value):<{CENTRE}}{over:<{SETS}}{band(value.check)}")
        lines += [f"    {line}" for line in more]
    if not result.passed and result.why:
        lines += _wrapped("Why: " + result.why, 4)
    if target.seen_by_structure:
        lines += _wrapped("Seen: " + target.seen_by_structure, 4)
    if target.conflict:
        lines += _wrapped("Conflict: " + target.conflict, 4)
    return [*lines, ""]


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def number(value: float) -> str:
    """A number with about three figures."""
    if math.isnan(value):
        return "none"
    size = abs(value)
    text = f"{value:.0f}" if size >= 99.95 else f"{value:.1f}" if size >= 9.995 else f"{value:.2f}"
    return "0" if float(text) == 0 and size < 5e-4 else f"{value:.3f}" if size < 0.05 and size > 0 else text


def _centre(value: Value) -> str:
    if math.isnan(value.mean):
        return "none"
    return number(value.mean) + (f" ± {number(value.luck)}" if value.luck > 1e-9 else "")


def _ends(interval: tuple[float, float]) -> str:
    low, high = interval
    if math.isnan(low):
        return "none"
    return f"[{number(low)}, {number(high)}]" if high - low > 1e-9 else number(low)


def band(check: Check) -> str:
    """A band in few characters."""
    if math.isinf(check.low):
        return f"<= {check.high:.3g}"
    return f">= {check.low:.3g}" if math.isinf(check.high) else f"{check.low:.3g}..{check.high:.3g}"


def _scores(results: Sequence[Result]) -> list[str]:
    found = scores(results)
    lines = [f"{name[0].upper() + name[1:]}: {passed} of {count}" for name, (passed, count) in found.items() if count]
    sets = by_sets(results)
    if sets is not None:
        lines += _wrapped(f"With a set of the ensemble, on average: {sets[0]:.1f} of {len(results)} targets; "
                          f"met with at least {100 * NEARLY_ALL:.0f} % of the sets: {sets[1]} of {len(results)}", 0)
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
