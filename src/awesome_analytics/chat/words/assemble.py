"""A draft made into a Query, with the usual reading of what was left open."""

from dataclasses import replace
from decimal import Decimal

from awesome_analytics.chat.words import newcomers
from awesome_analytics.chat.words.draft import ENTITIES, Draft, Note, Setting, Unclear
from awesome_analytics.chat.words.ranking import USUAL, form_of
from awesome_analytics.chat.words.reading import Assumption, Choice
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Grain, Period, around
from awesome_analytics.semantic.query import (
    Filter,
    Form,
    Having,
    LimitPer,
    Members,
    Op,
    Order,
    Query,
    Role,
    Shown,
    Time,
)

_RETURN_FIGURES = frozenset({"returns", "returned_units", "returned_sales", "returned_lines"})
_DETAILS = ("sales", "units", "profit", "margin")
_DEFAULTS = {"customer": ("sales", "orders"), "order": ("sales", "units", "profit"), "product": _DETAILS}


def assemble(draft: Draft, setting: Setting) -> tuple[Query, tuple[Assumption, ...]]:
    """The Query a draft stands for, and how what was open was read."""
    _metrics(draft)
    _role(draft)
    _movers(draft)
    newcomers.settle(draft, setting)
    _members(draft)
    query = Query(
        metrics=_shown(draft),
        dimensions=tuple(draft.dims),
        filters=tuple(draft.filters),
        members=tuple(draft.members),
        having=tuple(draft.having),
        time=_time(draft),
        compare=draft.compare,
        part=tuple(draft.part),
        part_members=tuple(draft.part_members),
        share_of=tuple(dict.fromkeys(draft.share_of)),
    )
    query = _ordered(draft, query)
    _ask_lone(query, setting)
    return query, tuple(_assumption(note, query, setting) for note in draft.notes)


def _metrics(draft: Draft) -> None:
    """What is shown where no figure was named."""
    if draft.ranked_by is None and draft.metrics and draft.shows_beside and draft.limit:
        draft.ranked_by = "sales"
        draft.note("by sales", *((f"by {name}", name) for name in draft.metrics[:1]))
    if draft.ranked_by and draft.ranked_by != "growth":
        draft.add_metric(draft.ranked_by)
    if draft.counted and draft.having and draft.head in draft.dims:
        draft.metrics = [name for name in draft.metrics if name not in draft.counters]
        draft.note("one row for each that meets it")
    for having in draft.having:
        draft.add_metric(having.metric.metric)
    if not draft.metrics:
        _usual_metrics(draft)


def _usual_metrics(draft: Draft) -> None:
    """The figures of a condition, the details of a list, or sales."""
    own = [
        having.metric.metric
        for members in draft.members
        if members.entity in draft.dims
        and not members.negate
        and members.time is None
        and not members.filters
        for having in members.having
    ]
    for name in own:
        draft.add_metric(name)
    if draft.metrics and draft.head in draft.dims:
        return
    if draft.rank is not None or draft.compare or draft.share or not (draft.listed or draft.dims):
        if draft.rank or draft.compare or draft.share or draft.placed or draft.period:
            draft.add_metric("sales")
            draft.note("by sales", ("by profit", "profit"), ("by units", "units"))
    else:
        returns = any(name.startswith("return_") for name in draft.dims)
        names = ("returns",) if returns else _DEFAULTS.get(draft.head, ("sales",))
        for name in names:
            draft.add_metric(name)
        if len(names) == 1 and not draft.listed:
            draft.note("by sales", ("by profit", "profit"), ("by orders", "orders"))


def _movers(draft: Draft) -> None:
    """Which regions declined: only those that did."""
    least_lost = draft.ranks_movement and draft.moved == "decline" and draft.rank and draft.rank.descending
    movers = draft.moves_only and draft.rank is None and draft.moved in ("growth", "decline")
    if draft.compare and (movers or least_lost):
        op = Op.GT if draft.moved == "growth" else Op.LT
        draft.having.append(Having(metric=Shown(draft.metrics[0], Form.CHANGE), op=op, values=(Decimal(0),)))


def _role(draft: Draft) -> None:
    """Returns are dated by the day they came back, unless sales stand beside them."""
    only_returns = bool(draft.metrics) and set(draft.metrics) <= _RETURN_FIGURES
    dated = draft.period is not None or any(
        name.startswith("order_") and _is_part(name) for name in draft.dims
    )
    if draft.role is None and only_returns and dated:
        draft.role = Role.RETURNED
        draft.note("by return date")
    prefix = {Role.SHIPPED: "ship_", Role.RETURNED: "return_"}.get(draft.role or Role.ORDERED)
    if prefix is None:
        return
    draft.dims = [
        prefix + name.removeprefix("order_") if name.startswith("order_") and _is_part(name) else name
        for name in draft.dims
    ]
    draft.per_group = [
        prefix + name.removeprefix("order_") if name.startswith("order_") and _is_part(name) else name
        for name in draft.per_group
    ]


def _is_part(name: str) -> bool:
    return name != "order_priority"


def _members(draft: Draft) -> None:
    """A condition on a thing that is listed is one on its rows; on one that is counted, on its members."""
    kept = []
    for placed in draft.placed:
        held = placed.condition
        if not isinstance(held, Members):
            kept.append(placed)
            continue
        plain = not held.negate and held.time is None and not held.filters and held.top is None
        listed = held.entity in draft.dims and draft.dims == [held.entity]
        known = all(having.metric.metric in draft.metrics for having in held.having)
        if plain and listed and known and not draft.compare:
            draft.having.extend(held.having)
            continue
        kept.append(type(placed)(at=placed.at, condition=_with_time(draft, held)))
    draft.placed = kept
    draft.part_members = [_with_time(draft, held) for held in draft.part_members]


def _with_time(draft: Draft, members: Members) -> Members:
    """The figures of a member are taken in the question's own period and goods, unless it names others."""
    if members.time is not None or members.negate:
        return members
    if members.top:
        role = draft.role or Role.ORDERED
        time = Time(period=Period(draft.period), role=role) if draft.period else None
        return replace(members, filters=tuple(draft.filters), time=time)
    filters = members.filters or tuple(
        held for held in draft.filters if held.field not in ("return_status", "return_reason")
    )
    time = (
        Time(period=Period(draft.period), role=_order_role(draft))
        if draft.period and not members.filters
        else None
    )
    return replace(members, filters=filters, time=time)


def _order_role(draft: Draft) -> Role:
    return Role.ORDERED if draft.role in (None, Role.RETURNED) else draft.role


def _shown(draft: Draft) -> tuple[Shown, ...]:
    """Each metric and the forms asked of it."""
    made: list[Shown] = []
    if draft.share is not None:
        for name in draft.metrics:
            made += (
                [Shown(name, Form.SHARE), Shown(name)]
                if not (draft.part or draft.part_members)
                else [Shown(name, Form.SHARE)]
            )
        return tuple(made)
    for name in draft.metrics:
        made.append(Shown(name))
        forms = draft.forms if draft.compare or Form.RUNNING in draft.forms else []
        made += [Shown(name, form) for form in dict.fromkeys(forms) if form and form is not Form.SHARE]
    return tuple(made)


def _time(draft: Draft) -> Time | None:
    if draft.period is None or draft.period == "all":
        return None
    return Time(period=Period(draft.period), role=draft.role or Role.ORDERED)


def _ordered(draft: Draft, query: Query) -> Query:
    """Put the order and the limits; groups keep their own first rows."""
    if draft.order:
        return query.but(order=tuple(draft.order), limit=draft.limit)
    if draft.skip and (draft.rank is None or not draft.dims or not draft.limit):
        raise Unclear("The second, third or so of what? Name what to rank: products, regions, months?")
    if draft.rank is None or not draft.dims:
        return query
    by = draft.ranked_by if draft.ranked_by and draft.ranked_by != "growth" else draft.metrics[0]
    shown = Shown(by, form_of(draft) if draft.ranked_by == "growth" else Form.ITSELF)
    if shown not in query.metrics:
        shown = query.metrics[0]
    losing = not draft.ranks_movement and any(
        held.metric == shown and held.op is Op.LT and held.values == (Decimal(0),) for held in draft.having
    )
    order = (Order(by=str(shown), descending=draft.rank.descending and not losing),)
    if draft.per_group and draft.limit:
        dims = (*draft.per_group, *(name for name in draft.dims if name not in draft.per_group))
        groups = LimitPer(
            dimensions=tuple(draft.per_group),
            count=draft.limit if draft.limit != USUAL or _said(draft) else 1,
            skip=draft.skip,
        )
        return query.but(dimensions=dims, order=order, limit_per=groups)
    return query.but(order=order, limit=draft.limit, skip=draft.skip)


def _ask_lone(query: Query, setting: Setting) -> None:
    """The worst month of March 2014: there is nothing to choose from, so something else was meant."""
    if query.time is None or not query.limit or len(query.dimensions) != 1:
        return
    role, _, part = query.dimensions[0].partition("_")
    days = query.time.period.days(setting.today, setting.reckoning)
    if part not in set(Grain) or not query.time.role.value.startswith(role) or not (days.start and days.end):
        return
    begun = around(days.end, Grain(part), setting.reckoning).start
    if begun is not None and begun <= days.start:
        raise Unclear(f"That period has a single {part}: none to choose from. Its figure, or another period?")


def _said(draft: Draft) -> bool:
    return all(note.text != f"the {USUAL} first" for note in draft.notes)


def _assumption(note: Note, query: Query, setting: Setting) -> Assumption:
    choices: list[Choice] = []
    for label, metric in note.swap:
        made = swapped(query, query.metrics[0].metric, metric)
        if metric in setting.catalog.metrics and made is not None:
            choices.append((label, made))
    for label, old, new in note.fields:
        filters = tuple(
            Filter(field=new, op=held.op, values=held.values) if held.field == old else held
            for held in query.filters
        )
        choices.append((label, query.but(filters=filters)))
    return Assumption(text=note.text, alternatives=tuple(choices))


def swapped(query: Query, old: str, new: str) -> Query | None:
    """The same question about another metric; None when it is asked for already."""
    if any(shown.metric == new for shown in query.metrics):
        others = tuple(shown for shown in query.metrics if shown.metric == new)
        rest = tuple(shown for shown in query.metrics if shown.metric not in (new, old))
        metrics = (*others, *rest)
    else:
        metrics = tuple(Shown(new, held.form) if held.metric == old else held for held in query.metrics)
    order = tuple(
        Order(by=str(Shown(new, Shown.parse(held.by).form)), descending=held.descending)
        if held.by.partition(".")[0] == old
        else held
        for held in query.order
    )
    having = tuple(
        Having(metric=Shown(new, held.metric.form), op=held.op, values=held.values)
        if held.metric.metric == old
        else held
        for held in query.having
    )
    try:
        return query.but(metrics=metrics, order=order, having=having)
    except InvalidInput:
        return None


def is_entity(name: str) -> bool:
    """Whether a dimension's members can meet conditions of their own."""
    return name in ENTITIES
