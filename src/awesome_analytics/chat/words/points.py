"""The points in time among a question's words, where they are no amounts and no other words."""

import re
from collections.abc import Sequence
from datetime import date

from awesome_analytics.chat.words import dates, within
from awesome_analytics.chat.words.dates import Point
from awesome_analytics.chat.words.tokens import Token
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period

_FINDERS = tuple(
    (re.compile(rf"(?<!\S)(?:{text})(?!\S)"), maker) for text, maker in (*within.PATTERNS, *dates.PATTERNS)
)
_BEFORE_MAY = frozenset(
    [
        "in",
        "since",
        "until",
        "till",
        "from",
        "through",
        "to",
        "of",
        "for",
        "during",
        "before",
        "after",
        "between",
        "last",
        "this",
        "each",
        "every",
        "and",
        "vs",
        "by",
        "-",
    ]
)
_COUNTING = frozenset(
    ["than", "least", "most", "over", "under", "above", "below", "exceeding", "top", "bottom"]
)
_MORE = frozenset({"more", "less", "fewer", "greater", "higher", "larger", "lower", "smaller", "bigger"})
_RECENT = 6


def points(tokens: Sequence[Token], today: date) -> list[Point]:
    """The points in time among the words, the longest first where two overlap, in order."""
    text, starts = _joined(tokens)
    taken = [False] * len(tokens)
    found = []
    for finder, maker in _FINDERS:
        for match in finder.finditer(text):
            first, last = starts[match.start()], starts.get(match.end() + 1, len(tokens)) - 1
            if any(taken[first : last + 1]) or not _is_date(match[0], tokens, first, today):
                continue
            made = maker(match, today)
            if made is None:
                continue
            point = Point(first=first, last=last, **made)  # type: ignore[arg-type]
            if _exists(point):
                found.append(point)
                taken[first : last + 1] = [True] * (last + 1 - first)
    return sorted(found, key=lambda point: point.first)


def _joined(tokens: Sequence[Token]) -> tuple[str, dict[int, int]]:
    """All words with one space between them, and which word begins at each place."""
    starts, at = {}, 0
    for index, token in enumerate(tokens):
        starts[at] = index
        at += len(token.word) + 1
    return " ".join(token.word for token in tokens), starts


def _is_date(said: str, tokens: Sequence[Token], first: int, today: date) -> bool:
    """Whether words that may also mean something else are a date here."""
    before = tokens[first - 1].word if first else ""
    if re.fullmatch(r"(?:19|20)\d\d", said):
        return not tokens[first].unit and "," not in tokens[first].text and not _counts(tokens, first, today)
    if " / " in said:
        return before not in _COUNTING
    if said in ("may", "march", "mar", "sun", "sat"):
        return before in _BEFORE_MAY or (tokens[first].text[0].isupper() and first > 0)
    return True


def _counts(tokens: Sequence[Token], first: int, today: date) -> bool:
    """Whether a number that looks like a year is an amount: over 2000, more than 2014 units."""
    before, earlier = (tokens[first - n].word if first >= n else "" for n in (1, 2))
    if before == "than":
        return earlier in _MORE
    recent = today.year - _RECENT <= int(tokens[first].word) <= today.year
    return before in _COUNTING and not (recent and before == "over")


def _exists(point: Point) -> bool:
    try:
        Period(point.in_year(point.year or 2000).period())
    except InvalidInput:
        return False
    return True
