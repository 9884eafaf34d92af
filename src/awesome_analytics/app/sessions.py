"""Who is logged in: a secret token in a cookie, its SHA-256 here; gone on log-out or by time."""

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from awesome_analytics.app import passwords
from awesome_analytics.app.people import note, token_hash
from awesome_analytics.core.errors import Denied
from awesome_analytics.core.sql import blocks

IDLE = timedelta(hours=12)
"""A session ends when nothing was asked for so long."""
LONGEST = timedelta(days=7)
"""And at the latest after so long."""

FREE_ATTEMPTS = {"account": 5, "address": 25}
"""Failures that cost no wait; each one after them doubles it, from one second."""
LONGEST_WAIT = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(hours=1)

_SEEN_EVERY = timedelta(minutes=1)
_SQL = blocks("awesome_analytics.app", "sessions.sql")
_PEOPLE = blocks("awesome_analytics.app", "people.sql")
_REFUSED = "That user name, password and role do not go together."


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who asks, and in which of their roles."""

    username: str
    role: str


def log_in(
    connection: Connection[Any], *, username: str, password: str, role: str, address: str, now: datetime
) -> str:
    """Open a session and return its token; Denied alike for a wrong name, password or role."""
    name, place = username.strip().casefold()[:64], _place(address)
    _count_attempt(connection, name, place, now)
    person = _row(connection, _PEOPLE["person"], username=name)
    right = passwords.matches(password, person["password_hash"] if person else None)
    if person is None or not right or role not in person["roles"]:
        detail = {"role": role} if right else {}
        note(connection, now=now, actor=name, what="log-in refused", detail=detail, address=address)
        raise Denied(_REFUSED)
    if passwords.is_dated(person["password_hash"]):
        better = passwords.hashed(password, username=name)
        connection.execute(_PEOPLE["improve_hash"], {**person, "password_hash": better})
    token = secrets.token_urlsafe(32)
    with connection.transaction():
        _sweep(connection, now)
        connection.execute(_SQL["forgive_account"], {"subject": name})
        connection.execute(_SQL["forgive_address"], {"subject": place, "now": now})
        values = {"token_hash": token_hash(token), "role": role, "now": now, "address": address}
        connection.execute(_SQL["open_session"], {**person, **values})
        note(connection, now=now, actor=name, what="logged in", detail={"role": role}, address=address)
    return token


def who(connection: Connection[Any], *, token: str, now: datetime) -> Visitor | None:
    """Whose session it is; None when it has ended."""
    values = {"token_hash": token_hash(token), "now": now, **_limits(now)}
    found = _row(connection, _SQL["who"], **values)
    if found is None:
        return None
    if now - found["seen_at"] > _SEEN_EVERY:
        connection.execute(_SQL["seen"], values)
    return Visitor(username=found["username"], role=found["role"])


def signed_in(connection: Connection[Any], *, now: datetime) -> Mapping[str, int]:
    """How many sessions are open, by role."""
    rows = connection.execute(_SQL["signed_in"], _limits(now)).fetchall()
    return {str(role): int(count) for role, count in rows}


def log_out(connection: Connection[Any], *, token: str, now: datetime) -> None:
    """End the session; one that ended before is no error."""
    ended = connection.execute(_SQL["close_session"], {"token_hash": token_hash(token)}).fetchone()
    if ended is not None:
        note(connection, now=now, actor=ended[0], what="logged out", detail={"role": ended[1]})


def _count_attempt(connection: Connection[Any], name: str, place: str, now: datetime) -> None:
    """Refuse a blocked address or account; else count the attempt on both."""
    for kind, subject in (("address", place), ("account", name)):
        values = {
            "kind": kind,
            "subject": subject,
            "now": now,
            "forget": now - FORGOTTEN_AFTER,
            "free": FREE_ATTEMPTS[kind],
            "longest": LONGEST_WAIT,
        }
        if connection.execute(_SQL["attempt"], values).fetchone() is None:
            row = connection.execute(_SQL["blocked_until"], values).fetchone()
            left = (row[0] - now).total_seconds() if row else 1
            raise _too_many(max(1, math.ceil(left)))


def _too_many(seconds: int) -> Denied:
    unit = "second" if seconds == 1 else "seconds"
    return Denied(f"Too many tries. Wait {seconds} {unit} and try again.", retry_after=seconds)


def _place(address: str) -> str:
    """An address as it is counted: an IPv6 household has a whole /64 to try from."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    return str(found) if found.version == 4 else str(ip_network(f"{found}/64", strict=False))


def _limits(now: datetime) -> dict[str, datetime]:
    return {"idle_since": now - IDLE, "made_since": now - LONGEST}


def _sweep(connection: Connection[Any], now: datetime) -> None:
    connection.execute(_SQL["sweep_sessions"], _limits(now))
    connection.execute(_SQL["sweep_attempts"], {"now": now, "forget": now - FORGOTTEN_AFTER})


def _row(connection: Connection[Any], sql: Any, **values: Any) -> dict[str, Any] | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql, values).fetchone()
