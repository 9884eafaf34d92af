"""Order, limits, shares and totals."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import MOST_ROWS, Form, LimitPer, Order, Query
from awesome_analytics.semantic.run import columns_of
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.editor import conditions, measured
from awesome_analytics.web.editor.state import attempt


def order(query: Query, found: Answers) -> None:
    """What the rows are sorted by, one after the other."""
    labels = _sortable(query, found.catalog)
    conditions.entries(
        "order",
        query.order,
        found.catalog,
        add="Sort by …",
        say=lambda each: (
            f"{labels.get(each.by, each.by)}, {_directions(each.by, found.catalog)[each.descending]}"
        ),
        form=partial(_order_form, labels=labels, catalog=found.catalog),
        put=lambda held: query.but(order=held),
    )


def _sortable(query: Query, catalog: Catalog) -> dict[str, str]:
    made = {str(shown): columns_of(Query(metrics=(shown,)), catalog)[0].label for shown in query.metrics}
    return made | {name: catalog.dimension(name).label for name in query.dimensions if name not in made}


def _directions(by: str, catalog: Catalog) -> tuple[str, str]:
    """Rising and falling, in the words of what is sorted by."""
    held = catalog.dimensions.get(by)
    if held is None:
        return "lowest first", "highest first"
    return ("A to Z", "Z to A") if held.is_text else ("first to last", "last to first")


def _order_form(
    key: str, held: Order | None, *, labels: dict[str, str], catalog: Catalog
) -> Callable[[], Order]:
    names = list(labels)
    by = st.selectbox(
        "By",
        names,
        index=names.index(held.by) if held and held.by in names else 0,
        format_func=lambda name: labels[name],
        key=f"{key}_by",
    )
    words = _directions(by, catalog)
    down = st.radio(
        "How",
        (True, False),
        index=0 if held is None or held.descending else 1,
        format_func=lambda falling: words[falling],
        key=f"{key}_down_{by}",
    )
    return lambda: Order(by=by, descending=bool(down))


def limits(query: Query, found: Answers) -> None:
    """How many rows, in all and in each group."""
    st.session_state["qb_limit"] = query.limit
    st.number_input(
        "Rows at most",
        min_value=1,
        max_value=MOST_ROWS,
        value=None,
        step=1,
        key="qb_limit",
        placeholder="All",
        on_change=lambda: attempt(lambda: query.but(limit=st.session_state["qb_limit"]), found.catalog),
    )
    if query.order or query.skip:
        _skip(query, found)
    if len(query.dimensions) > 1:
        _limit_per(query, found)


def _skip(query: Query, found: Answers) -> None:
    """Rows left out at the top, for the second best or the next page."""
    st.session_state["qb_skip"] = query.skip
    st.number_input(
        "Leave out the first",
        min_value=0,
        max_value=MOST_ROWS,
        step=1,
        key="qb_skip",
        on_change=lambda: attempt(lambda: query.but(skip=st.session_state["qb_skip"]), found.catalog),
    )


def _limit_per(query: Query, found: Answers) -> None:
    left, right = st.columns([1, 2])
    held = query.limit_per
    st.session_state["qb_per_count"] = held.count if held else None
    st.session_state["qb_per"] = list(held.dimensions) if held else []
    change = partial(_take_per, query, found)
    left.number_input(
        "Rows of each",
        min_value=1,
        max_value=MOST_ROWS,
        value=None,
        step=1,
        key="qb_per_count",
        on_change=change,
    )
    right.multiselect(
        "Group",
        list(query.dimensions),
        format_func=lambda name: found.catalog.dimension(name).label,
        key="qb_per",
        select_all=False,
        on_change=change,
        placeholder=found.catalog.dimension(query.dimensions[0]).label,
    )


def _take_per(query: Query, found: Answers) -> None:
    count, chosen = st.session_state["qb_per_count"], tuple(st.session_state["qb_per"])

    def change() -> Query:
        if not count:
            return query.but(limit_per=None)
        skip = query.limit_per.skip if query.limit_per else 0
        return query.but(
            limit_per=LimitPer(dimensions=chosen or query.dimensions[:1], count=int(count), skip=skip)
        )

    attempt(change, found.catalog)


def shares(query: Query, found: Answers) -> None:
    """Of what a share is: the total, a group, or of those rows alone that meet a condition."""
    if not any(shown.form is Form.SHARE for shown in query.metrics):
        return
    if query.dimensions:
        st.session_state["qb_share_of"] = list(query.share_of)
        st.multiselect(
            "Shares are of each",
            list(query.dimensions),
            format_func=lambda name: found.catalog.dimension(name).label,
            key="qb_share_of",
            placeholder="The total",
            select_all=False,
            on_change=lambda: attempt(
                lambda: query.but(share_of=tuple(st.session_state["qb_share_of"])), found.catalog
            ),
        )
    conditions.filters(query, found, name="part", add="The share of those where …")
    measured.members(query, found, name="part_members", add="The share of those whose customer …")


def totals(query: Query, found: Answers) -> None:
    """Whether a last row has the total."""
    if not query.dimensions or not query.metrics:
        return
    st.session_state["qb_totals"] = query.totals
    st.toggle(
        "Totals row",
        key="qb_totals",
        on_change=lambda: attempt(lambda: query.but(totals=st.session_state["qb_totals"]), found.catalog),
    )
