"""Columns, units and meaning of every table that leaves a world.

Four tables: `RUNS` (one row per run of a strategy), `SERIES` (one per period),
`CASES` (one per failure, false claims included; kept on request) and `PEOPLE` (one
per person at the end). The compiled rules write the last three as NumPy records.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SCHEMA_VERSION = 1
HORIZONS_YEARS = (1, 3, 5, 10)
"""The years at which the answer is shown, as far as the horizon reaches."""

INCOME_ACCOUNTS = ("margin", "refill")
COST_ACCOUNTS = ("remedies", "handling", "promise", "staff", "false_claims")
ACCOUNTS = (*INCOME_ACCOUNTS, *COST_ACCOUNTS, "acquisition")


class Column(NamedTuple):
    """One column: its name, its type, its unit and what it says."""

    name: str
    type: type
    unit: str
    meaning: str


def _money(name: str, meaning: str) -> Column:
    return Column(name, np.float64, "currency", meaning)


def _count(name: str, meaning: str) -> Column:
    return Column(name, np.int64, "count", meaning)


def _share(name: str, meaning: str, unit: str = "share") -> Column:
    return Column(name, np.float64, unit, meaning)


SERIES = (
    _money("margin", "contribution margin earned from encounters"),
    _money("refill", "contribution margin from others who took up lost demand (negative: who were displaced)"),
    _money("remedies", "goods and money given, at the firm's cost"),
    _money("handling", "minutes of the desk, contacts, managers"),
    _money("promise", "cost of making the promise"),
    _money("staff", "replacing workers who quit because they have hardened"),
    _money("false_claims", "everything spent on claims of what did not happen"),
    _money("acquisition", "cost of winning customers"),
    _count("customers", "customers at the end of the period"),
    _count("encounters", "encounters, visits on certificates included"),
    _count("failures", "failures met"),
    _count("voiced", "failures complained of"),
    _count("detected", "cases the firm opened itself"),
    _count("silent", "failures about which nobody spoke"),
    _count("accepted", "cases in which an offer was accepted"),
    _count("pushes", "times a customer asked again, false claims included"),
    _count("joins", "customers won"),
    _count("leavers", "customers who left"),
    _count("told_good", "times somebody was told something good"),
    _count("told_bad", "times somebody was told something bad"),
    _count("claims", "claims of what did not happen"),
    _count("claims_paid", "of these, those that got more than words"),
    _share("trust", "mean trust of the customers at the end of the period"),
    _share("belief", "mean belief of the customers at the end of the period"),
    _share("disbelief", "mean disbelief of the customers at the end of the period"),
    _share("uncertainty", "mean uncertainty of the customers at the end of the period"),
    _share("hardness", "mean hardness of the workers at the end of the period"),
)

PEOPLE = (
    # what every period reads comes first: three cache lines of a row instead of six
    _count("status", "0 prospect, 1 customer, 2 former customer"),
    _count("aware", "1 if the person knows of the firm"),
    _share("good", "good evidence", "evidence"),
    _share("bad", "bad evidence", "evidence"),
    _share("doubted", "good evidence that failures have put in doubt", "evidence"),
    _share("raised", "by how much good recoveries have raised the aspiration for now", "felt justice"),
    _share("rate", "encounters per period while a customer", "per period"),
    _money("spend", "price of an encounter"),
    _count("failures", "failures within memory"),
    _count("apologies", "apologies within memory"),
    _count("tenure", "periods since joining"),
    _count("voucher_period", "period in which a certificate is redeemed; -1 if none"),
    _count("due_period", "period in which a failure that lies in wait strikes; -1 if none"),
    _count("talk_until", "first period in which the last case is told no more"),
    _count("present", "1 if at an encounter in the last period played"),
    _count("told", "times told something in this period (0 between periods)"),
    _count("seen_good", "good evidence seen at the counter in this period, in quanta"),
    _count("seen_bad", "bad evidence seen at the counter in this period, in quanta"),
    _share("until_renewal", "periods until the next renewal", "periods"),
    _count("opportunist", "1 if the person would claim what did not happen"),
    _share("sensitivity", "0 inert ... 1 free to act on trust"),
    _count("last_failure", "period of the last failure; -1000000 if none"),
    _count("last_apology", "period of the last apology; -1000000 if none"),
    _count("talk_valence", "1 good, -1 bad, 0 nothing to tell"),
    _count("status_at_start", "status when the run began"),
    _share("aspiration", "felt justice that the person expects", "felt justice"),
    _share("persistence", "probability of one more push"),
    _count("wants", "form of remedy wanted: index into the business's people.wants, or -1"),
    _count("asks", "form asked for by name: 0 none, else 1 + that index"),
    _count("tier", "value at the start: 0 low, 1 middle, 2 high"),
    _count("encounters", "encounters since joining"),
    _count("last_kind", "kind of the last failure within memory, or -1"),
    _count("promise", "0 none, 1 made, 2 broken"),
    _share("reward", "justice felt in the last case; -1 if none", "felt justice"),
    _count("due_kind", "kind of the failure that lies in wait, or -1"),
    _money("voucher_cost", "what redeeming the certificate will cost the firm"),
    _share("talk_rate", "expected tellings per period", "per period"),
    _money("margin_pv", "present value of the margins earned from this person"),
    _money("acquisition_pv", "present value of what winning this person cost"),
    _money("remedies_pv", "present value of the remedies given to this person"),
    _count("heard_good", "good evidence heard in this period, in quanta of 2^-20 (0 between periods)"),
    _count("heard_bad", "bad evidence heard in this period, in quanta"),
)

CASES = (
    _count("period", "period of the case, from 0"),
    _count("person", "row of the person"),
    _count("kind", "index of the kind of failure"),
    _count("false_claim", "1 if nothing had failed"),
    _count("voiced", "1 if the customer complained"),
    _count("detected", "1 if the firm opened the case"),
    _count("watched", "1 if others looked on"),
    _count("tier", "value tier: 0 low, 1 middle, 2 high"),
    _count("established", "1 if the customer was established"),
    _count("failures_before", "failures within memory before this one"),
    _count("apologies_before", "apologies within memory before this one"),
    _count("asks", "form asked for by name: 0 none, else 1 + index into people.wants"),
    _count("promised", "1 if the promise had been made"),
    _count("worker", "row of the worker"),
    _count("pushes", "how often the customer pushed"),
    _count("accepted", "1 if an offer was accepted"),
    _count("offer", "row of the offer taken in the strategy's table; -1 if silent"),
    _money("loss", "the customer's loss"),
    _share("severity", "severity of the failure", "severity"),
    _share("threshold", "felt satisfaction from which this person accepts", "felt justice"),
    _share("distributive", "distributive justice of what was taken", "justice"),
    _share("interactional", "interactional justice, hollow words discounted", "justice"),
    _share("procedural", "procedural justice", "justice"),
    _share("felt_satisfaction", "satisfaction with what was taken", "felt justice"),
    _share("felt_trust", "how it is felt where trust is concerned", "felt justice"),
    _money("cost", "goods and money given now, at the firm's cost"),
    _money("cost_when_redeemed", "what the certificate taken costs if redeemed"),
    _money("handling", "minutes, contacts and managers of all rounds"),
    _share("trust_before", "trust before the failure"),
    _share("uncertainty_before", "uncertainty before the failure"),
    _share("trust_shaken", "trust after the failure, before any answer"),
    _share("uncertainty_shaken", "uncertainty after the failure, before any answer"),
    _share("trust_after", "trust after the case"),
    _share("uncertainty_after", "uncertainty after the case"),
)

WORKERS = (
    _share("hardness", "0 warm ... 1 wholly hardened"),
    _count("pushes", "times customers pushed in this period (0 between periods)"),
    _count("quits", "times the post was filled anew"),
)


def run_columns(years: float) -> tuple[Column, ...]:
    """Columns of the table of runs for a horizon in years: one row per run and strategy."""
    return (
        _money("net_present_value", "present value of all accounts over the horizon"),
        _money("price_of_failure", "net present value of the failure-free twin minus that of the strategy"),
        _money("cost_of_remedy", "present value of remedies, handling, promise, staff and false claims"),
        _money("cost_of_churn", "margin, refill and acquisition of the twin minus those of the strategy"),
        _money("lost_to_leaving", "part of the cost of churn: who left, and former customers not won back"),
        _money("lost_to_coming_less", "part of the cost of churn: who stayed, and came or paid less"),
        _money("lost_to_never_joining", "part of the cost of churn: who never came"),
        _money("taken_up_by_others", "part of the lost demand that others took up (lowers the cost of churn)"),
        *(_money(f"net_present_value_year_{year}", f"net present value of the first {year} years")
          for year in HORIZONS_YEARS if year <= years + 1e-9),
        *(_money(f"account_{name}", f"present value: {_meaning_of(name)}") for name in ACCOUNTS),
        _money("textbook_cost_of_churn", "leavers more than the twin's times the textbook lifetime value"),
        _count("customers_at_start", "customers when the run began"),
        _count("customers_at_end", "customers when it ended"),
        _count("leavers", "times a customer left"),
        _count("joins", "times a customer was won"),
        _count("failures", "failures met"),
        _count("voiced", "failures complained of"),
        _count("accepted", "cases in which an offer was accepted"),
        _count("pushes", "times a customer asked again"),
        _count("told_good", "times somebody was told something good"),
        _count("told_bad", "times somebody was told something bad"),
        _count("claims", "claims of what did not happen"),
        _share("trust_at_end", "mean trust of all who were customers at the start"),
        _share("uncertainty_at_end", "mean uncertainty of all who were customers at the start"),
        _share("hardness_at_end", "mean hardness of the workers"),
    )


def _meaning_of(account: str) -> str:
    return next(column.meaning for column in SERIES if column.name == account)


def dtype(columns: tuple[Column, ...]) -> np.dtype:
    """The NumPy record type of a table."""
    return np.dtype([(column.name, column.type) for column in columns], align=True)
