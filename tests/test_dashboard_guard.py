"""Who may ask the dashboard, where it listens, and what it gives away: nothing but its own page."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments.cli import main
from sim.config import InputError

pytest.importorskip("starlette", reason="the dashboard needs the extra 'dashboard'")

from experiments.dashboard import course
from experiments.dashboard.app import application
from experiments.dashboard.serve import is_loopback, listen, url
from experiments.dashboard.view import opening, read
from tests.asgi import Client
from tests.dashboards import HOUSE, SMALL, kitchen


def test_a_stranger_is_refused(client: Client) -> None:
    """On this machine alone only its own names are answered, so that no other site can make itself look like it."""
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000", "127.0.0.1"):
        assert client.get("/", headers={"host": host}).status == 200
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example:8000", "localhost.evil:1", ""):
        assert client.get("/", headers={"host": host}).status == 421
    assert client.get("/api/setup", headers={"sec-fetch-site": "cross-site"}).status == 403
    assert client.get("/api/setup", headers={"sec-fetch-site": "same-origin"}).status == 200


def test_elsewhere_the_address_needs_its_token() -> None:
    """Bound to another address nothing but the page's own code is given without the token."""
    with Client(application(kitchen(), "secret"), "example:1") as client:
        for path in ("/", "/api/setup", "/api/answer", "/download/runs.csv"):
            assert client.get(path).status == 403
            assert client.get(f"{path}?token=wrong").status == 403
        assert client.get("/?token=secret").status == 200
        assert client.get("/api/setup?token=secret").json()["problems"] == []
        assert client.get("/static/main.js").status == 200


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/api/setup", f"/api/answer?{SMALL}", "/nowhere",
                                  f"/download/experiment.toml?{SMALL}"])
def test_everything_goes_out_with_strict_headers(client: Client, path: str) -> None:
    """No script, style, picture or connection from elsewhere is allowed, on any answer."""
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'" and "unsafe" not in str(policy)
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


def test_the_page_names_no_other_place() -> None:
    """Neither the page nor its code holds the address of another server."""
    for path in (Path(course.__file__).parent / "static").iterdir():
        found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", path.read_text(encoding="utf-8"))
        assert set(found) <= {"http://www.w3.org/2000/svg"}, path.name


def test_no_file_beside_the_page_can_be_fetched(client: Client) -> None:
    """Only the page's own files are given, by their names."""
    for name in ("..%2fapp.py", "../app.py", "%2e%2e/app.py", "nothing.js"):
        assert client.get(f"/static/{name}").status == 404


def test_the_address_told() -> None:
    """IPv6 addresses get brackets, every address the machine's name, a token stands in the query."""
    assert url("127.0.0.1", 80, None) == "http://127.0.0.1:80/"
    assert url("::1", 80, None) == "http://[::1]:80/"
    assert url("::1", 80, "a", opening(["full", "ladder:opening=1"])).endswith(
        "/?token=a&strategy=full&strategy=ladder%3Aopening%3D1")
    assert "0.0.0.0" not in url("0.0.0.0", 80, "abc") and url("0.0.0.0", 80, "abc").endswith(":80/?token=abc")
    assert is_loopback("127.0.0.2") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("::") and not is_loopback("192.168.1.2")


def test_an_address_that_cannot_be_had_is_a_sentence() -> None:
    """A port in use, or an address that is not this machine's, is told with its name."""
    with listen("127.0.0.1", 0) as taken, pytest.raises(InputError, match=r"--port .* cannot be used"):
        listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(InputError, match=r"--host 203\.0\.113\.7"):
        listen("203.0.113.7", 0)


def test_without_the_extra_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where starlette is absent, one sentence says what to install."""
    monkeypatch.setitem(sys.modules, "starlette", None)
    done = CliRunner().invoke(main, ["dashboard", "--no-open"])
    assert done.exit_code == 2 and 'pip install "amends[dashboard]"' in done.output


def test_a_wrong_business_ends_before_anything_is_served() -> None:
    """A misspelled business is told as by every command."""
    done = CliRunner().invoke(main, ["dashboard", "hotle", "--no-open"])
    assert done.exit_code == 2 and "did you mean 'hotel'?" in done.output


@pytest.mark.parametrize(("strategies", "sentences"), [
    (["minimum"], ["here is only 'minimum'; name a second"]),
    (["minimum", "ful", "ladder:opennig=1"], ["no strategy is called 'ful'; did you mean 'full'?", "opennig"]),
    (["full", "full"], ["strategy 'full' is named twice"]),
    (["minimum", "full", "ladder", "promise", "tiered", "fix-first"], ["at most 5 strategies"]),
])
def test_wrong_strategies_end_before_anything_is_served(strategies: list[str], sentences: list[str]) -> None:
    """All mistakes at once, as by every command."""
    done = CliRunner().invoke(main, ["dashboard", "hotel", *strategies, "--no-open"])
    assert done.exit_code == 2 and all(sentence in " ".join(done.output.split()) for sentence in sentences), done.output


def test_the_page_opens_with_the_strategies_named() -> None:
    """What the command puts in the address is what the page reads from it."""
    view, problems = read(opening(["full", "ladder:opening=1"]), HOUSE)
    assert view.strategies == ("full", "ladder:opening=1") and not problems
    assert opening([]) == []
