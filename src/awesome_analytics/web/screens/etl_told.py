"""What the ETL page says of runs and steps, as cells of its tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from awesome_analytics.app.schedule import Progress
from awesome_analytics.etl.history import Run
from awesome_analytics.scheduler import words
from awesome_analytics.web import shop
from awesome_analytics.web.screens.etl_parts import Mood

_SIGNS = (("inserted", "+"), ("updated", "~"), ("deleted", "−"))


def clock(moment: datetime | None) -> str:
    """A moment by the shop's own clock."""
    return f"{moment.astimezone(shop.settings().timezone):%Y-%m-%d %H:%M:%S}" if moment else "never"


def step_rows(progress: Progress, now: datetime, *, running: bool) -> list[tuple[Mood, str, str]]:
    """Each step with its mood, its rows and seconds; what an attempt that is over left open has failed."""
    return [_step(each, now if running else progress.told_at, running=running) for each in progress.steps]


def _step(step: Mapping[str, Any], now: datetime, *, running: bool) -> tuple[Mood, str, str]:
    ended = step["ended_at"]
    until = datetime.fromisoformat(ended) if ended else now
    took = words.seconds((until - datetime.fromisoformat(step["began_at"])).total_seconds())
    rows = ", ".join(_rows(table, **found) for table, found in sorted(step["rows"].items()))
    mood: Mood = "good" if ended else "busy" if running else "bad"
    return (mood, step["text"], f"{rows}  ·  {took}" if rows else took)


def _rows(table: str, *, done: int, expected: int | None) -> str:
    of = f" of {expected:,}" if expected is not None and expected > done else ""
    return f"{table} {done:,}{of}"


def history_rows(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """The log, a row for each run."""
    return [
        (
            str(run.run_id),
            clock(run.etl_run_time),
            run.status,
            f"{run.records_processed:,}",
            f"{run.mode} ({run.reason})" if run.reason else run.mode,
            words.seconds(run.seconds),
            _tables(run.rows_by_table) if run.status == "SUCCESS" else "–",
        )
        for run in runs
    ]


def _tables(rows: Mapping[str, Any]) -> str:
    told = [
        f"{table} {changes}"
        for table, merged in rows.items()
        if table.startswith(("dim_", "fact_")) and (changes := _changes(merged))
    ]
    return ", ".join(told) or "nothing changed"


def _changes(merged: Mapping[str, int]) -> str:
    return " ".join(f"{sign}{merged[what]:,}" for what, sign in _SIGNS if merged.get(what))
