"""`etl watch`: seconds-fresh data by looking for new writes and running when there are some."""

from collections.abc import Callable
from contextlib import suppress

import psycopg

from awesome_analytics.core.errors import AlreadyRunning, OperationError
from awesome_analytics.etl import history, pipeline
from awesome_analytics.etl.runner import Ends
from awesome_analytics.etl.source import Connection, block

_LONGEST_PAUSE = 60.0


def follow(
    ends: Ends,
    *,
    every: float,
    pause: Callable[[float], bool],
    on_run: Callable[[history.Watermark], None],
    on_trouble: Callable[[str], None],
    watch: pipeline.Watcher | None = None,
) -> None:
    """Run whenever somebody wrote, until `pause` returns False.

    `pause(seconds)` waits. Trouble is told and tried again after a pause that doubles up to a minute.
    """
    seen = _Seen()
    wait = every
    while True:
        try:
            if seen.wrote_since(ends):
                seen.snapshot = None
                snapshot = seen.take(ends)
                done = pipeline.run(ends, watch=watch)
                seen.snapshot, seen.watermark = snapshot, done.watermark
                on_run(done)
            wait = every
        except AlreadyRunning:
            wait = every
        except (OperationError, psycopg.Error) as error:
            seen.forget()
            on_trouble(str(error).strip())
            wait = min(max(wait, every) * 2, _LONGEST_PAUSE)
        if not pause(wait):
            seen.forget()
            return


class _Seen:
    """What the last run saw, so that a write held back by an older one doesn't start a run each second."""

    def __init__(self) -> None:
        self.snapshot: str | None = None
        self.watermark = 0
        self._connection: Connection | None = None

    def wrote_since(self, ends: Ends) -> bool:
        """Whether anything was committed that the last run's snapshot did not see."""
        connection = self._open(ends)
        if self.snapshot is None:
            return True
        values = {"watermark": str(self.watermark), "snapshot": self.snapshot}
        return connection.execute(block("wrote_since"), values).fetchone() == (True,)

    def take(self, ends: Ends) -> str:
        """A snapshot older than the one the next run will take: what falls between is run again."""
        row = self._open(ends).execute(block("snapshot")).fetchone()
        assert row is not None
        return str(row[0])

    def forget(self) -> None:
        """Start afresh at the next look."""
        self.snapshot = None
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _open(self, ends: Ends) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = ends.open_source()
        return self._connection
