"""What people keep: saved and pinned questions, their history, conversations, and examples to learn from.

A question is the text of its JSON here; the model it is asked of is not this schema's business. Whatever
belongs to a person is found by their name: another one's is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from awesome_analytics.core.errors import Conflict, InvalidInput, NotFound
from awesome_analytics.core.sql import blocks

HISTORY_KEPT = 100
LONGEST_NAME = 120

Thumb = Literal["up", "down"]
State = Literal["WAITING", "VERIFIED", "REFUSED"]
Origin = Literal["thumb", "correction", "written"]

_SQL = blocks("awesome_analytics.app", "desk.sql")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A question kept under a name; `pinned` ones stand on the dashboard."""

    saved_id: int
    name: str
    query: str
    chart: str
    saved_at: datetime
    pinned: bool


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question asked before."""

    query: str
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A chat of one person."""

    conversation_id: int
    title: str
    started_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A question of a chat and what was answered; `thumb` is the person's judgement."""

    turn_id: int
    question: str
    answer: Mapping[str, Any]
    asked_at: datetime
    thumb: Thumb | None
    comment: str


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """How many answers of a kind the chat gave, and how many thumbs they got."""

    kind: str
    turns: int
    up: int
    down: int


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question with the Query (or the SQL) that answers it; the chat learns from the VERIFIED ones."""

    example_id: int
    question: str
    query: str | None
    sql: str | None
    state: State
    origin: Origin
    proposed_by: str
    proposed_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None


# ---------------------------------------------------------------- saved questions


def save(
    connection: Connection[Any],
    *,
    username: str,
    name: str,
    query: str,
    chart: str = "",
    replace: bool = False,
    now: datetime,
) -> Saved:
    """Keep a question under a name; Conflict where the name is taken and `replace` does not say to."""
    values = {"username": username, "name": _name(name), "query": query, "chart": chart, "now": now}
    with connection.transaction():
        made = _rows(connection, Saved, "save", values)
        if not made and replace:
            made = _rows(connection, Saved, "replace", values)
        if not made:
            raise Conflict(
                f"You have a question named '{_name(name)}' already. Replace it, or choose another name."
            )
        return made[0]


def saved(connection: Connection[Any], *, username: str) -> tuple[Saved, ...]:
    """A person's questions by name."""
    return _rows(connection, Saved, "saved", {"username": username})


def pinned(connection: Connection[Any], *, username: str) -> tuple[Saved, ...]:
    """Those that stand on the dashboard, the earliest pinned first."""
    return _rows(connection, Saved, "pinned", {"username": username})


def pin(connection: Connection[Any], *, username: str, saved_id: int, pinned: bool, now: datetime) -> None:
    """Put a question on the dashboard or take it off."""
    _one(connection, "pin", {"username": username, "saved_id": saved_id, "pinned": pinned, "now": now})


def rename(connection: Connection[Any], *, username: str, saved_id: int, name: str) -> None:
    """Give a question another name."""
    values = {"username": username, "saved_id": saved_id, "name": _name(name)}
    with connection.transaction():
        if connection.execute(_SQL["name_taken"], values).fetchone() == (True,):
            raise Conflict(f"You have a question named '{_name(name)}' already; choose another name.")
        _one(connection, "rename", values)


def forget(connection: Connection[Any], *, username: str, saved_id: int) -> None:
    """Throw a saved question away."""
    _one(connection, "forget_saved", {"username": username, "saved_id": saved_id})


# ---------------------------------------------------------------- history


def remember(connection: Connection[Any], *, username: str, query: str, now: datetime) -> None:
    """Note that a question was asked; one asked before moves up."""
    with connection.transaction():
        connection.execute(_SQL["remember"], {"username": username, "query": query, "now": now})
        connection.execute(_SQL["forget_old_history"], {"username": username, "kept": HISTORY_KEPT})


def history(connection: Connection[Any], *, username: str, limit: int = 30) -> tuple[Asked, ...]:
    """A person's questions, the newest first, each once."""
    return _rows(connection, Asked, "history", {"username": username, "limit": limit})


# ---------------------------------------------------------------- conversations


def begin_conversation(connection: Connection[Any], *, username: str, title: str, now: datetime) -> int:
    """Open a chat and return its id; the first question makes a good title."""
    values = {"username": username, "title": title.strip()[:200] or "New conversation", "now": now}
    row = connection.execute(_SQL["begin_conversation"], values).fetchone()
    if row is None:
        raise NotFound(f"There is nobody called '{username}'.")
    return int(row[0])


def conversations(connection: Connection[Any], *, username: str, limit: int = 50) -> tuple[Conversation, ...]:
    """A person's chats, the one used last first."""
    return _rows(connection, Conversation, "conversations", {"username": username, "limit": limit})


def end_conversation(connection: Connection[Any], *, username: str, conversation_id: int) -> None:
    """Throw a chat away with all its turns."""
    _one(connection, "end_conversation", {"username": username, "conversation_id": conversation_id})


def add_turn(
    connection: Connection[Any],
    *,
    username: str,
    conversation_id: int,
    question: str,
    answer: Mapping[str, Any],
    now: datetime,
) -> int:
    """Note a question and its answer; returns the turn's id."""
    values = {"username": username, "conversation_id": conversation_id, "now": now}
    with connection.transaction():
        _one(connection, "touch_conversation", values)
        told = {**values, "question": question, "answer": Jsonb(dict(answer))}
        row = connection.execute(_SQL["add_turn"], told).fetchone()
        assert row is not None
        return int(row[0])


def turns(connection: Connection[Any], *, username: str, conversation_id: int) -> tuple[Turn, ...]:
    """A chat from its beginning."""
    values = {"username": username, "conversation_id": conversation_id}
    return _rows(connection, Turn, "turns", values)


def outcomes(connection: Connection[Any], *, since: datetime) -> tuple[Outcomes, ...]:
    """How the chat's questions since then were answered, by the kind of answer."""
    return tuple(
        Outcomes(kind=kind, turns=turns, up=up, down=down)
        for kind, turns, up, down in connection.execute(_SQL["outcomes"], {"since": since})
    )


def judge(
    connection: Connection[Any], *, username: str, turn_id: int, thumb: Thumb | None, comment: str = ""
) -> None:
    """A thumb up or down for an answer, or none any more."""
    values = {"username": username, "turn_id": turn_id, "thumb": thumb, "comment": comment.strip()[:2000]}
    _one(connection, "thumb", values)


# ---------------------------------------------------------------- examples


def propose(
    connection: Connection[Any],
    *,
    question: str,
    query: str | None = None,
    sql: str | None = None,
    origin: Origin,
    by: str,
    now: datetime,
) -> None:
    """Offer a question and its Query, or its SQL, for review; the same offer waits once."""
    asked = {"question": question.strip(), "query": query, "sql": sql}
    connection.execute(_SQL["propose"], {**asked, "origin": origin, "by": by, "now": now})


def examples(connection: Connection[Any], *, state: State = "VERIFIED") -> tuple[Example, ...]:
    """The examples in a state, the earliest first."""
    return _rows(connection, Example, "examples", {"state": state})


def review(
    connection: Connection[Any],
    *,
    example_id: int,
    state: Literal["VERIFIED", "REFUSED"],
    by: str,
    now: datetime,
) -> None:
    """Accept or refuse an example; accepted, it takes the place of another one of the same question."""
    values: dict[str, Any] = {"example_id": example_id, "state": state, "by": by, "now": now}
    with connection.transaction():
        found = _rows(connection, Example, "example", values)
        if not found:
            raise NotFound("That example is no longer there.")
        if state == "VERIFIED":
            connection.execute(_SQL["replace_verified"], {**values, "question": found[0].question})
        connection.execute(_SQL["review"], values)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput("Name", f"give the question a name of 1 to {LONGEST_NAME} letters")
    if "\0" in name:
        raise InvalidInput("Name", "it holds a character that no name has")
    return name


def _rows(connection: Connection[Any], kind: type[T], block: str, values: Mapping[str, Any]) -> tuple[T, ...]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(_SQL[block], values))


def _one(connection: Connection[Any], block: str, values: Mapping[str, Any]) -> None:
    """Change one thing of the person's own; NotFound where it is another's or gone."""
    if connection.execute(_SQL[block], values).rowcount != 1:
        raise NotFound("That is no longer there, or it is somebody else's. Reload the page to see what is.")
