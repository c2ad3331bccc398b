"""The command: data on stdout, talk on stderr, one sentence for each mistake, and quick to say hello."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments import comparison
from experiments.cli import main
from experiments.runner import carry_out
from tests import dice
from tests.businesses import small_business_toml

HEAVY = ("mesa", "numba", "scipy", "pandas", "matplotlib", "numpy", "pyarrow", "pydantic")


def amends(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture(autouse=True)
def elsewhere(shop: Path) -> Path:
    """Every command runs in the folder of the shop."""
    return shop


def compare(*arguments: str) -> Result:
    return amends("compare", "shop.toml", "--runs", "6", "--workers", "1", *arguments)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    """`amends --help` imports none of the large packages, and is there in under 0.4 s (best of three)."""
    code = (f"import sys\nfrom experiments.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass\n"
            f"sys.exit(str([name for name in {HEAVY!r} if name in sys.modules] or ''))")
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        spent.append(time.perf_counter() - start)
        assert "compare" in done.stdout and not done.stderr.strip(), done.stderr
    assert min(spent) < 0.4


def test_the_bare_command_names_three_first_commands() -> None:
    """A newcomer is told where to begin."""
    done = amends()
    assert done.exit_code == 0
    assert sum(line.startswith("  amends ") for line in done.stdout.splitlines()) == 3


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_poor_terminal_is_written_to_all_the_same(encoding: str) -> None:
    """Where the terminal's encoding lacks a sign, the command ends well and says the rest."""
    code = ("import click\nfrom experiments.cli import main\n"
            "@main.command('signs')\ndef signs(): click.echo('cut short…, \u2588 bars, \u2212 5 \u20ac')\n"
            "main.get_command = lambda ctx, name: signs\n"
            "import experiments.cli as cli\ncli.COMMANDS = ('signs',)\nmain(['signs'])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env={**os.environ,
                          "PYTHONIOENCODING": encoding}, check=False)
    assert done.returncode == 0, done.stderr
    assert b"bars" in done.stdout


def test_the_version_is_told() -> None:
    """`--version` answers with one line."""
    assert "0.1.0" in amends("--version").stdout


def test_the_table_reads_well_at_80_columns(elsewhere: Path) -> None:
    """No line is longer than 80 signs, nothing is coloured, and the parts an executive asks for are named."""
    done = compare()
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout and not done.stderr
    for words in ("Cost of remedy", "Cost of churn", "by word of mouth", "Net present value after", "made up of",
                  "Verdict: ", "constants fitted to 10 findings", "Written to results"):
        assert words in " ".join(done.stdout.split())
    folder = next((elsewhere / "results").iterdir())
    assert {"chart.png", "chart.svg", "answer.json", "runs.csv", "runs.parquet"} <= {p.name for p in folder.iterdir()}


def test_many_strategies_still_fit() -> None:
    """Five strategies, one with a long spelling, stand in blocks within 80 columns."""
    done = compare("minimum", "full", "minimum-polite", "ladder:opening=2,sincere=true,prompt=true,step=2", "ladder")
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json_is_nothing_but_data() -> None:
    """stdout is one JSON document, the same as kept in the folder."""
    done = compare("--format", "json")
    data = json.loads(done.stdout)
    assert list(data["strategies"]) == ["minimum", "full"]
    assert data == json.loads(next(Path("results").glob("*/answer.json")).read_text())


def test_csv_is_nothing_but_data() -> None:
    """stdout is one CSV table whose means are those of the JSON."""
    lines = list(csv.DictReader(io.StringIO(compare("--format", "csv").stdout)))
    data = json.loads(compare("--format", "json").stdout)
    means = {(line["strategy"], line["minus"], line["quantity"]): line["mean"] for line in lines}
    assert float(means["full", "", "cost_of_churn"]) == data["strategies"]["full"]["cost_of_churn"]["mean"]
    assert float(means["full", "minimum", "attribution.money"]) == \
        data["differences"][0]["attribution"]["money"]["mean"]


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["compare", "hotle"], "Error: no business is called 'hotle'; did you mean 'hotel'?"),
    (["compare", "hotel", "fulll"], "Error: no strategy is called 'fulll'; did you mean 'full'?"),
    (["compare", "shop.toml", "--runs", "1"], "Error: --runs 1: an interval needs at least 2 runs"),
    (["compare", "shop.toml", "--workers", "0"], "Error: --workers 0: must be at least 1"),
    (["compare", "shop.toml", "--set", "finance.margin_shar=1"], "did you mean 'margin_share'?"),
    (["compare", "shop.toml", "--out", "shop.toml"], "cannot be written"),
    (["show", "full", "--business", "hotle"], "Error: no business is called 'hotle'; did you mean 'hotel'?"),
    (["show", "fulll"], "Error: no business or strategy is called 'fulll'; did you mean 'full'?"),
    (["check", "nowhere.toml"], "Error: nowhere.toml: cannot be read"),
    (["comprae"], "no command is called 'comprae'; did you mean 'compare'?"),
])
def test_a_mistake_is_one_sentence_and_exit_2(arguments: list[str], sentence: str, elsewhere: Path) -> None:
    """Wrong input ends with exit code 2 and a sentence on stderr; stdout stays empty, and no folder is begun."""
    done = amends(*arguments)
    assert done.exit_code == 2, done.output
    assert sentence in done.stderr and not done.stdout
    assert not (elsewhere / "results").exists()


@pytest.mark.parametrize("command", ["compare", "story"])
def test_all_mistakes_are_told_at_once(command: str, elsewhere: Path) -> None:
    """A setting that cannot be read hides neither the other settings' mistakes nor a misspelled strategy."""
    settings = ("finance.margin_shar=1", "quality.mean", "psychology.grudg=0.1")
    found = amends(command, "shop.toml", "fulll", *(word for one in settings for word in ("--set", one)))
    assert found.exit_code == 2
    for word in ("'margin_share'", "--set quality.mean: must read key=value", "'grudge'", "'full'"):
        assert word in found.stderr


def test_failed_runs_end_with_exit_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is printed from the runs there are, and stderr says which one failed and its seed."""
    monkeypatch.setattr(comparison, "carry_out",
                        lambda tasks, workers: carry_out(tasks, workers=1, work=dice.play_but_run_3_fails))
    done = compare("--format", "json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["failed_runs"] == [3]
    assert "1 of 6 runs failed" in done.stderr and "run 3 with seed" in done.stderr


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is not an error message but a sentence, and what was done is kept."""
    def interrupted(tasks: object, workers: int) -> object:
        blocks = carry_out(tasks, workers=1, work=dice.play)  # type: ignore[arg-type]
        yield next(blocks)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparison, "carry_out", interrupted)
    done = compare()
    assert done.exit_code == 130
    assert "Interrupted" in done.stderr and not done.stdout
    assert list(Path("results").glob("*/runs/part-*.parquet"))


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_in_a_real_terminal_leaves_no_traceback_and_no_worker(elsewhere: Path) -> None:
    """SIGINT to the whole group, as a terminal sends it: exit 130, one sentence, nobody left running."""
    # a shell starts what runs in the background deaf to SIGINT, and children inherit that
    code = ("import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "from experiments.cli import main; main()")
    process = subprocess.Popen([sys.executable, "-c", code, "compare", "shop.toml", "minimum", "--runs", "100000",
                                "--workers", "2"], start_new_session=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    deadline = time.time() + 120
    while not list(Path("results").glob("*/runs/part-*.parquet")) and time.time() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and not out
    assert "Interrupted" in err and "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(process.pid, 0)
            time.sleep(0.05)


def test_compiling_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rules are not compiled yet, stderr says so in one line and stdout stays data."""
    monkeypatch.setattr("sim.compiled.is_warm", lambda: False)
    done = compare("--format", "json")
    assert done.stderr == "Compiling the rules (once; about half a minute)\n"
    assert json.loads(done.stdout)["runs"] == 6


def test_what_there_is_can_be_listed() -> None:
    """Businesses and strategies are listed with a few words each."""
    assert any(line.startswith("hotel ") for line in amends("list", "businesses").stdout.splitlines())
    assert {"minimum", "minimum-polite", "full", "ladder"} <= {
        line.split()[0] for line in amends("list", "strategies").stdout.splitlines()}


def test_a_business_shows_its_menu_in_words() -> None:
    """Facts, failures and what is said at the desk, within 80 columns."""
    shown = amends("show", "hotel").stdout
    assert "We have a sister hotel twenty miles up the river." in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


def test_a_strategy_shows_its_rules() -> None:
    """What it stands for, its parameters and, in a business, what it does in which case."""
    shown = amends("show", "minimum", "--business", "shop.toml").stdout
    assert "generosity" in shown
    assert max(map(len, shown.splitlines())) <= 80
    rules = [" ".join(line.split()) for line in shown.splitlines()]
    assert "at first shrug, repair" in rules
    assert any(rule.startswith("1 or more pushes, asks for refund") and "money-back" in rule for rule in rules)


def test_a_good_file_is_ok() -> None:
    """`check` says in a sentence what it found."""
    assert amends("check", "shop.toml").stdout == \
        "shop.toml is ok: A small shop, 2 kinds of failure, 6 measures on the menu.\n"


def test_a_bad_file_gets_every_mistake() -> None:
    """All mistakes with file, line and key; exit 2."""
    Path("bad.toml").write_text(small_business_toml().replace("severity = 0.7", "severity = 9.0")
                                .replace("margin_share = 0.4", "margin_shar = 0.4"))
    done = amends("check", "bad.toml")
    assert done.exit_code == 2 and not done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 3 and all(line.startswith("Error: bad.toml:") for line in lines)
