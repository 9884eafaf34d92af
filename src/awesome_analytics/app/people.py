"""Who may log in: people made, given roles and passwords, removed, each with a line in the audit.

Every function takes a connection in autocommit and the moment; it is one transaction.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from awesome_analytics.app import passwords, roles
from awesome_analytics.core.errors import Conflict, InvalidInput, NotFound
from awesome_analytics.core.sql import blocks

USERNAME = "Username"
LINK_LASTS = timedelta(hours=24)

_SQL = blocks("awesome_analytics.app", "people.sql")
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who may log in, with what they may be and when they were last here."""

    username: str
    roles: tuple[str, ...]
    created_at: datetime
    password_changed_at: datetime
    seen_at: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", tuple(role for role in roles.LABELS if role in self.roles))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the audit."""

    at: datetime
    actor: str
    what: str
    detail: dict[str, Any]
    address: str | None


def username_of(typed: str) -> str:
    """A user name in the one form it is kept and compared in; refuses what can't be one."""
    name = typed.strip().casefold()
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            USERNAME, "use 2 to 64 letters, digits and . _ - @, beginning with a letter or digit"
        )
    return name


def add(
    connection: Connection[Any],
    *,
    username: str,
    password: str,
    roles_given: Iterable[str],
    actor: str,
    now: datetime,
) -> None:
    """Let somebody new in."""
    name, may = username_of(username), roles.known(roles_given)
    password_hash = passwords.hashed(password, username=name)
    with connection.transaction():
        _insert(connection, name, password_hash, may, now)
        note(connection, now=now, actor=actor, what="person added", detail={"username": name, "roles": may})


def _insert(
    connection: Connection[Any], name: str, password_hash: str, may: Sequence[str], now: datetime
) -> None:
    values = {"username": name, "password_hash": password_hash, "now": now}
    row = connection.execute(_SQL["insert_person"], values).fetchone()
    if row is None:
        raise Conflict(f"There is somebody called '{name}' already; choose another name.")
    for role in may:
        connection.execute(_SQL["insert_role"], {"person_id": row[0], "role": role})


def everyone(connection: Connection[Any]) -> tuple[Person, ...]:
    """All people by name."""
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        return tuple(cursor.execute(_SQL["people"]))


def set_roles(
    connection: Connection[Any], *, username: str, roles_given: Iterable[str], actor: str, now: datetime
) -> None:
    """Give a person exactly these roles; sessions in a role taken away end at once."""
    may = roles.known(roles_given)
    with connection.transaction():
        person = _held(connection, username)
        connection.execute(_SQL["delete_roles"], {"person_id": person["person_id"], "roles": list(may)})
        for role in may:
            connection.execute(_SQL["insert_role"], {"person_id": person["person_id"], "role": role})
        _refuse_nobody_in_charge(connection, person, still=roles.ADMINISTRATOR in may)
        detail = {"username": person["username"], "before": person["roles"], "roles": may}
        note(connection, now=now, actor=actor, what="roles changed", detail=detail)


def set_password(
    connection: Connection[Any], *, username: str, password: str, actor: str, now: datetime
) -> None:
    """A new password; every session of the person ends."""
    password_hash = passwords.hashed(password, username=username_of(username))
    with connection.transaction():
        person = _held(connection, username)
        values = {"person_id": person["person_id"], "password_hash": password_hash, "now": now}
        connection.execute(_SQL["set_password"], values)
        connection.execute(_SQL["end_sessions"], values)
        connection.execute(_SQL["forget_attempts"], {"username": person["username"]})
        detail = {"username": person["username"]}
        note(connection, now=now, actor=actor, what="password changed", detail=detail)


def end_sessions(connection: Connection[Any], *, username: str, actor: str, now: datetime) -> int:
    """Log a person out everywhere; returns of how many sessions."""
    with connection.transaction():
        person = _held(connection, username)
        ended = connection.execute(_SQL["end_sessions"], person).rowcount
        detail = {"username": person["username"], "sessions": ended}
        note(connection, now=now, actor=actor, what="sessions ended", detail=detail)
        return ended


def remove(connection: Connection[Any], *, username: str, actor: str, now: datetime) -> None:
    """Take a person away with roles and sessions; what they did stays in the audit and the books."""
    with connection.transaction():
        person = _held(connection, username)
        connection.execute(_SQL["delete_person"], {"person_id": person["person_id"]})
        _refuse_nobody_in_charge(connection, person, still=False)
        detail = {"username": person["username"], "roles": person["roles"]}
        note(connection, now=now, actor=actor, what="person removed", detail=detail)


def _held(connection: Connection[Any], username: str) -> dict[str, Any]:
    """The person's row, while no one else changes people."""
    connection.execute(_SQL["lock_people"])
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_SQL["person"], {"username": username_of(username)}).fetchone()
    if row is None:
        raise NotFound(f"There is nobody called '{username}'; awesome users list shows everyone.")
    return row


def _refuse_nobody_in_charge(connection: Connection[Any], person: dict[str, Any], *, still: bool) -> None:
    if still or roles.ADMINISTRATOR not in person["roles"]:
        return
    if connection.execute(_SQL["administrators"]).fetchone() == (0,):
        raise Conflict(
            f"'{person['username']}' is the only administrator, and somebody must manage people. "
            "Make another person an administrator first."
        )


def first_link(connection: Connection[Any], *, now: datetime) -> str | None:
    """The token of a one-time link that makes the first administrator; None once there are people.

    It goes behind `/welcome?token=`. Each call makes a new one, and older ones are good no more.
    """
    with connection.transaction():
        connection.execute(_SQL["lock_people"])
        if connection.execute(_SQL["nobody_exists"]).fetchone() != (True,):
            return None
        token = secrets.token_urlsafe(32)
        connection.execute(_SQL["replace_links"])
        values = {"token_hash": token_hash(token), "now": now, "expires_at": now + LINK_LASTS}
        connection.execute(_SQL["insert_link"], values)
        return token


def link_is_good(connection: Connection[Any], *, token: str, now: datetime) -> bool:
    """Whether the link may still be used."""
    values = {"token_hash": token_hash(token), "now": now}
    return connection.execute(_SQL["link_is_good"], values).fetchone() == (True,)


def use_first_link(
    connection: Connection[Any], *, token: str, username: str, password: str, now: datetime
) -> None:
    """Make the first person, administrator and store manager; the link is good no more."""
    name = username_of(username)
    password_hash = passwords.hashed(password, username=name)
    with connection.transaction():
        connection.execute(_SQL["lock_people"])
        nobody = connection.execute(_SQL["nobody_exists"]).fetchone() == (True,)
        if not (nobody and link_is_good(connection, token=token, now=now)):
            raise NotFound("This link was used or has expired. Start `awesome up` again for a new one.")
        may = (roles.STORE_MANAGER, roles.ADMINISTRATOR)
        _insert(connection, name, password_hash, may, now)
        connection.execute(_SQL["replace_links"])
        detail = {"username": name, "roles": may, "by": "the first start's link"}
        note(connection, now=now, actor=name, what="person added", detail=detail)


def token_hash(token: str) -> bytes:
    """What is kept of a secret token: it can't be won back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def note(
    connection: Connection[Any],
    *,
    now: datetime,
    actor: str,
    what: str,
    detail: dict[str, Any],
    address: str | None = None,
) -> None:
    """Write a line of the audit."""
    values = {"now": now, "actor": actor, "what": what, "detail": json.dumps(detail), "address": address}
    connection.execute(_SQL["audit"], values)


def audit(connection: Connection[Any], *, limit: int = 100) -> tuple[Entry, ...]:
    """The newest lines of the audit, newest first."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return tuple(cursor.execute(_SQL["newest_audit"], {"limit": limit}))
