"""Whatever is written, and whenever it is committed: incremental = full rebuild = what the books say."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.etl import pipeline
from naive import NaiveSource
from stands import Stand, standing
from test_pipeline import MONDAY, ends
from writers import EMPTY, WORK, Writer, open_shop


@pytest.fixture
def stand(shop: Shop, books_admin: DatabaseUrl, books_url: DatabaseUrl) -> Iterator[Stand]:
    with standing(shop, {books_url: 2, books_admin: 1}, patience_ms=20) as stand:
        yield stand


# ---------------------------------------------------------------- any history at all

names = st.lists(st.sampled_from(WORK), min_size=1, max_size=4)
whose = st.integers(0, 2)


class AnyHistory(RuleBasedStateMachine):
    """Three people write, end their transactions late or not at all, and the pipeline runs in between."""

    stand: Stand

    def __init__(self) -> None:
        super().__init__()
        self.fresh = False

    @initialize()
    def begin(self) -> None:
        self.stand.admin.execute(EMPTY)
        open_shop(self.stand.admin)
        pipeline.run(ends(self.stand.shop), full=True)

    def _is_open(self) -> list[Writer]:
        return [writer for writer in self.stand.writers if writer.is_open]

    def _perform(self, writer: Writer, names: Sequence[str], data: st.DataObject) -> None:
        for name in names:
            writer.perform(name, lambda among: data.draw(st.sampled_from(among)))

    @rule(who=whose, names=names, data=st.data())
    def write(self, who: int, names: list[str], data: st.DataObject) -> None:
        self._perform(self.stand.writers[who], names, data)

    @rule(who=whose, names=names, data=st.data())
    def write_and_leave_open(self, who: int, names: list[str], data: st.DataObject) -> None:
        self.stand.writers[who].begin()
        self._perform(self.stand.writers[who], names, data)

    @precondition(lambda self: self._is_open())
    @rule(names=names, data=st.data(), keep=st.booleans())
    def write_behind_a_savepoint(self, names: list[str], data: st.DataObject, keep: bool) -> None:
        writer = data.draw(st.sampled_from(self._is_open()))
        writer.savepoint()
        self._perform(writer, names, data)
        if not keep:
            writer.roll_back_to_savepoint()

    @precondition(lambda self: self._is_open())
    @rule(data=st.data(), keep=st.sampled_from([True, True, False]))
    def end_late(self, data: st.DataObject, keep: bool) -> None:
        data.draw(st.sampled_from(self._is_open())).end(keep=keep)

    @precondition(lambda self: self._is_open())
    @rule(data=st.data())
    def leave_it_prepared(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self._is_open())).prepare()

    @precondition(lambda self: any(writer.prepared for writer in self.stand.writers))
    @rule(data=st.data(), keep=st.sampled_from([True, True, False]))
    def end_what_was_prepared(self, data: st.DataObject, keep: bool) -> None:
        holders = [writer for writer in self.stand.writers if writer.prepared]
        data.draw(st.sampled_from(holders)).end_prepared(keep=keep)

    @rule()
    def run(self) -> None:
        self.stand.run()
        self.fresh = True

    @precondition(lambda self: self.fresh)
    @invariant()
    def a_run_leaves_what_the_books_say(self) -> None:
        self.fresh = False
        assert self.stand.differences() == []

    def teardown(self) -> None:
        for writer in self.stand.writers:
            writer.leave()
        outcome = self.stand.run().outcome
        assert outcome.mode == "incremental"
        assert self.stand.differences() == []
        assert self.stand.differences_from_rebuild() == []


SHORT = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=5,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, derandomize=False, max_examples=400, stateful_step_count=60, print_blob=True)


def test_any_history_of_writes_and_runs_gives_what_a_rebuild_gives(stand: Stand) -> None:
    _check(stand, SHORT)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_any_long_history_of_writes_and_runs_gives_what_a_rebuild_gives(stand: Stand) -> None:
    _check(stand, LONG)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_same_histories_catch_a_naive_watermark(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "Source", NaiveSource)
    once = settings(SHORT, phases=[Phase.generate], max_examples=200, report_multiple_bugs=False)
    # It goes by the clock: played again, a history may lose its row at another step, or not at all.
    with pytest.raises(Exception, match=r"assert|do not reconcile|Inconsistent data generation"):
        _check(stand, once)


def _check(stand: Stand, chosen: settings) -> None:
    # A class, as hypothesis wants one; the servers are started by the fixtures, once for all histories.
    machine = type("AnyHistoryHere", (AnyHistory,), {"stand": stand})
    run_state_machine_as_test(machine, settings=chosen)


# ---------------------------------------------------------------- one history each, step by step

Run = Callable[[], object]
Schedule = Callable[[Writer, Run], None]


def first(among: Sequence[Any]) -> Any:
    return among[0]


def commit_late(writer: Writer, run: Run) -> None:
    writer.begin()
    writer.perform("correct a line", first)
    run()
    writer.end(keep=True)


def delete_late(writer: Writer, run: Run) -> None:
    writer.begin()
    writer.perform("void an order", first)
    run()
    writer.end(keep=True)


def keep_a_savepoint_late(writer: Writer, run: Run) -> None:
    writer.begin()
    writer.savepoint()
    writer.perform("rename a customer", first)
    writer.roll_back_to_savepoint()
    writer.perform("raise a price", first)
    run()
    writer.end(keep=True)


def commit_prepared_late(writer: Writer, run: Run) -> None:
    writer.begin()
    writer.perform("rename a category", first)
    writer.prepare()
    run()
    writer.end_prepared(keep=True)


SCHEDULES: tuple[Schedule, ...] = (commit_late, delete_late, keep_a_savepoint_late, commit_prepared_late)


def _wrong_after_each(stand: Stand) -> dict[str, list[str]]:
    """What each schedule leaves wrong, two runs after everything was committed."""
    wrong = {}
    for schedule in SCHEDULES:
        stand.admin.execute(EMPTY)
        open_shop(stand.admin)
        pipeline.run(ends(stand.shop), full=True)
        schedule(stand.writers[0], stand.run)
        stand.run()
        stand.run()
        wrong[schedule.__name__] = stand.differences()
    return wrong


def test_what_commits_behind_a_run_comes_with_the_next(stand: Stand) -> None:
    assert not any(_wrong_after_each(stand).values())


def test_a_naive_watermark_loses_what_commits_behind_a_run(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "Source", NaiveSource)
    assert all(_wrong_after_each(stand).values())


# ---------------------------------------------------------------- what the histories found


def test_a_rejected_return_may_ask_for_more_than_the_lines_still_have(stand: Stand) -> None:
    stand.admin.execute(MONDAY)
    for change in (
        "update tbl_returns set return_status = 'Rejected', quantity = 4",
        "update order_product set quantity = 2 where line_no = 2",
        "delete from order_product where line_no = 2",
        "update tbl_returns set product_id = null, quantity = null",
        "delete from order_product where line_no = 1",
    ):
        stand.admin.execute(change)
        stand.run()
        assert stand.differences() == []


OLD_SNAPSHOT = "begin isolation level repeatable read; select from tbl_orders"


def test_a_truncate_that_cannot_bury_all_rows_is_refused(stand: Stand) -> None:
    stand.admin.execute(MONDAY)
    old = stand.writers[2].connection
    old.execute(OLD_SNAPSHOT)
    stand.admin.execute("update tbl_returns set return_id = 'RET-002'")
    stand.run()
    with pytest.raises(psycopg.errors.InvalidTransactionState, match="READ COMMITTED"):
        old.execute("truncate tbl_returns, import_return")
    old.execute("rollback")
    stand.run()
    assert stand.differences() == []


def test_a_return_checked_against_an_old_snapshot_is_refused(stand: Stand) -> None:
    stand.admin.execute(MONDAY)
    old = stand.writers[0].connection
    old.execute(OLD_SNAPSHOT)
    stand.admin.execute("update tbl_returns set quantity = 4")
    with pytest.raises(psycopg.errors.InvalidTransactionState, match="READ COMMITTED"):
        old.execute(
            """insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason,
                                        return_status, return_region, return_date)
               values ('RET-002', 'ORD-001', 'PROD-502', 1, 'Defective', 'Pending', 'East', '2024-12-06')"""
        )
    old.execute("rollback")
    assert stand.admin.execute("select sum(quantity) from tbl_returns").fetchall() == [(4,)]
