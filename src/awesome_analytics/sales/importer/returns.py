"""A file of returns into the books, inside the caller's transaction."""

import time
from collections.abc import Mapping
from typing import Any

from awesome_analytics.sales.importer.books import Books
from awesome_analytics.sales.importer.columns import RETURN_COLUMNS
from awesome_analytics.sales.importer.prepare import OnProgress, Prepared
from awesome_analytics.sales.importer.quarantine import write_quarantine
from awesome_analytics.sales.importer.report import ReturnsReport, Rows
from awesome_analytics.sales.importer.request import ImportRequest
from awesome_analytics.sales.importer.rows import Value
from awesome_analytics.sales.importer.staging import Connection, stage

_STAGED = tuple(column for column in RETURN_COLUMNS if column.name != "returned")

_CLAIM = ("analyze_stage", "refuse_quantity_alone", "stage_orders", "analyze_orders", "refuse_unknown_orders",
          "forget_markets_of_no_order", "refuse_early_returns", "stage_claims", "index_claims_by_order",
          "index_claims_by_return", "analyze_claims", "refuse_unknown_products", "refuse_unclear_products",
          "forget_refused_claims", "refuse_repeated_returns", "forget_refused_claims")  # fmt: skip
_FIND = ("find_returns_by_id", "find_whole_orders", "find_products", "mark_new", "analyze_claims")
_LIMIT = ("refuse_more_than_bought", "forget_refused_claims", "refuse_nothing_left", "forget_refused_claims")


def import_returns(
    connection: Connection, prepared: Prepared, request: ImportRequest, on_progress: OnProgress
) -> ReturnsReport:
    """Take the file's rows; refused ones go to the quarantine file."""
    started = time.monotonic()
    books, reader, skipped = Books(connection, "returns.sql"), prepared.reader(), _Skipped()
    books.run("create_stage")
    stage(
        connection,
        books.sql["copy_stage"],
        prepared,
        reader,
        columns=_STAGED,
        row_of=skipped.row_of,
        on_progress=on_progress,
    )
    on_progress(f"entering {prepared.source.path.name}", prepared.rows, prepared.rows)
    books.run(*_CLAIM, *_FIND, *_LIMIT)
    added = books.added(("region", "return_reason"))
    books.give_ids("returns")
    _number(books, dry_run=request.dry_run)
    books.run("analyze_claims", "insert_returns", "remember_returns")
    report = _report(
        books,
        prepared,
        request,
        facts=prepared.facts(reader.tally),
        added=added,
        skipped=skipped.count,
        started=started,
    )
    books.log(request.actor, report.facts, {"kind": "returns", "update": request.update}, _counts(report))
    return report


class _Skipped:
    """Rows that say the order was not returned after all."""

    def __init__(self) -> None:
        self.count = 0

    def row_of(self, _line: int, values: dict[str, Value]) -> tuple[Value, ...] | None:
        if values.pop("returned", None) == "no":
            self.count += 1
            return None
        return tuple(values.values())


def _number(books: Books, *, dry_run: bool) -> None:
    """Give returns without an id the shop's own next numbers, leaving out those that files have used."""
    if dry_run:
        books.run("shadow_numbers", "create_shadow")
    while books.connection.execute(books.sql["number_returns"]).rowcount:
        pass
    if dry_run:
        books.run("drop_shadow")


def _report(
    books: Books,
    prepared: Prepared,
    request: ImportRequest,
    *,
    facts: Any,
    added: Mapping[str, tuple[str, ...]],
    skipped: int,
    started: float,
) -> ReturnsReport:
    updated = _update(books) if request.update else 0
    books.run("stage_differing")
    read, refused, new, differing = books.row("line_counts")
    with books.stream("lines_not_taken") as verdicts:
        written = write_quarantine(prepared.source, verdicts, request.refused_file(prepared.source.path))
    returns_new, returns_named, raised, of_no_market = books.row("claim_counts")
    return ReturnsReport(
        facts=facts,
        rows=Rows(
            read=read,
            inserted=new,
            updated=updated,
            unchanged=read - refused - new - differing - updated,
            differing=differing,
            refused=refused,
            problems=dict(books.rows("problems")),
            refused_file=written,
        ),
        returns_new=returns_new,
        returns_named=returns_named,
        not_returned=skipped,
        dates_raised=raised,
        markets_unknown=of_no_market,
        splits=books.splits("splits"),
        added=added,
        seconds=round(time.monotonic() - started, 3),
    )


def _update(books: Books) -> int:
    """Take the file's values; how many rows of the file agree with the books only now."""
    books.run("stage_differing")
    before = books.row("line_counts")[3]
    books.run("update_returns", "drop_differing", "stage_differing")
    after: int = books.row("line_counts")[3]
    books.run("drop_differing")
    return int(before - after)


def _counts(report: ReturnsReport) -> dict[str, Any]:
    rows = report.rows
    return {
        "read": rows.read,
        "inserted": rows.inserted,
        "updated": rows.updated,
        "unchanged": rows.unchanged,
        "differing": rows.differing,
        "refused": rows.refused,
        "returns": report.returns_new,
    }
