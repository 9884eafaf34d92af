"""A few open connections for many page runs; a broken one is replaced by itself."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Generic, Protocol, TypeVar

from awesome_analytics.core.errors import ServerUnavailable, TooSlow, UserError


class Closable(Protocol):
    """What a pool holds."""

    def close(self) -> None:
        """Let the connection go."""


C = TypeVar("C", bound=Closable)

_TRUSTED_FOR = 1.0
"""Seconds for which a connection that has just worked is not asked again whether it lives."""


class Pool(Generic[C]):
    """Lends connections, each to one page run at a time.

    `connect` opens one, `answers` raises if it is dead. After any error that is not the person's own the
    connection is closed, so that nobody inherits a broken or half-done one.
    """

    def __init__(
        self,
        connect: Callable[[], C],
        answers: Callable[[C], object],
        *,
        most: int = 12,
        patience: float = 20,
    ) -> None:
        self._connect = connect
        self._answers = answers
        self._patience = patience
        self._places = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[tuple[C, float]] = []

    @contextmanager
    def __call__(self) -> Iterator[C]:
        """A working connection for the block."""
        if not self._places.acquire(timeout=self._patience):
            raise ServerUnavailable("Everybody is asking at once. Nothing was lost: try again in a moment.")
        try:
            connection = self._living() or self._connect()
            try:
                yield connection
            except TooSlow:
                _let_go(connection)  # a late cancel could hit the next statement on it
                raise
            except UserError:
                self._back(connection)
                raise
            except BaseException:
                _let_go(connection)
                raise
            self._back(connection)
        finally:
            self._places.release()

    def close(self) -> None:
        """Let every idle connection go."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            _let_go(connection)

    def _living(self) -> C | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection, worked_at = self._idle.pop()
            if time.monotonic() - worked_at < _TRUSTED_FOR:
                return connection
            try:
                self._answers(connection)
            except Exception:  # whatever the driver calls it: this one is dead, and so are its older sisters
                _let_go(connection)
                self.close()
                return None
            return connection

    def _back(self, connection: C) -> None:
        with self._lock:
            self._idle.append((connection, time.monotonic()))


def _let_go(connection: Closable) -> None:
    with suppress(Exception):
        connection.close()
