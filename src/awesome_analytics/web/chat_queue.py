"""The review queue: what was found right waits here to become a verified example."""

from functools import partial
from typing import Literal

import streamlit as st

from awesome_analytics.app import desk, roles
from awesome_analytics.web import access, chat_answer, shop

_SHOWN = 20
Verdict = Literal["VERIFIED", "REFUSED"]
_VERDICTS: tuple[tuple[str, str, Verdict], ...] = (
    ("Approve", ":material/check:", "VERIFIED"),
    ("Refuse", ":material/close:", "REFUSED"),
)


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
        for label, icon, state in _VERDICTS:
            st.button(
                label,
                icon=icon,
                key=f"{label.lower()}_{example.example_id}",
                on_click=partial(_review, example.example_id, state, username),
            )


def _review(example_id: int, state: Verdict, username: str) -> None:
    if access.asked(roles.STORE_MANAGER, tell=shop.toast) is None:
        return
    with shop.told(), shop.app() as connection:
        desk.review(connection, example_id=example_id, state=state, by=username, now=shop.now())
