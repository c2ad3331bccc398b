"""What stands in an experiment file: which worlds are played, how often, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from sim.config import Fault, Settings, nearest, refuse
from sim.records import run_columns

MOST_POINTS = 100_000
MOST_ARMS = 500
Keep = Literal["totals", "series", "cases"]


class Variation(Settings):
    """What one number may be: some values, a range, or a distribution. A bare list means `values`."""

    values: list[Any] | None = Field(default=None, min_length=1, description="these very values")
    range: list[float] | None = Field(default=None, min_length=2, max_length=2, description="from, to")
    levels: int | None = Field(default=None, ge=2, le=1000, description="in a grid: values spread evenly (5)")
    distribution: Literal["normal", "lognormal", "triangular"] | None = Field(
        default=None, description="normal and lognormal have a mean and a spread, triangular has low, mode and high")
    mean: float | None = Field(default=None, description="mean of the distribution")
    spread: float | None = Field(
        default=None, gt=0, description="normal: standard deviation; lognormal: coefficient of variation")
    low: float | None = Field(default=None, description="least value; what a distribution puts below lies here")
    mode: float | None = Field(default=None, description="triangular: the likeliest value")
    high: float | None = Field(default=None, description="greatest value; what a distribution puts above lies here")

    @model_validator(mode="before")
    @classmethod
    def _bare_list(cls, data: Any) -> Any:
        if not isinstance(data, (list, Mapping, cls)):
            refuse([((), "must be a list or a table")])
        return {"values": data} if isinstance(data, list) else data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        given = [name for name in ("values", "range", "distribution") if getattr(self, name) is not None]
        if len(given) != 1:
            yield (), "needs exactly one of values, range and distribution"
            return
        for value in self.values or ():
            number = isinstance(value, (int, float)) and isfinite(value)
            if not (isinstance(value, (bool, str)) or number):
                yield ("values",), f"{value!r:.40} is not a number, true, false or text"
        if self.range and not self.range[0] < self.range[1]:
            yield ("range",), f"must run from low to high, not from {self.range[0]:g} to {self.range[1]:g}"
        if self.levels and self.values:
            yield ("levels",), "goes with a range or a distribution; a list has its own values"
        wanted = {"normal": ("mean", "spread"), "lognormal": ("mean", "spread"),
                  "triangular": ("low", "mode", "high")}.get(self.distribution or "", ())
        for name in wanted:
            if getattr(self, name) is None:
                yield (name,), f"is missing; a {self.distribution} distribution needs {', '.join(wanted)}"
        allowed = {*wanted, "low", "high"} if self.distribution else set()
        for name in ("mean", "spread", "low", "mode", "high"):
            if getattr(self, name) is not None and name not in allowed:
                yield (name,), "does not go with " + (self.distribution or given[0])
        if self.distribution == "lognormal" and self.mean is not None and self.mean <= 0:
            yield ("mean",), "of a lognormal distribution must be above 0"
        if self.low is not None and self.high is not None and not self.low < self.high:
            yield ("low",), f"is {self.low:g}, but must be below high, {self.high:g}"
        elif self.distribution == "triangular" and not wanted_in_order(self.low, self.mode, self.high):
            yield ("mode",), "must lie between low and high"


def wanted_in_order(low: float | None, mode: float | None, high: float | None) -> bool:
    """Whether three numbers, where all are given, ascend."""
    return low is None or mode is None or high is None or low <= mode <= high


class Design(Settings):
    """How the uncertainties are sampled; levers are always crossed with everything."""

    method: Literal["grid", "random", "latin-hypercube", "sobol"] = Field(
        default="grid", description="every combination, or so many points of the space")
    points: int | None = Field(default=None, ge=1, le=MOST_POINTS, description="how many points (not for a grid)")

    @model_validator(mode="after")
    def _points(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.method == "grid" and self.points is not None:
            yield ("points",), "does not go with method 'grid', whose points are all combinations"
        if self.method != "grid" and self.points is None:
            yield ("points",), f"is missing; method '{self.method}' needs a number of points"
        if self.method == "sobol" and self.points and self.points & (self.points - 1):
            power = 1 << self.points.bit_length()
            yield ("points",), (f"is {self.points}, but a Sobol sequence is balanced only for powers of two, "
                                f"such as {power // 2} or {power}")


class Replications(Settings):
    """How many runs of each point: a number, or until an outcome is known well enough. A bare number means `runs`."""

    runs: int | None = Field(default=None, ge=2, le=1_000_000, description="that many")
    outcome: str | None = Field(default=None, description="the column of the table of runs to be known well enough")
    of: str | None = Field(default=None, description="of which strategy")
    minus: str | None = Field(default=None, description="of the paired difference to which strategy, if one is named")
    half_width: float | None = Field(default=None, gt=0, description="half of the 95 % interval, in the outcome's unit")
    share: float | None = Field(default=None, gt=0, le=10, description="or as a share of the mean")
    at_least: int = Field(default=30, ge=30, description="runs before the first look")
    at_most: int = Field(default=400, ge=30, le=1_000_000, description="runs after which it stops in any case")

    @model_validator(mode="before")
    @classmethod
    def _bare_number(cls, data: Any) -> Any:
        number = isinstance(data, int) and not isinstance(data, bool)
        if not number and not isinstance(data, (Mapping, cls)):
            refuse([((), "must be a whole number or a table")])
        return {"runs": data} if number else data

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if (self.runs is None) == (self.outcome is None):
            yield (), "needs either a number of runs or the outcome to be known well enough"
        if self.outcome is None:
            for name in ("of", "minus", "half_width", "share"):
                if getattr(self, name) is not None:
                    yield (name,), "goes with an outcome"
            return
        if self.of is None:
            yield ("of",), "is missing; name the strategy whose outcome is to be known"
        if (self.half_width is None) == (self.share is None):
            yield (), "needs exactly one of half_width and share"
        if self.at_most < self.at_least:
            yield ("at_most",), f"is {self.at_most}, less than at_least, {self.at_least}"


class ExperimentFile(Settings):
    """One experiment: business, strategies, uncertainties x levers, design, replications, what is kept."""

    name: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9-]{0,59})?$",
                      description="name of the folder of results (small letters, digits, hyphens); else the file's")
    title: str = Field(default="", description="what is asked, for a heading")
    business: str = Field(description="a preset by name, or a .toml file (a path from this file)")
    strategies: list[str] = Field(min_length=1, description="spelled as on the command line")
    people: int | None = Field(default=None, ge=10, le=100_000_000, description="people in the market (2000)")
    years: float = Field(default=10.0, gt=0, le=100, description="horizon in years")
    seed: int = Field(default=1, ge=0, lt=2**63, description="master seed; everything follows from it")
    customers: str | None = Field(default=None, description="a CSV file of customers (a path from this file)")
    network: str | None = Field(default=None, description="a CSV file of who knows whom (a path from this file)")
    word_of_mouth: bool = Field(default=False, description="also play each strategy with talk of cases muted")
    keep: list[Keep] = Field(default=["totals"], description="tables to keep beside the totals: series, cases")
    settings: dict[str, Any] = Field(default_factory=dict, description="numbers of the business (or psychology) that "
                                     "are other than in its file, the same in all points")
    uncertainties: dict[str, Variation] = Field(
        default_factory=dict, description="numbers of the business (or psychology.KEY) that nobody knows, by key")
    levers: dict[str, Variation] = Field(
        default_factory=dict, description="what the firm may choose: parameters of a strategy, as STRATEGY.parameter")
    design: Design = Design()
    replications: Replications = Replications(runs=30)

    @model_validator(mode="before")
    @classmethod
    def _unquoted(cls, data: Any) -> Any:
        """`finance.margin_share = ...` means the same with and without quotes."""
        if not isinstance(data, Mapping):
            return data
        data = dict(data)
        for table in ("uncertainties", "levers"):
            if isinstance(data.get(table), Mapping):
                data[table] = dict(flat(data[table]))
        return data

    @model_validator(mode="after")
    def _names(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        r = self.replications
        outcomes = [column.name for column in run_columns(self.years)]
        if r.outcome is not None and r.outcome not in outcomes:
            yield ("replications", "outcome"), f"'{r.outcome}' is no column of the table of runs" + nearest(
                r.outcome, outcomes)
        for twice in {name for name in self.strategies if self.strategies.count(name) > 1}:
            yield ("strategies",), f"'{twice}' is named twice"
        for key, lever in self.levers.items():
            if lever.distribution is not None:
                yield ("levers", key), "is the firm's choice, not a matter of chance; give values or a range"



def flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Variations by dotted key, however their keys were written."""
    for key, value in table.items():
        inner = isinstance(value, Mapping) and value and not set(value) & set(Variation.model_fields) and all(
            isinstance(one, (Mapping, list)) for one in value.values())
        if inner:
            yield from flat(value, f"{before}{key}.")
        else:
            yield before + key, value
