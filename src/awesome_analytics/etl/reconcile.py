"""Compare everything, row by row on natural keys, as of the watermark: books against warehouse.

Both sides are read by statements of their own, sorted by key, and walked side by side; nothing is held
but the differences shown. What was written since the last run, and what stands in quarantine, is counted
apart: it is known to differ.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, LiteralString

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.core.sql import blocks
from awesome_analytics.etl import history, pipeline
from awesome_analytics.etl.runner import Ends, only_runner, opened
from awesome_analytics.etl.source import Changes, Retry, Source
from awesome_analytics.warehouse import comparing
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.summaries import CONTROL, SUMMARIES

Row = tuple[Any, ...]
Progress = Callable[[str, int], None]

_MOST_SHOWN = 1000
_CELLS_SHOWN = 20
_PROGRESS_EVERY = 20_000


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One pair of streams: how many leading columns are the key, and which change explains a row."""

    name: str
    key: int
    columns: tuple[str, ...]
    quarantine: str
    waits: Callable[[Changes, Row], bool]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A key whose rows differ; None is a row that is not there."""

    table: str
    key: str
    columns: tuple[str, ...]
    books: Row | None
    warehouse: Row | None

    @property
    def text(self) -> str:
        """The difference in a sentence."""
        if self.books is None:
            return f"{self.table} {self.key}: in the warehouse, not in the books"
        if self.warehouse is None:
            return f"{self.table} {self.key}: in the books, not in the warehouse"
        told = [
            f"{name} is {mine} in the books and {its} in the warehouse"
            for name, mine, its in zip(self.columns, self.books, self.warehouse, strict=True)
            if mine != its
        ]
        return f"{self.table} {self.key}: {'; '.join(told)}"


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """The outcome: rows compared by table, all differences counted, the first ones listed.

    `totals` has, for books and warehouse, the number of sales lines, units, sales and profit.
    `wrong_cells` counts for each summary table the cells that are not what the warehouse's own facts are, and
    what is noted wrongly of all of them;
    `cells` tells of the first of them.
    """

    run_id: int
    as_of: Any
    compared: Mapping[str, int]
    differences: tuple[Difference, ...]
    count: int
    waiting: int
    quarantined: int
    totals: Mapping[str, Mapping[str, Decimal | int]]
    wrong_cells: Mapping[str, int]
    cells: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.count and not any(self.wrong_cells.values())


COMPARED = (
    Compared(
        name="customers",
        key=1,
        columns=("customer_id", "customer_name", "region", "segment_name", "market"),
        quarantine="dim_customer",
        waits=lambda changes, row: row[0] in changes.customers,
    ),
    Compared(
        name="products",
        key=1,
        columns=("product_id", "product_name", "category_name", "subcategory_name"),
        quarantine="dim_product",
        waits=lambda changes, row: row[0] in changes.products,
    ),
    Compared(
        name="returns",
        key=1,
        columns=("return_id", "return_status", "return_region", "return_reason"),
        quarantine="dim_return",
        waits=lambda changes, row: row[0] in changes.returns,
    ),
    Compared(
        name="sales",
        key=2,
        columns=(
            *("order_id", "line_no", "customer_id", "product_id", "order_date", "ship_date", "quantity"),
            *("sales", "discount", "discount_rate", "profit", "shipping_cost"),
            *("order_priority", "ship_mode", "market", "region"),
        ),
        quarantine="fact_sales",
        waits=lambda changes, row: row[0] in changes.orders,
    ),
    Compared(
        name="returned",
        key=2,
        columns=(
            *("return_id", "line_no", "order_id", "customer_id", "product_id", "order_date", "return_date"),
            *("return_status", "quantity", "returned_sales"),
        ),
        quarantine="fact_return",
        waits=lambda changes, row: row[0] in changes.returns or row[2] in changes.orders,
    ),
)


def block(name: str) -> LiteralString:
    """A named statement of `reconcile.sql`."""
    return blocks(__package__, "reconcile.sql")[name]


def reconcile(ends: Ends, *, progress: Progress = lambda _table, _rows: None) -> Reconciliation:
    """Compare books and warehouse; no run may move either side meanwhile.

    Raises PipelineError when there was no run yet or the source is another one than the warehouse's.
    """
    with only_runner(ends), opened(ends) as engine, ends.open_source() as connection:
        source = Source(connection)
        with source.snapshot() as position:
            standing = history.read_watermark(engine)
            if standing is None:
                raise PipelineError("nothing to reconcile yet: run `awesome etl run` first")
            wrong = pipeline.why_full(source, position, standing, asked=False)
            if wrong:
                raise PipelineError(f"{wrong}; `awesome etl run` puts it right")
            changes = source.changes(standing.watermark, Retry())
            source.expect_many_rows()
            return _compare_all(source, engine, standing, changes, progress)


def _compare_all(
    source: Source, engine: Engine, standing: history.Watermark, changes: Changes, progress: Progress
) -> Reconciliation:
    refused = {(row.table_name, row.row_key) for row in history.quarantined(engine)}
    tally = _Tally(changes=changes, refused=refused, progress=progress)
    for pair in COMPARED:
        books = source.stream(block(f"source_{pair.name}"))
        warehouse = engine.stream(block(f"warehouse_{pair.name}"))
        if pair.name == "sales":
            books, warehouse = tally.books.passing(books), tally.warehouse.passing(warehouse)
        tally.compare(pair, _side_by_side(books, warehouse, pair.key))
    cells = {summary.name: comparing.differences(engine, summary, most=_CELLS_SHOWN) for summary in SUMMARIES}
    unnoted = comparing.orders_unnoted(engine)
    return Reconciliation(
        run_id=standing.run_id,
        as_of=standing.as_of,
        compared=tally.compared,
        differences=tuple(tally.shown),
        count=tally.count,
        waiting=tally.waiting,
        quarantined=len(refused),
        totals={"books": tally.books.named(), "warehouse": tally.warehouse.named()},
        wrong_cells={name: count for name, (count, _) in cells.items()} | {CONTROL: int(unnoted is not None)},
        cells=(
            *(each.text for _, found in cells.values() for each in found),
            *([unnoted] if unnoted else []),
        ),
    )


@dataclass(kw_only=True)
class _Totals:
    """Sums of the sales lines that pass by."""

    lines: int = 0
    units: int = 0
    sales: Decimal = Decimal(0)
    profit: Decimal = Decimal(0)

    def passing(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self.lines += 1
            self.units += row[6]
            self.sales += row[7]
            self.profit += row[10]
            yield row

    def named(self) -> dict[str, Decimal | int]:
        return dict(vars(self))


@dataclass(kw_only=True)
class _Tally:
    """What the walk has found so far."""

    changes: Changes
    refused: set[tuple[str, str]]
    progress: Progress
    books: _Totals = field(default_factory=_Totals)
    warehouse: _Totals = field(default_factory=_Totals)
    compared: dict[str, int] = field(default_factory=dict)
    shown: list[Difference] = field(default_factory=list)
    count: int = 0
    waiting: int = 0

    def compare(self, pair: Compared, rows: Iterator[tuple[Row | None, Row | None]]) -> None:
        done = 0
        for done, (mine, its) in enumerate(rows, 1):
            if mine != its:
                self._differ(pair, mine, its)
            if done % _PROGRESS_EVERY == 0:
                self.progress(pair.name, done)
        self.compared[pair.name] = done
        self.progress(pair.name, done)

    def _differ(self, pair: Compared, mine: Row | None, its: Row | None) -> None:
        row = mine or its
        assert row is not None
        key = "/".join(str(part) for part in row[: pair.key])
        if pair.waits(self.changes, row):
            self.waiting += 1
        elif (pair.quarantine, key) not in self.refused:
            self.count += 1
            if len(self.shown) < _MOST_SHOWN:
                self.shown.append(
                    Difference(table=pair.name, key=key, columns=pair.columns, books=mine, warehouse=its)
                )


def _side_by_side(
    left: Iterator[Row], right: Iterator[Row], key: int
) -> Iterator[tuple[Row | None, Row | None]]:
    """Pair rows of two streams sorted by their first `key` columns; None where one side has no such row."""
    mine, its = next(left, None), next(right, None)
    while mine is not None or its is not None:
        if its is None or (mine is not None and mine[:key] < its[:key]):
            yield mine, None
            mine = next(left, None)
        elif mine is None or its[:key] < mine[:key]:
            yield None, its
            its = next(right, None)
        else:
            yield mine, its
            mine, its = next(left, None), next(right, None)
