"""The Query in the address: read from it, exchanged in it, and what went wrong on the way."""

from collections.abc import Callable

import streamlit as st

from awesome_analytics.core.errors import UserError
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Order, Query, Shown
from awesome_analytics.web.editor import fits

FIRST = Query(
    metrics=(Shown("sales"),), dimensions=("category",), order=(Order(by="sales", descending=True),)
)
"""What the builder shows to who comes without a question."""

_TROUBLE = "builder_trouble"


def in_address() -> Query:
    """The Query that the address names; raises InvalidInput when the link is damaged."""
    link = st.query_params.get("q", "")
    return Query.from_link(link) if link else FIRST


def go(query: Query, *, chart: str | None = None) -> None:
    """Put a Query into the address; `chart` None keeps the kind asked for."""
    st.query_params["q"] = query.to_link()
    if chart is not None:
        if chart:
            st.query_params["chart"] = chart
        else:
            st.query_params.pop("chart", None)


def attempt(change: Callable[[], Query], catalog: Catalog, *clear: str) -> None:
    """Put the changed Query into the address, or note why it can't be; `clear` are fields to empty then."""
    try:
        go(fits.tidied(change(), catalog))
    except UserError as error:
        st.session_state[_TROUBLE] = error
        return
    for key in clear:
        st.session_state.pop(key, None)


def trouble() -> UserError | None:
    """What the last change failed for, told once."""
    found = st.session_state.pop(_TROUBLE, None)
    return found if isinstance(found, UserError) else None
