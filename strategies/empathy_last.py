"""The same repair, and the kind words when it is done.

Many firms apologise with the invoice or in the survey a week later. The third arm beside
`fix-first` and `trust-first`: the words are the same as there, the repair is the same,
only their order differs, and an apology that follows the remedy counts for less.
"""

from __future__ import annotations

from strategies.fix_first import FixFirst


class EmpathyLast(FixFirst):
    """The very repair of `fix-first` in the same days; acknowledged and apologised for afterwards."""

    empathy: str = "last"
