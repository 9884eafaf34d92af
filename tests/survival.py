"""A shop with a past that trades on, a second warehouse to rebuild into, and a reader who watches."""

import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import AlreadyRunning
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import history, pipeline
from awesome_analytics.warehouse.engine import Engine
from conftest import drop_warehouse, make_warehouse
from runs_apart import Report, Runs, Task, ends
from star_rows import expected, star, wrong_rows
from summary_rows import wrong_cells

_PATIENCE = 60.0

PAST: LiteralString = """
    insert into tbl_customers (customer_id, customer_name, segment_id, market, region)
    select (2000 + n)::text, 'Customer ' || n, 1 + n % 3, 'US', 'East'
    from generate_series(1, 40) n;
    insert into tbl_products (product_id, product_name, category_id, subcategory_id)
    select 'OLD-' || n, 'Product ' || n, category_id, subcategory_id
    from generate_series(1, 36) n join subcategory on subcategory_id = 1 + n % 9;
    insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
    select 'OLD-' || n, (2001 + n % 40)::text, date '2024-01-01' + n % 300, 'High', 'EU', 'West'
    from generate_series(1, {orders}) n;
    insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate,
                               profit, shipping_cost, ship_mode, ship_date)
    select 'OLD-' || n, line, 'OLD-' || 1 + (n + line) % 36, 1 + n % 5, n + 0.12345, 1, 0.1, n - 7.5, 2.5,
           'First Class', date '2024-01-03' + n % 300
    from generate_series(1, {orders}) n, generate_series(1, 2) line;
    insert into tbl_returns (return_id, order_id, return_reason, return_status, return_region, return_date)
    select 'OLD-' || n, 'OLD-' || n, 'Defective', 'Pending', 'West', '2024-12-01'
    from generate_series(1, {orders}, 7) n"""

DAY: LiteralString = """
    insert into tbl_customers (customer_id, customer_name, segment_id, market, region)
    values ('D' || %(day)s, 'Newcomer ' || %(day)s, 2, 'US', 'East');
    insert into tbl_products (product_id, product_name, category_id, subcategory_id)
    values ('DAY-' || %(day)s, 'New on day ' || %(day)s, 1, 3);
    insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
    values ('DAY-' || %(day)s, 'D' || %(day)s, date '2025-01-01' + %(day)s, 'Low', 'US', 'East');
    insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate,
                               profit, shipping_cost, ship_mode)
    select 'DAY-' || %(day)s, line, product_id, 3, 1000 + %(day)s, 0, 0, 10, 1, 'Same Day'
    from (values (1, 'DAY-' || %(day)s), (2, 'OLD-1')) as l (line, product_id);
    insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason, return_status,
                             return_region, return_date)
    values ('DAY-' || %(day)s, 'DAY-' || %(day)s, 'OLD-1', 1, 'Wrong Item', 'Pending', 'East', '2030-01-01');
    update tbl_returns set return_status = 'Rejected' where return_id = 'DAY-' || %(day)s - 1;
    update order_product set sales = sales + 1 where product_id = 'OLD-' || 1 + %(day)s %% 36;
    update tbl_customers set customer_name = customer_name || '!'
    where customer_id = (2001 + %(day)s %% 40)::text;
    update category set category_name = 'Technology of day ' || %(day)s where category_id = 1;
    with gone as (
        select order_id, line_no from order_product join tbl_orders using (order_id)
        where order_id not in (select order_id from tbl_returns)
        order by length(order_id) desc, order_id limit 1)
    delete from order_product l using gone where (l.order_id, l.line_no) = (gone.order_id, gone.line_no)"""

# One statement, joined in all directions: half a load would show as a sum of its own.
TOTALS: LiteralString = """
    select s.n, s.units, s.sales, s.profit, r.units, r.returned, j.n, j.sales, j.members, k.sales, k.units,
           m.members, l.newest
    from (select count(*) as n, sum(quantity) as units, sum(sales) as sales, sum(profit) as profit
          from fact_sales) s
    cross join (select sum(quantity) as units, sum(returned_sales) as returned from fact_return) r
    cross join (select count(*) as n, sum(f.sales) as sales, count(distinct c.customer_id) as members
                from fact_sales f
                join dim_customer c on c.customer_key = f.customer_key
                join dim_product p on p.product_key = f.product_key
                join dim_date d on d.date_key = f.order_date_key) j
    cross join (select sum(f.sales) as sales, sum(x.quantity) as units
                from fact_return x
                join dim_return d on d.return_key = x.return_key and d.return_id = x.return_id
                join fact_sales f on f.order_id = x.order_id and f.line_no = x.line_no) k
    cross join (select count(*) as members from dim_product) m
    cross join (select max(run_id) as newest from etl_log where status = 'SUCCESS') l"""

Totals = tuple[Any, ...]


class Reader:
    """Asks for the totals again and again, as whoever may only read, and keeps each different answer."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader")
        self.asked = 0
        self.seen: set[Totals] = set()
        self.failure: BaseException | None = None

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        try:
            with closing(self._shop.reader()) as engine:
                while not self._stop.wait(0.02):
                    self.seen.add(engine.query(TOTALS)[0])
                    self.asked += 1
        except BaseException as error:
            self.failure = error

    def ask_once_more(self) -> None:
        """Return when an answer has come that was asked for after this call."""
        goal, end = self.asked + 2, time.monotonic() + _PATIENCE
        while self.asked < goal:
            assert self.failure is None, f"a reader was refused: {self.failure!r}"
            assert time.monotonic() < end, "the reader waits"
            time.sleep(0.001)


@dataclass(kw_only=True)
class Stand:
    """A shop, a second warehouse of the same books to rebuild into, and who runs the pipeline."""

    shop: Shop
    rebuilt: Shop
    runs: Runs
    day: int = 0

    def trade(self) -> None:
        """A day's business: rows come, change and go in every table."""
        self.day += 1
        trade(self.shop, self.day)

    def totals(self) -> Totals:
        """What a reader reads now."""
        with closing(self.shop.reader()) as engine:
            return engine.query(TOTALS)[0]

    def rerun(self, *, full: bool = False) -> Report:
        """Run again, as soon as the server has noticed that the killed run is no more."""
        end = time.monotonic() + _PATIENCE
        while True:
            (report,) = self.runs(Task(shop=self.shop, full=full))
            if report.error != AlreadyRunning.__name__ or time.monotonic() > end:
                assert report.error is None, f"{report.error}: {report.message}"
                return report

    def wrong_rows(self) -> list[str]:
        """What the warehouse has wrong, by the books."""
        with closing(self.shop.warehouse()) as engine, self.shop.entry() as books:
            return wrong_rows(star(engine), expected(books)) + wrong_cells(engine)

    def differences(self) -> list[str]:
        """What the warehouse has other than a first load into an empty one."""
        return differences(self.shop, self.rebuilt)

    def unsettled(self) -> list[str]:
        """Runs that the log takes to be at work."""
        with closing(self.shop.warehouse()) as engine:
            return [str(run) for run in history.runs(engine, limit=10) if run.status == "RUNNING"]

    def left_over(self) -> list[str]:
        """Tables of a load that should be gone."""
        with closing(self.shop.warehouse()) as engine:
            return left_over(engine, self.shop.olap.database)


@contextmanager
def shop_with_a_past(
    template: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: Mapping[str, str],
    home: Path,
    *,
    orders: int,
) -> Iterator[tuple[Shop, Shop]]:
    """A shop with its first load done, and the same books with a second warehouse; gone with the block."""
    oltp = template.at(f"books_{secrets.token_hex(6)}")
    with psycopg.connect(**template.at("postgres").parameters(), autocommit=True) as server:
        server.execute(f"create database {oltp.database} template {template.database}")
        warehouses = [make_warehouse(warehouse_admin, passwords) for _ in range(2)]
        try:
            settings = Settings(home=home, oltp_url=oltp, warehouse_url=warehouses[0])
            shop = Shop(settings=settings, oltp=oltp, olap=warehouses[0], passwords=passwords, on_note=print)
            begin(shop, orders=orders)
            pipeline.run(ends(shop))
            yield shop, replace(shop, olap=warehouses[1])
        finally:
            for warehouse in warehouses:
                drop_warehouse(warehouse)
            server.execute(f"drop database if exists {oltp.database} with (force)")


def trade(shop: Shop, day: int) -> None:
    with shop.entry() as books, psycopg.ClientCursor(books) as cursor:
        cursor.execute(DAY, {"day": day})


def begin(shop: Shop, *, orders: int) -> None:
    """Enter the past."""
    with shop.entry() as books:
        books.execute(PAST.format(orders=orders))


def differences(shop: Shop, rebuilt: Shop) -> list[str]:
    """What a warehouse has other than a first load of the same books into an empty one."""
    with closing(rebuilt.warehouse()) as engine:
        engine.execute("delete from etl_watermark")
    assert pipeline.run(ends(rebuilt)).outcome.reason == "first load"
    with closing(shop.warehouse()) as grown, closing(rebuilt.warehouse()) as fresh:
        return wrong_rows(star(grown), star(fresh))


def left_over(engine: Engine, database: str) -> list[str]:
    """Tables that aren't the warehouse's own."""
    rows = engine.query(
        "select table_name from information_schema.tables where table_schema in ('public', %s)", (database,)
    )
    return sorted(name for (name,) in rows if "__" in name or name.startswith(("stg_", "scope_")))
