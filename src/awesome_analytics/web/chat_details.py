"""Under "Data Details (Advanced)": what was understood, the SQL that ran, where it was added up."""

import json

import streamlit as st

from awesome_analytics.semantic import formats
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.run import Result
from awesome_analytics.web import shop
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.turns import Told


def draw(told: Told, result: Result | None, found: Answers) -> None:
    """The details of an answer, folded away."""
    with st.expander("Data Details (Advanced)", icon=":material/code:"):
        if told.query is not None:
            st.markdown(f"**{shop.plain(describe(told.query, found.catalog))}.**")
        st.caption(shop.plain(_origin(told, result)))
        sql = result.sql if result else told.sql
        if sql:
            st.caption("SQL")
            st.code(sql, language="sql", wrap_lines=True)
        if result and result.values:
            st.caption("Values")
            st.code("\n".join(f"{name} = {value}" for name, value in result.values.items()), language=None)
        if told.query is not None:
            st.caption("Query")
            st.code(json.dumps(told.query.to_dict(), indent=2, ensure_ascii=False), language="json")


def _origin(told: Told, result: Result | None) -> str:
    by = f"Read by the {told.engine}." if told.engine == "own engine" else f"Read by {_named(told.engine)}."
    if result is None:
        return by
    added = f" Added up from {', '.join(result.sources)}." if result.sources else ""
    zone = shop.settings().timezone
    moment = f" As of {formats.moment(result.as_of, zone)} ({zone.key})." if result.as_of else ""
    stretch = f" Period: {formats.span(result.days)}." if told.query is not None and told.query.time else ""
    return f"{by}{added}{stretch}{moment}"


def _named(engine: str) -> str:
    return {"gemini": "Gemini", "vanna": "Vanna with Gemini"}.get(engine, f"a {engine}")
