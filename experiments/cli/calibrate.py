"""`amends calibrate`: a business file from the user's own data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli import options

if TYPE_CHECKING:
    from experiments.calibration import Calibration


@click.command("calibrate")
@click.argument("log", type=click.Path(path_type=Path), metavar="LOG.csv")
@click.option("--out", type=click.Path(path_type=Path), default=Path("mine.toml"), show_default=True,
              metavar="FILE.toml", help="The business file to write; the picture goes beside it.")
@click.option("--from", "preset", default="hotel", show_default=True, metavar="BUSINESS",
              help="Where every number comes from that the data do not carry: a name or a .toml file.")
@click.option("--cases", type=click.Path(path_type=Path), metavar="CASES.csv",
              help="Your failures: any of customer,date,kind,loss,offered,cost,pushed,resolved,left_by.")
@click.option("--kind", "kinds", multiple=True, metavar="YOURS=KIND",
              help="Which kind of failure of the business a kind of yours is. Repeatable.")
@click.option("--customer-column", default="customer", show_default=True, help="Its name in the log.")
@click.option("--date-column", default="date", show_default=True, help="Its name in the log.")
@click.option("--amount-column", default="amount", show_default=True, help="Its name in the log.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
              help="Only customers first seen on this day or later; use it where the log begins with old customers.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
              help="Last day used for the fit; what comes later is kept back, to test it.")
@click.option("--title", help="What your business is, for headings.  [default: the name of the file]")
@click.option("--currency", metavar="CODE", help="Currency of your amounts.  [default: that of BUSINESS]")
@options.TABLE_OR_JSON
def command(log: Path, out: Path, preset: str, cases: Path | None, kinds: tuple[str, ...], customer_column: str,
            date_column: str, amount_column: str, since: object, until: object, title: str | None,
            currency: str | None, form: str) -> None:
    """Write a business file fitted to your own purchases, and if you have them, your own failures.

    LOG.csv (or .csv.gz) has a line per purchase: customer,date,amount. What it does not tell is kept
    from another business; the file's [sources] say which number is which. See docs/calibrate.md.
    """
    from datetime import datetime

    from experiments.calibration import FIRST_LINE, calibrate
    from sim.config import InputError

    if out.suffix != ".toml":
        raise InputError(f"--out {out}: must end in .toml")
    _may_write(out, FIRST_LINE)
    pairs = dict(_pair(text) for text in kinds)
    found = calibrate(log, columns=(customer_column, date_column, amount_column), cases=cases, kinds=pairs,
                      preset=preset, name=out.stem, title=title, currency=currency,
                      since=since.date() if isinstance(since, datetime) else None,
                      until=until.date() if isinstance(until, datetime) else None)
    from experiments import charts
    from experiments.calibration.chart import fit_against_data

    figure = fit_against_data(found)
    pictures = [out.with_name(f"{out.stem}-fit{suffix}") for suffix in (".png", ".svg")]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(found.written.text, encoding="utf-8", newline="\n")
        for picture, draw in zip(pictures, (charts.png, charts.svg), strict=True):
            picture.write_bytes(draw(figure))
    except OSError as error:
        raise InputError(f"{error.filename or out}: cannot be written: {error.strerror}") from None
    if form == "json":
        import json

        plain = {"file": str(out), "pictures": [str(picture) for picture in pictures], **found.to_dict()}
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False))
        return
    click.echo(_table(found))
    for warning in found.warnings:
        click.echo(f"Warning: {warning}", err=True)
    from experiments.starters import next_steps, people_for

    people = found.written.business.people
    # Whoever stands in the log was a customer once: some are still, the others are former ones.
    market = people_for(len(found.log.customers), people.customer_share + people.former_share)
    click.echo(f"\nWritten: {out}, {pictures[0].name}, {pictures[1].name}\n{next_steps(str(out), market)}")


def _table(found: Calibration) -> str:
    """What was fitted, and what was only counted, in at most 80 columns."""
    log = found.log
    lines = [f"{log.encounters:,} encounters of {len(log.customers):,} customers in {log.weeks:.0f} weeks"
             + (f"; {log.kept_back:.0f} weeks kept back" if log.kept_back else ""), "",
             f"{'Fitted':<40}{'value':>12}{'std. error':>13}{'n':>12}"]
    lines += [f"{key:<40}{setting.value:>12.4g}{setting.error:>13.2g}{setting.n:>12,}"
              for key, setting in found.written.settings.items()]
    lines += [f"{'joining.at_typical_per_year':<40}{found.written.business.joining.at_typical_per_year:>12.4g}"
              "   (balances the base)", f"{'period':<40}{found.written.business.period:>12}",
              f"Everything else is kept from {found.preset}."]
    if found.cases and found.cases.figures:
        lines += ["", f"{'Counted, for comparison':<40}{'value':>12}{'std. error':>13}{'n':>12}"]
        lines += [f"{label if len(label) < 40 else label[:38] + '…':<40}{figure.value:>12.4g}{figure.error:>13.2g}"
                  f"{figure.n:>12,}" for label, figure in found.cases.figures.items()]
    return "\n".join(lines)


def _pair(text: str) -> tuple[str, str]:
    from sim.config import InputError

    own, equals, kind = text.partition("=")
    if not equals or not own.strip() or not kind.strip():
        raise InputError(f"--kind {text}: must read YOURS=KIND, such as --kind 'late arrival=noise'")
    return own.strip(), kind.strip()


def _may_write(out: Path, first_line: str) -> None:
    """A file that somebody wrote by hand is not overwritten."""
    from sim.config import InputError

    try:
        if out.exists() and first_line not in out.read_text(encoding="utf-8", errors="replace")[:200]:
            raise InputError(f"--out {out}: is there already and was not written by amends calibrate; "
                             "give another name or move it away")
    except OSError as error:
        raise InputError(f"--out {out}: cannot be read: {error.strerror}") from None
