"""Answers by guarded SQL, for what no Query can say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlglot import exp, parse_one

from awesome_analytics.chat.answer import PATIENCE, Answer, EngineName, settle
from awesome_analytics.chat.guard import MOST_ROWS, Dialect, Guarded, guarded
from awesome_analytics.chat.narrative import narrate
from awesome_analytics.chat.numbers import checked
from awesome_analytics.core.errors import TooSlow
from awesome_analytics.semantic.dialect import DIALECTS
from awesome_analytics.semantic.run import Cell, Column, as_of
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.watchdog import watched


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a statement gave."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool
    as_of: datetime | None


def dialect_of(reader: Engine) -> Dialect:
    """The guard's name for the reader's engine."""
    return "mysql" if reader.name == "mysql" else "postgresql"


def run_guarded(reader: Engine, made: Guarded) -> Found:
    """Run a statement that the guard has let through; raises TooSlow and what the server says."""
    try:
        with watched(reader, PATIENCE):
            rows = reader.query(made.sql)
    except TooSlow:
        settle(reader)
        raise
    # The guard lets one row more through than may be shown; a limit that the statement set cuts nothing off.
    truncated = len(rows) >= made.limit > MOST_ROWS
    columns = columns_of(made.sql, reader.name, rows)
    shown = tuple(tuple(row) for row in rows[:MOST_ROWS])
    return Found(columns=columns, rows=shown, truncated=truncated, as_of=as_of(reader))


def run_again(reader: Engine, sql: str, *, today: date) -> Found:
    """Run SQL that was kept, through the guard as if it came from outside; raises Refused, too."""
    return run_guarded(reader, guarded(sql, dialect_of(reader), today=today))


def answer_of(found: Found, sql: str, question: str, *, engine: EngineName) -> Answer:
    """The answer to a question by a statement that ran."""
    said = narrate(found.columns, found.rows, total_rows_truncated=found.truncated, subject=question)
    return Answer(
        kind="rows",
        sentences=tuple(checked(said, found.rows, question)),
        engine=engine,
        sql=sql,
        columns=found.columns,
        rows=found.rows,
        truncated=found.truncated,
        as_of=found.as_of,
    )


def columns_of(sql: str, engine: str, rows: Sequence[Sequence[Cell]]) -> tuple[Column, ...]:
    """The columns of a statement that no Query made: named as it names them, figures told from texts."""
    tree = parse_one(sql, dialect=DIALECTS[engine].sqlglot)
    assert isinstance(tree, exp.Query)  # what the guard lets through
    made = []
    for position, name in enumerate(tree.named_selects):
        held = [row[position] for row in rows if row[position] is not None]
        numeric = bool(held) and all(isinstance(value, int | Decimal | float) for value in held)
        whole = numeric and all(isinstance(value, int) for value in held)
        shape: Literal["number", "decimal", "text"] = "number" if whole else "decimal" if numeric else "text"
        label = name.replace("_", " ").capitalize() or f"Column {position + 1}"
        made.append(Column(name=name, label=label, format=shape, is_metric=numeric))
    return tuple(made)
