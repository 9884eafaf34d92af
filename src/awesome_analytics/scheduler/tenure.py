"""Being the one scheduler: a lock on a connection of its own, and a heartbeat that long runs don't stop."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

import psycopg

from awesome_analytics.app import schedule
from awesome_analytics.core.errors import AwesomeError, ServerUnavailable

BEAT_SECONDS = 2.0


class Tenure:
    """Holds the scheduler's lock while the block lasts; `lost` says that the server gave it back."""

    def __init__(
        self,
        connect: Callable[[], schedule.Connection],
        *,
        now: Callable[[], datetime],
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._connect = connect
        self._now = now
        self._every = beat_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
        self.lost = threading.Event()
        self.trouble: str | None = None

    def won(self) -> bool:
        """Whether the lock is ours from now on; the heartbeat then begins."""
        self._connection = self._connect()
        if not schedule.be_the_only_scheduler(self._connection):
            self._connection.close()
            return False
        self._started = self._now()
        self._beat()
        self._thread.start()
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        if hasattr(self, "_connection"):
            with suppress(psycopg.Error):
                self._connection.close()

    def check(self) -> None:
        """Raise ServerUnavailable when the lock is lost."""
        if self.lost.is_set():
            raise ServerUnavailable("the connection that holds the scheduler's lock was lost")

    def _beat_on(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self._beat()
            except (AwesomeError, psycopg.Error):
                self.lost.set()
                return

    def _beat(self) -> None:
        beat = schedule.Heartbeat(
            process=f"process {os.getpid()} on {socket.gethostname()}",
            started_at=self._started,
            beat_at=self._now(),
            trouble=self.trouble,
        )
        schedule.beat(self._connection, beat)
