"""Sample shops: the same seed the same bytes, sums that agree with the books, and a shop one can believe."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import Conflict, InvalidInput
from awesome_analytics.sales.sample import SamplePlan, SampleReport, load_sample
from awesome_analytics.sales.sample.plan import SampleChoices, Subcategory
from awesome_analytics.sales.sample.shop import Totals, generate

PLAN = SamplePlan(first_day=date(2022, 1, 1), last_day=date(2024, 12, 31), orders=8_000, products=400)
CHOICES = SampleChoices(
    segments=((1, "Consumer"), (2, "Corporate"), (9, "Schools")),
    subcategories=(
        Subcategory(subcategory_id=1, category_id=1, name="Phones", category="Technology"),
        Subcategory(subcategory_id=2, category_id=1, name="Accessories", category="Technology"),
        Subcategory(subcategory_id=7, category_id=3, name="Paper", category="Office Supplies"),
        Subcategory(subcategory_id=8, category_id=4, name="Kayaks", category="Sports"),
    ),
    markets=("US", "Moon"),
    regions=("East", "South", "Far Side"),
    priorities=("Low", "Whenever"),
    ship_modes=("Standard Class", "By Balloon"),
    reasons=("Defective", "Too Loud"),
)


def rows(plan: SamplePlan) -> list[str]:
    shop = generate(plan, CHOICES)
    batches = [row for batch in shop.batches() for row in (*batch.orders, *batch.lines, *batch.returns)]
    return [*shop.customer_rows(), *shop.product_rows(), *batches]


# ---------------------------------------------------------------- on paper


def test_the_same_seed_gives_the_same_rows() -> None:
    plan = replace(PLAN, orders=500, customers=0)
    assert rows(plan) == rows(plan)


def test_another_seed_gives_another_shop() -> None:
    plan = replace(PLAN, orders=500, customers=0)
    assert not set(rows(plan)) & {row for row in rows(replace(plan, seed=8)) if row.startswith("RET")}
    assert rows(plan) != rows(replace(plan, seed=8))


@pytest.mark.parametrize("lines", [1, 2, 7, 100, 4_321])
def test_the_lines_asked_for_are_met_exactly(lines: int) -> None:
    shop = generate(SamplePlan(first_day=date(2024, 1, 1), last_day=date(2024, 2, 1), lines=lines), CHOICES)
    total = Totals()
    for batch in shop.batches():
        total.add(batch.totals)
    assert (total.lines, total.orders) == (lines, shop.plan.orders)


@pytest.mark.parametrize(
    ("orders", "customers", "products"), [(1, 1, 1), (3, 3, 1), (50, 50, 2), (50, 1, 1), (200, 20, 300)]
)
def test_the_smallest_shops_stand(orders: int, customers: int, products: int) -> None:
    plan = SamplePlan(
        first_day=date(2024, 2, 29),
        last_day=date(2024, 2, 29),
        orders=orders,
        customers=customers,
        products=products,
    )
    found = rows(plan)
    assert sum("\tLow\t" in row or "\tWhenever\t" in row for row in found) == orders


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"orders": -1}, "--orders"),
        ({"orders": 10, "customers": 11}, "--customers"),
        ({"orders": 10, "products": 100_001}, "--products"),
        ({"orders": 10, "lines": 9}, "--lines"),
        ({"orders": 10, "lines": 61}, "--lines"),
        ({"lines": 0}, "--lines"),
        ({"orders": 10, "last_day": date(2021, 12, 31)}, "--until"),
        ({"orders": 10, "first_day": date(1899, 12, 31)}, "--until"),
    ],
)
def test_an_impossible_plan_is_refused_by_name(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        SamplePlan(**{"first_day": date(2022, 1, 1), "last_day": date(2024, 12, 31), **wrong})
    assert refused.value.field == field


# ---------------------------------------------------------------- in the books


@pytest.fixture(scope="module")
def stocked(
    books_template: DatabaseUrl, passwords: dict[str, str]
) -> Iterator[tuple[Connection[Any], SampleReport]]:
    """Books with a sample shop that the tests below only read."""
    admin = books_template.at("postgres")
    with psycopg.connect(**admin.parameters(), autocommit=True) as server:
        server.execute("create database books_of_a_sample template books_template")
        try:
            url = books_template.at("books_of_a_sample").login("awesome_entry", passwords["awesome_entry"])
            with psycopg.connect(**url.parameters(), autocommit=True) as connection:
                yield connection, load_sample(connection, PLAN, actor="test")
        finally:
            server.execute("drop database books_of_a_sample with (force)")


def one(stocked: tuple[Connection[Any], SampleReport], sql: Any) -> Any:
    row = stocked[0].execute(sql).fetchone()
    assert row is not None
    return row[0]


Stocked = tuple[Connection[Any], SampleReport]


def test_the_report_is_what_the_books_hold(stocked: Stocked) -> None:
    connection, report = stocked
    held = connection.execute(
        """select (select count(*) from tbl_customers), (select count(*) from tbl_products),
                  (select count(*) from tbl_orders), count(*), (select count(*) from tbl_returns),
                  sum(quantity), sum(sales), sum(discount), sum(profit), sum(shipping_cost)
           from order_product"""
    ).fetchone()
    assert held == tuple(asdict(report).values())[:10]
    assert report.orders == PLAN.orders
    assert (report.customers, report.products) == (PLAN.customers, PLAN.products)


def test_ids_are_the_shops_own_and_entries_carry_on(stocked: Stocked) -> None:
    connection, report = stocked
    assert connection.execute(
        """select min(customer_id), max(customer_id) from tbl_customers"""
    ).fetchone() == ("1001", str(1000 + report.customers))
    assert one(
        stocked,
        """select array_agg(order_id::text order by order_id) from tbl_orders
           where order_id in ('ORD-001', 'ORD-8000')""",
    ) == [
        "ORD-001",
        "ORD-8000",
    ]
    assert connection.execute(
        """select last_value + 1 - (select count(*) from tbl_orders) from order_number
           union all select last_value - 500 - (select count(*) from tbl_products) from product_number
           union all select last_value - 1000 - (select count(*) from tbl_customers) from customer_number
           union all select last_value - (select count(*) from tbl_returns) from return_number"""
    ).fetchall() == [(1,), (0,), (0,), (0,)]
    assert one(stocked, "select actor from entry_log where command = 'sample'") == "test"


def test_money_is_rate_times_sales_to_the_cent(stocked: Stocked) -> None:
    assert (
        one(stocked, "select count(*) from order_product where discount <> round(discount_rate * sales, 2)")
        == 0
    )
    assert one(stocked, "select count(*) from order_product where scale(trim_scale(profit)) > 2") == 0


def test_rows_carry_the_stamps_of_the_books(stocked: Stocked) -> None:
    assert one(stocked, "select count(distinct tbl_last_xid) from order_product") == 1


def test_no_more_comes_back_than_was_bought(stocked: Stocked) -> None:
    assert (
        one(
            stocked,
            """select count(*) from (
                   select t.order_id, t.line_no from return_line t
                   join tbl_returns r using (return_id)
                   join order_product l on (l.order_id, l.line_no) = (t.order_id, t.line_no)
                   where r.return_status <> 'Rejected'
                   group by t.order_id, t.line_no, l.quantity having sum(t.quantity) > l.quantity
               ) as too_many""",
        )
        == 0
    )
    asked = "select sum(quantity) from tbl_returns where product_id is not null"
    taken = """select sum(t.quantity) from return_line t join tbl_returns r using (return_id)
               where r.product_id is not null"""
    assert one(stocked, asked) == one(stocked, taken)


def test_december_is_busier_and_summer_quieter_than_the_median_month(stocked: Stocked) -> None:
    months = dict(
        stocked[0]
        .execute("select extract(month from order_date)::int, count(*) from tbl_orders group by 1")
        .fetchall()
    )
    assert months[12] > 1.25 * median(months.values())
    assert months[7] < median(months.values())


def test_the_shop_grows(stocked: Stocked) -> None:
    years = [
        n
        for (n,) in stocked[0].execute(
            "select count(*) from tbl_orders group by extract(year from order_date) order by min(order_date)"
        )
    ]
    assert years == sorted(years)
    assert years[-1] > 1.2 * years[0]


def test_weekends_are_quieter(stocked: Stocked) -> None:
    days = dict(
        stocked[0]
        .execute("select extract(isodow from order_date)::int, count(*) from tbl_orders group by 1")
        .fetchall()
    )
    assert days[7] < days[6] < 0.85 * min(days[day] for day in range(1, 6))


def test_best_sellers_make_most_of_the_sales(stocked: Stocked) -> None:
    share = one(
        stocked,
        """select sum(sales) filter (where place <= 80) / sum(sales) from (
               select sum(sales) as sales, row_number() over (order by sum(sales) desc) as place
               from order_product group by product_id) as product""",
    )
    assert share > Decimal("0.5")


def test_some_lines_lose_money(stocked: Stocked) -> None:
    assert (
        Decimal("0.10") < one(stocked, "select avg((profit < 0)::int) from order_product") < Decimal("0.30")
    )
    assert one(stocked, "select sum(profit) / sum(sales) from order_product") > Decimal("0.05")
    assert one(stocked, "select avg((discount_rate = 0)::int) from order_product") > Decimal("0.4")


def test_a_few_orders_come_back_for_reasons_that_fit(stocked: Stocked) -> None:
    returned = one(stocked, "select count(distinct order_id) from tbl_returns")
    assert 0.03 < returned / PLAN.orders < 0.09
    whole = one(stocked, "select avg((product_id is null)::int) from tbl_returns")
    assert Decimal("0.3") < whole < Decimal("0.7")
    commonest = dict(
        stocked[0]
        .execute(
            """select category_name, mode() within group (order by return_reason::text)
               from tbl_returns join tbl_products using (product_id)
               join category using (category_id)
               where product_id <> (select product_id from return_line
                                    group by 1 order by count(*) desc limit 1)
               group by 1"""
        )
        .fetchall()
    )
    assert commonest == {
        "Technology": "Defective",
        "Furniture": "Damaged in Transit",
        "Office Supplies": "Wrong Item",
    }


def test_returns_are_settled_by_age(stocked: Stocked) -> None:
    assert one(
        stocked,
        """select array_agg(distinct return_status order by return_status) from tbl_returns
           where return_date < date '2024-11-01'""",
    ) == ["Completed", "Rejected"]
    assert one(stocked, "select count(*) from tbl_returns where return_status = 'Pending'") > 0


def test_some_customers_order_once_and_some_often(stocked: Stocked) -> None:
    orders = sorted(n for (n,) in stocked[0].execute("select count(*) from tbl_orders group by customer_id"))
    assert len(orders) == PLAN.customers
    assert 0.15 < orders.count(1) / len(orders) < 0.55
    assert orders[-1] > 5 * median(orders)


def test_only_the_newest_orders_wait_to_be_shipped(stocked: Stocked) -> None:
    waiting = one(
        stocked,
        "select min(o.order_date) from order_product join tbl_orders o using (order_id) "
        "where ship_date is null",
    )
    assert date(2024, 12, 24) <= waiting <= PLAN.last_day
    assert one(stocked, "select max(ship_date) from order_product") == PLAN.last_day
    assert (
        one(stocked, "select count(*) from order_product where ship_mode = 'Same Day' and ship_date is null")
        == 0
    )


def test_a_dashboard_has_trends_to_find(stocked: Stocked) -> None:
    def share(of: str, year: int) -> Decimal:
        found = one(
            stocked,
            f"""select avg(({of})::int) from order_product join tbl_orders o using (order_id)
                join tbl_products using (product_id) join subcategory using (subcategory_id)
                where extract(year from o.order_date) = {year}""",
        )
        assert isinstance(found, Decimal)
        return found

    assert share("subcategory_name = 'Accessories'", 2024) > Decimal("1.3") * share(
        "subcategory_name = 'Accessories'", 2022
    )
    assert share("o.region = 'South'", 2024) < Decimal("0.8") * share("o.region = 'South'", 2022)


def test_one_product_comes_back_unusually_often(stocked: Stocked) -> None:
    counts = [
        n
        for (n,) in stocked[0].execute(
            """select count(*) from return_line group by product_id order by 1 desc limit 2"""
        )
    ]
    assert counts[0] > 2 * counts[1]


# ---------------------------------------------------------------- refused


def test_books_in_use_are_refused_and_stay_as_they_are(books: Connection[Any]) -> None:
    books.execute(
        """insert into tbl_customers (customer_id, customer_name, segment_id, market, region)
           values ('1001', 'Ada', 1, 'US', 'East')"""
    )
    with pytest.raises(Conflict, match="already hold 1 customers"):
        load_sample(books, replace(PLAN, orders=50, customers=0))
    assert books.execute(
        """select (select count(*) from tbl_customers), (select count(*) from tbl_orders),
                  (select count(*) from entry_log)"""
    ).fetchone() == (1, 0, 0)


def test_a_load_that_stops_midway_leaves_nothing(books: Connection[Any]) -> None:
    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_sample(books, replace(PLAN, orders=50, customers=0), on_progress=stop)
    assert books.execute("select count(*) from tbl_customers").fetchone() == (0,)


def test_the_newest_choices_are_used(books_admin: DatabaseUrl, books: Connection[Any]) -> None:
    with psycopg.connect(**books_admin.parameters(), autocommit=True) as admin:
        admin.execute("insert into ship_mode values ('By Balloon')")
        admin.execute("insert into segment (segment_name) values ('Schools')")
        admin.execute("insert into subcategory (category_id, subcategory_name) values (3, 'Kayaks')")
    report = load_sample(books, replace(PLAN, orders=2_000, customers=0))
    assert report.orders == 2_000
    assert books.execute(
        """select bool_or(ship_mode = 'By Balloon'), bool_or(segment_name = 'Schools'),
                  bool_or(subcategory_name = 'Kayaks')
           from order_product join tbl_orders using (order_id) join tbl_customers using (customer_id)
           join segment using (segment_id) join tbl_products using (product_id)
           join subcategory using (subcategory_id)"""
    ).fetchone() == (True, True, True)
