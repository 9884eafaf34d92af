"""How a cell is written for people: rounded half-up here, and nowhere before."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

Cell = Decimal | int | str | date | None

NOTHING = "–"
"""What stands where there is no figure."""
PLACES: Mapping[str, int] = {"money": 2, "decimal": 2, "ratio": 2, "days": 2, "percent": 1}
"""Decimals shown of each format, other formats none; of a percent, a fraction in the rows, those of 12.3%."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rounded(value: Decimal | int, places: int) -> Decimal:
    """Half-up, as a shop does."""
    # Adding nought takes the sign of a nought away.
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0


def rounded_as(value: Decimal | int, shape: str) -> Decimal:
    """The figure with as many decimals as its format shows."""
    return rounded(value, PLACES.get(shape, 0) + (2 if shape == "percent" else 0))


def money(value: Decimal | int, *, symbol: str = "$") -> str:
    """$1,234.50, -$240.00."""
    plain = rounded(value, PLACES["money"])
    return f"{'-' if plain < 0 else ''}{symbol}{abs(plain):,.2f}"


def percent(value: Decimal | int, *, in_prose: bool = False) -> str:
    """A fraction as 12.3%; in prose 80% where the decimal is nought, in a column 80.0%."""
    plain = rounded(100 * Decimal(value), PLACES["percent"])
    return f"{plain:,.0f}%" if in_prose and plain == int(plain) else f"{plain:,.1f}%"


def points(value: Decimal | int) -> str:
    """The difference of two fractions: 0.3 points."""
    plain = rounded(100 * Decimal(value), PLACES["percent"])
    return f"{plain:,.1f} {'point' if abs(plain) == 1 else 'points'}"


def bare(value: Decimal | int, shape: str) -> str:
    """A figure without its unit, for a column that says it: 4,800.00; a percent keeps its sign."""
    if shape in ("year", "text"):
        return str(value)
    places = PLACES.get(shape, 0)
    return percent(value) if shape == "percent" else f"{rounded(value, places):,.{places}f}"


def figure(value: Decimal | int, shape: str, *, symbol: str = "$", in_prose: bool = False) -> str:
    """A number in a format."""
    if shape == "money":
        return money(value, symbol=symbol)
    if shape == "percent":
        return percent(value, in_prose=in_prose)
    if shape == "days":
        return f"{bare(value, shape)} {'day' if rounded_as(value, shape) == 1 else 'days'}"
    return bare(value, shape)


def written(value: Cell, shape: str, *, symbol: str = "$", in_prose: bool = False) -> str:
    """A cell as people read it: $4,800.00, 12.3%, 5 Dec 2024, Dec 2024, 2014 Q3."""
    if value is None:
        return NOTHING
    if isinstance(value, date):
        return f"{'the ' if in_prose else ''}week of {day(value)}" if shape == "week" else day(value)
    if isinstance(value, str):
        return _period(value, shape)
    return figure(value, shape, symbol=symbol, in_prose=in_prose)


def day(value: date) -> str:
    """5 Dec 2024."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def _period(text: str, shape: str) -> str:
    # What is no month or quarter is the word that stands for the total, or for none.
    if shape == "month" and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return f"{MONTHS[int(text[5:]) - 1]} {text[:4]}"
    return text.replace("-", " ") if shape == "quarter" else text
