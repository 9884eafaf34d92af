"""What is remembered of telling: each trouble once, who was told of it, and which report is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString

from psycopg import Connection as PostgresqlConnection
from psycopg.rows import class_row

from awesome_analytics.app.schedule import Plan
from awesome_analytics.core.sql import blocks

Connection = PostgresqlConnection[tuple[Any, ...]]
Channel = Literal["mail", "webhook"]
Kind = Literal["failed run", "late", "difference", "quarantine"]

_KEPT = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that somebody must mend, from its first sight until it is over."""

    trouble_id: int
    kind: Kind
    told: str
    began_at: datetime
    over_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Notice(Trouble):
    """A trouble that a channel is to be told of, or its end; `attempt` counts what failed."""

    attempt: int


@dataclass(frozen=True, kw_only=True)
class Owed:
    """The plan of reports, and the due moment whose report is still to be sent from `not_before` on."""

    plan: Plan
    owed: datetime | None
    attempt: int
    not_before: datetime | None


def _block(name: str) -> LiteralString:
    return blocks(__package__, "telling.sql")[name]


def settle(
    connection: Connection, standing: Mapping[Kind, str], *, unknown: Sequence[Kind] = (), now: datetime
) -> None:
    """Hold what stands now against what is remembered: troubles begin, go on, or are over.

    Of the unknown kinds nobody can tell now: they stay as they were.
    """
    with connection.transaction():
        connection.execute(_block("end_troubles"), {"kinds": [*standing, *unknown], "now": now})
        for kind, told in standing.items():
            values = {"kind": kind, "told": told, "now": now}
            connection.execute(_block("retell_trouble"), values)
            connection.execute(_block("begin_trouble"), values)
        connection.execute(_block("forget_troubles"), {"before": now - _KEPT})


def open_troubles(connection: Connection) -> tuple[Trouble, ...]:
    """What is not over yet."""
    with connection.cursor(row_factory=class_row(Trouble)) as cursor:
        return tuple(cursor.execute(_block("open_troubles")))


def due(
    connection: Connection, channel: Channel, *, now: datetime, patience: timedelta
) -> tuple[Notice, ...]:
    """What the channel is to be told now: troubles that have stood for so long, and ends."""
    values = {"channel": channel, "now": now, "stood_since": now - patience}
    with connection.cursor(row_factory=class_row(Notice)) as cursor:
        return tuple(cursor.execute(_block("due_notices"), values))


def note_sent(connection: Connection, notice: Notice, channel: Channel, *, now: datetime) -> None:
    """The channel took it."""
    sent = "over" if notice.over_at else "began"
    values = {"trouble_id": notice.trouble_id, "channel": channel, "sent": sent, "now": now}
    connection.execute(_block("note_sent"), values)


def note_failed(connection: Connection, notice: Notice, channel: Channel, *, until: datetime) -> None:
    """The channel did not take it; it is tried again then."""
    values = {"trouble_id": notice.trouble_id, "channel": channel, "until": until}
    connection.execute(_block("note_failed"), values)


def read_report_plan(connection: Connection) -> Owed | None:
    """The plan of reports, held until the transaction ends."""
    row = connection.execute(_block("report_plan_for_update")).fetchone()
    if row is None:
        return None
    plan = Plan(cron=row[0], timezone=row[1], next_due=row[2], last_due=row[3])
    return Owed(plan=plan, owed=row[4], attempt=row[5], not_before=row[6])


def write_report_plan(connection: Connection, plan: Plan) -> None:
    """Replace the plan; what is owed stays."""
    connection.execute(_block("write_report_plan"), vars(plan))


def owe_report(connection: Connection, due: datetime, *, now: datetime) -> None:
    """A report is due; one that was still owed is not sent any more."""
    connection.execute(_block("owe_report"), {"due": due, "now": now})


def report_sent(connection: Connection) -> None:
    """Nothing is owed."""
    connection.execute(_block("report_sent"))


def report_failed(connection: Connection, *, until: datetime) -> None:
    """It is tried again then."""
    connection.execute(_block("report_failed"), {"until": until})
