"""The review queue: what was found right waits here to become a verified example."""

import streamlit as st

from awesome_analytics.app import desk, roles
from awesome_analytics.web import chat_answer, shop
from awesome_analytics.web.access import guard

_SHOWN = 20


def draw(username: str) -> None:
    """The examples that wait, each with what it means."""
    with shop.app() as connection:
        waiting = desk.examples(connection, state="WAITING")
    if not waiting:
        return
    title = f"Review queue: {len(waiting)} proposed example{'s' if len(waiting) > 1 else ''}"
    with st.expander(title, icon=":material/rule:", key="chat_review"):
        st.caption("An approved example answers the same question at once, the same way, for everybody.")
        for example in waiting[:_SHOWN]:
            _proposal(example, username)


def _proposal(example: desk.Example, username: str) -> None:
    st.markdown(f"**{shop.plain(example.question)}**")
    said = chat_answer.meaning(example.query) or shop.plain(example.sql or "")
    st.caption(f"{said} · proposed by {shop.plain(example.proposed_by)}")
    with st.container(horizontal=True):
        approved = st.button("Approve", key=f"approve_{example.example_id}", icon=":material/check:")
        refused = st.button("Refuse", key=f"refuse_{example.example_id}", icon=":material/close:")
    if not approved and not refused:
        return
    guard(roles.STORE_MANAGER)
    with shop.app() as connection:
        desk.review(
            connection,
            example_id=example.example_id,
            state="VERIFIED" if approved else "REFUSED",
            by=username,
            now=shop.now(),
        )
    st.rerun()
