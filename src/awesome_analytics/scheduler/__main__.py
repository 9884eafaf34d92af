"""The scheduler's own process: `python -m awesome_analytics.scheduler`; SIGTERM or Ctrl-C ends it cleanly."""

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from types import FrameType
from typing import NoReturn

from awesome_analytics.bootstrap.home import default_home
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.core.log import begin
from awesome_analytics.core.settings import Settings
from awesome_analytics.scheduler.loop import Scheduler


def main() -> int:
    """Serve the shop that the environment names until told to stop; a run under way is rolled back."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        settings = Settings.from_environment(os.environ, default_home=default_home())
        log = begin("scheduler", settings, now=lambda: datetime.now(UTC))
        waiting = threading.Event()
        Scheduler(
            settings=settings,
            now=lambda: datetime.now(UTC),
            pause=lambda seconds: not waiting.wait(seconds),
            log=log,
        ).serve()
    except KeyboardInterrupt:
        return 0
    except AwesomeError as error:
        _note(str(error))
        return 1
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    # Once: what is being put in order after the first signal must not be broken off by a second.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _note(text: str) -> None:
    sys.stderr.write(f"scheduler: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
