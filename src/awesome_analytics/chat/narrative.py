"""An answer in sentences, written from its rows: what there is, what it adds up to, one useful observation.

A sum or a share is only told of a metric that adds up, over rows that are the whole.
"""

from collections.abc import Sequence
from decimal import Decimal

from awesome_analytics.chat.narrative_table import (
    ColumnLike,
    Row,
    Table,
    compared,
    is_series,
    named,
)
from awesome_analytics.chat.numbers import Told, checked
from awesome_analytics.chat.observations import observation, total
from awesome_analytics.semantic.query import Query

__all__ = ["ColumnLike", "checked", "is_whole", "narrate"]

BULLETS = 10
"""Rows that are told one by one."""


def narrate(
    columns: Sequence[ColumnLike],
    rows: Sequence[Row],
    *,
    total_rows_truncated: bool,
    subject: str,
    is_whole: bool = False,
    symbol: str = "$",
) -> list[str]:
    """The sentences, of which each carries what was computed for it; hold them with `checked` all the same.

    `subject` says what was asked, as a sentence without its full stop. `is_whole`: the rows are all there is,
    cut by no limit and no condition on figures, so that their sum is the total.
    """
    table = Table(
        columns=columns,
        rows=rows,
        subject=subject.strip().rstrip("."),
        symbol=symbol,
        is_whole=is_whole and not total_rows_truncated,
    )
    if not rows or all(cell is None for row in rows for cell in row):
        return [_of_subject(table, "Nothing was found for: {}.")]
    if not table.dimensions:
        return _single(table)
    if not table.metrics:
        return _list(table, more=total_rows_truncated)
    said = _bullets(table, more=total_rows_truncated)
    for sentence in (total(table), observation(table)):
        if sentence:
            said.append(sentence)
    return said


def is_whole(query: Query) -> bool:
    """Whether a Query's rows are all there is, so that they add up to the total."""
    return not (query.limit or query.skip or query.limit_per or query.having)


def _of_subject(table: Table, form: str) -> Told:
    """A sentence that repeats what was asked, numbers included."""
    return Told(form.format(table.subject), asked=table.subject)


# ---------------------------------------------------------------- rows


def _single(table: Table) -> list[str]:
    row = table.rows[0]
    said = [f"{table.cell(row, at)}{compared(table, row, at)}" for at in table.metrics]
    if len(said) == 1:
        return [Told(f"{table.subject}: {said[0]}.", asked=table.subject)]
    bullets = [
        Told(f"• {table.columns[at].label}: {text}") for at, text in zip(table.metrics, said, strict=True)
    ]
    return [_of_subject(table, "{}:"), *bullets]


def _list(table: Table, *, more: bool) -> list[str]:
    said: list[str] = [Told(f"• {table.name(row)}") for row in table.rows[:BULLETS]]
    return said + _rest(table, more=more)


def _bullets(table: Table, *, more: bool) -> list[str]:
    if len(table.rows) > BULLETS and is_series(table):
        return [_of_subject(table, "{}:")]
    said: list[str] = [_bullet(table, row) for row in table.rows[:BULLETS]]
    return said + _rest(table, more=more)


def _bullet(table: Table, row: Row) -> Told:
    first, *others = table.metrics
    text = f"• {table.name(row)}: {table.cell(row, first)}{compared(table, row, first)}"
    beside = [_beside(table, row, at) for at in others]
    return Told(text + (f" ({', '.join(beside)})" if beside else ""))


def _beside(table: Table, row: Row, at: int) -> str:
    """2 units, or: profit $4,410.00."""
    return named(table.columns[at], table.cell(row, at) + compared(table, row, at), one=row[at] == 1)


def _rest(table: Table, *, more: bool) -> list[str]:
    if more:
        return ["There are more rows than are shown here."]
    left = len(table.rows) - BULLETS
    return [Told(f"… and {left:,} more.", [Decimal(left)])] if left > 0 else []
