"""V13 to V16: who complains, who tells, who cheats, and what bad news cost a young firm."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments import observables
from experiments.validation import lab
from sim.psychology import Psychology
from strategies.registry import find

MIX: dict[str, Any] = {kind: {"share": share} for kind, share in
                       (("minor", 0.0), ("money", 0.5), ("intangible", 0.5), ("major", 0.0))}
"""Half of the failures cost money; free, see `lab.FREE`."""
ORDINARY = "plain+fix"
SHARES = (0, 2, 5, 10)
"""Percent of the adopters who are dissatisfied."""
YEARS = 5


def v13(psychology: Psychology, seed: int) -> dict[str, float]:
    """A year of moderate failures before a desk that gives the least first; then with a channel twice as easy."""
    business = lab.firm("discretionary", failures={"per_encounter": 0.1, **MIX})
    found = []
    for ease in (1, 2):
        model = lab.play(lab.world(business, find(f"minimum:ease={ease}"), psychology, seed, people=4000), 12)
        found.append(model.cases)
    cases = found[0]
    voiced = {kind: 100 * float(cases["voiced"][cases["kind"] == number].mean())
              for number, kind in enumerate(business.kind_names) if kind in ("money", "intangible")}
    top, top_easier = (int(((table["voiced"] == 1) & (table["pushes"] >= 2)).sum()) for table in found)
    return {"money lost": voiced["money"], "intangible": voiced["intangible"],
            "complaints reaching the top": 100 * top / int(cases["voiced"].sum()),
            "top complaints, easier : as is": top_easier / top}


def v14(psychology: Psychology, seed: int) -> dict[str, float]:
    """Two years of a whole market, 15.5 % of whose encounters fail."""
    business = lab.firm("discretionary", failures={"per_encounter": 0.155, **MIX}, talk={"volume": 1.0})
    model = lab.play(lab.world(business, ORDINARY, psychology, seed, people=3000), 24)
    told = observables.told_of_case(model.cases, psychology)
    voiced, accepted = model.cases["voiced"] == 1, model.cases["accepted"] == 1
    bad, good = (float(np.abs(told[voiced & chosen]).mean()) for chosen in (~accepted, accepted))
    series = model.series
    return {"told of a bad : of a good case": bad / good,
            "all good : all bad talk": float(series["told_good"].sum() / series["told_bad"].sum())}


def v15(psychology: Psychology, seed: int) -> dict[str, float]:
    """A market of which one in twenty has adopted; some adopters meet a failure the first time, and nothing is done."""
    found: dict[str, float] = {}
    lost: dict[tuple[float, int], float] = {}
    for weak in (0.3, 0.0):
        for share in SHARES:
            events = {f"e{month}": {"period": month, "kind": "money", "whom": "new", "share": share / 100}
                      for month in range(1, 12 * YEARS + 1)} if share else {}
            business = lab.firm(
                "discretionary", events=events, talk={"volume": 1.0, "weak_share": weak},
                people={"customer_share": 0.05, "aware_share": 0.0, "established_after_encounters": 1})
            model = lab.play(lab.world(business, "", psychology, seed, people=12000, years=YEARS), 12 * YEARS)
            lost[weak, share] = model.accounts()["margin"]
            if share and weak:
                adopters = int(model.series["joins"].sum()) + int((model.people_table["status_at_start"] == 1).sum())
                # Who adopts twice counts twice, above as below.
                dissatisfied = len(model.cases) / adopters
                loss = 1 - lost[weak, share] / lost[weak, 0]
                found[f"loss : share, at {share} %"] = loss / dissatisfied
    spread, kept = (1 - lost[weak, 10] / lost[weak, 0] for weak in (0.3, 0.0))
    return {**found, "loss at 10 %, weak ties - none": 100 * (spread - kept)}


def v16(psychology: Psychology, seed: int) -> dict[str, float]:
    """Three years in which two in a hundred would claim what did not happen."""
    business = lab.firm("discretionary", failures={"per_encounter": 0.1, **MIX}, opportunists={"share": 0.02})
    rates = {}
    abuse = 0.0
    for name, strategy in (("ladder", find("minimum")), ("full", find("full")), ("ordinary", ORDINARY)):
        model = lab.world(business, strategy, psychology, seed, people=20000, years=3.0)
        chances = 0
        for _ in range(36):
            model.step()
            chances += int(((model.people_table["present"] == 1) & (model.people_table["opportunist"] == 1)).sum())
        rates[name] = float(model.series["claims"].sum()) / chances
        if name == "ordinary":
            abuse = observables.false_claims(model)["cost_per_revenue"] or 0.0
    return {"claim rate, ladder : full remedy": rates["ladder"] / rates["full"],
            "abuse, ordinary handling": 100 * abuse}
