"""Every summary is the GROUP BY of its facts, whatever was written and however the pipeline ran."""

from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import PipelineError
from awesome_analytics.etl import history, pipeline, reconcile
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import run
from awesome_analytics.warehouse.summaries import MEASURES, SUMMARIES
from summary_rows import COLUMNS, expected_cells, kept_cells, wrong_cells
from test_pipeline import MONDAY, ends
from test_setup import columns_of
from writers import CHOICES, EMPTY, OPERATIONS, SHORT_OF_LUCK, WORK, open_shop, values_for

FEW = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=12,
    suppress_health_check=list(HealthCheck),
)
MOVES = (
    "rename a category",
    "move a sub-category",
    "rename a segment",
    "rename a sub-category",
    "write a product",
    "write a customer",
    "move a return to an order",
    "order a line later",
)
"""What moves the cells of lines that nobody wrote, and has orders count on several days."""

days = st.lists(st.lists(st.sampled_from((*WORK, *MOVES)), min_size=1, max_size=8), min_size=1, max_size=4)


def wrong(shop: Shop) -> list[str]:
    with closing(shop.warehouse()) as engine:
        return wrong_cells(engine)


def spoil(shop: Shop, *statements: str) -> None:
    with closing(shop.warehouse()) as engine:
        for statement in statements:
            engine.execute(statement)


@pytest.fixture
def monday(shop: Shop) -> Shop:
    with shop.entry() as books:
        books.execute(MONDAY)
    return shop


def write(books: psycopg.Connection[Any], name: str, data: st.DataObject) -> None:
    statement = OPERATIONS[name]
    try:
        with books.transaction():
            values = values_for(statement, lambda among: data.draw(st.sampled_from(among)), CHOICES)
            books.execute(statement, values)
    except SHORT_OF_LUCK:
        return


@pytest.mark.timeout(600)
def test_any_days_of_trade_leave_each_summary_equal_to_its_facts(
    shop: Shop, books_admin: DatabaseUrl
) -> None:
    @FEW
    @given(days=days, data=st.data())
    def trade(days: list[list[str]], data: st.DataObject) -> None:
        books.execute(EMPTY)
        open_shop(books)
        pipeline.run(ends(shop), full=True)
        assert wrong(shop) == []
        for day in days:
            for name in day:
                write(books, name, data)
            assert pipeline.run(ends(shop)).outcome.mode == "incremental"
            assert wrong(shop) == []

    with psycopg.connect(**books_admin.parameters(), autocommit=True) as books:
        trade()


def test_the_seeds_monday_sums_up_as_it_reads(monday: Shop) -> None:
    pipeline.run(ends(monday))
    with closing(monday.reader()) as reader:
        day = kept_cells(reader, "agg_day")
        regions = kept_cells(reader, "agg_day_region")
    figures = (2, 6, 6000, 360, "0.15", 5410, 230, 4, 2, 1, 1, 1, 1, 1, 300)
    assert day == {(20241205,): tuple(Decimal(figure) for figure in figures)}
    assert regions == {(20241205, "US", "East"): day[20241205,]}


def standing_in_books(shop: Shop) -> int:
    """How many orders have lines on several days, by the star itself."""
    with closing(shop.warehouse()) as engine:
        orders = "select order_id from fact_sales group by order_id having count(distinct order_date_key) > 1"
        return len(engine.query(orders))


def test_the_warehouse_knows_of_orders_with_lines_of_several_days(monday: Shop) -> None:
    later = "update order_product set order_date = '2025-01-10', ship_date = '2025-01-12' where line_no = 2"
    same = "update order_product set order_date = null where line_no = 2"
    for statement, orders, full in ((later, 1, False), (same, 0, False), (later, 1, True), (same, 0, True)):
        with monday.entry() as books:
            books.execute(statement)
        pipeline.run(ends(monday), full=full)
        with closing(monday.reader()) as reader:
            assert reader.query("select orders_of_several_days from agg_control") == [(orders,)]
        assert standing_in_books(monday) == orders
        assert wrong(monday) == []
        assert reconcile.reconcile(ends(monday)).agrees


def test_reconciling_tells_of_orders_of_several_days_that_are_not_noted(monday: Shop) -> None:
    with monday.entry() as books:
        books.execute("update order_product set order_date = '2024-12-06' where line_no = 2")
    pipeline.run(ends(monday))
    for spoiled in ("update agg_control set orders_of_several_days = 0", "delete from agg_control"):
        spoil(monday, spoiled)
        found = reconcile.reconcile(ends(monday))
        assert (found.agrees, found.cells) == (
            False,
            ("agg_control: 1 orders with lines of several days in the facts, 0 noted",),
        )
    pipeline.run(ends(monday))
    assert reconcile.reconcile(ends(monday)).agrees


def test_an_order_of_two_days_counts_on_each_and_once_in_all(monday: Shop) -> None:
    with monday.entry() as books:
        books.execute(
            "update order_product set order_date = '2025-01-10', ship_date = '2025-01-12' where line_no = 2"
        )
    pipeline.run(ends(monday))
    with closing(monday.reader()) as reader:

        def asked(**parts: object) -> list[tuple[object, ...]]:
            query = Query.from_dict({"metrics": ["orders", "sales", "returns", "returned_sales"], **parts})
            found = run(reader, query, builtin_catalog(), today=date(2025, 2, 1)).rows
            return [tuple(map(str, row)) for row in found]

        assert asked() == [("1", "6000", "1", "300")]
        assert asked(dimensions=["order_day"]) == [
            ("2024-12-05", "1", "4800", "0", "0"),
            ("2025-01-10", "1", "1200", "1", "300"),
        ]
        assert asked(time={"period": "2025"}) == [("1", "1200", "1", "300")]
        assert asked(time={"period": "2024-12-05..2025-01-10"}) == [("1", "6000", "1", "300")]
        assert asked(time={"period": "2024-12-05"}) == [("1", "4800", "0", "0")]


def test_an_empty_cell_goes_and_a_full_load_has_none(monday: Shop) -> None:
    pipeline.run(ends(monday))
    with monday.entry() as books:
        books.execute("delete from tbl_returns; delete from order_product; delete from tbl_orders")
    pipeline.run(ends(monday))
    with closing(monday.reader()) as reader:
        assert {summary: kept_cells(reader, summary) for summary in COLUMNS} == {
            summary: {} for summary in COLUMNS
        }
    pipeline.run(ends(monday), full=True)
    assert wrong(monday) == []


def test_a_return_whose_sale_is_in_quarantine_still_counts(monday: Shop, books_admin: DatabaseUrl) -> None:
    pipeline.run(ends(monday))
    with psycopg.connect(**books_admin.parameters(), autocommit=True) as admin:
        admin.execute("alter domain shop_date drop constraint shop_date_check")
        admin.execute("update order_product set ship_date = '2200-01-01' where line_no = 2")
    pipeline.run(ends(monday))
    with closing(monday.reader()) as reader:
        assert reader.query("select count(*) from fact_sales") == [(1,)]
        told = reader.query(
            "select market, region, order_lines, returned_lines from agg_day_region order by 3"
        )
    assert told == [("Unknown", "Unknown", 0, 1), ("US", "East", 1, 0)]


@pytest.mark.parametrize("summary", SUMMARIES, ids=lambda summary: summary.name)
def test_the_declared_columns_are_what_stands_in_the_database(shop: Shop, summary: Any) -> None:
    found = columns_of(shop, summary.name)
    assert sorted(summary.names) == sorted(found)
    for measure in MEASURES:
        assert found[measure.name].split("(")[0] in {"bigint", "numeric", "decimal"}


def test_summaries_of_an_older_warehouse_are_built_before_anyone_trusts_them(monday: Shop) -> None:
    pipeline.run(ends(monday))
    spoil(
        monday, *(f"delete from {summary}" for summary in COLUMNS), "update etl_watermark set summaries = 0"
    )
    outcome = pipeline.run(ends(monday)).outcome
    assert (outcome.mode, outcome.records) == ("full", 0)
    assert outcome.reason is not None
    assert "never built" in outcome.reason
    assert wrong(monday) == []
    assert pipeline.run(ends(monday)).outcome.mode == "incremental"


def test_a_summary_that_fell_behind_stops_the_run_and_says_what_to_do(monday: Shop) -> None:
    pipeline.run(ends(monday))
    spoil(monday, "delete from agg_day_region")
    with monday.entry() as books:
        books.execute("delete from order_product where line_no = 1")
    with pytest.raises(PipelineError, match=r"agg_day_region do not fit .*`awesome etl run --full`"):
        pipeline.run(ends(monday))
    with closing(monday.warehouse()) as engine:
        assert engine.query("select count(*) from fact_sales") == [(2,)]
        assert history.runs(engine, limit=1)[0].status == "FAILED"
        assert expected_cells(engine, "agg_day") == kept_cells(engine, "agg_day")
    pipeline.run(ends(monday), full=True)
    assert wrong(monday) == []


def test_reconciling_names_each_cell_that_is_not_what_its_facts_are(monday: Shop) -> None:
    pipeline.run(ends(monday))
    found = reconcile.reconcile(ends(monday))
    assert (found.agrees, found.cells) == (True, ())
    spoil(
        monday,
        "update agg_day set sales = sales + 0.00001",
        "update agg_product set product_key = 9 where product_key = 1",
        "delete from agg_day_region",
    )
    found = reconcile.reconcile(ends(monday))
    assert (found.agrees, found.count, sum(found.wrong_cells.values())) == (False, 0, 4)
    assert found.cells == (
        "agg_day_region 20241205/US/East: in the facts, not in the summary",
        "agg_day 20241205: sales is 6000.00000 in the facts and 6000.00001 in the summary",
        "agg_product 9: in the summary, not in the facts",
        "agg_product 1: in the facts, not in the summary",
    )
