"""A real web server and a real Chromium for the browser tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.error import URLError

from playwright.sync_api import Browser, Page, expect, sync_playwright

from awesome_analytics.app import people
from awesome_analytics.bootstrap.shop import Shop

PASSWORD = "correct horse battery"
PATIENCE = 20_000


def chromium() -> str | None:
    """The browser's program, as scripts/test-servers installs it."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


def let_in(shop: Shop, **roles: str) -> None:
    """People with their role, all with the same password: `let_in(shop, john_sales="sales_associate")`."""
    with shop.app() as connection:
        for name, role in roles.items():
            people.add(
                connection,
                username=name,
                password=PASSWORD,
                roles_given=[role],
                actor="test",
                now=datetime.now(UTC),
            )


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web_server(home: Path, *, log: IO[bytes] | None = None, **environment: str) -> Iterator[str]:
    """The real process on a free port for the shop of a home; yields its address. It speaks to `log`."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "awesome_analytics.web", "--port", str(port)],
        env={**kept, "AWESOME_HOME": str(home), **environment},
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str) -> None:
    end = time.monotonic() + 40
    while True:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except (URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def settled(page: Page) -> None:
    """Wait until Streamlit has drawn the page."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(
        timeout=PATIENCE
    )


def log_in(page: Page, url: str, username: str, role: str) -> None:
    """Through the form, as a person does."""
    page.goto(f"{url}/login")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Role").select_option(label=role)
    page.get_by_role("button", name="Login").click()
    page.wait_for_url(lambda found: "/login" not in found, timeout=PATIENCE)
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    """Pick from a list by the keyboard."""
    box = page.get_by_role("combobox", name=label, exact=True).locator("visible=true")
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).first.click()


def type_in(page: Page, label: str, text: str) -> None:
    """Type into a field and leave it."""
    field = page.get_by_label(label, exact=True).locator("visible=true").first
    field.fill(text)
    field.press("Tab")
    settled(page)


def pick_day(page: Page, label: str, digits: str) -> None:
    """Type a day into the parts of a date field, as 12052024."""
    group = page.get_by_role("group", name=label, exact=True).locator("visible=true").first
    group.get_by_role("spinbutton").first.click()
    page.keyboard.type(digits)
    page.keyboard.press("Tab")
    settled(page)
