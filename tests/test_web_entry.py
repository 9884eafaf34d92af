"""The sales associate's day in a real browser: the seed's order, products and return; who may see what."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings
from browser import choose, let_in, log_in, pick_day, settled, type_in, web_server


@dataclass(frozen=True, kw_only=True)
class Site:
    url: str
    shop: Shop

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.shop.entry() as connection:
            return connection.execute(sql.encode()).fetchall()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="awesome-web-"))
    try:
        with Shop.open(Settings(home=home), on_note=print) as shop:
            let_in(
                shop,
                john_sales="sales_associate",
                sarah_manager="store_manager",
                ada_admin="administrator",
            )
            with web_server(home, AWESOME_TODAY="2024-12-07") as url:
                yield Site(url=url, shop=shop)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_the_associate_records_the_seeds_order_its_products_and_the_return(site: Site, page: Page) -> None:
    foreign: list[str] = []
    page.on("request", lambda asked: foreign.append(asked.url) if _is_foreign(site, asked.url) else None)
    log_in(page, site.url, "john_sales", "Sales Associate")

    type_in(page, "Customer Name", "Alice Johnson")
    type_in(page, "Customer Email", "alice.johnson@company.com")
    choose(page, "Segment", "Corporate")
    choose(page, "Market", "US")
    choose(page, "Region", "East")
    choose(page, "Order Priority", "High")
    pick_day(page, "Order Date", "12052024")
    page.get_by_role("button", name="Record Order", exact=True).click()
    expect(page.get_by_text("Order recorded successfully!")).to_be_visible()

    page.get_by_role("tab", name="Product Entry").click()
    product(page, 'MacBook Pro 14"', "Technology", "2", "4800.00", "5", "Laptops", "150.00", "First Class")
    product(
        page, "Ergonomic Office Chair", "Furniture", "4", "1200.00", "10", "Chairs", "80.00", "Standard Class"
    )

    page.get_by_role("tab", name="Return Entry").click()
    choose(page, "Returned Product", "Ergonomic Office Chair (4 bought, 4 left to return)")
    settled(page)
    choose(page, "Return Reason", "Defective")
    pick_day(page, "Return Date", "12062024")
    page.get_by_role("button", name="Record Return", exact=True).click()
    expect(page.get_by_text("Return recorded!")).to_be_visible()

    assert site.rows(
        "select customer_id, customer_name, customer_email, segment_id, market, region from tbl_customers"
    ) == [("1001", "Alice Johnson", "alice.johnson@company.com", 2, "US", "East")]
    assert site.rows("select order_id, customer_id, order_date, order_priority from tbl_orders") == [
        ("ORD-001", "1001", date(2024, 12, 5), "High")
    ]
    assert site.rows("select product_id, product_name, category_id, subcategory_id from tbl_products") == [
        ("PROD-501", 'MacBook Pro 14"', 1, 3),
        ("PROD-502", "Ergonomic Office Chair", 2, 5),
    ]
    lines = "product_id, quantity, sales, discount, profit, shipping_cost, ship_mode, ship_date"
    shipped = date(2024, 12, 7)
    assert site.rows(f"select {lines} from order_product order by line_no") == [
        ("PROD-501", 2, Decimal(4800), Decimal(240), Decimal(4410), Decimal(150), "First Class", shipped),
        ("PROD-502", 4, Decimal(1200), Decimal(120), Decimal(1000), Decimal(80), "Standard Class", shipped),
    ]
    given = (
        "return_id, order_id, product_id, quantity, return_reason, return_status, return_region, return_date"
    )
    assert site.rows(f"select {given} from tbl_returns") == [
        ("RET-001", "ORD-001", "PROD-502", 1, "Defective", "Pending", "East", date(2024, 12, 6))
    ]
    assert site.rows("select distinct actor from entry_log") == [("john_sales",)]
    assert foreign == []


def bobs_order(page: Page) -> None:
    type_in(page, "Customer Name", "Bob Builder")
    type_in(page, "Customer Email", "bob@company.com")
    choose(page, "Segment", "Consumer")
    choose(page, "Region", "West")
    settled(page)


def test_a_reload_keeps_what_was_typed_and_a_second_click_records_nothing_more(
    site: Site, page: Page
) -> None:
    log_in(page, site.url, "john_sales", "Sales Associate")
    before = site.rows("select count(*) from tbl_orders")[0][0]
    bobs_order(page)
    page.reload()
    settled(page)
    expect(page.get_by_label("Customer Name", exact=True)).to_have_value("Bob Builder")
    page.get_by_role("button", name="Record Order", exact=True).dblclick()
    expect(page.get_by_text("Order recorded successfully!")).to_be_visible()
    expect(page.get_by_label("Customer Name", exact=True)).to_have_value("")
    page.reload()
    settled(page)
    page.get_by_role("button", name="Record Order", exact=True).click()
    expect(page.get_by_text("This is needed").first).to_be_visible()
    assert site.rows("select count(*) from tbl_orders")[0][0] == before + 1


def product(
    page: Page,
    name: str,
    category: str,
    quantity: str,
    sales: str,
    discount: str,
    subcategory: str,
    shipping: str,
    mode: str,
) -> None:
    type_in(page, "Product Name", name)
    choose(page, "Category", category)
    settled(page)
    type_in(page, "Quantity", quantity)
    type_in(page, "Sales Amount", sales)
    type_in(page, "Discount (%)", discount)
    choose(page, "Subcategory", subcategory)
    type_in(page, "Shipping Cost", shipping)
    choose(page, "Ship Mode", mode)
    pick_day(page, "Ship Date", "12072024")
    page.get_by_role("button", name="Add Product to Order", exact=True).click()
    expect(page.get_by_text(f"Product: {name}")).to_be_visible()
    settled(page)


def _is_foreign(site: Site, url: str) -> bool:
    return not url.startswith((site.url, site.url.replace("http", "ws"), "data:", "blob:"))


@pytest.mark.parametrize(
    ("username", "role", "menu", "others"),
    [
        ("john_sales", "Sales Associate", ["Data Entry", "Order Look-up"], ["dashboard", "etl", "users"]),
        (
            "sarah_manager",
            "Store Manager",
            ["Dashboard", "Chat Analytics", "Query Builder", "ETL Management"],
            ["data-entry", "orders", "users"],
        ),
        ("ada_admin", "Administrator", [], ["data-entry", "dashboard", "builder"]),
    ],
)
def test_a_role_has_its_pages_and_no_others_by_url(
    site: Site, page: Page, username: str, role: str, menu: list[str], others: list[str]
) -> None:
    log_in(page, site.url, username, role)
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_text([re.compile(f"{title}$") for title in menu])
    for path in others:
        page.goto(f"{site.url}/{path}")
        expect(page.get_by_text("Page not found")).to_be_visible()


def test_a_role_the_person_lacks_is_refused_like_a_wrong_password(site: Site, page: Page) -> None:
    page.goto(site.url)
    page.get_by_label("Username").fill("john_sales")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_label("Role").select_option(label="Administrator")
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("alert")).to_have_text("That user name, password and role do not go together.")


def test_a_cookie_kept_from_before_the_log_out_opens_nothing(site: Site, page: Page) -> None:
    log_in(page, site.url, "john_sales", "Sales Associate")
    kept = page.context.cookies()
    session = next(each for each in kept if each["name"] == "awesome_session")
    assert session["httpOnly"]
    assert session["sameSite"] == "Lax"
    page.get_by_role("link", name="Log out").click()
    expect(page.get_by_label("Username")).to_be_visible()
    page.context.add_cookies(kept)  # type: ignore[arg-type]
    page.goto(f"{site.url}/data-entry")
    expect(page.get_by_label("Username")).to_be_visible()
