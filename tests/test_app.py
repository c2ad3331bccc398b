"""The model in the browser, as Mesa users look at theirs; the page itself needs the extra 'viz'."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.one_world import CUSTOMER, WatchedFirm, money, network, triangle
from sim.business import load_business, presets
from sim.model import RecoveryModel
from strategies.registry import find

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120_000
"""Milliseconds; a busy machine draws six pictures slowly."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_the_world_watched_is_the_world_of_the_experiments() -> None:
    """At the end of its steps the firm on screen has the outcomes of the same run played in one go, to the last bit."""
    watched = WatchedFirm("hotel", "full", people=150, years=2, rng=5)
    while watched.running:
        watched.step()
    twin = RecoveryModel(rng=5, people=150, years=2, twin=True).run()
    plain = RecoveryModel(load_business("hotel"), find("full"), rng=5, people=150, years=2, against=twin).run()
    assert watched.series.tobytes() == plain.series.tobytes()
    outcomes = plain.outcomes()
    assert watched.costs_so_far() == (outcomes["cost_of_remedy"], outcomes["cost_of_churn"])


def test_what_is_collected_is_what_the_rules_booked() -> None:
    """A row for the start and one for each step: customers and trust as in the series."""
    model = WatchedFirm(people=120, years=1)
    while model.running:
        model.step()
    model.step()
    found = model.datacollector.get_model_vars_dataframe()
    assert len(found) == 1 + model.periods
    assert found["Customers"].tolist()[1:] == model.series["customers"].tolist()
    assert found["Trust"].tolist()[1:] == pytest.approx(model.series["trust"].tolist())
    assert found["Hardness"].tolist()[1:] == pytest.approx(model.series["hardness"].tolist())
    assert found["Cost of remedy"][0] == found["Cost of churn"][0] == 0


@pytest.mark.parametrize("business", presets())
def test_every_setting_of_the_sliders_is_a_world(business: str) -> None:
    """Both ends of all sliders together make a world that plays; without failures nothing is spent on remedies."""
    for most in (0.0, 4.0):
        model = WatchedFirm(business, "full", people=60, years=1, failures=most, talk=most, opportunists=most)
        model.step()
        assert (model.costs_so_far()[0] == 0) if most == 0 else model.business.failures.per_encounter > 0


def test_the_map_of_people_holds_every_tie_once_and_stays() -> None:
    """Each tie of the network is drawn once, and nobody moves from step to step."""
    model = WatchedFirm(people=80, years=1)
    start, to = model.population.ties
    both = {(i, int(j)) for i in range(80) for j in to[start[i]:start[i + 1]]}
    drawn = {tuple(pair) for pair in model.ties.tolist()}
    assert drawn | {(j, i) for i, j in drawn} == both and len(drawn) * 2 == len(both)
    before = model.spots.copy()
    model.step()
    assert np.array_equal(before, model.spots) and before.shape == (80, 2)


def said(figure: Any) -> str:
    """All that stands in a figure."""
    return " | ".join(text.get_text() for text in [*figure.texts, *(t for a in figure.axes for t in a.texts)])


@pytest.mark.parametrize("steps", [0, 1, 30])
def test_pictures_say_the_numbers_of_the_model(steps: int) -> None:
    """The headings of the pictures are the model's own numbers, from the start on; everything lies on the page."""
    model = WatchedFirm("diy-store", "full", people=150, years=3)
    for _ in range(steps):
        model.step()
    status = np.bincount(model.people_table["status"], minlength=3)
    noun = model.business.customer_word
    assert f"{status[CUSTOMER]} {noun}s, {status[2]} who left, {status[0]} who never came" in said(network(model))
    assert f"{sum(model.costs_so_far()):,.0f}".lstrip("-") in said(money(model))
    if steps:
        assert f"belief {round(100 * model.series['belief'][-1])} %" in said(triangle(model))
    for draw in (triangle, network, money):
        figure = draw(model)
        figure.canvas.draw()
        page = figure.bbox
        for text in figure.texts:
            box = text.get_window_extent()
            assert box.x0 >= page.x0 and box.x1 <= page.x1 and box.y1 <= page.y1, text.get_text()


def test_a_firm_without_customers_can_be_drawn() -> None:
    """With nobody left there is no trust, and the pictures are drawn all the same."""
    model = WatchedFirm(people=60, years=1)
    model.people_table["status"][:] = 2
    assert np.isnan(model.trust)
    for draw in (triangle, network, money):
        draw(model).canvas.draw()


def test_without_solara_the_app_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing the app where the extra is missing is one sentence that names it."""
    monkeypatch.setitem(sys.modules, "solara", None)
    monkeypatch.delitem(sys.modules, "experiments.app", raising=False)
    with pytest.raises(ImportError, match=r"^solara is missing: .* needs the extra 'viz' \(pip install") as refused:
        importlib.import_module("experiments.app")
    assert "\n" not in str(refused.value)


@pytest.mark.filterwarnings("ignore")
def test_the_page_builds_and_every_component_draws() -> None:
    """A picture for each component, a slider or a list for each parameter, and nothing told to Solara's makers."""
    solara = pytest.importorskip("solara", reason="the extra 'viz' is not installed")
    import inspect

    from ipywidgets import Image

    from experiments import app

    assert not solara.server.settings.telemetry.mixpanel_enable
    assert set(app.model_params) == set(inspect.signature(WatchedFirm.__init__).parameters) - {"self"}
    for component in app.components:
        draw = component[0] if isinstance(component, tuple) else component

        @solara.component  # type: ignore[untyped-decorator, unused-ignore]
        def alone(draw: Any = draw) -> None:
            draw(WatchedFirm(people=60, years=1))

        box, shown = solara.render(alone(), handle_error=False)
        assert [picture.value[:4] for picture in shown.find(Image).widgets] == [b"\x89PNG"]
        shown.close()
    box, shown = solara.render(app.Page(), handle_error=False)
    assert box.children
    shown.close()


@pytest.fixture
def address() -> Iterator[str]:
    """A server with the app on a free port."""
    pytest.importorskip("solara", reason="the extra 'viz' is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "solara", "run", str(ROOT / "experiments" / "app.py"), "--no-open", "--production",
               "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore")
def test_the_page_steps_plays_and_begins_anew(address: str) -> None:
    """Step, Play and Reset work, sliders make another world, visitors have one each; no error, no request outside."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra 'browser' is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    errors, outside = [], []
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        page.on("request", lambda asked: outside.append(asked.url) if not asked.url.startswith(
            (address, address.replace("http", "ws"), "data:", "blob:")) else None)
        page.goto(address)
        shown = page.get_by_text(re.compile(r"^(Step|Time): "))
        shown.wait_for(timeout=PATIENCE)
        pictures = page.locator(".vue-grid-item img")
        playwright.expect(pictures).to_have_count(6, timeout=PATIENCE)
        assert all(pictures.nth(number).evaluate("picture => picture.naturalWidth > 300") for number in range(6))

        def waits_for(steps: int) -> None:
            playwright.expect(shown).to_have_text(re.compile(rf": {steps}(\.0)?$"), timeout=PATIENCE)

        waits_for(0)
        page.get_by_role("button", name="Step").click()
        waits_for(1)
        page.get_by_role("button", name="▶").click()
        playwright.expect(shown).to_have_text(re.compile(r": [2-9]"), timeout=PATIENCE)
        page.get_by_role("button", name="❚❚").click()
        other = browser.new_page()
        other.goto(address)
        playwright.expect(other.get_by_text(re.compile(r"^(Step|Time): 0"))).to_be_visible(timeout=PATIENCE)
        other.close()
        people = page.get_by_role("slider", name="People in the market")
        people.focus()
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        playwright.expect(people).to_have_attribute("aria-valuenow", "120")
        before = pictures.nth(1).get_attribute("src")
        page.get_by_role("button", name="Reset").click()
        waits_for(0)
        playwright.expect(pictures.nth(1)).not_to_have_attribute("src", before or "")
        browser.close()
    assert not errors and not outside
