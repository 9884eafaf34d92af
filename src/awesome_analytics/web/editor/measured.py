"""Conditions by figures: on the answer's rows, and on members by figures of their own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from awesome_analytics.semantic.english import OPERATORS, describe
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import MOST_ROWS, Having, Members, Op, Query, Shown, Top
from awesome_analytics.semantic.run import columns_of
from awesome_analytics.semantic.written import written
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.editor import fits
from awesome_analytics.web.editor.conditions import as_text, entries, numbers


def having(query: Query, found: Answers) -> None:
    """Conditions on the figures of the answer's rows."""
    offered = list(dict.fromkeys((*query.metrics, *(Shown(m.name) for m in found.catalog.shown_metrics))))
    entries(
        "having",
        query.having,
        found.catalog,
        add="Keep only rows where …",
        say=partial(_having_text, catalog=found.catalog),
        form=lambda key, held: _having_form(key, held, offered=offered, catalog=found.catalog),
        put=lambda held: query.but(having=held),
    )


def _having_text(each: Having, *, catalog: Catalog) -> str:
    column = columns_of(Query(metrics=(each.metric,)), catalog)[0]
    joined = " and " if each.op is Op.BETWEEN else ", "
    texts = [written(value, column.format) for value in each.values]
    return f"{column.label} {OPERATORS[each.op]} {joined.join(texts)}"


def _having_form(
    key: str, held: Having | None, *, offered: Sequence[Shown], catalog: Catalog
) -> Callable[[], Having]:
    every = [*offered, *([held.metric] if held and held.metric not in offered else [])]
    labels = {str(shown): columns_of(Query(metrics=(shown,)), catalog)[0].label for shown in every}
    names = list(labels)
    name = st.selectbox(
        "Figure",
        names,
        index=names.index(str(held.metric)) if held else 0,
        format_func=lambda each: labels[each],
        key=f"{key}_figure",
    )
    op = st.selectbox(
        "How",
        fits.FIGURES,
        index=fits.FIGURES.index(held.op) if held else 0,
        format_func=lambda each: OPERATORS[each],
        key=f"{key}_op",
    )
    values = numbers(f"{key}_{op}", op, [as_text(value) for value in held.values] if held else [])
    return lambda: Having(metric=Shown.parse(name), op=op, values=values())


# ---------------------------------------------------------------- on members


def members(
    query: Query, found: Answers, *, name: str = "members", add: str = "Only customers, orders or products …"
) -> None:
    """Conditions on an order, a customer or a product by figures of its own."""
    entries(
        name,
        getattr(query, name),
        found.catalog,
        add=add,
        say=partial(_members_text, catalog=found.catalog),
        form=partial(_members_form, query=query, catalog=found.catalog),
        put=lambda held: query.but(**{name: held}),
    )


def _members_text(each: Members, *, catalog: Catalog) -> str:
    bare = Query(dimensions=(catalog.entity(each.entity).dimension,), members=(each,))
    return describe(bare, catalog).partition(" where ")[2]


def _members_form(key: str, held: Members | None, *, query: Query, catalog: Catalog) -> Callable[[], Members]:
    names = list(catalog.entities)
    entity = st.selectbox(
        "Only",
        names,
        index=names.index(held.entity) if held else names.index("customer"),
        format_func=lambda each: catalog.entities[each].plural,
        key=f"{key}_entity",
    )
    negate = st.toggle("None of those …", held.negate if held else False, key=f"{key}_negate")
    by_place = st.radio(
        "Which",
        (False, True),
        index=int(held is not None and held.top is not None),
        format_func=lambda top: "the top ones" if top else "those whose figure …",
        horizontal=True,
        key=f"{key}_which",
    )
    chosen = (_top_form if by_place else _one_having)(f"{key}_of", held, catalog)
    same = st.toggle(
        "In the period above only", bool(held and held.time), key=f"{key}_time", disabled=query.time is None
    )
    time = (held.time if held and held.time else query.time) if same else None
    filters = held.filters if held else ()
    return lambda: replace(chosen(entity), filters=filters, time=time, negate=negate)


def _one_having(key: str, held: Members | None, catalog: Catalog) -> Callable[[str], Members]:
    """One condition on a figure; further ones stay as they are."""
    first = held.having[0] if held and held.having else None
    condition = _having_form(key, first, offered=_offered(catalog), catalog=catalog)
    rest = held.having[1:] if held else ()
    return lambda entity: Members(entity=entity, having=(condition(), *rest))


def _top_form(key: str, held: Members | None, catalog: Catalog) -> Callable[[str], Members]:
    """The first so many by a figure; conditions on figures stay as they are."""
    top = held.top if held and held.top else Top(count=10, by=Shown("sales"))
    names = [str(shown) for shown in dict.fromkeys((*_offered(catalog), top.by))]
    labels = {name: columns_of(Query(metrics=(Shown.parse(name),)), catalog)[0].label for name in names}
    count = st.number_input(
        "How many", min_value=1, max_value=MOST_ROWS, value=top.count, step=1, key=f"{key}_count"
    )
    down = st.radio(
        "With the",
        (True, False),
        index=0 if top.descending else 1,
        format_func=lambda falling: "highest" if falling else "lowest",
        horizontal=True,
        key=f"{key}_down",
    )
    by = st.selectbox(
        "Figure",
        names,
        index=names.index(str(top.by)),
        format_func=lambda each: labels[each],
        key=f"{key}_by",
    )
    made = Top(count=int(count), by=Shown.parse(by), descending=bool(down))
    return lambda entity: Members(entity=entity, having=held.having if held and held.top else (), top=made)


def _offered(catalog: Catalog) -> list[Shown]:
    return [Shown(metric.name) for metric in catalog.shown_metrics]
