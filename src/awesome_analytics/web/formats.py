"""How a cell is written on a page and in a file: rounded half-up here, and nowhere before."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from awesome_analytics.core.periods import Days
from awesome_analytics.core.spreadsheet import safe
from awesome_analytics.semantic.model import Format
from awesome_analytics.semantic.run import Cell, Column, Result

NOTHING = "–"
"""What stands where there is no figure."""

PLACES: Mapping[Format, int] = {"money": 2, "number": 0, "decimal": 2, "days": 2, "percent": 3}
"""Decimals that are shown; a percent is a fraction, so that three are 12.3%."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rounded(value: Decimal | int, shape: Format) -> Decimal:
    """The figure with as many decimals as are shown."""
    return Decimal(value).quantize(Decimal(1).scaleb(-PLACES.get(shape, 0)), ROUND_HALF_UP)


def money(value: Decimal | int) -> str:
    """Dollars and cents: $6,000.00, -$240.00."""
    plain = rounded(value, "money")
    return f"{'-' if plain < 0 else ''}${abs(plain):,.2f}"


def _percent(value: Decimal | int) -> str:
    return f"{rounded(value, 'percent'):.1%}"


def _days(value: Decimal | int) -> str:
    plain = rounded(value, "days")
    return f"{plain:,.2f} {'day' if plain == 1 else 'days'}"


_FIGURES: Mapping[Format, Callable[[Decimal | int], str]] = {
    "money": money,
    "number": lambda value: f"{rounded(value, 'number'):,}",
    "decimal": lambda value: f"{rounded(value, 'decimal'):,.2f}",
    "percent": _percent,
    "days": _days,
}


def written(value: Cell, shape: Format) -> str:
    """A cell as people read it."""
    if value is None:
        return NOTHING
    if isinstance(value, date):
        return f"week of {_day(value)}" if shape == "week" else _day(value)
    if isinstance(value, Decimal | int):
        figure = _FIGURES.get(shape)
        return figure(value) if figure else str(value)
    if not value[:1].isdigit():
        return value  # a name, or the word that stands for the total
    return _month(value) if shape == "month" else value.replace("-", " ") if shape == "quarter" else value


def changed(value: Cell, shape: Format) -> str | None:
    """A difference with its sign: +$1,200.00, -0.3 points; None where there is none to tell."""
    if not isinstance(value, Decimal | int):
        return None
    if shape == "percent":
        # Of two percentages the difference is told in points: "-0.3%" would be read as a proportion.
        points = (100 * Decimal(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return f"{points:+} points"
    text = written(value, shape)
    return text if rounded(value, shape) <= 0 else f"+{text}"


def grown(value: Cell) -> str | None:
    """A growth with its sign: +15.0%."""
    if not isinstance(value, Decimal | int):
        return None
    return f"{rounded(value, 'percent'):+,.1%}"


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _month(text: str) -> str:
    year, month = text.split("-")
    return f"{_MONTHS[int(month) - 1]} {year}"


def span(days: Days) -> str:
    """A stretch of time in words."""
    if days.start is None and days.end is None:
        return "all time"
    if days.start is None or days.end is None:
        return f"since {_day(days.start)}" if days.start else f"until {_day(days.end or date.min)}"
    if days.start == days.end:
        return _day(days.start)
    return _whole(days.start, days.end) or _from_to(days.start, days.end)


def _whole(start: date, end: date) -> str | None:
    """The name of a month or of years that the days fill."""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return str(start.year) if start.year == end.year else f"{start.year} – {end.year}"
    is_last = (end + timedelta(days=1)).day == 1
    if start.day == 1 and is_last and (start.year, start.month) == (end.year, end.month):
        return f"{_MONTHS[start.month - 1]} {start.year}"
    return None


def _from_to(start: date, end: date) -> str:
    first = f"{start.day} {_MONTHS[start.month - 1]}" if start.year == end.year else _day(start)
    return f"{first} – {_day(end)}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment on the shop's clock."""
    known = at if at.tzinfo else at.replace(tzinfo=UTC)
    local = known.astimezone(zone)
    return f"{_day(local.date())}, {local:%H:%M}"


def heading(column: Column) -> str:
    """A column's name in a file: percents say that they are fractions."""
    return f"{column.label} (fraction)" if column.format == "percent" else column.label


def plain_cell(value: Cell) -> str | Decimal | int | date:
    """A cell for a file: figures exact and without signs of currency, texts defused."""
    if value is None:
        return ""
    return safe(value) if isinstance(value, str) else value


def to_csv(result: Result, *, totals: Sequence[Cell] | None = None) -> bytes:
    """The answer as a CSV file in UTF-8 with the mark that Excel needs to read it as such."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([safe(heading(column)) for column in result.columns])
    for row in (*result.rows, *([totals] if totals else ())):
        writer.writerow([_in_csv(value) for value in row])
    return made.getvalue().encode("utf-8-sig")


def _in_csv(value: Cell) -> str:
    plain = plain_cell(value)
    return f"{plain:f}" if isinstance(plain, Decimal) else str(plain)
