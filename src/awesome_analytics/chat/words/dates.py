"""The points in time that a question names: years, quarters, months, weeks, days, and moving ones."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
COUNTED = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "couple": 2, "dozen": 12,
}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4}
A_MONTH = (
    r"(?P<month>" + "|".join(sorted((*MONTHS, *(m[:3] for m in MONTHS), "sept"), key=len, reverse=True)) + ")"
)
A_YEAR = r"(?P<year>(?:19|20)\d\d)"
A_DAY = r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
A_COUNT = r"(?P<count>\d{1,3}|" + "|".join(COUNTED) + r")"
OF = r"(?: of| ,| in)?(?: the year)?"
_TILL = r"(?:-|–|to|through|until|and) (?:the )?(?P<until>\d{1,2})(?:st|nd|rd|th)?"
_WD = r"(?P<weekday>" + "|".join(WEEKDAYS) + ")"


_LOOSE = frozenset({"month", "quarter", "day", "days", "week", "half"})


@dataclass(frozen=True, kw_only=True)
class Point:
    """A stretch of time as named, over the words `first` to `last`; `year` is None where it was left out."""

    first: int
    last: int
    kind: str
    year: int | None = None
    number: int = 0
    day: int = 0
    text: str = ""
    prior: bool = False

    @property
    def is_loose(self) -> bool:
        """Whether its year was left out."""
        return self.year is None and self.kind in _LOOSE

    def in_year(self, year: int) -> "Point":
        """The same in a given year."""
        return replace(self, year=year)

    def period(self) -> str:
        """The text of the period; its year must be known."""
        return _WRITTEN[self.kind](self)


def _half(point: Point) -> str:
    return f"{point.year}-01..{point.year}-06" if point.number == 1 else f"{point.year}-07..{point.year}-12"


def _days(point: Point) -> str:
    month = f"{point.year}-{point.number:02d}"
    return f"{month}-{point.day:02d}..{month}-{int(point.text):02d}"


_WRITTEN: dict[str, Callable[[Point], str]] = {
    "year": lambda point: f"{point.year}",
    "half": _half,
    "quarter": lambda point: f"{point.year}-q{point.number}",
    "month": lambda point: f"{point.year}-{point.number:02d}",
    "week": lambda point: f"{point.year}-w{point.number:02d}",
    "day": lambda point: f"{point.year}-{point.number:02d}-{point.day:02d}",
    "days": _days,
    "named": lambda point: point.text,
}

Made = dict[str, object] | None


def month_of(found: re.Match[str]) -> int:
    """The number of the month that was named."""
    return next(n for n, name in enumerate(MONTHS, 1) if name.startswith(found["month"][:3]))


def a_year(found: re.Match[str]) -> int | None:
    """The year that was named; None where it was left out."""
    said = found.groupdict().get("year")
    return int(said) if said else None


def counted(found: re.Match[str]) -> int:
    """A count in figures or in letters."""
    said = found["count"]
    return int(said) if said.isdigit() else COUNTED[said]


def a_day(found: re.Match[str], _today: date) -> Made:
    """28 November 2014."""
    return {"kind": "day", "year": a_year(found), "number": month_of(found), "day": int(found["day"])}


def some_days(found: re.Match[str], today: date) -> Made:
    """1 to 15 March."""
    made = a_day(found, today) or {}
    return {**made, "kind": "days", "text": found["until"]}


def _week_around(found: re.Match[str], _today: date) -> Made:
    number = int(found["day"])
    if not 1 <= number <= monthrange(int(found["year"]), month_of(found))[1]:
        return None
    iso = date(int(found["year"]), month_of(found), number).isocalendar()
    return named(f"{iso[0]}-w{iso[1]:02d}")


def _iso(found: re.Match[str], _today: date) -> Made:
    year, month, day = (int(part) for part in found[0].split("-"))
    return {"kind": "day", "year": year, "number": month, "day": day}


def _slashed(found: re.Match[str], _today: date) -> Made:
    first, second, year = (int(part) for part in re.split(r"[/.]", found[0]))
    month, day = (second, first) if first > 12 or "." in found[0] else (first, second)
    return {"kind": "day", "year": year, "number": month, "day": day}


def _bucket(found: re.Match[str], _today: date) -> Made:
    return {"kind": "named", "text": found[0], "year": int(found[0][:4])}


def a_quarter(found: re.Match[str], _today: date) -> Made:
    """Q3, the third quarter."""
    said = found["quarter"]
    return {"kind": "quarter", "year": a_year(found), "number": _ORDINALS.get(said) or int(said[0])}


def a_half(found: re.Match[str], _today: date) -> Made:
    """H1, the first half."""
    said = found["half"].lstrip("h")[0]
    return {"kind": "half", "year": a_year(found), "number": 1 if said in "1f" else 2}


def ago(count: int, grain: str, today: date) -> Made:
    """So many days, weeks, months, quarters or years before today's."""
    if grain == "day":
        return named((today - timedelta(days=count)).isoformat())
    if grain == "week":
        iso = (today - timedelta(weeks=count)).isocalendar()
        return named(f"{iso[0]}-w{iso[1]:02d}")
    if grain == "year":
        return {"kind": "year", "year": today.year - count}
    index = today.year * 12 + today.month - 1 - (count if grain == "month" else 0)
    if grain == "month":
        return {"kind": "month", "year": index // 12, "number": index % 12 + 1}
    index = index // 3 - count
    return {"kind": "quarter", "year": index // 4, "number": index % 4 + 1}


def named(text: str) -> Made:
    """What is written as a period's own text."""
    return {"kind": "named", "text": text}


def _last_month_named(found: re.Match[str], today: date) -> Made:
    month = month_of(found)
    before = month < today.month or (found["which"] == "this" and month <= today.month)
    year = today.year if before else today.year - (found["which"] != "this")
    return {"kind": "month", "year": year, "number": month}


def _last_weekday(found: re.Match[str], today: date) -> Made:
    back = (today.weekday() - WEEKDAYS.index(found["weekday"])) % 7 or 7
    return named((today - timedelta(days=back)).isoformat())


def _current(found: re.Match[str], _today: date) -> Made:
    which = "this" if found["which"] in ("this", "current") else "last"
    grain = found["grain"].replace(" ", "_").replace("financial", "fiscal")
    prior = found["which"] not in ("this", "current", "last")
    if found["which"] == "past":
        return named(
            {"day": "yesterday", "week": "last_7_days", "year": "last_12_months"}.get(
                grain, f"last_1_{grain}s"
            )
        )
    made = "yesterday" if (which, grain) == ("last", "day") else f"{which}_{grain}"
    return {"kind": "named", "text": "today" if made == "this_day" else made, "prior": prior}


_TO_DATE = {"year": "ytd", "month": "mtd", "quarter": "qtd", "week": "wtd"}
_FY = r"(?:fiscal year|financial year|fiscal|fy)"

A_HALF = r"(?P<half>h1|h2|first half|second half|1st half|2nd half)"
_PAST = r"(?:the )?(?:last|past|previous|trailing|prior|rolling|latest|most recent)"
_CURRENTLY = r"(?:the )?(?P<which>this|current|last|previous|past|prior|preceding)"
_GRAIN = r"(?P<grain>day|week|month|quarter|year)s?"
_BEGAN = r"(?:since|from) the (?:start|beginning) of (?:the|this) "
NTH_QUARTER = r"(?:the )?(?P<quarter>first|second|third|fourth|last|final|[1-4](?:st|nd|rd|th)) quarter"


def _so_far(grain: str) -> str:
    return (
        rf"(?:the )?{grain} to date|{grain[0]}td|this {grain} so far|so far this {grain}|(?:{_BEGAN}{grain})"
    )


def a_month(found: re.Match[str], _today: date) -> Made:
    """March 2014."""
    return {"kind": "month", "year": a_year(found), "number": month_of(found)}


def a_week(found: re.Match[str], _today: date) -> Made:
    """Week 10."""
    return {"kind": "week", "year": a_year(found), "number": int(found["number"])}


PATTERNS: tuple[tuple[str, Callable[[re.Match[str], date], Made]], ...] = (
    (r"(?:19|20)\d\d-\d{1,2}-\d{1,2}", _iso),
    (r"\d{1,2}[/.]\d{1,2}[/.]\d{4}", _slashed),
    (r"(?:19|20)\d\d-(?:q[1-4]|w\d{1,2}|\d{2})", _bucket),
    (
        rf"(?:the )?week (?:of|from|starting|beginning)(?: on)? {A_DAY}(?: of)? {A_MONTH} {A_YEAR}",
        _week_around,
    ),
    (
        rf"(?:the )?week (?:of|from|starting|beginning)(?: on)? {A_MONTH} {A_DAY}(?: ,)? {A_YEAR}",
        _week_around,
    ),
    (rf"{A_DAY} {_TILL}(?: of)? {A_MONTH}(?:{OF} {A_YEAR})?", some_days),
    (rf"{A_MONTH} {A_DAY} {_TILL}(?:(?: ,)? {A_YEAR})?", some_days),
    (rf"{A_DAY}(?: of)? {A_MONTH}\b{OF} {A_YEAR}", a_day),
    (rf"{A_MONTH} {A_DAY}(?: ,| of)? {A_YEAR}", a_day),
    (rf"{A_MONTH}{OF} {A_YEAR}", a_month),
    (rf"{A_YEAR} {A_MONTH}", a_month),
    (rf"{A_DAY}(?: of)? {A_MONTH}", a_day),
    (rf"{A_MONTH} {A_DAY}", a_day),
    (rf"(?:the )?(?P<which>last|this|past|previous) {A_MONTH}", _last_month_named),
    (rf"{NTH_QUARTER}(?: of| in)? {A_YEAR}", a_quarter),
    (NTH_QUARTER.replace("|last|final", "") + "(?: of the year)?", a_quarter),
    (rf"(?:q|quarter |qtr )(?P<quarter>[1-4]){OF} {A_YEAR}", a_quarter),
    (rf"{A_YEAR} (?:q|quarter )(?P<quarter>[1-4])", a_quarter),
    (r"(?:q|quarter |qtr )(?P<quarter>[1-4])", a_quarter),
    (rf"(?:the )?{A_HALF}{OF} {A_YEAR}", a_half),
    (rf"{A_YEAR} {A_HALF}", a_half),
    (rf"(?:the )?{A_HALF}(?: of the year)?", a_half),
    (rf"(?:week|wk|cw) (?P<number>\d{{1,2}}){OF} {A_YEAR}", a_week),
    (r"(?:week|wk|cw) (?P<number>\d{1,2})", a_week),
    (rf"(?:fiscal year|financial year|fiscal|fy) ?{A_YEAR}", lambda f, _: named(f"fy{f['year']}")),
    (r"(?:fiscal year|financial year|fiscal|fy) ?(?P<year>\d\d)", lambda f, _: named(f"fy20{f['year']}")),
    (rf"{A_COUNT} (?P<grain>day|week|month|quarter|year)s? ago", lambda f, t: ago(counted(f), f["grain"], t)),
    (r"(?:the )?day before yesterday", lambda _, t: named((t - timedelta(days=2)).isoformat())),
    (_so_far("year"), lambda *_: named("ytd")),
    (_so_far("month"), lambda *_: named("mtd")),
    (_so_far("quarter"), lambda *_: named("qtd")),
    (_so_far("week"), lambda *_: named("wtd")),
    (rf"{_PAST} {A_COUNT} {_GRAIN}", lambda f, _: named(f"last_{counted(f)}_{f['grain']}s")),
    (r"ttm|trailing twelve months", lambda *_: named("last_12_months")),
    (rf"{_CURRENTLY} (?P<grain>fiscal year|financial year|day|week|month|quarter|year)", _current),
    (rf"(?:on )?(?:last|this past|past) {_WD}", _last_weekday),
    (r"today|this morning", lambda *_: named("today")),
    (r"yesterday", lambda *_: named("yesterday")),
    (rf"(?:the )?(?:calendar )?(?:year )?{A_YEAR}", lambda f, _: {"kind": "year", "year": a_year(f)}),
    (A_MONTH, a_month),
)
