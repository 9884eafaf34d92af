"""Chat Analytics: questions in plain words, answered with figures that can be taken apart."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from awesome_analytics.app import desk, roles
from awesome_analytics.chat.answer import Answer
from awesome_analytics.chat.answer import Example as Verified
from awesome_analytics.chat.gemini import GeminiClient
from awesome_analytics.chat.modelled import ModelAssistant
from awesome_analytics.chat.vanna_sql import SqlExample
from awesome_analytics.chat.words import Turn
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.query import Query
from awesome_analytics.web import chat_answer, shop, turns
from awesome_analytics.web.access import guard
from awesome_analytics.web.answers import Answers, answers
from awesome_analytics.web.assistant import assistant
from awesome_analytics.web.chat_answer import Action

_OPEN = "chat conversation"
_NEWEST = "chat newest"
LONGEST = 2000
"""Letters of a question."""


def show() -> None:
    """Draw the page."""
    visitor = guard(roles.STORE_MANAGER)
    st.title("Chat Analytics")
    with shop.told():
        found = answers()
        _conversations(visitor.username)
        told = _turns(visitor.username)
        if found.as_of is None:
            st.info("The warehouse is empty: run the pipeline on the ETL Management page, then ask away.")
        for turn in told:
            _turn(turn, visitor.username, found, is_last=turn is told[-1])
        if not told:
            _opening(visitor.username, found)
        _form(visitor.username, found)
        _review(visitor.username)


# ---------------------------------------------------------------- conversations


def _conversations(username: str) -> None:
    """Earlier chats in the sidebar."""
    with shop.app() as connection:
        held = desk.conversations(connection, username=username, limit=20)
    with st.sidebar:
        st.caption("Conversations")
        if st.button("New conversation", icon=":material/add:", key="chat_new", width="stretch"):
            _open(None)
        for each in held:
            is_open = each.conversation_id == st.session_state.get(_OPEN)
            label = shop.plain(each.title if len(each.title) <= 34 else f"{each.title[:33]}…")
            kind: Literal["secondary", "tertiary"] = "secondary" if is_open else "tertiary"
            if st.button(label, key=f"chat_open_{each.conversation_id}", type=kind, width="stretch"):
                _open(each.conversation_id)


def _open(conversation: int | None) -> None:
    st.session_state[_OPEN] = conversation
    st.session_state.pop(_NEWEST, None)
    st.rerun()


def _turns(username: str) -> Sequence[desk.Turn]:
    conversation = st.session_state.get(_OPEN)
    if conversation is None:
        return ()
    with shop.app() as connection:
        return desk.turns(connection, username=username, conversation_id=conversation)


# ---------------------------------------------------------------- one turn


def _turn(turn: desk.Turn, username: str, found: Answers, *, is_last: bool) -> None:
    with st.chat_message("user"):
        st.markdown(shop.plain(turn.question))
    with st.chat_message("assistant", avatar=":material/insights:"):
        is_new = st.session_state.pop(_NEWEST, None) == turn.turn_id
        action = chat_answer.draw(turn, turns.told(turn.answer), found, is_last=is_last, is_new=is_new)
    if action:
        _act(action, turn, username, found)


def _act(action: Action, turn: desk.Turn, username: str, found: Answers) -> None:
    """What a click on an answer asks for."""
    visitor = guard(roles.STORE_MANAGER)
    now = shop.now()
    with shop.app() as connection:
        if action.thumb:
            desk.judge(connection, username=username, turn_id=turn.turn_id, thumb=action.thumb)
            query = turns.told(turn.answer).query
            if action.thumb == "up" and query:
                desk.propose(
                    connection, question=turn.question, query=query.to_json(), origin="thumb",
                    by=visitor.username, now=now,
                )  # fmt: skip
        if action.pin:
            name = " ".join(turn.question.split())[: desk.LONGEST_NAME]
            saved = desk.save(
                connection, username=username, name=name, query=action.pin.to_json(), replace=True, now=now
            )
            desk.pin(connection, username=username, saved_id=saved.saved_id, pinned=True, now=now)
            st.toast("Pinned to the dashboard.")
        if action.instead:
            desk.propose(
                connection, question=turn.question, query=action.instead.to_json(), origin="correction",
                by=visitor.username, now=now,
            )  # fmt: skip
    if action.instead:
        with shop.reader() as reader:
            held = assistant(found, ())
            answer = held.answered(
                reader, action.instead, turn.question, today=found.today, engine="own engine"
            )
        _keep(f"{turn.question} ({action.label})", answer, username)
    st.rerun()


# ---------------------------------------------------------------- asking


def _opening(username: str, found: Answers) -> None:
    """Suggestions that fit the shop's own data."""
    st.markdown("Ask about sales, profit, returns, customers or products, in your own words.")
    examples = [metric.example for metric in found.catalog.shown_metrics if metric.example][:6]
    with st.container(horizontal=True):
        for position, example in enumerate(examples):
            if st.button(_as_question(example), key=f"chat_suggestion_{position}"):
                _ask(_as_question(example), username, found)


def _as_question(example: str) -> str:
    return example[:1].upper() + example[1:]


def _form(username: str, found: Answers) -> None:
    with st.form("chat_form", clear_on_submit=True, border=False):
        question = st.text_input(
            "Your Question",
            key="chat_question",
            max_chars=LONGEST,
            placeholder="What's the total sales by product category?",
        )
        with st.container(horizontal=True):
            sent = st.form_submit_button("Send", type="primary", icon=":material/send:", key="chat_send")
            cleared = st.form_submit_button("Clear", key="chat_clear")
    if cleared:
        _open(None)
    if sent and question.strip():
        _ask(question.strip(), username, found)


def _ask(question: str, username: str, found: Answers) -> None:
    guard(roles.STORE_MANAGER)
    with st.spinner("Looking it up …"):
        context = [_context(turn) for turn in _turns(username)]
        with shop.app() as connection:
            verified = desk.examples(connection)
        helper = ModelAssistant(
            assistant=assistant(found, [v for e in verified if (v := _verified(e))]),
            client=GeminiClient.of(shop.settings()),
            sql_examples=[SqlExample(question=e.question, sql=e.sql) for e in verified if e.sql],
        )
        with shop.reader() as reader:
            answer = helper.ask(reader, question, today=found.today, context=context)
    _keep(question, answer, username)
    st.rerun()


def _context(turn: desk.Turn) -> Turn:
    return Turn(question=turn.question, query=turns.told(turn.answer).query)


def _verified(example: desk.Example) -> Verified | None:
    try:
        return (
            Verified(question=example.question, query=Query.from_json(example.query))
            if example.query
            else None
        )
    except InvalidInput:
        return None


def _keep(question: str, answer: Answer, username: str) -> None:
    now = shop.now()
    with shop.app() as connection:
        conversation = st.session_state.get(_OPEN)
        if conversation is None:
            conversation = desk.begin_conversation(connection, username=username, title=question, now=now)
            st.session_state[_OPEN] = conversation
        st.session_state[_NEWEST] = desk.add_turn(
            connection,
            username=username,
            conversation_id=conversation,
            question=question,
            answer=turns.kept(answer),
            now=now,
        )


# ---------------------------------------------------------------- the review queue


def _review(username: str) -> None:
    """What waits to become a verified example."""
    with shop.app() as connection:
        waiting = desk.examples(connection, state="WAITING")
    if not waiting:
        return
    with st.expander(f"Review {len(waiting)} proposed example{'s' if len(waiting) > 1 else ''}"):
        st.caption("An approved example answers the same question at once, the same way, for everybody.")
        for example in waiting[:20]:
            _proposal(example, username)


def _proposal(example: desk.Example, username: str) -> None:
    st.markdown(f"**{shop.plain(example.question)}**")
    st.caption(chat_answer.meaning(example.query) or shop.plain(example.sql or ""))
    with st.container(horizontal=True):
        approved = st.button("Approve", key=f"approve_{example.example_id}", icon=":material/check:")
        refused = st.button("Refuse", key=f"refuse_{example.example_id}", icon=":material/close:")
    if approved or refused:
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
