"""Pipeline runs in processes of their own, which a test can kill at a step, a statement or a moment.

The module is also the program that forks them: it has imported all they need, and has no threads.
"""

import faulthandler
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, LiteralString

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.etl import history, pipeline
from awesome_analytics.etl.runner import Ends
from awesome_analytics.warehouse.engine import Engine

_GATE_PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Task:
    """One run. It dies `linger` seconds after the beginning of the step `die_at`, or after `die_after`
    statements to the warehouse, or `die_in` seconds old. With a gate it waits, lock in hand, until the gate's
    file is there; whoever ends first makes that file.
    """

    shop: Shop
    full: bool = False
    die_at: str | None = None
    linger: float = 0
    die_after: int | None = None
    die_in: float | None = None
    gate: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a run: killed, failed with an error, or ended with a watermark."""

    pid: int
    killed: bool = False
    error: str | None = None
    """The error's class."""
    message: str = ""
    watermark: history.Watermark | None = None
    warnings: tuple[str, ...] = ()
    statements: int = 0
    seconds: float = 0


def ends(shop: Shop) -> Ends:
    """Both sides of a shop, by the true clock."""
    return Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=_now)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Watcher(pipeline.Quiet):
    """Remembers what a run told, and does its own thing as a step begins."""

    at_step: dict[str, Any] = field(default_factory=dict)
    """Step -> what to do before it, without arguments."""
    steps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def step(self, name: str, text: str) -> None:
        self.steps.append(name)
        if name in self.at_step:
            self.at_step[name]()

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_in(seconds: float) -> None:
    if not seconds:
        _die()
    timer = threading.Timer(seconds, _die)
    timer.daemon = True
    timer.start()


def _wait_for(gate: Path) -> None:
    end = time.monotonic() + _GATE_PATIENCE
    while not gate.exists() and time.monotonic() < end:
        time.sleep(0.002)


class _Counted:
    """A warehouse connection that counts its statements and dies after one of them."""

    def __init__(self, engine: Engine, die_after: int | None) -> None:
        self.statements = 0
        self._die_after = die_after
        for verb in ("query", "execute", "load"):
            setattr(engine, verb, self._counting(getattr(engine, verb)))

    def _counting(self, verb: Any) -> Any:
        def counted(sql: LiteralString, *values: Any) -> Any:
            done = verb(sql, *values)
            self.statements += 1
            if self.statements == self._die_after:
                _die()
            return done

        return counted


def _run(task: Task) -> Report:
    watcher = Watcher()
    if task.die_at:
        watcher.at_step[task.die_at] = lambda: _die_in(task.linger)
    if task.gate:
        gate = task.gate
        watcher.at_step["snapshot"] = lambda: _wait_for(gate)
    counts: list[_Counted] = []

    def open_warehouse() -> Engine:
        engine = task.shop.warehouse()
        counts.append(_Counted(engine, task.die_after))
        return engine

    both = replace(ends(task.shop), open_warehouse=open_warehouse)
    found: dict[str, Any] = {}
    begun = time.monotonic()
    try:
        found["watermark"] = pipeline.run(both, full=task.full, watch=watcher)
    except AwesomeError as error:
        found |= {"error": type(error).__name__, "message": str(error)}
    statements = counts[0].statements if counts else 0
    found["seconds"] = time.monotonic() - begun
    return Report(pid=os.getpid(), warnings=tuple(watcher.warnings), statements=statements, **found)


# ---------------------------------------------------------------- the forking program


def _child(task: Task, into: int) -> None:
    try:
        report = _run(task)
        with os.fdopen(into, "wb") as pipe:
            pickle.dump(report, pipe)
        if task.gate:
            task.gate.touch()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _forked(task: Task) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _child(task, write)
    os.close(write)
    return pid, read


def _reported(pid: int, read: int) -> Report:
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return Report(pid=pid, killed=os.WTERMSIG(status) == signal.SIGKILL)
    return (
        pickle.loads(told) if told else Report(pid=pid, error="Traceback", message="see the captured output")
    )


def _performed(tasks: list[Task]) -> list[Report]:
    children = [_forked(task) for task in tasks]
    for (pid, _), task in zip(children, tasks, strict=True):
        if task.die_in is not None:
            time.sleep(task.die_in)
            os.kill(pid, signal.SIGKILL)
    return [_reported(pid, read) for pid, read in children]


def main() -> None:
    """Perform lists of tasks until there are no more."""
    faulthandler.enable()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            tasks = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(_performed(tasks), answers)
        answers.flush()


class Runs:
    """The forking program, as the test sees it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[bytes] = process.stdin
        self._out: IO[bytes] = process.stdout

    def __call__(self, *tasks: Task) -> list[Report]:
        """Perform the tasks at the same time; returns when all have ended."""
        pickle.dump(list(tasks), self._in)
        self._in.flush()
        reports: list[Report] = pickle.load(self._out)
        return reports


@contextmanager
def forking() -> Iterator[Runs]:
    """The program, for as long as the block lasts."""
    with subprocess.Popen(
        [sys.executable, "-c", "import runs_apart; runs_apart.main()"],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield Runs(process)
