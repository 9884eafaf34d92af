"""Changes, spans and moments as a page writes them, and the cells of a file."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from awesome_analytics.core.periods import Days
from awesome_analytics.core.spreadsheet import safe
from awesome_analytics.semantic.model import Format
from awesome_analytics.semantic.run import Cell, Column, Result
from awesome_analytics.semantic.written import MONTHS, day, percent, points, rounded_as, written


def changed(value: Cell, shape: Format) -> str | None:
    """A difference with its sign: +$1,200.00, -0.3 points; None where there is none to tell."""
    if not isinstance(value, Decimal | int):
        return None
    # Of two percentages the difference is told in points: "-0.3%" would be read as a proportion.
    text = points(value) if shape == "percent" else written(value, shape)
    return text if rounded_as(value, shape) <= 0 else f"+{text}"


def grown(value: Cell) -> str | None:
    """A growth with its sign: +15.0%."""
    if not isinstance(value, Decimal | int):
        return None
    return f"{'+' if rounded_as(value, 'percent') >= 0 else ''}{percent(value)}"


def span(days: Days) -> str:
    """A stretch of time in words."""
    if days.start is None and days.end is None:
        return "all time"
    if days.start is None or days.end is None:
        return f"since {day(days.start)}" if days.start else f"until {day(days.end or date.min)}"
    if days.start == days.end:
        return day(days.start)
    return _whole(days.start, days.end) or _from_to(days.start, days.end)


def _whole(start: date, end: date) -> str | None:
    """The name of a month or of years that the days fill."""
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return str(start.year) if start.year == end.year else f"{start.year} – {end.year}"
    is_last = (end + timedelta(days=1)).day == 1
    if start.day == 1 and is_last and (start.year, start.month) == (end.year, end.month):
        return f"{MONTHS[start.month - 1]} {start.year}"
    return None


def _from_to(start: date, end: date) -> str:
    first = f"{start.day} {MONTHS[start.month - 1]}" if start.year == end.year else day(start)
    return f"{first} – {day(end)}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment on the shop's clock."""
    known = at if at.tzinfo else at.replace(tzinfo=UTC)
    local = known.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M}"


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
