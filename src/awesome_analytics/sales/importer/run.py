"""An import from its request to its report: all files are looked at before the first is taken."""

from contextlib import nullcontext

from awesome_analytics.sales.importer.books import one_transaction
from awesome_analytics.sales.importer.columns import ORDER_COLUMNS, RETURN_COLUMNS
from awesome_analytics.sales.importer.orders import import_orders
from awesome_analytics.sales.importer.prepare import OnProgress, Prepared, prepare
from awesome_analytics.sales.importer.report import ImportReport
from awesome_analytics.sales.importer.request import ImportRequest
from awesome_analytics.sales.importer.returns import import_returns
from awesome_analytics.sales.importer.staging import Connection


def _silent(_doing: str, _done: int, _of: int | None) -> None:
    return


def import_files(
    connection: Connection, request: ImportRequest, *, on_progress: OnProgress = _silent
) -> ImportReport:
    """Take the files of the request, one transaction each; a dry run keeps nothing.

    `connection` is an autocommit one as awesome_entry. Raises InvalidInput for a file that can't be taken as
    a whole, Conflict when others changed the books in between; the file it names is not taken then.
    """
    orders, returns = _prepare_orders(request, on_progress), _prepare_returns(request, on_progress)
    with connection.transaction(force_rollback=True) if request.dry_run else nullcontext():
        orders_report = returns_report = None
        if orders is not None:
            with one_transaction(connection, request.actor):
                orders_report = import_orders(connection, orders, request, on_progress)
        if returns is not None:
            with one_transaction(connection, request.actor):
                returns_report = import_returns(connection, returns, request, on_progress)
    return ImportReport(dry_run=request.dry_run, orders=orders_report, returns=returns_report)


def _prepare_orders(request: ImportRequest, on_progress: OnProgress) -> Prepared | None:
    if request.orders is None:
        return None
    return prepare(
        request.orders,
        field="ORDERS",
        columns=ORDER_COLUMNS,
        defaults=request.defaults.by_column(),
        style=request.date_style,
        on_progress=on_progress,
    )


def _prepare_returns(request: ImportRequest, on_progress: OnProgress) -> Prepared | None:
    if request.returns is None:
        return None
    return prepare(
        request.returns,
        field="--returns",
        columns=RETURN_COLUMNS,
        defaults={},
        style=request.date_style,
        on_progress=on_progress,
    )
