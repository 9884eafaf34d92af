"""Dashboard: the shop's figures at a glance, each a Query that can be narrowed, opened and taken away."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.core.periods import Days, Grain
from awesome_analytics.etl import history
from awesome_analytics.semantic import formats, readings, tiles
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Result
from awesome_analytics.semantic.tiles import Tile, View
from awesome_analytics.web import cards, charts, pins, range_bar, shop, steady
from awesome_analytics.web.access import enter, guard
from awesome_analytics.web.answers import Answers, freshness
from awesome_analytics.web.charts import Kind
from awesome_analytics.web.screens import builder, etl
from awesome_analytics.web.shop import plain

_LOOK_EVERY = 5
"""Seconds between two looks at whether the warehouse has moved."""


def show() -> None:
    """Draw the page."""
    username = enter(roles.STORE_MANAGER).username
    st.title("Dashboard")
    found = steady.found()
    if found is None:
        return
    with shop.told():
        _fresh(found)
        _page(found, username)
    _look_again(found.as_of)


def _page(found: Answers, username: str) -> None:
    first, last = (_day(found, last=last) for last in (False, True))
    if first is None or last is None:
        _empty(found)
        return
    view = range_bar.read_view()
    range_bar.toolbar(view, first, last)
    range_bar.narrowed(view, found)
    days = view.days(found.today)
    grain = tiles.grain_for(days if view.period != tiles.ALL else Days(start=first, end=last))
    _tiles(view, grain, found)
    _charts(view, grain, found)
    with shop.told():
        pins.show(found, username, _page_of_builder())


def _day(found: Answers, *, last: bool) -> date | None:
    rows = found(tiles.edge(last=last)).rows
    day = rows[0][0] if rows else None
    return day if isinstance(day, date) else None


# ---------------------------------------------------------------- how fresh, and what to do with no sales


def _fresh(found: Answers) -> None:
    """The moment up to which the figures are true, and how the last run went."""
    if found.as_of is None:
        return
    zone = shop.settings().timezone
    with shop.reader() as reader:
        last = history.runs(reader, limit=1)
    told = f"Fresh as of {formats.moment(found.as_of, zone)} ({zone.key})"
    state = last[0].status if last else ""
    if state == "FAILED":
        st.warning(
            f"{told}. The last run failed, so later sales are missing here.", icon=":material/sync_problem:"
        )
        st.page_link(_page_of_etl(), label="See what happened", icon=":material/sync:")
        return
    words = {"RUNNING": "a run is under way", "SUCCESS": "last run succeeded"}.get(state, "no run yet")
    st.caption(f"{told} · {words}")


@st.fragment(run_every=_LOOK_EVERY)
def _look_again(seen: datetime | None) -> None:
    """Draw the page anew once the warehouse has moved."""
    guard(roles.STORE_MANAGER)
    try:
        moved = freshness() != seen
    except (AwesomeError, *shop.LOST):
        return
    if moved:
        st.rerun()


def _empty(found: Answers) -> None:
    with st.container(border=True, key="empty_shop"):
        if found.as_of is None:
            st.subheader("No figures yet")
            st.markdown(
                "Sales come here through the pipeline, and it has not run yet.\n\n"
                "1. A Sales Associate records orders in **Data Entry**, or `awesome import` reads a file.\n"
                "2. Run the pipeline: it starts by itself every night, or now from **ETL Management**."
            )
        else:
            st.subheader("No sales yet")
            st.markdown(
                "The pipeline has run and found no order. Once a Sales Associate has recorded one under "
                "**Data Entry**, the next run brings it here."
            )
        st.page_link(_page_of_etl(), label="Go to ETL Management", icon=":material/sync:")


def _page_of_etl() -> st.Page:
    return st.Page(etl.show, title="ETL Management", url_path="etl")


def _page_of_builder() -> st.Page:
    return st.Page(builder.show, title="Query Builder", url_path="builder")


# ---------------------------------------------------------------- figures and charts


def _tiles(view: View, grain: Grain, found: Answers) -> None:
    days = view.days(found.today)
    comparable = view.period == tiles.ALL or (days.start is not None and days.end is not None)
    with st.container(key="tiles"):
        columns = st.columns([1.3, 1, 1.2, 0.9], gap="small")
        for place, tile in zip(columns, tiles.tiles(view, grain, comparable=comparable), strict=True):
            with place:
                _tile(tile, view, found)


def _tile(tile: Tile, view: View, found: Answers) -> None:
    with st.container(border=True, key=f"tile_{tile.key}", height="stretch"), shop.told():
        reading = readings.read(tile, view, found)
        result = found(tile.query)
        cards.head(
            tile.title,
            tile.query,
            result,
            found.catalog,
            key=tile.key,
            definition=reading.definition,
            builder=_page_of_builder(),
        )
        st.metric(
            tile.title,
            plain(reading.value),
            # The first letter tells the arrow's way: a sign must not be written as markdown.
            reading.delta and reading.delta.replace("$", "\\$"),
            delta_color="inverse" if reading.good == "down" else "normal",
            label_visibility="collapsed",
        )
        st.caption("  \n".join(plain(line) for line in (reading.beside, reading.note) if line))
        if len(reading.line) > 1:
            st.html(charts.sparkline(reading.line))


def _charts(view: View, grain: Grain, found: Answers) -> None:
    query = tiles.trend(view, grain, found.today)
    _chart(
        f"{_EACH[grain]} sales",
        query,
        Kind.LINE,
        found,
        key="trend",
        go=lambda raw: View(period=tiles.zoomed(raw, grain), compare=view.compare, picks=view.picks),
    )
    left, right = st.columns(2)
    query = tiles.breakdown(view)
    name = query.dimensions[0]
    inside = [view.picked[above] for above in tiles.DRILL if above in view.picked and above != name]
    with left:
        _chart(
            f"Sales by {found.catalog.dimension(name).label.lower()}"
            + (f" in {inside[-1]}" if inside else ""),
            query,
            Kind.BAR,
            found,
            key="breakdown",
            picked=view.picked.get(name),
            go=lambda raw: view.picking(name, raw),
        )
    with right:
        _chart(
            "Sales by customer segment",
            tiles.segments(view),
            Kind.BAR,
            found,
            key="segments",
            picked=view.picked.get("segment"),
            go=lambda raw: view.picking("segment", None if raw == view.picked.get("segment") else raw),
        )


_EACH = {Grain.DAY: "Daily", Grain.WEEK: "Weekly", Grain.MONTH: "Monthly"}


def _chart(
    title: str,
    query: Query,
    kind: Kind,
    found: Answers,
    *,
    key: str,
    go: Callable[[str], View],
    picked: str | None = None,
) -> None:
    with st.container(border=True, key=f"chart_{key}", height="stretch"), shop.told():
        result = found(query)
        definition = found.catalog.metric(query.metrics[0].metric).description
        cards.head(
            title, query, result, found.catalog, key=key, definition=definition, builder=_page_of_builder()
        )
        if not result.rows:
            st.info("No sales here. Choose another period or take a filter away.")
            return
        drawn = charts.picture(
            result, kind, found.catalog, picked=picked, clickable=True, names=_stretches(result)
        )
        # A chart of another question is another element: a click on the old one is no click on it.
        element = f"{key}_{hash((query.to_json(), picked))}"
        cards.chart(drawn, key=element, on_select=partial(_take_click, element, go))


def _stretches(result: Result) -> Mapping[str, str]:
    """What the two lines of a comparison are of."""
    if result.before is None:
        return {}
    return {"sales": formats.span(result.days), "sales.before": formats.span(result.before)}


def _take_click(element: str, go: Callable[[str], View]) -> None:
    raw = cards.clicked(element)
    if raw:
        range_bar.go(go(raw))
