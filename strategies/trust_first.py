"""First the customer, then the thing: empathy, and then the same repair.

The problem is not the problem. Somebody who first listens, says what happened and means
the apology has begun to repair the trust before the tools are out of the bag. It is the
advice of trainers in customer service, and meta-analysis agrees at least that loyalty
hangs on how one is treated more than on what one gets (Gelbrich & Roschk 2011). The
repair, its days and its cost are those of `fix-first`.
"""

from __future__ import annotations

from strategies.fix_first import FixFirst


class TrustFirst(FixFirst):
    """Acknowledge and apologise first, then the very repair of `fix-first` in the same days."""

    empathy: str = "first"
