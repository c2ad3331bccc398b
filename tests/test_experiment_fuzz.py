"""Broken experiment files: never a traceback, never a hang."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.plan import load_plan
from experiments.sweep_driver import Driver
from experiments.sweep_play import PartTask, play
from experiments.sweep_store import SweepStore
from sim.config import InputError
from tests.businesses import small_business_toml

READY = {path.stem: path.read_text(encoding="utf-8").replace('business = "hotel"', 'business = "shop.toml"')
         for path in sorted((Path(__file__).parent.parent / "experiments").glob("*.toml"))}
NASTY = ["", "nan", "inf", "-1", "0", "1e400", "99999999999999999999", "true", '"x"', "[]", "{}", "[[]]", "=", "\x00",
         "[uncertainties]", "1979-05-27", "'''", '"\\ud800"', "{ range = [1, 2] }", "[1, 2, 3]", "é", "-0.0", "1e308"]


NUMBERS = ["0", "1", "2", "0.5", "-1", "3.7", "1e9", "1e-9", "64", "999", "4096", "nan", "true"]
EVERY_LINE = sorted({line for text in READY.values() for line in text.splitlines() if line.strip()})
LIMIT = 60
"""Seconds for one file."""
PEOPLE = 30


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A ready file with some of it cut, doubled, swapped or replaced."""
    text = draw(st.sampled_from(sorted(READY.values())))
    for _ in range(draw(st.integers(1, 3))):
        lines = text.splitlines()
        at = draw(st.integers(0, len(lines) - 1)) if lines else 0
        how = draw(st.sampled_from(["cut line", "double line", "swap", "value", "key", "characters", "insert", "graft",
                                    "number", "bracket"]))
        if not lines:
            return text
        if how == "cut line":
            lines.pop(at)
        elif how == "double line":
            lines.insert(at, lines[at])
        elif how == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif how == "value" and "=" in lines[at]:
            lines[at] = lines[at].partition("=")[0] + "= " + draw(st.sampled_from(NASTY))
        elif how == "key" and "=" in lines[at]:
            lines[at] = draw(st.text(max_size=12)) + " =" + lines[at].partition("=")[2]
        elif how == "graft":
            lines.insert(at, draw(st.sampled_from(EVERY_LINE)))
        elif how == "number":
            lines[at] = re.sub(r"[0-9.]+", lambda _: draw(st.sampled_from(NUMBERS)), lines[at])
        elif how == "bracket":
            lines[at] = re.sub(r"""[][{}"=,]""", lambda one: draw(st.sampled_from(["", one[0], "]", '"'])), lines[at])
        elif how == "characters":
            place = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + draw(st.text(max_size=3)) + lines[at][place + draw(st.integers(0, 4)):]
        else:
            lines.insert(at, draw(st.sampled_from(NASTY)))
        text = "\n".join(lines) + "\n"
    return text


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """A hang becomes a failure (where the system has alarms)."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(text: str, folder: Path) -> bool:
    """Load and play one small run of the first and the last point, or refuse in sentences; whether it was played."""
    (folder / "shop.toml").write_text(small_business_toml())
    path = folder / "fuzz.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with at_most(LIMIT):
        try:
            plan = load_plan(path)
        except InputError as error:
            assert error.problems and all(problem and "Traceback" not in problem for problem in error.problems)
            return False
        assert plan.scenarios and plan.arms and tomllib.loads(text) and plan.identity
        Driver(plan, SweepStore(plan, folder / "results"), workers=2).resume()
        shutil.rmtree(folder / "results")
        for number in {0, len(plan.scenarios) - 1}:
            point = replace(plan.point(number), people=PEOPLE)
            part = play(PartTask(point, 0, 1, number=number, muted=plan.file.word_of_mouth))
            assert part.rows and not part.failures, part.failures
        return True


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(text=mutated())
def test_a_broken_file_is_refused_in_sentences(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """60 mutations every day: each is refused in sentences or can be played, within the time limit."""
    check(text, tmp_path_factory.mktemp("fuzz"))


@pytest.mark.long
def test_two_thousand_broken_files(tmp_path: Path) -> None:
    """At least 2,000 different mutations, the same every time: no traceback, no hang; many refused, many played."""
    seen: dict[str, bool] = {}

    @settings(max_examples=2500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
              database=None)
    @given(text=mutated())
    def every(text: str) -> None:
        if text not in seen:
            seen[text] = check(text, tmp_path)

    every()
    assert len(seen) >= 2000 and 200 < sum(seen.values()) < len(seen) - 200, (len(seen), sum(seen.values()))
