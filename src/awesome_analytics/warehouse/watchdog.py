"""A time limit that no statement can lift: another thread ends what runs too long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from awesome_analytics.core.errors import TooSlow
from awesome_analytics.warehouse.engine import Engine

_GRACE = 0.5
"""Seconds after the limit, by when the server's own limit should have done it."""
_AGAIN = 0.5
"""Seconds between two tries: the first may come before the statement has begun."""


@contextmanager
def watched(engine: Engine, seconds: float) -> Iterator[None]:
    """End whatever statement runs in the block for longer; raises TooSlow then.

    The server is given the same limit. Close the engine after TooSlow: a late cancel could hit the next one.
    """
    engine.cancel_after(seconds)
    done = threading.Event()
    thread = threading.Thread(target=_watch, args=(engine, seconds, done), daemon=True)
    start = time.monotonic()
    thread.start()
    try:
        yield
    except Exception as error:
        if time.monotonic() - start >= seconds:
            raise TooSlow(seconds) from error
        raise
    finally:
        done.set()
        thread.join()


def _watch(engine: Engine, seconds: float, done: threading.Event) -> None:
    wait = seconds + _GRACE
    while not done.wait(wait):
        engine.cancel()
        wait = _AGAIN
