"""How long from letting a slider go to the first answer on the page, measured in a real browser.

    python -m benchmarks.slider [DRAGS] [BUSINESS...]

Starts `amends dashboard`, drags the sliders in sight in turn, each in a dozen movements, and notes in the page when
the last movement was and when the first answer to it was painted. Needs the extras 'dashboard' and 'browser' and a
browser of the Chromium family (see docs/dashboard.md).
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from experiments.report.browser import browser as chromium

AT_MOST = 0.3
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
WATCH = """() => {
  const root = document.documentElement.dataset;
  window.watched = { moved: 0, first: 0, looks: 0 };
  const watched = window.watched;
  document.addEventListener("input", () => { watched.moved = performance.now(); watched.first = 0; }, true);
  new MutationObserver(() => {
    watched.looks += 1;
    if (root.answered !== root.asked || watched.first) return;
    requestAnimationFrame(() => setTimeout(() => { watched.first = watched.first || performance.now(); }));
  }).observe(document.documentElement, { attributeFilter: ["data-answered", "data-pairs"] });
}"""
"""Notes when something was last moved, and when the frame with the first answer to it was painted."""


@contextmanager
def dashboard(*arguments: str) -> Iterator[str]:
    """A dashboard in a process of its own; gives its address."""
    begin = [sys.executable, "-c", "from experiments.cli import main; main()", "dashboard", "--no-open", *arguments]
    with subprocess.Popen(begin, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address, "the dashboard did not say its address"
            yield address[0]
        finally:
            process.terminate()
            process.wait(timeout=20)


def drags(page: Any, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each drag: seconds to the first answer, the pairs that it rests on, and answers shown while dragging."""
    page.evaluate(WATCH)
    sliders = page.locator("#sliders input[type=range]")
    seconds, pairs, meanwhile = [], [], []
    for number in range(count):
        track = sliders.nth(number % sliders.count())
        track.scroll_into_view_if_needed()
        box = track.bounding_box()
        at = float(track.evaluate("one => (one.value - one.min) / (one.max - one.min)"))
        to = 0.12 + 0.76 * ((number * 0.618) % 1)
        x, y = box["x"] + 9 + at * (box["width"] - 18), box["y"] + box["height"] / 2
        aim = box["x"] + 9 + to * (box["width"] - 18)
        before = page.evaluate("() => window.watched.looks")
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(1, 13):
            page.mouse.move(x + (aim - x) * step / 12, y)
            page.wait_for_timeout(16)
        during = page.evaluate("() => window.watched.looks") - before
        page.mouse.up()
        end = time.monotonic() + 30
        while not page.evaluate("() => window.watched.first"):
            if time.monotonic() > end:
                raise TimeoutError("no answer within 30 s")
            page.wait_for_timeout(20)
        seconds.append(page.evaluate("() => window.watched.first - window.watched.moved") / 1000)
        pairs.append(int(page.evaluate("() => document.documentElement.dataset.pairs")))
        meanwhile.append(during)
        page.wait_for_timeout(700)
    return np.array(seconds), np.array(pairs), np.array(meanwhile)


def main(count: int = 40, *businesses: str) -> int:
    """Measure, print, and exit with 1 where the first business is slower than promised."""
    from playwright.sync_api import sync_playwright

    slow = False
    with dashboard() as address, sync_playwright() as playwright:
        driven = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for number, business in enumerate(businesses or ("hotel", "diy-store")):
            page = driven.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{address}?business={business}")
            while page.evaluate("() => document.documentElement.dataset.kind") is None:
                page.wait_for_timeout(100)
            page.wait_for_timeout(1500)
            seconds, pairs, meanwhile = drags(page, count)
            middle, late = np.quantile(seconds, [0.5, 0.95])
            print(f"{business}: {count} drags, from the last movement to the first answer painted: median "
                  f"{1000 * middle:.0f} ms, 95th percentile {1000 * late:.0f} ms, longest {1000 * seconds.max():.0f} "
                  f"ms (promise: {1000 * AT_MOST:.0f}); first looks rest on {pairs.min()} to {pairs.max()} pairs, "
                  f"median {np.median(pairs):.0f}; {meanwhile.mean():.1f} answers during a drag", flush=True)
            slow |= number == 0 and late > AT_MOST
            page.close()
        driven.close()
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:2]), *sys.argv[2:]))
