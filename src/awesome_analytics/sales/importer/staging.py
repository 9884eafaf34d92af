"""The second reading: rows go by COPY into a temporary table, refused ones with their reason."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, LiteralString

import psycopg

from awesome_analytics.sales.importer.columns import Column
from awesome_analytics.sales.importer.prepare import OnProgress, Prepared
from awesome_analytics.sales.importer.refusal import RefusedCell
from awesome_analytics.sales.importer.rows import Reader, Value

Connection = psycopg.Connection[tuple[Any, ...]]
RowOf = Callable[[int, dict[str, Value]], tuple[Value, ...] | None]
"""From a row's line and values to what is staged of it; None leaves the row out, RefusedCell refuses it."""

_EVERY = 1 << 12


def stage(
    connection: Connection,
    copy: LiteralString,
    prepared: Prepared,
    reader: Reader,
    *,
    columns: Sequence[Column],
    row_of: RowOf,
    on_progress: OnProgress,
) -> None:
    """Copy every row: line, problem and cell, then what `row_of` makes of its values."""
    doing = f"checking {prepared.source.path.name}"
    with connection.cursor() as cursor, cursor.copy(copy) as into:
        for count, row in enumerate(_rows(prepared, reader, columns, row_of), 1):
            if row is not None:
                into.write_row(row)
            if count % _EVERY == 0:
                on_progress(doing, count, prepared.rows)


def _rows(
    prepared: Prepared, reader: Reader, columns: Sequence[Column], row_of: RowOf
) -> Iterator[tuple[Value, ...] | None]:
    read, nothing = reader.rows(columns), (None,) * len(columns)
    for row in prepared.source.rows():
        try:
            values = row_of(row.line, read(row))
        except RefusedCell as refused:
            yield (row.line, refused.problem, refused.cell, *nothing)
        else:
            yield None if values is None else (row.line, None, None, *values)
