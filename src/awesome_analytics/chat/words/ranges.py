"""Points in time put together: ranges, open ends, and years that were left out."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from awesome_analytics.chat.words.dates import MONTHS, Point
from awesome_analytics.chat.words.points import points
from awesome_analytics.chat.words.tokens import Token
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period, Reckoning

_TO = frozenset({"to", "through", "thru", "until", "till", "-", "–", "—", "and"})
_SINCE = {("since",), ("starting",), ("starting", "in"), ("starting", "from"), ("beginning",), ("from",)}
_AFTER = {("after",), ("later", "than")}
_BEFORE = {("before",), ("prior", "to"), ("earlier", "than"), ("up", "until"), ("ahead", "of")}
_UNTIL = {("until",), ("till",), ("through",), ("up", "to"), ("by", "the", "end", "of"), ("up", "through")}
_UP_TO = frozenset({"the", "end", "of", "in", "to", "until"})
_ADVERBS = frozenset({"daily", "weekly", "monthly", "quarterly"})
_SET_APART = frozenset(
    {"compare", "compared", "comparing", "comparison", "vs", "versus", "against", "growth"}
)
_GRAINS = frozenset({"day", "week", "month", "quarter"})


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A period over the words `first` to `last`.

    `ends` are its points where it was named by several; `guess` is the name whose year was guessed.
    """

    first: int
    last: int
    text: str
    kind: str = ""
    ends: tuple[str, ...] = ()
    joined_by: str = ""
    guess: str = ""
    loose: tuple[str, int] | None = None
    prior: bool = False


def stretches(
    tokens: Sequence[Token], today: date, reckoning: Reckoning, year_hint: int | None = None
) -> list[Stretch]:
    """The periods among the words, in order, each with its year settled."""
    found = points(tokens, today)
    found = _with_lone_year(found, tokens)
    made: list[Stretch] = []
    index = 0
    while index < len(found):
        run = _run(tokens, found, index)
        joiner = _joiner(tokens, *run[:2]) if len(run) > 1 else ""
        if joiner:
            made.append(_joined(tokens, run, joiner, today, year_hint))
        else:
            made.append(_single(tokens, run[0], today, reckoning, year_hint))
        index += len(run)
    return [_checked(stretch, reckoning) for stretch in made]


def _run(tokens: Sequence[Token], found: Sequence[Point], index: int) -> list[Point]:
    """The points that belong together from one on: two ends of a range, or a list of any length."""
    run = [found[index]]
    for point in found[index + 1 :]:
        joiner = _joiner(tokens, run[-1], point)
        if not joiner or (len(run) > 1 and joiner not in ("and", "list")):
            break
        run.append(point)
        if joiner in ("to", "between"):
            break
    if len(run) > 1 and _joiner(tokens, run[-2], run[-1]) == "list" and len(run) == 2:
        return run[:1]
    return run


def _with_lone_year(found: list[Point], tokens: Sequence[Token]) -> list[Point]:
    """`December sales of 2014`: a lone year belongs to the months and quarters that have none."""
    years = [point for point in found if point.kind == "year"]
    loose = [point for point in found if point.is_loose]
    if len(years) != 1 or not loose or years[0].year is None:
        return found
    if _joined_points(tokens, found) and len(loose) < 2:
        return found
    if any(
        _joiner(tokens, one, two) in ("to", "between") and (two.number, two.day) < (one.number, one.day)
        for one, two in itertools.pairwise(loose)
        if one.kind == two.kind
    ):
        return found  # December to February lie in two years: which of them was named?
    year = years[0].year
    kept = [point for point in found if point is not years[0]]
    settled = [point.in_year(year) if point.is_loose else point for point in kept]
    # The year's own word is covered by the point next to it, so that nothing is left over.
    nearest = min(range(len(settled)), key=lambda at: abs(settled[at].last - years[0].first))
    return [replace(point, day=point.day) if at != nearest else point for at, point in enumerate(settled)] + [
        replace(years[0], kind="spent")
    ]


def _joined_points(tokens: Sequence[Token], found: Sequence[Point]) -> bool:
    return any(_joiner(tokens, one, two) for one, two in itertools.pairwise(found))


def _joiner(tokens: Sequence[Token], one: Point, two: Point | None) -> str:
    """The word that makes a range of two points: `to`, `-`, or the `and` of between."""
    if two is None or "spent" in (one.kind, two.kind):
        return ""
    between = [token.word for token in tokens[one.last + 1 : two.first]]
    before = tokens[one.first - 1].word if one.first else ""
    if between[:1] == ["up"]:
        between = between[1:]
    if between and between[0] in _TO and all(word in _UP_TO for word in between[1:]):
        if between[0] != "and":
            return "to"
        return "between" if before == "between" else "and"
    if between in ([], [","]) and _is_steps(tokens) and one.kind == two.kind == "year":
        # Quarterly profit 2013 2014: the steps run through both.
        return "and" if two.year == (one.year or 0) + 1 else ""
    return "list" if between in ([","], ["&"], ["or"]) and one.kind == two.kind else ""


def _is_steps(tokens: Sequence[Token]) -> bool:
    """Whether a row for every month, quarter or the like is asked for."""
    words = [token.word for token in tokens]
    if not _SET_APART.isdisjoint(words):
        return False
    return not _ADVERBS.isdisjoint(words) or any(
        one in ("by", "per", "each", "every") and two in _GRAINS for one, two in itertools.pairwise(words)
    )


def _joined(
    tokens: Sequence[Token], run: Sequence[Point], joiner: str, today: date, hint: int | None
) -> Stretch:
    guess = MONTHS[run[0].number - 1].title() if run[0].is_loose and run[-1].is_loose else ""
    run = [_settled(point, today, hint) for point in _with_years(run)]
    first = run[0].first
    if first and tokens[first - 1].word in ("from", "between"):
        first -= 1
    each = tuple(point.period() for point in run)
    return Stretch(
        first=first,
        last=run[-1].last,
        text=_span(each[0], each[-1]),
        kind=run[0].kind,
        ends=each,
        joined_by="from" if joiner == "to" and first < run[0].first else joiner,
        guess=guess if hint is None else "",
    )


def _with_years(run: Sequence[Point]) -> list[Point]:
    """Points that have no year take their neighbour's: June through August 2014, June 2013 to May."""
    made = list(run)
    for at in range(len(made) - 2, -1, -1):
        one, two = made[at], made[at + 1]
        if one.is_loose and two.year is not None and not two.is_loose:
            made[at] = one.in_year(two.year - ((one.number, one.day) > (two.number, two.day)))
    for at in range(1, len(made)):
        one, two = made[at - 1], made[at]
        if two.is_loose and one.year is not None and not one.is_loose:
            made[at] = two.in_year(one.year + ((two.number, two.day) < (one.number, one.day)))
    return made


def _span(start: str, end: str) -> str:
    """From the first day of one to the last day of the other."""
    return f"{start.split('..')[0]}..{end.split('..')[-1]}"


def _settled(point: Point, today: date, hint: int | None) -> Point:
    """The point with its year: the conversation's, or else the last time that it began."""
    if not point.is_loose:
        return point
    if hint is not None:
        return point.in_year(hint)
    this = Period(point.in_year(today.year).period()).days(today)
    return point.in_year(today.year if this.start and this.start <= today else today.year - 1)


def _single(
    tokens: Sequence[Token], point: Point, today: date, reckoning: Reckoning, hint: int | None
) -> Stretch:
    settled = _settled(point, today, hint) if point.kind != "spent" else point
    loose = (point.kind, point.number) if point.is_loose else None
    text = settled.period() if point.kind != "spent" else ""
    first, last = point.first, point.last
    guess = f"{' '.join(t.text for t in tokens[first : last + 1])}" if loose and hint is None else ""
    if point.kind != "spent":
        first, last, text = _opened(tokens, first, last, text, today, reckoning)
    return Stretch(
        first=first, last=last, text=text, kind=point.kind, guess=guess, loose=loose, prior=point.prior
    )


def _opened(
    tokens: Sequence[Token], first: int, last: int, text: str, today: date, reckoning: Reckoning
) -> tuple[int, int, str]:
    """`since`, `after`, `before` and `until` open a period to one side."""
    first = _from_its_start(tokens, first)
    one, two, four = (tuple(t.word for t in tokens[max(0, first - n) : first]) for n in (1, 2, 4))
    after = tuple(t.word for t in tokens[last + 1 : last + 3])
    days = Period(text).days(today, reckoning)
    for words in (four, two, one):
        size = len(words)
        if words in _BEFORE and days.start:
            return first - size, last, f"..{(days.start - timedelta(days=1)).isoformat()}"
        if words in _UNTIL:
            return first - size, last, f"..{text.split('..')[-1]}"
        if words in _AFTER and days.end:
            return first - size, last, f"{(days.end + timedelta(days=1)).isoformat()}.."
        if words in _SINCE and (words != ("from",) or after[:1] in (("on",), ("onward",), ("onwards",))):
            tail = 1 if words == ("from",) else 0
            return first - size, last + tail, f"{text.split('..')[0]}.."
    if after[:1] in (("onward",), ("onwards",)) or after == ("and", "later"):
        return first, last + len(after[:1]) + (after == ("and", "later")), f"{text.split('..')[0]}.."
    return first, last, text


def _from_its_start(tokens: Sequence[Token], first: int) -> int:
    """Where a period's words begin whose start was named: since the beginning of 2013."""
    before = [token.word for token in tokens[max(0, first - 4) : first]]
    for size in (3, 2):
        words = [word for word in before[-size:] if word != "the"]
        opens = before[-size - 1 : -size] in (["since"], ["from"], ["starting"])
        if opens and len(words) == 2 and words[0] in ("start", "beginning") and words[1] == "of":
            return first - size
    return first


def _checked(stretch: Stretch, reckoning: Reckoning) -> Stretch:
    """A stretch that ends before it begins is turned round."""
    if not stretch.text:
        return stretch
    try:
        Period(stretch.text)
        Period(stretch.text).days(date(2000, 1, 1), reckoning)
    except InvalidInput:
        if stretch.ends:
            return replace(stretch, text=_span(stretch.ends[-1], stretch.ends[0]), ends=stretch.ends[::-1])
        raise
    return stretch
