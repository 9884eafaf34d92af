"""`/healthz`: whether the pages can be used, and how each part stands, in words that give nothing away."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from awesome_analytics.app import schedule
from awesome_analytics.scheduler.overview import is_alive
from awesome_analytics.web import shop

_PATIENCE = 2.0
"""Seconds that a part may take to answer."""
_NEEDED = ("pages", "books")
"""Parts without which nobody can work; without the others, people can still record orders."""


class _Look:
    """One look at a part at a time: while one waits for a server that is away, no other begins."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._task: asyncio.Task[str] | None = None

    async def __call__(self) -> str:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._told())
        done, _ = await asyncio.wait({self._task}, timeout=_PATIENCE)
        return self._task.result() if done else "no answer"

    async def _told(self) -> str:
        try:
            return await run_in_threadpool(self._ask)
        except Exception:  # drivers and broken modules have errors of every kind; the log has the words
            return "failed"


def _pages() -> str:
    # Imported once; asked again it costs nothing, and a broken installation fails each time.
    import_module(f"{__package__}.navigation")
    return "ok"


def _books() -> str:
    with shop.app() as connection:
        connection.execute("select 1")
    return "ok"


def _warehouse() -> str:
    with shop.reader() as engine:
        engine.query("select 1")
    return "ok"


def _scheduler() -> str:
    with shop.app() as connection:
        return scheduler_told(schedule.last_heartbeat(connection), now=shop.now())


def scheduler_told(beat: schedule.Heartbeat | None, *, now: datetime) -> str:
    """How the scheduler stands, by its last sign of life."""
    if beat is None:
        return "never started"
    if not is_alive(beat, now=now):
        return "silent"
    return "in trouble" if beat.trouble else "ok"


_LOOKS: Mapping[str, Callable[[], str]] = {
    "pages": _pages,
    "books": _books,
    "warehouse": _warehouse,
    "scheduler": _scheduler,
}
_looks: dict[str, _Look] = {}


async def health(_request: Request) -> Response:
    """200 when people can work, else 503; `status` is ok, degraded or failed."""
    if not _looks:
        _looks.update({part: _Look(ask) for part, ask in _LOOKS.items()})
    told = dict(zip(_looks, await asyncio.gather(*(look() for look in _looks.values())), strict=True))
    ready = all(told[part] == "ok" for part in _NEEDED)
    status = "failed" if not ready else "ok" if set(told.values()) == {"ok"} else "degraded"
    return JSONResponse({"status": status, "parts": told}, status_code=200 if ready else 503)


ROUTES = [Route("/healthz", health, methods=["GET"])]
