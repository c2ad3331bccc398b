"""Human nature: one block of constants, the same in every business.

A business brings money, rates and kinds of failure (`sim.business`); how people
feel about them stands here, once. The values are the centre of a fit to ten published
findings and a story of the project's own (`experiments/psychology_fit.py`,
`docs/validation.md`); other sets fit about as well, and six findings were kept out
of it. Whoever shows a result that rests on them says so: `STATUS`.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from sim.config import Settings

STATUS = "constants fitted to 10 findings"


def constant(
    value: float, meaning: str, unit: str, sweep: tuple[float, float], source: str, *, logarithmic: bool = False,
    **limits: Any
) -> Any:
    """A constant of human nature.

    `sweep` is the range worth exploring, `logarithmic` where all its orders of magnitude are as likely; `limits`
    (pydantic's ge, gt, le, lt) are the values outside which the formula means nothing. `source` begins with how well
    the fit knows the value (`benchmarks/constants.py`, held by a test to what the fit
    found), then names what it leans on.
    """
    return Field(
        default=value,
        description=meaning,
        json_schema_extra={"unit": unit, "sweep": list(sweep), "logarithmic": logarithmic, "source": source},
        **limits,
    )


SHARE: dict[str, Any] = {"ge": 0.0, "le": 1.0}
POSITIVE: dict[str, Any] = {"gt": 0.0}
AT_LEAST_0: dict[str, Any] = {"ge": 0.0}
ASSUMED = "assumption"
TARP = "Goodman (TARP), Competitive Advantage, June 1999"


class Psychology(Settings):
    """The constants of human nature; `docs/model.md` says which formula each stands in."""

    # Trust as a subjective-logic opinion
    base_rate: float = constant(
        0.62, "trust in a firm about which one knows nothing", "share", (0.5, 0.8),
        "fitted, but open; Jøsang 2016 for the form", **SHARE)
    caution: float = constant(
        0.22, "how much uncertainty itself weighs against a firm in decisions", "share", (0, 0.3),
        "fitted, but open; Rust et al. 1999: people pay for certainty", **SHARE)
    encounter_weight: float = constant(
        0.734, "good evidence from an encounter one standard deviation above the market", "evidence",
        (0.1, 2), "fitted", **POSITIVE)
    asymmetry: float = constant(
        3.33, "how much more an encounter below average weighs than one as far above", "ratio", (1, 5),
        "fitted, but hardly known; Slovic 1993, Poortinga & Pidgeon 2004: to be swept", ge=1.0)
    quality_exponent: float = constant(
        0.7, "how evidence grows with the size of a surprise: near 0 steadiness wins, at 1 the mean does",
        "exponent", (0.2, 1), "fitted, but open; Rust et al. 1999", gt=0.0, le=1.0)
    good_half_life_years: float = constant(
        1.78, "time in which good experience loses half its weight", "years", (1, 5),
        "fitted, but hardly known; Knox & van Oest 2014: purchases work long", **POSITIVE)
    bad_half_life_years: float = constant(
        0.65, "time in which a bad experience loses half its weight", "years", (0.02, 1),
        "fitted; Knox & van Oest 2014: complaints work for days to weeks; "
        "Grégoire et al. 2009: revenge still wanted after two months", logarithmic=True, **POSITIVE)

    # A failure
    shake: float = constant(
        0.825, "share of the good evidence that a severe failure puts in doubt", "share", (0.5, 0.95),
        "fitted", ge=0.0, lt=1.0)
    failure_weight: float = constant(
        1.79, "bad evidence of a failure of severity 1", "evidence", (0.2, 5), "fitted", **AT_LEAST_0)
    repeat_blame: float = constant(
        2.49, "how much more a repeat of the same kind within memory weighs", "ratio", (1, 4),
        "fitted, but open; Maxham & Netemeyer 2002", ge=1.0)
    failure_memory_years: float = constant(
        1.0, "how long a failure or an apology is remembered as 'again'", "years", (0.5, 2), ASSUMED,
        **POSITIVE)
    broken_promise_weight: float = constant(
        1.0, "bad evidence when a promise made at the sale is broken, per severity", "evidence", (0, 3),
        "assumption; Schweitzer et al. 2006 for the sign", **AT_LEAST_0)
    promise_shield: float = constant(
        0.3, "share of the shake that an unbroken promise keeps away", "share", (0, 0.8), ASSUMED, **SHARE)
    promise_evidence: float = constant(
        0.5, "good evidence from the promise made at the sale, once", "evidence", (0, 2), ASSUMED,
        **AT_LEAST_0)
    promise_ease: float = constant(
        1.5, "how much easier a promise makes it to complain", "odds ratio", (1, 3), ASSUMED, **POSITIVE)

    # Voice
    voice_base: float = constant(
        -1.97, "complaining: logit at severity 0, nothing at stake, even trust", "logit", (-3, -1),
        "fitted; " + TARP + ": 5-30 % complain of intangible failures")
    voice_severity: float = constant(
        0.829, "complaining: effect of severity", "logit per severity", (0.2, 1.5), "fitted, but hardly known",
        **AT_LEAST_0)
    voice_money: float = constant(
        1.94, "complaining: effect of money at stake", "logit", (1, 2.5),
        "fitted; " + TARP + ": 50-75 % complain where money is lost", **AT_LEAST_0)
    voice_trust: float = constant(
        0.955, "complaining: effect of trust", "logit per trust", (0, 2), "fitted, but open; Hirschman 1970",
        **AT_LEAST_0)
    voice_ease: float = constant(
        0.811, "complaining: effect of the logarithm of ease", "logit", (0.5, 1.5),
        "fitted; " + TARP + ": an easy channel doubles complaints", **AT_LEAST_0)
    voice_reward: float = constant(
        0.5, "complaining: effect of how one was treated last time", "logit per felt justice", (0, 1.5),
        "assumption; Ma, Sun & Kekre 2015 for the sign", **AT_LEAST_0)
    silent_weight: float = constant(
        0.493, "how much an unanswered failure weighs for one who never asked", "share", (0.3, 1),
        "fitted, but open", **SHARE)
    initiative_bonus: float = constant(
        0.171, "interactional justice added when the firm speaks first", "justice", (0, 0.3),
        "fitted, but open", **SHARE)

    # The negotiation
    aspiration_mean: float = constant(
        0.282, "felt justice that the average person expects", "felt justice", (0.1, 0.6), "fitted",
        **SHARE)
    aspiration_spread: float = constant(
        0.134, "standard deviation of the aspiration between people", "felt justice", (0, 0.3),
        "fitted, but hardly known", **AT_LEAST_0)
    temperature: float = constant(
        0.509, "how much chance there is in accepting an offer", "felt justice", (0.05, 0.6),
        "fitted, but hardly known; CFPB dispute rates 2013-15", **POSITIVE)
    persistence_mean: float = constant(
        0.386, "probability that the typical person has one more push in them", "share", (0.2, 0.7),
        "fitted; CFPB dispute rates 2013-15", gt=0.0, lt=1.0)
    persistence_spread: float = constant(
        0.686, "standard deviation of persistence between people", "logit", (0, 1.5),
        "fitted, but hardly known", **AT_LEAST_0)
    aspiration_rise: float = constant(
        0.0994, "how much a good recovery raises what is expected next time", "felt justice", (0, 0.2),
        "fitted, but open; Maxham & Netemeyer 2002", **AT_LEAST_0)
    aspiration_rise_limit: float = constant(
        0.24, "the most that good recoveries can raise the aspiration", "felt justice", (0, 0.5), ASSUMED,
        **AT_LEAST_0)
    aspiration_half_life_months: float = constant(
        6.0, "time in which the raised aspiration loses half its height", "months", (3, 24),
        "assumption", **POSITIVE)
    satisfaction_distributive: float = constant(
        0.438, "weight of distributive justice in satisfaction with the handling", "share", (0.3, 0.6),
        "fitted, but open; order: Orsingher et al. 2010", **SHARE)
    satisfaction_interactional: float = constant(
        0.309, "weight of interactional justice in satisfaction with the handling", "share", (0.2, 0.4),
        "fitted, but open; order: Orsingher et al. 2010", **SHARE)
    satisfaction_procedural: float = constant(
        0.253, "weight of procedural justice in satisfaction with the handling", "share", (0.1, 0.3),
        "the rest to 1; order: Orsingher et al. 2010", **SHARE)
    trust_distributive: float = constant(
        0.328, "weight of distributive justice in trust", "share", (0.15, 0.4),
        "fitted, but open; order: Gelbrich & Roschk 2011", **SHARE)
    trust_interactional: float = constant(
        0.604, "weight of interactional justice in trust", "share", (0.4, 0.7),
        "fitted, but hardly known; order: Gelbrich & Roschk 2011", **SHARE)
    trust_procedural: float = constant(
        0.068, "weight of procedural justice in trust", "share", (0.05, 0.3),
        "the rest to 1; order: Gelbrich & Roschk 2011", ge=0.0, lt=1.0)
    rejected_steepness: float = constant(
        8.49, "steepness of the S-shape where the flawed service was rejected", "per share of loss", (5, 12),
        "fitted, but open; Gelbrich, Gäthke & Grégoire 2015", **POSITIVE)
    rejected_midpoint: float = constant(
        0.843, "where that S-shape is steepest", "share of loss", (0.7, 1),
        "fitted, but hardly known; Gelbrich, Gäthke & Grégoire 2015", gt=0.0, le=1.0)
    accepted_curvature: float = constant(
        2.57, "bend of the concave curve where the flawed service was accepted", "per share of loss", (1, 4),
        "fitted, but open; Gelbrich, Gäthke & Grégoire 2015", **POSITIVE)
    goods_value: float = constant(
        0.852, "what goods are worth to the customer against cash", "share", (0.7, 1),
        "fitted, but open; Noone & Lee 2011 for the sign", **SHARE)
    credit_value: float = constant(
        0.808, "what credit is worth to one who did not ask for cash", "share", (0.6, 1),
        "fitted, but open; Roschk & Gelbrich 2014 for the sign", **SHARE)
    credit_value_to_who_wants_cash: float = constant(
        0.5, "what credit is worth to one who wanted cash", "share", (0.2, 0.8),
        "assumption; Roschk & Gelbrich 2014 for the sign", **SHARE)
    tolerance_days: float = constant(
        2.31, "delay that costs nothing", "days", (0, 5), "fitted, but open; Hogreve et al. 2017", **AT_LEAST_0)
    delay_fall_days: float = constant(
        32.0, "further delay in which what is got, and procedural justice, fall to 37 %", "days", (5, 40),
        "fitted, but hardly known", **POSITIVE)
    push_fall: float = constant(
        0.298, "share of procedural justice lost with each push", "share", (0.05, 0.5),
        "fitted, but open; SQM 2022", **SHARE)
    grudge: float = constant(
        0.256, "share by which each push devalues what is got and said in the end", "share", (0, 0.4),
        "fitted, but open", **SHARE)
    hollow: float = constant(
        0.284, "share of sincere words that counts where nothing comes with them", "share", (0.1, 0.8),
        "fitted; Halperin et al. 2022", **SHARE)
    late_apology: float = constant(
        0.5, "share of an apology that counts when it comes after the remedy", "share", (0.2, 1), ASSUMED,
        **SHARE)
    check_burden: float = constant(
        0.3, "procedural justice that a complete check of every claim costs", "share", (0, 0.6), ASSUMED,
        **SHARE)

    # After the negotiation
    unresolved_weight: float = constant(
        4.83, "bad evidence of a case left unresolved, per severity", "evidence", (0.5, 12), "fitted, but hardly known",
        **AT_LEAST_0)
    resolved_weight: float = constant(
        5.1, "bad evidence left by the injustice in an accepted offer, per severity", "evidence", (0.5, 12),
        "fitted, but hardly known", **AT_LEAST_0)
    recovery_weight: float = constant(
        8.39, "good evidence of justice above the aspiration, per severity", "evidence", (1, 20),
        "fitted, but hardly known", **AT_LEAST_0)
    fight_weight: float = constant(
        1.05, "bad evidence of each push, per severity", "evidence", (0.05, 2), "fitted, but open",
        **AT_LEAST_0)
    shake_unresolved: float = constant(
        0.846, "share of the good evidence that a case left unresolved puts in doubt", "share", (0.3, 0.98),
        "fitted, but hardly known", ge=0.0, lt=1.0)
    repeated_apology_weight: float = constant(
        1.5, "bad evidence of another apology within memory that comes with nothing, per severity",
        "evidence", (0, 3), "fitted, but open; Halperin et al. 2022", **AT_LEAST_0)

    # Leaving, word of mouth
    sensitivity_shape: float = constant(
        3.7, "shape a of the Beta(a, 1) by which people differ in acting on their trust", "shape", (0.5, 6),
        "fitted, but hardly known", **POSITIVE)
    elasticity: float = constant(
        0.0, "how strongly the rate of encounters follows confidence", "exponent", (0, 1),
        "assumption; 0 unless data identify it", **AT_LEAST_0)
    talk_margin: float = constant(
        0.279, "how far above or below the threshold a case must end to be told", "felt justice", (0, 0.5),
        "fitted, but open", **AT_LEAST_0)
    told_after_good_case: float = constant(
        2.1, "people told of a case that ended well above the threshold", "people", (0.5, 5),
        "fitted; " + TARP + ": half as many as of a bad one", **AT_LEAST_0)
    told_after_bad_case: float = constant(
        4.93, "people told of a case that ended well below the threshold", "people", (1, 10),
        "fitted; " + TARP + "; SQM 2022: 74 % tell 5", **AT_LEAST_0)
    told_per_encounter: float = constant(
        1.39, "people told of an ordinary encounter, per standard deviation from average", "people", (0.05, 2),
        "fitted, but open; East et al. 2007: three times as much good talk as bad", **AT_LEAST_0)
    talk_months: float = constant(
        3.0, "how long a case is talked about", "months", (1, 6), ASSUMED, **POSITIVE)
    talk_weight: float = constant(
        0.25, "evidence in what a certain teller says", "evidence", (0.05, 1),
        "assumption; below an encounter of one's own", **AT_LEAST_0)
    weak_tie_strength: float = constant(
        0.4, "weight of what a stranger says against a friend's word", "share", (0.1, 1),
        "assumption; Goldenberg, Libai & Muller 2001", **SHARE)
    witness_weight: float = constant(
        0.3, "evidence in a case seen at the counter, per severity", "evidence", (0.05, 1), ASSUMED,
        **AT_LEAST_0)

    # The people at the counter, and those who claim what did not happen
    hardening: float = constant(
        0.02, "share of a worker's remaining warmth that a push takes", "share", (0, 0.1),
        "assumption; Dormann & Zapf 2004 for the sign", ge=0.0, lt=1.0)
    hardness_half_life_months: float = constant(
        3.0, "time in which a worker's hardness halves", "months", (1, 12), ASSUMED, **POSITIVE)
    hardness_quality_loss: float = constant(
        0.5, "by how much a wholly hardened worker serves worse", "standard deviations", (0, 1), ASSUMED,
        **AT_LEAST_0)
    hardness_quits_per_year: float = constant(
        1.0, "quits beyond normal turnover of a wholly hardened worker", "per year", (0, 3),
        "assumption; Li & Zhou 2013 for the sign", **AT_LEAST_0)
    claim_justice: float = constant(
        2.0, "how much justice met or heard of keeps an opportunist from claiming", "logit per justice",
        (0, 5), "assumption; Wirtz & McColl-Kennedy 2010 for the sign", **AT_LEAST_0)
    claim_ease: float = constant(
        1.0, "how much the logarithm of ease draws false claims", "logit", (0, 2), ASSUMED, **AT_LEAST_0)

    @property
    def felt_trust_of_nothing(self) -> float:
        """What a prompt nothing is felt to be: D = 0, I = 0, P = 1, no push."""
        return self.trust_procedural

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        """The orderings that the evidence demands, whatever the values (docs/model.md)."""
        c = self
        problems = []
        satisfaction = (c.satisfaction_distributive, c.satisfaction_interactional, c.satisfaction_procedural)
        trust = (c.trust_distributive, c.trust_interactional, c.trust_procedural)
        for name, weights in (("satisfaction", satisfaction), ("trust", trust)):
            if abs(sum(weights) - 1) > 1e-9:
                problems.append(f"the three {name}_ weights sum to {sum(weights):.6g}, not 1")
        if not satisfaction[0] > satisfaction[1] > satisfaction[2]:
            problems.append("satisfaction must weigh distributive > interactional > procedural")
        if not trust[1] >= trust[0]:
            problems.append("trust must weigh interactional at least as much as distributive")
        if c.caution > c.base_rate:
            problems.append("caution must not exceed base_rate, else confidence in an unknown firm is negative")
        if c.rejected_steepness * (1 - c.rejected_midpoint) < 1.1:
            problems.append("rejected_steepness * (1 - rejected_midpoint) must be at least 1.1")
        if 0.6 + 1 / c.rejected_steepness > c.rejected_midpoint:
            problems.append("rejected_midpoint must be at least 0.6 + 1/rejected_steepness")
        if c.resolved_weight > c.unresolved_weight / (1 - c.felt_trust_of_nothing):
            problems.append(
                "resolved_weight must not exceed unresolved_weight / (1 - trust_procedural), "
                "else a complainant who accepts an offer may trust less than one who refuses it")
        if problems:
            raise ValueError("; ".join(problems))
        return self
