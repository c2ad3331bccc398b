"""A new business is the user's own: its title, and the command that goes on with it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments.cli import main
from experiments.starters import DEFAULT_PEOPLE, next_steps, title_of
from sim.business import load_business

ANSWERS = ("--visits", "3", "--margin", "40", "--failures", "8", "--remedy", "90", "--keep-joining")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def new(name: str, customers: int, *more: str) -> Result:
    return CliRunner().invoke(main, ["new", "business", name, "--customers", str(customers), *ANSWERS, *more])


def commands(text: str) -> list[list[str]]:
    """The amends commands that an output prints."""
    return [shlex.split(line[line.index("amends "):])[1:] for line in text.splitlines() if "amends " in line]


def test_the_next_command_plays_as_many_customers_as_were_asked_for() -> None:
    """Every command printed runs as it stands, and the comparison has the user's number of customers."""
    done = new("my-inn", 60)
    check, compare = commands(done.stdout)
    assert CliRunner().invoke(main, check).exit_code == 0
    people = int(compare[compare.index("--people") + 1])
    assert people * load_business("my-inn.toml").people.customer_share == pytest.approx(60, abs=1)
    assert CliRunner().invoke(main, [*compare, "--runs", "2"]).exit_code == 0


def test_a_large_business_is_offered_a_quick_look_first() -> None:
    """Where one's own size would take long, the quick command comes first, and the size of both is told."""
    done = new("chain", 50_000)
    _, quick, whole = commands(done.stdout)
    assert "--people" not in quick and whole[-2:] == ["--people", "100000"]
    assert f"{DEFAULT_PEOPLE:,} people" in done.stdout


@pytest.mark.parametrize("source", ["hotel", "saas"])
def test_the_title_is_the_users(source: str) -> None:
    """A business of one's own is not called by the title of the one it was made from."""
    assert new("my-inn", 60, "--from", source).exit_code == 0
    assert load_business("my-inn.toml").title == "My inn"


def test_a_title_with_quotes_gives_way_too() -> None:
    """A source whose title holds quotes, as another program may write it, is taken."""
    assert new("one", 60).exit_code == 0
    text = Path("one.toml").read_text()
    Path("odd.toml").write_text(text.replace('title = "One"', 'title = "The \\"One\\" # of \\\\ many"  # ours'))
    assert load_business("odd.toml").title == 'The "One" # of \\ many'
    assert new("two", 60, "--from", "odd.toml").exit_code == 0
    assert load_business("two.toml").title == "Two" and 'title = "Two"  # ours' in Path("two.toml").read_text()


@pytest.mark.parametrize(("name", "title"), [("my-inn", "My inn"), ("CDNOW_early", "CDNOW early"), ("-", "-")])
def test_titles(name: str, title: str) -> None:
    """A title comes from a name: hyphens are spaces, capitals stay."""
    assert title_of(name) == title


def test_a_path_with_spaces_is_quoted() -> None:
    """What is printed can be pasted."""
    assert [one[1] for one in commands(next_steps("my files/mine.toml", 200))] == ["my files/mine.toml"] * 2


def test_an_endless_remedy_is_refused_in_one_sentence() -> None:
    """Infinity is no answer to what a remedy costs."""
    done = new("my-inn", 60, "--remedy", "inf")
    assert done.exit_code == 2 and done.stderr == "Error: --remedy inf: must be at least 0, and finite\n"


def test_where_nobody_answers_the_missing_options_are_named() -> None:
    """With a closed stdin the questions end in one sentence with the options that would answer them."""
    done = CliRunner().invoke(main, ["new", "business", "my-inn", "--customers", "60", "--visits", "3"], input="")
    assert done.exit_code == 2 and not Path("my-inn.toml").exists()
    assert done.stderr.endswith("Error: nobody answers the questions here; give --margin, --failures, --remedy\n")
