"""The scheduler as a process of its own: wishes done, kills survived, servers that go away and come back."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from awesome_analytics.app import schedule
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import history
from awesome_analytics.etl.runner import Ends, only_runner
from conftest import drop_warehouse, make_warehouse
from servers import MariaDbServer
from test_pipeline import MONDAY

PATIENCE = 25.0


@pytest.fixture
def shop(
    books_admin: DatabaseUrl, embedded: EmbeddedPostgres, passwords: Mapping[str, str], tmp_path: Path
) -> Iterator[Shop]:
    """The seed's Monday in a shop that a process of its own finds by the environment."""
    olap = make_warehouse(embedded.admin, passwords)
    (tmp_path / "credentials.json").write_text(json.dumps(dict(passwords)), encoding="utf-8")
    settings = Settings(home=tmp_path, oltp_url=books_admin, warehouse_url=olap)
    shop = Shop(settings=settings, oltp=books_admin, olap=olap, passwords=passwords, on_note=print)
    shop.prepare()
    _enter_monday(shop)
    yield shop
    drop_warehouse(olap)


def _enter_monday(shop: Shop) -> None:
    with shop.entry() as books:
        books.execute(MONDAY)


@contextmanager
def scheduler(shop: Shop, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """The process; killed at the end if it still lives."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "awesome_analytics.scheduler"],
        env={
            **kept,
            "AWESOME_HOME": str(shop.settings.home),
            "AWESOME_OLTP_URL": shop.oltp.text(),
            "AWESOME_WAREHOUSE_URL": shop.olap.text(),
            **environment,
        },
        text=True,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE:.0f} s"
        time.sleep(0.05)


def now() -> datetime:
    return datetime.now(UTC)


def wish(shop: Shop, kind: schedule.Kind = "run") -> schedule.Request:
    with shop.app() as connection:
        return schedule.newest(connection, kinds=[kind])[0]


def ask(shop: Shop, kind: schedule.Kind = "run") -> None:
    with shop.app() as connection:
        schedule.ask(connection, kind, asked_by="sarah_manager", now=now())


def log(shop: Shop) -> list[tuple[str, int]]:
    """Status and records of every run, newest first."""
    with closing(shop.reader()) as engine:
        return [(run.status, run.records_processed) for run in history.runs(engine, limit=10)]


@contextmanager
def the_load_held_up(shop: Shop) -> Iterator[Callable[[], bool]]:
    """A run gets as far as its first table and no further; the function tells when it waits there."""
    with psycopg.connect(**shop.olap.parameters()) as hand:
        hand.execute("lock table fact_sales in access exclusive mode")

        def waits() -> bool:
            row = hand.execute("select count(*) from pg_locks where not granted").fetchone()
            return row != (0,)

        yield waits


def test_a_wish_is_done_and_its_steps_are_told(shop: Shop) -> None:
    ask(shop)
    with scheduler(shop):
        until(lambda: wish(shop).status == "DONE", "the run")
        ask(shop, "reconcile")
        until(lambda: wish(shop, "reconcile").status == "DONE", "the reconciliation")
    assert log(shop) == [("SUCCESS", 2)]
    done = wish(shop)
    assert done.outcome is not None
    assert (done.attempt, done.outcome["records"]) == (1, 2)
    with shop.app() as connection:
        told = schedule.progress_of(connection, done)
    assert told is not None
    rows = {table: found["done"] for step in told.steps for table, found in step["rows"].items()}
    assert rows["fact_sales"] == 2
    assert all(step["ended_at"] for step in told.steps)
    found = wish(shop, "reconcile").outcome
    assert found is not None
    assert (found["count"], found["totals"]["warehouse"]["sales"]) == (0, "6000.00000")


def test_a_run_killed_in_the_middle_is_done_by_the_next_scheduler(shop: Shop) -> None:
    ask(shop)
    with scheduler(shop) as killed:
        until(lambda: wish(shop).status == "DONE", "the first run")
        with shop.entry() as books:
            books.execute("update order_product set quantity = 3 where line_no = 1")
        with the_load_held_up(shop) as waits:
            ask(shop)
            until(waits, "the run at work")
            killed.send_signal(signal.SIGKILL)
            killed.wait()
    assert wish(shop).status == "RUNNING"
    with scheduler(shop):
        until(lambda: wish(shop).status == "DONE", "the run again")
    assert wish(shop).attempt == 2
    assert log(shop) == [("SUCCESS", 1), ("FAILED", 0), ("SUCCESS", 2)]


def test_told_to_stop_it_rolls_the_run_back_and_the_wish_waits(shop: Shop) -> None:
    ask(shop)
    with scheduler(shop) as first:
        until(lambda: wish(shop).status == "DONE", "the first run")
        with shop.entry() as books:
            books.execute("update order_product set quantity = 3 where line_no = 1")
        with the_load_held_up(shop) as waits:
            ask(shop)
            until(waits, "the run at work")
            first.send_signal(signal.SIGTERM)
            assert first.wait(10) == 0
        assert first.stderr is not None
        assert "Traceback" not in first.stderr.read()
    left = wish(shop)
    assert (left.status, left.attempt) == ("WAITING", 0)
    assert log(shop)[0] == ("FAILED", 0)


def test_only_one_scheduler_works_and_another_takes_over_when_it_dies(shop: Shop) -> None:
    def at_work() -> str | None:
        with shop.app() as connection:
            beat = schedule.last_heartbeat(connection)
        return beat.process if beat else None

    with scheduler(shop) as first:
        until(lambda: at_work() is not None, "the first")
        with scheduler(shop) as second:
            assert second.stderr is not None
            assert "stands by" in second.stderr.readline()
            assert str(first.pid) in (at_work() or "")
            first.kill()
            until(lambda: str(second.pid) in (at_work() or ""), "the second")
            ask(shop)
            until(lambda: wish(shop).status == "DONE", "the run")


def test_a_night_missed_while_nobody_was_there_is_made_up_for_once(shop: Shop) -> None:
    overdue = schedule.Plan(cron="0 2 * * *", timezone="UTC", next_due=now() - timedelta(days=3))
    with shop.app() as connection:
        schedule.write_plan(connection, overdue)
    with scheduler(shop):
        until(lambda: log(shop) == [("SUCCESS", 2)], "the run")
        until(lambda: wish(shop).status == "DONE", "its end")
        time.sleep(1.5)
    with shop.app() as connection:
        (only,) = schedule.newest(connection, kinds=schedule.RUNS, limit=10)
    assert (only.cause, only.asked_by) == ("missed", "the schedule")


def test_a_run_by_somebody_else_is_waited_for_and_is_no_failure(shop: Shop) -> None:
    ends = Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=now)
    with scheduler(shop):
        with only_runner(ends):
            ask(shop)
            until(lambda: "another run" in (wish(shop).error or ""), "the wait")
            assert (wish(shop).status, wish(shop).attempt) == ("WAITING", 0)
        until(lambda: wish(shop).status == "DONE", "the run")
    assert log(shop) == [("SUCCESS", 2)]


def test_a_warehouse_that_is_down_is_waited_for(shop: Shop, own_mariadb: MariaDbServer) -> None:
    url = DatabaseUrl.parse(own_mariadb.url, field="AWESOME_WAREHOUSE_URL").at("awesome_olap")
    moved = replace(shop, settings=replace(shop.settings, warehouse_url=url), olap=url)
    moved.prepare()
    own_mariadb.kill()
    with scheduler(moved):
        ask(moved)
        until(lambda: "can't be reached" in (wish(moved).error or ""), "the first attempt")
        assert wish(moved).status == "WAITING"
        own_mariadb.start()
        until(lambda: wish(moved).status == "DONE", "the run")
    assert wish(moved).attempt >= 2
    assert log(moved) == [("SUCCESS", 2)]


def test_the_books_server_may_be_killed_under_it(shop: Shop) -> None:
    def backends() -> list[Any]:
        with psycopg.connect(**shop.oltp.parameters(), autocommit=True) as hand:
            return hand.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = any (%s)",
                ([shop.oltp.database, shop.olap.database],),
            ).fetchall()

    with scheduler(shop) as process:
        ask(shop)
        until(lambda: wish(shop).status == "DONE", "the first run")
        assert backends()
        ask(shop)
        until(lambda: wish(shop).status == "DONE", "the run after it")
        assert process.poll() is None
    assert [status for status, _ in log(shop)] == ["SUCCESS", "SUCCESS"]


def test_as_json_each_line_of_a_run_names_it_and_none_names_a_customer_or_a_secret(shop: Shop) -> None:
    webhook = "http://127.0.0.1:9/k3y-of-the-hook"
    with scheduler(shop, AWESOME_LOG="json", AWESOME_ALERT_WEBHOOK=webhook) as process:
        ask(shop)
        until(lambda: wish(shop).status == "DONE", "the run")
        with shop.entry() as books:
            books.execute("insert into tbl_customers (customer_id, customer_name, segment_id, market, region)"
                          " values ('1002', 'Bob Miller', 1, 'US', 'East')")  # fmt: skip
        with psycopg.connect(**shop.olap.parameters(), autocommit=True) as hand:
            hand.execute("alter table dim_customer add check (customer_name <> 'Bob Miller')")
        ask(shop)
        until(lambda: wish(shop).error is not None, "the failure")
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in told.splitlines()]
    assert all({"at", "level", "process", "event", "text"} <= line.keys() for line in lines)
    runs = [line for line in lines if line["event"].startswith("run ")]
    ended = [(line["run_id"], line["status"]) for line in runs if line["event"] == "run ended"]
    assert ended[:2] == [(1, "SUCCESS"), (2, "FAILED")]
    assert all("run_id" in line for line in runs)
    assert {line["step"] for line in runs if line["event"] == "run step"} >= {"snapshot", "commit"}
    assert "Bob" not in told
    assert "k3y" not in told
    assert shop.passwords["awesome_etl"] not in told
