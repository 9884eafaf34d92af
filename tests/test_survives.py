"""Whatever befalls a run, nobody sees half of it and the rerun equals a rebuild."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import AlreadyRunning, PipelineError
from awesome_analytics.etl import history, pipeline
from runs_apart import Report, Runs, Task, Watcher, ends, forking
from survival import Reader, Stand, shop_with_a_past

soak = pytest.mark.soak

_AROUND = {"lock", "snapshot", "commit", "end"}
_STEPS = {
    False: [s for s in pipeline.STEPS if s in _AROUND | {name for name, _, _ in pipeline.INCREMENTAL}],
    True: [s for s in pipeline.STEPS if s in _AROUND | {name for name, _, _ in pipeline.FULL}],
}
"""Whether the run is a full one -> its steps."""


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with forking() as runs:
        yield runs


@pytest.fixture(scope="module")
def stand(
    books_template: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    runs: Runs,
) -> Iterator[Stand]:
    """One shop on each engine: every test leaves it whole, or the next one tells."""
    home = tmp_path_factory.mktemp("shop")
    with shop_with_a_past(books_template, warehouse_admin, passwords, home, orders=150) as (shop, rebuilt):
        yield Stand(shop=shop, rebuilt=rebuilt, runs=runs)


# ---------------------------------------------------------------- kill -9 of the run


def _every_step() -> Iterator[tuple[str, bool]]:
    """Each step once, those of both kinds of run by turns in the one and the other."""
    for number, step in enumerate(pipeline.STEPS):
        kinds = [full for full, steps in _STEPS.items() if step in steps]
        yield step, kinds[number % len(kinds)]


def _every_step_of_both() -> Iterator[tuple[str, bool]]:
    for full, steps in _STEPS.items():
        yield from ((step, full) for step in steps)


def _survive(stand: Stand, reader: Reader, doomed: Task, *, full_rerun: bool) -> None:
    """Trade, kill the run, run again: all is there once, and the reader saw only what complete runs left."""
    reader.ask_once_more()
    before = stand.totals()
    reader.seen.clear()
    stand.trade()
    (killed,) = stand.runs(doomed)
    assert killed.killed, killed
    reader.ask_once_more()
    rerun = stand.rerun(full=full_rerun)
    after = stand.totals()
    reader.ask_once_more()
    assert {told[:-1] for told in reader.seen} <= {before[:-1], after[:-1]}
    # The log is never ahead of the tables, and after the one transaction of an incremental run not behind.
    assert {told[-1] for told in reader.seen if told[:-1] == before[:-1]} <= {before[-1]}
    if not doomed.full and not full_rerun:
        assert {told[-1] > before[-1] for told in reader.seen if told[:-1] == after[:-1]} == {True}
    _log_is_true(stand, rerun, newest_before=before[-1])
    assert stand.wrong_rows() == []


def _log_is_true(stand: Stand, rerun: Report, *, newest_before: int) -> None:
    """The killed run succeeded if its work stayed, and then the rerun had nothing to do."""
    assert rerun.watermark is not None
    assert stand.unsettled() == []
    with closing(stand.shop.warehouse()) as engine:
        last, killed = history.runs(engine, limit=2)
    redone = rerun.watermark.outcome.records
    assert (last.run_id, last.status, last.records_processed) == (rerun.watermark.run_id, "SUCCESS", redone)
    if killed.run_id == newest_before:
        assert redone > 0  # it died before it had a number
    elif killed.status == "SUCCESS":
        assert (redone, killed.records_processed > 0, killed.finished_at is None) == (0, True, False)
    else:
        assert killed.status == "FAILED"
        assert "killed" in str(killed.error)
        assert redone > 0


@pytest.mark.parametrize(
    ("rounds", "steps"),
    [(1, _every_step), pytest.param(10, _every_step_of_both, marks=soak)],
    ids=["once", "ten times"],
)
def test_a_kill_at_any_step_loses_nothing(stand: Stand, rounds: int, steps: Any) -> None:
    killed = 0
    with Reader(stand.shop) as reader:
        for _ in range(rounds):
            for step, full in steps():
                task = Task(shop=stand.shop, full=full, die_at=step)
                _survive(stand, reader, task, full_rerun=killed % 3 == 2)
                killed += 1
            assert stand.differences() == []
    stand.rerun(full=True)
    assert stand.left_over() == []


@pytest.mark.parametrize(
    ("full", "every"),
    [(True, False), pytest.param(True, True, marks=soak), pytest.param(False, True, marks=soak)],
    ids=["last of a full run", "each of a full run", "each of an incremental run"],
)
def test_a_kill_after_any_statement_loses_nothing(stand: Stand, full: bool, every: bool) -> None:
    """The last statements swap the tables, and some engines commit amid them."""
    stand.trade()
    length = stand.rerun(full=full).statements
    swap = len(pipeline.PUBLISHED)
    with Reader(stand.shop) as reader:
        for statement in (
            range(2, length) if every else (length - swap - 3, length - swap - 2, length - 6, length - 1)
        ):
            task = Task(shop=stand.shop, full=full, die_after=statement)
            _survive(stand, reader, task, full_rerun=statement % 3 == 2)
    assert stand.differences() == []
    stand.rerun(full=True)
    assert stand.left_over() == []


@soak
@pytest.mark.parametrize("full", [False, True], ids=["incremental", "full"])
def test_a_kill_at_any_moment_loses_nothing(stand: Stand, full: bool) -> None:
    random = Random(20241205)
    begin_at = stand.rerun(full=full)
    assert begin_at.seconds > 0
    with Reader(stand.shop) as reader:
        for number in range(60):
            task = Task(shop=stand.shop, full=full, die_in=random.uniform(0, begin_at.seconds))
            _survive(stand, reader, task, full_rerun=number % 3 == 2)
    assert stand.differences() == []


def test_a_rename_that_outlives_its_run_harms_no_later_one(stand: Stand) -> None:
    """A statement that waits on the server goes on when whoever sent it is dead."""
    stand.trade()
    with closing(stand.shop.reader()) as slow, Reader(stand.shop) as reader:
        before = stand.totals()
        with slow.transaction():
            slow.query("select count(*) from dim_product")
            (killed,) = stand.runs(Task(shop=stand.shop, full=True, die_at="publish", linger=0.5))
            assert killed.killed
            late = threading.Thread(target=stand.rerun, kwargs={"full": True})
            late.start()
            late.join(timeout=0.8)
        late.join()
        stand.rerun()
        after = stand.totals()
    assert {told[:-1] for told in reader.seen} <= {before[:-1], after[:-1]}
    assert stand.unsettled() == []
    assert stand.differences() == []
    assert reader.failure is None


# ---------------------------------------------------------------- readers and the publishing run


# MySQL lets a reader's transaction of several statements choose: the same table again, or a deadlock at once.
_READ_LATER = {"postgresql": ("dim_date", "fact_sales", "fact_return"), "mysql": ("fact_return",)}


def test_readers_that_take_the_tables_in_any_order_are_let_finish(stand: Stand) -> None:
    stand.trade()
    reports: list[Report] = []
    with closing(stand.shop.reader()) as slow:
        with slow.transaction():
            before = slow.query("select count(*) from fact_return")
            run = threading.Thread(target=lambda: reports.append(stand.rerun(full=True)))
            run.start()
            run.join(timeout=1.8)
            for table in _READ_LATER[stand.shop.olap.scheme]:
                slow.query(f"select count(*) from {table}")
        run.join()
        assert before != slow.query("select count(*) from fact_return")
    assert [report.error for report in reports] == [None]
    assert stand.differences() == []


# ---------------------------------------------------------------- two runs at once


@pytest.mark.parametrize("times", [10, pytest.param(50, marks=soak)])
def test_of_two_runs_at_once_one_works_and_the_other_says_why_not(
    stand: Stand, tmp_path: Path, times: int
) -> None:
    last = pipeline.run(ends(stand.shop)).run_id
    for number in range(times):
        stand.trade()
        task = Task(shop=stand.shop, full=number % 5 == 4, gate=tmp_path / f"gate {number}")
        reports = stand.runs(task, task)
        refused, worked = sorted(reports, key=lambda report: report.error is None)
        assert (refused.error, worked.error) == (AlreadyRunning.__name__, None)
        assert re.fullmatch(
            r"another run is at work since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC \(server process \d+\); "
            r"this one did nothing",
            refused.message,
        )
        with closing(stand.shop.warehouse()) as engine:
            assert worked.watermark is not None
            assert worked.watermark.run_id == last + number + 1
            assert [run.run_id for run in history.runs(engine, limit=1)] == [worked.watermark.run_id]
    assert stand.differences() == []


def test_a_run_may_begin_as_soon_as_the_one_before_has_ended(stand: Stand) -> None:
    first = pipeline.run(ends(stand.shop)).run_id
    assert [pipeline.run(ends(stand.shop)).run_id for _ in range(10)] == [*range(first + 1, first + 11)]


# ---------------------------------------------------------------- the lock lost in mid-run


@contextmanager
def _books(shop: Shop) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(**shop.oltp.parameters(), autocommit=True) as connection:
        yield connection


def _steal_the_lock(shop: Shop) -> None:
    with _books(shop) as books:
        stolen = books.execute(
            """select pg_terminate_backend(pid, 60000) from pg_locks
               where locktype = 'advisory' and granted and classid = hashtext('awesome etl')::oid
                 and database = (select oid from pg_database where datname = current_database())"""
        ).fetchall()
    assert stolen == [(True,)]


@pytest.mark.parametrize(("step", "full"), [("merge", False), ("facts", True), ("publish", True)])
def test_a_run_that_lost_its_lock_leaves_the_next_one_alone(stand: Stand, step: str, full: bool) -> None:
    stand.trade()
    reports: list[Report] = []
    second = threading.Thread(target=lambda: reports.append(stand.rerun(full=full)))

    def lose_it() -> None:
        _steal_the_lock(stand.shop)
        second.start()
        second.join(timeout=0.7)

    watcher = Watcher(at_step={step: lose_it})
    if step == "publish":
        pipeline.run(ends(stand.shop), full=full, watch=watcher)
    else:
        with pytest.raises(PipelineError, match=r"failed and changed nothing|the lock on the books was lost"):
            pipeline.run(ends(stand.shop), full=full, watch=watcher)
    second.join()
    assert [report.error for report in reports] == [None]
    assert stand.unsettled() == []
    assert stand.differences() == []
