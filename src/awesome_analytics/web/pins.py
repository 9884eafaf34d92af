"""The manager's own questions on the dashboard, asked anew whenever it is drawn."""

from functools import partial
from typing import Any

import streamlit as st

from awesome_analytics.app import desk, roles
from awesome_analytics.app.desk import Saved
from awesome_analytics.core.errors import AwesomeError, InvalidInput
from awesome_analytics.semantic.query import Query
from awesome_analytics.web import access, cards, charts, shop
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.charts import Kind
from awesome_analytics.web.shop import plain


def show(found: Answers, username: str, builder: Any) -> None:
    """Draw the pinned questions, two in a row."""
    with shop.app() as connection:
        kept = desk.pinned(connection, username=username)
    if not kept:
        st.caption("Pin questions of your own here: build one in the Query Builder, save it and pin it.")
        return
    st.subheader("Pinned")
    columns = st.columns(2)
    for place, each in enumerate(kept):
        with columns[place % 2], st.container(border=True, key=f"pin_{each.saved_id}"), shop.told():
            _pin(each, found, builder)


def _pin(each: Saved, found: Answers, builder: Any) -> None:
    try:
        query = Query.from_json(each.query)
        result = found(query)
    except InvalidInput as error:
        st.markdown(f"**{plain(each.name)}**")
        shop.say(error)
        _off(each)
        return
    cards.head(each.name, query, result, found.catalog, key=f"pin-{each.saved_id}", builder=builder)
    suited = charts.suits(result, found.catalog)
    kind = Kind(each.chart) if each.chart in suited else suited[0]
    cards.answer(result, kind, found.catalog, key=f"pin_{each.saved_id}_{hash(each.query)}")
    _off(each)


def _off(each: Saved) -> None:
    st.button(
        "Take off", key=f"unpin_{each.saved_id}", type="tertiary", on_click=partial(_unpin, each.saved_id)
    )


def _unpin(saved_id: int) -> None:
    visitor = access.asked(roles.STORE_MANAGER, tell=shop.toast)
    if visitor is None:
        return
    try:
        with shop.app() as connection:
            desk.pin(connection, username=visitor.username, saved_id=saved_id, pinned=False, now=shop.now())
    except (AwesomeError, *shop.LOST) as error:
        shop.toast(error)
