"""Figures, dimensions and time."""

from datetime import date, datetime
from functools import partial
from typing import Literal

import streamlit as st

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.english import period as in_words
from awesome_analytics.semantic.query import Form, Query, Role, Shown, Time
from awesome_analytics.semantic.run import columns_of
from awesome_analytics.semantic.tiles import ALL, PRESETS
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.editor import fits
from awesome_analytics.web.editor.state import attempt

_CUSTOM = "custom"
_NONE = ""
_COMPARED = {_NONE: "Nothing", "previous": "The period before", "year_before": "The year before"}
_ROLES = {Role.ORDERED: "Order date", Role.SHIPPED: "Ship date", Role.RETURNED: "Return date"}


def figures(query: Query, found: Answers) -> None:
    """Which figures, in which forms: the forms of a metric are offered once it is chosen."""
    catalog = found.catalog
    offered = [Shown(metric.name) for metric in catalog.shown_metrics]
    for name in dict.fromkeys(shown.metric for shown in query.metrics):
        place = offered.index(Shown(name)) if Shown(name) in offered else -1
        forms = fits.forms(name, query, catalog, found.today)
        offered[place + 1 : place + 1] = [Shown(name, form) for form in forms if form is not Form.ITSELF]
    offered += [shown for shown in query.metrics if shown not in offered]
    texts = {str(shown): columns_of(Query(metrics=(shown,)), catalog)[0].label for shown in offered}
    st.session_state["qb_metrics"] = [str(shown) for shown in query.metrics]
    st.multiselect(
        "Figures",
        list(texts),
        format_func=lambda name: texts[name],
        key="qb_metrics",
        placeholder="Choose figures",
        help="Once a figure is chosen, its share, growth and running total are offered too, where they fit.",
        select_all=False,
        on_change=lambda: attempt(
            lambda: query.but(metrics=tuple(map(Shown.parse, st.session_state["qb_metrics"]))), catalog
        ),
    )


def dimensions(query: Query, found: Answers) -> None:
    """What the figures are split by."""
    catalog = found.catalog
    st.session_state["qb_dimensions"] = list(query.dimensions)
    st.multiselect(
        "Split by",
        list(catalog.dimensions),
        format_func=lambda name: catalog.dimensions[name].label,
        key="qb_dimensions",
        placeholder="Not split",
        select_all=False,
        on_change=lambda: attempt(
            lambda: query.but(dimensions=tuple(st.session_state["qb_dimensions"])), catalog
        ),
    )


def time(query: Query, found: Answers) -> None:
    """Of which stretch of time, by which date."""
    text = query.time.period.text if query.time else ALL
    known = [*PRESETS, _CUSTOM] if text in PRESETS else [*PRESETS, text, _CUSTOM]
    left, right = st.columns([5, 4], gap="small")
    st.session_state["qb_period"] = text
    left.selectbox(
        "Period",
        known,
        format_func=lambda name: "Dates …" if name == _CUSTOM else PRESETS.get(name) or _in_words(name),
        key="qb_period",
        accept_new_options=True,
        help="Choose one, or type one: 2014, 2014-Q3, 2014-06, 2014-W42, 2014-06..2014-08, last_90_days",
        on_change=partial(_take_period, query, found),
    )
    st.session_state["qb_role"] = query.time.role if query.time else Role.ORDERED
    right.selectbox(
        "By",
        list(_ROLES),
        format_func=lambda role: _ROLES[role],
        key="qb_role",
        on_change=partial(_take_period, query, found),
    )
    if query.time and ".." in text:
        _dates(query, found)
    _compare(query, found)


def _in_words(text: str) -> str:
    try:
        Period(text)
    except InvalidInput:
        return text
    return in_words(text)


def _take_period(query: Query, found: Answers) -> None:
    text, role = str(st.session_state["qb_period"]).strip(), Role(st.session_state["qb_role"])
    if text == _CUSTOM:
        held = query.time.period.days(found.today) if query.time else None
        first = held.start if held and held.start else found.today.replace(day=1)
        text = f"{first}..{held.end if held and held.end else found.today}"

    def change() -> Query:
        if text == ALL and role is Role.ORDERED:
            return query.but(time=None)
        return query.but(time=Time(period=Period(text.lower()), role=role))

    attempt(change, found.catalog)


def _dates(query: Query, found: Answers) -> None:
    assert query.time is not None
    days = query.time.period.days(found.today)
    key = f"qb_dates_{query.time.period.text}"
    given: list[date | datetime | str | Literal["today"] | None] = [d for d in (days.start, days.end) if d]
    st.date_input(
        "From and to", given, key=key, format="YYYY-MM-DD", on_change=partial(_take_dates, query, found, key)
    )


def _take_dates(query: Query, found: Answers, key: str) -> None:
    chosen = st.session_state[key]
    if len(chosen) == 2:
        role = query.time.role if query.time else Role.ORDERED
        text = f"{chosen[0]}..{chosen[1]}"
        attempt(lambda: query.but(time=Time(period=Period(text), role=role)), found.catalog)


def _compare(query: Query, found: Answers) -> None:
    """With what the figures are compared; the forms that need it are offered afterwards."""
    offered = [_NONE, *fits.comparisons(query, found.catalog, found.today)]
    now = query.compare or _NONE
    offered += [] if now in offered else [now]
    if len(offered) == 1:
        st.caption(
            "A comparison needs a period with both ends, or a split by day, week, month, quarter or year."
        )
        return
    st.session_state["qb_compare"] = now
    st.selectbox(
        "Compare with",
        offered,
        format_func=lambda name: _COMPARED.get(name) or _in_words(name),
        key="qb_compare",
        accept_new_options=True,
        help="Choose one, or type a period such as 2013. Then choose the change or the growth of a figure.",
        on_change=partial(_take_compare, query, found),
    )


def _take_compare(query: Query, found: Answers) -> None:
    chosen = str(st.session_state["qb_compare"] or "").strip().lower() or None

    def change() -> Query:
        if chosen is None or any(shown.form is Form.GROWTH for shown in query.metrics) or not query.metrics:
            return query.but(compare=chosen)
        # Who compares wants to see it: the first figure's growth comes along.
        growth = Shown(query.metrics[0].metric, Form.GROWTH)
        wanted = query.but(compare=chosen, metrics=(*query.metrics, growth))
        return wanted if fits.fits(wanted, found.catalog, found.today) else query.but(compare=chosen)

    attempt(change, found.catalog)
