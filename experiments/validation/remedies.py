"""V10 and V12: how much is enough, and what counts more, money, manner or speed."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from experiments.validation import lab
from sim.business import Business
from sim.psychology import Psychology

STRUCK = 4
SHARES = (*range(0, 201, 20), 150)
"""Offers in percent of the loss: eleven steps, and the point from which on nothing more is gained."""


def _offers() -> dict[str, Any]:
    return {f"offer-{share}": {"role": "refund", "words": "Here is money.", "form": "cash", "days": 0.2,
                               "worth_share": share / 100, "cost_share": share / 100} for share in SHARES if share}


def _curves(kind: str, psychology: Psychology, seed: int) -> tuple[Business, dict[int, np.ndarray]]:
    """The complaints about one failure under each offer, without negotiation."""
    business = lab.firm("discretionary", menu=_offers(), events=lab.struck((STRUCK, kind)),
                        front_desk={"max_pushes": 0})
    found = {}
    for share in SHARES:
        answers = f"offer-{share}" if share else ""
        model = lab.world(business, answers, psychology, seed, people=500)
        cases = lab.at(lab.play(model, STRUCK).cases, STRUCK)
        found[share] = cases[cases["voiced"] == 1]
    return business, found


def v10(psychology: Psychology, seed: int) -> dict[str, float]:
    """Satisfaction and retention along the offers; the offer from which trust is above the twin's, if there is one."""
    felt, steps = {}, {}
    gained = 0.0
    for kind in ("money", "intangible"):
        business, cases = _curves(kind, psychology, seed)
        felt[kind] = {share: float(cases[share]["felt_satisfaction"].mean()) for share in SHARES}
        steps[kind] = np.diff([felt[kind][share] for share in SHARES[:-1]])
        stay = [100 * (1 - lab.hazard(business, psychology, lab.confidence_after(cases[share], psychology)).mean())
                for share in (150, 200)]
        gained = max(gained, float(stay[1] - stay[0]))
    business, cases = _curves("minor", psychology, seed)
    twin = lab.play(lab.world(business, "", psychology, seed, people=500, twin=True), STRUCK)
    above = [share for share in sorted(SHARES) if cases[share]["trust_after"].mean()
             > lab.opinion(twin, cases[share]["person"])[0].mean()]
    rejected, accepted = felt["money"], felt["intangible"]
    steepest = int(np.argmax(steps["money"]))
    return {
        "rejected: middle of the steepest step": 20.0 * steepest + 10,
        "rejected: steepest : first step": float(steps["money"][steepest] / steps["money"][0]),
        "accepted: largest growth of a step": float(np.diff(steps["intangible"]).max()),
        "rejected: 100 to 150 : 0 to 100 %": (rejected[150] - rejected[100]) / (rejected[100] - rejected[0]),
        "accepted: 100 to 150 : 0 to 100 %": (accepted[150] - accepted[100]) / (accepted[100] - accepted[0]),
        "retention beyond 150 %": gained,
        "mild failure: threshold, if any": float(above[0]) if above else float("nan"),
    }


def v12(psychology: Psychology, seed: int) -> dict[str, float]:
    """Three levels each of money, words and delay; what satisfaction and trust owe to each justice."""
    design = itertools.product((0.0, 0.5, 1.0), (0.0, 0.45, 0.9), (0.2, 3.0, 31.5))
    menu: dict[str, Any] = {}
    for number, (money, sincerity, days) in enumerate(design):
        menu[f"words-{number}"] = {"role": "acknowledge", "words": "I see.", "sincerity": sincerity, "days": days,
                                   "worth_share": 0.0, "cost_share": 0.0}
        menu[f"money-{number}"] = {"role": "refund", "words": "Here is money.", "form": "cash", "days": days,
                                   "worth_share": money, "cost_share": money}
    business = lab.firm("discretionary", menu=menu, events=lab.struck((STRUCK, "intangible")),
                        front_desk={"max_pushes": 0})
    tables = []
    for number in range(27):
        cases = lab.at(lab.play(lab.world(business, f"words-{number}+money-{number}", psychology, seed, people=600),
                                STRUCK).cases, STRUCK)
        tables.append(cases[cases["voiced"] == 1])
    cases = np.concatenate(tables)
    justices = np.column_stack([_standard(cases[name]) for name in ("distributive", "interactional", "procedural")])
    (d, i, p), (d_trust, i_trust, _) = (
        np.linalg.lstsq(justices, _standard(cases[name]), rcond=None)[0]
        for name in ("felt_satisfaction", "trust_after"))
    return {"satisfaction: D - I": float(d - i), "satisfaction: I - P": float(i - p), "satisfaction: P": float(p),
            "trust: I - D": float(i_trust - d_trust)}


def _standard(values: np.ndarray) -> np.ndarray:
    result: np.ndarray = (values - values.mean()) / values.std()
    return result
