"""The shop's pulse in Prometheus's text format, version 0.0.4. What could not be asked is left out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import get_args

from awesome_analytics.app import roles
from awesome_analytics.app.telling import Kind
from awesome_analytics.scheduler.pulse import Kept, Logged, Pulse

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OUTCOMES = {"rows": "answered", "clarification": "asked", "refusal": "declined", "help": "helped"}
_STATUSES = ("SUCCESS", "FAILED", "RUNNING")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A number, and which of its family it is."""

    value: float
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Family:
    """Numbers of one meaning. All are gauges: they are read from the databases, where rows may go."""

    name: str
    help: str
    samples: tuple[Sample, ...]


def text(pulse: Pulse) -> str:
    """The page that Prometheus reads."""
    return "".join(line for family in families(pulse) if family.samples for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    name = f"awesome_{family.name}"
    yield f"# HELP {name} {family.help}\n# TYPE {name} gauge\n"
    for sample in family.samples:
        labels = ",".join(f'{key}="{value.translate(_ESCAPES)}"' for key, value in sample.labels.items())
        yield f"{name}{{{labels}}} {sample.value!r}\n" if labels else f"{name} {sample.value!r}\n"


def families(pulse: Pulse) -> Iterable[Family]:
    """Every family, in the order it is told; those of a part that is away have no sample."""
    up = {"books": pulse.kept is not None, "warehouse": pulse.logged is not None}
    yield _one("build_info", "The version that answers.", 1, version=version("awesome-analytics"))
    yield _each("up", "Whether the database server answers.", "part", up)
    if pulse.logged is not None:
        yield from _pipeline(pulse.logged, pulse.at)
    if pulse.changes is not None:
        waiting = sum(pulse.changes.waiting.values())
        yield _one("etl_changes_waiting", "Rows of the books changed since the watermark.", waiting)
        yield _one("etl_running", "Whether a run is at work.", pulse.changes.running)
        held = pulse.changes.held_back_by is not None
        yield _one("etl_held_back", "Whether a write left open holds the watermark back.", held)
    if pulse.kept is not None:
        yield from _kept(pulse.kept, pulse.at)


def _pipeline(logged: Logged, at: datetime) -> Iterator[Family]:
    stands = logged.standing
    age = _age(at, stands.finished_at if stands else None)
    yield _one("etl_success_age_seconds", "Time since the last load that succeeded.", age)
    lag = _age(at, stands.as_of if stands else None)
    yield _one("etl_lag_seconds", "Age of the moment up to which the warehouse is true.", lag)
    counts = {status: logged.counts.get(status, 0) for status in _STATUSES}
    yield _each("etl_runs", "Runs in the log, by how they ended.", "status", counts)
    ended = next((run for run in logged.runs if run.status != "RUNNING"), None)
    if ended is not None:
        yield _one("etl_last_run_success", "Whether the last run succeeded.", ended.status == "SUCCESS")
        yield _one("etl_last_run_seconds", "How long the last run took.", ended.seconds)
        told = "Sales lines that the last run changed in the warehouse."
        yield _one("etl_last_run_rows", told, ended.records_processed)


def _kept(kept: Kept, at: datetime) -> Iterator[Family]:
    if kept.compared is not None:
        told = "Differences of books and warehouse that the last comparison found."
        yield _one("reconcile_differences", told, kept.compared.differences)
        age = _age(at, kept.compared.at)
        yield _one("reconcile_age_seconds", "Time since books and warehouse were last compared.", age)
    rows = sum(kept.quarantine.values())
    yield _one("quarantine_rows", "Rows of the books that the warehouse can't take.", rows)
    standing = {kind.replace(" ", "_"): kind in kept.troubles for kind in get_args(Kind)}
    yield _each("trouble", "Whether there is trouble of this kind.", "kind", standing)
    beat = kept.heartbeat
    age = _age(at, beat.beat_at if beat else None)
    yield _one("scheduler_heartbeat_age_seconds", "Time since the scheduler's last sign of life.", age)
    troubled = beat.trouble is not None if beat else None
    yield _one("scheduler_trouble", "Whether something keeps the scheduler from its work.", troubled)
    signed_in = {role: kept.signed_in.get(role, 0) for role in roles.LABELS}
    yield _each("sessions", "People logged in, by role.", "role", signed_in)
    answers = dict.fromkeys(_OUTCOMES.values(), 0)
    for each in kept.answers:
        outcome = _OUTCOMES.get(each.kind, "other")
        answers[outcome] = answers.get(outcome, 0) + each.turns
    yield _each("chat_answers", "Answers of the chat in the last 24 hours.", "outcome", answers)
    thumbs = {"up": sum(each.up for each in kept.answers), "down": sum(each.down for each in kept.answers)}
    yield _each("chat_thumbs", "Thumbs for answers of the last 24 hours.", "thumb", thumbs)


def _age(at: datetime, moment: datetime | None) -> float | None:
    return max((at - moment).total_seconds(), 0.0) if moment else None


def _one(name: str, told: str, value: float | None, **labels: str) -> Family:
    samples = () if value is None else (Sample(value=float(value), labels=labels),)
    return Family(name=name, help=told, samples=samples)


def _each(name: str, told: str, label: str, values: Mapping[str, float]) -> Family:
    samples = tuple(Sample(value=float(value), labels={label: key}) for key, value in values.items())
    return Family(name=name, help=told, samples=samples)
