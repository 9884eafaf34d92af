"""`/metrics`: the shop's numbers for Prometheus, for whoever shows the token, or for this machine alone."""

import hmac
import threading
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from awesome_analytics.scheduler.pulse import Doors, Pulse, take
from awesome_analytics.web import exposition, shop

_KEPT_SECONDS = 2.0
_BY_PROXY = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-real-ip", "via")
"""What proxies add: a request that one passed on may come from anywhere."""


class _Last:
    """The pulse of a moment ago, so that no number of askers asks the servers more often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: tuple[float, Pulse] | None = None

    def __call__(self) -> Pulse:
        with self._lock:
            if self._taken is None or time.monotonic() - self._taken[0] > _KEPT_SECONDS:
                doors = Doors(app=shop.app, source=shop.source, reader=shop.reader)
                pulse = take(doors, now=shop.now())
                self._taken = (time.monotonic(), pulse)
            return self._taken[1]


_last = _Last()


async def metrics(request: Request) -> Response:
    """The page, or why not."""
    token = shop.settings().telling.metrics_token
    if token is not None and not _shows(request, token):
        told = "Show AWESOME_METRICS_TOKEN as `Authorization: Bearer ...`.\n"
        return PlainTextResponse(told, status_code=401, headers={"www-authenticate": "Bearer"})
    if token is None and not _from_here(request):
        told = "Set AWESOME_METRICS_TOKEN to read the metrics from another machine or through a proxy.\n"
        return PlainTextResponse(told, status_code=403)
    body = exposition.text(await run_in_threadpool(_last))
    return Response(body, media_type=exposition.CONTENT_TYPE, headers={"cache-control": "no-store"})


def _shows(request: Request, token: str) -> bool:
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())


def _from_here(request: Request) -> bool:
    """Whether somebody on this machine asks directly: by its own name, and through no proxy."""
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    direct = not any(header in request.headers for header in _BY_PROXY)
    return direct and _is_here(request.client.host if request.client else "") and _is_here(named)


def _is_here(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


ROUTES = [Route("/metrics", metrics, methods=["GET"])]
