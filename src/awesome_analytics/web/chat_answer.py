"""One answer of the chat: sentences, picture, table, chips to change, and where it all comes from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from awesome_analytics.app import desk
from awesome_analytics.chat.words import Choice
from awesome_analytics.core.errors import InvalidInput, UserError
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Result
from awesome_analytics.web import cards, charts, formats, shop
from awesome_analytics.web.answers import Answers, answers
from awesome_analytics.web.charts import Kind
from awesome_analytics.web.screens import builder
from awesome_analytics.web.turns import Told


@dataclass(frozen=True, kw_only=True)
class Action:
    """What was clicked on an answer."""

    thumb: Literal["up", "down"] | None = None
    pin: Query | None = None
    instead: Query | None = None
    label: str = ""


def draw(turn: desk.Turn, told: Told, found: Answers, *, is_last: bool, is_new: bool) -> Action | None:
    """Draw an answer; returns what was clicked, if anything."""
    _sentences(told, is_new=is_new)
    if told.note:
        st.caption(shop.plain(told.note))
    action = _choices(told.choices, f"choice_{turn.turn_id}") if is_last else None
    if told.kind != "rows":
        return action
    for position, assumption in enumerate(told.assumptions):
        action = _chip(assumption.text, assumption.alternatives, f"chip_{turn.turn_id}_{position}") or action
    result = _result(told, found)
    if result is not None:
        _picture(result, found, key=f"answer_{turn.turn_id}")
    return _bar(turn, told, result, found) or action


def meaning(query: str | None) -> str:
    """A kept Query in words; nothing when there is none that can be read."""
    if not query:
        return ""
    try:
        return shop.plain(describe(Query.from_json(query), answers().catalog))
    except InvalidInput:
        return ""


def _sentences(told: Told, *, is_new: bool) -> None:
    lines = [shop.plain(line) for line in told.sentences]
    text = "\n\n".join(lines)
    if is_new:
        st.write_stream(_in_pieces(text))
    else:
        st.markdown(text)


def _in_pieces(text: str) -> Iterator[str]:
    """A word at a time: the reader begins while the picture is drawn."""
    for word in text.split(" "):
        yield f"{word} "


def _choices(choices: tuple[Choice, ...], key: str) -> Action | None:
    clicked = None
    with st.container(horizontal=True):
        for position, (label, query) in enumerate(choices):
            if st.button(shop.plain(label), key=f"{key}_{position}"):
                clicked = Action(instead=query, label=label)
    return clicked


def _chip(text: str, alternatives: tuple[Choice, ...], key: str) -> Action | None:
    """An assumption; where there are other readings a click shows them."""
    if not alternatives:
        st.badge(shop.plain(text), icon=":material/info:", color="gray")
        return None
    with st.popover(shop.plain(text), icon=":material/tune:", key=key):
        st.caption("Read it otherwise:")
        return _choices(alternatives, key)


def _result(told: Told, found: Answers) -> Result | None:
    """The rows, asked anew of the warehouse as it stands."""
    if told.query is None:
        return None
    try:
        return found(told.query)
    except UserError as error:
        shop.say(error)
        return None


def _picture(result: Result, found: Answers, *, key: str) -> None:
    kind = charts.suits(result, found.catalog)[0] if result.rows else Kind.TABLE
    if len(result.rows) > 1 and kind not in (Kind.TABLE, Kind.NUMBER):
        cards.answer(result, kind, found.catalog, key=f"{key}_chart")
    if result.rows:
        cards.table(result, key=f"{key}_table")


def _bar(turn: desk.Turn, told: Told, result: Result | None, found: Answers) -> Action | None:
    """Details, file, builder, pin and thumbs."""
    action = None
    with st.expander("Data Details (Advanced)", icon=":material/code:"):
        _details(told, result, found)
    with st.container(horizontal=True, vertical_alignment="center"):
        if result is not None:
            st.download_button(
                "Download as CSV",
                formats.to_csv(result),
                file_name=f"answer-{turn.turn_id}.csv",
                mime="text/csv",
                icon=":material/download:",
                key=f"csv_{turn.turn_id}",
                on_click="ignore",
            )
        if told.query is not None:
            st.page_link(
                st.Page(builder.show, title="Query Builder", url_path="builder"),
                label="Open in Query Builder",
                icon=":material/tune:",
                query_params={"q": told.query.to_link()},
            )
            if st.button(
                "Pin", icon=":material/push_pin:", key=f"pin_{turn.turn_id}", help="To the dashboard"
            ):
                action = Action(pin=told.query)
        action = _thumbs(turn) or action
    return action


def _thumbs(turn: desk.Turn) -> Action | None:
    made: Action | None = None
    names: tuple[Literal["up", "down"], ...] = ("up", "down")
    for name in names:
        kind: Literal["primary", "tertiary"] = "primary" if turn.thumb == name else "tertiary"
        told = "This is right" if name == "up" else "This is not right"
        key = f"thumb_{name}_{turn.turn_id}"
        if st.button("", icon=f":material/thumb_{name}:", key=key, type=kind, help=told):
            made = Action(thumb=name)
    return made


def _details(told: Told, result: Result | None, found: Answers) -> None:
    if told.query is not None:
        st.markdown(f"{shop.plain(describe(told.query, found.catalog))}.")
    if told.sql:
        st.code(told.sql, language="sql", wrap_lines=True)
    if result is not None:
        if result.values:
            st.caption(shop.plain(f"Values: {', '.join(f'{k} = {v}' for k, v in result.values.items())}"))
        st.caption(shop.plain(f"Added up from {', '.join(result.sources)}."))
    if told.query is not None:
        st.code(json.dumps(told.query.to_dict(), indent=2, ensure_ascii=False), language="json")
    as_of = formats.moment(result.as_of, shop.settings().timezone) if result and result.as_of else told.as_of
    st.caption(shop.plain(f"Answered by the {told.engine}, as of {as_of}."))
