"""What the ETL page shows, with the least rights: the log as a reader, changes as the books' reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from awesome_analytics.app import schedule
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import history
from awesome_analytics.etl.full import FULL
from awesome_analytics.etl.incremental import INCREMENTAL
from awesome_analytics.etl.source import Connection, Source, block
from awesome_analytics.etl.status import held_back, last_success
from awesome_analytics.scheduler.tenure import BEAT_SECONDS
from awesome_analytics.warehouse.engine import Engine

_SILENT_AFTER = timedelta(seconds=BEAT_SECONDS * 6)
_AROUND = ("lock", "snapshot", "commit")
"""The steps of every run beside its own."""
_ENGINES = {"mysql": "MySQL", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What was asked of the scheduler and how it stands: all from the schema `app`."""

    run: schedule.Request | None
    run_progress: schedule.Progress | None
    reconcile: schedule.Request | None
    reconcile_progress: schedule.Progress | None
    last_reconciled: schedule.Request | None
    plan: schedule.Plan | None
    heartbeat: schedule.Heartbeat | None
    alive: bool
    quarantine: Sequence[schedule.Refused]


@dataclass(frozen=True, kw_only=True)
class Log:
    """The newest runs, newest first; `standing` is the newest that succeeded: the warehouse's watermark."""

    runs: Sequence[history.Run]
    successes: int
    standing: history.Run | None


@dataclass(frozen=True, kw_only=True)
class Capture:
    """What waits in the books since the watermark, and what holds it back."""

    watermark: int | None
    as_of: datetime | None
    lag: timedelta | None
    waiting: Mapping[str, int]
    held_back_by: str | None
    running: bool


def desk(connection: schedule.Connection, *, now: datetime) -> Desk:
    """Read the desk."""
    run = _first(schedule.newest(connection, kinds=schedule.RUNS))
    reconciled = schedule.newest(connection, kinds=("reconcile",), limit=20)
    reconcile = _first(reconciled)
    heartbeat = schedule.last_heartbeat(connection)
    return Desk(
        run=run,
        run_progress=schedule.progress_of(connection, run) if run else None,
        reconcile=reconcile,
        reconcile_progress=schedule.progress_of(connection, reconcile) if reconcile else None,
        last_reconciled=next((each for each in reconciled if each.outcome), None),
        plan=schedule.read_plan(connection),
        heartbeat=heartbeat,
        alive=heartbeat is not None and is_alive(heartbeat, now=now),
        quarantine=schedule.quarantine(connection),
    )


def is_alive(heartbeat: schedule.Heartbeat, *, now: datetime) -> bool:
    """Whether the scheduler gave a sign of life lately."""
    return now - heartbeat.beat_at < _SILENT_AFTER


def _first(requests: Sequence[schedule.Request]) -> schedule.Request | None:
    return requests[0] if requests else None


def log(engine: Engine, *, limit: int) -> Log:
    """Read the log of runs."""
    runs = history.runs(engine, limit=limit)
    return Log(runs=runs, successes=history.successes(engine), standing=last_success(engine))


def capture(connection: Connection, standing: history.Run | None, *, now: datetime) -> Capture:
    """Read what changed in the books since that run."""
    source = Source(connection)
    waiting: Mapping[str, int]
    if standing is None or standing.watermark is None:
        waiting = source.counts()
    else:
        rows = source.query(block("counts_changed"), {"watermark": str(standing.watermark)})
        waiting = {str(table): int(count) for table, count in rows}
    as_of = standing.as_of if standing else None
    return Capture(
        watermark=standing.watermark if standing else None,
        as_of=as_of,
        lag=now - as_of if as_of else None,
        waiting={table: count for table, count in waiting.items() if count},
        held_back_by=held_back(connection, longer_than=60),
        running=connection.execute(block("lock_holder")).fetchone() is not None,
    )


def done_share(request: schedule.Request, progress: schedule.Progress | None) -> float:
    """How much of a wish's attempt is done, 0 to 1; each step counts alike, the current one by its rows."""
    if request.status == "DONE":
        return 1.0
    if progress is None or not progress.steps or request.kind == "reconcile":
        return 0.0
    names = {step["step"] for step in progress.steps}
    full = request.kind == "full" or "shadow" in names
    steps = len(FULL if full else INCREMENTAL) + len(_AROUND)
    ended = sum(1 for step in progress.steps if step["ended_at"])
    return min((ended + _share_of_rows(progress.steps[-1])) / steps, 0.99)


def _share_of_rows(step: Mapping[str, object]) -> float:
    rows = step["rows"]
    if step["ended_at"] or not isinstance(rows, dict):
        return 0.0
    known = [(each["done"], each["expected"]) for each in rows.values() if each["expected"]]
    expected = sum(of for _, of in known)
    return min(sum(done for done, _ in known) / expected, 1.0) if expected else 0.0


def warehouse_name(settings: Settings) -> str:
    """The warehouse's engine, as people call it."""
    scheme = settings.warehouse_url.scheme if settings.warehouse_url else "postgresql"
    return _ENGINES[scheme]
