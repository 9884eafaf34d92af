"""Pieces that several pages draw alike: an answer as chart or table, and the menu beside it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import streamlit as st

from awesome_analytics.semantic import formats
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Column, Result
from awesome_analytics.semantic.written import rounded_as, written
from awesome_analytics.web import charts
from awesome_analytics.web.charts import Kind
from awesome_analytics.web.shop import plain

_NUMBERS = {"money": "dollar", "number": "localized", "decimal": "%.2f", "days": "%.2f", "percent": "%.1f%%"}
_ROW = 35


def answer(result: Result, kind: Kind, catalog: Catalog, *, key: str) -> None:
    """Draw an answer the way asked for."""
    if kind is Kind.NUMBER and result.rows:
        numbers(result, key=key)
    elif kind is Kind.TABLE or not result.rows:
        table(result, key=key)
    else:
        drawn = charts.picture(result, kind, catalog)
        chart(drawn, key=key)
        if drawn.left_out:
            st.caption(f"The chart leaves out {drawn.left_out:,} rows; the table has them all.")


def chart(drawn: charts.Picture, *, key: str, on_select: Callable[[], None] | None = None) -> None:
    """Draw a chart; with `on_select` a click on a member calls it."""
    if on_select is None:
        st.vega_lite_chart(spec=deepcopy(drawn.shipped), width="stretch", key=key, alt=drawn.words)
        return
    st.vega_lite_chart(
        spec=deepcopy(drawn.shipped),
        width="stretch",
        key=key,
        on_select=on_select,
        selection_mode=charts.PICKED,
        alt=drawn.words,
    )


def clicked(key: str) -> str | None:
    """The member clicked on in the chart of that key; None when the click took it away again."""
    state: Any = st.session_state.get(key)
    found = state["selection"].get(charts.PICKED) if state else None
    return str(found[0]["raw"]) if found else None


def numbers(result: Result, *, key: str) -> None:
    """The figures of a single row, each large."""
    with st.container(horizontal=True, key=f"{key}_numbers"):
        for column, value in zip(result.columns, result.rows[0], strict=True):
            st.metric(plain(column.label), plain(written(value, column.format)), width=240)


def table(result: Result, *, key: str, tallest: int = 560) -> None:
    """The rows, with the totals as the last one where the Query asks for them; `tallest` in pixels."""
    rows = [list(row) for row in result.rows]
    if result.totals:
        rows.append(["Total", *result.totals[1:]] if result.query.dimensions else list(result.totals))
    names = _headings(result.columns)
    data = {
        name: [_shown(row[place], column) for row in rows]
        for place, (name, column) in enumerate(zip(names, result.columns, strict=True))
    }
    settings = {
        name: st.column_config.NumberColumn(format=_NUMBERS.get(column.format))
        for name, column in zip(names, result.columns, strict=True)
        if column.is_metric
    }
    height = min(_ROW * (len(rows) + 1) + 3, tallest)
    # The widget's own download knows nothing of formulas; ours defuses them.
    st.html(
        "<style>[data-testid=stElementToolbar] button[aria-label^='Download as CSV'] {display: none}</style>"
    )
    st.dataframe(data, hide_index=True, column_config=settings, height=height, key=key)
    if result.truncated:
        st.caption(f"These are the first {len(result.rows):,} rows; there are more. Narrow the question.")


def _headings(columns: tuple[Column, ...]) -> list[str]:
    """Labels, each once."""
    made: list[str] = []
    for column in columns:
        made.append(column.label if column.label not in made else f"{column.label} ({column.name})")
    return made


def _shown(value: Any, column: Column) -> Any:
    """What the table widget takes: figures rounded as they are written, everything else as text."""
    if value is None:
        return None
    if not column.is_metric:
        return written(value, column.format)
    rounded = rounded_as(value, column.format)
    # Streamlit's own percent format drops zeros: 34% under 33.9%.
    return float(100 * rounded if column.format == "percent" else rounded)


def head(
    title: str,
    query: Query,
    result: Result,
    catalog: Catalog,
    *,
    key: str,
    builder: Any,
    definition: str = "",
) -> None:
    """A title with the menu at the end of its line."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False
    ):
        st.markdown(f"**{plain(title)}**", width="content")
        menu(title, query, result, catalog, key=key, definition=definition, builder=builder)


def menu(
    title: str, query: Query, result: Result, catalog: Catalog, *, key: str, definition: str, builder: Any
) -> None:
    """What can be done with a tile: read what it means, open it in the builder, take it away as a file."""
    label = f"More about {plain(title)}"
    with st.popover(label, icon=":material/more_horiz:", type="tertiary", key=f"awesome_menu_{key}"):
        st.markdown(f"**{plain(describe(query, catalog))}.**")
        if definition:
            st.caption(plain(definition))
        st.page_link(
            builder,
            label="Open in the Query Builder",
            icon=":material/tune:",
            query_params={"q": query.to_link()},
        )
        st.download_button(
            "Download as CSV",
            formats.to_csv(result),
            file_name=f"{key}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"{key}_csv",
            on_click="ignore",
        )
