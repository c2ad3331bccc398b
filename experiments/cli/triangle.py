"""`amends triangle`: where customers stand under each strategy, and how staff harden, as two pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli import options

if TYPE_CHECKING:
    from experiments.triangle_runs import Courses


@click.command("triangle")
@click.argument("business")
@click.argument("strategies", nargs=-1, metavar="[STRATEGY]...")
@click.option("--runs", type=int, default=20, show_default=True, help="Paired runs; at least 2.")
@click.option("--people", type=int, help="People in the market.  [default: 2000]")
@options.YEARS
@options.SEED_AS_FOR_COMPARE
@options.SETTINGS
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Where the pictures go.  [default: results/BUSINESS-triangle]")
def command(business: str, strategies: tuple[str, ...], runs: int, people: int | None, years: float, seed: int,
            settings: tuple[str, ...], out: Path | None) -> None:
    """Draw where customers stand between believing, disbelieving and not knowing; and how staff harden.

    BUSINESS and STRATEGY are spelled as for compare. Without strategies: minimum full.
    """
    from experiments.cli.compare import progress_bar
    from experiments.design import ask
    from experiments.triangle_runs import played
    from sim.config import InputError

    asked = ask(business, strategies or ("minimum", "full"), runs=runs, people=people, years=years, seed=seed,
                settings=settings)
    folder = out or Path("results") / f"{asked.name}-triangle"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--out {folder}: cannot be written: {error.strerror}") from None
    with progress_bar() as progress:
        found = played(asked, progress)
    from experiments import charts, triangle

    try:
        for name, draw in (("triangle", triangle.opinion_triangle), ("hardness", triangle.staff_hardness)):
            figure = draw(found)
            (folder / f"{name}.png").write_bytes(charts.png(figure))
            (folder / f"{name}.svg").write_bytes(charts.svg(figure))
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    click.echo(_table(found))
    click.echo(f"\nWritten to {folder}: triangle and hardness, .png and .svg")


def _table(found: Courses) -> str:
    """The numbers of both pictures, in at most 80 columns, and how to read them."""
    import textwrap

    from experiments.triangle import in_hundred
    from experiments.words import a_or_an, percent, shortened, years

    noun, wide = found.asked.point.business.customer_word, 24
    last = max(12, len(noun) + 8)
    lines = textwrap.wrap(f"Everybody who was {a_or_an(noun)} when the runs began, {years(found.asked.point.years)} on "
                          f"(means of {found.asked.runs} runs):", 80)
    lines += ["", f"{'':<{wide}}{'---- what they think -----':>28}{'still':>{last}}{'staff':>10}",
              f"{'':<{wide}}{'good':>8}{'bad':>8}{'not known':>12}{noun + 's':>{last}}{'hardness':>10}"]
    for course in found.courses:
        good, bad, unknown = (f"{share} %" for share in in_hundred(course.end))
        lines.append(f"{shortened(course.strategy, wide - 1):<{wide}}{good:>8}{bad:>8}{unknown:>12}"
                     f"{percent(float(course.share_stayed.mean())):>{last}}"
                     f"{float(found.late_hardness(course).mean()):>10.3f}")
    reading = ("What somebody thinks of the firm is made of good experience (in the picture: belief), of bad "
               "(disbelief), their own or heard of, and of what they do not know; the three make 100 %. Those who left "
               "are counted too. Hardness is that of the staff in the last year: 0 is warm, 1 is hardened to "
               "complaints.")
    return "\n".join([*lines, "", *textwrap.wrap(reading, 80)])
