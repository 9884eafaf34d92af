"""One run: what changed in the books, merged into the star, reconciled and committed with its watermark.

A run is one tuple of steps that one loop applies. The incremental run is one transaction of the warehouse.
The full run fills shadow tables, which the engine publishes at once; the watermark travels with them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from awesome_analytics.core.errors import AwesomeError, PipelineError
from awesome_analytics.etl import control, history
from awesome_analytics.etl.calendar import calendar_blocks, unknown_day, years
from awesome_analytics.etl.runner import Ends, only_runner, only_writer, opened
from awesome_analytics.etl.source import Changes, Connection, Position, Source, block
from awesome_analytics.etl.status import held_back
from awesome_analytics.warehouse.engine import SHADOW, Blocks, Engine, cell, scope_name, stage_name
from awesome_analytics.warehouse.merge import Merged, merge_facts, merge_members
from awesome_analytics.warehouse.star import (
    DIM_DATE,
    DIMENSIONS,
    FACT_RETURN,
    FACT_SALES,
    FACTS,
    LONGEST_ID,
    STAR,
    Column,
    Kind,
    Table,
)

PUBLISHED = (*(table.name for table in STAR), "etl_quarantine", "etl_watermark")
"""What a full load replaces, all at once."""

_FROM_BOOKS = (*DIMENSIONS.values(), *FACTS)
_HELD_BACK_AFTER = 300.0
"""Seconds after which a write transaction left open in the source is worth a warning."""


class Watcher(Protocol):
    """Who follows a run: the terminal, the log, a test."""

    def step(self, name: str, text: str) -> None:
        """A step is about to begin."""

    def rows(self, table: str, done: int, expected: int | None) -> None:
        """Rows of a table are on their way."""

    def warn(self, text: str) -> None:
        """Something to know that doesn't stop the run."""


class Quiet:
    """A watcher that says nothing."""

    def step(self, name: str, text: str) -> None:
        """Nothing."""

    def rows(self, table: str, done: int, expected: int | None) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """Nothing."""


@dataclass(kw_only=True)
class Work:
    """A run under way, handed from step to step."""

    ends: Ends
    lock: Connection
    source: Source
    engine: Engine
    watch: Watcher
    run_id: int
    position: Position
    standing: history.Watermark | None
    warehouse_id: str
    mode: str
    reason: str | None
    changes: Changes | None = None
    extracted: dict[str, int] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    merged: dict[str, Merged] = field(default_factory=dict)
    refused: dict[Any, list[tuple[str, str, str, str]]] = field(default_factory=dict)
    records: int = 0

    @property
    def orders(self) -> frozenset[str] | None:
        """The orders in scope; None means all."""
        return self.changes.orders if self.changes else None


Step = Callable[[Work], None]


def run(ends: Ends, *, full: bool = False, watch: Watcher | None = None) -> history.Watermark:
    """Bring the warehouse up to the books' newest snapshot.

    Raises AlreadyRunning when another run holds the lock, PipelineError when the run could not finish;
    the warehouse then stands as before.
    """
    watch = watch or Quiet()
    watch.step("lock", "Take the lock")
    with (
        _in_words(),
        only_runner(ends) as lock,
        only_writer(ends) as engine,
        ends.open_source() as connection,
    ):
        history.mend_log(engine, now=ends.now())
        run_id = history.begin_run(engine, mode="full" if full else "incremental", now=ends.now())
        try:
            return _run(ends, lock, Source(connection), engine, watch, run_id, full=full)
        except BaseException as error:
            published = _record_failure(ends, run_id, error)
            if isinstance(error, AwesomeError) or not isinstance(error, Exception):
                raise
            raise PipelineError(f"run {run_id} {_ENDED[published]}: {_reason(error)}") from error


def _run(
    ends: Ends,
    lock: Connection,
    source: Source,
    engine: Engine,
    watch: Watcher,
    run_id: int,
    *,
    full: bool,
) -> history.Watermark:
    watch.step("snapshot", "Take one snapshot of the books")
    with source.snapshot() as position:
        standing = history.read_watermark(engine)
        reason = why_full(source, position, standing, asked=full)
        _warn_if_held_back(lock, watch)
        if reason and standing and not full:
            watch.warn(f"{reason}: everything is loaded anew")
        work = Work(
            ends=ends,
            lock=lock,
            source=source,
            engine=engine,
            watch=watch,
            run_id=run_id,
            position=position,
            standing=standing,
            warehouse_id=standing.warehouse_id if standing else history.new_warehouse_id(),
            mode="full" if reason else "incremental",
            reason=reason,
        )
        with engine.transaction():
            for name, text, step in FULL if reason else INCREMENTAL:
                watch.step(name, text)
                step(work)
            outcome = _watermark(work)
            if work.mode == "incremental":
                history.finish_run(engine, outcome, now=ends.now())
            watch.step("commit", "Commit")
        if work.mode == "full":
            # A rename commits by itself on some engines: the log follows it, and is mended if killed between.
            history.finish_run(engine, outcome, now=ends.now())
    watch.step("end", "Done")
    return outcome


def why_full(
    source: Source, position: Position, standing: history.Watermark | None, *, asked: bool
) -> str | None:
    """The reason for loading everything; None when the changes since the watermark are enough."""
    if standing is None:
        return "first load"
    mark = source.query(block("mark_of"), {"warehouse_id": standing.warehouse_id})
    return standing.mismatch(position, int(mark[0][0]) if mark else None) or ("asked for" if asked else None)


# ---------------------------------------------------------------- steps of both


def _refusals(work: Work) -> None:
    """Look for refused rows only where fewer arrived than the books hold: it costs as much as loading."""
    for table in _FROM_BOOKS:
        if table not in work.refused:
            scope = work.changes.scope(table) if work.changes else None
            work.refused[table] = [] if _all_arrived(work, table) else work.source.refused(table, scope)
    count = sum(map(len, work.refused.values()))
    if count:
        work.watch.warn(f"{count} rows of the books are in quarantine: see `awesome etl quarantine`")


def _all_arrived(work: Work, table: Table) -> bool:
    """Whether every row of the books in the scope arrived; nothing is returned where nothing came back."""
    if work.changes is None and table is FACT_RETURN:
        return control.returns_balance(work.source, work.engine)
    if work.changes is None:
        expected = work.extracted.get(_BOOK_OF[table.name])
    else:
        scope = work.changes.scope(table)
        expected = work.source.count_in(_BOOK_OF[table.name], scope) if scope else 0
    nothing_expected = expected in (None, 0)
    return nothing_expected if table is FACT_RETURN else work.arrived.get(table.name, 0) == (expected or 0)


def _mark_source(work: Work) -> None:
    """Write ahead into the source: a source whose mark is below the watermark's run went back in time."""
    if not work.lock.execute(block("still_locked")).fetchone() == (True,):
        raise PipelineError("the lock on the books was lost in mid-run")
    values = {"warehouse_id": work.warehouse_id, "run_id": work.run_id}
    work.lock.execute(block("write_mark"), values)


def _watermark(work: Work) -> history.Watermark:
    rows: dict[str, Any] = {name: vars(merged) for name, merged in work.merged.items()}
    rows["extracted"] = work.extracted
    rows["quarantined"] = sum(map(len, work.refused.values()))
    return history.Watermark.after(
        work.position,
        warehouse_id=work.warehouse_id,
        run_id=work.run_id,
        outcome=history.Outcome(mode=work.mode, reason=work.reason, records=work.records, rows=rows),
    )


# ---------------------------------------------------------------- the incremental run


def _fence(work: Work) -> None:
    """Two runs can't be here at once; a run that believes it holds a lost lock finds out here."""
    assert work.standing is not None
    rows = work.engine.query(history.block("watermark_for_update"))
    if not rows or int(rows[0][0]) != work.standing.run_id:
        raise PipelineError("another run moved the watermark meanwhile")


def _extract(work: Work) -> None:
    assert work.standing is not None
    retry = history.retry(work.engine)
    work.changes = work.source.changes(work.standing.watermark, retry)
    for table in DIMENSIONS.values():
        scope = work.changes.scope(table)
        work.refused[table] = work.source.refused(table, scope) if scope else []
    if any(work.refused.values()):
        # Their facts must turn to the unknown member in this run, not in the next.
        refused = {table.name: [row[1] for row in rows] for table, rows in work.refused.items()}
        work.changes = work.source.changes(work.standing.watermark, retry.with_members(refused))
    work.extracted = {name: count for name, count in work.changes.counts.items() if count}


def _stage(work: Work) -> None:
    assert work.changes is not None
    for scope, table in {table.scope: table for table in _touched(work)}.items():
        # A longer key is refused, so nothing of it can be in the star.
        keys = "".join(f"{cell(key)}\n" for key in work.changes.scope(table) if len(key) <= LONGEST_ID)
        column = Column(name=scope, kind=Kind.ID)
        work.engine.stage(scope_name(table), [column], [keys.encode()], key=[scope])
    for table in _touched(work):
        blocks = _counted(work, table.name, work.source.staged(table, work.changes.scope(table)))
        staged = work.engine.stage(stage_name(table), table.staged, blocks, key=table.key)
        work.arrived[table.name] = staged


def _touched(work: Work) -> list[Table]:
    """The tables in whose scope anything changed, dimensions first."""
    assert work.changes is not None
    return [table for table in _FROM_BOOKS if work.changes.scope(table)]


def _merge(work: Work) -> None:
    work.merged = {table.name: Merged() for table in STAR}
    work.engine.execute(work.engine.statement("enter_by_key"))
    work.merged[DIM_DATE.name] = _extend_calendar(work)
    for table in _touched(work):
        merge = merge_facts if table.is_fact else merge_members
        work.merged[table.name] = merge(work.engine, table)
    work.records = work.merged[FACT_SALES.name].changed


def _extend_calendar(work: Work) -> Merged:
    """Whole years without a gap, from the first day named to the last."""
    staged = work.engine.query(history.block("staged_days")) if work.orders else []
    named = [int(key) // 10_000 for row in staged for key in row if key]
    if not named:
        return Merged()
    held = [day.year for day in work.engine.query(history.block("calendar_ends"))[0] if day]
    missing = [
        year
        for year in range(min(named + held), max(named + held) + 1)
        if not held or not held[0] <= year <= held[1]
    ]
    return Merged(inserted=work.engine.load(DIM_DATE.name, DIM_DATE.names, calendar_blocks(missing)))


def _quarantine(work: Work) -> None:
    history.write_quarantine(work.engine, work.refused, run_id=work.run_id, shadow=work.mode == "full")


def _reconcile(work: Work) -> None:
    assert work.changes is not None
    if work.changes.orders:
        control.check_orders(work.source, work.engine, work.changes.orders, work.refused)


def _move_watermark(work: Work) -> None:
    history.write_watermark(work.engine, _watermark(work), shadow=False)


# ---------------------------------------------------------------- the full run


def _create_shadows(work: Work) -> None:
    work.engine.create_shadows(PUBLISHED)


def _count_books(work: Work) -> None:
    work.extracted = {name: count for name, count in work.source.counts().items() if count}


def _load_members(work: Work) -> None:
    days = work.source.days()
    calendar = [unknown_day(), *(calendar_blocks(years(*days)) if days else ())]
    loaded = work.engine.load(DIM_DATE.name + SHADOW, DIM_DATE.names, calendar)
    work.merged[DIM_DATE.name] = Merged(inserted=loaded - 1)
    for table in DIMENSIONS.values():
        _load(work, table.name, table.names, work.source.whole(table), first=_unknown_member(table))


def _load_facts(work: Work) -> None:
    for table in FACTS:
        _load(work, table.name, table.names, work.source.whole(table))


def _index_shadows(work: Work) -> None:
    work.engine.index_shadows(PUBLISHED)


def _load(work: Work, name: str, columns: tuple[str, ...], blocks: Blocks, *, first: bytes = b"") -> None:
    def all_blocks() -> Iterator[bytes]:
        if first:
            yield first
        yield from _counted(work, name, blocks)

    loaded = work.engine.load(name + SHADOW, columns, all_blocks())
    work.arrived[name] = loaded - bool(first)
    work.merged[name] = Merged(inserted=work.arrived[name])


def _unknown_member(table: Any) -> bytes:
    cells = ["0", "", *["Unknown"] * (len(table.columns) - 2)]
    return ("\t".join(cells) + "\n").encode()


def _reconcile_whole(work: Work) -> None:
    loaded = control.check_totals(work.source, work.engine, work.refused)
    work.records = control.count_changed(work.engine, loaded)


def _publish(work: Work) -> None:
    history.write_watermark(work.engine, _watermark(work), shadow=True)
    work.engine.publish(PUBLISHED)


INCREMENTAL: tuple[tuple[str, str, Step], ...] = (
    ("fence", "Hold the watermark", _fence),
    ("extract", "Find what changed", _extract),
    ("stage", "Stage the changed rows", _stage),
    ("refuse", "Set aside what can't be loaded", _refusals),
    ("merge", "Merge into the star", _merge),
    ("quarantine", "Write the quarantine", _quarantine),
    ("reconcile", "Reconcile what changed", _reconcile),
    ("watermark", "Move the watermark", _move_watermark),
    ("mark", "Mark the books", _mark_source),
)
FULL: tuple[tuple[str, str, Step], ...] = (
    ("extract", "Count the books", _count_books),
    ("shadow", "Create the shadow tables", _create_shadows),
    ("members", "Load the dimensions", _load_members),
    ("facts", "Load the facts", _load_facts),
    ("refuse", "Set aside what can't be loaded", _refusals),
    ("index", "Build the indexes", _index_shadows),
    ("quarantine", "Write the quarantine", _quarantine),
    ("reconcile", "Reconcile all", _reconcile_whole),
    ("mark", "Mark the books", _mark_source),
    ("publish", "Publish all tables at once", _publish),
)
STEPS = tuple(
    dict.fromkeys(("lock", "snapshot", *(s[0] for s in INCREMENTAL), *(s[0] for s in FULL), "commit", "end"))
)
"""The name of every step, in order."""


# ---------------------------------------------------------------- around a run


_ENDED = {
    True: "published all and then failed",
    False: "failed and changed nothing",
    None: "failed; the next one finds out how far it came",
}


@contextmanager
def _in_words() -> Iterator[None]:
    """What a driver raises before and after the run proper is a failure of the pipeline, too."""
    try:
        yield
    except AwesomeError:
        raise
    except Exception as error:
        raise PipelineError(f"the run could not be done: {_reason(error)}") from error


def _record_failure(ends: Ends, run_id: int, error: BaseException) -> bool | None:
    """Whether it had published all the same; None when the warehouse doesn't say.

    On a connection of its own: the run's may be what failed.
    """
    with suppress(Exception), opened(ends) as engine:
        return history.settle_run(engine, run_id, error=_reason(error), now=ends.now())
    return None


def _reason(error: BaseException) -> str:
    """An error's own words, without the drivers' numbers and positions."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped by hand"
    said = [getattr(getattr(error, "diag", None), "message_primary", None), *reversed(error.args)]
    words = next((text for text in said if isinstance(text, str) and text.strip()), str(error))
    return " ".join(words.split()) or type(error).__name__


def _warn_if_held_back(lock: Connection, watch: Watcher) -> None:
    told = held_back(lock, longer_than=_HELD_BACK_AFTER)
    if told:
        watch.warn(f"{told}: until it ends, every run reads again what was written since")


def _counted(work: Work, name: str, blocks: Blocks) -> Iterator[bytes]:
    done = 0
    for piece in blocks:
        yield piece
        done += piece.count(b"\n")
        work.watch.rows(name, done, work.extracted.get(_BOOK_OF.get(name, "")))


_BOOK_OF = {
    "dim_customer": "tbl_customers",
    "dim_product": "tbl_products",
    "dim_return": "tbl_returns",
    "fact_sales": "order_product",
    "fact_return": "tbl_returns",
}
