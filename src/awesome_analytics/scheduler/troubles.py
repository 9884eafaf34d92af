"""What is trouble: conditions on the shop's pulse, each said in words and numbers without anybody's data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from awesome_analytics.app.telling import Kind
from awesome_analytics.bootstrap.doctor_pipeline import last_due
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl.history import Run
from awesome_analytics.scheduler.pulse import Pulse
from awesome_analytics.scheduler.words import cause, span

LATE_AFTER = timedelta(hours=1)
"""How long after its due moment a run may still be on its way."""

TITLES: Mapping[Kind, str] = {
    "failed run": "The pipeline's run failed",
    "late": "The warehouse is late",
    "difference": "Books and warehouse differ",
    "quarantine": "Rows wait in quarantine",
}
MENDS: Mapping[Kind, str] = {
    "failed run": "It is tried again by itself for a while; `awesome doctor` names what to mend.",
    "late": "Keep `awesome up` running, which holds the scheduler, or give `awesome etl run`.",
    "difference": "`awesome etl reconcile` lists them; `awesome etl run --full` builds the warehouse anew. "
    "Then compare again under ETL Management.",
    "quarantine": "`awesome etl quarantine` lists them; correct them in the books, the next run takes them.",
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is wrong, in words; and what could not be judged, since a server is away."""

    standing: Mapping[Kind, str]
    unknown: Sequence[Kind]


def judge(pulse: Pulse, settings: Settings) -> Judged:
    """Look at the pulse for each kind of trouble."""
    looks: Mapping[Kind, tuple[Callable[[Pulse, Settings], str | None], bool]] = {
        "failed run": (_failed_run, pulse.kept is not None and pulse.logged is not None),
        "late": (_late, pulse.logged is not None),
        "difference": (_difference, pulse.kept is not None),
        "quarantine": (_quarantine, pulse.kept is not None),
    }
    found = {kind: look(pulse, settings) for kind, (look, _) in looks.items()}
    return Judged(
        standing={kind: told for kind, told in found.items() if told},
        unknown=tuple(kind for kind, (_, known) in looks.items() if not known and not found[kind]),
    )


def _failed_run(pulse: Pulse, settings: Settings) -> str | None:
    """The newest run that ended failed; or the request for one did, before it came to a run."""
    ended = [run for run in (pulse.logged.runs if pulse.logged else ()) if run.status != "RUNNING"]
    newest = ended[0] if ended else None
    if newest is not None and newest.status == "FAILED":
        return f"Run {newest.run_id} failed at {_at(newest.finished_at, settings)}: {_why(newest)}"
    request = pulse.kept.run if pulse.kept else None
    if request is None or not request.error or request.status == "DONE":
        return None
    failures = request.attempt - (request.status == "RUNNING")
    if failures < 1 or _succeeded_since(newest, request.asked_at):
        return None
    return f"A run could not be done, after {failures} tries: {cause(request.error).what}"


def _succeeded_since(newest: Run | None, moment: datetime) -> bool:
    return newest is not None and newest.status == "SUCCESS" and newest.started_at > moment


def _why(run: Run) -> str:
    return cause(run.error or "").what


def _late(pulse: Pulse, settings: Settings) -> str | None:
    """No load succeeded since the last moment that the schedule names, an hour's grace given."""
    cron, now = settings.etl_schedule, pulse.at
    if cron is None or pulse.logged is None:
        return None
    stands = pulse.logged.standing
    if stands is None or stands.as_of is None:
        asked = pulse.kept.plan.last_due if pulse.kept and pulse.kept.plan else None
        never = asked is not None and now - asked > LATE_AFTER
        return f"A run was due at {_at(asked, settings)} and none has ever succeeded." if never else None
    due = last_due(cron, settings.timezone, before=now - LATE_AFTER)
    if due is None or stands.as_of >= due:
        return None
    return (
        f"A run was due at {_at(due, settings)}, but the last load that succeeded is as of "
        f"{_at(stands.as_of, settings)}, {span(now - stands.as_of)} ago."
    )


def _difference(pulse: Pulse, settings: Settings) -> str | None:
    compared = pulse.kept.compared if pulse.kept else None
    if compared is None or not compared.differences:
        return None
    count = compared.differences
    return f"The comparison of {_at(compared.at, settings)} found {count:,} {_plural(count, 'difference')}."


def _quarantine(pulse: Pulse, _settings: Settings) -> str | None:
    if pulse.kept is None or not pulse.kept.quarantine:
        return None
    count = sum(pulse.kept.quarantine.values())
    tables = ", ".join(f"{rows:,} of {table}" for table, rows in pulse.kept.quarantine.items())
    return f"The warehouse can't take {count:,} {_plural(count, 'row')} of the books: {tables}."


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def _at(moment: datetime | None, settings: Settings) -> str:
    if moment is None:
        return "an unknown moment"
    return f"{moment.astimezone(settings.timezone):%Y-%m-%d %H:%M} ({settings.timezone.key})"
