"""The doctor's look at the pipeline: last run, lateness, quarantine, proof, summaries; and at Gemini."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim

from awesome_analytics.app import schedule
from awesome_analytics.bootstrap.doctor_case import Case, Ill, NotLooked
from awesome_analytics.chat import gemini_wire
from awesome_analytics.core.errors import ModelNonsense, ModelUnavailable, PipelineError
from awesome_analytics.etl import history, reconcile
from awesome_analytics.etl.source import block as etl_block
from awesome_analytics.etl.status import held_back

_RUN = "`awesome etl run`"
_PATIENCE = 20.0


def last_run(case: Case) -> str:
    """The newest run succeeded, or is at work."""
    with case.warehouse() as engine, case.source() as books:
        newest = history.runs(engine, limit=1)
        running = books.execute(etl_block("lock_holder")).fetchone() is not None
    if not newest:
        raise Ill("the pipeline never ran: the warehouse is empty", f"{_RUN} makes the first load")
    run = newest[0]
    if running:
        return f"run {run.run_id} is at work"
    if run.status == "RUNNING":
        raise Ill(f"run {run.run_id} was killed in the middle; nothing of it stayed", f"give {_RUN}")
    if run.status != "SUCCESS":
        raise Ill(
            f"run {run.run_id} failed: {run.error}",
            f"mend what it names, then give {_RUN}; the warehouse stands at the run before",
        )
    return f"run {run.run_id} succeeded, as of {run.as_of:%Y-%m-%d %H:%M:%S} UTC"


def lateness(case: Case) -> str:
    """A run succeeded since the last moment that the schedule names."""
    cron, now = case.settings.etl_schedule, case.now()
    if cron is None:
        return "no schedule: runs start by hand"
    with case.warehouse() as engine:
        standing = history.read_watermark(engine)
    if standing is None:
        raise NotLooked("the pipeline never ran")
    due = last_due(cron, case.settings.timezone, before=now - timedelta(seconds=case.limits.late_seconds))
    hours = (now - standing.as_of).total_seconds() / 3600
    if due is not None and standing.as_of < due:
        raise Ill(
            f"ETL late: the warehouse is as of {standing.as_of:%Y-%m-%d %H:%M} UTC ({hours:,.1f} hours ago), "
            f"a run was due at {due:%Y-%m-%d %H:%M} UTC; {_scheduler(case, now)}",
            f"keep `awesome up` running, which holds the scheduler, or give {_RUN} now",
        )
    return f"as of {hours:,.1f} hours ago, schedule '{cron}'; {_scheduler(case, now)}"


def last_due(cron: str, zone: ZoneInfo, *, before: datetime) -> datetime | None:
    """The last moment before `before` that the cron line means."""
    moments = CronSim(cron, before.astimezone(zone), reverse=True)
    return next((each.astimezone(UTC) for each in islice(moments, 1)), None)


def _scheduler(case: Case, now: datetime) -> str:
    with case.app() as connection:
        beat = schedule.last_heartbeat(connection)
    if beat is None:
        return "there never was a scheduler"
    minutes = (now - beat.beat_at).total_seconds() / 60
    silent = f"the scheduler has been silent for {minutes:,.0f} minutes" if minutes > 2 else None
    return silent or (
        f"the scheduler is in trouble: {beat.trouble}" if beat.trouble else "the scheduler is at work"
    )


def open_writes(case: Case) -> str:
    """No write left open in the source's server holds the watermark back."""
    with case.source() as books:
        told = held_back(books, longer_than=case.limits.held_back_seconds)
    if told:
        raise Ill(
            f"{told}: until it ends, every run reads again what was written since",
            "end that session or prepared transaction",
        )
    return "no write has been left open"


def quarantine(case: Case) -> str:
    """Every row of the books is in the warehouse."""
    with case.warehouse() as engine:
        refused = history.quarantined(engine)
    if refused:
        raise Ill(
            f"{len(refused)} rows of the books are in quarantine, the first: {refused[0].table_name} "
            f"{refused[0].row_key} ({refused[0].reason})",
            "`awesome etl quarantine` lists them; correct them in the books, the next run takes them",
        )
    return "no row waits in quarantine"


def reconciliation(case: Case) -> str:
    """Books and warehouse agree: by the last reconciliation, or by one made now."""
    if case.deep:
        return _reconcile_now(case)
    with case.app() as connection:
        newest = schedule.newest(connection, kinds=("reconcile",), limit=20)
    known = next((each for each in newest if each.outcome), None)
    if known is None or known.outcome is None or known.finished_at is None:
        return "each run proved what it loaded; all was never compared from the ETL page (--deep does it now)"
    wrong = _wrong(known.outcome)
    if wrong:
        raise _difference(wrong, f"the reconciliation of {known.finished_at:%Y-%m-%d %H:%M} UTC")
    return f"0 differences on {known.finished_at:%Y-%m-%d %H:%M} UTC"


def _wrong(outcome: Mapping[str, Any]) -> int:
    cells = outcome.get("wrong_cells") or {}
    return int(outcome.get("count") or 0) + sum(int(count) for count in cells.values())


def _reconcile_now(case: Case) -> str:
    try:
        found = reconcile.reconcile(case.ends)
    except PipelineError as error:
        raise NotLooked(str(error)) from None
    wrong = found.count + sum(found.wrong_cells.values())
    if wrong:
        first = found.differences[0].text if found.differences else found.cells[0]
        raise _difference(wrong, f"reconciled now: {first}")
    return f"0 differences in {sum(found.compared.values()):,} rows, compared now"


def _difference(count: int, told: str) -> Ill:
    return Ill(
        f"books and warehouse differ in {count} places ({told})",
        "`awesome etl reconcile` lists them; `awesome etl run --full` builds the warehouse anew",
    )


def summaries(case: Case) -> str:
    """The summary tables stand as they are declared."""
    with case.warehouse() as engine:
        standing = history.read_watermark(engine)
    if standing is None:
        raise NotLooked("the pipeline never ran")
    if lack := standing.summaries_lack:
        raise Ill(lack, f"give {_RUN}: it builds them anew")
    return f"of version {standing.summaries}"


def gemini(case: Case) -> str:
    """The key is taken, where one is set."""
    settings = case.settings
    if settings.gemini_key is None:
        return "no GEMINI_API_KEY: the system answers by itself"
    if not case.deep:
        raise NotLooked("asking Gemini costs a request; --deep does it")
    request = gemini_wire.Request(
        model=settings.gemini_model, system="Answer with OK.", contents=(("user", "OK?"),), shape=None
    )
    try:
        gemini_wire.send(
            request, key=settings.gemini_key, base_url=settings.gemini_base_url, timeout=_PATIENCE
        )
    except ModelNonsense:
        return f"{settings.gemini_model} answers"
    except ModelUnavailable as error:
        raise Ill(
            str(error),
            "correct GEMINI_API_KEY, AWESOME_GEMINI_MODEL or the way to the network; until then the system "
            "answers by itself",
        ) from None
    return f"{settings.gemini_model} answers"
