"""The warehouse, the books' server and the scheduler stop, one by one, while every page is in use."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from awesome_analytics.app import sessions
from awesome_analytics.bootstrap import credentials
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.settings import OLAP_DATABASE, OLTP_DATABASE, Settings
from awesome_analytics.etl import pipeline
from awesome_analytics.web.access import COOKIE
from browser import PASSWORD, PATIENCE, choose, let_in, settled, type_in, web_server
from servers import MariaDbServer, MissingServerError, running_mariadb
from test_pipeline import MONDAY, ends

BOOKS_AWAY = "The shop's books can't be reached just now"
WAREHOUSE_AWAY = "The warehouse can't be reached just now"
PAGES = {
    "data-entry": "john",
    "orders": "john",
    "dashboard": "sarah",
    "builder": "sarah",
    "chat": "sarah",
    "etl": "sarah",
    "users": "ada",
}
ROLES = {
    "john": "sales_associate",
    "sarah": "store_manager",
    "ada": "administrator",
}


@dataclass(kw_only=True)
class Site:
    """Web server and scheduler of a shop whose books and warehouse stand on servers of their own."""

    url: str
    shop: Shop
    warehouse: MariaDbServer
    books: EmbeddedPostgres
    environment: Mapping[str, str]
    told: Path
    _stack: ExitStack = field(default_factory=ExitStack)
    _scheduler: "subprocess.Popen[bytes] | None" = None

    def kill_books(self) -> None:
        pid = int((self.books.data / "postmaster.pid").read_text().split()[0])
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            os.kill(pid, signal.SIGKILL)
            process.wait(60)

    def revive_books(self) -> None:
        self._stack.enter_context(closing(EmbeddedPostgres(self.shop.settings.home).start()))

    def start_scheduler(self) -> None:
        self._scheduler = subprocess.Popen(
            [sys.executable, "-m", "awesome_analytics.scheduler"],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )

    def kill_scheduler(self) -> None:
        if self._scheduler is not None:
            self._scheduler.kill()
            self._scheduler.wait()
            self._scheduler = None

    def close(self) -> None:
        self.kill_scheduler()
        self._stack.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(self.shop.entry()) as connection:
            return connection.execute(sql.encode()).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"select count(*) from {table}")[0][0])


@pytest.fixture(scope="module")
def warehouse() -> Iterator[MariaDbServer]:
    try:
        with running_mariadb() as server:
            yield server
    except MissingServerError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def site(warehouse: MariaDbServer) -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="aw-out-"))
    try:
        with EmbeddedPostgres(home) as books, made(home, books, warehouse) as site:
            yield site
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def made(home: Path, books: EmbeddedPostgres, warehouse: MariaDbServer) -> Iterator[Site]:
    oltp = books.admin.at(OLTP_DATABASE)
    olap = DatabaseUrl.parse(warehouse.url, field="url").at(OLAP_DATABASE)
    settings = Settings(home=home, oltp_url=oltp, warehouse_url=olap)
    known = credentials.load_or_create(home)
    shop = Shop(settings=settings, oltp=oltp, olap=olap, passwords=known, on_note=print)
    shop.prepare()
    with closing(shop.entry()) as connection:
        connection.execute(MONDAY)
    pipeline.run(ends(shop))
    let_in(shop, **ROLES)
    variables = {
        "AWESOME_OLTP_URL": oltp.text(),
        "AWESOME_WAREHOUSE_URL": olap.text(),
        "AWESOME_TODAY": "2024-12-07",
        "GEMINI_API_KEY": "",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    told = home / "web.log"
    with told.open("wb") as log, web_server(home, log=log, **variables) as url:
        environment = {**kept, "AWESOME_HOME": str(home), **variables}
        site = Site(url=url, shop=shop, warehouse=warehouse, books=books, environment=environment, told=told)
        site.start_scheduler()
        with closing(site):
            yield site


Pages = Mapping[str, Page]


@pytest.fixture(scope="module")
def pages(site: Site, browser: Browser) -> Iterator[Pages]:
    """Every page open in a tab of its own; nobody loads one anew from here on."""
    opened: dict[str, Page] = {}
    expect.set_options(timeout=PATIENCE)
    for name, role in ROLES.items():
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": COOKIE, "value": session(site, name, role), "url": site.url}])
        for path in (path for path, who in PAGES.items() if who == name):
            opened[path] = context.new_page()
            opened[path].goto(f"{site.url}/{path}", wait_until="commit")
    for page in opened.values():
        settled(page)
        page.evaluate("window.neverReloaded = true")
    yield opened
    expect.set_options(timeout=5_000)
    for page in opened.values():
        page.context.close()


def session(site: Site, username: str, role: str) -> str:
    """As after the log-in, which other tests walk through."""
    now = datetime.now(UTC)
    with closing(site.shop.app()) as connection:
        return sessions.log_in(
            connection, username=username, password=PASSWORD, role=role, address="127.0.0.1", now=now
        )


@pytest.fixture(autouse=True)
def no_traceback_and_no_reload(site: Site, pages: Pages) -> Iterator[None]:
    yield
    for path, page in pages.items():
        expect(page.get_by_test_id("stException"), path).to_have_count(0)
        expect(page.get_by_text("Traceback"), path).to_have_count(0)
        assert page.evaluate("window.neverReloaded"), path
    assert "Traceback" not in site.told.read_text(encoding="utf-8")


def alert(page: Page, words: str) -> Locator:
    return page.get_by_test_id("stAlert").filter(has_text=words).locator("visible=true").first


def says(page: Page, words: str) -> None:
    """The message stands there, once, with neither an address nor a driver's words in it."""
    expect(alert(page, words)).to_be_visible(timeout=PATIENCE)
    shown = page.get_by_test_id("stAlert").filter(has_text=words).all_inner_texts()
    assert not any("://" in text or "connection failed" in text for text in shown), shown


def is_back(page: Page, words: str) -> None:
    gone = page.get_by_test_id("stAlert").filter(has_text=words)
    expect(gone).to_have_count(0, timeout=40_000)
    settled(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()


def field_of(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True).locator("visible=true").first


def types_order(page: Page, name: str) -> None:
    page.get_by_role("tab", name="Order Entry").click()
    type_in(page, "Customer Name", name)
    type_in(page, "Customer Email", f"{name.split()[0].lower()}@company.com")
    choose(page, "Segment", "Consumer")
    choose(page, "Region", "West")
    settled(page)


def records_order(page: Page) -> None:
    press(page, "Record Order")
    expect(page.get_by_text("Order recorded successfully!")).to_be_visible()
    settled(page)


def asks(page: Page, question: str) -> None:
    page.get_by_label("Your Question").fill(question)
    press(page, "Send")


def opens_alices_order(page: Page) -> None:
    type_in(page, "Order ID, customer or e-mail", "ORD-001")
    expect(page.get_by_role("heading", name="ORD-001")).to_be_visible()
    if not field_of(page, "Sales Amount").is_visible():
        page.get_by_text("Correct line 1: MacBook Pro").click()


def test_without_the_warehouse_figures_wait_and_entry_goes_on(site: Site, pages: Pages) -> None:
    orders = site.count("tbl_orders")
    types_order(pages["data-entry"], "Bob Builder")
    site.warehouse.kill()
    try:
        compares_otherwise(pages["dashboard"])
        press(pages["builder"], "New question")
        asks(pages["chat"], "Total sales by region")
        for path in ("dashboard", "builder", "chat", "etl"):
            says(pages[path], WAREHOUSE_AWAY)
        expect(pages["chat"].get_by_label("Your Question")).to_have_value("Total sales by region")
        records_order(pages["data-entry"])
        opens_alices_order(pages["orders"])
        type_in(pages["users"], "Person", "")
    finally:
        site.warehouse.start()
    for path in ("dashboard", "builder", "chat", "etl"):
        is_back(pages[path], WAREHOUSE_AWAY)
    expect(pages["dashboard"].get_by_text("$6,000.00").first).to_be_visible(timeout=PATIENCE)
    expect(pages["builder"].get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=PATIENCE)
    press(pages["chat"], "Send")
    expect(pages["chat"].get_by_text("East: $6,000.00").first).to_be_visible(timeout=PATIENCE)
    assert site.count("tbl_orders") == orders + 1


def compares_otherwise(page: Page) -> None:
    """The other of the two comparisons."""
    page.locator(".st-key-dash_compare [role=radio][aria-checked=false]").click()


def saves_a_question(page: Page, name: str) -> None:
    page.locator(".st-key-builder_save button").first.click()
    field_of(page, "Name").fill(name)
    page.locator(".st-key-builder_save_now button").click()


def fills_person(page: Page, name: str) -> None:
    page.get_by_role("tab", name="New person").click()
    field_of(page, "Username").fill(name)
    field_of(page, "Password").fill("correct horse battery")
    choose(page, "Roles", "Store Manager")
    page.keyboard.press("Escape")  # else the list stays open above the button


def test_without_the_books_every_page_says_so_and_nothing_typed_is_lost(site: Site, pages: Pages) -> None:
    orders, people = site.count("tbl_orders"), len(everyone(site))
    types_order(pages["data-entry"], "Carol Carpenter")
    opens_alices_order(pages["orders"])
    site.kill_books()
    try:
        press(pages["data-entry"], "Record Order")
        field_of(pages["orders"], "Sales Amount").fill("4,900.00")
        press(pages["orders"], "Save correction")
        fills_person(pages["users"], "dora")
        press(pages["users"], "Add person")
        compares_otherwise(pages["dashboard"])
        saves_a_question(pages["builder"], "What sells")
        asks(pages["chat"], "Total profit by segment")
        for path in PAGES:
            says(pages[path], BOOKS_AWAY)
        expect(field_of(pages["data-entry"], "Customer Name")).to_have_value("Carol Carpenter")
        expect(field_of(pages["orders"], "Sales Amount")).to_have_value("4,900.00")
        expect(field_of(pages["users"], "Username")).to_have_value("dora")
        late = comes_late(site, pages["data-entry"])
        stranger = is_not_let_in(site, pages["users"])
    finally:
        site.revive_books()
    expect(late.get_by_role("button", name="Record Order", exact=True)).to_be_visible(timeout=40_000)
    late.close()
    stranger.get_by_label("Password").fill(PASSWORD)
    press(stranger, "Login")
    expect(stranger.get_by_role("heading", name="Data Entry")).to_be_visible()
    stranger.close()
    for path in PAGES:
        is_back(pages[path], BOOKS_AWAY)
    assert site.count("tbl_orders") == orders
    records_order(pages["data-entry"])
    press(pages["orders"], "Save correction")
    expect(pages["orders"].get_by_text("Line 1 is corrected.")).to_be_visible()
    press(pages["users"], "Add person")
    expect(pages["users"].get_by_text("'dora' may log in now.")).to_be_visible()
    expect(pages["chat"].get_by_label("Your Question")).to_have_value("Total profit by segment")
    press(pages["chat"], "Send")
    expect(pages["chat"].get_by_text("Corporate: $").first).to_be_visible(timeout=PATIENCE)
    expect(pages["dashboard"].get_by_text("$6,000.00").first).to_be_visible(timeout=PATIENCE)
    pages["builder"].locator(".st-key-builder_save button").first.click()
    expect(field_of(pages["builder"], "Name")).to_have_value("What sells")
    pages["builder"].locator(".st-key-builder_save_now button").click()
    expect(pages["builder"].get_by_text("Saved as What sells.")).to_be_visible()
    assert site.count("tbl_orders") == orders + 1
    assert site.rows("select sales from order_product where order_id = 'ORD-001' and line_no = 1") == [
        (4900,)
    ]
    assert len(everyone(site)) == people + 1


def comes_late(site: Site, page: Page) -> Page:
    """A page opened while the books are away."""
    late = page.context.new_page()
    late.goto(f"{site.url}/data-entry")
    says(late, BOOKS_AWAY)
    return late


def is_not_let_in(site: Site, page: Page) -> Page:
    """Somebody who would log in just now."""
    browser = page.context.browser
    assert browser is not None
    stranger = browser.new_page()
    stranger.goto(f"{site.url}/login")
    stranger.get_by_label("Username").fill("john")
    stranger.get_by_label("Password").fill(PASSWORD)
    stranger.get_by_label("Role").select_option(label="Sales Associate")
    press(stranger, "Login")
    expect(stranger.get_by_role("alert")).to_contain_text("can't be reached just now")
    return stranger


def everyone(site: Site) -> list[tuple[Any, ...]]:
    with closing(site.shop.app()) as connection:
        return connection.execute(b"select username from app.person").fetchall()


def test_without_the_scheduler_a_wish_waits_and_all_else_goes_on(site: Site, pages: Pages) -> None:
    etl = pages["etl"]
    site.kill_scheduler()
    try:
        says(etl, "The scheduler is not running")
        press(etl, "Run ETL Now")
        expect(etl.get_by_text("Asked for.")).to_be_visible(timeout=PATIENCE)
        types_order(pages["data-entry"], "Erin Engineer")
        records_order(pages["data-entry"])
        compares_otherwise(pages["dashboard"])
        press(pages["builder"], "New question")
        asks(pages["chat"], "Total sales")
        expect(pages["chat"].get_by_text("Total sales").first).to_be_visible()
        for path, page in pages.items():
            settled(page)
            if path != "etl":
                expect(page.get_by_test_id("stAlertContentError"), path).to_have_count(0)
    finally:
        site.start_scheduler()
    expect(etl.get_by_text("succeeded:").first).to_be_visible(timeout=40_000)
    is_back(etl, "The scheduler is not running")
