"""The dashboard in a real browser: `pytest -m browser`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.slider import FLAGS, dashboard
from experiments.report.browser import browser as chromium

pytestmark = pytest.mark.browser
pytest.importorskip("starlette", reason="the dashboard needs the extra 'dashboard'")
sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need the extra 'browser'")

SMALL = "people=400&years=3&runs=16"
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""The browser finds no other machine."""
PATIENCE = 90


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A dashboard that runs as users run it."""
    with dashboard("--port", "0") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    path = chromium()
    if path is None:
        pytest.skip("no browser of the Chromium family is found (see docs/dashboard.md)")
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=[*FLAGS, NOWHERE])
        yield made
        made.close()


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens pages, each for a person of its own; at the end none of them may have complained or asked elsewhere."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def noted(request: Any) -> None:
        if not request.url.startswith((address, "blob:", "data:")):
            complaints.append(f"asked {request.url}")

    def open_page(query: str = SMALL, width: int = 1280, height: int = 900, **about: Any) -> Any:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **about))
        page = contexts[-1].new_page()
        page.on("request", noted)
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}?{query}")
        answered(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def until(page: Any, condition: str) -> None:
    """Wait for a condition in the page (its policy forbids Playwright's own way of waiting)."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(f"() => Boolean({condition})"):
        assert time.monotonic() < end, f"still not: {condition}"
        page.wait_for_timeout(40)


ROOT = "document.documentElement.dataset"


def answered(page: Any) -> None:
    """Wait for the first answer to what the page asks."""
    until(page, f"{ROOT}.answered && {ROOT}.answered === {ROOT}.asked")


def refined(page: Any) -> None:
    """Wait for the refined answer to what the page asks."""
    until(page, f"{ROOT}.answered === {ROOT}.asked && document.querySelector('#stage').textContent === 'refined'")


def slider(page: Any, label: str) -> Any:
    return page.get_by_role("slider", name=label, exact=True)


def drag(page: Any, label: str, to: float) -> None:
    """Take the thumb of a slider to a share of its track."""
    slider(page, label).scroll_into_view_if_needed()
    box = slider(page, label).bounding_box()
    at = slider(page, label).evaluate("one => (one.value - one.min) / (one.max - one.min)")
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 9 + at * (box["width"] - 18), y)
    page.mouse.down()
    for step in range(1, 7):
        page.mouse.move(box["x"] + 9 + (at + (to - at) * step / 6) * (box["width"] - 18), y)
        page.wait_for_timeout(16)
    page.mouse.up()


def sentence(page: Any) -> str:
    return str(page.locator("#sentence").inner_text())


def test_what_is_compared_stands_in_one_row(visit: Callable[..., Any]) -> None:
    """Business, three strategies and the button for more stand side by side on a page of usual width."""
    page = visit(f"business=telecom&strategy=minimum&strategy=full&strategy=ladder&{SMALL}", width=1300)
    feet = page.evaluate("[...document.querySelectorAll('#choices select, #add')].map("
                         "one => Math.round(one.getBoundingClientRect().bottom))")
    assert len(feet) == 5 and len(set(feet)) == 1


def test_the_page_loads_and_answers(visit: Callable[..., Any]) -> None:
    """The page comes with a sentence, its interval, a dot for each strategy and a slider for each assumption."""
    page = visit()
    assert "per 1,000 guests over 3 years" in sentence(page)
    assert "95 % interval" in page.locator("#interval").inner_text()
    assert page.locator("#plane ellipse").count() == 2
    assert 8 <= page.get_by_role("slider").count() <= 10
    refined(page)
    assert "16 pairs of 400 people; known to within" in page.locator("#pairs").inner_text()


def test_the_answer_follows_the_slider(visit: Callable[..., Any]) -> None:
    """A dragged assumption changes the answer, the picture and the address; its way back brings the answer back."""
    page = visit()
    refined(page)
    before, dots = sentence(page), page.locator("#plane .glide").evaluate_all("all => all.map(o => o.style.transform)")
    drag(page, "Margin", 0.95)
    answered(page)
    refined(page)
    assert sentence(page) != before
    assert page.locator("#plane .glide").evaluate_all("all => all.map(o => o.style.transform)") != dots
    until(page, "location.search.includes('finance.margin_share=0.7')")
    page.get_by_role("button", name="Margin: back to today's value").click()
    refined(page)
    assert sentence(page) == before and slider(page, "Margin").get_attribute("aria-valuetext") == "65 %, today's value"


def test_a_first_look_says_what_it_is(visit: Callable[..., Any]) -> None:
    """The first look names its pairs and people, and the others are marked as updating until they follow."""
    page = visit("people=2000&years=10&runs=400")
    assert page.locator("#stage").inner_text() in ("first look", "refining")
    drag(page, "Word of mouth", 0.9)
    answered(page)
    assert page.locator("#stage").inner_text() == "first look"
    assert "pairs in a market of 1,000 people" in page.locator("#pairs").inner_text()
    for card in ("#flips-card", "#trust-card"):
        assert page.locator(f"{card} .chip").is_visible()


def test_everything_follows(visit: Callable[..., Any]) -> None:
    """Triangle, switch points and the wide interval come by themselves and lose their mark."""
    page = visit()
    until(page, "!document.querySelector('#flips-card').classList.contains('stale')")
    until(page, "!document.querySelector('#trust-card').classList.contains('stale')")
    until(page, "/on average EUR [^;]*\\.$/.test(document.querySelector('#unknown').textContent)")
    assert page.locator("#trust svg").count() == 3
    assert page.locator("#flips li").count() >= 1
    assert not page.locator("#flips-card .chip").is_visible()


def test_the_keyboard_is_enough(visit: Callable[..., Any]) -> None:
    """Arrow keys move a slider by round steps and the answer follows; Tab reaches its way back, Enter takes it."""
    page = visit()
    margin = slider(page, "Margin")
    margin.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    answered(page)
    moved = float(margin.input_value())
    assert 0.62 < moved < 0.65 and round(moved * 1000) == pytest.approx(moved * 1000)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert float(margin.input_value()) == 0.65
    page.locator("#take summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#downloads").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#downloads").is_visible()


def test_a_shared_address_shows_the_same(visit: Callable[..., Any]) -> None:
    """Whoever opens the copied address, and whoever reloads, sees the same assumptions and the same answer."""
    page = visit()
    drag(page, "Lost demand others take up", 0.7)
    refined(page)
    until(page, "location.search.includes('finance.refill_share')")
    other = visit(page.url.partition("?")[2])
    refined(other)
    page.reload()
    answered(page)
    refined(page)
    for shown in (page, other):
        assert sentence(shown) == sentence(page)
        assert slider(shown, "Lost demand others take up").input_value() == slider(
            page, "Lost demand others take up").input_value() != "0.2"
    assert other.locator("#interval").inner_text() == page.locator("#interval").inner_text()


def test_what_is_taken_away_is_what_is_shown(visit: Callable[..., Any], tmp_path: Path) -> None:
    """The downloaded numbers are those of the table on the page; the experiment file names the slider moved."""
    page = visit(f"{SMALL}&finance.margin_share=0.6")
    refined(page)
    page.locator("#take summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="The numbers (JSON)").click()
    assert download.value.suggested_filename == "amends-hotel-numbers.json"
    download.value.save_as(tmp_path / "numbers.json")
    data = json.loads((tmp_path / "numbers.json").read_text())
    page.keyboard.press("Escape")
    page.locator(".table summary").click()
    cells = page.locator("#table tbody tr").nth(1).locator("td").first.inner_text().split()
    assert cells[0] == f"{data['strategies']['full']['per_1000_customers']['cost_of_remedy']['mean']:,.0f}"
    page.locator("#take summary").click()
    until(page, "document.querySelector('#command').value.includes('--set finance.margin_share=0.6')")
    with page.expect_download() as download:
        page.get_by_role("button", name="An experiment file").click()
    download.value.save_as(tmp_path / "experiment.toml")
    assert "finance.margin_share = 0.6" in (tmp_path / "experiment.toml").read_text()


def test_the_report_says_the_same(visit: Callable[..., Any], tmp_path: Path) -> None:
    """The report taken away names the difference that the numbers taken away hold, a year and per 1,000 customers."""
    page = visit()
    page.locator("#take summary").click()
    saved = {}
    for name, button in (("numbers", "The numbers (JSON)"), ("report", "The report (HTML)")):
        with page.expect_download(timeout=120_000) as download:
            page.get_by_role("button", name=button).click()
        download.value.save_as(tmp_path / name)
        saved[name] = (tmp_path / name).read_text()
    gap = json.loads(saved["numbers"])["differences"][0]["per_1000_customers"]["net_present_value"]["mean"]
    assert f"EUR {abs(gap) / 3:,.0f}" in saved["report"] and "per 1,000 guests a year" in saved["report"]


def test_two_people_at_once(visit: Callable[..., Any]) -> None:
    """Two people drag different sliders at the same time; each sees the answer to their own."""
    one, other = visit(), visit()
    for number in range(3):
        drag(one, "Margin", 0.1 + 0.1 * number)
        drag(other, "Encounters in which something fails", 0.9 - 0.1 * number)
    refined(one)
    refined(other)
    assert "failures" not in one.evaluate(f"() => {ROOT}.answered")
    assert "margin" not in other.evaluate(f"() => {ROOT}.answered")
    alone = visit(one.url.partition("?")[2])
    refined(alone)
    assert sentence(alone) == sentence(one) != sentence(other)


def test_a_bad_address_is_a_sentence(visit: Callable[..., Any]) -> None:
    """Wrong values are told on the page, which shows the rest."""
    page = visit(f"{SMALL}&business=hotle&finance.margin_share=9")
    told = page.get_by_role("alert").inner_text()
    assert "did you mean 'hotel'?" in told and "must be a number from 0.5 to 0.75" in told
    assert "per 1,000 guests" in sentence(page)
    drag(page, "Margin", 0.5)
    assert not page.get_by_role("alert").is_visible()


def test_businesses_and_strategies_are_chosen(visit: Callable[..., Any]) -> None:
    """Another business brings its own words and currency, a third strategy its own dot; Back returns."""
    page = visit()
    page.get_by_label("Business").select_option("telecom")
    until(page, f"{ROOT}.answered === {ROOT}.asked && {ROOT}.asked.includes('telecom')")
    assert page.locator("#about").inner_text() == "A mobile telephone company"
    page.get_by_role("button", name="Add a strategy").click()
    until(page, f"{ROOT}.answered === {ROOT}.asked && {ROOT}.asked.includes('strategy')")
    assert page.locator("#plane ellipse").count() == 3
    page.get_by_role("button", name="Leave out").last.click()
    answered(page)
    page.go_back()
    until(page, "document.querySelector('#about').textContent === 'A city hotel'")


def test_more_assumptions_can_be_searched(visit: Callable[..., Any]) -> None:
    """Behind 'more assumptions' stand all others; a word finds them, and one that is moved counts."""
    page = visit()
    page.locator("#more > summary").click()
    until(page, "document.querySelectorAll('#others .slider').length > 100")
    page.get_by_label("Search").fill("witnesses")
    found = page.locator("#others .slider:visible")
    assert 1 <= found.count() < 10
    found.first.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    until(page, f"{ROOT}.asked.includes('front_desk.witnesses=')")
    answered(page)


@pytest.mark.parametrize("about", [
    {}, {"color_scheme": "dark"}, {"width": 390, "height": 844}, {"width": 390, "height": 844, "color_scheme": "dark"},
], ids=["wide", "dark", "phone", "phone-dark"])
def test_a_checker_finds_nothing_serious(visit: Callable[..., Any], about: dict[str, Any]) -> None:
    """The checker axe finds no violation that is serious or critical, with everything open."""
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="the checker is in the extra 'browser'")
    page = visit(f"{SMALL}&talk.volume=1.5&people.customer_share=9", **about)
    until(page, "!document.querySelector('#flips-card').classList.contains('stale')")
    page.locator(".table summary").click()
    page.locator("#take summary").click()
    found = axe.Axe().run(page)["violations"]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found
                if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_nothing_is_wider_than_the_screen(visit: Callable[..., Any], width: int) -> None:
    """No width makes the page scroll sideways, and on a phone the answer stays in sight beside the sliders."""
    page = visit(width=width, height=800)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    if width < 1000:
        slider(page, "Discount rate").scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        assert page.locator("#strip").is_visible() and "per 1,000" in page.locator("#strip").inner_text()


def test_nothing_moves_for_those_who_ask(visit: Callable[..., Any]) -> None:
    """With reduced motion the dots jump, without it they glide."""
    length = "() => getComputedStyle(document.querySelector('.glide')).transitionDuration"
    assert visit(reduced_motion="reduce").evaluate(length) == "0s"
    assert visit(reduced_motion="no-preference").evaluate(length) != "0s"
