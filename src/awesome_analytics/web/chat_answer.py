"""One answer of the chat: sentences, picture, table, chips to change, and where it all comes from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from awesome_analytics.app import desk
from awesome_analytics.chat import by_sql
from awesome_analytics.chat.words import Choice
from awesome_analytics.core.errors import InvalidInput, UserError
from awesome_analytics.core.periods import Days
from awesome_analytics.semantic import formats
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Result
from awesome_analytics.web import cards, charts, chat_details, shop
from awesome_analytics.web.answers import Answers, answers
from awesome_analytics.web.assistant import assistant
from awesome_analytics.web.charts import Kind
from awesome_analytics.web.screens import builder
from awesome_analytics.web.turns import Told

_MOST_BARS = 12
"""Bars in a chat; the table under them has every row."""
_TALLEST = 320
"""Pixels of a table in a chat."""
_BULLET = "• "


@dataclass(frozen=True, kw_only=True)
class Action:
    """What was clicked on an answer."""

    thumb: Literal["up", "down"] | None = None
    pin: Query | None = None
    instead: Query | None = None
    label: str = ""


def draw(turn: desk.Turn, told: Told, found: Answers, *, is_last: bool, is_new: bool) -> Action | None:
    """Draw an answer; returns what was clicked, if anything."""
    if told.kind != "rows":
        _say(told.sentences, is_new=is_new)
        _note(told)
        return _choices(told.choices, f"choice_{turn.turn_id}") if is_last else None
    result = _result(told, found.on(told.today or found.today))
    _say(_sentences(turn, told, result, found), is_new=is_new)
    _note(told)
    action = None
    for position, assumption in enumerate(told.assumptions):
        key = f"chip_{turn.turn_id}_{position}"
        action = _chip(assumption.text, assumption.alternatives, key) or action
    if result is not None:
        _picture(result, found, key=f"answer_{turn.turn_id}")
    chat_details.draw(told, result, found)
    return _bar(turn, told, result) or action


def meaning(query: str | None) -> str:
    """A kept Query in words; nothing when there is none that can be read."""
    if not query:
        return ""
    try:
        return shop.plain(describe(Query.from_json(query), answers().catalog))
    except InvalidInput:
        return ""


# ---------------------------------------------------------------- sentences


def _sentences(turn: desk.Turn, told: Told, result: Result | None, found: Answers) -> Sequence[str]:
    """The sentences as they were said; written anew where the warehouse has moved on since."""
    if result is None or told.query is None or result.as_of == told.as_of:
        return told.sentences
    return assistant(found, ()).said(result, turn.question)


def _say(sentences: Sequence[str], *, is_new: bool) -> None:
    text = as_markdown(sentences)
    if is_new:
        st.write_stream(_in_pieces(text))
    else:
        st.markdown(text)


def as_markdown(sentences: Sequence[str]) -> str:
    """Sentences as paragraphs, and those with bullets as a list."""
    made = ""
    was_bullet = False
    for line in sentences:
        is_bullet = line.startswith(_BULLET)
        between = "\n" if is_bullet and was_bullet else "\n\n"
        text = shop.plain(line.removeprefix(_BULLET))
        made += between + (f"- {text}" if is_bullet else text)
        was_bullet = is_bullet
    return made.strip()


def _in_pieces(text: str) -> Iterator[str]:
    """A word at a time: the reader begins while the picture is drawn."""
    for word in text.split(" "):
        yield f"{word} "


def _note(told: Told) -> None:
    if told.note:
        st.caption(f":material/info: {shop.plain(told.note)}")


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


# ---------------------------------------------------------------- figures


def _result(told: Told, found: Answers) -> Result | None:
    """The rows, asked anew of the warehouse as it stands, as on the day of the question."""
    try:
        if told.query is not None:
            return found(told.query)
        return _by_sql(told.sql, found) if told.sql else None
    except UserError as error:
        shop.say(error)
        return None


def _by_sql(sql: str, found: Answers) -> Result:
    with shop.reader() as reader:
        again = by_sql.run_again(reader, sql, today=found.today)
    names = tuple(f"column_{place}" for place, _ in enumerate(again.columns))
    return Result(
        query=Query(dimensions=names),
        columns=again.columns,
        rows=again.rows,
        truncated=again.truncated,
        sql=sql,
        values={},
        sources=(),
        days=Days(),
        before=None,
        as_of=again.as_of,
    )


def _picture(result: Result, found: Answers, *, key: str) -> None:
    if not result.rows:
        return
    kind = charts.suits(result, found.catalog)[0] if result.sources else Kind.TABLE
    if len(result.rows) > 1 and kind not in (Kind.TABLE, Kind.NUMBER):
        drawn, left_out = _cut(result, kind)
        cards.answer(drawn, kind, found.catalog, key=f"{key}_chart")
        if left_out:
            rows = f"{len(result.rows):,}{'+' if result.truncated else ''}"
            st.caption(f"The chart shows the first {_MOST_BARS} of {rows} rows; the table has them all.")
    cards.table(result, key=f"{key}_table", tallest=_TALLEST)


def _cut(result: Result, kind: Kind) -> tuple[Result, int]:
    """The rows that a chart of bars in a chat has room for."""
    left_out = len(result.rows) - _MOST_BARS
    if kind is not Kind.BAR or left_out <= 0:
        return result, 0
    return replace(result, rows=result.rows[:_MOST_BARS]), left_out


# ---------------------------------------------------------------- what can be done with it


def _bar(turn: desk.Turn, told: Told, result: Result | None) -> Action | None:
    """File, builder, pin and thumbs."""
    action = None
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
            pin, of = ":material/push_pin:", "Put it on the dashboard"
            if st.button("Pin", icon=pin, key=f"pin_{turn.turn_id}", help=of):
                action = Action(pin=told.query)
        # The two stand together, on a phone too.
        with st.container(horizontal=True, width="content", wrap=False):
            thumbed = _thumbs(turn)
    return thumbed or action


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
