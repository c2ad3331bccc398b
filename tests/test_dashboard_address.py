"""The address of a page, and what can be taken away from it: both give the same numbers again."""

from __future__ import annotations

import csv
import io
import json
import shlex
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import comparison
from experiments.cli import main
from experiments.experiment import Experiment
from experiments.runner import carry_out
from sim.business import presets
from sim.config import InputError

pytest.importorskip("starlette", reason="the dashboard needs the extra 'dashboard'")

from experiments.dashboard.house import House
from experiments.dashboard.view import LIMITS, View, command, read
from tests.asgi import Client
from tests.dashboards import HOUSE, MOVED, first


def query(view: View) -> str:
    """The query of the address that shows a view, as `main.js` writes it; what is usual is left out."""
    pairs = [("business", view.business)]
    if view.strategies != View.strategies:
        pairs += [("strategy", name) for name in view.strategies]
    pairs += [(name, str(getattr(view, name))) for name in LIMITS if getattr(view, name) != getattr(View, name)]
    return urlencode([*pairs, *((key, repr(value)) for key, value in view.moved)])


# The address


@given(st.sampled_from(presets()), st.permutations(["minimum", "full", "ladder", "tiered"]), st.data())
@settings(max_examples=40, deadline=None)
def test_an_address_shows_what_it_was_copied_from(name: str, order: list[str], data: st.DataObject) -> None:
    """Reading the query of a view gives the view, to the last digit."""
    moved = {slider.key: data.draw(st.floats(slider.low, slider.high)) for slider in HOUSE.shown(name)
             if not slider.whole and data.draw(st.booleans())}
    moved = {key: value for key, value in moved.items() if value != HOUSE.slider(name, key).today}
    numbers_ = {key: data.draw(st.integers(*LIMITS[key])) for key in LIMITS}
    view = View(name, tuple(order[:3]), **numbers_, moved=tuple(sorted(moved.items())))
    assert read(parse_qsl(query(view)), HOUSE) == (view, [])


@pytest.mark.parametrize(("query", "sentence"), [
    ("business=hotle", "No business is called 'hotle'; did you mean 'hotel'? A city hotel is shown."),
    ("strategy=fulll&strategy=minimum", "No strategy is called 'fulll'; did you mean 'full'? It is left out."),
    ("strategy=ladder:openin=2&strategy=full", "no parameter is called 'openin'; did you mean 'opening'?"),
    ("strategy=full&strategy=full", "Strategy 'full' is named twice."),
    ("strategy=full", "A comparison needs two strategies."),
    ("people=5", "people = 5: must be a whole number from 100 to 20,000. 2,000 is used."),
    ("years=ten", "years = ten: must be a whole number from 1 to 30. 10 is used."),
    ("seed=-1", "seed = -1: must be a whole number from 0"),
    ("finance.margin_share=7", "finance.margin_share = 7: must be a number from 0.5 to 0.75. Today's value, 0.65"),
    ("finance.margin_share=nan", "finance.margin_share = nan: must be a number"),
    ("finance.margn_share=0.6", "did you mean 'finance.margin_share'? It is left out."),
])
def test_a_bad_value_is_a_sentence(client: Client, query: str, sentence: str) -> None:
    """What cannot be is left out with a sentence; the page comes all the same."""
    setup = client.get(f"/api/setup?{query}")
    assert setup.status == 200
    assert any(sentence in problem for problem in setup.json()["problems"])


def test_a_bad_address_is_answered() -> None:
    """With everything wrong the answer is that of the page that is shown instead."""
    wrong = first("business=hotle&strategy=fulll&people=5&years=1&finance.margin_share=7&x=y")
    right = first("business=hotel&years=1")
    assert wrong["kind"] == right["kind"] == "look"
    assert wrong["arms"][0]["name"] == "minimum" and wrong["people"] == right["people"]


KEYS = st.sampled_from(["business", "strategy", "people", "seed", "remedy", "talk.volume", "x.y", ""])


@given(st.lists(st.tuples(KEYS | st.text(max_size=20), st.text(max_size=20) | st.floats().map(str)), max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_address_breaks_it(pairs: list[tuple[str, str]]) -> None:
    """Whatever stands in the query, a view comes out that can be asked."""
    view, _ = read(pairs, HOUSE)
    assert HOUSE.business(view.business) and len(view.strategies) >= 2


def test_an_address_runs_no_file(client: Client, tmp_path: Path) -> None:
    """Neither a strategy nor a business is taken from a path in the address."""
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'done')!r}, 'w')\n")
    (tmp_path / "mine.toml").write_text((Path(__file__).parents[1] / "sim/businesses/hotel.toml").read_text())
    setup = client.get("/api/setup", params={"strategy": [f"{evil}:Evil", "full"], "business": f"{tmp_path}/mine.toml"})
    assert len(setup.json()["problems"]) == 3 and not (tmp_path / "done").exists()
    assert setup.json()["view"]["business"] == "hotel"


def test_a_business_of_ones_own(tmp_path: Path) -> None:
    """A .toml file named at the start is the first choice, beside the presets."""
    text = (Path(__file__).parents[1] / "sim/businesses/hotel.toml").read_text()
    path = tmp_path / "inn.toml"
    path.write_text(text.replace('name = "hotel"', 'name = "inn"').replace("A city hotel", "A village inn", 1))
    house = House(str(path))
    assert house.default == "inn" and next(iter(house.titles)) == "inn" and "hotel" in house.titles
    view, _ = read([], house)
    assert command(view, house)[2] == str(path)
    with pytest.raises(InputError, match="cannot be read"):
        House(str(tmp_path / "nowhere.toml"))


# Taking away


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands play in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(comparison, "carry_out", lambda tasks, workers: carry_out(tasks, workers=1))


@pytest.mark.usefixtures("one_process")
def test_the_command_gives_the_numbers(client: Client) -> None:
    """The command on the page prints, as JSON, the very numbers of the download."""
    data = client.get(f"/download/numbers.json?{MOVED}").json()
    words = shlex.split(client.get(f"/api/setup?{MOVED}").json()["command"])
    assert words[:2] == ["amends", "compare"] and data["command"] == shlex.join(words)
    done = CliRunner().invoke(main, [*words[1:], "--workers", "1", "--format", "json"])
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    for key in ("run_seeds", "customers_at_start", "people", "years", "seed", "runs", "currency"):
        assert data[key] == printed[key]
    for arm, shown in data["strategies"].items():
        assert shown.items() <= printed["strategies"][arm].items()
    for mine, theirs in zip(data["differences"], printed["differences"], strict=True):
        assert mine.items() <= theirs.items()


def test_the_experiment_file_plays_the_same_runs(client: Client, tmp_path: Path) -> None:
    """`amends run` of the downloaded file gives every run of the downloaded table, exactly."""
    path = tmp_path / "experiment.toml"
    path.write_text(client.get(f"/download/experiment.toml?{MOVED}").text)
    played = Experiment.load(path).run(out=tmp_path, workers=1).runs
    rows = list(csv.DictReader(io.StringIO(client.get(f"/download/runs.csv?{MOVED}").text)))
    assert len(rows) == len(played) == 20
    mine = {(int(row["run"]), row["arm"]): row for row in rows}
    for row in played.to_dict("records"):
        same = mine[row["run"], row["arm"]]
        assert int(same["run_seed"]) == row["run_seed"]
        for name in ("net_present_value", "cost_of_remedy", "cost_of_churn", "leavers", "trust_at_end"):
            assert float(same[name]) == row[name]


def test_a_download_is_named_and_a_wrong_one_is_told(client: Client) -> None:
    """Files are offered under a name; a name that is none, or a view that cannot be, is answered with a sentence."""
    done = client.get(f"/download/experiment.toml?{MOVED}")
    assert done.headers["content-disposition"] == 'attachment; filename="amends-hotel-experiment.toml"'
    assert client.get("/download/nothing.pdf").status == 404
    wrong = client.get("/download/runs.csv?people=1")
    assert wrong.status == 400 and wrong.text.startswith("people = 1: must be a whole number")
