"""A process's log on stderr: lines for people, or with AWESOME_LOG=json one JSON object for each event.

What may stand there: what happened, when, to which run. Never a password, a key or a customer's data: known
secrets are struck out, and of an error that nobody foresaw only its kind and place are told.
"""

import io
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Literal

from awesome_analytics.core.settings import Settings

Level = Literal["info", "warning", "error"]

_LOGIN = re.compile(r"(\w://[^\s:/@]*):[^\s@]+@")
_TRACE = "Traceback (most recent call last):"
_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')
_KIND = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
_STRUCK = "***"


@dataclass(frozen=True, kw_only=True)
class Log:
    """Where a process says what happened; called with a text, it is a note to whoever looks."""

    process: str
    write: Callable[[str], object]
    now: Callable[[], datetime]
    as_json: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def __call__(self, text: str) -> None:
        self.event("note", text)

    def event(self, name: str, text: str, *, level: Level = "info", **facts: object) -> None:
        """One line; `facts` are told in JSON alone, since the text says them to people."""
        if not self.as_json:
            self.write(f"{self.process}: {self._safe(text)}\n")
            return
        told: Mapping[str, object] = {
            "at": self.now().isoformat(timespec="milliseconds"),
            "level": level,
            "process": self.process,
            "event": name,
            "text": text,
            **facts,
        }
        safe = {key: self._safe(value) if isinstance(value, str) else value for key, value in told.items()}
        self.write(json.dumps(safe, ensure_ascii=False, default=str) + "\n")

    def crash(self, kind: str, where: list[str], text: str = "nobody foresaw this error") -> None:
        """An error that nobody foresaw, without its words: they may hold anybody's data."""
        self.event("crash", f"{text}: {kind}", level="error", kind=kind, where=where)

    def _safe(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, _STRUCK)
        return _LOGIN.sub(rf"\1:{_STRUCK}@", text)


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What may not stand in any log."""
    telling = settings.telling
    logins = (settings.oltp_url, settings.warehouse_url, telling.mail)
    passwords = (each.password for each in logins if each)
    known = (
        settings.gemini_key,
        telling.metrics_token,
        telling.alert_webhook,
        *passwords,
    )
    return tuple(sorted({each for each in known if each}, key=len, reverse=True))


def begin(process: str, settings: Settings, *, now: Callable[[], datetime]) -> Log:
    """The process's log; as JSON, whatever else writes on stderr becomes an event of it, too."""
    stderr = sys.stderr

    def write(line: str) -> None:
        stderr.write(line)
        stderr.flush()

    log = Log(
        process=process,
        write=write,
        now=now,
        as_json=settings.telling.log_as_json,
        secrets=secrets_of(settings),
    )
    if log.as_json:
        sys.stderr = _Lines(log, stderr.fileno)
        sys.excepthook = lambda kind, _error, trace: log.crash(kind.__name__, _frames(trace))
        threading.excepthook = lambda args: log.crash(args.exc_type.__name__, _frames(args.exc_traceback))
    return log


class _Lines(io.TextIOBase):
    """Takes what libraries print and makes an event of each piece that ends a line."""

    def __init__(self, log: Log, fileno: Callable[[], int]) -> None:
        self._log = log
        self._fileno = fileno
        self._held = ""
        self._lock = threading.Lock()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """Child processes inherit the real one."""
        return self._fileno()

    def write(self, text: str) -> int:
        with self._lock:
            self._held += text
            whole, self._held = (self._held, "") if self._held.endswith("\n") else ("", self._held)
        if whole.strip():
            _told_by_others(self._log, whole.strip())
        return len(text)


def _told_by_others(log: Log, text: str) -> None:
    before, trace, after = text.partition(_TRACE)
    if not trace:
        log.event("printed", text, level="warning")
        return
    kinds = _KIND.findall(after)
    where = [f"{file}:{line} {name}" for file, line, name in _FRAME.findall(after)]
    log.crash(kinds[-1] if kinds else "unknown", where, before.strip() or "nobody foresaw this error")


def _frames(trace: TracebackType | None) -> list[str]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found
