"""A small business for tests: two kinds of failure, six measures, numbers easy to reckon with."""

from __future__ import annotations

import tomllib
from typing import Any

from sim.business import Business
from sim.config import merged, validated

SMALL = """\
name = "small"
title = "A small shop"
currency = "EUR"
period = "month"

[people]
customer_share = 0.5
former_share = 0.1
encounters_per_year = 4.0
encounters_spread = 0.3
spend_per_encounter = 50.0
spend_spread = 0.5
wants = { refund = 0.3, replace = 0.2 }

[quality]
mean = 0.3
spread = 0.5

[failures]
per_encounter = 0.1

[failures.late]
title = "It came too late"
share = 0.6
loss_share = 0.2
severity = 0.7
detected_share = 0.5

[failures.broken]
title = "It is broken"
share = 0.4
loss_share = 1.0
severity = 1.2
money_at_stake = true
rejected = true
watched_share = 0.3
margin_kept_share = 0.5
legal_floor = ["repair"]

[menu.shrug]
role = "apologise"
words = "Sorry."
sincerity = 0.1
minutes = 0.5
worth_share = 0.0
cost_share = 0.0

[menu.sorry]
role = "apologise"
words = "I am sorry. This is our fault, and I see what it means for you."
sincerity = 0.9
minutes = 3.0
worth_share = 0.0
cost_share = 0.0

[menu.repair]
role = "fix"
words = "We repair it."
days = 5.0
minutes = 2.0
form = "service"
worth_share = 0.8
cost_share = 0.3
kinds = ["broken"]

[menu.now]
role = "hurry"
words = "I see to it at once."
days_saved = 4.0
minutes = 4.0
worth_share = 0.0
cost_money = 3.0

[menu.money-back]
role = "refund"
words = "Here is your money."
days = 1.0
minutes = 2.0
form = "cash"
worth_share = 1.0
cost_share = 1.0

[menu.voucher]
role = "credit"
words = "Here is a voucher."
minutes = 2.0
form = "credit"
worth_share = 0.6
cost_share = 0.3
cost_when_redeemed = true
redeemed_share = 0.7

[leaving]
when = "at_encounter"
at_typical = 0.05
at_none = 0.9

[joining]
advertising_per_year = 0.2
at_typical_per_year = 0.1
at_none_per_year = 0.005

[talk]
ties = 6.0
weak_share = 0.3

[front_desk]
workers_per_1000 = 5.0
wage_per_minute = 0.5
contact_cost = 2.0
manager_cost = 10.0
replacement_cost = 3000.0
max_pushes = 3
witnesses = 2.0

[opportunists]
share = 0.02

[finance]
margin_share = 0.4
discount_rate_annual = 0.1
acquisition_cost = 20.0
refill_share = 0.1
promise_cost = 0.2

[events.recall]
period = 6
kind = "broken"
whom = "new"
share = 0.5

[sources]
"people.customer_share" = { grade = "assumption", range = [0.2, 0.8] }
"finance.margin_share" = { grade = "measured", source = "the shop's books" }
"""


def small_business_toml() -> str:
    """The text of a small business without mistakes."""
    return SMALL


def small_business(**changes: Any) -> Business:
    """The small business with nested changes: `people={"customer_share": 0.2}`.

    A dotted key reaches one number: `**{"failures.late.severity": 2}`.
    """
    data = tomllib.loads(SMALL)
    for key, value in changes.items():
        for part in reversed(key.split(".")):
            value = {part: value}
        data = merged(data, value)
    return validated(Business, data, where="small business")
