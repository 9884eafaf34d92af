"""Periods as people name them: written once as text, turned into days against a given today."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from awesome_analytics.core.errors import InvalidInput

ONE_DAY = timedelta(days=1)
_EARLIEST, _LATEST = 1900, 2199


class Grain(StrEnum):
    """How long one step of a time series is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """How a shop counts its weeks and years: weekday 0 is Monday, `fiscal_start` the month 1-12."""

    week_start: int = 0
    fiscal_start: int = 1


PLAIN_RECKONING = Reckoning()
"""Weeks from Monday, years from January."""


@dataclass(frozen=True, kw_only=True)
class Days:
    """Days from `start` to `end`, both included; None is open."""

    start: date | None = None
    end: date | None = None

    def shifted_months(self, months: int) -> Self:
        """The same days so many months on; the last of a month stays the last."""
        return type(self)(
            start=self.start and _shift_months(self.start, months, keep_end=False),
            end=self.end and _shift_months(self.end, months, keep_end=True),
        )

    def previous(self) -> Self:
        """The period of the same length just before: whole months before whole months, else days."""
        if self.start is None or self.end is None:
            raise InvalidInput("compare", "a period without both ends has no period before it")
        months = _whole_months(self.start, self.end)
        if months:
            return type(self)(
                start=_shift_months(self.start, -months, keep_end=False), end=self.start - ONE_DAY
            )
        length = self.end - self.start + ONE_DAY
        return type(self)(start=self.start - length, end=self.end - length)


@dataclass(frozen=True)
class Period:
    """A named stretch of time, such as `2014-Q3`, `2014-06..2014-08`, `last_month` or `last_30_days`.

    The text is what links, files and forms carry; `days` says what it means on a given day.
    """

    text: str

    def __post_init__(self) -> None:
        self.days(date(2000, 1, 1))

    def days(self, today: date, reckoning: Reckoning = PLAIN_RECKONING) -> Days:
        """The days meant. Raises InvalidInput("time") when the text names no period."""
        if ".." not in self.text:
            return _named(self.text, today, reckoning)
        first, last = self.text.split("..", 1)
        if not first and not last:
            raise _unreadable(self.text)
        start = _named(first, today, reckoning).start if first else None
        end = _named(last, today, reckoning).end if last else None
        if start and end and end < start:
            raise InvalidInput("time", f"'{self.text}' ends before it begins")
        return Days(start=start, end=end)

    @property
    def is_relative(self) -> bool:
        """Whether it moves with today."""
        return any(
            part and not part[0].isdigit() and not part.startswith("fy") for part in self.text.split("..")
        )


_ABSOLUTE = re.compile(
    r"(?P<year>\d{4})(-(q(?P<quarter>[1-4])|w(?P<week>\d{1,2})|(?P<month>\d{2})(-(?P<day>\d{2}))?))?",
    re.ASCII,
)
_FISCAL = re.compile(r"fy(?P<year>\d{4})(-q(?P<quarter>[1-4]))?", re.ASCII)
_CURRENT = re.compile(r"(?P<which>this|last)_(?P<grain>week|month|quarter|year|fiscal_year)", re.ASCII)
_ROLLING = re.compile(r"last_(?P<count>[1-9]\d{0,3})_(?P<grain>day|week|month|quarter|year)s", re.ASCII)
_TO_DATE = {"wtd": Grain.WEEK, "mtd": Grain.MONTH, "qtd": Grain.QUARTER, "ytd": Grain.YEAR}


def _named(text: str, today: date, reckoning: Reckoning) -> Days:
    """One name's days."""
    plain = text.strip().lower()
    if plain == "all":
        return Days()
    if plain in ("today", "yesterday"):
        day = today if plain == "today" else today - ONE_DAY
        return Days(start=day, end=day)
    if plain in _TO_DATE:
        return Days(start=around(today, _TO_DATE[plain], reckoning).start, end=today)
    for pattern, reader in _READERS:
        found = pattern.fullmatch(plain)
        if found:
            return reader(found, today, reckoning)
    raise _unreadable(text)


def _absolute(found: re.Match[str], _today: date, reckoning: Reckoning) -> Days:
    year = int(found["year"])
    if not _EARLIEST <= year <= _LATEST:
        raise InvalidInput("time", f"the year {year} is outside {_EARLIEST} to {_LATEST}")
    if found["quarter"]:
        return around(date(year, 3 * int(found["quarter"]), 1), Grain.QUARTER, reckoning)
    if found["week"]:
        return _week(year, int(found["week"]), reckoning)
    if found["day"]:
        day = _day(year, int(found["month"]), int(found["day"]))
        return Days(start=day, end=day)
    if found["month"]:
        return around(_day(year, int(found["month"]), 1), Grain.MONTH, reckoning)
    return Days(start=date(year, 1, 1), end=date(year, 12, 31))


def _week(year: int, week: int, reckoning: Reckoning) -> Days:
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError as error:
        raise InvalidInput("time", f"{year} has no week {week}") from error
    return around(monday, Grain.WEEK, reckoning)


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise InvalidInput("time", f"{year}-{month:02d}-{day:02d} is no day of the calendar") from error


def _fiscal(found: re.Match[str], _today: date, reckoning: Reckoning) -> Days:
    # A fiscal year is named after the year it ends in.
    year = int(found["year"]) - (1 if reckoning.fiscal_start > 1 else 0)
    if not _EARLIEST <= year <= _LATEST:
        raise InvalidInput("time", f"the fiscal year {found['year']} is outside {_EARLIEST} to {_LATEST}")
    start = date(year, reckoning.fiscal_start, 1)
    months = 12
    if found["quarter"]:
        start, months = _shift_months(start, 3 * (int(found["quarter"]) - 1), keep_end=False), 3
    return Days(start=start, end=_shift_months(start, months, keep_end=False) - ONE_DAY)


def _current(found: re.Match[str], today: date, reckoning: Reckoning) -> Days:
    if found["grain"] == "fiscal_year":
        year = today.year + (1 if reckoning.fiscal_start > 1 and today.month >= reckoning.fiscal_start else 0)
        year -= found["which"] == "last"
        return _named(f"fy{year}", today, reckoning)
    span = around(today, Grain(found["grain"]), reckoning)
    if found["which"] == "this":
        return span
    assert span.start is not None
    return around(span.start - ONE_DAY, Grain(found["grain"]), reckoning)


def _rolling(found: re.Match[str], today: date, _reckoning: Reckoning) -> Days:
    count, grain = int(found["count"]), Grain(found["grain"])
    try:
        if grain in _MONTHS:
            return Days(
                start=_shift_months(today, -count * _MONTHS[grain], keep_end=False) + ONE_DAY, end=today
            )
        return Days(
            start=today - timedelta(days=count * (7 if grain is Grain.WEEK else 1)) + ONE_DAY, end=today
        )
    except (OverflowError, ValueError) as error:
        raise InvalidInput("time", f"'{found[0]}' reaches back before the calendar begins") from error


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, Reckoning], Days]], ...] = (
    (_ABSOLUTE, _absolute),
    (_FISCAL, _fiscal),
    (_CURRENT, _current),
    (_ROLLING, _rolling),
)
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def around(day: date, grain: Grain, reckoning: Reckoning = PLAIN_RECKONING) -> Days:
    """The whole day, week, month, quarter or year that a day lies in."""
    if grain is Grain.DAY:
        return Days(start=day, end=day)
    if grain is Grain.WEEK:
        start = day - timedelta(days=(day.weekday() - reckoning.week_start) % 7)
        return Days(start=start, end=start + timedelta(days=6))
    months = _MONTHS[grain]
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Days(start=start, end=_shift_months(start, months, keep_end=False) - ONE_DAY)


def _shift_months(day: date, months: int, *, keep_end: bool) -> date:
    """So many months on; with `keep_end` the last of a month stays the last of its month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    at_end = keep_end and day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if at_end else min(day.day, last))


def _whole_months(start: date, end: date) -> int:
    """How many calendar months the days fill exactly; 0 when they don't."""
    after = end + ONE_DAY
    if start.day != 1 or after.day != 1:
        return 0
    return (after.year - start.year) * 12 + after.month - start.month


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(
        "time",
        f"'{text[:60]}' is no period; write 2014, 2014-Q3, 2014-06, 2014-W42, 2014-06-15, 2014-06..2014-08, "
        "today, yesterday, this_month, last_quarter, last_30_days, mtd, ytd, fy2014 or all",
    )
