"""What the web pages and the scheduler say to each other: wishes, progress, the plan, a heartbeat."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString, cast

from psycopg import Connection as PostgresqlConnection
from psycopg.types.json import Jsonb

from awesome_analytics.core.sql import blocks

Connection = PostgresqlConnection[tuple[Any, ...]]
Kind = Literal["run", "full", "reconcile"]
Cause = Literal["asked", "schedule", "missed"]

RUNS: tuple[Kind, ...] = ("run", "full")
"""The kinds of wish that move the warehouse."""

_KEPT = timedelta(days=90)
_KILLED = "the scheduler was stopped in the middle of it; nothing of it stayed"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When the pipeline starts by itself; `next_due` None means never."""

    cron: str
    timezone: str
    next_due: datetime | None
    last_due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """A wish: WAITING, RUNNING, DONE or FAILED. `error` is why its last attempt failed."""

    request_id: int
    kind: Kind
    cause: Cause
    asked_by: str
    asked_at: datetime
    not_before: datetime
    attempt: int
    status: str
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    outcome: Mapping[str, Any] | None

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.status in ("WAITING", "RUNNING")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an attempt is: its steps in order, as `app.etl_progress` describes them."""

    attempt: int
    steps: Sequence[Mapping[str, Any]]
    warnings: Sequence[str]
    told_at: datetime


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """The last sign of life of a scheduler; `trouble` is what keeps it from its work."""

    process: str
    started_at: datetime
    beat_at: datetime
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A row of the books that the warehouse can't take, as of the newest run."""

    table_name: str
    row_key: str
    reason: str
    first_run_id: int
    last_run_id: int


def _block(name: str) -> LiteralString:
    return blocks(__package__, "schedule.sql")[name]


def ask(connection: Connection, kind: Kind, *, asked_by: str, now: datetime, cause: Cause = "asked") -> int:
    """Wish for a run or a reconciliation; one that waits already is told to start now. Returns its id."""
    values = {"kind": kind, "cause": cause, "asked_by": asked_by, "now": now}
    row = connection.execute(_block("ask"), values).fetchone()
    assert row is not None
    return int(row[0])


def take(connection: Connection, *, now: datetime) -> Request | None:
    """The next wish whose time has come, now RUNNING."""
    row = connection.execute(_block("take"), {"now": now}).fetchone()
    return Request(**_named(row)) if row else None


def finish(connection: Connection, request: Request, outcome: Mapping[str, Any], *, now: datetime) -> bool:
    """Write DONE; False when the wish is no longer this attempt's."""
    return _end(connection, "finish", request, now=now, outcome=Jsonb(outcome))


def record(
    connection: Connection,
    kind: Kind,
    outcome: Mapping[str, Any],
    *,
    asked_by: str,
    began: datetime,
    now: datetime,
) -> None:
    """Write down what somebody did by hand, beside the scheduler."""
    values = {"kind": kind, "outcome": Jsonb(outcome), "asked_by": asked_by, "began": began, "now": now}
    connection.execute(_block("record"), values)


def fail(connection: Connection, request: Request, error: str, *, now: datetime) -> bool:
    """Write FAILED; False when the wish is no longer this attempt's."""
    return _end(connection, "fail", request, now=now, error=error)


def postpone(
    connection: Connection, request: Request, error: str, *, until: datetime, now: datetime, counted: bool
) -> bool:
    """Put the wish back to wait; False when a younger one waits, which then takes its place."""
    attempts = request.attempt - (not counted)
    if _end(connection, "postpone", request, now=now, error=error, until=until, counted=attempts):
        return True
    fail(connection, request, f"{error}; a younger request takes its place", now=now)
    return False


def settle(connection: Connection, *, now: datetime) -> Request | None:
    """Put back what a scheduler that is no more left RUNNING. Only the one scheduler may come here."""
    connection.execute(_block("forget"), {"before": now - _KEPT})
    row = connection.execute(_block("running")).fetchone()
    if row is None:
        return None
    left = Request(**_named(row))
    postpone(connection, left, _KILLED, until=now, now=now, counted=True)
    return left


def newest(connection: Connection, *, kinds: Sequence[Kind], limit: int = 1) -> list[Request]:
    """The newest wishes of these kinds, newest first."""
    rows = connection.execute(_block("newest"), {"kinds": list(kinds), "limit": limit}).fetchall()
    return [Request(**_named(row)) for row in rows]


def write_progress(connection: Connection, request: Request, progress: Progress) -> None:
    """Tell how far the attempt is."""
    values = {
        "request_id": request.request_id,
        "attempt": progress.attempt,
        "steps": Jsonb(list(progress.steps)),
        "warnings": Jsonb(list(progress.warnings)),
        "now": progress.told_at,
    }
    connection.execute(_block("write_progress"), values)


def progress_of(connection: Connection, request: Request) -> Progress | None:
    """How far the wish's last attempt came; None before its first step."""
    row = connection.execute(_block("progress"), {"request_id": request.request_id}).fetchone()
    return Progress(attempt=row[0], steps=row[1], warnings=row[2], told_at=row[3]) if row else None


def read_plan(connection: Connection, *, hold: bool = False) -> Plan | None:
    """The plan; `hold` keeps others from changing it until the transaction ends."""
    row = connection.execute(_block("plan_for_update" if hold else "plan")).fetchone()
    return Plan(cron=row[0], timezone=row[1], next_due=row[2], last_due=row[3]) if row else None


def write_plan(connection: Connection, plan: Plan) -> None:
    """Replace the plan."""
    connection.execute(_block("write_plan"), vars(plan))


def be_the_only_scheduler(connection: Connection) -> bool:
    """Take the lock that goes with the connection; False when another scheduler holds it."""
    return connection.execute(_block("be_the_only_one")).fetchone() == (True,)


def beat(connection: Connection, heartbeat: Heartbeat) -> None:
    """Give a sign of life."""
    connection.execute(_block("beat"), {**vars(heartbeat), "now": heartbeat.beat_at})


def last_heartbeat(connection: Connection) -> Heartbeat | None:
    """The last sign of life; None when there never was a scheduler."""
    row = connection.execute(_block("scheduler")).fetchone()
    return Heartbeat(process=row[0], started_at=row[1], beat_at=row[2], trouble=row[3]) if row else None


def publish_quarantine(connection: Connection, rows: Iterable[Refused]) -> None:
    """Replace the copy that the pages read."""
    with connection.transaction():
        connection.execute(_block("clear_quarantine"))
        with connection.cursor() as cursor:
            cursor.executemany(_block("insert_quarantine"), [vars(row) for row in rows])


def quarantine(connection: Connection) -> list[Refused]:
    """The copy, by table and key."""
    names = ("table_name", "row_key", "reason", "first_run_id", "last_run_id")
    rows = connection.execute(_block("quarantine")).fetchall()
    return [Refused(**dict(zip(names, row, strict=True))) for row in rows]


def _end(connection: Connection, block: str, request: Request, **values: Any) -> bool:
    mine = {"request_id": request.request_id, "attempt": request.attempt}
    return connection.execute(_block(block), {**mine, **values}).rowcount == 1


def _named(row: Sequence[Any]) -> dict[str, Any]:
    names = cast("tuple[str, ...]", tuple(Request.__dataclass_fields__))
    return dict(zip(names, row, strict=True))
