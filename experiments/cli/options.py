"""Options that several commands share, worded once; a command that means something else words its own."""

from __future__ import annotations

from pathlib import Path

import click

RUNS = click.option("--runs", type=int, default=100, show_default=True, help="Paired runs; at least 2.")
PEOPLE = click.option("--people", type=int, help="People in the market.  [default: 2000, or as the files say]")
YEARS = click.option("--years", type=float, default=10.0, show_default="10", help="Horizon in years.")
SEED = click.option("--seed", type=int, default=1, show_default=True, help="Master seed; everything follows from it.")
SEED_AS_FOR_COMPARE = click.option("--seed", type=int, default=1, show_default=True,
                                   help="Master seed, as for compare.")
WORKERS = click.option("--workers", type=int, help="Processes; the answer is the same for any number.  [default: all "
                       "processors]")
SETTINGS = click.option("--set", "settings", multiple=True, metavar="KEY=VALUE",
                        help="Change a number of the business (or psychology.KEY). Repeatable.")
CUSTOMERS_AS_FOR_COMPARE = click.option("--customers", type=click.Path(path_type=Path), metavar="FILE.csv",
                                        help="Your customers, as for compare.")
NETWORK = click.option("--network", type=click.Path(path_type=Path), metavar="FILE.csv",
                       help="Who knows whom: an edge list.")
OUT = click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
                   help="Where the folder of results goes.  [default: results]")
RESULTS = click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True,
                       metavar="DIR", help="Where the folders of results are.")
"""For commands that look at results which are there already."""
TABLE_OR_JSON = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table",
                             show_default=True, help="What is printed.")
