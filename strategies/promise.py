"""The problem solved before the problem: `full`, and the promise made at the sale.

The premium dealer who shows the workshop with its 21 bays and the free loaner before the
test drive has answered a question the customer had not asked yet. Trust is secured before
anything fails, complaining becomes easier, and the firm is held to its word: a promise
that is broken hurts more than none. Every paid visit costs what it takes to keep
promising. Service guarantees are the classic form (Hart 1988).
"""

from __future__ import annotations

from strategies.full import Full


class Promise(Full):
    """The full remedy at once, unasked, and promised to every customer at the sale."""

    promise: bool = True
