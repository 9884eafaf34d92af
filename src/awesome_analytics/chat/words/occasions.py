"""Names of days and seasons with their dates beside them: Black Friday, 28 November 2014."""

from collections.abc import Sequence
from datetime import date

from awesome_analytics.chat.words.dates import WEEKDAYS, Point
from awesome_analytics.chat.words.draft import Unclear
from awesome_analytics.chat.words.lexicon import Lexicon, grammar
from awesome_analytics.chat.words.points import points
from awesome_analytics.chat.words.tokens import Token
from awesome_analytics.core.periods import Period

_BESIDE = frozenset({",", "(", "-", "–", "—", ":", "of", "in", "on", "from"})
_DAYS = frozenset({"day", "days"})


def left_out(tokens: list[Token], today: date, lexicon: Lexicon) -> list[Token]:
    """The words without an occasion's name where its dates are said as well, as only they are exact."""
    at, known = 0, points(tokens, today)
    while at < len(tokens):
        phrase = lexicon.at(tokens, at)
        if phrase is None or phrase[1].tag not in ("fuzzytime", "yearbefore"):
            at += 1
            continue
        is_name = phrase[1].tag == "fuzzytime"
        end = (
            _until_dates(tokens, at, phrase[0], known)
            if is_name
            else _until_bracket(tokens, at, phrase[0], known)
        )
        end = end or (is_name and _after_dates(tokens, at, phrase[0], known)) or 0
        if not end:
            at += phrase[0]
            continue
        closed = next((point.last + 1 for point in known if point.first == end), len(tokens))
        if closed < len(tokens) and tokens[closed].text in (",", ")"):
            tokens = [*tokens[:closed], *tokens[closed + 1 :]]
        tokens = [*tokens[:at], *tokens[end:]]
        known = points(tokens, today)
    return tokens


def weekdays_left_out(tokens: list[Token], today: date) -> list[Token]:
    """The words without a weekday right before its own date: Monday 7 October 2013.

    Raises Unclear where that day of that year was another weekday.
    """
    gone: set[int] = set()
    for point in points(tokens, today):
        at = point.first - 1 - (point.first > 1 and tokens[point.first - 1].text == ",")
        if point.kind != "day" or at < 0 or tokens[at].word not in WEEKDAYS:
            continue
        day = Period(point.in_year(point.year or today.year).period()).days(today).start
        if day is None:
            continue
        if WEEKDAYS[day.weekday()] == tokens[at].word:
            gone.update(range(at, point.first))
        elif point.year:
            true = WEEKDAYS[day.weekday()].title()
            said = tokens[at].word.title()
            raise Unclear(f"{day.day} {day:%B %Y} is a {true}, not a {said}. Which day do you mean?")
    return [token for at, token in enumerate(tokens) if at not in gone]


def _until_dates(tokens: Sequence[Token], at: int, size: int, known: Sequence[Point]) -> int:
    """Where the dates begin that follow a name; 0 where none do."""
    end, year = at + size, None
    while end < len(tokens):
        point = next((point for point in known if point.first == end), None)
        if point is not None and _says_when(tokens, at, size, point):
            return end if year is None or point.year == year.year else at + size
        if point is not None and point.kind == "year" and year is None:
            year, end = point, point.last + 1
        elif tokens[end].text in _BESIDE or tokens[end].word in _BESIDE:
            end += 1
        else:
            return 0
    return 0


def _until_bracket(tokens: Sequence[Token], at: int, size: int, known: Sequence[Point]) -> int:
    """Where the date in brackets begins behind the same month a year ago; 0 where none does."""
    mark = at + size
    if mark >= len(tokens) or tokens[mark].text != "(":
        return 0
    return next((point.first for point in known if point.first == mark + 1 and point.year), 0)


def _after_dates(tokens: Sequence[Token], at: int, size: int, known: Sequence[Point]) -> int:
    """Where a name ends that stands in brackets, or between commas, behind its dates."""
    mark = at - 1
    if mark < 1 or tokens[mark].text not in ("(", ","):
        return 0
    beside = [point for point in known if point.last == mark - 1]
    return at + size if beside and _says_when(tokens, at, size, beside[0]) else 0


def _says_when(tokens: Sequence[Token], at: int, size: int, point: Point) -> bool:
    """Whether dates are exact enough: days for a day, months for a season."""
    name = " ".join(token.word for token in tokens[at : at + size])
    return point.kind in _DAYS or (point.kind == "month" and name in grammar()["seasons"]["words"])
