"""Log-in of people whom the company's own log-in has proved: they must be ours, and the session is ours."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from awesome_analytics.app.people import note, token_hash
from awesome_analytics.core.errors import Denied
from awesome_analytics.core.sql import blocks

_SQL = blocks("awesome_analytics.app", "sessions.sql")
_PEOPLE = blocks("awesome_analytics.app", "people.sql")


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """One of ours, and what they may be."""

    username: str
    roles: tuple[str, ...]


def recognise(
    connection: Connection[Any], *, names: Sequence[str], shown: str, address: str, now: datetime
) -> Recognised:
    """The first of the names that is one of ours with a role; Denied for a stranger, who gets no right."""
    for name in names:
        row = _person(connection, name)
        if row is not None and row["roles"]:
            return Recognised(username=row["username"], roles=tuple(row["roles"]))
    detail = {"by": "provider"}
    note(connection, now=now, actor=shown[:64], what="log-in refused", detail=detail, address=address)
    raise Denied(
        f"Your company's log-in knows you as {shown[:64]}, but nobody of that name may come in here yet. "
        "Ask an administrator of this shop to add that name under Users and to give it a role."
    )


def open_for(connection: Connection[Any], *, username: str, role: str, address: str, now: datetime) -> str:
    """Open a session for somebody recognised and return its token; Denied for a role they lack."""
    row = _person(connection, username)
    detail = {"role": role, "by": "provider"}
    if row is None or role not in row["roles"]:
        note(connection, now=now, actor=username, what="log-in refused", detail=detail, address=address)
        raise Denied("That role is not one of yours. Begin again and choose another.")
    token = secrets.token_urlsafe(32)
    values = {"token_hash": token_hash(token), "role": role, "now": now, "address": address}
    with connection.transaction():
        connection.execute(_SQL["open_session"], {**row, **values})
        note(connection, now=now, actor=row["username"], what="logged in", detail=detail, address=address)
    return token


def _person(connection: Connection[Any], name: str) -> dict[str, Any] | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_PEOPLE["person"], {"username": name[:64]}).fetchone()
