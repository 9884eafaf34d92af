"""A full load in a process of its own: prints its seconds, its peak memory and its rows as JSON."""

import json
import os
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from awesome_analytics.etl.runner import Ends


def main() -> None:
    """Run on the shop that the environment names."""
    settings = Settings.from_environment(os.environ, default_home=Path())
    with Shop.open(settings, on_note=lambda _: None, prepare=False) as shop:
        ends = Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=lambda: datetime.now(UTC))
        steps = Steps()
        begun = time.perf_counter()
        done = pipeline.run(ends, full=True, watch=steps)
        seconds = time.perf_counter() - begun
    found = {
        "seconds": seconds,
        "records": done.outcome.records,
        "peak_mb": peak_mb(),
        "steps": steps.seconds,
    }
    print(json.dumps(found))  # noqa: T201 the answer to the process that started this one


class Steps(pipeline.Quiet):
    """How long each step took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name, self._since = "", time.perf_counter()

    def step(self, name: str, _text: str) -> None:
        """The step before has ended."""
        now = time.perf_counter()
        if self._name:
            self.seconds[self._name] = round(self.seconds.get(self._name, 0) + now - self._since, 4)
        self._name, self._since = name, now


def peak_mb() -> float:
    """The most memory this process ever held, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would count what the parent held when it started us.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


if __name__ == "__main__":
    main()
