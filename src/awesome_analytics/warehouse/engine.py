"""What an engine must do to hold the star: few, narrow verbs, so that another engine can join."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, LiteralString, Protocol

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.core.sql import blocks
from awesome_analytics.warehouse.star import Column, Table

Blocks = Iterable[bytes]
"""Rows as PostgreSQL's COPY writes them in text form: tab between cells, `\\N` for null, UTF-8."""

Row = tuple[Any, ...]

SHADOW = "__new"
"""What a full load's tables are called until they are published."""

RETIRED = "__old"
"""What the tables they replace are called until they are dropped."""

PUBLISH_PATIENCE = 600.0
"""Seconds for which readers may keep a finished load waiting."""

PUBLISH_PAUSE = 0.2
"""Seconds for which they are left alone between two tries."""

_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


class Engine(Protocol):
    """A warehouse connection. Not shared between threads; one transaction at a time."""

    name: str
    """postgresql or mysql, as in the address."""

    passes_over_lines: Sequence[str]
    """The statements that sum a fact's lines into the cells of a summary, the last one into its table."""

    def query(self, sql: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Rows of one statement; placeholders are `%s` or `%(name)s`."""

    def stream(self, sql: LiteralString) -> Iterator[Row]:
        """Rows of one statement as they come, without holding them all; read them to the end."""

    def execute(self, sql: LiteralString, values: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Run one statement; returns the number of rows it touched."""

    def create_stage(self, name: str, columns: Sequence[Column], *, key: Sequence[str]) -> None:
        """An empty temporary table of this connection, in place of one of that name."""

    def stage(self, name: str, columns: Sequence[Column], blocks: Blocks, *, key: Sequence[str]) -> int:
        """Load rows into a fresh temporary table; returns how many."""

    def load(self, name: str, columns: Sequence[str], blocks: Blocks) -> int:
        """Load rows into a table at the speed of the engine's own loader; returns how many."""

    def statement(self, block: str, **parts: str) -> LiteralString:
        """One of this engine's named statements with identifiers filled in."""

    def same(self, left: str, right: str, columns: Iterable[str]) -> str:
        """A condition that the columns are equal on both sides, nulls included."""

    def create_shadows(self, names: Sequence[str]) -> None:
        """Empty copies of the tables, named with SHADOW; left-overs of a killed run go first.

        They are loaded in the same transaction, before `index_shadows`.
        """

    def index_shadows(self, names: Sequence[str]) -> None:
        """Give the loaded shadows every index of their tables: sorted once, not kept in order row by row."""

    def publish(self, names: Sequence[str]) -> None:
        """Put the shadows in the tables' place, all at once for every reader, and commit."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end of the block, or leave nothing of it behind."""

    def claim(self, seconds: float) -> bool:
        """Be the only one that writes here until `close`; False when somebody else is for that long."""

    def cancel_after(self, seconds: float) -> None:
        """Limit each statement's time on the server; 0 lifts the limit."""

    def cancel(self) -> None:
        """End the statement that runs now, if one does; the only verb that another thread may use."""

    def close(self) -> None:
        """Let the connection go; an open transaction is rolled back."""


def filled(engine: str, block: str, parts: Mapping[str, str]) -> LiteralString:
    """A named block of `<engine>.sql` with its `{places}` filled; used with our own identifiers only."""
    return blocks(__package__, f"{engine}.sql")[block].format(**parts)


def still_read() -> PipelineError:
    """What to raise when the tables could not be had from their readers."""
    return PipelineError(
        f"readers have held the warehouse's tables for {PUBLISH_PATIENCE / 60:.0f} minutes: "
        "end their queries and run again"
    )


def cell(text: str) -> str:
    """A text as it stands in a cell of a block."""
    return text.translate(_ESCAPED)


def listed(columns: Iterable[str], *, of: str = "") -> str:
    """`a, b, c`, or `t.a, t.b, t.c`; refuses anything that is no plain identifier."""
    names = [checked(column) for column in columns]
    return ", ".join(f"{checked(of)}.{name}" if of else name for name in names)


def checked(identifier: str) -> str:
    """The identifier itself; values never come this way."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError(f"'{identifier}' is no identifier")
    return identifier


def equal(left: str, right: str, columns: Iterable[str]) -> str:
    """`l.a = r.a and l.b = r.b`."""
    return " and ".join(f"{left}.{checked(column)} = {right}.{column}" for column in columns)


def stage_name(table: Table) -> str:
    """The temporary table that a table's rows arrive in."""
    return f"stg_{table.name}"


def scope_name(table: Table) -> str:
    """The temporary table that holds the scope in which a table's rows are derived anew."""
    return f"scope_{table.scope}"
