"""Reconciliation by key, the pipeline's state, and following the books."""

import threading
from contextlib import closing
from decimal import Decimal
from time import monotonic

import psycopg
import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import PipelineError
from awesome_analytics.etl import following, history, pipeline, reconcile, status
from awesome_analytics.etl.runner import Ends
from test_pipeline import MONDAY, ends


@pytest.fixture
def monday(shop: Shop) -> Shop:
    with shop.entry() as books:
        books.execute(MONDAY)
    pipeline.run(ends(shop))
    return shop


def spoil(shop: Shop, statement: str) -> None:
    with closing(shop.warehouse()) as engine:
        engine.execute(statement)


def test_equal_sides_have_no_difference_and_equal_sums(monday: Shop) -> None:
    found = reconcile.reconcile(ends(monday))
    assert (found.count, found.waiting, found.quarantined) == (0, 0, 0)
    assert dict(found.compared) == {"customers": 1, "products": 2, "returns": 1, "sales": 2, "returned": 1}
    expected = {"lines": 2, "units": 6, "sales": Decimal(6000), "profit": Decimal(5410)}
    assert dict(found.totals["books"]) == expected == dict(found.totals["warehouse"])


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "update fact_sales set sales = sales + 0.01 where line_no = 1",
            ["sales ORD-001/1: sales is 4800.00000 in the books and 4800.01000 in the warehouse"],
        ),
        (
            "delete from fact_sales where line_no = 2",
            ["sales ORD-001/2: in the books, not in the warehouse"],
        ),
        (
            "update dim_customer set region = 'West' where customer_key = 1",
            ["customers 1001: region is East in the books and West in the warehouse"],
        ),
        (
            "update fact_return set quantity = 2",
            ["returned RET-001/2: quantity is 1 in the books and 2 in the warehouse"],
        ),
        (
            "insert into dim_return values (9, 'RET-9', 'Pending', 'East', 'Defective')",
            ["returns RET-9: in the warehouse, not in the books"],
        ),
        (
            "update fact_sales set product_key = 1 where line_no = 2",
            ["sales ORD-001/2: product_id is PROD-502 in the books and PROD-501 in the warehouse"],
        ),
    ],
)
def test_every_difference_is_listed_by_its_key(monday: Shop, statement: str, told: list[str]) -> None:
    spoil(monday, statement)
    found = reconcile.reconcile(ends(monday))
    assert [each.text for each in found.differences] == told
    assert found.count == len(told)


def test_what_was_written_since_the_run_waits_and_is_no_difference(monday: Shop) -> None:
    with monday.entry() as books:
        books.execute("update order_product set quantity = 3 where line_no = 1")
        books.execute("update category set category_name = 'Tech' where category_id = 1")
    found = reconcile.reconcile(ends(monday))
    assert (found.count, found.waiting) == (0, 2)


def test_a_full_load_puts_a_spoiled_warehouse_right(monday: Shop) -> None:
    spoil(monday, "update fact_sales set sales = 1")
    assert pipeline.run(ends(monday), full=True).outcome.records == 2
    assert reconcile.reconcile(ends(monday)).count == 0


def test_reconciling_before_the_first_run_says_what_to_do(shop: Shop) -> None:
    with pytest.raises(PipelineError, match="awesome etl run"):
        reconcile.reconcile(ends(shop))


def test_status_tells_what_waits_and_who_holds_the_watermark_back(monday: Shop) -> None:
    assert status.status(ends(monday)).state == "ready"
    with monday.entry() as books, monday.entry() as open_writer, open_writer.transaction():
        open_writer.execute("update segment set segment_name = 'Firms' where segment_id = 2")
        books.execute("update order_product set quantity = 3 where line_no = 1")
        found = status.status(ends(monday))
        assert dict(found.waiting) == {"order_product": 1}
        assert found.held_back_by is not None
        assert "awesome_entry" in found.held_back_by
        assert (found.successful_runs, found.quarantined) == (1, 0)


def followed(shop: Shop, seconds: float) -> tuple[threading.Event, threading.Event, list[history.Watermark]]:
    """Follow in a thread; returns its stop, an event set by each run, and the runs."""
    stop, ran = threading.Event(), threading.Event()
    runs: list[history.Watermark] = []

    def on_run(done: history.Watermark) -> None:
        runs.append(done)
        ran.set()

    threading.Thread(
        target=following.follow,
        args=(ends(shop),),
        kwargs={
            "every": seconds,
            "pause": lambda wait: not stop.wait(wait),
            "on_run": on_run,
            "on_trouble": pytest.fail,
        },
        daemon=True,
    ).start()
    return stop, ran, runs


def test_following_picks_a_change_up(monday: Shop) -> None:
    stop, ran, runs = followed(monday, 0.1)
    assert ran.wait(30)
    ran.clear()
    with monday.entry() as books:
        books.execute("update order_product set quantity = 3 where line_no = 1")
    assert ran.wait(30)
    stop.set()
    assert runs[-1].outcome.records == 1


def test_following_does_not_run_again_for_a_write_held_back(monday: Shop) -> None:
    with monday.entry() as open_writer, open_writer.transaction():
        open_writer.execute("update segment set segment_name = 'Firms' where segment_id = 2")
        with monday.entry() as books:
            books.execute("update order_product set quantity = 3 where line_no = 1")
        stop, ran, runs = followed(monday, 0.05)
        assert ran.wait(30)
        until = monotonic() + 1.5
        while monotonic() < until:
            assert not stop.wait(0.1)
        assert len(runs) == 1
    ran.clear()
    assert ran.wait(30)
    stop.set()
    assert runs[-1].outcome.rows["dim_customer"]["updated"] == 1


def test_following_survives_a_source_that_goes_away(monday: Shop, books_admin: DatabaseUrl) -> None:
    troubles: list[str] = []
    rounds = iter(range(100))

    def broken_source() -> psycopg.Connection[tuple[object, ...]]:
        if next(rounds) < 2:
            raise PipelineError("the books can't be reached")
        return monday.source()

    whole = ends(monday)
    done: list[history.Watermark] = []
    following.follow(
        Ends(open_source=broken_source, open_warehouse=whole.open_warehouse, now=whole.now),
        every=0.01,
        pause=lambda _wait: not done,
        on_run=done.append,
        on_trouble=troubles.append,
    )
    assert troubles == ["the books can't be reached"] * 2
    assert len(done) == 1
