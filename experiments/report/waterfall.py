"""Where the money goes: from what a firm without failures is worth down to what it is worth under a strategy.

The price of failure is cost of remedy plus cost of churn, by definition, and both have parts.
What talk does is the cost of churn less that of the same world with all talk of cases muted; so
the other parts of the cost of churn are those of the muted world, and everything adds up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.comparison import Answer
from experiments.replication import MUTED

Values = Callable[[Answer, str], np.ndarray]


@dataclass(frozen=True)
class Step:
    """One step down (or, where negative, up) from the failure-free value."""

    name: str
    short: str
    meaning: str
    remedy: bool
    """whether it belongs to the cost of remedy; else to that of churn"""
    values: Values
    """(answer, strategy) -> one amount per run"""


def _accounts(*names: str) -> Values:
    return lambda answer, arm: np.asarray(sum(answer.values(arm, f"account_{name}") for name in names))


def _muted(name: str, sign: int = 1) -> Values:
    return lambda answer, arm: np.asarray(sign * answer.values(arm, name, MUTED))


def _talk(answer: Answer, arm: str) -> np.ndarray:
    return np.asarray(answer.values(arm, "cost_of_churn") - answer.values(arm, "cost_of_churn", MUTED))


STEPS = (
    Step("remedies", "Remedies", "goods and money given, at the firm's cost", True, _accounts("remedies")),
    Step("handling", "Handling", "minutes of the desk, contacts and managers; the promise, where one is made", True,
         _accounts("handling", "promise")),
    Step("staff", "Staff who quit", "replacing workers who quit because they have hardened at a desk where customers "
         "must push", True, _accounts("staff")),
    Step("false_claims", "False claims", "paid for what did not happen", True, _accounts("false_claims")),
    Step("lost_customers", "Lost customers", "margin of those who left, and what winning them back costs", False,
         _muted("lost_to_leaving")),
    Step("came_less", "Came less", "margin of those who stayed, and came or paid less", False,
         _muted("lost_to_coming_less")),
    Step("never_won", "Never won", "margin of those who never came; negative where those who left are replaced by "
         "others who join", False, _muted("lost_to_never_joining")),
    Step("talk", "Talk", "what goes when nobody tells or sees how cases end; negative where talk brings "
         "more than it costs", False, _talk),
    Step("taken_up", "Taken up by others", "lost demand that other customers took up: a gain", False,
         _muted("taken_up_by_others", -1)),
)


def failure_free(answer: Answer, arm: str) -> np.ndarray:
    """What the firm would be worth if nothing failed, run by run: the same for every strategy."""
    return np.asarray(answer.values(arm, "net_present_value") + answer.values(arm, "price_of_failure"))
