"""`amends validate`: published findings as virtual experiments on the same engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import options

if TYPE_CHECKING:
    from sim.psychology import Psychology


@click.command("validate")
@click.option("--only", multiple=True, metavar="V3", help="Only this target. Repeatable.")
@options.TABLE_OR_JSON
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Draw the chart there: validation.png and validation.svg.")
@click.option("--seeds", type=int, help="Runs of each experiment.  [default: 12; 1 for each set of an ensemble]")
@options.SEED
@click.option("--ensemble", type=click.Path(path_type=Path), metavar="FILE.toml",
              help="Sets of constants to play instead of the default one (experiments/psychology_fit.py).")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
              help="Change a constant of human nature, as in grudge=0.9. Repeatable.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a target is missed that is on record as passed.")
@click.pass_context
def command(ctx: click.Context, only: tuple[str, ...], form: str, out: Path | None, seeds: int | None, seed: int,
            ensemble: Path | None, settings: tuple[str, ...], strict: bool) -> None:
    """Hold the model against 17 published findings, V1 to V17.

    For each: what was published, the band, what the model gives with its 95 % interval, pass or miss.
    A miss is no error: the exit code is 0 all the same, but see --strict. docs/validation.md tells more.
    """
    from experiments.validation.scoring import SEEDS, lost, validate

    members, free = _constants(ensemble, settings)
    results = validate(only, members, seeds, seed, free)
    if out is not None:
        _draw(results, out)
    if form == "json":
        import json

        click.echo(json.dumps([result.to_dict() for result in results], indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from experiments.validation.table import table

        runs = seeds if seeds is not None else 1 if len(members) > 1 else SEEDS
        sets = f"{len(members)} sets of constants" if len(members) > 1 else _name(ensemble, settings)
        click.echo(table(results, f"{sets}, {runs} seed{'s' if runs > 1 else ''}", free), nl=False)
    if strict and lost(results):
        ctx.exit(1)


def _name(ensemble: Path | None, settings: tuple[str, ...]) -> str:
    from sim.psychology import STATUS

    return "a set of constants from a file" if ensemble else "changed constants" if settings else STATUS


def _constants(ensemble: Path | None, settings: tuple[str, ...]) -> tuple[list[Psychology], dict[str, float]]:
    """The sets of constants to play, the changes laid over each, and the free numbers fitted with them."""
    from sim.config import InputError, validated
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
    members: list[dict[str, Any]] = [{}]
    free: dict[str, float] = {}
    if ensemble is not None:
        from sim.config import read_toml

        data = read_toml(ensemble)[0]
        members, free = data.get("constants", []), data.get("free", {})
        if not members:
            raise InputError(f"{ensemble}: has no [[constants]]")
    where = str(ensemble or "--set")
    return [validated(Psychology, {**member, **changes}, where=where) for member in members], free


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
