"""Rows that the books should never hold: set aside with the reason, tried again, and loaded once mended.

An administrator drops the rules first; the books then take what the warehouse can't.
"""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.etl import history, reconcile
from stands import Stand, standing
from star_rows import expected, star, wrong_rows
from test_pipeline import MONDAY, ends

NO_RULES = """
alter domain name_text drop constraint name_text_check;
alter domain natural_key drop constraint natural_key_check;
alter domain amount drop constraint amount_check;
alter domain shop_date drop constraint shop_date_check;
alter table order_product drop constraint order_product_quantity_check;
set session_replication_role = replica
"""
TUESDAY = """
insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
values ('ORD-002', '1001', '2024-12-06', 'Low', 'US', 'East');
insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate, profit,
                           shipping_cost, ship_mode, ship_date)
values ('ORD-002', 1, 'PROD-501', 1, 2400, 0, 0, 2400, 0, 'First Class', null)
"""
LINE = """
insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate, profit,
                           shipping_cost, ship_mode, ship_date, order_date)
values (%(order)s, %(line)s, 'PROD-501', %(quantity)s, %(sales)s, 0, 0, 1, 0, 'First Class', %(shipped)s,
        %(own)s)
"""
GOOD_LINE: dict[str, object] = {
    "order": "ORD-002",
    "line": 2,
    "quantity": 1,
    "sales": "10",
    "shipped": "2024-12-09",
    "own": None,
}
BAD_LINES: dict[str, dict[str, object]] = {
    "an amount is missing, negative, too large or no number": {"line": 2, "sales": "NaN"},
    "the quantity is not 1 or more": {"line": 3, "quantity": 0},
    "it was shipped before it was ordered": {"line": 4, "shipped": "2024-12-01"},
    "the ship date is outside 1900 to 2199": {"line": 5, "shipped": "2200-01-01"},
    "its own order date is before its order's": {"line": 6, "own": "2024-12-05"},
    "its order does not exist": {"order": "ORD-009", "line": 1},
}
MEND_LINES = """
insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
values ('ORD-009', '1001', '2024-12-06', 'Low', 'US', 'East');
update order_product set sales = 10 where sales = 'NaN';
update order_product set quantity = 1 where quantity = 0;
update order_product set order_date = null where order_date is not null;
update order_product set ship_date = '2024-12-09' where ship_date < '2024-12-05' or ship_date > '2199-12-31'
"""


@pytest.fixture
def stand(shop: Shop, books_admin: DatabaseUrl) -> Iterator[Stand]:
    """A shop that stood for a day under its rules, and has none now."""
    with standing(shop, {}, patience_ms=1000) as stand:
        stand.admin.execute(MONDAY)
        stand.run()
        stand.admin.execute(NO_RULES)
        yield stand


def in_quarantine(stand: Stand) -> list[tuple[str, str, str]]:
    with closing(stand.shop.warehouse()) as engine:
        return sorted((row.table_name, row.row_key, row.reason) for row in history.quarantined(engine))


def seen_in_runs(stand: Stand) -> set[tuple[int, int]]:
    with closing(stand.shop.warehouse()) as engine:
        return {(row.first_run_id, row.last_run_id) for row in history.quarantined(engine)}


def test_bad_lines_are_set_aside_with_their_reasons_and_loaded_once_mended(stand: Stand) -> None:
    stand.admin.execute(TUESDAY)
    right = expected(stand.admin)
    refused = []
    for reason, bad in BAD_LINES.items():
        line = GOOD_LINE | bad
        stand.admin.execute(LINE, line)
        refused.append(("fact_sales", f"{line['order']}/{line['line']}", reason))

    assert stand.run().outcome.rows["quarantined"] == len(refused)
    assert in_quarantine(stand) == sorted(refused)
    with closing(stand.shop.warehouse()) as engine:
        assert wrong_rows(star(engine), right) == []
    assert stand.differences_from_rebuild() == []

    stand.run()
    assert in_quarantine(stand) == sorted(refused)
    assert seen_in_runs(stand) == {(2, 3)}

    stand.admin.execute(MEND_LINES)
    assert stand.run().outcome.records == len(refused)
    assert in_quarantine(stand) == []
    assert stand.differences() == []
    assert reconcile.reconcile(ends(stand.shop)).count == 0


BAD_MEMBERS = (
    (
        "dim_customer",
        "1001",
        "a text holds control characters",
        "update tbl_customers set customer_name = E'Alice\\tJohnson' where customer_id = '1001'",
        "update tbl_customers set customer_name = 'Alice Johnson' where customer_id = '1001'",
    ),
    (
        "dim_customer",
        "1001",
        "a text holds control characters",
        "update segment set segment_name = E'Corp\\norate' where segment_id = 2",
        "update segment set segment_name = 'Corporate' where segment_id = 2",
    ),
    (
        "dim_product",
        "PROD-501",
        "the name is longer than 200 characters",
        "update tbl_products set product_name = repeat('x', 201) where product_id = 'PROD-501'",
        "update tbl_products set product_name = 'MacBook' where product_id = 'PROD-501'",
    ),
)


def test_facts_of_a_refused_member_point_at_the_unknown_one_until_it_is_mended(stand: Stand) -> None:
    for table, key, reason, spoil, mend in BAD_MEMBERS:
        stand.admin.execute(spoil)
        stand.admin.execute(
            """insert into tbl_customers (customer_id, customer_name, segment_id, market, region)
               select max(length(customer_id)) || clock_timestamp()::text, 'Next', 1, 'US', 'East'
               from tbl_customers"""
        )
        stand.run()
        assert in_quarantine(stand) == [(table, key, reason)]
        assert stand.differences_from_rebuild() == []
        stand.admin.execute(mend)
        stand.run()
        assert in_quarantine(stand) == []
        assert stand.differences() == []


# The foreign keys forbid each of these: only who drops them gets there.
GONE = {
    "a customer": "delete from tbl_customers",
    "a product": "delete from tbl_products where product_id = 'PROD-501'",
    "a category": "delete from category where category_id = 2",
    "a segment": "delete from segment where segment_id = 2",
}


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE)
def test_what_pointed_at_a_row_that_is_gone_is_derived_anew(stand: Stand, gone: str) -> None:
    stand.admin.execute(gone)
    stand.run()
    assert stand.differences_from_rebuild() == []


AWKWARD = {"backslash": r"a\tb", "end of data": r"\.", "tab": "tab\there", "space": "space "}
KEYS = [
    *(pytest.param(key, id=name) for name, key in AWKWARD.items()),
    pytest.param("x" * 70, id="long"),
]


@pytest.mark.parametrize("key", KEYS)
def test_an_awkward_id_never_stops_a_run(stand: Stand, key: str) -> None:
    stand.admin.execute("delete from tbl_returns")
    for table in ("tbl_orders", "order_product"):
        stand.admin.execute(psycopg.sql.SQL("update {} set order_id = %s").format(_name(table)), (key,))
    for table in ("tbl_customers", "tbl_orders"):
        stand.admin.execute(psycopg.sql.SQL("update {} set customer_id = %s").format(_name(table)), (key,))
    for _ in range(2):
        stand.run()
        assert stand.differences_from_rebuild() == []


def _name(table: str) -> psycopg.sql.Identifier:
    return psycopg.sql.Identifier(table)


BAD_RETURNS = {
    "of more than was bought": "update tbl_returns set quantity = 9",
    "of a product that was not bought": "update tbl_returns set product_id = 'PROD-503'",
    "of an order that is not there": "delete from tbl_orders",
}


@pytest.mark.parametrize("spoil", BAD_RETURNS.values(), ids=BAD_RETURNS)
def test_a_return_that_fits_no_line_never_stops_a_run(stand: Stand, spoil: str) -> None:
    stand.admin.execute(TUESDAY)
    stand.admin.execute(spoil)
    stand.run()
    assert in_quarantine(stand) != []
    assert stand.differences_from_rebuild() == []
