"""A playbook: the answers of a real front desk, as a table in a file.

Many firms have one in a binder: which case, which measures. `playbook:file=PATH.toml` or
`PATH.csv` reads it. Every row names its conditions and what is given; the first row whose
conditions all hold is the answer, and a case that no row matches gets nothing. What is
given is named by role (the best the house has of it; none where it has none) or by the
name of a measure. `strategies/playbook.toml` is an example, and the one played when no
file is named.

In TOML each row is a table `[[row]]`; in CSV it is a line, the columns named in the first.

    [[row]]
    kind = "lost-reservation"                  # conditions: all of them optional,
    value = ["middle", "high"]                 # several values: any of them
    pushes = "2+"                              # 2 or more
    give = ["acknowledge", "apologise", "room-in-town", "refund"]
    manager = true                             # a manager speaks

    kind,value,pushes,give,manager
    lost-reservation,middle high,2+,acknowledge apologise room-in-town refund,yes

Conditions are kind, severity, value, tenure, failures_before, apologised_before, promised,
watched, detected, asked (a role, or nothing) and pushes. A file that names kinds says for
which business, so that a misspelled one is noticed: `business = "hotel"` at the top of the
TOML, or `playbook:file=PATH.csv,business=hotel`. The standing policies are parameters like
any other: `playbook:file=PATH.csv,proactive=true`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.config import InputError
from sim.remedy import Case, Remedy, Strategy
from strategies.playbook_file import Row, read_playbook

EXAMPLE = Path(__file__).with_name("playbook.toml")


class Playbook(Strategy):
    """The first row of a table that matches the case says what is given."""

    file: str = ""
    """the table, a .toml or .csv file; without one, the example that comes with amends"""
    business: str = ""
    """the business whose kinds of failure and measures the table names"""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._path = Path(self.file).expanduser() if self.file else EXAMPLE
        book = read_playbook(self._path, self.business)
        self._rows, self._kinds, self._written_for = book.rows, book.kinds, book.business

    def respond(self, case: Case) -> Remedy | None:
        if self._kinds and case.kind not in self._kinds:
            raise InputError(f"{self._path}: is written for {self._written_for}, which has no failure '{case.kind}'")
        row = next((row for row in self._rows if row.matches(case)), None)
        return Remedy(self._measures(row, case), manager=row.manager) if row else None

    def _measures(self, row: Row, case: Case) -> list[Any]:
        """What a row gives in this case, each measure once."""
        try:
            found = [case.menu.best(name) if role else case.menu.named(name) for name, role in row.give]
        except InputError as error:
            raise InputError(f"{self._path}:{row.line}: give: {error}") from None
        return list(dict.fromkeys(found))
