"""`amends validate`: published findings as virtual experiments on the same engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sim.psychology import Psychology


@click.command("validate")
@click.option("--only", multiple=True, metavar="V3", help="Only this target. Repeatable.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
              help="What is printed.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Draw the chart there: validation.png and validation.svg.")
@click.option("--seeds", type=int, default=12, show_default=True, help="Runs of each experiment at the centre.")
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed; everything follows from it.")
@click.option("--ensemble", type=click.Path(path_type=Path), metavar="FILE.toml",
              help="Other sets of constants, the first of them the centre (experiments/psychology_fit.py).")
@click.option("--sets", "count", type=int, metavar="N",
              help="Play only the first N sets drawn around the centre; with 0 the centre alone.  [default: all]")
@click.option("--workers", type=int, help="Processes; the answer is the same for any number.  [default: all cores]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
              help="Change a constant of human nature, as in grudge=0.9. Repeatable.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a target is missed that is on record as passed.")
@click.pass_context
def command(ctx: click.Context, only: tuple[str, ...], form: str, out: Path | None, seeds: int, seed: int,
            ensemble: Path | None, count: int | None, workers: int | None, settings: tuple[str, ...],
            strict: bool) -> None:
    """Hold the model against 16 published findings and a story of the project's own, V1 to V17.

    For each: what was published, the band, what the model's constants give and how luck moves it, what the sets of
    constants give that were drawn from what the fit leaves open, pass or miss.
    A miss is no error: the exit code is 0 all the same, but see --strict. docs/validation.md tells more.
    """
    from experiments.cli.compare import progress_bar
    from experiments.validation.scoring import lost, validate

    centre, sets, free = _constants(ensemble, settings, count)
    with progress_bar() as progress:
        results = validate(only, centre, sets, seeds=seeds, master_seed=seed, free=free, workers=workers,
                           progress=progress)
    if out is not None:
        _draw(results, out)
    if form == "json":
        import json

        click.echo(json.dumps([result.to_dict() for result in results], indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from experiments.validation.table import table

        click.echo(table(results, _name(ensemble, settings), seeds, free), nl=False)
    if strict and lost(results):
        ctx.exit(1)


def _name(ensemble: Path | None, settings: tuple[str, ...]) -> str:
    from sim.psychology import STATUS

    return "constants from a file" if ensemble else "changed constants" if settings else STATUS


def _constants(ensemble: Path | None, settings: tuple[str, ...],
               count: int | None) -> tuple[Psychology, list[Psychology], dict[str, float]]:
    """The centre, the drawn sets of the ensemble, and free numbers fitted with a file's; changes are laid over each.

    A set that the changes bring into a forbidden order is left out.
    """
    from sim.config import InputError, read_toml, validated
    from sim.psychology import Psychology

    changes: dict[str, Any] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        try:
            changes[key.strip().removeprefix("psychology.")] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise InputError(f"--set {text}: must read KEY=NUMBER, such as --set grudge=0.3")
    place = ensemble or Path(__file__).parents[1] / "validation" / "ensemble.toml"
    data = read_toml(place)[0]
    members = data.get("constants", [])
    if not members:
        raise InputError(f"{place}: has no [[constants]]")
    drawn = len(members) - 1
    if count is not None and not 0 <= count <= drawn:
        raise InputError(f"--sets {count}: must be between 0 and {drawn}, the sets in {place.name} beside its centre")
    for member in members:
        validated(Psychology, member, where=str(place))
    centre = validated(Psychology, {**(members[0] if ensemble else {}), **changes}, where="--set")
    sets = []
    for member in members[1:1 + (drawn if count is None else count)]:
        try:
            sets.append(validated(Psychology, {**member, **changes}, where="--set"))
        except InputError:
            continue
    return centre, sets, data.get("free", {}) if ensemble else {}


def _draw(results: Any, out: Path) -> None:
    from experiments import charts
    from experiments.validation.chart import bands
    from sim.config import InputError

    figure = bands(results)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "validation.png").write_bytes(charts.png(figure))
        (out / "validation.svg").write_bytes(charts.svg(figure))
    except OSError as error:
        raise InputError(f"{error.filename or out}: cannot be written: {error.strerror}") from None
