"""A small known shop behind the real web server, for the browser tests of the manager's pages."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from awesome_analytics.app import people, roles
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from conftest import _missing
from entry_desk import chairs, give_back, order

PATIENCE = 30_000
TODAY = "2024-12-06"
PASSWORD = "correct horse battery"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running web server and the shop behind it."""

    url: str
    shop: Shop

    def load(self) -> None:
        """Run the pipeline."""
        now = lambda: datetime.now(UTC)  # noqa: E731
        pipeline.run(pipeline.Ends(open_source=self.shop.source, open_warehouse=self.shop.warehouse, now=now))

    def figures(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the warehouse, by hand."""
        with closing(self.shop.reader()) as engine:
            return engine.query(sql)


def seeds_monday(shop: Shop) -> None:
    """The seed's order, two products and return, through the handlers of the forms."""
    with shop.entry() as books:
        made = order(books)
        chairs(
            books,
            made.order_id,
            product_name='MacBook Pro 14"',
            category="Technology",
            subcategory="Laptops",
            quantity="2",
            sales="4,800.00",
            discount_percent="5",
            shipping_cost="150.00",
            ship_mode="First Class",
        )
        chairs(books, made.order_id)
        give_back(books, made.order_id, product_name="Ergonomic Office Chair", quantity="1")


@contextmanager
def open_site(fill: Callable[[Shop], None]) -> Iterator[Site]:
    """A shop filled by `fill`, its web server, and Sarah who may log in."""
    home = Path(tempfile.mkdtemp(prefix="aw-"))
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    try:
        with Shop.open(Settings(home=home), on_note=print) as shop:
            fill(shop)
            with shop.app() as connection:
                people.add(
                    connection,
                    username="sarah",
                    password=PASSWORD,
                    roles_given=[roles.STORE_MANAGER],
                    actor="test",
                    now=datetime.now(UTC),
                )
            server = subprocess.Popen(
                [sys.executable, "-m", "awesome_analytics.web", "--port", str(port)],
                env={**kept, "AWESOME_HOME": str(home), "AWESOME_TODAY": TODAY},
            )
            try:
                url = f"http://127.0.0.1:{port}"
                _wait(url, server)
                yield Site(url=url, shop=shop)
            finally:
                server.terminate()
                server.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(240):
        assert server.poll() is None, "the web server ended"
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the web server does not answer")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The real Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        _missing("no Chromium on PATH: the browser tests need it (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@contextmanager
def logged_in(site: Site, browser: Browser) -> Iterator[Page]:
    """A page of Sarah's, logged in as the manager."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{site.url}/login")
    page.get_by_label("Username").fill("sarah")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Role").select_option(label="Store Manager")
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible(timeout=PATIENCE)
    yield page
    context.close()
