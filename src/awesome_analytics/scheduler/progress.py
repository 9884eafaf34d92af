"""A run as the pages follow it: each step, its time and its rows, written at most a few times a second."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import psycopg

from awesome_analytics.app import schedule

_PAUSE = timedelta(milliseconds=250)


class WrittenProgress:
    """A watcher of the pipeline that writes what it is told into the wish's row of progress."""

    def __init__(
        self,
        connection: schedule.Connection,
        request: schedule.Request,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._connection = connection
        self._request = request
        self._now = now
        self._steps: list[dict[str, Any]] = []
        self._warnings: list[str] = []
        self._written: datetime | None = None

    def began(self, run_id: int) -> None:
        """The outcome names the run."""

    def step(self, name: str, text: str) -> None:
        """End the step before and begin this one; a step is told at once."""
        moment = self._now()
        self._close(moment)
        if name != "end":
            began: dict[str, Any] = {
                "step": name,
                "text": text,
                "began_at": moment.isoformat(),
                "ended_at": None,
                "rows": {},
            }
            self._steps.append(began)
        self._write(moment)

    def rows(self, table: str, done: int, expected: int | None) -> None:
        """Rows of a table are on their way; told now and then."""
        if not self._steps:
            return
        self._steps[-1]["rows"][table] = {"done": done, "expected": expected}
        moment = self._now()
        if self._written is None or moment - self._written >= _PAUSE:
            self._write(moment)

    def warn(self, text: str) -> None:
        """Something to know that doesn't stop the run; told at once."""
        self._warnings.append(text)
        self._write(self._now())

    def end(self) -> None:
        """Tell the last figures."""
        moment = self._now()
        self._close(moment)
        self._write(moment)

    def _close(self, moment: datetime) -> None:
        if self._steps and self._steps[-1]["ended_at"] is None:
            self._steps[-1]["ended_at"] = moment.isoformat()

    def _write(self, moment: datetime) -> None:
        self._written = moment
        progress = schedule.Progress(
            attempt=self._request.attempt, steps=self._steps, warnings=self._warnings, told_at=moment
        )
        # Progress is for onlookers: a run doesn't fail because it can't be watched.
        with suppress(psycopg.Error):
            schedule.write_progress(self._connection, self._request, progress)
