"""Parts of a date as whole numbers: one arithmetic for grouping, shifting and comparing on every engine.

A month is year * 12 + month - 1, a quarter year * 4 + quarter - 1, a day the days since 1970-01-01, a week
the weeks since then, a weekday 0 for Monday.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Grain, Period, Reckoning, around
from awesome_analytics.semantic.dialect import Dialect, Expression, call, number
from awesome_analytics.semantic.model import Dimension, Part
from awesome_analytics.semantic.query import Value

EPOCH = date(1970, 1, 1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_THURSDAY = 3
"""The weekday of 1970-01-01."""
_PER_YEAR = {"month": 12, "quarter": 4, "year": 1, "week": 52, "day": 364}
"""Steps from a bucket to the one a year before; days keep their weekday."""


def expression(part: Part, key: Expression, dialect: Dialect, reckoning: Reckoning) -> Expression:
    """The bucket of a date key."""
    if part in ("day", "week", "weekday"):
        day = dialect.day_number(key)
        if part == "day":
            return day
        if part == "weekday":
            return call("MOD", exp.Paren(this=exp.Add(this=day, expression=number(_THURSDAY))), number(7))
        offset = _THURSDAY - reckoning.week_start
        return dialect.whole_quotient(
            exp.Paren(this=exp.Add(this=day, expression=number(offset + 7))), number(7)
        )
    known = call("NULLIF", key, number(0))
    year = dialect.whole_quotient(known, number(10_000))
    if part == "year":
        return year
    month = call("MOD", dialect.whole_quotient(known.copy(), number(100)), number(100))
    month = exp.Paren(this=exp.Sub(this=month, expression=number(1)))
    if part == "month_of_year":
        return month
    if part == "month":
        return exp.Add(this=exp.Mul(this=year, expression=number(12)), expression=month)
    quarter = dialect.whole_quotient(month, number(3))
    if part == "quarter_of_year":
        return quarter
    return exp.Add(this=exp.Mul(this=year, expression=number(4)), expression=quarter)


def bucket(part: Part, day: date, reckoning: Reckoning) -> int:
    """The bucket of a day, as `expression` computes it."""
    since = (day - EPOCH).days
    made: Mapping[str, Callable[[], int]] = {
        "day": lambda: since,
        "weekday": lambda: day.weekday(),
        "week": lambda: (since + _THURSDAY - reckoning.week_start + 7) // 7,
        "month": lambda: day.year * 12 + day.month - 1,
        "month_of_year": lambda: day.month - 1,
        "quarter": lambda: day.year * 4 + (day.month - 1) // 3,
        "quarter_of_year": lambda: (day.month - 1) // 3,
        "year": lambda: day.year,
    }
    return made[part]()


def label(part: Part, value: Any, reckoning: Reckoning) -> Any:
    """What a reader sees for a bucket: a date for days and weeks, 2014-Q3, 2014-06, 2014 or a name."""
    return None if value is None else _LABELS[part](int(value), reckoning)


_LABELS: Mapping[Part, Callable[[int, Reckoning], Any]] = {
    "day": lambda held, _: EPOCH + timedelta(days=held),
    "week": lambda held, reckoning: EPOCH + timedelta(days=held * 7 - 7 - _THURSDAY + reckoning.week_start),
    "weekday": lambda held, _: WEEKDAYS[held],
    "month": lambda held, _: f"{held // 12}-{held % 12 + 1:02d}",
    "month_of_year": lambda held, _: MONTHS[held],
    "quarter": lambda held, _: f"{held // 4}-Q{held % 4 + 1}",
    "quarter_of_year": lambda held, _: f"Q{held + 1}",
    "year": lambda held, _: held,
}


def steps_back(part: Part, compare: str, now: Days, before: Days | None, reckoning: Reckoning) -> int:
    """How many buckets lie between a bucket and the one it is compared with."""
    if compare == "previous":
        return 1
    if compare == "year_before":
        return _PER_YEAR[part]
    if now.start is None or before is None or before.start is None:
        raise InvalidInput("compare", "two stretches of time compared step by step each need a beginning")
    return bucket(part, now.start, reckoning) - bucket(part, before.start, reckoning)


def shifted(part: Part, days: Days, steps: int) -> Days:
    """The days that lie so many buckets earlier."""
    if part in ("day", "week"):
        back = timedelta(days=steps * (7 if part == "week" else 1))
        return Days(start=days.start and days.start - back, end=days.end and days.end - back)
    months = steps * {"month": 1, "quarter": 3, "year": 12}[part]
    return days.shifted_months(-months)


def read(dimension: Dimension, value: Value, reckoning: Reckoning) -> int:
    """The bucket that a filter's value names; raises InvalidInput with how to write it."""
    assert dimension.part is not None
    text = str(value).strip()
    names = {"weekday": WEEKDAYS, "month_of_year": MONTHS, "quarter_of_year": ("Q1", "Q2", "Q3", "Q4")}.get(
        dimension.part
    )
    if names:
        return _named(dimension, text, names)
    try:
        days = Period(text).days(EPOCH, reckoning)
    except InvalidInput as error:
        raise _unreadable(dimension, value) from error
    whole = days.start and Grain(dimension.part)
    if not whole or days.start is None or Period(text).is_relative or ".." in text:
        raise _unreadable(dimension, value)
    if dimension.part != "week" and days.end != _last(dimension.part, days.start, reckoning):
        raise _unreadable(dimension, value)
    return bucket(dimension.part, days.start, reckoning)


def _last(part: Part, day: date, reckoning: Reckoning) -> date | None:
    return around(day, Grain(part), reckoning).end


def _named(dimension: Dimension, text: str, names: tuple[str, ...]) -> int:
    for position, name in enumerate(names):
        if text.casefold() in (name.casefold(), name[:3].casefold()):
            return position
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(names):
        return int(text) - 1
    raise InvalidInput(
        "filters", f"'{text[:60]}' is no {dimension.label.lower()}; there are {', '.join(names)}"
    )


_WRITTEN = {"day": "2014-06-15", "week": "2014-W24", "month": "2014-06", "quarter": "2014-Q2", "year": "2014"}


def _unreadable(dimension: Dimension, value: Value | Decimal) -> InvalidInput:
    assert dimension.part is not None
    return InvalidInput(
        "filters",
        f"'{str(value)[:60]}' is no {dimension.label.lower()}; write it like {_WRITTEN[dimension.part]}",
    )
