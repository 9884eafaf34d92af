"""Questions that lean on the one before: when they do, and what of it they change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from awesome_analytics.chat.words import grammar, patching, specials
from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear
from awesome_analytics.chat.words.reading import Assumption, Turn
from awesome_analytics.chat.words.spans import Doubt, Span
from awesome_analytics.chat.words.values import Member
from awesome_analytics.core.periods import Reckoning
from awesome_analytics.semantic.query import Query, Time

_LEADS = frozenset(
    {"whatabout", "and", "addto", "same", "only", "except", "drop", "drill", "instead", "vs", "flip", "not"}
)
_MARKS = frozenset({"addto", "same", "instead", "pronoun", "drill", "flip", "drop"})
_FRESH = frozenset(["now", "ok", "okay", "so", "then", "great", "well", "alright", "right", "repeat"])

Read = tuple[Query, tuple[Assumption, ...]]


def year_of(context: Sequence[Turn], today: date, reckoning: Reckoning) -> int | None:
    """The year that the conversation is about, if its last question named one."""
    last = _last(context)
    if last is None or last.time is None:
        return None
    days = last.time.period.days(today, reckoning)
    return days.start.year if days.start and days.end and days.start.year == days.end.year else None


def with_member(spans: Sequence[Span], doubt: Doubt, member: Member) -> list[Span]:
    """The spans with a doubtful name settled."""
    return [
        replace(span, tag="val", members=(member,), contains=doubt.text if doubt.contains else "")
        if span.tag == "doubt" and span.text == doubt.text
        else span
        for span in spans
    ]


def read(spans: Sequence[Span], context: Sequence[Turn], setting: Setting) -> Read | None:
    """The last Query patched by the question; None for a question that stands by itself."""
    query = _last(context)
    if query is None:
        return None
    said = [span for span in spans if span.tag != "stop"]
    said = _corrected(said)
    known = {*query.dimensions, *(held.field for held in query.filters)}
    followed = [*(after.name in known for after in said[1:]), False][: len(said)]
    said = [
        replace(span, tag="pronoun") if span.tag == "rel" and noun else span
        for span, noun in zip(said, followed, strict=True)
    ]
    said = _without_where(said, query)
    pointed = _of_the_top(said, query, context, setting)
    if pointed is not query:
        said = [s for s in said if s.tag not in ("thing", "part") or s.name not in query.dimensions]
        query = pointed
    whole = specials.special(said, query, context)
    if whole is not None:
        return whole, ()
    board = Board(_without_marks(said))
    if not board.spans and not any(span.tag in ("yearbefore", "before", "per", "flip") for span in said):
        return None
    draft, board = grammar.read(
        board.spans,
        replace(setting, head=_head(query), metric=query.metrics[0].metric if query.metrics else ""),
    )
    if _stands_alone(said, draft) and not _narrows(said, draft, query):
        return None
    left = grammar.unread(board)
    if left:
        raise Unclear(f"I'm not sure what '{left[0].text}' means here. Could you say it in other words?")
    return patching.patched(query, draft, patching.Hints.of(said), setting)


def _corrected(said: list[Span]) -> list[Span]:
    """No, the EU, not the US: what is said instead, without what it takes the place of."""
    if len(said) < 2 or said[0].tag != "not" or said[0].text.lower() not in ("no", "not"):
        return said
    rest = said[1:]
    if rest[0].tag != "and" and said[0].text.lower() != "no":
        return said
    kept: list[Span] = []
    for at, span in enumerate(rest):
        wrong = at and rest[at - 1].tag == "not"
        if span.tag != "not" and not wrong:
            kept.append(span)
    while kept and kept[-1].tag == "and":
        kept.pop()
    while kept and kept[0].tag == "and":
        kept = kept[1:]
    return [replace(said[0], tag="whatabout", text="no"), *kept] if kept else said


def _without_where(said: list[Span], query: Query) -> list[Span]:
    """The best region inside that market: the market stays as it is."""
    fields = {held.field for held in query.filters}
    for at in range(len(said) - 2):
        where = said[at : at + 3]
        if [span.tag for span in where] == ["prep", "pronoun", "thing"] and where[2].name in fields:
            return [replace(where[1], tag="whatabout", text="there"), *said[:at], *said[at + 3 :]]
    return said


def _of_the_top(said: Sequence[Span], query: Query, context: Sequence[Turn], setting: Setting) -> Query:
    """Its sales, after the one best region was told: those of that region."""
    pointing = [span for span in said if span.tag == "pronoun"]
    if query.limit != 1 or not query.dimensions or not pointing:
        return query
    top = next((turn.top for turn in reversed(context) if turn.query is not None), None)
    if top is None:
        label = setting.catalog.dimension(query.dimensions[0]).label.lower()
        raise Unclear(f"Which {label} do you mean by '{pointing[0].text}'? Name it, please.")
    alone = query.but(dimensions=(), order=(), limit=None, skip=0, having=())
    if isinstance(top, Time):
        return alone.but(time=top)
    return alone.but(filters=(*(held for held in query.filters if held.field != top.field), top))


def _last(context: Sequence[Turn]) -> Query | None:
    return next((turn.query for turn in reversed(context) if turn.query is not None), None)


def _head(query: Query) -> str:
    return query.dimensions[-1] if query.dimensions else ""


def _without_marks(said: Sequence[Span]) -> list[Span]:
    """The question without the words that only say that it follows another."""
    compared = any(span.tag in ("vs", "compare", "growth", "change", "decline", "yoy") for span in said)
    if not compared:
        said = [
            s for s in said if s.tag not in ("yearbefore", "before") and not (s.stretch and s.stretch.prior)
        ]
    if said and said[0].tag == "with" and said[0].text.lower().startswith("includ"):
        said = said[1:]
    said = _without_old(said)
    marks = {"addto", "same", "instead", "drill", "flip", "whatabout"}
    kept = [span for span in said if span.tag not in marks]
    while kept and kept[0].tag in ("and", "or"):
        kept = kept[1:]
    return [replace(span, tag="except") if span.tag == "drop" else span for span in kept]


def _without_old(said: Sequence[Span]) -> list[Span]:
    """`Profit instead of sales` without what it takes the place of."""
    for at, span in enumerate(said):
        after = said[at + 1 :]
        if at and span.tag == "instead" and after and after[0].tag in ("prep", "vs", said[at - 1].tag):
            old = [held for held in after if held.tag == said[at - 1].tag][:1]
            old += [held for held in after[:1] if held.tag == "vs"]
            return [held for held in said if not any(held is each for each in old)]
    return list(said)


def _narrows(said: Sequence[Span], draft: Draft, query: Query) -> bool:
    """Which categories? The worst region? A few words that name no figure are about the answer before."""
    guessed = any(span.tag == "ranked" and span.name == draft.ranked_by for span in said)
    if (draft.ranked_by and not guessed) or draft.period or draft.placed or draft.having:
        return False
    if draft.explicit_metric:
        return False
    tags = {span.tag for span in said}
    if draft.rank is not None:
        return _ranks_on(said, draft, query)
    return tags <= {"which", "what", "list", "be", "prep", "thing", "part"} and len(draft.dims) == 1


def _ranks_on(said: Sequence[Span], draft: Draft, query: Query) -> bool:
    """Which region was best: of what was shown before, by its figure."""
    if draft.head == "order_day" and "order_weekday" in query.dimensions:
        draft.head, draft.dims = "order_weekday", ["order_weekday"]
    if draft.head in query.dimensions:
        return True
    led = said[0].tag in ("which", "what") or (said[0].tag in ("and", "whatabout") and len(said) > 1)
    if not led or not query.metrics or draft.limit != 1 or draft.ranked_by:
        return False
    draft.share, draft.forms = None, []
    draft.metrics.clear()
    return True


def _stands_alone(said: Sequence[Span], draft: Draft) -> bool:
    """Whether the question is complete and doesn't point back."""
    named = bool(draft.metrics or (draft.rank and draft.head) or (draft.listed and draft.head))
    marked = any(span.tag in _MARKS for span in said)
    lead = said[0]
    content = [span for span in said if span.tag not in ("whatabout", "and", "pronoun", "be")]
    fresh = lead.tag == "whatabout" and lead.text.lower() in _FRESH and len(content) > 1
    leading = lead.tag in _LEADS and not fresh
    if [span.tag for span in content] == ["met"] and len(said) == 1:
        leading = True  # a lone figure, in a conversation
    if marked or leading or (lead.tag == "prep" and not draft.metrics):
        return False
    if lead.tag == "by" and not draft.dims:
        return False
    return named
