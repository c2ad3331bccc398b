"""Numbers and names as people read them, wherever an answer is told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}

FACTORS = {
    "manner": "how it is said",
    "speed": "how fast it is done",
    "timing": "giving at once instead of when pushed",
    "money": "how much is given",
}
"""What full remedy changes against the minimum, in words."""

NAMES = {
    "minimum": "The bare minimum",
    "minimum-polite": "The polite minimum",
    "full": "Full remedy at once",
    "empathy-last": "Repair first, empathy last",
    "five-steps": "The five steps",
    "fix-first": "Repair without words",
    "ladder": "The ladder",
    "playbook": "The playbook",
    "promise": "Promised full remedy",
    "store-credit": "Store credit",
    "tiered": "Full remedy for the valuable",
    "trust-first": "Empathy first, then repair",
}
"""What strategies are called where a reader does not type them."""
LONGEST = 34


def pretty(arm: str) -> str:
    """A strategy's name for a page or a chart; one from a file is spelled as it is typed, without its folder."""
    spelled = arm.replace("\\", "/").rsplit("/", 1)[-1]
    name, _, parameters = spelled.partition(":")
    said = spelled
    if name in NAMES:
        said = f"{NAMES[name]} ({parameters.replace(',', ', ')})" if parameters else NAMES[name]
    return said if len(said) <= LONGEST else f"{said[:LONGEST - 14]}…{said[-13:]}"


def inside(arm: str) -> str:
    """A strategy's name within a sentence."""
    name = pretty(arm)
    return name[0].lower() + name[1:] if arm.partition(":")[0] in NAMES else name


def a_or_an(noun: str) -> str:
    """'a guest', 'an account'."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def every_months(months: float) -> str:
    """'every month', 'every 12 months'."""
    return "every month" if months == 1 else f"every {months:g} months"


def whole(value: float) -> str:
    """12,346 or -12,346 (a plain hyphen, for a terminal); 'n/a' for what is not a number."""
    return fixed(value, 0)


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals; what is rounded to 0 has no sign, and what is not a number is 'n/a'."""
    if not math.isfinite(value):
        return "n/a"
    text = f"{value:,.{decimals}f}"
    return text if any(digit in text for digit in "123456789") else text.lstrip("-")


def signed(value: float, decimals: int = 0) -> str:
    """The same with a plus where it is above 0."""
    text = fixed(value, decimals)
    return f"+{text}" if text[0] not in "-n" and float(text.replace(",", "")) != 0 else text


def compact(value: float) -> str:
    """Three figures at most: '-21k', '1.2m', '547'."""
    size = abs(value)
    for unit, suffix in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if size >= 0.9995 * unit:
            return f"{value / unit:.3g}{suffix}" if size < 999.5 * unit else f"{value / unit:.0f}{suffix}"
    return whole(value)


def money(value: float, currency: str) -> str:
    """An amount for a sentence: 'EUR 12,346', in millions from ten million on, with cents where it is small."""
    if 0 < abs(value) < 10 and value != round(value):
        return f"{currency} {fixed(value, 2)}" if abs(value) >= 0.005 else f"under {currency} 0.01"
    if abs(value) >= 1e7:
        return f"{currency} {value / 1e6:,.1f} million"
    return f"{currency} {whole(value)}"


def symbol(currency: str) -> str:
    """The sign of a currency to put before an amount; its code and a space where it has none."""
    return SYMBOLS.get(currency, f"{currency} ")


def percent(share: float) -> str:
    """'37 %'; never 0 or 100 for what is only close to it."""
    rounded = round(100 * share)
    if rounded == 0 and share > 0:
        return "under 1 %"
    if rounded == 100 and share < 1:
        return "over 99 %"
    return f"{rounded} %"


def counted(value: float, unit: str) -> str:
    """'1 day', '10 days', '2.5 days'."""
    return f"{value:g} {unit}" if value == 1 else f"{value:g} {unit}s"


def years(value: float) -> str:
    """'1 year', '10 years', '2.5 years'."""
    return counted(value, "year")


def year_list(years: Sequence[str]) -> str:
    """'1 year', '3 years', '1, 3 and 5 years': horizons as they are named in an answer."""
    return f"{listed(years)} {'year' if list(years) == ['1'] else 'years'}"


def of_runs(share: float, runs: int) -> str:
    """'all 100 runs', '83 of 100 runs'."""
    won = round(share * runs)
    return f"all {runs} runs" if won == runs else f"{won} of {runs} runs"


def worlds(runs: int, drawn: int) -> str:
    """'50 worlds of two runs each': how many runs share what is drawn."""
    return f"{counted(drawn, 'world')} of {'two runs each' if runs == 2 * drawn else 'one or two runs each'}"


def shortened(name: str, width: int) -> str:
    """A name cut in its middle to fit."""
    if len(name) <= width:
        return name
    end = max(1, width // 3)
    return f"{name[:width - end - 2]}..{name[-end:]}"


def listed(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    items = list(words)
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
