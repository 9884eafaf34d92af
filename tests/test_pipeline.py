"""The seed's Monday through the pipeline, and what a run promises."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.etl import history, pipeline
from awesome_analytics.warehouse.engine import Engine

MONDAY = """
insert into tbl_customers (customer_id, customer_name, customer_email, segment_id, market, region)
values ('1001', 'Alice Johnson', 'alice.johnson@company.com', 2, 'US', 'East');
insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
values ('ORD-001', '1001', '2024-12-05', 'High', 'US', 'East');
insert into tbl_products (product_id, product_name, category_id, subcategory_id) values
    ('PROD-501', 'MacBook Pro 14"', 1, 3), ('PROD-502', 'Ergonomic Office Chair', 2, 5);
insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate, profit,
                           shipping_cost, ship_mode, ship_date) values
    ('ORD-001', 1, 'PROD-501', 2, 4800, 240, 0.05, 4410, 150, 'First Class', '2024-12-07'),
    ('ORD-001', 2, 'PROD-502', 4, 1200, 120, 0.10, 1000, 80, 'Standard Class', '2024-12-07');
insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason, return_status,
                         return_region, return_date)
values ('RET-001', 'ORD-001', 'PROD-502', 1, 'Defective', 'Pending', 'East', '2024-12-06');
"""


def ends(shop: Shop) -> pipeline.Ends:
    return pipeline.Ends(
        open_source=shop.source,
        open_warehouse=shop.warehouse,
        now=lambda: datetime(2024, 12, 6, 2, tzinfo=UTC),
    )


@pytest.fixture
def monday(shop: Shop) -> Shop:
    with shop.entry() as books:
        books.execute(MONDAY)
    return shop


@pytest.fixture
def star(shop: Shop) -> Iterator[Engine]:
    with closing(shop.reader()) as engine:
        yield engine


def test_the_seeds_monday_becomes_the_seeds_star(monday: Shop, star: Engine) -> None:
    outcome = pipeline.run(ends(monday)).outcome
    assert star.query("select * from dim_customer where customer_key > 0") == [
        (1, "1001", "Alice Johnson", "East", "Corporate", "US")
    ]
    assert star.query("select * from dim_product where product_key > 0 order by 1") == [
        (1, "PROD-501", 'MacBook Pro 14"', "Technology", "Laptops"),
        (2, "PROD-502", "Ergonomic Office Chair", "Furniture", "Chairs"),
    ]
    assert star.query(
        "select return_key, return_id, return_status, return_region from dim_return where return_key > 0"
    ) == [(1, "RET-001", "Pending", "East")]
    assert star.query(
        """select order_id, product_id, customer_key, product_key, date_key, quantity, sales, discount,
                  profit, shipping_cost, order_priority from fact_sales order by line_no"""
    ) == [
        (
            "ORD-001",
            "PROD-501",
            1,
            1,
            20241207,
            2,
            Decimal(4800),
            Decimal(240),
            Decimal(4410),
            Decimal(150),
            "High",
        ),
        (
            "ORD-001",
            "PROD-502",
            1,
            2,
            20241207,
            4,
            Decimal(1200),
            Decimal(120),
            Decimal(1000),
            Decimal(80),
            "High",
        ),
    ]
    assert star.query(
        """select return_id, order_id, customer_key, return_key, date_key, return_status, product_key,
                  quantity, return_date_key, returned_sales from fact_return"""
    ) == [("RET-001", "ORD-001", 1, 1, 20241205, "Pending", 2, 1, 20241206, Decimal(300))]
    assert star.query(
        "select date_key, date, year, quarter, month, month_name, week, day_of_week, week_start from dim_date"
        " where date_key in (20241205, 20241207, 20241230) order by date_key"
    ) == [
        (20241205, date(2024, 12, 5), 2024, 4, 12, "December", 49, "Thursday", date(2024, 12, 2)),
        (20241207, date(2024, 12, 7), 2024, 4, 12, "December", 49, "Saturday", date(2024, 12, 2)),
        (20241230, date(2024, 12, 30), 2024, 4, 12, "December", 1, "Monday", date(2024, 12, 30)),
    ]
    assert outcome.records == 2
    assert {"tbl_orders": 1, "order_product": 2, "tbl_returns": 1}.items() <= outcome.rows[
        "extracted"
    ].items()


def test_a_second_run_processes_nothing(monday: Shop) -> None:
    pipeline.run(ends(monday))
    outcome = pipeline.run(ends(monday)).outcome
    assert (outcome.mode, outcome.records, outcome.rows["extracted"]) == ("incremental", 0, {})
    with closing(monday.warehouse()) as engine:
        logged = history.runs(engine, limit=10)
    assert [(run.run_id, run.status, run.records_processed) for run in logged] == [
        (2, "SUCCESS", 0),
        (1, "SUCCESS", 2),
    ]
