"""Conditions by figures: on the answer's rows, and on members by figures of their own."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from awesome_analytics.semantic.english import OPERATORS, describe
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Having, Members, Op, Query, Shown
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
    negate = st.toggle("None of those whose …", held.negate if held else False, key=f"{key}_negate")
    offered = [Shown(metric.name) for metric in catalog.shown_metrics]
    condition = _having_form(f"{key}_of", held.having[0] if held else None, offered=offered, catalog=catalog)
    rest = held.having[1:] if held else ()
    same = st.toggle(
        "In the period above only", bool(held and held.time), key=f"{key}_time", disabled=query.time is None
    )
    time = (held.time if held and held.time else query.time) if same else None
    return lambda: Members(
        entity=entity,
        having=(condition(), *rest),
        filters=held.filters if held else (),
        time=time,
        negate=negate,
    )
