"""A file of orders into the books, inside the caller's transaction."""

import time
from typing import Any

from awesome_analytics.sales.importer.books import Books
from awesome_analytics.sales.importer.columns import ORDER_COLUMNS
from awesome_analytics.sales.importer.prepare import OnProgress, Prepared
from awesome_analytics.sales.importer.quarantine import write_quarantine
from awesome_analytics.sales.importer.report import OrdersReport, Rows, Things
from awesome_analytics.sales.importer.request import ImportRequest
from awesome_analytics.sales.importer.rows import Tally, Value, refuse_early_shipping
from awesome_analytics.sales.importer.staging import Connection, stage

_CHOICES = ("market", "region", "order_priority", "ship_mode", "segment", "category", "subcategory")
_THINGS = ("orders", "customers", "products")

_FIND_THINGS = ("stage_products", "find_products_imported", "find_products_entered", "stage_orders",
                "find_orders_imported", "find_orders_entered", "stage_customers")  # fmt: skip
_PAIR_LINES = ("analyze_named", "stage_file_lines", "stage_book_lines", "analyze_lines", "pair_equal_lines",
               "pair_lines_of_other_days", "pair_other_lines", "stage_new_lines")  # fmt: skip
_FIND_DAYS = ("stage_dated_lines", "stage_days", "analyze_days", "stage_differing_lines")
_ADD_THINGS = ("insert_customers", "insert_products", "remember_products", "insert_orders",
               "remember_orders", "move_customers")  # fmt: skip
_UPDATE_THINGS = ("update_customers", "update_products", "update_orders")
_ADD_LINES = (
    "refuse_lines_before_books",
    "refuse_lines_beyond_count",
    "forget_refused_lines",
    "insert_lines",
)
_UPDATE_LINES = ("update_lines", "date_lines", "date_orders")


def import_orders(
    connection: Connection, prepared: Prepared, request: ImportRequest, on_progress: OnProgress
) -> OrdersReport:
    """Take the file's rows; refused ones go to the quarantine file."""
    started = time.monotonic()
    books, reader = Books(connection, "orders.sql", "which_order.sql"), prepared.reader()
    books.run("create_stage")
    stage(
        connection,
        books.sql["copy_stage"],
        prepared,
        reader,
        columns=ORDER_COLUMNS,
        row_of=_row_of,
        on_progress=on_progress,
    )
    on_progress(f"entering {prepared.source.path.name}", prepared.rows, prepared.rows)
    books.run("analyze_stage")
    added = books.added(_CHOICES)
    books.run(*_FIND_THINGS)
    books.give_ids("products")
    books.give_ids("orders")
    books.run(
        *_PAIR_LINES, *_FIND_DAYS, "stand_by_file" if request.update else "stand_by_books", *_ADD_THINGS
    )
    before = _differing(books)
    books.run(*(_UPDATE_THINGS if request.update else ()), *_ADD_LINES)
    books.run(*(_UPDATE_LINES if request.update else ()))
    report = _report(books, prepared, reader.tally, request, added=added, before=before, started=started)
    books.log(request.actor, report.facts, {"kind": "orders", "update": request.update}, _counts(report))
    return report


def _row_of(line: int, values: dict[str, Value]) -> tuple[Value, ...]:
    refuse_early_shipping(values)
    if values["ordinal"] is None:
        # Rows without a usable Row ID count by their line in the file.
        values["ordinal"] = line
    return tuple(values.values())


def _differing(books: Books) -> dict[str, int]:
    return {thing: len(books.rows(f"{thing}_differing")) for thing in _THINGS}


def _report(
    books: Books,
    prepared: Prepared,
    tally: Tally,
    request: ImportRequest,
    *,
    added: Any,
    before: dict[str, int],
    started: float,
) -> OrdersReport:
    read, refused, equal, other, new, not_shipped, sales, profit, units = books.row("line_counts")
    with books.stream("lines_refused" if request.update else "lines_not_taken") as verdicts:
        written = write_quarantine(prepared.source, verdicts, request.refused_file(prepared.source.path))
    return OrdersReport(
        facts=prepared.facts(tally),
        rows=Rows(
            read=read,
            inserted=new,
            updated=other if request.update else 0,
            unchanged=equal,
            differing=0 if request.update else other,
            refused=refused,
            problems=dict(books.rows("problems")),
            refused_file=written,
        ),
        **_things(books, before),
        order_splits=books.splits("order_splits"),
        product_splits=books.splits("product_splits"),
        orders_of_several_days=books.differences("orders_of_several_days"),
        orders_varied=tuple(row[0] for row in books.rows("orders_varied")),
        customers_varied=tuple(row[0] for row in books.rows("customers_with_several_names")),
        not_shipped=not_shipped,
        added=added,
        sales=sales,
        profit=profit,
        units=int(units),
        seconds=round(time.monotonic() - started, 3),
    )


def _things(books: Books, before: dict[str, int]) -> dict[str, Any]:
    found = {}
    for thing, named, new in books.rows("thing_counts"):
        differing = books.differences(f"{thing}_differing")
        found[thing] = Things(
            named=named, new=new, updated=before[thing] - len(differing), differing=differing
        )
    return found


def _counts(report: OrdersReport) -> dict[str, Any]:
    rows = report.rows
    return {
        "read": rows.read,
        "inserted": rows.inserted,
        "updated": rows.updated,
        "unchanged": rows.unchanged,
        "differing": rows.differing,
        "refused": rows.refused,
        "orders": report.orders.new,
        "customers": report.customers.new,
        "products": report.products.new,
    }
