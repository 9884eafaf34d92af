"""How the pipeline stands: the last run, what waits, what holds it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from awesome_analytics.etl import history
from awesome_analytics.etl.runner import Ends, opened
from awesome_analytics.etl.source import Connection, Retry, Source, block
from awesome_analytics.warehouse.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Status:
    """The pipeline at a moment.

    `state` is 'never run', 'running', 'ready' or 'failed'. `waiting` counts changed rows of the books by
    table. `lag_seconds` is the age of `as_of`. `held_back_by` tells the oldest write left open, if any.
    """

    state: str
    successful_runs: int
    last_run: history.Run | None
    as_of: datetime | None
    lag_seconds: float | None
    watermark: int | None
    waiting: Mapping[str, int]
    quarantined: int
    held_back_by: str | None


def status(ends: Ends) -> Status:
    """Read the log, the watermark and the books' changes since."""
    with opened(ends) as engine, ends.open_source() as connection:
        standing = history.read_watermark(engine)
        newest = history.runs(engine, limit=1)
        source = Source(connection)
        running = connection.execute(block("lock_holder")).fetchone() is not None
        waiting = source.changes(standing.watermark, Retry()).counts if standing else source.counts()
        return Status(
            state=_state(newest[0] if newest else None, running=running),
            successful_runs=history.successes(engine),
            last_run=newest[0] if newest else None,
            as_of=standing.as_of if standing else None,
            lag_seconds=(ends.now() - standing.as_of).total_seconds() if standing else None,
            watermark=standing.watermark if standing else None,
            waiting={table: count for table, count in waiting.items() if count},
            quarantined=len(history.quarantined(engine)),
            held_back_by=held_back(connection, longer_than=0),
        )


def runs_by_status(engine: Engine) -> Mapping[str, int]:
    """How many runs ended how, or are under way."""
    return {str(status): int(count) for status, count in engine.query(history.block("runs_by_status"))}


def last_success(engine: Engine) -> history.Run | None:
    """The newest run that succeeded, however many have failed since."""
    rows = engine.query(history.block("last_success"))
    return history.run_of(rows[0]) if rows else None


def held_back(connection: Connection, *, longer_than: float) -> str | None:
    """The oldest write transaction left open in the source's server for that many seconds, in words."""
    try:
        oldest = connection.execute(block("oldest_writer")).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    if not oldest or oldest[0] < longer_than:
        return None
    seconds = float(oldest[0])
    age = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
    return f"a write has been left open for {age} by {oldest[1]}"


def _state(newest: history.Run | None, *, running: bool) -> str:
    if running:
        return "running"
    if newest is None:
        return "never run"
    return "ready" if newest.status == "SUCCESS" else "failed"
