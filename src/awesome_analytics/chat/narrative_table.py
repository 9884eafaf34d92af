"""An answer's rows with their columns told apart, and a figure beside what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from awesome_analytics.semantic.written import Cell, figure, percent, points, written

_SERIES = frozenset({"day", "date", "week", "month", "quarter", "year"})
_COMPARING = ("before", "change", "growth")

Row = Sequence[Cell]


class ColumnLike(Protocol):
    """What must be known of a column; a metric's name may carry a form, as in `sales.growth`."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def is_metric(self) -> bool: ...
    @property
    def additive(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows with their columns told apart."""

    columns: Sequence[ColumnLike]
    rows: Sequence[Row]
    subject: str
    symbol: str
    is_whole: bool

    @property
    def dimensions(self) -> list[int]:
        return [at for at, column in enumerate(self.columns) if not column.is_metric]

    @property
    def metrics(self) -> list[int]:
        """Metrics that are told by themselves: a comparison is told beside its metric."""
        shown_names = {column.name for column in self.columns}
        return [
            at
            for at, column in enumerate(self.columns)
            if column.is_metric and not (form(column) in _COMPARING and base(column) in shown_names)
        ]

    def beside(self, at: int, form: str) -> int | None:
        """Where the metric's comparison stands, if it is there."""
        name = f"{base(self.columns[at])}.{form}"
        return next((other for other, column in enumerate(self.columns) if column.name == name), None)

    def cell(self, row: Row, at: int) -> str:
        return written(row[at], self.columns[at].format, symbol=self.symbol, in_prose=True)

    def name(self, row: Row) -> str:
        """What the row is of."""
        return " – ".join("(none)" if row[at] is None else self.cell(row, at) for at in self.dimensions)

    def value(self, value: Decimal, at: int) -> str:
        return figure(value, self.columns[at].format, symbol=self.symbol, in_prose=True)


def form(column: ColumnLike) -> str:
    """`growth` of `sales.growth`."""
    return column.name.partition(".")[2]


def base(column: ColumnLike) -> str:
    """`sales` of `sales.growth`."""
    return column.name.partition(".")[0]


def inner_label(column: ColumnLike) -> str:
    """The label inside a sentence; words in capitals keep them."""
    text = column.label
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def named(column: ColumnLike, text: str, *, one: bool) -> str:
    """A figure with its name: 2 units, 1 unit, profit $4,410.00."""
    if column.format != "number" or form(column):
        return f"{inner_label(column)} {text}"
    singular = one and column.label.endswith("s") and " " not in column.label
    return f"{text} {inner_label(column)[:-1] if singular else inner_label(column)}"


def compared(table: Table, row: Row, at: int) -> str:
    """`, up 12.3% (before: $1.00)`, of what of it the answer holds."""
    growth, change, before = (table.beside(at, form) for form in _COMPARING[::-1])
    if form(table.columns[at]) or (growth is None and change is None and before is None):
        return ""
    said = ""
    value = next((row[each] for each in (growth, change) if each is not None and row[each] is not None), None)
    if isinstance(value, Decimal | int):
        said = ", " + moved(table, row, at, growth=growth, change=change)
    if before is not None:
        said += f" (before: {table.cell(row, before)})"
    return said


def moved(table: Table, row: Row, at: int, *, growth: int | None, change: int | None) -> str:
    """`up 12.3%` by the growth where the row has one, else `down $5.00` by the change."""
    held = growth if growth is not None and row[growth] is not None else change
    assert held is not None
    value = row[held]
    assert isinstance(value, Decimal | int)
    if value == 0:
        return "unchanged"
    size = abs(Decimal(value))
    if held == growth:
        text = percent(size, in_prose=True)
    elif table.columns[at].format == "percent":
        text = points(size)
    else:
        text = table.value(size, at)
    return f"{'up' if value > 0 else 'down'} {text}"


def figures(table: Table, at: int) -> list[tuple[Decimal, Row]]:
    """The rows that have a figure, with it."""
    made = []
    for row in table.rows:
        value = row[at]
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            made.append((Decimal(value), row))
    return made


def is_series(table: Table) -> bool:
    """Whether the rows follow each other in time."""
    dimensions = table.dimensions
    return len(dimensions) == 1 and table.columns[dimensions[0]].format in _SERIES
