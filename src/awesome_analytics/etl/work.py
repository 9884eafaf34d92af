"""A run under way: who watches it, what its steps hand on, and the steps that both kinds of run share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.etl import control, history
from awesome_analytics.etl.runner import Ends
from awesome_analytics.etl.source import Changes, Connection, Position, Source, block
from awesome_analytics.warehouse.delta import Noting
from awesome_analytics.warehouse.engine import Blocks, Engine
from awesome_analytics.warehouse.merge import Merged
from awesome_analytics.warehouse.star import DIMENSIONS, FACT_RETURN, FACTS, Table

FROM_BOOKS = (*DIMENSIONS.values(), *FACTS)
"""The tables whose rows come from the books; the calendar is made."""

BOOK_OF = {
    "dim_customer": "tbl_customers",
    "dim_product": "tbl_products",
    "dim_return": "tbl_returns",
    "fact_sales": "order_product",
    "fact_return": "tbl_returns",
}
"""The table of the books that each comes from."""


class Watcher(Protocol):
    """Who follows a run: the terminal, the log, a test."""

    def began(self, run_id: int) -> None:
        """The lock is taken, and the run has its number."""

    def step(self, name: str, text: str) -> None:
        """A step is about to begin."""

    def rows(self, table: str, done: int, expected: int | None) -> None:
        """Rows of a table are on their way."""

    def warn(self, text: str) -> None:
        """Something to know that doesn't stop the run."""


class Quiet:
    """A watcher that says nothing."""

    def began(self, run_id: int) -> None:
        """Nothing."""

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
    noting: Noting = Noting.NOTHING
    records: int = 0

    @property
    def orders(self) -> frozenset[str] | None:
        """The orders in scope; None means all."""
        return self.changes.orders if self.changes else None


Step = Callable[[Work], None]


def refusals(work: Work) -> None:
    """Look for refused rows only where fewer arrived than the books hold: it costs as much as loading."""
    for table in FROM_BOOKS:
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
        expected = work.extracted.get(BOOK_OF[table.name])
    else:
        scope = work.changes.scope(table)
        expected = work.source.count_in(BOOK_OF[table.name], scope) if scope else 0
    nothing_expected = expected in (None, 0)
    return nothing_expected if table is FACT_RETURN else work.arrived.get(table.name, 0) == (expected or 0)


def mark_source(work: Work) -> None:
    """Write ahead into the source: a source whose mark is below the watermark's run went back in time."""
    if not work.lock.execute(block("still_locked")).fetchone() == (True,):
        raise PipelineError("the lock on the books was lost in mid-run")
    values = {"warehouse_id": work.warehouse_id, "run_id": work.run_id}
    work.lock.execute(block("write_mark"), values)


def watermark(work: Work) -> history.Watermark:
    """The watermark that this run leaves."""
    rows: dict[str, Any] = {name: vars(merged) for name, merged in work.merged.items()}
    rows["extracted"] = work.extracted
    rows["quarantined"] = sum(map(len, work.refused.values()))
    return history.Watermark.after(
        work.position,
        warehouse_id=work.warehouse_id,
        run_id=work.run_id,
        outcome=history.Outcome(mode=work.mode, reason=work.reason, records=work.records, rows=rows),
    )


def counted(work: Work, name: str, blocks: Blocks) -> Iterator[bytes]:
    """The rows of a table as they come, told to who watches."""
    done = 0
    for piece in blocks:
        yield piece
        done += piece.count(b"\n")
        work.watch.rows(name, done, work.extracted.get(BOOK_OF.get(name, "")))


def quarantine(work: Work) -> None:
    """Write down what was refused."""
    history.write_quarantine(work.engine, work.refused, run_id=work.run_id, shadow=work.mode == "full")
