"""The ETL page in a real browser with a real scheduler: what is pressed happens, what is shown is so."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from awesome_analytics.app import people
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import history
from awesome_analytics.warehouse.summaries import SUMMARIES
from conftest import _missing

PATIENCE = 25_000


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running demo: its address, the manager's password, the shop behind it."""

    url: str
    password: str
    shop: Shop

    def runs(self) -> list[history.Run]:
        with closing(self.shop.reader()) as engine:
            return history.runs(engine, limit=50)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="awesome-etl-"))
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    options = ["demo", "--json", "--home", str(home), "--orders", "300", "--port", port]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    demo = subprocess.Popen(
        [sys.executable, "-m", "awesome_analytics.cli", *options],
        env=kept,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert demo.stdout is not None
    try:
        answer = json.loads(demo.stdout.readline())
        passwords = {each["username"]: each["password"] for each in answer["log_ins"]}
        with Shop.open(Settings(home=home), on_note=print, prepare=False) as shop:
            yield Site(url=answer["url"], password=passwords["sarah_manager"], shop=shop)
            demo.send_signal(signal.SIGINT)
            demo.wait(40)
    finally:
        demo.kill()
        demo.communicate()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        _missing("no Chromium on PATH: the browser tests need it (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """The ETL page, as the manager."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    page = context.new_page()
    page.goto(f"{site.url}/login")
    page.get_by_label("Username").fill("sarah_manager")
    page.get_by_label("Password").fill(site.password)
    page.get_by_label("Role").select_option(label="Store Manager")
    page.locator("button[type=submit]").click()
    page.goto(f"{site.url}/etl")
    expect(page.get_by_role("heading", name="Quarantine")).to_be_visible(timeout=PATIENCE)
    yield page
    context.close()


def tile(page: Page, label: str) -> str:
    found = page.locator(".etl-tile", has=page.get_by_text(label, exact=True))
    return found.locator(".etl-value").inner_text()


def first_row(page: Page) -> list[str]:
    row = page.get_by_role("region", name="ETL Run History").locator("tbody tr").first
    return row.locator("td").all_inner_texts()


def newest_row(run: history.Run) -> list[str]:
    clock = f"{run.etl_run_time:%Y-%m-%d %H:%M:%S}"
    return [str(run.run_id), clock, run.status, f"{run.records_processed:,}"]


def test_the_overview_and_the_history_say_what_the_log_says(site: Site, page: Page) -> None:
    runs = site.runs()
    assert tile(page, "Pipeline Status") == "Ready"
    assert tile(page, "Successful Runs") == str(sum(run.status == "SUCCESS" for run in runs))
    assert tile(page, "Last Run") == f"{runs[0].etl_run_time:%Y-%m-%d %H:%M:%S}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d 02:00:00", tile(page, "Next Run"))
    assert first_row(page)[:4] == newest_row(runs[0])


def test_run_etl_now_loads_what_waits_and_shows_its_steps(site: Site, page: Page) -> None:
    with site.shop.entry() as books:
        books.execute(
            "update order_product set quantity = quantity + 1 where (order_id, line_no) in "
            "(select order_id, line_no from order_product order by 1, 2 limit 2)"
        )
    waiting = page.locator(".etl-tile", has=page.get_by_text("Changes waiting", exact=True))
    expect(waiting).to_contain_text("order_product 2", timeout=PATIENCE)
    page.locator(".st-key-run_etl button").click()
    expect(page.get_by_text(re.compile(r"Run \d+ succeeded: 2 sales lines processed"))).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_role("list", name="Steps")).to_contain_text("Merge into the star")
    run = site.runs()[0]
    assert (run.status, run.records_processed, run.mode) == ("SUCCESS", 2, "incremental")
    expect(waiting.locator(".etl-value")).to_have_text("0", timeout=PATIENCE)
    assert first_row(page)[:4] == newest_row(run)


def test_a_reconciliation_names_the_key_that_differs(site: Site, page: Page) -> None:
    with psycopg.connect(**site.shop.olap.parameters(), autocommit=True) as star:
        key = star.execute("select order_id, line_no from fact_sales order by 1, 2 limit 1").fetchone()
        assert key is not None
        star.execute("update fact_sales set sales = sales + 1 where order_id = %s and line_no = %s", key)
        page.locator(".st-key-reconcile button").click()
        # The line against the books, and its cell of every summary against the line.
        told = f": {1 + len(SUMMARIES)} differences,"
        expect(page.get_by_text(told)).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("region", name="Differences by key")).to_contain_text(f"{key[0]}/{key[1]}")
        star.execute("update fact_sales set sales = sales - 1 where order_id = %s and line_no = %s", key)
    page.locator(".st-key-reconcile button").click()
    expect(page.get_by_text(re.compile(r": 0 differences"))).to_be_visible(timeout=PATIENCE)


def test_a_refused_row_is_shown_with_its_reason_and_loaded_once_mended(site: Site, page: Page) -> None:
    with psycopg.connect(**site.shop.oltp.parameters(), autocommit=True) as books:
        books.execute("alter table order_product drop constraint order_product_quantity_check")
        key = books.execute("select order_id, line_no, quantity from order_product limit 1").fetchone()
        assert key is not None
        spoil = "update order_product set quantity = %s where order_id = %s and line_no = %s"
        books.execute("set session_replication_role = replica")
        books.execute(spoil, (0, key[0], key[1]))
        page.locator(".st-key-run_etl button").click()
        quarantine = page.get_by_role("region", name="Quarantine")
        expect(quarantine).to_contain_text("the quantity is not 1 or more", timeout=PATIENCE)
        expect(quarantine).to_contain_text(f"{key[0]}/{key[1]}")
        books.execute(spoil, (key[2], key[0], key[1]))
    page.locator(".st-key-retry_quarantine button").click()
    expect(page.get_by_text("Empty: every row of the books is in the warehouse.")).to_be_visible(
        timeout=PATIENCE
    )


def test_a_page_left_open_stops_when_its_session_is_ended(site: Site, page: Page) -> None:
    with site.shop.app() as connection:
        people.end_sessions(connection, username="sarah_manager", actor="test", now=datetime.now(UTC))
    expect(page.get_by_text("Your session has ended")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-run_etl")).to_have_count(0)
