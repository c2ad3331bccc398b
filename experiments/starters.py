"""Files to begin with: a commented experiment, and a business made from another by five answers."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from experiments.design import DEFAULT_PEOPLE
from sim.business import PRESETS, Business, load_business, presets
from sim.config import InputError, line_of, read_toml, validated

VALUE = re.compile(r"""=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^#\s]+)""")
"""What stands after a key: a string in either quotes, or a number."""
QUICK = 10_000
"""People up to whom a comparison takes about a minute."""
EXPERIMENT = '''\
# {name}: what is asked here, in a sentence.
#
#     amends check {name}.toml
#     amends run {name}.toml

title = "What is asked?"
business = "hotel"                  # amends list businesses, or a .toml file (its path from this file)
strategies = ["minimum", "full"]    # as for amends compare: NAME, NAME:key=value, FILE.py:Class
people = 1000                       # in the market
years = 10
seed = 1                            # everything follows from it
replications = 30                   # paired runs of each point; or a target, see below
keep = ["totals"]                   # also "series" (a row per period) and "cases" (a row per failure)

# Numbers that are other than in the business's file, the same everywhere:
# [settings]
# finance.discount_rate_annual = 0.08

# What nobody knows. Each is a list of values, a range, or a distribution (normal, lognormal, triangular).
[uncertainties]
"finance.refill_share" = {{ range = [0.0, 0.8], levels = 3 }}
# "people.encounters_per_year" = [1.0, 2.0, 4.0]
# "failures.per_encounter" = {{ distribution = "triangular", low = 0.05, mode = 0.0625, high = 0.15 }}
# "psychology.grudge" = {{ range = [0.0, 0.4] }}

# What the firm may choose: parameters of a strategy above. Every combination meets every point.
# [levers]
# "ladder.opening" = [0, 1, 2]

[design]
method = "grid"                     # or random, latin-hypercube, sobol, with points = 64

# Instead of `replications = 30`: until the difference is known to a twentieth of itself.
# [replications]
# outcome = "net_present_value"
# of = "full"
# minus = "minimum"
# share = 0.05                      # or half_width = 1000
# at_most = 400
'''


@dataclass(frozen=True)
class Five:
    """The five answers that make a business one's own."""

    customers: int
    visits: float
    """a year"""
    margin: float
    """in percent of the price"""
    failures: float
    """in a hundred visits"""
    remedy: float
    """what a complete remedy costs the firm, on average, in the currency"""


def title_of(name: str) -> str:
    """A heading from the name of a file: 'my-hotel' is 'My hotel'."""
    words = " ".join(name.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:] or name


def people_for(customers: int, share: float) -> int:
    """How many people the market must have for so many customers, or as many as a run takes at least."""
    return max(10, round(customers / share))


def next_steps(path: str, people: int) -> str:
    """The commands to go on with, for a market as large as one's own; where that is slow, both sizes."""
    file = shlex.quote(path)
    check, compare = f"Next: amends check {file}", f"      amends compare {file}"
    if people <= QUICK:
        return f"{check}\n{compare} --people {people}"
    return (f"{check}\n{compare}\nThat plays a market of {DEFAULT_PEOPLE:,} people. One as large as yours takes "
            f"longer:\n{compare} --people {people}")


def experiment(name: str) -> str:
    """A commented experiment file."""
    return EXPERIMENT.format(name=name)


def asked_of(business: Business) -> Five:
    """What the five answers are in a business as it is."""
    return Five(500, business.people.encounters_per_year, 100 * business.finance.margin_share,
                100 * business.failures.per_encounter, round(remedy_cost(business), 2))


def remedy_cost(business: Business) -> float:
    """Goods and money of full remedy at the first word, on average over the kinds of failure."""
    from sim.remedy import tabulate
    from strategies.registry import find

    table = tabulate(find("full"), business)
    total = 0.0
    for number, kind in enumerate(business.failures.kinds.values()):
        offer = table.offers[table.table.reshape(table.shape)[(number, 1) + (0,) * 8]]
        loss = kind.loss(business.people.spend_per_encounter)
        now = offer["cost_share"] * loss + offer["cost_money"]
        later = (offer["redeem_cost_share"] * loss + offer["redeem_cost_money"]) * offer["redeemed_share"]
        total += kind.share * float(now + later)
    return total


def business(name: str, source: str, five: Five, balance: bool = True,
             tell: Callable[[str], object] = lambda sentence: None) -> str:
    """The text of a business file: `source` with five answers put in, and joining balanced again."""
    old = load_business(source)
    data, text = read_toml(PRESETS / f"{source}.toml" if source in presets() else Path(source))
    wrong = [f"--{key} {value:g}: must be {what}" for key, value, what, ok in (
        ("customers", five.customers, "at least 1", five.customers >= 1),
        ("visits", five.visits, "above 0, and finite", 0 < five.visits < inf),
        ("margin", five.margin, "above 0 and at most 100", 0 < five.margin <= 100),
        ("failures", five.failures, "from 0 to 100", 0 <= five.failures <= 100),
        ("remedy", five.remedy, "at least 0, and finite", 0 <= five.remedy < inf)) if not ok]
    if wrong:
        raise InputError(wrong)
    known = remedy_cost(old)
    changes: dict[tuple[str, ...], Any] = {
        ("name",): name, ("title",): title_of(name), ("people", "encounters_per_year"): float(five.visits),
        ("finance", "margin_share"): five.margin / 100, ("failures", "per_encounter"): five.failures / 100}
    if known > 0 and abs(five.remedy - round(known, 2)) > 1e-9:
        for measure, about in old.menu.items():
            for key in ("cost_share", "cost_money"):
                if about.is_goods and getattr(about, key):
                    changes["menu", measure, key] = float(f"{getattr(about, key) * five.remedy / known:.6g}")
    text = _changed(text, data, changes)
    made = _validated(text, name)
    if balance:
        from experiments.balance import joining_for

        tell("Finding how readily people must join for the base to be stable (half a minute)")
        text = _changed(text, data, {("joining", "at_typical_per_year"): round(joining_for(made), 3)})
        _validated(text, name)
    people = people_for(five.customers, old.people.customer_share)
    head = (f"# {name}: made from {source} with {five.customers:,} customers, {five.visits:g} visits a year, a margin "
            f"of {five.margin:g} %,\n# {five.failures:g} failures in a hundred visits and a remedy at {old.currency} "
            f"{five.remedy:g}. Everything else is {source}'s: see [sources].\n# Your customers are some of the market: "
            f"amends compare {name}.toml --people {people}\n\n")
    return head + text


def _validated(text: str, name: str) -> Business:
    import tomllib

    return validated(Business, tomllib.loads(text), where=f"{name}.toml", text=text)


def _changed(text: str, data: dict[str, Any], changes: dict[tuple[str, ...], Any]) -> str:
    """Values replaced where they stand, comments and all else kept; the sources say that they are one's own."""
    lines = text.splitlines()
    for keys, value in changes.items():
        number = line_of(text, keys)
        if number is None or not re.match(rf'\s*"?{re.escape(keys[-1])}"?\s*=', lines[number - 1]):
            raise InputError(f"{'.'.join(keys)} does not stand on a line of its own in the file to start from")
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
        lines[number - 1] = VALUE.sub(lambda _, s=shown: f"= {s}", lines[number - 1], count=1)  # type: ignore[misc]
        row = line_of(text, ("sources", ".".join(keys)))
        about = data.get("sources", {}).get(".".join(keys))
        if row is not None and about and keys[0] != "joining" and '"' + ".".join(keys) + '"' in lines[row - 1]:
            low, high = about.get("range") or (value, value)
            lines[row - 1] = (f'"{".".join(keys)}" = {{ grade = "assumption", range = [{float(min(low, value))!r}, '
                              f'{float(max(high, value))!r}], source = "your own figure" }}')
    return "\n".join(lines) + "\n"
