"""A PDF of a page, printed by whatever browser of the Chromium family is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sim.config import InputError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge",
         "brave-browser")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
SECONDS = 60


def browser() -> str | None:
    """The path of a browser that can print; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None) or next(
        (place for place in PLACES if Path(place).is_file()), None)


def needed() -> str:
    """The path of a browser; InputError where there is none."""
    program = browser()
    if program is None:
        raise InputError("--format pdf needs a browser (Chromium, Chrome or Edge), and none is found; open the HTML "
                         "and print it to PDF instead")
    return program


def pdf(page: str) -> bytes:
    """The page as PDF on A4; InputError where no browser is found or it does not print."""
    program = needed()
    with tempfile.TemporaryDirectory(prefix="amends-") as scratch:
        source, target = Path(scratch, "report.html"), Path(scratch, "report.pdf")
        source.write_text(page.replace("@page {", "@page { size: A4;", 1), encoding="utf-8")
        command = [program, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
                   f"--user-data-dir={scratch}/profile", "--no-pdf-header-footer", f"--print-to-pdf={target}",
                   source.as_uri()]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Chromium refuses to run its sandbox as root; the page holds no script and loads nothing.
            command.insert(1, "--no-sandbox")
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False).stderr
        except subprocess.TimeoutExpired:
            said = f"it did not end within {SECONDS} seconds"
        if not target.is_file():
            last = (said.strip().splitlines() or ["it said nothing"])[-1]
            raise InputError(f"--format pdf: {program} printed nothing ({last}); open the HTML and print it to PDF "
                             "instead")
        return target.read_bytes()
