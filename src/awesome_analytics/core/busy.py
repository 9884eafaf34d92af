"""One statement for the busiest path, run by libpq's own blocking call.

psycopg's ordinary execute waits in Python, which costs more than a small statement takes on the server.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.pq import DiagnosticField, ExecStatus

_NAMED = re.compile(r"%\((\w+)\)s")
_NOT_PREPARED = b"26000"


class BusyStatement:
    """A statement that returns at most one row of one text column; values are text, dates or None."""

    def __init__(self, name: str, sql: LiteralString) -> None:
        self._sql = sql
        self._name = name.encode()
        self._order = tuple(dict.fromkeys(_NAMED.findall(sql)))
        numbers = {field: f"${number}" for number, field in enumerate(self._order, 1)}
        self._numbered = _NAMED.sub(lambda found: numbers[found[1]], sql).encode()

    def run(self, connection: Connection[Any], values: Mapping[str, str | date | None]) -> str | None:
        """The value, None when there is no row; commits by itself on a connection in autocommit.

        Raises what psycopg raises: a statement that failed is given to it again, which fails alike.
        """
        sent: list[Any] = [_text(values[name]) for name in self._order]
        result = connection.pgconn.exec_prepared(self._name, sent)
        if result.error_field(DiagnosticField.SQLSTATE) == _NOT_PREPARED:
            connection.pgconn.prepare(self._name, self._numbered)
            result = connection.pgconn.exec_prepared(self._name, sent)
        if result.status != ExecStatus.TUPLES_OK:
            row = connection.execute(self._sql, values).fetchone()
            return None if row is None else str(row[0])
        value = result.get_value(0, 0) if result.ntuples else None
        return None if value is None else value.decode()


def _text(value: str | date | None) -> bytes | None:
    return None if value is None else str(value).encode()
