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
_M = (
    r"(?P<month>" + "|".join(sorted((*MONTHS, *(m[:3] for m in MONTHS), "sept"), key=len, reverse=True)) + ")"
)
_Y = r"(?P<year>(?:19|20)\d\d)"
_D = r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_N = r"(?P<count>\d{1,3}|" + "|".join(COUNTED) + r")"
_OF = r"(?: of| ,| in)?(?: the year)?"
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


def _month(found: re.Match[str]) -> int:
    return next(n for n, name in enumerate(MONTHS, 1) if name.startswith(found["month"][:3]))


def _year(found: re.Match[str]) -> int | None:
    said = found.groupdict().get("year")
    return int(said) if said else None


def _count(found: re.Match[str]) -> int:
    said = found["count"]
    return int(said) if said.isdigit() else COUNTED[said]


def _day(found: re.Match[str], _today: date) -> Made:
    return {"kind": "day", "year": _year(found), "number": _month(found), "day": int(found["day"])}


def _some_days(found: re.Match[str], today: date) -> Made:
    made = _day(found, today) or {}
    return {**made, "kind": "days", "text": found["until"]}


def _week_around(found: re.Match[str], _today: date) -> Made:
    number = int(found["day"])
    if not 1 <= number <= monthrange(int(found["year"]), _month(found))[1]:
        return None
    iso = date(int(found["year"]), _month(found), number).isocalendar()
    return _named(f"{iso[0]}-w{iso[1]:02d}")


def _iso(found: re.Match[str], _today: date) -> Made:
    year, month, day = (int(part) for part in found[0].split("-"))
    return {"kind": "day", "year": year, "number": month, "day": day}


def _slashed(found: re.Match[str], _today: date) -> Made:
    first, second, year = (int(part) for part in re.split(r"[/.]", found[0]))
    month, day = (second, first) if first > 12 or "." in found[0] else (first, second)
    return {"kind": "day", "year": year, "number": month, "day": day}


def _bucket(found: re.Match[str], _today: date) -> Made:
    return {"kind": "named", "text": found[0], "year": int(found[0][:4])}


def _quarter(found: re.Match[str], _today: date) -> Made:
    said = found["quarter"]
    return {"kind": "quarter", "year": _year(found), "number": _ORDINALS.get(said) or int(said[0])}


def _half_year(found: re.Match[str], _today: date) -> Made:
    said = found["half"].lstrip("h")[0]
    return {"kind": "half", "year": _year(found), "number": 1 if said in "1f" else 2}


def _ago(found: re.Match[str], today: date) -> Made:
    count, grain = _count(found), found["grain"]
    if grain == "day":
        return _named((today - timedelta(days=count)).isoformat())
    if grain == "week":
        iso = (today - timedelta(weeks=count)).isocalendar()
        return _named(f"{iso[0]}-w{iso[1]:02d}")
    if grain == "year":
        return {"kind": "year", "year": today.year - count}
    index = today.year * 12 + today.month - 1 - (count if grain == "month" else 0)
    if grain == "month":
        return {"kind": "month", "year": index // 12, "number": index % 12 + 1}
    index = index // 3 - count
    return {"kind": "quarter", "year": index // 4, "number": index % 4 + 1}


def _named(text: str) -> Made:
    return {"kind": "named", "text": text}


def _last_month_named(found: re.Match[str], today: date) -> Made:
    month = _month(found)
    before = month < today.month or (found["which"] == "this" and month <= today.month)
    year = today.year if before else today.year - (found["which"] != "this")
    return {"kind": "month", "year": year, "number": month}


def _last_weekday(found: re.Match[str], today: date) -> Made:
    back = (today.weekday() - WEEKDAYS.index(found["weekday"])) % 7 or 7
    return _named((today - timedelta(days=back)).isoformat())


def _current(found: re.Match[str], _today: date) -> Made:
    which = "this" if found["which"] in ("this", "current") else "last"
    grain = found["grain"].replace(" ", "_").replace("financial", "fiscal")
    prior = found["which"] not in ("this", "current", "last")
    if found["which"] == "past":
        return _named(
            {"day": "yesterday", "week": "last_7_days", "year": "last_12_months"}.get(
                grain, f"last_1_{grain}s"
            )
        )
    made = "yesterday" if (which, grain) == ("last", "day") else f"{which}_{grain}"
    return {"kind": "named", "text": "today" if made == "this_day" else made, "prior": prior}


_TO_DATE = {"year": "ytd", "month": "mtd", "quarter": "qtd", "week": "wtd"}
_FY = r"(?:fiscal year|financial year|fiscal|fy)"

_HALF = r"(?P<half>h1|h2|first half|second half|1st half|2nd half)"
_PAST = r"(?:the )?(?:last|past|previous|trailing|prior|rolling|latest|most recent)"
_CURRENTLY = r"(?:the )?(?P<which>this|current|last|previous|past|prior|preceding)"
_GRAIN = r"(?P<grain>day|week|month|quarter|year)s?"
_BEGAN = r"(?:since|from) the (?:start|beginning) of (?:the|this) "
_NTH = r"(?:the )?(?P<quarter>first|second|third|fourth|last|final|[1-4](?:st|nd|rd|th)) quarter"


def _so_far(grain: str) -> str:
    return (
        rf"(?:the )?{grain} to date|{grain[0]}td|this {grain} so far|so far this {grain}|(?:{_BEGAN}{grain})"
    )


def _whole_month(found: re.Match[str], _today: date) -> Made:
    return {"kind": "month", "year": _year(found), "number": _month(found)}


def _whole_week(found: re.Match[str], _today: date) -> Made:
    return {"kind": "week", "year": _year(found), "number": int(found["number"])}


PATTERNS: tuple[tuple[str, Callable[[re.Match[str], date], Made]], ...] = (
    (r"(?:19|20)\d\d-\d{1,2}-\d{1,2}", _iso),
    (r"\d{1,2}[/.]\d{1,2}[/.]\d{4}", _slashed),
    (r"(?:19|20)\d\d-(?:q[1-4]|w\d{1,2}|\d{2})", _bucket),
    (rf"(?:the )?week (?:of|from|starting|beginning)(?: on)? {_D}(?: of)? {_M} {_Y}", _week_around),
    (rf"(?:the )?week (?:of|from|starting|beginning)(?: on)? {_M} {_D}(?: ,)? {_Y}", _week_around),
    (rf"{_D} {_TILL}(?: of)? {_M}(?:{_OF} {_Y})?", _some_days),
    (rf"{_M} {_D} {_TILL}(?:(?: ,)? {_Y})?", _some_days),
    (rf"{_D}(?: of)? {_M}\b{_OF} {_Y}", _day),
    (rf"{_M} {_D}(?: ,| of)? {_Y}", _day),
    (rf"{_M}{_OF} {_Y}", _whole_month),
    (rf"{_Y} {_M}", _whole_month),
    (rf"{_D}(?: of)? {_M}", _day),
    (rf"{_M} {_D}", _day),
    (rf"(?:the )?(?P<which>last|this|past|previous) {_M}", _last_month_named),
    (rf"{_NTH}(?: of| in)? {_Y}", _quarter),
    (_NTH.replace("|last|final", "") + "(?: of the year)?", _quarter),
    (rf"(?:q|quarter |qtr )(?P<quarter>[1-4]){_OF} {_Y}", _quarter),
    (rf"{_Y} (?:q|quarter )(?P<quarter>[1-4])", _quarter),
    (r"(?:q|quarter |qtr )(?P<quarter>[1-4])", _quarter),
    (rf"(?:the )?{_HALF}{_OF} {_Y}", _half_year),
    (rf"{_Y} {_HALF}", _half_year),
    (rf"(?:the )?{_HALF}(?: of the year)?", _half_year),
    (rf"(?:week|wk|cw) (?P<number>\d{{1,2}}){_OF} {_Y}", _whole_week),
    (r"(?:week|wk|cw) (?P<number>\d{1,2})", _whole_week),
    (rf"(?:fiscal year|financial year|fiscal|fy) ?{_Y}", lambda f, _: _named(f"fy{f['year']}")),
    (r"(?:fiscal year|financial year|fiscal|fy) ?(?P<year>\d\d)", lambda f, _: _named(f"fy20{f['year']}")),
    (rf"{_N} (?P<grain>day|week|month|quarter|year)s? ago", _ago),
    (r"(?:the )?day before yesterday", lambda _, t: _named((t - timedelta(days=2)).isoformat())),
    (_so_far("year"), lambda *_: _named("ytd")),
    (_so_far("month"), lambda *_: _named("mtd")),
    (_so_far("quarter"), lambda *_: _named("qtd")),
    (_so_far("week"), lambda *_: _named("wtd")),
    (rf"{_PAST} {_N} {_GRAIN}", lambda f, _: _named(f"last_{_count(f)}_{f['grain']}s")),
    (r"ttm|trailing twelve months", lambda *_: _named("last_12_months")),
    (rf"{_CURRENTLY} (?P<grain>fiscal year|financial year|day|week|month|quarter|year)", _current),
    (rf"(?:on )?(?:last|this past|past) {_WD}", _last_weekday),
    (r"today|this morning", lambda *_: _named("today")),
    (r"yesterday", lambda *_: _named("yesterday")),
    (rf"(?:the )?(?:calendar )?(?:year )?{_Y}", lambda f, _: {"kind": "year", "year": _year(f)}),
    (_M, _whole_month),
)
