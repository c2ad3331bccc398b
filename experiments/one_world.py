"""One world to watch, period by period: a small model set by a few sliders, and its pictures.

`experiments/app.py` shows them in the browser; nothing here needs one.
"""

from __future__ import annotations

import textwrap
from functools import cached_property
from typing import Any

import mesa
import networkx as nx
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments import words
from experiments.charts import AXIS, COLOURS, GREY, INK, PALE
from experiments.triangle import ground, places
from sim import ledger
from sim.business import load_business
from sim.model import RecoveryModel
from sim.opinion import W
from strategies.registry import find

PROSPECT, CUSTOMER, FORMER = 0, 1, 2
LOOKS = {PROSPECT: ("o", "white", AXIS), FORMER: ("X", COLOURS[0], COLOURS[0]),
         CUSTOMER: ("o", COLOURS[1], COLOURS[1])}
"""Shape, filling and edge of a person by standing: told apart by the colour-blind, and in grey."""
MEASURES = {"Customers": "Customers", "Trust": "Mean trust of the customers (0 to 1)",
            "Hardness": "Mean hardness of the staff (0 warm, 1 hardened)"}
SIZE = (6.0, 4.4)
"""Inches: as wide and high as a cell of SolaraViz."""


class WatchedFirm(RecoveryModel):
    """A firm whose settings are plain names and numbers, as sliders give them, with a DataCollector.

    `failures`, `talk` and `opportunists` multiply what the business's file says. The same world without failures is
    played beforehand, so that the cost of remedy and of churn are known at every step.
    """

    def __init__(self, business: str = "hotel", strategy: str = "minimum", people: int = 180, years: float = 10,
                 failures: float = 1.0, talk: float = 1.0, opportunists: float = 1.0, rng: int = 1) -> None:
        as_filed = load_business(business)
        firm = load_business(business, {
            "failures": {"per_encounter": min(1.0, failures * as_filed.failures.per_encounter)},
            "talk": {"volume": talk * as_filed.talk.volume},
            "opportunists": {"share": min(1.0, opportunists * as_filed.opportunists.share)},
        })
        without = RecoveryModel(firm, rng=rng, people=people, years=years, twin=True).run()
        super().__init__(firm, find(strategy), rng=rng, people=people, years=years, start=without.population,
                         against=without)
        self.settings = (f"{strategy}, failures × {failures:g}, word of mouth × {talk:g}, "
                         f"opportunists × {opportunists:g}, seed {rng}")
        self.without_failures = without
        self.datacollector = mesa.DataCollector(model_reporters={
            "Customers": lambda model: int(model.is_customer.sum()),
            "Trust": lambda model: model.trust,
            "Hardness": lambda model: float(model.workers_table["hardness"].mean()),
            "Cost of remedy": lambda model: model.costs_so_far()[0],
            "Cost of churn": lambda model: model.costs_so_far()[1],
        })
        self.datacollector.collect(self)

    def step(self) -> None:
        """Play one period, and note what it came to."""
        before = self.period
        super().step()
        if self.period > before:
            self.datacollector.collect(self)

    @property
    def is_customer(self) -> np.ndarray:
        """Of each person, whether they are a customer now."""
        return np.asarray(self.people_table["status"] == CUSTOMER)

    @property
    def opinions(self) -> np.ndarray:
        """Belief, disbelief and what is not known, a row per person, shape (people, 3)."""
        people = self.people_table
        evidence = np.stack((people["good"], people["bad"], np.full(len(people), float(W))), axis=1)
        return np.asarray(evidence / evidence.sum(axis=1, keepdims=True))

    @property
    def trust(self) -> float:
        """Mean trust of the customers, 0 to 1; not a number where there are none."""
        mine = self.opinions[self.is_customer]
        return float((mine[:, 0] + self.psychology.base_rate * mine[:, 2]).mean()) if len(mine) else float("nan")

    def costs_so_far(self) -> tuple[float, float]:
        """Cost of remedy and cost of churn up to now, present value in the currency of the business."""
        mine = self.accounts()
        ideal = ledger.present_values(self.without_failures.series[: self.period], self._world.discount)
        return ledger.cost_of_remedy(mine), ledger.earnings(ideal) - ledger.earnings(mine)

    @cached_property
    def ties(self) -> np.ndarray:
        """Who knows whom, each tie once, shape (ties, 2)."""
        start, to = self.population.ties
        one = np.repeat(np.arange(len(start) - 1), np.diff(start))
        return np.stack((one, to), axis=1)[one < to]

    @cached_property
    def spots(self) -> np.ndarray:
        """Where each person stands in the picture of the ties, shape (people, 2): friends near each other."""
        graph = nx.Graph()
        graph.add_nodes_from(range(len(self.people_table)))
        graph.add_edges_from(self.ties.tolist())
        found = nx.spring_layout(graph, seed=1, iterations=60)
        return np.array([found[person] for person in graph])


def triangle(model: WatchedFirm) -> Figure:
    """Where everybody stands between believing, disbelieving and not knowing, with the way of the customers' mean."""
    figure, axes = _page()
    ground(axes)
    axes.set_xlim(-0.08, 1.08)
    axes.set_ylim(-0.1, 0.95)
    axes.set_aspect("equal")
    _people(axes, model, places(model.opinions), 26)
    noun = model.business.customer_word
    path = np.stack([model.series[name] for name in ("belief", "disbelief", "uncertainty")], axis=1)
    if len(path) and model.is_customer.any():
        way = places(path)
        axes.plot(*way.T, color="white", linewidth=4, zorder=4)
        axes.plot(*way.T, color=INK, linewidth=1.8, zorder=4.1)
        axes.plot(*way[-1], "o", markersize=11, color=COLOURS[1], markeredgecolor="white", markeredgewidth=1.8,
                  zorder=4.2)
        belief, disbelief = (round(100 * float(value)) for value in path[-1, :2])
        said = f"{noun.capitalize()}s: belief {belief} %, disbelief {disbelief} %, unknown {100 - belief - disbelief} %"
    else:
        said = "What people believe of the firm, at the start"
    _headings(figure, said, f"A dot is a person; the line is the way of the {noun}s' mean.")
    return figure


def network(model: WatchedFirm) -> Figure:
    """Who knows whom, and who is a customer, was one, or never was."""
    figure, axes = _page()
    axes.set_axis_off()
    axes.add_collection(LineCollection(list(model.spots[model.ties]), colors=PALE, linewidths=0.5, zorder=0))
    _people(axes, model, model.spots, 44)
    axes.margins(0.03)
    counts = np.bincount(model.people_table["status"], minlength=3)
    noun = model.business.customer_word
    _headings(figure, f"{counts[CUSTOMER]} {noun}s, {counts[FORMER]} who left, {counts[PROSPECT]} who never came",
              f"Lines: who knows whom, {len(model.ties):,} ties. {model.business.title}, {model.settings}.")
    return figure


def money(model: WatchedFirm) -> Figure:
    """What failures have cost so far, in remedies and in churn."""
    figure, axes = _page()
    columns = model.datacollector.get_model_vars_dataframe()
    sign = words.symbol(model.business.currency)
    remedy, churn = (columns[name].to_numpy() for name in ("Cost of remedy", "Cost of churn"))
    lines = (("remedy", remedy, COLOURS[4], "-"), ("churn", churn, COLOURS[2], "--"),
             ("both", remedy + churn, INK, "-"))
    axes.axhline(0, color=AXIS, linewidth=0.9)
    for _, values, colour, dashes in lines:
        axes.plot(values, dashes, color=colour, linewidth=2.2, clip_on=False)
    if not np.any(remedy) and not np.any(churn):
        axes.set_ylim(-0.1, 1)
        axes.set_yticks([0])
    _at_ends(axes, [(float(values[-1]), name, colour) for name, values, colour, _ in lines])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: words.whole(value))
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlim(0, max(1, len(columns) - 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(f"{model.business.period}s", color=INK)
    total = f"{sign}{words.whole(float(remedy[-1] + churn[-1]))}".replace(f"{sign}-", f"-{sign}")
    _headings(figure, f"Failures have cost {total} so far",
              f"Against the same world without failures; present value for the firm, in {sign.strip()}.")
    return figure


def style(axes: Any) -> None:
    """Mesa's plot of one measure in the project's look: no legend, the last value at the end of the line."""
    line = axes.get_lines()[0]
    line.set(color=COLOURS[1], linewidth=2.2)
    values = np.asarray(line.get_ydata(), float)
    last = values[-1]
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.25)
    if axes.get_ylabel() == "Hardness":
        axes.set_ylim(0, max(0.1, 1.25 * float(values.max())))
    axes.set_xlim(0, max(1, len(values) - 1))
    if np.isfinite(last):
        axes.plot([len(values) - 1], [last], "o", color=COLOURS[1], markersize=7, clip_on=False)
        written = words.whole(float(last)) if axes.get_ylabel() == "Customers" else f"{last:.2f}"
        axes.annotate(f" {written}", (len(values) - 1, last), xytext=(6, 0), textcoords="offset points", va="center",
                      fontsize=12, fontweight="bold", color=COLOURS[1], annotation_clip=False)
    axes.set_title(MEASURES[axes.get_ylabel()], loc="left", fontsize=13, fontweight="bold", color=INK, pad=12)
    axes.set_ylabel("")


def _page() -> tuple[Figure, Any]:
    figure = Figure(figsize=SIZE, dpi=110, facecolor="white")
    return figure, figure.add_axes((0.12, 0.1, 0.72, 0.72))


def _headings(figure: Figure, heading: str, explanation: str) -> None:
    figure.text(0.02, 0.98, heading, fontsize=13, fontweight="bold", color=INK, va="top")
    figure.text(0.02, 0.91, "\n".join(textwrap.wrap(explanation, 78)), fontsize=9.5, color=GREY, va="top")


def _people(axes: Any, model: WatchedFirm, where: np.ndarray, size: float) -> None:
    """A mark for each person, customers on top, and below what the marks mean."""
    noun = model.business.customer_word
    meaning = {PROSPECT: "never came", FORMER: "left", CUSTOMER: noun}
    for number, (status, (shape, filling, edge)) in enumerate(LOOKS.items()):
        those = model.people_table["status"] == status
        axes.scatter(*where[those].T, s=size, marker=shape, facecolor=filling, edgecolor=edge, linewidth=0.8,
                     alpha=0.75, zorder=2 + 0.1 * number, label=meaning[status])
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, frameon=False, fontsize=10.5,
                handletextpad=0.2, columnspacing=1.6, reverse=True)


def _at_ends(axes: Any, ends: list[tuple[float, str, str]]) -> None:
    """The names of lines at their right ends, pushed apart where they would touch."""
    low, high = axes.get_ylim()
    step, last = 0.06 * (high - low), -np.inf
    for value, name, colour in sorted(ends):
        last = max(value, last + step)
        axes.annotate(name, (1, last), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
                      fontsize=11, fontweight="bold", color=colour, va="center", annotation_clip=False)
