"""Questions that lean on the one before: patches on its Query."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from awesome_analytics.chat.words.draft import Setting
from awesome_analytics.chat.words.reading import Assumption, Turn
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.chat.words.values import Member
from awesome_analytics.core.periods import Reckoning
from awesome_analytics.semantic.query import Query


def year_of(context: Sequence[Turn], today: date, reckoning: Reckoning) -> int | None:
    """The year that the conversation is about, if its last question named one."""
    last = next((turn.query for turn in reversed(context) if turn.query is not None), None)
    if last is None or last.time is None:
        return None
    days = last.time.period.days(today, reckoning)
    return days.start.year if days.start and days.end and days.start.year == days.end.year else None


def with_member(spans: Sequence[Span], text: str, member: Member) -> list[Span]:
    """The spans with a doubtful name settled."""
    return [
        replace(span, tag="val", members=(member,)) if span.tag == "doubt" and span.text == text else span
        for span in spans
    ]


def read(
    spans: Sequence[Span], context: Sequence[Turn], setting: Setting
) -> tuple[Query, tuple[Assumption, ...]] | None:
    """The last Query patched by the question; None for a question that stands by itself."""
    return None
