"""Child processes kept alive: restarted with back-off when one dies, stopped together, never left behind."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import IO

Note = Callable[[str], None]

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_SETTLED_AFTER = 20.0
"""Seconds of life after which a child counts as well again: its next death is restarted at once."""
_GRACE = 25.0
"""Seconds a child has for putting things in order; a run under way is rolled back in them."""
_PR_SET_PDEATHSIG = 1
_END = signal.SIGINT
"""Web servers put SIGTERM's default action back before they are done, which would end them half closed."""


@dataclass(kw_only=True)
class Child:
    """One process to keep alive."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    output: IO[bytes] | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _wait: float = field(default=_FIRST_WAIT, init=False)
    _again_at: float | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the supervisor alone, which stops all in order."""
        self._again_at = None
        self._began = monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own modules, by our own interpreter
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=self.output or sys.stderr.fileno(),
            stderr=self.output or sys.stderr.fileno(),
            start_new_session=True,
            preexec_fn=_prepare,
        )

    def look(self, note: Note) -> None:
        """Start it again when it died, after a wait that doubles while it keeps dying."""
        now = monotonic()
        if self._again_at is not None:
            if now >= self._again_at:
                self.start()
            return
        code = self.process.poll() if self.process else None
        if code is None:
            return
        if now - self._began >= _SETTLED_AFTER:
            self._wait = _FIRST_WAIT
        self._again_at = now + self._wait
        note(f"{self.name} {_ended(code)}; it starts again in {self._wait:g} s")
        self._wait = min(self._wait * 2, _LONGEST_WAIT)


def stop(children: Sequence[Child], *, grace: float = _GRACE) -> None:
    """Ask all to end, wait, and end by force what is left."""
    living = [child.process for child in children if child.process and child.process.poll() is None]
    for process in living:
        with suppress(ProcessLookupError):
            process.send_signal(_END)
    end = monotonic() + grace
    for process in living:
        try:
            process.wait(max(0.1, end - monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with code {code}"


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _prepare() -> None:
    """In the child: be reached by the signal that ends it, and get it when the supervisor is killed."""
    # A shell that starts a command in the background has it ignore SIGINT.
    signal.signal(_END, signal.SIG_DFL)
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, _END)
