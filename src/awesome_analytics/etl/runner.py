"""Both ends of a run, and the lock that only one run can hold."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg

from awesome_analytics.core.errors import AlreadyRunning
from awesome_analytics.etl.source import Connection, block
from awesome_analytics.warehouse.engine import Engine

_HANDOVER = 60.0
"""Seconds that the last statement of a run that is no more may take to end."""


@dataclass(frozen=True, kw_only=True)
class Ends:
    """How a run reaches both sides, and the clock it tells the time by."""

    open_source: Callable[[], Connection]
    open_warehouse: Callable[[], Engine]
    now: Callable[[], datetime]


@contextmanager
def only_runner(ends: Ends) -> Iterator[Connection]:
    """Hold the lock that only one run can have; it goes with the connection, however the run ends."""
    with ends.open_source() as lock:
        if lock.execute(block("try_lock")).fetchone() != (True,):
            holder = lock.execute(block("lock_holder")).fetchone()
            since = f" since {holder[1]:%Y-%m-%d %H:%M:%S %Z} (server process {holder[0]})" if holder else ""
            raise AlreadyRunning(f"another run is at work{since}; this one did nothing")
        try:
            yield lock
        finally:
            # A server frees the lock some time after its connection went, and the next run may come sooner.
            with suppress(psycopg.Error):
                lock.execute(block("unlock"))


@contextmanager
def opened(ends: Ends) -> Iterator[Engine]:
    """A connection to the warehouse for the block."""
    engine = ends.open_warehouse()
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def only_writer(ends: Ends) -> Iterator[Engine]:
    """A connection to the warehouse while no other run writes there.

    The books' lock goes with a run's process, but what that process last asked the warehouse for goes on.
    """
    with opened(ends) as engine:
        if not engine.claim(_HANDOVER):
            raise AlreadyRunning(
                f"another run has been at work in the warehouse for {_HANDOVER:.0f} seconds; "
                "this one did nothing"
            )
        yield engine
