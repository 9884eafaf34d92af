"""How the whole shop stands at a moment, for metrics, alerts and health: numbers and moments alone.

All of it stands in the databases, so that any process may ask. A server that is away leaves its part empty.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
import pymysql

from awesome_analytics.app import desk, schedule, sessions, telling
from awesome_analytics.app.telling import Kind
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.etl import history, status
from awesome_analytics.etl.source import Connection
from awesome_analytics.scheduler import overview
from awesome_analytics.warehouse.engine import Engine

_RUNS = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Doors:
    """How to reach the schema `app`, the books as the pipeline reads them, and the warehouse as a reader."""

    app: Callable[[], AbstractContextManager[schedule.Connection]]
    source: Callable[[], AbstractContextManager[Connection]]
    reader: Callable[[], AbstractContextManager[Engine]]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What the last reconciliation found."""

    at: datetime
    differences: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the schema `app` knows."""

    plan: schedule.Plan | None
    heartbeat: schedule.Heartbeat | None
    run: schedule.Request | None
    compared: Compared | None
    quarantine: Mapping[str, int]
    signed_in: Mapping[str, int]
    answers: Sequence[desk.Outcomes]
    troubles: Sequence[Kind]


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What the warehouse's log knows; `standing` is the run whose state the warehouse shows."""

    counts: Mapping[str, int]
    runs: Sequence[history.Run]
    standing: history.Run | None


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """A part that is None could not be asked."""

    at: datetime
    kept: Kept | None
    logged: Logged | None
    changes: overview.Capture | None
    away: Sequence[str] = field(default=())


def take(doors: Doors, *, now: datetime, changes: bool = True) -> Pulse:
    """Ask all that answers; `changes` also counts what waits in the books."""
    away: list[str] = []
    kept = logged = captured = None
    with _told(away, "books"), doors.app() as connection:
        kept = read_kept(connection, now=now)
    with _told(away, "warehouse"), doors.reader() as engine:
        logged = read_logged(engine)
    if changes and kept is not None and logged is not None:
        with _told(away, "changes"), doors.source() as connection:
            captured = overview.capture(connection, logged.standing, now=now)
    return Pulse(at=now, kept=kept, logged=logged, changes=captured, away=away)


@contextmanager
def _told(away: list[str], part: str) -> Iterator[None]:
    try:
        yield
    except (AwesomeError, psycopg.Error, pymysql.err.MySQLError, OSError):
        away.append(part)


def read_kept(connection: schedule.Connection, *, now: datetime) -> Kept:
    """Ask the schema `app`."""
    requests = schedule.newest(connection, kinds=schedule.RUNS)
    refused: dict[str, int] = {}
    for row in schedule.quarantine(connection):
        refused[row.table_name] = refused.get(row.table_name, 0) + 1
    return Kept(
        plan=schedule.read_plan(connection),
        heartbeat=schedule.last_heartbeat(connection),
        run=requests[0] if requests else None,
        compared=_compared(schedule.newest(connection, kinds=("reconcile",), limit=20)),
        quarantine=refused,
        signed_in=sessions.signed_in(connection, now=now),
        answers=desk.outcomes(connection, since=now - _DAY),
        troubles=tuple(each.kind for each in telling.open_troubles(connection)),
    )


def _compared(requests: Sequence[schedule.Request]) -> Compared | None:
    for each in requests:
        if each.outcome is not None and each.finished_at is not None:
            return Compared(at=each.finished_at, differences=int(each.outcome["count"]))
    return None


def read_logged(engine: Engine) -> Logged:
    """Ask the warehouse's log."""
    return Logged(
        counts=status.runs_by_status(engine),
        runs=history.runs(engine, limit=_RUNS),
        standing=status.last_success(engine),
    )
