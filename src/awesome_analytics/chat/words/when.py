"""The period a question is about: in 2014, without 2013, March and May of each year."""

import itertools
from collections.abc import Sequence

from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.dates import MONTHS
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.core.periods import ONE_DAY, Period
from awesome_analytics.semantic.query import Filter, Op

_PARTS = {"year": "order_year", "quarter": "order_quarter", "month": "order_month", "day": "order_day"}


def read(board: Board, draft: Draft, setting: Setting) -> None:
    """Read the period that a question is about, if it names one."""
    excluded = board.take("except prep? p=per")
    if excluded is not None:
        _without(draft, excluded.one("p"))
    spans = board.all("per")
    board.remove(spans)
    board.take("only")
    if len(spans) > 1:
        spans = _merged(spans, setting)
    if not spans:
        return
    span = spans[0]
    assert span.stretch is not None
    stretch = span.stretch
    if draft.period is not None and draft.period != stretch.text:
        raise Unclear(f"Which period do you mean: {span.text}, or the others you named?")
    if (
        stretch.loose
        and stretch.loose[0] in ("month", "quarter")
        and "order_year" in draft.dims
        and stretch.guess
    ):
        _of_any_year(draft, stretch.loose, span.first)
        return
    if (
        len(stretch.ends) > 1
        and stretch.joined_by in ("and", "list")
        and not _touching(stretch.ends, setting)
    ):
        field = _PARTS.get(stretch.kind)
        if field is None:
            raise Unclear(f"Which periods do you mean by {span.text}?")
        draft.place(span.first, Filter(field=field, values=stretch.ends))
        draft.add_dim(field)
        return
    if stretch.guess and ".." in stretch.text and "order_year" in draft.dims:
        raise Unclear(f"I can show one month or quarter of each year, but not {span.text}. Which one?")
    draft.period = stretch.text
    _say_period(draft, span)


def _say_period(draft: Draft, span: Span) -> None:
    stretch = span.stretch
    assert stretch is not None
    if stretch.text.startswith("last_") and stretch.text.endswith("s"):
        draft.note(f"'{span.text}' includes today")
    if stretch.guess:
        draft.note(f"'{stretch.guess.strip()}' read as {stretch.text}")
    if stretch.joined_by in ("and", "list"):
        draft.note(f"{span.text} taken together")


def _of_any_year(draft: Draft, loose: tuple[str, int], at: int) -> None:
    kind, number = loose
    if kind == "month":
        draft.place(at, Filter(field="order_month_of_year", values=(MONTHS[number - 1].title(),)))
    else:
        draft.place(at, Filter(field="order_quarter_of_year", values=(f"Q{number}",)))


def _without(draft: Draft, span: Span) -> None:
    """Everything except 2013."""
    assert span.stretch is not None
    field = _PARTS.get(span.stretch.kind)
    values = span.stretch.ends or (span.stretch.text,)
    if field is None or ".." in values[0]:
        raise Unclear(f"I can't leave out {span.text}: name the period that should stay instead.")
    draft.place(span.first, Filter(field=field, op=Op.NOT_IN, values=values))


def _merged(spans: Sequence[Span], setting: Setting) -> list[Span]:
    """Periods of which one lies within all the others mean the innermost."""
    days = [
        Period(span.stretch.text).days(setting.today, setting.reckoning) for span in spans if span.stretch
    ]
    for span, inner in zip(spans, days, strict=True):
        if all(
            (outer.start is None or (inner.start is not None and inner.start >= outer.start))
            and (outer.end is None or (inner.end is not None and inner.end <= outer.end))
            for outer in days
        ):
            return [span]
    names = " and ".join(span.text for span in spans)
    raise Unclear(f"You named several periods, {names}: should they be compared, or which one do you mean?")


def _touching(ends: Sequence[str], setting: Setting) -> bool:
    """Whether periods follow each other without a gap."""
    spans = [Period(end).days(setting.today, setting.reckoning) for end in ends]
    spans.sort(key=lambda days: days.start or setting.today)
    return all(
        one.end is not None and two.start is not None and one.end + ONE_DAY == two.start
        for one, two in itertools.pairwise(spans)
    )
