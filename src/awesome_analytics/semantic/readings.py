"""What a tile says: its answers put into words, with nothing worked out here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from awesome_analytics.semantic import formats
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Cell, Result
from awesome_analytics.semantic.tiles import ALL, Tile, View
from awesome_analytics.semantic.written import NOTHING, written


class Answers(Protocol):
    """What answers a page's or a report's questions, all as of the same moment."""

    @property
    def catalog(self) -> Catalog:
        """The model."""

    def __call__(self, query: Query) -> Result:
        """The answer to a Query."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A tile's texts. `delta` begins with its sign; `good` says whether more is good news."""

    value: str
    note: str
    definition: str
    delta: str | None = None
    beside: str = ""
    good: str = "up"
    line: tuple[float, ...] = ()


def read(tile: Tile, view: View, answers: Answers) -> Reading:
    """Ask what the tile asks and say it."""
    metric = answers.catalog.metric(tile.metric)
    result = answers(tile.query)
    delta, beside = _delta(tile, view, answers)
    return Reading(
        value=_value(result),
        note=_note(tile, result),
        definition=metric.description,
        delta=delta,
        beside=beside,
        good=metric.good,
        line=_line(answers(tile.trend)) if tile.trend else (),
    )


def _value(result: Result) -> str:
    if not result.rows:
        return NOTHING
    return written(result.rows[0][0], result.columns[0].format)


def _note(tile: Tile, result: Result) -> str:
    """The line under the figure."""
    cells = _texts(result)
    if tile.key == "return_rate" and result.rows:
        return f"{cells[1]} of {cells[2]} {'order' if result.rows[0][2] == 1 else 'orders'}"
    if tile.key == "top_product":
        return f"{cells[1]}, {cells[2]} of sales" if cells else "nothing sold"
    return {"sales": "before returns", "regions": "with sales"}.get(tile.key, "")


def _texts(result: Result) -> list[str]:
    if not result.rows:
        return []
    pairs = zip(result.rows[0], result.columns, strict=True)
    return [written(value, column.format) for value, column in pairs]


def _delta(tile: Tile, view: View, answers: Answers) -> tuple[str | None, str]:
    """The change and what it is against; no change where one side has no figure."""
    if tile.compared is None:
        return None, ""
    result = answers(tile.compared)
    against = _against(view, result)
    growth, change = _forms(result)
    told = formats.grown(growth) or formats.changed(change, answers.catalog.metric(tile.metric).format)
    if told is None or _is_nothing(growth, change):
        return None, f"no change, {against}" if told else f"nothing to compare, {against}"
    return told, against


def _forms(result: Result) -> tuple[Cell, Cell]:
    held = {
        column.name.partition(".")[2]: cell
        for column, cell in zip(result.columns, result.rows[0], strict=True)
    }
    return held.get("growth"), held.get("change")


def _is_nothing(*cells: Cell) -> bool:
    return all(not isinstance(cell, Decimal | int) or cell == 0 for cell in cells)


def _against(view: View, result: Result) -> str:
    if view.period in (ALL, "today"):
        return "today vs yesterday" if view.compare == "previous" else "today vs a year ago"
    assert result.before is not None
    return f"vs {formats.span(result.before)}"


def _line(result: Result) -> tuple[float, ...]:
    """The last steps of the series, for a line too small to read figures from."""
    cells: Sequence[Cell] = [row[-1] for row in result.rows]
    return tuple(float(cell) for cell in cells[-60:] if isinstance(cell, Decimal | int))
