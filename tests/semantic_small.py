"""A small shop full of awkward things, loaded into a warehouse on each engine."""

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from awesome_analytics.warehouse.engine import Engine
from conftest import drop_warehouse, make_warehouse

Books = psycopg.Connection[Any]
Readers = Mapping[str, Engine]

CUSTOMERS = (
    "Ann Lee", "ann lee", "Ann Lee", "José", "Jose", "JOSÉ", r"O'Brien \N Söhne", "%(v0)s %s", "𝔄nn Lee",
    "_under%", '"; -- x', "Zoë",
)  # fmt: skip
PRODUCTS = (
    "Staples", "Staples", "staples", 'MacBook Pro 14"', "Élan", "Straße 1", "100% cotton", r"back\slash",
    "Chair", "Chair, Red", "0", "Ångström",
)  # fmt: skip
DAYS = (
    date(1900, 1, 1), date(2011, 12, 31), date(2012, 2, 29), date(2013, 1, 1), date(2013, 12, 30),
    date(2014, 1, 31), date(2014, 12, 31),
)  # fmt: skip
"""Order dates that stand beside ordinary ones of 2012 to 2014."""
TODAY = date(2014, 12, 31)
ORDERS = 70


def fill(books: Books) -> None:
    """Write the shop into fresh books, the same every time."""
    choose = random.Random(11)
    with books.transaction():
        for number, name in enumerate(CUSTOMERS, start=1):
            books.execute(
                "insert into tbl_customers (customer_id, customer_name, segment_id, market, region)"
                " values (%s, %s, %s, 'US', 'East')",
                (f"C{number}", name, number % 3 + 1),
            )
        for number, name in enumerate(PRODUCTS, start=1):
            books.execute(
                "insert into tbl_products (product_id, product_name, category_id, subcategory_id)"
                " select %s, %s, category_id, subcategory_id from subcategory where subcategory_id = %s",
                (f"P{number}", name, number % 9 + 1),
            )
        for number in range(1, ORDERS + 1):
            _write_order(books, choose, number)


def _write_order(books: Books, choose: random.Random, number: int) -> None:
    order = f"O-{number}"
    ordered = (
        DAYS[number] if number < len(DAYS) else date(2012, 6, 1) + timedelta(days=choose.randint(0, 940))
    )
    # The last customers and products never appear, and the first ones often.
    customer = _often_first(choose)
    books.execute(
        "insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)"
        " values (%s, %s, %s, %s, %s, %s)",
        (
            order,
            f"C{customer}",
            ordered,
            choose.choice(("Low", "Medium", "Critical")),
            choose.choice(("US", "EU", "Africa")),
            choose.choice(("East", "West", "North")),
        ),
    )
    lines = choose.randint(1, 4)
    for line in range(1, lines + 1):
        books.execute(
            "insert into order_product (order_id, line_no, product_id, quantity, sales, discount,"
            " discount_rate, profit, shipping_cost, ship_mode, ship_date)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                order,
                line,
                f"P{_often_first(choose)}",
                *_figures(choose, ordered),
            ),
        )
    if number % 4 == 0:
        _write_return(books, choose, number, ordered)


def _often_first(choose: random.Random) -> int:
    return min(choose.randint(1, 11), choose.randint(1, 11))


def _figures(choose: random.Random, ordered: date) -> tuple[Any, ...]:
    sales = choose.choice(
        (Decimal(0), Decimal("9.99"), Decimal("100.00001"), Decimal("8765432109876.54321"), None)
    )
    sales = Decimal(choose.randint(1, 10**8)) / 100_000 if sales is None else sales
    days = choose.choice((None, 0, 2, 5, 400))
    return (
        choose.choice((1, 2, 3, 7)),
        sales,
        choose.choice((Decimal(0), Decimal("3.33333"))),
        choose.choice((Decimal(0), Decimal("0.05"), Decimal("0.333333"))),
        choose.choice((Decimal("-3.33333"), Decimal(0), Decimal("12.5"), Decimal("-9999.99999"))),
        choose.choice((Decimal(0), Decimal("1.25"))),
        choose.choice(("Standard Class", "First Class")),
        None if days is None else ordered + timedelta(days=days),
    )


def _write_return(books: Books, choose: random.Random, number: int, ordered: date) -> None:
    whole = number % 8 == 0
    books.execute(
        "insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason, return_status,"
        " return_region, return_date)"
        " select %s, order_id, case when %s then null else product_id end, case when %s then null else 1 end,"
        " %s, %s, %s, %s from order_product where order_id = %s and line_no = 1",
        (
            f"R-{number}",
            whole,
            whole,
            choose.choice(("Defective", "Not Stated")),
            choose.choice(("Pending", "Approved", "Rejected", "Completed")),
            choose.choice(("East", "South")),
            ordered + timedelta(days=choose.choice((0, 3, 500))),
            f"O-{number}",
        ),
    )


def order_some_lines_later(books: Books) -> None:
    """Have every third order stand on several days, some of them in other months and years."""
    books.execute(
        "update order_product l set order_date = o.order_date + 35 * (line_no - 1),"
        " ship_date = ship_date + 35 * (line_no - 1) from tbl_orders o"
        " where o.order_id = l.order_id and line_no > 1 and substring(o.order_id from 3)::integer % 3 = 0"
    )


def spoil_a_line(books: Books) -> None:
    """Have one returned line refused by the pipeline: its return then has no sale to stand beside."""
    books.execute("alter domain shop_date drop constraint shop_date_check")
    books.execute("update order_product set ship_date = '2200-01-01' where order_id = 'O-12' and line_no = 1")


@contextmanager
def small_stars(
    books: DatabaseUrl,
    servers: Mapping[str, DatabaseUrl],
    passwords: Mapping[str, str],
    home: Path,
    *,
    several_days: bool = False,
) -> Iterator[Readers]:
    """The small shop's warehouse on each server, as readers see it."""
    with psycopg.connect(**books.parameters(), autocommit=True) as admin:
        fill(admin)
        if several_days:
            order_some_lines_later(admin)
        spoil_a_line(admin)
    with ExitStack() as stack:
        readers = {}
        for name, server in servers.items():
            olap = make_warehouse(server, passwords)
            stack.callback(drop_warehouse, olap)
            settings = Settings(home=home, oltp_url=books, warehouse_url=olap)
            shop = Shop(settings=settings, oltp=books, olap=olap, passwords=passwords, on_note=print)
            pipeline.run(
                pipeline.Ends(
                    open_source=shop.source,
                    open_warehouse=shop.warehouse,
                    now=lambda: datetime(2014, 12, 31, 2, tzinfo=UTC),
                )
            )
            readers[name] = shop.reader()
            stack.callback(readers[name].close)
        yield readers
