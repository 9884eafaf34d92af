"""The star on MySQL 8+ and MariaDB 10.11+."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString

import pymysql
from pymysql.constants import ER
from pymysql.cursors import Cursor, SSCursor

from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import PipelineError, ServerUnavailable
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
    Kind.ID: "varchar(64)",
    Kind.NAME: "varchar(200)",
    Kind.KEY: "int",
    Kind.WHOLE: "int",
    Kind.MONEY: "decimal(18, 5)",
    Kind.RATE: "decimal(9, 6)",
    Kind.DATE: "date",
    Kind.COUNT: "bigint",
    Kind.AMOUNT: "decimal(24, 5)",
    Kind.RATES: "decimal(24, 6)",
}

_STRICT = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
_BATCH = 1000
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def connect(url: DatabaseUrl, **options: Any) -> "pymysql.Connection[Cursor]":
    """A strict, exact, UTC connection; `%` placeholders, FOUND_ROWS off."""
    try:
        connection = pymysql.connect(
            host=url.host,
            port=url.port or 3306,
            user=url.user,
            password=url.password or "",
            database=url.database or None,
            charset="utf8mb4",
            collation="utf8mb4_bin",
            local_infile=True,
            autocommit=True,
            connect_timeout=10,
            **options,
        )
        with connection.cursor() as cursor:
            cursor.execute("set session sql_mode = %s, time_zone = '+00:00'", (_STRICT,))
        return connection
    except pymysql.err.OperationalError as error:
        raise ServerUnavailable(f"the warehouse at {url} can't be reached: {error.args[-1]}") from error


class MysqlEngine:
    """A connection to a MySQL or MariaDB warehouse."""

    name = "mysql"
    passes_over_lines: Sequence[str] = ("cells_of_lines",)

    def __init__(self, url: DatabaseUrl, *, on_note: Callable[[str], None]) -> None:
        self._url = url
        self._connection = connect(url)
        self._local_infile = bool(self.query("select @@local_infile")[0][0])
        if not self._local_infile:
            on_note("the warehouse forbids LOAD DATA LOCAL INFILE: rows go in batches, which is slower")

    def query(self, sql: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Rows of one statement."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def stream(self, sql: LiteralString) -> Iterator[Row]:
        """Rows as the server sends them."""
        with self._connection.cursor(SSCursor) as cursor:
            cursor.execute(sql)
            yield from cursor

    def execute(self, sql: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Run one statement; returns the number of rows it touched."""
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, values or None)

    def create_stage(self, name: str, columns: Sequence[Column], *, key: Sequence[str]) -> None:
        """An empty temporary table; neither dropping nor creating one commits."""
        self.execute(self.statement("drop_stage", name=name))
        declared = [f"{checked(c.name)} {_TYPES[c.kind]}" for c in columns]
        parts = ", ".join([*declared, f"primary key ({listed(key)})"])
        self.execute(self.statement("create_stage", name=name, columns=parts))

    def stage(self, name: str, columns: Sequence[Column], blocks: Blocks, *, key: Sequence[str]) -> int:
        """Load rows into a temporary table."""
        self.create_stage(name, columns, key=key)
        return self.load(name, [column.name for column in columns], blocks)

    def load(self, name: str, columns: Sequence[str], blocks: Blocks) -> int:
        """Load rows by LOAD DATA, or in batches where the server forbids LOCAL INFILE."""
        if not self._local_infile:
            return self._insert_batches(name, columns, blocks)
        statement = self.statement("copy_in", name=name, columns=listed(columns))
        feed = _Feed(blocks)
        try:
            with self._connection.cursor() as cursor, feed as path:
                loaded = cursor.execute(statement, {"path": path})
                warnings = cursor.warning_count
        except pymysql.err.MySQLError as error:
            raise feed.failure or error from error
        if feed.failure is not None:
            raise feed.failure
        self._refuse_losses(name, sent=feed.rows, loaded=loaded, warnings=warnings)
        return loaded

    def _refuse_losses(self, name: str, *, sent: int, loaded: int, warnings: int) -> None:
        # LOAD DATA LOCAL turns errors into warnings even in strict mode.
        if warnings or sent != loaded:
            told = [row[2] for row in self.query("show warnings limit 3")]
            raise PipelineError(
                f"{name}: {sent} rows sent, {loaded} loaded, {warnings} warnings ({'; '.join(told)})"
            )

    def _insert_batches(self, name: str, columns: Sequence[str], blocks: Iterable[bytes]) -> int:
        head = self.statement("insert_in", name=name, columns=listed(columns))
        places = "(" + ", ".join(["%s"] * len(columns)) + ")"
        loaded = 0
        batch: list[list[str | None]] = []
        for line in _lines(blocks):
            batch.append([_cell(cell) for cell in line.split("\t")])
            if len(batch) == _BATCH:
                loaded += self._insert_batch(head, places, batch)
                batch = []
        return loaded + (self._insert_batch(head, places, batch) if batch else 0)

    def _insert_batch(self, head: LiteralString, places: str, batch: list[list[str | None]]) -> int:
        statement = f"{head} {', '.join([places] * len(batch))}"
        return self.execute(statement, [cell for row in batch for cell in row])

    def statement(self, block: str, **parts: str) -> LiteralString:
        """One of `mysql.sql`'s statements."""
        return filled(self.name, block, parts)

    def same(self, left: str, right: str, columns: Iterable[str]) -> str:
        """Row comparison, nulls included."""
        return " and ".join(f"{left}.{checked(column)} <=> {right}.{column}" for column in columns)

    def create_shadows(self, names: Sequence[str]) -> None:
        """Empty copies with their unique keys alone. Each statement commits by itself."""
        for name in names:
            self.execute(self.statement("drop_table", name=name + SHADOW))
            self.execute(self.statement("create_shadow", name=name))
            self._alter(name + SHADOW, "drop_index", self._indexes(name))

    def index_shadows(self, names: Sequence[str]) -> None:
        """All missing indexes of a table in one pass over it."""
        for name in names:
            present = self._indexes(name + SHADOW)
            missing = [index for index in self._indexes(name) if index not in present]
            self._alter(name + SHADOW, "add_index", missing)

    def _indexes(self, table: str) -> list[Row]:
        return self.query(self.statement("indexes"), {"table": table})

    def _alter(self, table: str, change: str, indexes: Sequence[Row]) -> None:
        if indexes:
            changes = [self.statement(change, name=name, columns=columns) for name, columns in indexes]
            self.execute(self.statement("alter_table", name=table, changes=", ".join(changes)))

    def publish(self, names: Sequence[str]) -> None:
        """One RENAME of all tables, atomic for readers and for crashes; it commits by itself."""
        for name in names:
            self.execute(self.statement("drop_table", name=name + RETIRED))
        renames = ", ".join(f"{checked(name)} to {name}{RETIRED}, {name}{SHADOW} to {name}" for name in names)
        self._rename(self.statement("rename", renames=renames))
        for name in names:
            self.execute(self.statement("drop_table", name=name + RETIRED))
        self.query(self.statement("analyze", names=listed(names)))

    def _rename(self, statement: LiteralString) -> None:
        """Wait for slow readers often, but briefly: while it waits, every other reader waits behind it."""
        self.execute(self.statement("lock_patience"))
        end = time.monotonic() + PUBLISH_PATIENCE
        while time.monotonic() < end:
            try:
                self.execute(statement)
            except pymysql.err.OperationalError as error:
                if error.args[0] != ER.LOCK_WAIT_TIMEOUT:
                    raise
                time.sleep(PUBLISH_PAUSE)
            else:
                return
        raise still_read()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One InnoDB transaction."""
        self._connection.begin()
        try:
            yield
            self._connection.commit()
        except BaseException:
            with suppress(pymysql.err.MySQLError, OSError):
                self._connection.rollback()
            raise

    def claim(self, seconds: float) -> bool:
        """A named lock of the session."""
        return self.query(self.statement("claim"), (seconds,)) == [(1,)]

    def cancel_after(self, seconds: float) -> None:
        """Limit each statement's time; the variable's name and unit differ between the two servers."""
        version = str(self.query("select version()")[0][0])
        if "mariadb" in version.lower():
            self.execute("set session max_statement_time = %s", (seconds,))
        else:
            self.execute("set session max_execution_time = %s", (round(seconds * 1000),))

    def cancel(self) -> None:
        """Kill the statement from a second connection: any user may kill what is their own."""
        number = self._connection.thread_id()  # type: ignore[no-untyped-call]
        with (
            suppress(pymysql.err.MySQLError, ServerUnavailable, OSError),
            connect(self._url) as second,
            second.cursor() as cursor,
        ):
            cursor.execute(self.statement("kill_statement"), (number,))

    def close(self) -> None:
        """Let the connection go."""
        with suppress(pymysql.err.Error, OSError):
            self._connection.close()


class _Feed:
    """A pipe that LOAD DATA reads as a file while a thread writes the rows into it."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self.rows = 0
        self.failure: BaseException | None = None

    def __enter__(self) -> str:
        self._read, self._write = os.pipe()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()
        return f"/dev/fd/{self._read}"

    def __exit__(self, *_: object) -> None:
        # Closing the reading end first frees a writer that nobody reads any more.
        os.close(self._read)
        self._thread.join()

    def _pump(self) -> None:
        try:
            with os.fdopen(self._write, "wb", buffering=1 << 18) as pipe:
                for block in self._blocks:
                    pipe.write(block)
                    self.rows += block.count(b"\n")
        except BrokenPipeError:
            pass
        except BaseException as error:
            self.failure = error


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from (line.decode() for line in whole)


def _cell(cell: str) -> str | None:
    if cell == "\\N":
        return None
    return _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), cell) if "\\" in cell else cell
