"""What every answer carries and who may ask for it: the content policy and the gate before the pages."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import quote

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from awesome_analytics.web.access import COOKIE

OPEN = (
    "/login",
    "/logout",
    "/welcome",
    "/oidc/",
    "/healthz",
    "/metrics",
    "/static/",
    "/favicon.png",
    "/_stcore/health",
)
"""Asked for before anybody is logged in. The page's own connection is open too: the page asks who it is."""
_CONNECTION = ("/_stcore/stream", "/_stcore/host-config")

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def policy() -> str:
    """Nothing is loaded from, sent to or framed by another host."""
    index = Path(streamlit.__file__).with_name("static") / "index.html"
    scripts = (script.encode() for script in _INLINE.findall(index.read_text(encoding="utf-8")))
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in scripts)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {allowed}",  # charts compile their expressions
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SafeHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers: Mapping[str, str] = {
            "content-security-policy": policy(),
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "permissions-policy": "camera=(), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send if scope["type"] != "http" else send_with_headers)


class Gate:
    """Sends whoever is not logged in to the log-in page, and gives them no file of anybody's."""

    def __init__(self, app: ASGIApp, *, is_in: Callable[[str], bool]) -> None:
        self._app = app
        self._is_in = is_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith((*OPEN, *_CONNECTION)):
            await self._app(scope, receive, send)
            return
        secret = cookie_of(Headers(scope=scope))
        if secret != "" and await run_in_threadpool(self._is_in, secret):
            await self._app(scope, receive, send)
            return
        await _refusal(scope)(scope, receive, send)


def _refusal(scope: Scope) -> Response:
    accepts = Headers(scope=scope).get("accept", "")
    if scope["method"] == "GET" and "text/html" in accepts:
        query = scope["query_string"].decode("latin-1")
        asked = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse("/login" + (f"?next={quote(asked)}" if asked != "/" else ""), status_code=303)
    return Response("Log in first.", status_code=401)


def cookie_of(headers: Headers) -> str:
    """The session's secret in a request; empty when there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
