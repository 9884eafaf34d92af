"""One wish done: a run or a reconciliation, and what the pages are told of its outcome."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from awesome_analytics.app import schedule
from awesome_analytics.core.errors import AlreadyRunning, NotInitialised, ServerUnavailable
from awesome_analytics.core.log import Log
from awesome_analytics.etl import history, pipeline, reconcile
from awesome_analytics.etl.runner import Ends, opened
from awesome_analytics.etl.work import Watcher
from awesome_analytics.scheduler.logged import LoggedRun
from awesome_analytics.scheduler.progress import WrittenProgress
from awesome_analytics.scheduler.timetable import back_off

MOST_ATTEMPTS = 6
"""Attempts at what fails for another reason than a server that is down; that one is waited for."""

_BUSY_PAUSE = timedelta(seconds=5)
_STOPPED = "stopped with the scheduler; it is done again at the next start"


def do(connection: schedule.Connection, request: schedule.Request, ends: Ends, log: Log) -> None:
    """Do what was asked and write how it ended; a failure is written, too, and tried again later."""
    written = WrittenProgress(connection, request, now=ends.now)
    watch = LoggedRun(log, request, written)
    began = ends.now()
    try:
        outcome = _DONE_BY[request.kind](ends, request, watch)
        written.end()
        schedule.finish(connection, request, outcome, now=ends.now())
        watch.ended(outcome, seconds=(ends.now() - began).total_seconds())
    except KeyboardInterrupt:
        watch.put_off(_STOPPED)
        now = ends.now()
        schedule.postpone(connection, request, _STOPPED, until=now, now=now, counted=False)
        raise
    except AlreadyRunning as error:
        watch.put_off("another run is at work")
        now = ends.now()
        until = now + _BUSY_PAUSE
        schedule.postpone(connection, request, str(error), until=until, now=now, counted=False)
    except Exception as error:  # whatever it is, the next wish must not suffer from it
        watch.failed(error)
        _try_again(connection, request, error, ends)


def _try_again(
    connection: schedule.Connection, request: schedule.Request, error: Exception, ends: Ends
) -> None:
    now = ends.now()
    told = " ".join(str(error).split())
    waited_for = isinstance(error, ServerUnavailable | NotInitialised)
    if request.attempt >= MOST_ATTEMPTS and not waited_for:
        schedule.fail(connection, request, told, now=now)
        return
    until = now + back_off(request.attempt)
    schedule.postpone(connection, request, told, until=until, now=now, counted=True)


def _run(ends: Ends, request: schedule.Request, watch: Watcher) -> Mapping[str, Any]:
    done = pipeline.run(ends, full=request.kind == "full", watch=watch)
    return {
        "run_id": done.run_id,
        "records": done.outcome.records,
        "mode": done.outcome.mode,
        "reason": done.outcome.reason,
        "as_of": done.as_of.isoformat(),
    }


def _reconcile(ends: Ends, _request: schedule.Request, watch: Watcher) -> Mapping[str, Any]:
    watch.step("reconcile", "Compare books and warehouse, row by row")
    return reconciled(reconcile.reconcile(ends, progress=lambda table, rows: watch.rows(table, rows, None)))


def reconciled(found: reconcile.Reconciliation) -> Mapping[str, Any]:
    """What is kept of a comparison of everything."""
    return {
        "run_id": found.run_id,
        "as_of": found.as_of.isoformat(),
        "compared": dict(found.compared),
        "count": found.count + sum(found.wrong_cells.values()),
        "waiting": found.waiting,
        "quarantined": found.quarantined,
        "totals": {side: {k: str(v) for k, v in sums.items()} for side, sums in found.totals.items()},
        "differences": [
            *({"table": d.table, "key": d.key, "text": d.text} for d in found.differences),
            *({"table": "summaries", "key": "", "text": text} for text in found.cells),
        ],
    }


_DONE_BY = {"run": _run, "full": _run, "reconcile": _reconcile}


def newest_ended_run(ends: Ends) -> int | None:
    """The newest run of the log that is over, by whoever started it."""
    with opened(ends) as engine:
        ended = (run.run_id for run in history.runs(engine, limit=2) if run.status != "RUNNING")
        return next(ended, None)


def publish_quarantine(connection: schedule.Connection, ends: Ends) -> None:
    """Copy the warehouse's quarantine to where the pages may read it."""
    with opened(ends) as engine:
        rows = history.quarantined(engine)
    schedule.publish_quarantine(
        connection,
        [
            schedule.Refused(
                table_name=row.table_name,
                row_key=row.row_key,
                reason=row.reason,
                first_run_id=row.first_run_id,
                last_run_id=row.last_run_id,
            )
            for row in rows
        ],
    )
