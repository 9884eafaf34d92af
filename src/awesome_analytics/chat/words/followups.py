"""Questions that lean on the one before: when they do, and those that are more than a patch."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from awesome_analytics.chat.words import grammar, patching
from awesome_analytics.chat.words.board import Board
from awesome_analytics.chat.words.draft import Draft, Setting, Unclear, at_least
from awesome_analytics.chat.words.reading import Assumption, Turn
from awesome_analytics.chat.words.spans import Doubt, Span
from awesome_analytics.chat.words.values import Member
from awesome_analytics.core.periods import Reckoning
from awesome_analytics.semantic.query import Form, Having, Members, Query, Shown

_LEADS = frozenset(
    {"whatabout", "and", "addto", "same", "only", "except", "drop", "drill", "instead", "vs", "flip", "not"}
)
_MARKS = frozenset({"addto", "same", "instead", "pronoun", "drill", "flip", "drop"})
_FRESH = frozenset(["now", "ok", "okay", "so", "then", "great", "well", "alright", "right", "repeat"])
_RETURNED = {
    "orders": "returned_orders", "units": "returned_units", "sales": "returned_sales",
    "lines": "returned_lines",
    "average_order_value": "returned_sales", "profit": "returned_sales",
}  # fmt: skip
_ENTITIES = {
    "orders": "order", "customers": "customer", "products": "product", "new_customers": "customer",
    "repeat_customers": "customer", "one_time_customers": "customer", "returning_customers": "customer",
}  # fmt: skip

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
    special = _special(said, query, context)
    if special is not None:
        return special, ()
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
        if at and span.tag == "instead" and after and after[0].tag == "prep":
            old = [held for held in after[1:] if held.tag == said[at - 1].tag][:1]
            return [held for held in said if not any(held is each for each in old)]
    return list(said)


def _narrows(said: Sequence[Span], draft: Draft, query: Query) -> bool:
    """Which categories? The worst region? A few words that name no figure are about the answer before."""
    if draft.ranked_by or draft.period or draft.placed or draft.having or draft.explicit_metric:
        return False
    tags = {span.tag for span in said}
    if draft.rank is not None:
        return draft.head in query.dimensions
    return tags <= {"which", "what", "list", "be", "prep", "thing", "part"} and len(draft.dims) == 1


def _stands_alone(said: Sequence[Span], draft: Draft) -> bool:
    """Whether the question is complete and doesn't point back."""
    named = bool(draft.metrics or (draft.rank and draft.head) or (draft.listed and draft.head))
    marked = any(span.tag in _MARKS for span in said)
    lead = said[0]
    leading = lead.tag in _LEADS and not (lead.tag == "whatabout" and lead.text.lower() in _FRESH)
    if marked or leading or (lead.tag == "prep" and not draft.metrics):
        return False
    if lead.tag == "by" and not draft.dims:
        return False
    return named


def _special(said: Sequence[Span], query: Query, context: Sequence[Turn]) -> Query | None:
    """The follow-ups that are more than a patch."""
    tags = [span.tag for span in said]
    has = set(tags)
    points = bool(has & {"pronoun", "num"}) or len(said) <= 2
    if "why" in has and not has & {"returned", "met", "thing"}:
        raise Unclear(
            "The books say what happened, not why. Shall I split it, to see where it comes from?",
            tuple(
                (
                    f"by {name.replace('_', ' ')}",
                    query.but(dimensions=(name,), limit=None, limit_per=None, order=()),
                )
                for name in ("category", "region", "segment", "order_month")
                if name not in query.dimensions
            ),
        )
    _ask_vague(has)
    if "new" in has and "pronoun" in has and query.metrics and query.metrics[0].metric == "customers":
        return query.but(metrics=(Shown("new_customers"),), order=(), limit=None)
    if (
        has & {"change", "growth", "compare"}
        and points
        and not has & {"yoy"}
        and not has & {"per", "val", "met", "part", "thing", "series"}
    ):
        return _difference(query, context)
    if (against := _against(said, query)) is not None:
        return against
    bare = has <= {"howmany", "howmuch", "be", "returned", "and", "share", "prep", "whatabout", "what", "not"}
    if "returned" in has and ("pronoun" in has or bare) and not has & {"who", "which", "part", "by"}:
        return _returned(query, share=bool(has & {"share"}), negated=bool(has & {"not", "no_returns"}))
    if (
        has & {"who", "which", "list", "what"}
        and has <= {"who", "which", "list", "what", "pronoun", "be", "and", "prep", "thing"}
        and ("pronoun" in has or tags in (["which"], ["who"]))
    ):
        return _members_of(query, said)
    return None


def _ask_vague(has: set[str]) -> None:
    """Follow-ups that point back without saying at what."""
    named = has & {"met", "thing", "part", "series", "per", "val", "by"}
    if named:
        return
    if has == {"both"}:
        raise Unclear("Both of what? Please name the two.")
    if "cutup" in has:
        raise Unclear("Split by what: category, region, segment, month?")
    if "bought" in has and "pronoun" in has and has & {"what", "whatdo"}:
        raise Unclear("Shall I list the categories, the sub-categories or the products?")


def _against(said: Sequence[Span], query: Query) -> Query | None:
    """Compare that with 2013; how does it compare to the same quarter last year; year over year."""
    tags = {span.tag for span in said}
    periods = [span for span in said if span.stretch]
    comparing_words = tags & {"vs", "compare", "yoy", "growth", "change"}
    if (
        query.time is None
        or not comparing_words
        or tags & {"met", "thing", "part", "series", "val", "rank", "ranked", "by"}
    ):
        return None
    if len(periods) == 1 and periods[0].stretch and not periods[0].stretch.ends and tags & {"vs", "compare"}:
        compare = "year_before" if periods[0].stretch.prior else periods[0].stretch.text
    elif not periods and tags & {"yearbefore", "yoy"}:
        compare = "year_before"
    elif not periods and tags & {"before", "growth", "change"}:
        compare = "previous"
    else:
        return None
    names = dict.fromkeys(held.metric for held in query.metrics)
    forms = (Form.ITSELF, Form.BEFORE, Form.CHANGE, Form.GROWTH)
    return query.but(metrics=tuple(Shown(name, form) for name in names for form in forms), compare=compare)


def _difference(query: Query, context: Sequence[Turn]) -> Query:
    """The two answers before, set against each other."""
    if query.compare is not None:
        return query
    earlier = [turn.query for turn in context if turn.query is not None]
    before = next((held for held in reversed(earlier[:-1]) if held != query), None)
    if before is None or before.metrics != query.metrics or before.dimensions != query.dimensions:
        raise Unclear("Which two figures should I set against each other?")
    changes = [
        name for name in ("time", "filters", "members") if getattr(before, name) != getattr(query, name)
    ]
    metric = query.metrics[0].metric
    shown = tuple(Shown(metric, form) for form in (Form.ITSELF, Form.BEFORE, Form.CHANGE, Form.GROWTH))
    if changes == ["time"] and query.time is not None and before.time is not None:
        start, other = (
            query.time.period.days(date(2000, 1, 1)).start,
            before.time.period.days(date(2000, 1, 1)).start,
        )
        turned = start is not None and other is not None and start < other
        now, then = (before.time, query.time) if turned else (query.time, before.time)
        return query.but(metrics=shown, time=now, compare=then.period.text)
    if changes == ["filters"] and len(query.filters) == len(before.filters) == 1:
        one, two = before.filters[0], query.filters[0]
        if one.field == two.field:
            both = replace(two, values=tuple(dict.fromkeys((*one.values, *two.values))))
            return query.but(filters=(both,), dimensions=(*query.dimensions, two.field))
    raise Unclear("Which two figures should I set against each other?")


def _returned(query: Query, *, share: bool, negated: bool) -> Query:
    """How many of those were returned."""
    metric = query.metrics[0].metric if query.metrics else "orders"
    plain = query.but(having=(), order=(), limit=None, compare=None, part=(), part_members=())
    if metric in ("customers", "products"):
        entity = _ENTITIES[metric]
        came = Members(entity=entity, having=(at_least("returned_lines"),), negate=negated)
        return plain.but(members=(*query.members, came))
    if share:
        return plain.but(metrics=(Shown("return_rate"),))
    if negated:
        came = Members(entity="order", having=(at_least("returned_lines"),), negate=True)
        return plain.but(members=(*query.members, came))
    return plain.but(metrics=(Shown(_RETURNED.get(metric, "returned_orders")),))


def _members_of(query: Query, said: Sequence[Span]) -> Query:
    """Who they are: the members that were counted, by name."""
    metric = query.metrics[0].metric if query.metrics else ""
    named = next((span.name for span in said if span.tag == "thing"), "")
    entity = named or _ENTITIES.get(metric) or (query.members[0].entity if query.members else "")
    if not entity:
        raise Unclear("Whom or what do you mean: customers, products or orders?")
    having: tuple[Having, ...] = query.having
    shown: tuple[Shown, ...] = (Shown("sales"), Shown("orders"))
    if metric.endswith("_customers"):
        having, shown = (*having, at_least(metric)), (Shown(metric), *shown)
    return query.but(dimensions=(entity,), metrics=shown, having=having, order=(), limit=None, compare=None)
