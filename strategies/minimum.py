"""Do only as much as one must.

The desk that says "I'm sorry" and neither looks nor sounds it, names the cheapest way
out, and finds the next one only when the guest will not go. Nobody chose this as a
policy; it is what remains where every remedy is a cost and nobody counts who does not
come back. What is made good in the end is at most the loss itself.
"""

from __future__ import annotations

from strategies.ladder import Ladder


class Minimum(Ladder):
    """Curt words first; one measure more for each push, up to the loss and no further."""
