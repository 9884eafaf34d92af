"""What the scheduler does beside the runs, in a thread of its own: alerts, and reports when they are due.

A run may take long and a mail server longer: neither waits for the other.
"""

import threading
from collections.abc import Callable
from contextlib import closing
from types import TracebackType
from typing import Self

from awesome_analytics.app import schedule
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.log import Log
from awesome_analytics.scheduler.pulse import Doors

Duty = Callable[[schedule.Connection, Doors], None]

LOOK_SECONDS = 10.0
_AT_WORK = threading.Lock()


class Lookout:
    """Does each duty every few seconds while the block lasts; what goes wrong is logged and tried again."""

    def __init__(
        self, shop: Shop, duties: tuple[Duty, ...], *, log: Log, every: float = LOOK_SECONDS
    ) -> None:
        self._shop = shop
        self._duties = duties
        self._log = log
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="lookout", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Not joined: a mail server that takes its time must not hold the end up.
        self._ended.set()

    def _go_on(self) -> None:
        while not self._ended.is_set():
            for duty in self._duties:
                self._do(duty)
            self._ended.wait(self._every)

    def _do(self, duty: Duty) -> None:
        try:
            # The one before may still be at its last letter, which is not to be sent twice.
            with _AT_WORK, closing(self._shop.app()) as connection:
                duty(connection, doors(self._shop))
        except Exception as error:  # the next look must come whatever happened in this one
            if not self._ended.is_set():
                what = f"looking after alerts and reports failed ({type(error).__name__}); trying again"
                self._log.event("lookout failed", what, level="error", error=type(error).__name__)


def doors(shop: Shop) -> Doors:
    """The shop's doors, each opened anew."""
    return Doors(
        app=lambda: closing(shop.app()),
        source=lambda: closing(shop.source()),
        reader=lambda: closing(shop.reader()),
    )
