"""What the dashboard looks at: its range, its comparison and its filters, all of them in the address."""

from datetime import date
from functools import partial

import streamlit as st

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic import tiles
from awesome_analytics.semantic.tiles import View
from awesome_analytics.web import shop
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.shop import plain

_CUSTOM = "custom"


def read_view() -> View:
    """The view in the address; an address that can't be read is said and left aside."""
    try:
        return View.read(st.query_params.to_dict())
    except InvalidInput as error:
        shop.say(error)
        st.caption("The link's range could not be read, so this is all time.")
        return View()


def go(view: View) -> None:
    """Put a view into the address."""
    st.query_params.from_dict(view.parameters())


def toolbar(view: View, first: date, last: date) -> None:
    """The range and what it is compared with."""
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    chosen = view.period if view.period in tiles.PRESETS else _CUSTOM
    st.session_state["dash_period"] = chosen
    left.selectbox(
        "Period",
        [*tiles.PRESETS, _CUSTOM],
        format_func=lambda name: tiles.PRESETS.get(name, "Custom range …"),
        key="dash_period",
        on_change=partial(_take_period, view, first, last),
    )
    if chosen == _CUSTOM:
        days = view.days(shop.today())
        middle.date_input(
            "From and to",
            (days.start or first, days.end or last),
            format="YYYY-MM-DD",
            key=f"dash_range_{view.period}",
            on_change=partial(_take_range, view),
        )
    st.session_state["dash_compare"] = view.compare
    right.segmented_control(
        "Compare with",
        list(tiles.COMPARISONS),
        format_func=lambda name: tiles.COMPARISONS[name],
        key="dash_compare",
        required=True,
        on_change=partial(_take_compare, view),
    )


def _take_period(view: View, first: date, last: date) -> None:
    chosen = st.session_state["dash_period"]
    go(
        View(
            period=f"{first}..{last}" if chosen == _CUSTOM else chosen, compare=view.compare, picks=view.picks
        )
    )


def _take_range(view: View) -> None:
    chosen = st.session_state[f"dash_range_{view.period}"]
    if len(chosen) == 2:
        go(View(period=f"{chosen[0]}..{chosen[1]}", compare=view.compare, picks=view.picks))


def _take_compare(view: View) -> None:
    go(View(period=view.period, compare=st.session_state["dash_compare"], picks=view.picks))


def narrowed(view: View, found: Answers) -> None:
    """Chips of what is picked, each to be taken away, and a menu to pick by name."""
    with st.container(horizontal=True, key="dash_filters"):
        with st.popover("Filter", icon=":material/filter_list:", key="dash_filter"):
            for name in ("category", "subcategory", "segment", "market", "region"):
                _pick_box(name, view, found)
        for name, member in view.picks:
            st.button(
                plain(f"{found.catalog.dimension(name).label}: {member}"),
                icon=":material/close:",
                key=f"dash_without_{name}",
                help="Take this filter away",
                on_click=partial(go, view.picking(name, None)),
            )


def _pick_box(name: str, view: View, found: Answers) -> None:
    rows = found(tiles.members(name, found.catalog)).rows
    known = [str(row[0]) for row in rows if row[0] is not None]
    member = view.picked.get(name)
    st.session_state[f"dash_pick_{name}"] = member
    st.selectbox(
        found.catalog.dimension(name).label,
        known if member is None or member in known else [*known, member],
        key=f"dash_pick_{name}",
        placeholder="All",
        index=None,
        on_change=partial(_take_pick, view, name),
    )


def _take_pick(view: View, name: str) -> None:
    go(view.picking(name, st.session_state[f"dash_pick_{name}"]))
