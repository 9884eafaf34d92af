"""Chat Analytics: questions in plain words, answered with figures that can be taken apart."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from awesome_analytics.app import desk, roles
from awesome_analytics.chat import learnt
from awesome_analytics.chat.answer import Answer
from awesome_analytics.chat.gemini import GeminiClient
from awesome_analytics.chat.modelled import ModelAssistant
from awesome_analytics.chat.words import Turn
from awesome_analytics.web import chat_answer, chat_queue, shop, steady, turns
from awesome_analytics.web.access import enter, guard
from awesome_analytics.web.answers import Answers
from awesome_analytics.web.assistant import assistant, followups, suggestions
from awesome_analytics.web.chat_answer import Action

_OPEN = "chat conversation"
_NEWEST = "chat newest"
_FIELD = "chat question"
_ANSWERED = "chat answered"
_ALL = "chat all turns"
LONGEST = 2000
"""Letters of a question."""
_SHOWN = 8
"""Turns that are drawn of a long conversation."""


def show() -> None:
    """Draw the page."""
    visitor = enter(roles.STORE_MANAGER)
    st.title("Chat Analytics")
    found = steady.found()
    with shop.told():
        _conversations(visitor.username)
        if found is not None:
            _so_far(visitor.username, found)
    # Drawn whatever fails above: a question that was typed stays.
    _form(visitor.username, found)
    with shop.told():
        chat_queue.draw(visitor.username)


def _so_far(username: str, found: Answers) -> None:
    told = _turns(username)
    if found.as_of is None:
        st.info("The warehouse is empty: run the pipeline on the ETL Management page, then ask away.")
    _talk(told, username, found)


def _talk(told: Sequence[desk.Turn], username: str, found: Answers) -> None:
    newest = st.session_state.pop(_NEWEST, None)
    earlier = 0 if st.session_state.get(_ALL) else max(0, len(told) - _SHOWN)
    if earlier and st.button(f"Show {earlier} earlier", key="chat_earlier", type="tertiary"):
        st.session_state[_ALL] = True
        st.rerun()
    for turn in told[earlier:]:
        _turn(turn, username, found, is_last=turn is told[-1], is_new=turn.turn_id == newest)
    if not told:
        _opening(username, found)


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
    st.session_state.pop(_ALL, None)
    st.rerun()


def _turns(username: str) -> Sequence[desk.Turn]:
    conversation = st.session_state.get(_OPEN)
    if conversation is None:
        return ()
    with shop.app() as connection:
        return desk.turns(connection, username=username, conversation_id=conversation)


# ---------------------------------------------------------------- one turn


def _turn(turn: desk.Turn, username: str, found: Answers, *, is_last: bool, is_new: bool) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(shop.plain(turn.question))
    told = turns.told(turn.answer)
    with st.chat_message("assistant", avatar=":material/insights:"):
        action = chat_answer.draw(turn, told, found, is_last=is_last, is_new=is_new)
        if is_last and told.meant is not None:
            _buttons(followups(found, told.meant), f"chat_follow_{turn.turn_id}", username, found)
    if action:
        _act(action, turn, username, found)


def _act(action: Action, turn: desk.Turn, username: str, found: Answers) -> None:
    """What a click on an answer asks for."""
    guard(roles.STORE_MANAGER)
    told = turns.told(turn.answer)
    if action.thumb:
        _judge(action.thumb, turn, told, username, found)
    if action.pin:
        _pin(action, turn, username)
    if action.instead:
        _instead(action, turn, username, found)
    st.rerun()


def _judge(
    thumb: Literal["up", "down"], turn: desk.Turn, told: turns.Told, username: str, found: Answers
) -> None:
    """Keep the judgement, or take the same one back; what is right is proposed as an example."""
    given = None if turn.thumb == thumb else thumb
    query = told.meant or told.query
    is_right = given == "up" and bool(query or told.sql)
    is_example = is_right and not _leans(turn, username, found)
    with shop.app() as connection:
        desk.judge(connection, username=username, turn_id=turn.turn_id, thumb=given)
        if is_example:
            desk.propose(
                connection,
                question=turn.question,
                query=query.to_json() if query else None,
                sql=None if query else told.sql,
                origin="thumb",
                by=username,
                now=shop.now(),
            )
    if is_example:
        st.toast("Thank you. It waits in the review queue below.")
    elif is_right:
        st.toast("Thank you. It leans on the questions before it, so it is no example for others.")


def _leans(turn: desk.Turn, username: str, found: Answers) -> bool:
    """Whether the question means what it means only after those before it."""
    earlier = [_context(each) for each in _turns(username) if each.turn_id < turn.turn_id]
    return assistant(found, ()).leans(turn.question, today=found.today, context=earlier)


def _pin(action: Action, turn: desk.Turn, username: str) -> None:
    assert action.pin is not None
    name, now = " ".join(turn.question.split())[: desk.LONGEST_NAME], shop.now()
    with shop.app() as connection:
        saved = desk.save(
            connection, username=username, name=name, query=action.pin.to_json(), replace=True, now=now
        )
        desk.pin(connection, username=username, saved_id=saved.saved_id, pinned=True, now=now)
    st.toast("Pinned to the dashboard.")


def _instead(action: Action, turn: desk.Turn, username: str, found: Answers) -> None:
    """Answer by the other reading, and propose it as the right one."""
    assert action.instead is not None
    with shop.reader() as reader:
        answer = assistant(found, ()).answered(
            reader, action.instead, turn.question, today=found.today, engine="own engine"
        )
    leans = _leans(turn, username, found)
    _keep(f"{turn.question} ({action.label})", answer, username, found)
    if leans:
        return
    with shop.app() as connection:
        desk.propose(
            connection,
            question=turn.question,
            query=action.instead.to_json(),
            origin="correction",
            by=username,
            now=shop.now(),
        )


# ---------------------------------------------------------------- asking


def _opening(username: str, found: Answers) -> None:
    """Suggestions that fit the shop's own data."""
    st.markdown("Ask about sales, profit, returns, customers or products, in your own words.")
    _buttons(suggestions(found), "chat_suggestion", username, found)


def _buttons(questions: Sequence[str], key: str, username: str, found: Answers) -> None:
    """Questions to ask by a click."""
    with st.container(horizontal=True, key=key):
        for position, question in enumerate(questions):
            if st.button(shop.plain(question), key=f"{key}_{position}"):
                _ask(question, username, found)


def _form(username: str, found: Answers | None) -> None:
    # Emptied only once the question has been answered: before that, what was typed stays.
    if st.session_state.pop(_ANSWERED, False):
        st.session_state[_FIELD] = ""
    with st.form("chat_form", border=False):
        question = st.text_input(
            "Your Question",
            key=_FIELD,
            max_chars=LONGEST,
            persist_state="session",
            placeholder="What's the total sales by product category?",
        )
        with st.container(horizontal=True):
            sent = st.form_submit_button("Send", type="primary", icon=":material/send:", key="chat_send")
            cleared = st.form_submit_button("Clear", key="chat_clear", help="Begin a new conversation")
    if cleared:
        st.session_state[_ANSWERED] = True
        _open(None)
    if sent and question.strip() and found is not None:
        with shop.told():
            _ask(question.strip(), username, found)


def _ask(question: str, username: str, found: Answers) -> None:
    guard(roles.STORE_MANAGER)
    with st.spinner("Looking it up …"):
        context = [_context(turn) for turn in _turns(username)]
        with shop.app() as connection:
            held = desk.examples(connection)
        helper = ModelAssistant(
            assistant=assistant(found, learnt.queries(held)),
            client=GeminiClient.of(shop.settings()),
            sql_examples=learnt.statements(held),
        )
        with shop.reader() as reader:
            answer = helper.ask(reader, question, today=found.today, context=context)
    _keep(question, answer, username, found)
    st.session_state[_ANSWERED] = True
    st.rerun()


def _context(turn: desk.Turn) -> Turn:
    told = turns.told(turn.answer)
    return Turn(question=turn.question, query=told.meant or told.query)


def _keep(question: str, answer: Answer, username: str, found: Answers) -> None:
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
            answer=turns.kept(answer, found.today),
            now=now,
        )
