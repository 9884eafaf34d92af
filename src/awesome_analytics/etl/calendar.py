"""The calendar dimension: made from the days themselves, in whole years, with true weekdays and ISO weeks."""

from calendar import day_name, month_name
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from awesome_analytics.warehouse.star import UNKNOWN_KEY


def years(first: date, last: date) -> range:
    """Every year from the one day's to the other's."""
    return range(first.year, last.year + 1)


def calendar_blocks(wanted: Iterable[int]) -> Iterator[bytes]:
    """Rows of `dim_date` for whole years, one block a year, in COPY's text form."""
    for year in wanted:
        yield "".join(_row(day) for day in _days(year)).encode()


def unknown_day() -> bytes:
    """The member that a line not shipped yet points at."""
    return f"{UNKNOWN_KEY}\t\\N\t\\N\t\\N\t\\N\tUnknown\t\\N\t\\N\tUnknown\n".encode()


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _row(day: date) -> str:
    week_start = day - timedelta(days=day.weekday())
    cells = (
        day.strftime("%Y%m%d"),
        day.isoformat(),
        day.year,
        (day.month + 2) // 3,
        day.month,
        month_name[day.month],
        day.isocalendar().week,
        week_start.isoformat(),
        day_name[day.weekday()],
    )
    return "\t".join(map(str, cells)) + "\n"
