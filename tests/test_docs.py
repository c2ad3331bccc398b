"""What the documents show works: Python blocks run, commands exist with the options shown."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import click
import pytest

from experiments.cli import main
from sim.business import load_business, presets
from sim.config import parse_settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)


def blocks(*languages: str) -> list[tuple[str, str]]:
    """Place and text of each fenced block of a language."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            if block[1] in languages:
                line = text.count("\n", 0, block.start()) + 1
                found.append((f"{page.relative_to(ROOT).as_posix()}:{line}", block[2]))
    return found


def commands() -> list[tuple[str, str]]:
    """Place and text of each `amends ...` that a shell block shows."""
    found = []
    for place, text in blocks("sh", "bash", "console", "powershell"):
        for line in text.replace("\\\n", " ").splitlines():
            for part in line.removeprefix("$ ").split("&&"):
                if part.split()[:1] == ["amends"]:
                    found.append((f"{place}: {part.strip()}", part.strip()))
    return found


def test_there_are_examples() -> None:
    """The scan below finds the README's examples."""
    assert any(place.startswith("README.md") for place, _ in blocks("python"))
    assert any(place.startswith("README.md") for place, _ in commands())


@pytest.mark.parametrize(("place", "text"), blocks("python"), ids=[place for place, _ in blocks("python")])
def test_python_runs(place: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block runs as it stands, by itself, anywhere."""
    monkeypatch.chdir(tmp_path)
    exec(compile(text, place, "exec"), {"__name__": "example"})


@pytest.mark.parametrize(("place", "text"), commands(), ids=[place for place, _ in commands()])
def test_commands_exist(place: str, text: str) -> None:
    """Every command shown exists, and every option shown is one of its own."""
    command: click.Command = main
    words = shlex.split(text, comments=True)[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"{place}: there is no command '{words[0]}'"
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    shown = {word.partition("=")[0] for word in words if word.startswith("-")} - {"--help", "--version"}
    assert shown <= known, f"{place}: unknown options {sorted(shown - known)}"
    settings = [after for word, after in pairwise(words) if word == "--set" and not after.startswith("psychology.")]
    if words and words[0] in presets():
        load_business(words[0], parse_settings(settings))


def test_links_lead_somewhere() -> None:
    """Every file that a document links to exists."""
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            # the pictures are drawn by a command, after the text
            if not re.match(r"[a-z]+:", target) and not target.endswith(".svg") and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken


def test_the_constants_are_in_the_docs_as_they_are() -> None:
    """The table of constants in docs/model.md is the one the code and the fit give; each has a source and a range."""
    from benchmarks.constants import silent, table
    from sim.psychology import Psychology

    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert table() in page and silent() in page
    for name, field in Psychology.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict) and extra["source"] and extra["unit"]
        low, high = extra["sweep"]  # type: ignore[misc, index]
        assert low <= field.default <= high, name


def test_the_validation_in_the_docs_is_the_record() -> None:
    """Of every finding, docs/model.md says met, missed and held out as it is on record for `amends validate`."""
    from experiments.report.footing import validation
    from experiments.validation.targets import targets

    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    met = {name: state for name, _, _, state, _ in validation().targets}
    assert len(met) == 17
    for name, target in targets().items():
        assert (f"| {name} | {target.title} | {'met' if met[name] else 'missed'} | "
                f"{'held out' if target.held_out else 'fit'} | {target.grade} |") in page


@pytest.mark.long
def test_the_picture_of_the_readme_is_what_the_command_draws(tmp_path: Path) -> None:
    """The README's picture is, byte for byte, the chart that `amends compare hotel` writes."""
    from experiments import compare

    answer = compare("hotel", out=tmp_path)
    assert (answer.folder / "chart.svg").read_bytes() == (ROOT / "docs" / "compare-hotel.svg").read_bytes()
