"""Query Builder: every part of a Query by widgets, its answer beside them, to be kept and shared."""

from functools import partial

import streamlit as st

from awesome_analytics.app import roles
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic import formats
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Result
from awesome_analytics.web import cards, charts, files, shop, steady
from awesome_analytics.web.access import enter
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.charts import Kind
from awesome_analytics.web.editor import basics, conditions, desk, ending, measured, state
from awesome_analytics.web.shop import plain

_NO_ROWS = "No rows. Widen the period or take a filter away."
_NOT_LOADED = "The warehouse is still empty: the pipeline has not run yet. ETL Management starts it."


def show() -> None:
    """Draw the page."""
    username = enter(roles.STORE_MANAGER).username
    st.title("Query Builder")
    found = steady.found()
    if found is None:
        return
    with shop.told():
        desk.bar(username, found.catalog)
        desk.told()
        query = _query(found)
        if query is None:
            return
        left, right = st.columns([2, 3], gap="medium")
        with left:
            _editor(query, found)
        with right, shop.told():
            _answer(query, found, username)


def _query(found: Answers) -> Query | None:
    """The question in the address; one that can't be read is said, with a way on."""
    try:
        query = state.in_address()
        describe(query, found.catalog)
        return query
    except InvalidInput as error:
        shop.say(error)
        st.caption("This link can't be opened. Ask for it again, or start with a new question.")
        st.button("Start anew", key="builder_anew", on_click=partial(state.go, state.FIRST, chart=""))
        return None


def _editor(query: Query, found: Answers) -> None:
    failed = state.trouble()
    if failed:
        shop.say(failed)
    with st.container(border=True, key="builder_editor"):
        basics.figures(query, found)
        basics.dimensions(query, found)
        basics.time(query, found)
        st.markdown("**Filters**")
        conditions.filters(query, found)
        measured.members(query, found)
        st.markdown("**Rows**")
        measured.having(query, found)
        ending.order(query, found)
        ending.limits(query, found)
        ending.shares(query, found)
        ending.totals(query, found)


def _answer(query: Query, found: Answers, username: str) -> None:
    sentence = describe(query, found.catalog)
    st.markdown(f"**{plain(sentence)}.**")
    result = found(query)
    desk.remember(query, username)
    suited = charts.suits(result, found.catalog)
    with st.container(horizontal=True, vertical_alignment="bottom", key="builder_actions"):
        kind = _kind(suited)
        desk.keep(query, st.query_params.get("chart", ""))
        _exports(result, sentence)
    if not result.rows:
        st.info(_NO_ROWS if result.as_of else _NOT_LOADED, icon=":material/search_off:")
    else:
        with st.container(border=True, key="builder_answer"):
            cards.answer(result, kind, found.catalog, key=f"builder_{kind}_{hash(query.to_json())}")
        if kind is not Kind.TABLE:
            cards.table(result, key=f"builder_rows_{hash(query.to_json())}")
    _fine_print(result)


def _kind(suited: tuple[Kind, ...]) -> Kind:
    """The kind in the address where it fits, else the best one; a choice of the others."""
    asked = st.query_params.get("chart", "")
    kind = Kind(asked) if asked in suited else suited[0]
    if len(suited) > 1:
        st.session_state["builder_kind"] = kind
        st.segmented_control(
            "Chart",
            list(suited),
            format_func=lambda each: charts.LABELS[each],
            key="builder_kind",
            required=True,
            on_change=_take_kind,
        )
    return kind


def _take_kind() -> None:
    st.query_params["chart"] = str(st.session_state["builder_kind"])


def _exports(result: Result, sentence: str) -> None:
    with st.popover("Export", icon=":material/download:", key="builder_export"):
        name = files.file_name(sentence)
        st.download_button(
            "CSV",
            formats.to_csv(result),
            file_name=f"{name}.csv",
            mime="text/csv",
            key="builder_csv",
            on_click="ignore",
        )
        st.download_button(
            "Excel",
            files.to_xlsx(result, sentence=sentence),
            file_name=f"{name}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key="builder_xlsx",
            on_click="ignore",
        )


def _fine_print(result: Result) -> None:
    zone = shop.settings().timezone
    rows = f"{len(result.rows):,} {'row' if len(result.rows) == 1 else 'rows'}"
    as_of = (
        f"as of {formats.moment(result.as_of, zone)} ({zone.key})"
        if result.as_of
        else "before the first load"
    )
    stretch = f" · {formats.span(result.days)}" if result.query.time else ""
    before = f", compared with {formats.span(result.before)}" if result.before else ""
    st.caption(plain(f"{rows} · {as_of}{stretch}{before}"))
    with st.expander("SQL", icon=":material/code:", key="builder_sql"):
        st.code(result.sql, language="sql", wrap_lines=True)
        if result.values:
            st.caption("Values")
            st.code("\n".join(f"{name} = {value!r}" for name, value in result.values.items()), language=None)
