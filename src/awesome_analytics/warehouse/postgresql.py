"""The star on PostgreSQL."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import psycopg

from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import ServerUnavailable
from awesome_analytics.warehouse.engine import (
    PUBLISH_PATIENCE,
    PUBLISH_PAUSE,
    RETIRED,
    SHADOW,
    Blocks,
    Row,
    checked,
    filled,
    listed,
    still_read,
)
from awesome_analytics.warehouse.star import Column, Kind

_TYPES = {
    Kind.ID: 'varchar(64) collate "C"',
    Kind.NAME: 'varchar(200) collate "C"',
    Kind.KEY: "integer",
    Kind.WHOLE: "integer",
    Kind.MONEY: "numeric(18, 5)",
    Kind.RATE: "numeric(9, 6)",
    Kind.DATE: "date",
    Kind.COUNT: "bigint",
    Kind.AMOUNT: "numeric(24, 5)",
    Kind.RATES: "numeric(24, 6)",
}

_READABLE = ("dim_", "fact_", "agg_", "etl_log")


class PostgresqlEngine:
    """A connection to a PostgreSQL warehouse."""

    name = "postgresql"
    passes_over_lines: Sequence[str] = ("sum_lines", "count_orders", "cells_of_lines")

    def __init__(self, url: DatabaseUrl) -> None:
        try:
            self._connection = psycopg.connect(**url.parameters(), autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise ServerUnavailable(f"the warehouse at {url} can't be reached: {error}") from error
        self._connection.execute("set client_min_messages = warning")

    def query(self, sql: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Rows of one statement."""
        return self._connection.execute(sql, values or None).fetchall()

    def stream(self, sql: LiteralString) -> Iterator[Row]:
        """Rows through a server-side cursor."""
        with self._connection.transaction(), self._connection.cursor(name="stream") as cursor:
            cursor.itersize = 10_000
            cursor.execute(sql)
            yield from cursor

    def execute(self, sql: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Run one statement; returns the number of rows it touched."""
        return self._connection.execute(sql, values or None).rowcount

    def create_stage(self, name: str, columns: Sequence[Column], *, key: Sequence[str]) -> None:
        """An empty temporary table."""
        self.execute(self.statement("drop_stage", name=name))
        declared = [f"{checked(c.name)} {_TYPES[c.kind]}" for c in columns]
        parts = ", ".join([*declared, f"primary key ({listed(key)})"])
        self.execute(self.statement("create_stage", name=name, columns=parts))

    def stage(self, name: str, columns: Sequence[Column], blocks: Blocks, *, key: Sequence[str]) -> int:
        """Load rows into a temporary table."""
        self.create_stage(name, columns, key=key)
        return self.load(name, [column.name for column in columns], blocks)

    def load(self, name: str, columns: Sequence[str], blocks: Blocks) -> int:
        """Load rows by COPY."""
        # A frozen row is seen by every reader of the table, however old their snapshot: it never looks empty.
        copy_in = "copy_in_frozen" if name.endswith(SHADOW) else "copy_in"
        statement = self.statement(copy_in, name=name, columns=listed(columns))
        with self._connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for block in blocks:
                    copy.write(block)
            return cursor.rowcount

    def statement(self, block: str, **parts: str) -> LiteralString:
        """One of `postgresql.sql`'s statements."""
        return filled(self.name, block, parts)

    def same(self, left: str, right: str, columns: Iterable[str]) -> str:
        """Row comparison, nulls included."""
        names = list(columns)
        return f"({listed(names, of=left)}) is not distinct from ({listed(names, of=right)})"

    def create_shadows(self, names: Sequence[str]) -> None:
        """Empty copies without an index."""
        for name in names:
            self.execute(self.statement("drop_table", name=name + SHADOW))
            self.execute(self.statement("create_shadow", name=name))

    def index_shadows(self, names: Sequence[str]) -> None:
        """The tables' own definitions, on the shadows, and what the planner must know of them."""
        self.execute(self.statement("room_to_sort"))
        for name in names:
            values = {"table": name, "shadow": name + SHADOW}
            for (statement,) in self.query(self.statement("index_definitions"), values):
                self.execute(statement)
            self.execute(self.statement("analyze", name=name + SHADOW))

    def publish(self, names: Sequence[str]) -> None:
        """Swap inside the running transaction; the caller's commit makes it visible."""
        self._lock(names)
        for name in names:
            indexes = [row[0] for row in self._indexes(name)]
            fresh = [row[0] for row in self._indexes(name + SHADOW)]
            self.execute(self.statement("rename", name=name, new_name=name + RETIRED))
            self.execute(self.statement("rename", name=name + SHADOW, new_name=name))
            self.execute(self.statement("drop_table", name=name + RETIRED))
            for old, new in zip(indexes, fresh, strict=True):
                self.execute(self.statement("rename_index", name=new, new_name=old))
            if name.startswith(_READABLE):
                self.execute(self.statement("grant_reader", name=name))

    def _lock(self, names: Sequence[str]) -> None:
        """Hold all tables or none: who holds some and waits for others is a reader's deadlock."""
        end = time.monotonic() + PUBLISH_PATIENCE
        statement = self.statement("lock_tables", names=listed(names))
        while time.monotonic() < end:
            with suppress(psycopg.errors.LockNotAvailable), self._connection.transaction():
                self._connection.execute(self.statement("lock_patience"))
                self._connection.execute(statement)
                return
            time.sleep(PUBLISH_PAUSE)
        raise still_read()

    def _indexes(self, table: str) -> list[Row]:
        return self.query(self.statement("indexes"), {"table": table})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction."""
        with self._connection.transaction():
            yield

    def claim(self, seconds: float) -> bool:
        """An advisory lock of the session."""
        self.query(self.statement("lock_limit"), {"limit": str(round(seconds * 1000))})
        try:
            self.query(self.statement("claim"))
        except psycopg.errors.LockNotAvailable:
            return False
        self.query(self.statement("lock_limit"), {"limit": "0"})
        return True

    def cancel_after(self, seconds: float) -> None:
        """Limit each statement's time."""
        self.query(self.statement("time_limit"), {"limit": str(round(seconds * 1000))})

    def cancel(self) -> None:
        """Ask the server on a connection of its own."""
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=5.0)

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()
