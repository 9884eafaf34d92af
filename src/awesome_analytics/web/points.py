"""Points of a chart out of an answer's rows."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from awesome_analytics.semantic.model import Format
from awesome_analytics.semantic.run import Cell, Result


def moment(value: Cell, shape: Format) -> str | None:
    """The day that a bucket of time begins on."""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value}-01" if shape == "month" and value is not None else None


def without_holes(result: Result, along: int) -> list[Sequence[Cell]]:
    """The rows with days and weeks put in on which nothing happened: a line must fall to zero there."""
    rows: list[Sequence[Cell]] = [row for row in result.rows if row[along] is not None]
    step = {"day": 1, "week": 7}.get(result.columns[along].format)
    if step is None or len(result.query.dimensions) != 1 or len(rows) < 2:
        return rows
    known = {row[along]: row for row in rows}
    day, last = rows[0][along], rows[-1][along]
    assert isinstance(day, date)
    assert isinstance(last, date)
    # An order of its own, or a cut, leaves rows out: what is missing then is not zero.
    if result.query.order or result.query.having or result.query.limit or result.query.skip:
        return rows
    made: list[Sequence[Cell]] = []
    while day <= last:
        empty = tuple(0 if column.additive else None for column in result.columns[1:])
        made.append(known.get(day, (day, *empty)))
        day += timedelta(days=step)
    return made


def largest(points: Sequence[dict[str, Any]], count: int) -> set[str]:
    """The series with the largest figures."""
    sizes: dict[str, float] = {}
    for point in points:
        sizes[point["series"]] = sizes.get(point["series"], 0.0) + abs(point["value"] or 0.0)
    return set(sorted(sizes, key=lambda name: -sizes[name])[:count])
