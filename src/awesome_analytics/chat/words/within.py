"""Points in time inside others: November last year, the first week of March, weeks 10 to 12."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from awesome_analytics.chat.words import dates
from awesome_analytics.chat.words.dates import (
    A_COUNT,
    A_DAY,
    A_HALF,
    A_MONTH,
    A_YEAR,
    NTH_QUARTER,
    OF,
    Made,
    counted,
    month_of,
    named,
)
from awesome_analytics.core.periods import Days, Grain, around

_RELATIVE = r"(?:the )?(?P<relative>last year|this year|current year|year before last)"
_WHEN = rf"(?:{A_YEAR}|{_RELATIVE})"
_BACK = {"last year": 1, "this year": 0, "current year": 0, "year before last": 2}
_NTHS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}
_TILL = r"(?:-|–|to|through|until|till)"
_THE = r"(?:st|nd|rd|th)?"
_EXACTLY = rf"(?: \( (?:the )?(?P<day>\d{{1,2}}){_THE} {_TILL} (?:the )?(?P<until>\d{{1,2}}){_THE}(?: \))?)?"
_LAST = r"(?:last|previous|prior)"
_GRAINS = {"week": "w", "quarter": "q", "month": ""}
_MOST = {"week": 53, "quarter": 4, "month": 12}
_OLDEST = 15
_TO_DATE = {
    "ytd": Grain.YEAR, "year to date": Grain.YEAR, "qtd": Grain.QUARTER, "quarter to date": Grain.QUARTER,
    "mtd": Grain.MONTH, "month to date": Grain.MONTH,
}  # fmt: skip
_MONTHS = {"year": 12, "quarter": 3, "month": 1}

Maker = Callable[[re.Match[str], date], Made]


def _year(found: re.Match[str], today: date) -> int | None:
    """The year that was named, or how far back it lies; None where it was left out."""
    said = found.groupdict()
    if said.get("relative"):
        return today.year - _BACK[said["relative"]]
    return int(said["year"]) if said.get("year") else None


def _in_its_year(maker: Maker) -> Maker:
    """The same within last year, this year, or the year before last."""

    def made(found: re.Match[str], today: date) -> Made:
        inner = maker(found, today)
        return inner and {**inner, "year": _year(found, today)}

    return made


def _before_last(found: re.Match[str], today: date) -> Made:
    return dates.ago(2, found["grain"], today)


def _numbered_month(found: re.Match[str], _today: date) -> Made:
    """3/2014; not 2011/12, which may be two years."""
    year, number = int(found["year"]), int(found["number"])
    if found[0].startswith(found["year"]) and number == year % 100 + 1:
        return None
    return {"kind": "month", "year": year, "number": number}


def _week_of_month(found: re.Match[str], today: date) -> Made:
    """The first week of March is its first seven days, unless the days are named."""
    year, month = _year(found, today), month_of(found)
    until = monthrange(year or today.year, month)[1]
    start = 1 + 7 * (_NTHS[found["nth"]] - 1) if found["nth"] in _NTHS else until - 6
    end = min(until, start + 6)
    if found["day"]:
        start, end = int(found["day"]), int(found["until"])
    return {"kind": "days", "year": year, "number": month, "day": start, "text": str(end)}


def _edge_of_month(found: re.Match[str], today: date) -> Made:
    """The first ten days, the last two weeks of March 2014."""
    year, month = _year(found, today), month_of(found)
    until = monthrange(year or today.year, month)[1]
    size = (counted(found) if found["count"] else 1) * (7 if found["grain"] == "week" else 1)
    if not 1 <= size <= until:
        return None
    start, end = (1, size) if found["edge"] in ("first", "1st") else (until - size + 1, until)
    return {"kind": "days", "year": year, "number": month, "day": start, "text": str(end)}


def _edge_of_year(found: re.Match[str], today: date) -> Made:
    """The first three months, the last two quarters, the last ten days of 2014."""
    year, grain = _year(found, today) or today.year, found["grain"]
    size = counted(found) if found["count"] else 1
    is_first = found["edge"] in ("first", "1st")
    if grain in ("day", "week"):
        size *= 7 if grain == "week" else 1
        one = date(year, 1, 1) if is_first else date(year, 12, 31) - timedelta(days=size - 1)
        return named(f"{one.isoformat()}..{(one + timedelta(days=size - 1)).isoformat()}")
    months = size * (3 if grain == "quarter" else 1)
    if not 1 <= months <= 12:
        return None
    first, last = (1, months) if is_first else (13 - months, 12)
    return named(f"{year}-{first:02d}..{year}-{last:02d}")


def _numbers(found: re.Match[str], today: date) -> Made:
    """Weeks 10 to 12 of 2014; `and` joins neighbours only, but for between."""
    year = _year(found, today) or today.year
    first, last, grain = int(found["number"]), int(found["until"]), found["grain"]
    apart = found["joiner"] == "and" and not found[0].startswith("between") and last != first + 1
    if apart or not 1 <= first < last <= _MOST[grain]:
        return None
    one, two = (f"{year}-{_GRAINS[grain]}{n:0{1 if grain == 'quarter' else 2}d}" for n in (first, last))
    return named(f"{one}..{two}")


def _short_year(kind: str) -> Maker:
    """Q3 13: two figures after a quarter or a half are a year not long ago."""

    def made(found: re.Match[str], today: date) -> Made:
        year = 2000 + int(found["short"])
        if not today.year - _OLDEST <= year <= today.year:
            return None
        inner = (
            {"kind": "year"}
            if kind == "year"
            else (dates.a_quarter if kind == "q" else dates.a_half)(found, today)
        )
        return {**(inner or {}), "year": year}

    return made


def _so_far_then(found: re.Match[str], today: date) -> Made:
    """The year to date as it stood a year before; the month to date a month, or a year, before."""
    grain = _TO_DATE[found["what"]]
    back = found.groupdict().get("back") or found.groupdict().get("ahead") or str(grain)
    if _MONTHS[back] < _MONTHS[str(grain)]:
        return None
    start = around(today, grain).start
    days = Days(start=start, end=today).shifted_months(-_MONTHS[back])
    assert days.start
    assert days.end
    return named(f"{days.start.isoformat()}..{days.end.isoformat()}")


_WHAT = r"(?P<what>" + "|".join(_TO_DATE) + ")"
_UNRANKED = r"(?! (?:best|top|bottom|worst|biggest|largest|smallest|highest|lowest|most|days|weeks|months))"
_NTH_ALONE = NTH_QUARTER.replace("|last|final", "")
_EDGE = rf"(?:the )?(?P<edge>first|1st|last|final)(?: {A_COUNT})?"

PATTERNS: tuple[tuple[str, Maker], ...] = (
    (rf"{_WHAT}(?: of| for| in)? {_LAST} (?P<back>year|quarter|month)", _so_far_then),
    (rf"{_LAST} (?P<ahead>year|quarter|month) {_WHAT}", _so_far_then),
    (rf"{_LAST} {_WHAT}", _so_far_then),
    (r"(?:ytd|year to date) this year|this year ytd", lambda *_: named("ytd")),
    (
        rf"(?:the )?(?P<nth>{'|'.join(_NTHS)}|last) week (?:of|in) {A_MONTH}(?:{OF} {_WHEN})?{_EXACTLY}",
        _week_of_month,
    ),
    (rf"{_EDGE} (?P<grain>day|week)s? (?:of|in) {A_MONTH}(?:{OF} {_WHEN})?", _edge_of_month),
    (rf"{_EDGE} (?P<grain>day|week|month|quarter)s? (?:of|in) {_WHEN}", _edge_of_year),
    (rf"{A_DAY}(?: of)? {A_MONTH}{OF} {_RELATIVE}", _in_its_year(dates.a_day)),
    (rf"{A_MONTH} {A_DAY}{OF} {_RELATIVE}", _in_its_year(dates.a_day)),
    (rf"{A_MONTH}{OF} {_RELATIVE}", _in_its_year(dates.a_month)),
    (rf"{_RELATIVE} {A_MONTH}", _in_its_year(dates.a_month)),
    (rf"{NTH_QUARTER}(?: of| in) {_RELATIVE}", _in_its_year(dates.a_quarter)),
    (rf"{_NTH_ALONE} {_RELATIVE}", _in_its_year(dates.a_quarter)),
    (rf"(?:q|quarter )(?P<quarter>[1-4]){OF} {_RELATIVE}", _in_its_year(dates.a_quarter)),
    (rf"{_RELATIVE} (?:q|quarter )(?P<quarter>[1-4])", _in_its_year(dates.a_quarter)),
    (rf"(?:the )?{A_HALF}{OF} {_RELATIVE}", _in_its_year(dates.a_half)),
    (rf"week (?P<number>\d{{1,2}}){OF} {_RELATIVE}", _in_its_year(dates.a_week)),
    (
        rf"(?:between )?(?P<grain>week|quarter|month)s? (?P<number>\d{{1,2}}) (?P<joiner>{_TILL}|and)"
        rf" (?P<until>\d{{1,2}})(?:{OF} {_WHEN})?",
        _numbers,
    ),
    (rf"(?P<number>0?[1-9]|1[0-2]) / {A_YEAR}", _numbered_month),
    (rf"(?P<number>0[1-9]) - {A_YEAR}", _numbered_month),
    (rf"{A_YEAR} / (?P<number>0[1-9]|1[0-2])", _numbered_month),
    (rf"(?:q|quarter )(?P<quarter>[1-4]) (?P<short>\d\d){_UNRANKED}", _short_year("q")),
    (rf"(?P<half>h1|h2) (?P<short>\d\d){_UNRANKED}", _short_year("h")),
    (r"(?:(?<=by quarter )|(?<=per quarter ))(?P<short>\d\d)$", _short_year("year")),
    (r"(?:the )?(?P<grain>week|month|quarter|year) before last", _before_last),
)
"""Tried before the plain ones of `dates`, which are parts of them."""
