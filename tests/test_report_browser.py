"""A report in a real browser: nothing is asked of the network, nothing overflows, an accessibility checker is content.

Needs the extra `browser` and a Chromium: `apt-get install chromium`, or `playwright install chromium`.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.comparison import answer
from experiments.design import ask
from experiments.report.browser import browser as found_browser
from experiments.report.browser import pdf
from experiments.report.report import Report

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra 'browser'")
axe_core = pytest.importorskip("axe_core_python.sync_playwright", reason="needs the extra 'browser'")

WIDTHS = (1280, 768, 390, 320)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of the hotel with three strategies, what is not known drawn."""
    folder = tmp_path_factory.mktemp("report")
    question = ask("hotel", ("minimum", "full", "ladder"), runs=6, people=200, years=2, draw=True)
    path = folder / "report.html"
    path.write_text(Report.of(answer(question, out=folder, workers=1), workers=1).html(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Chromium: the system's, or else Playwright's own."""
    with playwright.sync_playwright() as driver:
        names = ("chromium", "chromium-browser", "google-chrome")
        system = next((path for name in names if (path := shutil.which(name))), None)
        try:
            opened = driver.chromium.launch(executable_path=system, args=["--no-sandbox", "--disable-gpu"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium can be started: {str(error).splitlines()[0]}")
        yield opened
        opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_checker_finds_nothing_serious(chromium: Any, written: Path, scheme: str) -> None:
    """axe, with every table opened, in light and in dark: no violation that is serious or critical."""
    page = chromium.new_page(color_scheme=scheme, viewport={"width": 1100, "height": 900})
    page.goto(written.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe_core.Axe().run(page)
    bad = [(one["id"], one["impact"], [node["target"] for node in one["nodes"]][:3]) for one in found["violations"]
           if one["impact"] in ("serious", "critical")]
    assert found["passes"] and not bad


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(chromium: Any, written: Path, width: int) -> None:
    """From a phone to a desk: nothing overflows, and of each figure exactly one shape is shown."""
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(written.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.evaluate("[...document.querySelectorAll('figure')].map(f => [...f.querySelectorAll('svg')]"
                          ".filter(s => s.getBoundingClientRect().width > 0).length)")
    assert shown == [1] * 6


def test_no_request_leaves_and_nothing_complains(chromium: Any, written: Path) -> None:
    """One file is read, the browser's console stays empty, and a script put into the page would not run."""
    asked: list[str] = []
    said: list[str] = []
    page = chromium.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(written.as_uri())
    assert asked == [written.as_uri()] and not said
    page.evaluate("const s = document.createElement('script'); s.textContent = 'window.ran = true';"
                  "document.body.append(s)")
    assert page.evaluate("window.ran") is None


def test_the_keyboard_reaches_the_answer_and_the_numbers(chromium: Any, written: Path) -> None:
    """The first tab leads to the answer; every table of numbers opens with the keyboard alone."""
    page = chromium.new_page()
    page.goto(written.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#answer"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    summaries = page.locator("summary")
    assert summaries.count() == 9
    for number in range(summaries.count()):
        summaries.nth(number).focus()
        page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 9


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_it_prints(chromium: Any, written: Path, size: str) -> None:
    """On both papers nothing is cut: figures are shorter than a page, tables, opened too, narrower; none is broken."""
    page = chromium.new_page(viewport={"width": 680, "height": 900})
    page.goto(written.as_uri())
    page.emulate_media(media="print")
    high = page.evaluate("Math.max(...[...document.querySelectorAll('figure, .lives')]"
                         ".map(one => one.getBoundingClientRect().height))")
    inches = {"A4": 11.69, "Letter": 11.0}[size] - 28 / 25.4
    assert high / 96 < inches
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    right = page.evaluate("Math.max(...[...document.querySelectorAll('table')].map("
                          "table => table.getBoundingClientRect().right))")
    assert 0 < right <= 680
    assert page.pdf(format=size).startswith(b"%PDF")


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_no_page_begins_with_a_left_over(chromium: Any, written: Path, tmp_path: Path, size: str) -> None:
    """No printed page begins with the footer, nor with the command that tells the story again."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler) is not there to read the pages")
    page = chromium.new_page()
    page.goto(written.as_uri())
    page.pdf(path=tmp_path / "r.pdf", format=size)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "r.pdf", "-"], capture_output=True, text=True,
                          check=True).stdout
    begins = [one.strip().split("\n")[0] for one in text.split("\f") if one.strip()]
    assert len(begins) > 3
    assert not [one for one in begins if one.startswith(("Made by", "Once more"))]


def test_four_strategies_print_on_seven_pages(chromium: Any, tmp_path: Path) -> None:
    """No page holds what the page before had room for: the parts of the difference, how to repeat it."""
    if shutil.which("pdfinfo") is None:
        pytest.skip("pdfinfo (poppler) is not there to count the pages")
    question = ask("tv-retailer", ("minimum", "full", "promise", "ladder"), runs=4, people=400, years=10, draw=True)
    made = Report.of(answer(question, out=tmp_path, workers=1), workers=1)
    (tmp_path / "r.html").write_text(made.html(), encoding="utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "r.html").as_uri())
    page.pdf(path=tmp_path / "r.pdf", format="A4")
    told = subprocess.run(["pdfinfo", tmp_path / "r.pdf"], capture_output=True, text=True, check=True).stdout
    assert int(told.split("Pages:")[1].split()[0]) <= 7


def test_the_command_prints_a_pdf(written: Path) -> None:
    """Where a browser is on the path, the page comes out as PDF without a driver."""
    if found_browser() is None:
        pytest.skip("no browser on the path")
    assert pdf(written.read_text(encoding="utf-8")).startswith(b"%PDF")
