"""How a file writes its dates: found by reading all of them, never guessed from one."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales.importer.refusal import RefusedCell

_DATE = re.compile(
    r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?",
    re.ASCII,
)
_LAST_MONTH = 12
_CENTURY_TURNS_AT = 70
_EARLIEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)


class DateStyle(StrEnum):
    """Which of the first two numbers of 05/02/2013 is the day."""

    AUTO = "auto"
    ISO = "iso"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A date's numbers as written; `iso` has the year first."""

    iso: bool
    first: int
    second: int
    third: int


@lru_cache(maxsize=20_000)
def split(text: str) -> Parts | None:
    """The numbers of a date, None when it is no date in any style."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    first, _, second, third = found.groups()
    iso = len(first) == 4 and len(third) <= 2
    local = len(first) <= 2 and len(third) in (2, 4)
    if not (iso or local):
        return None
    year = int(third) if iso or len(third) == 4 else _full_year(int(third))
    return Parts(iso=iso, first=int(first), second=int(second), third=year)


def _full_year(two_digits: int) -> int:
    return two_digits + (1900 if two_digits >= _CENTURY_TURNS_AT else 2000)


class Evidence:
    """What a file's dates say about their style: the first line of each kind."""

    def __init__(self) -> None:
        self.day_first: int | None = None
        self.month_first: int | None = None
        self.either: int | None = None
        self.local = False

    def add(self, text: str, line: int) -> None:
        """Take one cell into account."""
        parts = split(text)
        if parts is None or parts.iso:
            return
        self.local = True
        if parts.first > _LAST_MONTH >= parts.second and self.day_first is None:
            self.day_first = line
        elif parts.second > _LAST_MONTH >= parts.first and self.month_first is None:
            self.month_first = line
        elif parts.first != parts.second and self.either is None:
            self.either = line

    def style(self, *, file: str) -> DateStyle:
        """The style all dates fit; raises InvalidInput when none or both do."""
        if self.day_first and self.month_first:
            raise InvalidInput(
                "--date-style",
                f"{file} writes the day first in line {self.day_first} and the month first in line "
                f"{self.month_first}; say --date-style day-first or month-first, "
                "and the rows that don't fit go to quarantine",
            )
        if self.month_first:
            return DateStyle.MONTH_FIRST
        if self.either and not self.day_first:
            raise InvalidInput(
                "--date-style",
                f"the dates of {file} (line {self.either}, for one) can be read day first or month first; "
                "say --date-style day-first or month-first",
            )
        return DateStyle.DAY_FIRST if self.local else DateStyle.ISO


def read_date(title: str, text: str, style: DateStyle) -> date:
    """The day a cell names; raises RefusedCell."""
    parts = split(text)
    if parts is None or (style is DateStyle.ISO and not parts.iso):
        raise RefusedCell(f"{title} is no date", text)
    year, month, day = _ordered(parts, style)
    try:
        found = date(year, month, day)
    except ValueError:
        raise RefusedCell(f"{title} is no date", text) from None
    if not _EARLIEST <= found <= _LATEST:
        raise RefusedCell(f"{title} lies outside 1900 to 2199", text)
    return found


def _ordered(parts: Parts, style: DateStyle) -> tuple[int, int, int]:
    if parts.iso:
        return parts.first, parts.second, parts.third
    if style is DateStyle.MONTH_FIRST:
        return parts.third, parts.first, parts.second
    return parts.third, parts.second, parts.first
