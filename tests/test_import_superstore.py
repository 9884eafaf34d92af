"""The real Global Superstore in the books, line for line."""

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from awesome_analytics.bootstrap import credentials
from awesome_analytics.core.database import DatabaseUrl
from import_sheets import Connection, all_rows, take


@pytest.fixture(scope="module")
def superstore(
    books_template: DatabaseUrl, passwords: Any, eval_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Connection, Any]]:
    """Books with both canonical files in them, shared by the tests, which leave them as they are."""
    admin = books_template.at("postgres")
    folder = tmp_path_factory.mktemp("refused")
    with psycopg.connect(**admin.parameters(), autocommit=True) as server:
        server.execute("create database superstore template books_template")
        url = books_template.at("superstore").login(credentials.ENTRY, passwords[credentials.ENTRY])
        with psycopg.connect(**url.parameters(), autocommit=True) as books:
            yield books, take_superstore(books, eval_dir, folder, "orders")
        server.execute("drop database superstore with (force)")


def take_superstore(books: Connection, eval_dir: Path, folder: Path, which: str) -> Any:
    data = eval_dir / "data"
    return take(
        books,
        data / f"global_superstore_{which}.csv.gz",
        data / "global_superstore_returns.csv",
        refused=folder / "refused.csv",
    )


def lines_of(eval_dir: Path) -> list[dict[str, str]]:
    with gzip.open(
        eval_dir / "data" / "global_superstore_orders.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        return list(csv.DictReader(file))


def test_the_totals_are_those_of_the_file(superstore: tuple[Connection, Any]) -> None:
    books, report = superstore
    assert books.execute(
        "select count(*), count(distinct order_id), sum(quantity), round(sum(sales), 2), "
        "round(sum(profit), 2) from order_product"
    ).fetchall() == [(51290, 25753, 178312, Decimal("12642501.91"), Decimal("1467457.29"))]
    assert (report.orders.rows.inserted, report.orders.rows.refused, report.orders.units) == (
        51290,
        0,
        178312,
    )
    assert books.execute("select count(distinct source_order_id), count(*) from import_order").fetchone() == (
        25035,
        25753,
    )
    assert books.execute("select count(*) from tbl_customers").fetchone() == (1590,)
    assert books.execute("select count(*) from tbl_products").fetchone() == (10768,)
    assert (len(report.orders.order_splits), len(report.orders.product_splits)) == (718, 476)


def test_every_line_of_the_file_is_in_the_books_with_its_values(
    superstore: tuple[Connection, Any], eval_dir: Path
) -> None:
    books, _ = superstore
    found = books.execute(
        "select i.source_order_id, o.customer_id, p.source_product_id, p.product_name, l.quantity, l.sales, "
        "l.profit, l.discount_rate, l.shipping_cost, coalesce(l.order_date, o.order_date)::text, "
        "l.ship_date::text, l.ship_mode, o.market, o.region "
        "from order_product l join tbl_orders o using (order_id) "
        "join import_order i using (order_id) join import_product p using (product_id)"
    ).fetchall()
    expected = [
        (
            r["Order ID"],
            r["Customer ID"],
            r["Product ID"],
            r["Product Name"],
            int(r["Quantity"]),
            Decimal(r["Sales"]),
            Decimal(r["Profit"]),
            Decimal(r["Discount"]),
            Decimal(r["Shipping Cost"]),
            r["Order Date"],
            r["Ship Date"],
            r["Ship Mode"],
            r["Market"],
            r["Region"],
        )
        for r in lines_of(eval_dir)
    ]
    assert sorted(found) == sorted(expected)


def test_an_order_has_its_first_line_s_day_and_one_of_them_a_later_line(
    superstore: tuple[Connection, Any], eval_dir: Path
) -> None:
    books, report = superstore
    found = books.execute(
        "select i.source_order_id, o.customer_id, o.order_date::text from import_order i "
        "join tbl_orders o using (order_id)"
    ).fetchall()
    first: dict[tuple[str, str], str] = {}
    for row in lines_of(eval_dir):
        order = row["Order ID"], row["Customer ID"]
        first[order] = min(first.get(order, row["Order Date"]), row["Order Date"])
    assert {(order, customer): day for order, customer, day in found} == first
    assert len(found) == len(first) == 25753
    assert books.execute(
        "select l.order_id, o.customer_id, o.order_date::text, l.order_date::text "
        "from order_product l join tbl_orders o using (order_id) where l.order_date is not null"
    ).fetchall() == [("ES-2014-1903302", "DG-13300", "2014-04-28", "2014-08-13")]
    assert [(each.id, each.what) for each in report.orders.orders_of_several_days] == [
        ("ES-2014-1903302", "2014-04-28, 2014-08-13")
    ]


def test_every_returned_order_comes_back_whole(superstore: tuple[Connection, Any], eval_dir: Path) -> None:
    books, report = superstore
    with (eval_dir / "data" / "global_superstore_returns.csv").open(encoding="utf-8", newline="") as file:
        returned = {(r["Order ID"], r["Market"]) for r in csv.DictReader(file)}
    lines = [r for r in lines_of(eval_dir) if (r["Order ID"], r["Market"]) in returned]
    orders = {(r["Order ID"], r["Customer ID"]) for r in lines}
    assert (report.returns.returns_new, len(orders)) == (1202, 1202)
    assert report.returns.markets_unknown == 0
    assert (report.returns.rows.read, report.returns.rows.inserted, report.returns.rows.refused) == (
        1172,
        1172,
        0,
    )
    assert books.execute(
        "select count(*), sum(l.sales), count(distinct i.source_order_id) from return_line r "
        "join order_product l using (order_id, line_no) join import_order i using (order_id)"
    ).fetchall() == [(len(lines), sum(Decimal(r["Sales"]) for r in lines), 1172)]
    assert books.execute(
        "select count(*) from return_line r join order_product l using (order_id, line_no) "
        "where r.quantity <> l.quantity"
    ).fetchone() == (0,)


@pytest.mark.parametrize("which", ["orders", "as_found"])
def test_either_copy_of_the_file_again_touches_nothing(
    superstore: tuple[Connection, Any], eval_dir: Path, tmp_path: Path, which: str
) -> None:
    books, _ = superstore
    before = all_rows(books)
    report = take_superstore(books, eval_dir, tmp_path, which)
    assert (report.orders.rows.unchanged, report.returns.rows.unchanged) == (51290, 1172)
    assert (report.orders.orders.differing, report.orders.products.differing) == ((), ())
    assert all_rows(books) == before
    assert (report.orders.facts.mended_accents, report.orders.facts.date_style) == (
        (694, "day-first") if which == "as_found" else (0, "iso")
    )
