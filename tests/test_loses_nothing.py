"""Whatever is written, and whenever it is committed: incremental = full rebuild = what the books say."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
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
from conftest import drop_warehouse, make_warehouse
from naive import NaiveSource
from star_rows import calendar, expected, star, wrong_rows
from test_pipeline import ends
from writers import EMPTY, OPERATIONS, Writer, open_shop, writers


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A shop, a second warehouse to rebuild into, and who writes the books."""

    shop: Shop
    rebuilt: Shop
    admin: psycopg.Connection[tuple[Any, ...]]
    writers: Sequence[Writer]

    def differences(self) -> list[str]:
        """What the warehouse has wrong, by the books as they are committed."""
        with closing(self.shop.warehouse()) as engine:
            return wrong_rows(star(engine), expected(self.admin))

    def differences_from_rebuild(self) -> list[str]:
        """What the warehouse has other than a full load into a second one."""
        pipeline.run(ends(self.rebuilt), full=True)
        with closing(self.shop.warehouse()) as grown, closing(self.rebuilt.warehouse()) as rebuilt:
            missing = sorted(f"dim_date: lacks {day}" for day in calendar(rebuilt) - calendar(grown))
            return missing + wrong_rows(star(grown), star(rebuilt))


@pytest.fixture
def stand(
    shop: Shop,
    books_admin: DatabaseUrl,
    books_url: DatabaseUrl,
    warehouse_admin: DatabaseUrl,
    passwords: dict[str, str],
) -> Iterator[Stand]:
    rebuilt = make_warehouse(warehouse_admin, passwords)
    try:
        urls = [books_url, books_url, books_admin]
        with (
            psycopg.connect(**books_admin.parameters(), autocommit=True) as admin,
            writers(urls, admin=books_admin, patience_ms=20) as crew,
        ):
            yield Stand(shop=shop, rebuilt=replace(shop, olap=rebuilt), admin=admin, writers=crew)
    finally:
        drop_warehouse(rebuilt)


# ---------------------------------------------------------------- any history at all

names = st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=1, max_size=4)
whose = st.integers(0, 2)


class AnyHistory(RuleBasedStateMachine):
    """Three people write, end their transactions late or not at all, and the pipeline runs in between."""

    def __init__(self, stand: Stand) -> None:
        super().__init__()
        self.stand = stand
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
        pipeline.run(ends(self.stand.shop))
        self.fresh = True

    @precondition(lambda self: self.fresh)
    @invariant()
    def a_run_leaves_what_the_books_say(self) -> None:
        self.fresh = False
        assert self.stand.differences() == []

    def teardown(self) -> None:
        for writer in self.stand.writers:
            writer.leave()
        outcome = pipeline.run(ends(self.stand.shop)).outcome
        assert outcome.mode == "incremental"
        assert self.stand.differences() == []
        assert self.stand.differences_from_rebuild() == []


SHORT = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
LONG = settings(SHORT, derandomize=False, max_examples=400, stateful_step_count=60, print_blob=True)


def test_any_history_of_writes_and_runs_gives_what_a_rebuild_gives(stand: Stand) -> None:
    run_state_machine_as_test(lambda: AnyHistory(stand), settings=SHORT)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_any_long_history_of_writes_and_runs_gives_what_a_rebuild_gives(stand: Stand) -> None:
    run_state_machine_as_test(lambda: AnyHistory(stand), settings=LONG)


def test_the_same_histories_catch_a_naive_watermark(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "Source", NaiveSource)
    once = settings(SHORT, phases=[Phase.generate], verbosity=Verbosity.quiet, max_examples=200)
    with pytest.raises(Exception, match=r"assert|do not reconcile"):
        run_state_machine_as_test(lambda: AnyHistory(stand), settings=once)


# ---------------------------------------------------------------- one history each, step by step

Schedule = Callable[[Writer, Callable[[], None]], None]


def first(among: Sequence[Any]) -> Any:
    return among[0]


def commit_late(writer: Writer, run: Callable[[], None]) -> None:
    writer.begin()
    writer.perform("correct a line", first)
    run()
    writer.end(keep=True)


def delete_late(writer: Writer, run: Callable[[], None]) -> None:
    writer.begin()
    writer.perform("void an order", first)
    run()
    writer.end(keep=True)


def keep_a_savepoint_late(writer: Writer, run: Callable[[], None]) -> None:
    writer.begin()
    writer.savepoint()
    writer.perform("rename a customer", first)
    writer.roll_back_to_savepoint()
    writer.perform("raise a price", first)
    run()
    writer.end(keep=True)


def commit_prepared_late(writer: Writer, run: Callable[[], None]) -> None:
    writer.begin()
    writer.perform("rename a category", first)
    writer.prepare()
    run()
    writer.end_prepared(keep=True)


SCHEDULES: tuple[Schedule, ...] = (commit_late, delete_late, keep_a_savepoint_late, commit_prepared_late)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.__name__)
def test_what_commits_behind_a_run_comes_with_the_next(stand: Stand, schedule: Schedule) -> None:
    assert _wrong_after(stand, schedule) == []


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.__name__)
def test_a_naive_watermark_loses_what_commits_behind_a_run(
    stand: Stand, schedule: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "Source", NaiveSource)
    assert _wrong_after(stand, schedule) != []


def _wrong_after(stand: Stand, schedule: Schedule) -> list[str]:
    def run() -> None:
        pipeline.run(ends(stand.shop))

    open_shop(stand.admin)
    run()
    schedule(stand.writers[0], run)
    run()
    run()
    return stand.differences()
