"""Broken experiment files: never a traceback, never a hang."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.plan import load_plan
from sim.config import InputError
from tests.businesses import small_business_toml

READY = {path.stem: path.read_text(encoding="utf-8").replace('business = "hotel"', 'business = "shop.toml"')
         for path in sorted((Path(__file__).parent.parent / "experiments").glob("*.toml"))}
NASTY = ["", "nan", "inf", "-1", "0", "1e400", "99999999999999999999", "true", '"x"', "[]", "{}", "[[]]", "=", "\x00",
         "[uncertainties]", "1979-05-27", "'''", '"\\ud800"', "{ range = [1, 2] }", "[1, 2, 3]", "é", "-0.0", "1e308"]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A ready file with some of it cut, doubled, swapped or replaced."""
    text = draw(st.sampled_from(sorted(READY.values())))
    for _ in range(draw(st.integers(1, 3))):
        lines = text.splitlines()
        at = draw(st.integers(0, len(lines) - 1)) if lines else 0
        how = draw(st.sampled_from(["cut line", "double line", "swap", "value", "key", "characters", "insert"]))
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
        elif how == "characters":
            place = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + draw(st.text(max_size=3)) + lines[at][place + draw(st.integers(0, 4)):]
        else:
            lines.insert(at, draw(st.sampled_from(NASTY)))
        text = "\n".join(lines) + "\n"
    return text


def check(text: str, folder: Path) -> None:
    """Load, or refuse in sentences."""
    (folder / "shop.toml").write_text(small_business_toml() if not (folder / "shop.toml").exists() else
                                      (folder / "shop.toml").read_text())
    path = folder / "fuzz.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        plan = load_plan(path)
    except InputError as error:
        assert error.problems and all(problem and "Traceback" not in problem for problem in error.problems)
    else:
        assert plan.scenarios and plan.arms and tomllib.loads(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all mutations."""
    return tmp_path_factory.mktemp("fuzz")


@settings(max_examples=int(os.environ.get("AMENDS_MUTATIONS", "60")), deadline=20_000, derandomize=True,
          suppress_health_check=list(HealthCheck), database=None)
@given(text=mutated())
def test_a_broken_file_is_refused_in_sentences(text: str, folder: Path) -> None:
    """60 mutations every day; 2,000 with `AMENDS_MUTATIONS=2000`."""
    check(text, folder)
