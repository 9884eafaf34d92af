"""The builder's desk: saved questions, history, saving and sharing."""

from functools import partial

import streamlit as st

from awesome_analytics.app import desk, roles
from awesome_analytics.core.errors import AwesomeError, InvalidInput
from awesome_analytics.semantic import formats
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.web import access, shop
from awesome_analytics.web.editor import state
from awesome_analytics.web.shop import plain

_REMEMBERED = "builder_remembered"
_TOLD = "builder_told"
_LONGEST_LABEL = 80


def bar(username: str, catalog: Catalog) -> None:
    """Open a saved or an earlier question, or begin anew."""
    with st.container(horizontal=True, key="builder_bar"):
        with st.popover("Saved", icon=":material/bookmark:", key="builder_saved"), shop.told():
            _saved(username)
        with st.popover("History", icon=":material/history:", key="builder_history"), shop.told():
            _history(username, catalog)
        st.button(
            "New question",
            icon=":material/add:",
            key="builder_new",
            on_click=partial(state.go, state.FIRST, chart=""),
        )


def _saved(username: str) -> None:
    with shop.app() as connection:
        kept = desk.saved(connection, username=username)
    if not kept:
        st.caption("Nothing yet. Build a question, then press Save.")
    for each in kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                plain(each.name),
                key=f"builder_open_{each.saved_id}",
                type="tertiary",
                width="stretch",
                on_click=partial(_open, each.query, each.chart),
            )
            st.button(
                "Unpin" if each.pinned else "Pin",
                key=f"builder_pin_{each.saved_id}",
                help="Take it off the dashboard" if each.pinned else "Show it on the dashboard",
                on_click=partial(_pin, each.saved_id, pinned=not each.pinned),
            )
            st.button(
                "Delete", key=f"builder_forget_{each.saved_id}", on_click=partial(_forget, each.saved_id)
            )


def _history(username: str, catalog: Catalog) -> None:
    with shop.app() as connection:
        asked = desk.history(connection, username=username, limit=20)
    if not asked:
        st.caption("Nothing yet.")
    zone = shop.settings().timezone
    for place, each in enumerate(asked):
        try:
            said = describe(Query.from_json(each.query), catalog)
        except InvalidInput:
            continue  # asked of a metric that the catalog no longer has
        label = said if len(said) <= _LONGEST_LABEL else f"{said[:_LONGEST_LABEL]} …"
        st.button(
            plain(label),
            key=f"builder_again_{place}_{each.asked_at.timestamp()}",
            type="tertiary",
            help=plain(f"{said}. Asked on {formats.moment(each.asked_at, zone)}."),
            on_click=partial(_open, each.query, ""),
        )


def _open(query: str, chart: str) -> None:
    try:
        state.go(Query.from_json(query), chart=chart)
    except InvalidInput as error:
        _tell(error)


def remember(query: Query, username: str) -> None:
    """Note a question once it was answered; the same one again in a row is not noted."""
    text = query.to_json()
    if st.session_state.get(_REMEMBERED) == text:
        return
    with shop.app() as connection:
        desk.remember(connection, username=username, query=text, now=shop.now())
    st.session_state[_REMEMBERED] = text


def keep(query: Query, chart: str) -> None:
    """Save the question under a name, pin it, share it."""
    with st.popover("Save", icon=":material/bookmark_add:", key="builder_save", type="primary"):
        st.text_input(
            "Name",
            key="builder_name",
            max_chars=desk.LONGEST_NAME,
            placeholder="Sales by category",
            persist_state="session",
        )
        st.checkbox("Show it on the dashboard", key="builder_save_pin")
        st.checkbox("Replace the one of that name", key="builder_save_replace")
        st.button("Save", key="builder_save_now", type="primary", on_click=partial(_save, query, chart))
    with st.popover("Share", icon=":material/link:", key="builder_share"):
        st.caption(
            "Whoever may see the Query Builder can open this link; it holds the question, not the figures."
        )
        path = f"builder?q={query.to_link()}" + (f"&chart={chart}" if chart else "")
        st.code(f"{_origin()}/{path}", language=None, wrap_lines=True)


def _origin() -> str:
    """Where this page is served, as the browser called it."""
    address = st.context.url or ""
    return address.partition("?")[0].rsplit("/", 1)[0]


def _save(query: Query, chart: str) -> None:
    visitor = access.asked(roles.STORE_MANAGER, tell=shop.toast)
    if visitor is None:
        return
    name = st.session_state["builder_name"]
    try:
        with shop.app() as connection:
            made = desk.save(
                connection,
                username=visitor.username,
                name=name,
                query=query.to_json(),
                chart=chart,
                replace=st.session_state["builder_save_replace"],
                now=shop.now(),
            )
            if st.session_state["builder_save_pin"]:
                desk.pin(
                    connection, username=visitor.username, saved_id=made.saved_id, pinned=True, now=shop.now()
                )
    except (AwesomeError, *shop.LOST) as error:
        _tell(error)
        return
    st.session_state["builder_name"] = ""
    pinned = " and pinned to the dashboard" if st.session_state["builder_save_pin"] else ""
    _tell(f"Saved as {made.name}{pinned}.")


def _pin(saved_id: int, *, pinned: bool) -> None:
    visitor = access.asked(roles.STORE_MANAGER, tell=shop.toast)
    if visitor is None:
        return
    try:
        with shop.app() as connection:
            desk.pin(connection, username=visitor.username, saved_id=saved_id, pinned=pinned, now=shop.now())
    except (AwesomeError, *shop.LOST) as error:
        _tell(error)


def _forget(saved_id: int) -> None:
    visitor = access.asked(roles.STORE_MANAGER, tell=shop.toast)
    if visitor is None:
        return
    try:
        with shop.app() as connection:
            desk.forget(connection, username=visitor.username, saved_id=saved_id)
    except (AwesomeError, *shop.LOST) as error:
        _tell(error)


def _tell(told: str | Exception) -> None:
    st.session_state[_TOLD] = told


def told() -> None:
    """What the last action came to, told once."""
    message = st.session_state.pop(_TOLD, None)
    if isinstance(message, Exception):
        shop.say(message)
    elif message:
        st.success(plain(message), icon=":material/check:")
