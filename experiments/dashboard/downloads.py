"""What can be taken away from a page: its numbers, every run, and a file that repeats it exactly."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.responses import PlainTextResponse, Response

from experiments.comparison import Answer
from experiments.dashboard import course
from experiments.dashboard.house import House
from experiments.dashboard.kitchen import Kitchen
from experiments.dashboard.sliders import settings
from experiments.dashboard.view import View, command
from experiments.replication import columns
from experiments.store import package_versions, to_csv
from sim.config import InputError
from sim.psychology import STATUS

_BARE = re.compile(r"[A-Za-z0-9_-]+")


TYPES = {"numbers.json": "application/json", "runs.csv": "text/csv", "experiment.toml": "application/toml",
         "report.html": "text/html", "report-unknown.html": "text/html"}
"""What can be downloaded; the second report counts what is not known, as `amends report` does unless told otherwise."""


async def download(name: str, view: View, kitchen: Kitchen) -> Response:
    """The file of that name for a view; runs that are missing are played first."""
    if name not in TYPES:
        return PlainTextResponse(f"There is no download '{name[:80]}'; there are {', '.join(TYPES)}.\n", 404)
    try:
        text = await _text(name, view, kitchen)
    except InputError as error:
        return PlainTextResponse(str(error) + "\n", 400)
    file = f"amends-{re.sub(r'[^a-z0-9]+', '-', view.business.lower())}-{name}"
    return Response(text, media_type=TYPES[name], headers={"content-disposition": f'attachment; filename="{file}"'})


async def _text(name: str, view: View, kitchen: Kitchen) -> str:
    await kitchen.ready.wait()
    if name == "report-unknown.html":
        return await report(replace(view, runs=course.drawn_runs(view)), kitchen, fixed=False)
    question = await asyncio.to_thread(course.question_of, view, kitchen.house)
    pairs = await course.settled(view, question, kitchen, object())
    view = replace(view, runs=pairs)
    if name == "report.html":
        return await report(view, kitchen, fixed=True)
    if name == "experiment.toml":
        return experiment(view, kitchen.house)
    answer = course.Settled(question, kitchen.runs(view, view.people)).first(pairs)
    if name == "runs.csv":
        return to_csv(answer.rows, columns(view.years))
    return json.dumps(data(answer, view, kitchen.house), indent=2, ensure_ascii=False) + "\n"


async def report(view: View, kitchen: Kitchen, fixed: bool) -> str:
    """What `amends report` makes of `view.runs` pairs, in a process of its own; one at a time."""
    words = command(view, kitchen.house, "report", fixed)[1:]
    async with kitchen.reporting:
        with TemporaryDirectory(prefix="amends-report-") as folder:
            target = Path(folder) / "report.html"
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from experiments.cli import main; main()", *words, "--out", str(target),
                "--results", folder, stdout=PIPE, stderr=PIPE)
            try:
                _, said = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
            if not target.exists():
                raise InputError(said.decode(errors="replace").strip() or "the report could not be made")
            return target.read_text(encoding="utf-8")


def data(answer: Answer, view: View, house: House) -> dict[str, Any]:
    """`view.runs` pairs as plain data: as `amends compare --fixed --format json`, without what that plays besides."""
    from experiments.comparison import TOTALS

    point = answer.question.point
    first = answer.rows["arm"] == answer.question.arms[0]
    return {
        "status": STATUS,
        "business": point.business.name,
        "currency": point.business.currency,
        "seed": point.seed, "runs": answer.runs, "people": point.people, "years": point.years,
        "customers_at_start": answer.customers_at_start,
        "run_seeds": answer.rows["run_seed"][first].tolist(),
        "settings": settings(house.business(view.business), dict(view.moved)),
        "strategies": {arm: {
            **{name: answer.estimate(arm, name).to_dict() for name in TOTALS},
            "per_1000_customers": {name: answer.per_1000(arm, name).to_dict() for name in TOTALS},
        } for arm in answer.question.arms},
        "differences": [{
            "of": d.of, "minus": d.minus, "net_present_value": d.net_present_value.to_dict(),
            "by_year": {year: e.to_dict() for year, e in d.by_year.items()},
            "cost_of_remedy": d.cost_of_remedy.to_dict(), "cost_of_churn": d.cost_of_churn.to_dict(),
            "share_won": d.share_won, "share_tied": d.share_tied,
            "per_1000_customers": {"net_present_value": d.per_1000_customers.to_dict()},
        } for d in answer.differences],
        "verdict": answer.verdict,
        "command": shlex.join(command(view, house)),
        "versions": package_versions(),
    }


def experiment(view: View, house: House) -> str:
    """An experiment file for `amends run` that plays the first `view.runs` of the same runs."""
    source = house.spelled(view.business)
    own = source.endswith(".toml")
    lines = [
        f"# {house.titles[view.business]}, as it stood on the dashboard. The same runs as",
        f"#     {shlex.join(command(view, house))}",
        "# To play it: amends run FILE.toml" + (f", beside {Path(source).name}" if own else ""),
        "",
        f"business = {json.dumps(Path(source).name if own else source)}",
        f"strategies = {json.dumps(list(view.strategies))}",
        f"people = {view.people}", f"years = {view.years}", f"seed = {view.seed}", f"replications = {view.runs}",
    ]
    chosen = settings(house.business(view.business), dict(view.moved))
    if chosen:
        lines += ["", "[settings]"]
        lines += [f"{'.'.join(map(_key, key.split('.')))} = {value!r}" for key, value in chosen.items()]
    return "\n".join(lines) + "\n"


def _key(part: str) -> str:
    return part if _BARE.fullmatch(part) else json.dumps(part)
