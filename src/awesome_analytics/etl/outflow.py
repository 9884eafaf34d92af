"""COPY out of PostgreSQL in large pieces: psycopg's own reader costs more than the row it reads."""

import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg import errors, pq

_PIECE = 1 << 16


def copy_out(
    connection: psycopg.Connection[Any], statement: LiteralString, values: dict[str, Any] | None = None
) -> Iterator[bytes]:
    """The rows of a `copy ... to stdout`, many in a piece. Leaving early cancels the statement."""
    text = psycopg.ClientCursor(connection).mogrify(statement, values)
    pgconn = connection.pgconn
    pgconn.send_query(text.encode())
    _expect(pgconn, pq.ExecStatus.COPY_OUT)
    with _drained(connection):
        yield from _pieces(pgconn)
        _expect(pgconn, pq.ExecStatus.COMMAND_OK)
        _finish(pgconn)


def _pieces(pgconn: pq.abc.PGconn) -> Iterator[bytes]:
    rows: list[bytes] = []
    size = 0
    while (count := _next(pgconn, rows)) > 0:
        size += count
        if size >= _PIECE:
            yield b"".join(rows)
            rows, size = [], 0
    yield b"".join(rows)


def _next(pgconn: pq.abc.PGconn, rows: list[bytes]) -> int:
    """Add the next row; returns its size, or -1 at the end."""
    while True:
        count, row = pgconn.get_copy_data(1)
        if count > 0:
            rows.append(bytes(row))
        if count:
            return count
        select.select([pgconn.socket], [], [])
        pgconn.consume_input()


def _expect(pgconn: pq.abc.PGconn, status: pq.ExecStatus) -> None:
    result = pgconn.get_result()
    if result is None or result.status != status:
        error = (
            errors.error_from_result(result) if result else psycopg.OperationalError("the server fell silent")
        )
        _finish(pgconn)
        raise error


@contextmanager
def _drained(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Leave the connection ready for its next statement, however the reading ended."""
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            if connection.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
                connection.cancel_safe(timeout=10)
                _finish(connection.pgconn)


def _finish(pgconn: pq.abc.PGconn) -> None:
    while (result := pgconn.get_result()) is not None:
        if result.status == pq.ExecStatus.COPY_OUT:
            while _next(pgconn, []) > 0:
                pass
