"""A run as the log tells it: each line with its number, and of a failure the cause, not the data in it."""

from collections.abc import Mapping
from typing import Any

from awesome_analytics.app import schedule
from awesome_analytics.core.log import Log
from awesome_analytics.etl.work import Watcher
from awesome_analytics.scheduler.words import cause


class LoggedRun:
    """A watcher that tells the log what it tells another watcher."""

    def __init__(self, log: Log, request: schedule.Request, inner: Watcher) -> None:
        self._log = log
        self._inner = inner
        self._asked: dict[str, Any] = {
            "request_id": request.request_id,
            "kind": request.kind,
            "attempt": request.attempt,
        }
        self._what = f"request {request.request_id} ({request.kind})"
        self._facts = self._asked

    def began(self, run_id: int) -> None:
        """From here on every line names the run."""
        self._inner.began(run_id)
        self._facts = {"run_id": run_id, **self._asked}
        self._what = f"run {run_id}"
        self._log.event("run began", f"{self._what} began", **self._facts)

    def step(self, name: str, text: str) -> None:
        """Steps are for machines: a person reads that the run began and how it ended."""
        self._inner.step(name, text)
        if self._log.as_json and "run_id" in self._facts and name != "end":
            self._log.event("run step", f"{self._what}: {text}", step=name, **self._facts)

    def rows(self, table: str, done: int, expected: int | None) -> None:
        """The log needs no bar."""
        self._inner.rows(table, done, expected)

    def warn(self, text: str) -> None:
        """A warning of the run."""
        self._inner.warn(text)
        self._log.event("run warning", f"{self._what}: {text}", level="warning", **self._facts)

    def ended(self, outcome: Mapping[str, Any], *, seconds: float) -> None:
        """What came out of it."""
        facts = {**self._facts, "seconds": round(seconds, 3), "run_id": outcome["run_id"]}
        if "records" in outcome:
            told = f"{self._what} succeeded: {outcome['records']} sales lines in {seconds:.2f} s"
            self._log.event(
                "run ended", told, status="SUCCESS", records=outcome["records"], mode=outcome["mode"], **facts
            )
            return
        found = int(outcome["count"])
        told = f"{self._what}: {found} differences in {seconds:.2f} s"
        self._log.event("reconciled", told, level="warning" if found else "info", differences=found, **facts)

    def failed(self, error: BaseException) -> None:
        """Why, in our own words: a driver's may quote a row."""
        what = cause(str(error)).what
        self._log.event(
            "run ended",
            f"{self._what} failed: {what}",
            level="error",
            status="FAILED",
            cause=what,
            error=type(error).__name__,
            **self._facts,
        )

    def put_off(self, why: str) -> None:
        """It will be done later, through no fault of its own."""
        self._log.event("run put off", f"{self._what}: {why}", **self._facts)
