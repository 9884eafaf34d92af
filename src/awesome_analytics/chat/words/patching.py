"""A Query changed by what a follow-up names: its metric, its split, its filters, its time, its length."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from awesome_analytics.chat.words import placing
from awesome_analytics.chat.words.draft import Draft, Setting
from awesome_analytics.chat.words.reading import Assumption
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.query import Filter, Form, Op, Order, Query, Role, Shown, Time

_FAMILIES = (frozenset({"category", "subcategory", "product"}), frozenset({"market", "region"}))
_COMPARED = (Form.BEFORE, Form.CHANGE, Form.GROWTH)
_DATED = ("_day", "_week", "_month", "_quarter", "_year", "_weekday", "_of_year")


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What a follow-up's small words say about how it changes the Query."""

    adds: bool = False
    points: bool = False
    narrows: bool = False
    series: bool = False
    compares: bool = False
    earlier: str = ""
    flips: bool = False
    counts: bool = False
    drops: bool = False
    asks: bool = False
    swaps: bool = False

    @classmethod
    def of(cls, said: Sequence[Span]) -> Self:
        """Read them off the spans."""
        tags = {span.tag for span in said}
        prior = next((s.stretch.text for s in said if s.stretch and s.stretch.prior), "")
        earlier = (
            "year"
            if "yearbefore" in tags or prior == "last_year"
            else "previous"
            if prior or "before" in tags
            else ""
        )
        return cls(
            swaps=any(span.text.lower() in ("replace", "swap", "instead") for span in said),
            adds="addto" in tags
            or (said[0].tag == "with" and said[0].text.lower().startswith("includ"))
            or any(span.tag == "and" and span.text.lower() == "also" for span in said),
            points="pronoun" in tags,
            narrows=bool(tags & {"only", "pronoun", "drill"}),
            series="series" in tags or "trend" in tags,
            compares=bool(tags & {"vs", "compare", "growth", "change", "decline"}),
            earlier=earlier,
            flips="flip" in tags,
            counts="howmany" in tags,
            drops="drop" in tags,
            asks=bool(tags & {"whatabout", "same", "instead", "and", "addto"}),
        )


def patched(
    query: Query, draft: Draft, hints: Hints, setting: Setting
) -> tuple[Query, tuple[Assumption, ...]]:
    """The Query with everything exchanged that the draft names."""
    notes: list[Assumption] = []
    _bare_nouns(query, draft, hints, setting)
    made = _with_filters(query, draft, hints)
    made = _with_metrics(made, draft, hints)
    made = _with_dimensions(made, draft, hints, notes)
    made = _with_time(made, draft, hints, setting)
    made = _with_forms(made, draft)
    made = placing.kept_within(_with_order(made, draft, hints), query)
    told = tuple(Assumption(text=note.text) for note in draft.notes if not note.text.startswith("by "))
    return made, (*told, *notes)


def _bare_nouns(query: Query, draft: Draft, hints: Hints, setting: Setting) -> None:
    """`what about products?` after a list is another list; after a number it is another number."""
    counted = {metric: name for name, metric in setting.lexicon.counts.items()}
    if hints.counts or len(draft.metrics) != 1 or draft.metrics[0] not in counted or draft.counted:
        return
    noun = counted[draft.metrics[0]]
    if noun == "order" and (draft.period or draft.placed) and not hints.asks:
        draft.metrics.clear()
        return
    texts = [name for name in query.dimensions if not name.endswith(_DATED)]
    if (texts and noun != "order") or noun in (
        "category",
        "subcategory",
        "region",
        "market",
        "segment",
        "ship_mode",
    ):
        draft.metrics.clear()
        draft.dims.append(noun)


def _with_metrics(query: Query, draft: Draft, hints: Hints) -> Query:
    names = list(draft.metrics)
    if draft.ranked_by and draft.ranked_by != "growth" and not names:
        names = [draft.ranked_by]
    shown = {held.metric for held in query.metrics}
    if hints.swaps and len(names) > 1:
        names = [name for name in names if name not in shown] or names
    if not names or (draft.implied and shown):
        return query
    if hints.adds or _sorts(draft):
        new = tuple(Shown(name) for name in names if Shown(name) not in query.metrics)
        return query.but(metrics=(*query.metrics, *new))
    forms = [held.form for held in query.metrics if held.metric == query.metrics[0].metric] or [Form.ITSELF]
    order = tuple(
        Order(by=str(Shown(names[0], Shown.parse(held.by).form)), descending=held.descending)
        if held.by not in query.dimensions
        else held
        for held in query.order
    )
    metrics = tuple(Shown(name, form) for name in names for form in forms)
    return query.but(
        metrics=metrics, order=order, having=() if query.having and not draft.having else query.having
    )


def _sorts(draft: Draft) -> bool:
    """Whether the metric is named to sort by, beside what is shown."""
    return (
        draft.rank is not None
        and draft.rank.tag == "rank"
        and draft.rank.last > 0
        and draft.ranked_by is not None
    )


def _with_filters(query: Query, draft: Draft, hints: Hints) -> Query:
    filters = list(query.filters)
    for new in draft.filters:
        old = next((held for held in filters if held.field == new.field and held.op is Op.IN), None)
        if hints.drops and old is not None and new.op is Op.NOT_IN and set(new.values) & set(old.values):
            rest = tuple(value for value in old.values if value not in new.values)
            filters = [held for held in filters if held is not old]
            if rest:
                filters.append(Filter(field=old.field, values=rest))
            continue
        if new.op is Op.IN:
            family = next((names for names in _FAMILIES if new.field in names), frozenset({new.field}))
            gone = frozenset({new.field}) if hints.narrows or new.field in draft.dims else family
            if draft.dims and not hints.narrows:
                gone = frozenset({new.field})
            filters = [held for held in filters if held.field not in gone or held.op is not Op.IN]
        filters = [held for held in filters if held != new] + [new]
    having = (*query.having, *draft.having)
    return query.but(filters=tuple(filters), members=(*query.members, *draft.members), having=having)


def _with_dimensions(query: Query, draft: Draft, hints: Hints, notes: list[Assumption]) -> Query:
    new = tuple(dict.fromkeys(draft.dims))
    if not new or new == query.dimensions:
        return query
    dated = [name for name in query.dimensions if name.endswith(_DATED)]
    kept = tuple(name for name in query.dimensions if name not in new)
    if all(name.endswith(_DATED) for name in new) and hints.series:
        kept = tuple(name for name in kept if name not in dated)
        dims = (*kept, *new)
    elif hints.adds or (hints.points and not _filters_on(draft, kept)):
        dims = (*kept, *new)
    else:
        dims = new
        if kept:
            both = query.but(dimensions=(*kept, *new), limit=None, skip=0, limit_per=None)
            notes.append(Assumption(text="instead of the split before", alternatives=(("both", both),)))
    order = tuple(held for held in query.order if held.by in dims or held.by not in query.dimensions)
    per = query.limit_per if query.limit_per and set(query.limit_per.dimensions) <= set(dims) else None
    limit = query.limit if len(dims) == len(query.dimensions) and not hints.series else None
    skip = query.skip if limit else 0
    return query.but(dimensions=dims, order=order, limit=limit, skip=skip, limit_per=per, share_of=())


def _filters_on(draft: Draft, kept: Sequence[str]) -> bool:
    return any(held.field in kept for held in draft.filters)


def _with_time(query: Query, draft: Draft, hints: Hints, setting: Setting) -> Query:
    role = draft.role or (query.time.role if query.time else Role.ORDERED)
    if hints.earlier and not hints.compares and query.time is not None:
        return query.but(time=Time(period=Period(_earlier(query, hints, setting)), role=role))
    if draft.period is not None:
        compare = query.compare if query.compare in (None, "previous", "year_before") else "year_before"
        return query.but(time=Time(period=Period(draft.period), role=role), compare=draft.compare or compare)
    if draft.compare is not None:
        return query.but(compare=draft.compare)
    if draft.role is not None and query.time is not None:
        return query.but(time=Time(period=query.time.period, role=role))
    return query


def _earlier(query: Query, hints: Hints, setting: Setting) -> str:
    """The period before the Query's own: a year back, or its own length."""
    assert query.time is not None
    days = query.time.period.days(setting.today, setting.reckoning)
    days = days.shifted_months(-12) if hints.earlier == "year" else days.previous()
    assert days.start is not None
    assert days.end is not None
    if (days.start.month, days.start.day, days.end.month, days.end.day) == (1, 1, 12, 31):
        years = (str(days.start.year), str(days.end.year))
        return years[0] if years[0] == years[1] else "..".join(years)
    return f"{days.start.isoformat()}..{days.end.isoformat()}"


def _with_forms(query: Query, draft: Draft) -> Query:
    """Shares and comparisons beside what was shown."""
    names = tuple(dict.fromkeys(held.metric for held in query.metrics))
    if draft.share is not None:
        if draft.part or draft.part_members:
            old = {held.field for held in draft.part}
            filters = tuple(
                held for held in query.filters if held not in draft.part and held.field not in old
            )
            shown = tuple(Shown(name, Form.SHARE) for name in names)
            return query.but(
                metrics=shown, filters=filters, part=tuple(draft.part), part_members=tuple(draft.part_members)
            )
        if not query.dimensions and query.filters:
            return query.but(
                metrics=tuple(Shown(n, Form.SHARE) for n in names), part=query.filters, filters=()
            )
        shown = tuple(Shown(name, form) for name in names for form in (Form.SHARE, Form.ITSELF))
        return query.but(metrics=shown)
    if draft.compare is not None or (query.compare and not any(h.form in _COMPARED for h in query.metrics)):
        shown = tuple(Shown(name, form) for name in names for form in (Form.ITSELF, *_COMPARED))
        return query.but(metrics=shown)
    if Form.RUNNING in draft.forms:
        shown = tuple(Shown(name, form) for name in names for form in (Form.ITSELF, Form.RUNNING))
        return query.but(metrics=shown)
    return query


def _with_order(query: Query, draft: Draft, hints: Hints) -> Query:
    if hints.flips and query.order:
        turned = tuple(Order(by=held.by, descending=not held.descending) for held in query.order)
        return query.but(order=turned)
    limit = 1 if draft.skip else draft.limit
    if draft.rank is None:
        return query if limit is None else query.but(limit=limit, skip=0)
    if draft.rank.text == "by" and query.order:
        return query
    if not query.dimensions:
        return query
    said = Shown(draft.ranked_by) if draft.ranked_by and draft.ranked_by != "growth" else query.metrics[0]
    metric = said if said in query.metrics else query.metrics[0]
    made = query.but(order=(Order(by=str(metric), descending=draft.rank.descending),))
    if (per := made.limit_per) is not None:
        return made.but(limit_per=replace(per, count=limit or per.count, skip=draft.skip))
    return made.but(limit=limit or made.limit, skip=draft.skip)
