"""The dashboard as a report: the same tiles and charts, by the same Queries, put into words and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from awesome_analytics.core.periods import Days, Grain
from awesome_analytics.semantic import readings, tiles
from awesome_analytics.semantic.formats import moment, span
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.readings import Reading
from awesome_analytics.semantic.run import Cell, Result, as_of, run
from awesome_analytics.semantic.tiles import View
from awesome_analytics.semantic.written import written
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.watchdog import watched

_PATIENCE = 60.0
"""Seconds after which an answer is given up."""
_EACH = {Grain.DAY: "Daily", Grain.WEEK: "Weekly", Grain.MONTH: "Monthly"}


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A figure of the dashboard, in words."""

    title: str
    reading: Reading


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart of the dashboard as a table; `lengths` are those of its bars, 0 to 1."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    lengths: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Report:
    """The dashboard of some days; `warning` says what a reader must know before believing it."""

    days: str
    fresh: str
    tiles: Sequence[Tile]
    charts: Sequence[Chart]
    warning: str | None = None

    @property
    def title(self) -> str:
        """One line for a subject or a heading."""
        return f"Awesome Inc.: {self.days}"


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """The warehouse asked for one report."""

    reader: Engine
    catalog: Catalog
    today: date

    def __call__(self, query: Query) -> Result:
        with watched(self.reader, _PATIENCE):
            return run(self.reader, query, self.catalog, today=self.today)


def make(reader: Engine, catalog: Catalog, *, period: str, today: date, zone: ZoneInfo) -> Report:
    """Ask what the dashboard asks about these days; raises InvalidInput where the text names no period."""
    view = View(period=period)
    found = _Answers(reader=reader, catalog=catalog, today=today)
    days = view.days(today)
    grain = tiles.grain_for(days)
    comparable = period == tiles.ALL or (days.start is not None and days.end is not None)
    fresh = as_of(reader)
    return Report(
        days=span(days),
        fresh=f"Fresh as of {moment(fresh, zone)} ({zone.key})" if fresh else "",
        tiles=[
            Tile(title=tile.title, reading=readings.read(tile, view, found))
            for tile in tiles.tiles(view, grain, comparable=comparable)
        ],
        charts=_charts(view, grain, found),
        warning=_warning(days, fresh, zone),
    )


def _charts(view: View, grain: Grain, found: _Answers) -> Sequence[Chart]:
    breakdown = tiles.breakdown(view)
    label = found.catalog.dimension(breakdown.dimensions[0]).label.lower()
    asked = (
        (f"{_EACH[grain]} sales", tiles.trend(view, grain, found.today)),
        (f"Sales by {label}", breakdown),
        ("Sales by customer segment", tiles.segments(view)),
    )
    return [_chart(title, found(query)) for title, query in asked]


def _chart(title: str, result: Result) -> Chart:
    place = next(i for i, column in enumerate(result.columns) if column.is_metric)
    return Chart(
        title=title,
        columns=[_heading(column.name, column.label, result) for column in result.columns],
        rows=[
            [written(cell, column.format) for cell, column in zip(row, result.columns, strict=True)]
            for row in result.rows
        ],
        lengths=_lengths([row[place] for row in result.rows]),
    )


def _heading(name: str, label: str, result: Result) -> str:
    """A column of a comparison says which days it is of."""
    days = result.before if name.endswith(".before") else None
    return span(days) if days else label


def _lengths(cells: Sequence[Cell]) -> Sequence[float]:
    """How long the bars are drawn beside the longest; what lost money has none."""
    values = [float(cell) if isinstance(cell, Decimal | int) else 0.0 for cell in cells]
    longest = max(values, default=0.0)
    return [max(value, 0.0) / longest if longest > 0 else 0.0 for value in values]


def _warning(days: Days, fresh: datetime | None, zone: ZoneInfo) -> str | None:
    if fresh is None:
        return "The pipeline has never run: there are no figures yet."
    end = days.end
    if end is None or fresh.astimezone(zone).date() >= end + timedelta(days=1):
        return None
    return f"The warehouse is as of {moment(fresh, zone)}: sales after that moment are missing here."
