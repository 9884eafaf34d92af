"""Every page under axe-core, light and dark; an order entered by the keyboard alone."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from browser import PASSWORD, PATIENCE, let_in, log_in, settled, web_server
from test_pipeline import MONDAY, ends

Scheme = Literal["light", "dark"]
PAGES = (
    ("john", "Sales Associate", ("data-entry", "orders")),
    ("sarah", "Store Manager", ("dashboard", "chat", "builder", "etl")),
    ("ada", "Administrator", ("users",)),
)


@dataclass(frozen=True, kw_only=True)
class Site:
    url: str
    shop: Shop


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="awesome-axe-"))
    try:
        with Shop.open(Settings(home=home), on_note=print) as shop:
            with shop.entry() as books:
                books.execute(MONDAY)
            pipeline.run(ends(shop))
            let_in(shop, john="sales_associate", sarah="store_manager", ada="administrator")
            with web_server(home, AWESOME_TODAY="2024-12-07", GEMINI_API_KEY="") as url:
                yield Site(url=url, shop=shop)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def serious(page: Page) -> list[str]:
    """What axe-core calls serious or critical, a line for each element.

    Looked at again before it counts: while a page is drawn anew, its old parts are faded.
    """
    found = violations(page)
    for _ in range(3):
        if not found:
            break
        page.wait_for_timeout(1500)
        settled_or_login(page)
        found = violations(page)
    return found


def settled_or_login(page: Page) -> None:
    if "/login" not in page.url:
        settled(page)


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("username", "role", "paths"), PAGES, ids=[each[0] for each in PAGES])
def test_no_page_has_a_serious_violation(
    site: Site, browser: Browser, scheme: Scheme, username: str, role: str, paths: tuple[str, ...]
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{site.url}/login")
    found = {"login": serious(page)}
    log_in(page, site.url, username, role)
    for path in paths:
        page.goto(f"{site.url}/{path}")
        settled(page)
        if path == "chat":
            page.get_by_label("Your Question").fill("Top products")
            page.get_by_role("button", name="Send", exact=True).click()
            expect(page.get_by_test_id("stChatMessage")).to_have_count(2, timeout=PATIENCE)
            settled(page)
        page.wait_for_timeout(500)
        found[path] = serious(page)
        for tab in page.get_by_role("tab").all()[1:]:
            tab.click()
            settled(page)
            found[f"{path}, {tab.inner_text()}"] = serious(page)
    context.close()
    assert not any(found.values()), "\n".join(
        f"{path}: {line}" for path, lines in found.items() for line in lines
    )


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the keyboard stands in it."""
    for _ in range(80):
        if target.evaluate("it => it === document.activeElement || it.contains(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}")


def type_at(page: Page, label: str, text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True).locator("visible=true").first)
    page.keyboard.type(text)
    page.keyboard.press("Tab")
    settled(page)


def pick_at(page: Page, label: str, option: str) -> None:
    tab_to(page, page.get_by_role("combobox", name=label, exact=True).locator("visible=true"))
    page.keyboard.type(option)
    page.keyboard.press("Enter")
    settled(page)


def test_the_keyboard_alone_enters_an_order(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/login")
    for label, text in (("Username", "john"), ("Password", PASSWORD)):
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(text)
    tab_to(page, page.get_by_label("Role"))
    page.keyboard.type("Sales Associate")
    tab_to(page, page.get_by_role("button", name="Login"))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda found: "/login" not in found, timeout=PATIENCE)
    settled(page)
    type_at(page, "Customer Name", "Bob Builder")
    type_at(page, "Customer Email", "bob@company.com")
    pick_at(page, "Segment", "Consumer")
    pick_at(page, "Region", "West")
    tab_to(page, page.get_by_role("button", name="Record Order", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Order recorded successfully!")).to_be_visible()
    with site.shop.entry() as books:
        assert books.execute(
            b"select c.customer_name, o.region, o.order_date::text from tbl_orders o "
            b"join tbl_customers c using (customer_id) where c.customer_email = 'bob@company.com'"
        ).fetchall() == [("Bob Builder", "West", "2024-12-07")]
