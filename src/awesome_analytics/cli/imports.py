"""`awesome import`."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from awesome_analytics.cli.context import Context, command
from awesome_analytics.core.money import to_cent
from awesome_analytics.sales.importer import (
    Defaults,
    ImportReport,
    ImportRequest,
    OrdersReport,
    ReturnsReport,
    import_files,
)
from awesome_analytics.sales.importer.dates import DateStyle
from awesome_analytics.sales.importer.prepare import OnProgress
from awesome_analytics.sales.importer.report import Difference, FileFacts, Rows, Things

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_QUIET_SECONDS = 1.0
_LISTED = 1000
_SHOWN = 3


@command(name="import")
@click.argument("orders", type=_FILE, required=False, metavar="[ORDERS.csv[.gz]]")
@click.option("--returns", type=_FILE, metavar="FILE", help="A file of returns: Returned, Order ID, Market.")
@click.option("--dry-run", is_flag=True, help="Do everything, report it, and keep nothing.")
@click.option("--update", is_flag=True, help="Take the file's values for rows the books hold with others.")
@click.option(
    "--date-style",
    type=click.Choice([style.value for style in DateStyle]),
    default=DateStyle.AUTO.value,
    help="How 05/02/2013 is read, where the file itself can't tell.",
)
@click.option("--market", help="The market of all rows of a file without the column Market.")
@click.option("--priority", help="The priority of all orders of a file without the column Order Priority.")
@click.option("--refused", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Where refused rows go, with line and reason.")  # fmt: skip
def import_orders(
    context: Context,
    *,
    orders: Path | None,
    returns: Path | None,
    dry_run: bool,
    update: bool,
    date_style: str,
    market: str | None,
    priority: str | None,
    refused: Path | None,
) -> int:
    """Read a Superstore CSV file into the books; the same file again changes nothing."""
    request = ImportRequest(
        actor=context.actor,
        refused_folder=context.settings.home / "imports",
        orders=orders,
        returns=returns,
        refused=refused,
        dry_run=dry_run,
        update=update,
        date_style=DateStyle(date_style),
        defaults=Defaults(market=market, priority=priority),
    )
    with context.shop() as shop, shop.entry() as connection, _progress(context) as on_progress:
        report = import_files(connection, request, on_progress=on_progress)
    context.answer(_as_data(report), text=lambda: "\n".join(_told(report)))
    return 1 if report.nothing_taken else 0


# ---------------------------------------------------------------- progress


@contextmanager
def _progress(context: Context) -> Iterator[OnProgress]:
    """A bar on stderr that a short import never shows."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
        console=context.err,
        transient=True,
        disable=not context.err.is_terminal,
    )
    started, tasks = time.monotonic(), list[TaskID]()

    def on_progress(doing: str, done: int, of: int | None) -> None:
        if time.monotonic() - started < _QUIET_SECONDS:
            return
        if not tasks:
            bar.start()
            tasks.append(bar.add_task(doing))
        bar.update(tasks[0], description=doing, completed=done, total=of)

    try:
        yield on_progress
    finally:
        bar.stop()


# ---------------------------------------------------------------- --json


def _as_data(report: ImportReport) -> dict[str, Any]:
    """The report with at most a thousand differences of a kind; their count is whole."""
    orders = None if report.orders is None else _orders_data(report.orders)
    returns = None if report.returns is None else asdict(report.returns)
    return {"dry_run": report.dry_run, "orders": orders, "returns": returns}


def _orders_data(report: OrdersReport) -> dict[str, Any]:
    short = replace(
        report,
        orders=_shortened(report.orders),
        customers=_shortened(report.customers),
        products=_shortened(report.products),
    )
    data = asdict(short)
    for name in ("orders", "customers", "products"):
        data[name]["differing_count"] = len(getattr(report, name).differing)
    return data


def _shortened(things: Things) -> Things:
    return replace(things, differing=things.differing[:_LISTED])


# ---------------------------------------------------------------- for people


def _told(report: ImportReport) -> Iterator[str]:
    if report.orders is not None:
        yield from _told_orders(report.orders)
    if report.returns is not None:
        yield from _told_returns(report.returns)
    if report.dry_run:
        yield "Dry run: nothing was kept."


def _told_orders(report: OrdersReport) -> Iterator[str]:
    yield from _told_file(report.facts, report.rows)
    for word, things in (
        ("orders", report.orders),
        ("customers", report.customers),
        ("products", report.products),
    ):
        yield from _told_things(word, things)
    yield (
        f"  sums      sales {_money(report.sales)}, profit {_money(report.profit)}, "
        f"{report.units:,} units in the rows taken"
    )
    yield from _told_splits(report)
    yield from _told_days(report)
    if report.orders_varied:
        yield (
            f"  note      {_of(report.orders_varied, 'order')} with several priorities, markets or regions: "
            f"the earliest row's were taken ({_some(report.orders_varied)})"
        )
    if report.customers_varied:
        yield (
            f"  note      {_of(report.customers_varied, 'customer')} with several names or segments: "
            f"the first were taken ({_some(report.customers_varied)})"
        )
    if report.not_shipped:
        yield f"  note      {report.not_shipped:,} rows without Ship Date: not shipped yet"
    yield from _told_added(report.added)
    yield f"  time      {report.seconds:.1f} s"


def _told_days(report: OrdersReport) -> Iterator[str]:
    if report.orders_of_several_days:
        several = [f"{order.id} of {order.what}" for order in report.orders_of_several_days]
        yield (
            f"  note      {_of(several, 'order')} with lines of several days: the order has the earliest, "
            f"a later line its own ({_some(several)})"
        )


def _told_returns(report: ReturnsReport) -> Iterator[str]:
    yield from _told_file(report.facts, report.rows)
    yield f"  returns   {report.returns_named:,}, of these new {report.returns_new:,}"
    if report.not_returned:
        yield f"  note      {report.not_returned:,} rows say that the order was not returned"
    if report.dates_raised:
        yield (
            f"  note      {report.dates_raised:,} returns of orders that share their id were dated before "
            "their own order and moved to its date"
        )
    if report.markets_unknown:
        yield (
            f"  note      {_of(range(report.markets_unknown), 'row')} with a market where the Order ID has "
            "no order: every order of the id was taken"
        )
    if report.splits:
        yield (
            f"  ids       {len(report.splits):,} returns got a suffix, their id being taken: "
            f"{_some([f'{split.source_id} -> {split.id}' for split in report.splits])}"
        )
    yield from _told_added(report.added)
    yield f"  time      {report.seconds:.1f} s"


def _told_file(facts: FileFacts, rows: Rows) -> Iterator[str]:
    yield f"{facts.file}: {facts.encoding}, dates {facts.date_style}"
    yield (
        f"  rows      {rows.read:,} read: {rows.inserted:,} inserted, {rows.updated:,} updated, "
        f"{rows.unchanged:,} unchanged, {rows.differing:,} differing, {rows.refused:,} refused"
    )
    for problem, count in rows.problems.items():
        yield f"  refused   {count:,} x {problem}"
    if rows.differing:
        yield "  differing the books were left as they are; --update takes the file's values"
    if rows.refused_file is not None:
        yield f"  see       {rows.refused_file}"
    yield from _told_mends(facts)


def _told_mends(facts: FileFacts) -> Iterator[str]:
    done = (
        (facts.mended_accents, "double-encoded cells mended"),
        (facts.plain_spaces, "cells' no-break spaces made plain"),
        (facts.rounded_numbers, "numbers with more decimals than the books keep rounded half-up"),
    )
    for count, what in done:
        if count:
            yield f"  mended    {count:,} {what}"
    if facts.missing_columns:
        yield f"  columns   not in the file, filled for all rows: {', '.join(facts.missing_columns)}"


def _told_things(word: str, things: Things) -> Iterator[str]:
    updated = f", updated {things.updated:,}" if things.updated else ""
    yield f"  {word:<9} {things.named:,}, of these new {things.new:,}{updated}"
    if things.differing:
        yield f"            {len(things.differing):,} differ from the books: {_examples(things.differing)}"


def _told_splits(report: OrdersReport) -> Iterator[str]:
    for word, shared_by, splits in (
        ("order", "customers", report.order_splits),
        ("product", "names", report.product_splits),
    ):
        if splits:
            ids = sorted({split.source_id for split in splits})
            yield (
                f"  ids       {_of(ids, 'id')} shared by several {shared_by}: "
                f"{_of(splits, word)} with a suffix ({_some([split.id for split in splits])})"
            )


def _told_added(added: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for kind, names in added.items():
        yield f"  added     {kind.replace('_', ' ')}: {', '.join(names)}"


def _examples(differing: Sequence[Difference]) -> str:
    return _some([f"{difference.id} ({difference.what})" for difference in differing])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _of(names: Sequence[object], word: str) -> str:
    return f"{len(names):,} {word}{'' if len(names) == 1 else 's'}"


def _money(amount: Decimal) -> str:
    return f"{to_cent(amount):,}"
