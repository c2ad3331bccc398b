"""Writing a report: the page, a PDF of it, or its figures with their numbers."""

from __future__ import annotations

from pathlib import Path

from experiments.charts import png, svg
from experiments.report.browser import needed, pdf
from experiments.report.figures.frame import ALONE
from experiments.report.report import Report
from experiments.store import replaced
from sim.config import InputError


def check(form: str, out: Path | None) -> None:
    """InputError where nothing could be written in that format to that place; before the work, not after it."""
    if out is not None and form in ("svg", "png") and out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: is a file; the figures go into a folder")
    if out is not None and form in ("html", "pdf") and out.is_dir():
        raise InputError(f"--out {out}: is a folder; name a file, such as {out / f'report.{form}'}")
    if form == "pdf":
        needed()


def write(report: Report, form: str, out: Path | None) -> list[Path]:
    """Write it in a format, by default beside the result; what was written, the first being the one to tell.

    html and pdf are a file, svg and png a folder with every figure and its numbers as CSV.
    """
    check(form, out)
    folder = report.answer.folder
    try:
        if form in ("svg", "png"):
            return _figures(report, form, out or folder / "figures")
        target = out or folder / f"report.{form}"
        page = report.html()
        target.parent.mkdir(parents=True, exist_ok=True)
        replaced(target, page.encode() if form == "html" else pdf(page))
        return [target]
    except OSError as error:
        raise InputError(f"{error.filename or out}: cannot be written: {error.strerror or error}") from None


def _figures(report: Report, form: str, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder]
    for number, picture in enumerate(report.pictures, start=1):
        figure = picture.draw(ALONE)
        for ending, data in ((form, svg(figure) if form == "svg" else png(figure)),
                             ("csv", picture.numbers.csv().encode())):
            written.append(folder / f"{number}-{picture.name}.{ending}")
            replaced(written[-1], data)
    return written
