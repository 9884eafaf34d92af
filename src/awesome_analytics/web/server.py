"""The web server: Streamlit with our doors before it, settings that keep it quiet, and the theme."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from importlib.resources import files
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from awesome_analytics.core.settings import Settings
from awesome_analytics.web import doors, headers, health, metrics, oidc, receipt, shop

_THEME = {
    "theme.baseRadius": "0.6rem",
    "theme.showWidgetBorder": True,
    "theme.metricValueFontSize": "1.9rem",
    "theme.light.primaryColor": "#1f6f5c",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f4f6f5",
    "theme.light.textColor": "#18231f",
    "theme.light.borderColor": "#d5dcd9",
    "theme.light.linkColor": "#17604f",
    "theme.light.sidebar.backgroundColor": "#f2f5f4",
    "theme.dark.primaryColor": "#3f9d83",
    "theme.dark.backgroundColor": "#111816",
    "theme.dark.secondaryBackgroundColor": "#1c2623",
    "theme.dark.textColor": "#e8eeec",
    "theme.dark.borderColor": "#35423d",
    "theme.dark.linkColor": "#6cc7ae",
    "theme.dark.sidebar.backgroundColor": "#161f1c",
}

_QUIET = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "logger.level": "warning",
    # Else every run of a page ends by going through all that the process holds, while the others wait: three
    # quarters of the time under a crowd. Python collects by itself when enough has come together.
    "runner.postScriptGC": False,
    # A page whose network went away for a while comes back as it was.
    "server.disconnectedSessionTTL": 900,
}

_TURN = 0.03
"""Seconds for which a run keeps the interpreter: a short one ends in a turn or two, not beside others."""


def configuration(*, port: int, address: str) -> Mapping[str, Any]:
    """Streamlit's settings; cross-site protection stays on."""
    return {**_THEME, **_QUIET, "server.port": port, "server.address": address}


def application() -> st.App:
    """The app with its doors, its gate and its headers."""
    return st.App(
        str(files("awesome_analytics.web").joinpath("main.py")),
        routes=[*doors.ROUTES, *oidc.ROUTES, *receipt.ROUTES, *health.ROUTES, *metrics.ROUTES],
        middleware=[Middleware(headers.SafeHeaders), Middleware(headers.Gate, is_in=doors.is_in)],
        lifespan=_warm,
    )


@asynccontextmanager
async def _warm(_app: st.App) -> AsyncIterator[None]:
    """Import what the first page needs while nobody waits."""
    loading = asyncio.gather(
        *(asyncio.to_thread(import_module, name) for name in ("pandas", f"{__package__}.navigation"))
    )
    # What is imported stays: no collection need look at it again.
    loading.add_done_callback(lambda _: gc.freeze())
    yield
    loading.cancel()
    with suppress(asyncio.CancelledError):
        await loading


def serve(
    settings: Settings,
    *,
    port: int = 8501,
    address: str = "127.0.0.1",
    on_note: Callable[[str], None] = print,
) -> None:
    """Serve the pages until the process is told to stop."""
    sys.setswitchinterval(_TURN)
    with shop.use(settings, on_note=on_note):
        application().run(config=configuration(port=port, address=address))
