"""Which summary answers a grouping exactly, and where its figures stand in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from awesome_analytics.core.periods import Days
from awesome_analytics.semantic.columns import Columns, Simple, distinct, path
from awesome_analytics.semantic.dialect import Expression, number
from awesome_analytics.semantic.model import Catalog, Count, Dimension, Distinct, Fact, LineValue, Sum
from awesome_analytics.semantic.query import Filter, Role
from awesome_analytics.warehouse.summaries import SUMMARIES, Summary

_SIZES = ("agg_day", "agg_day_segment", "agg_product", "agg_day_category", "agg_day_region")
"""Fewest cells first, as shops go."""
_SMALLEST_FIRST = tuple(sorted(SUMMARIES, key=lambda summary: _SIZES.index(summary.name)))

_SUMS: Mapping[tuple[Fact, str], str] = {
    ("returns", "quantity"): "returned_quantity",
    ("returns", "returned_sales"): "returned_sales",
}
_ROWS: Mapping[Fact, str] = {"sales": "order_lines", "returns": "returned_lines"}
_COUNTS: Mapping[tuple[Fact, str], str] = {
    ("sales", "order"): "orders",
    ("returns", "order"): "returned_orders",
    ("returns", "return"): "returns",
}
_OF_THE_ORDER = frozenset({"market", "region", "segment_name"})
"""What an order has one of: no order stands in two cells that differ in these alone."""
_DAY = "order_date_key"
"""An order has one, too, unless some of its lines were ordered later than the rest."""


@dataclass(kw_only=True)
class SummaryColumns(Columns):
    """The columns of a summary in place of its fact's."""

    summary: Summary

    @property
    def table(self) -> str:
        """The summary."""
        return self.summary.name

    def holds(self, dimension: Dimension) -> bool:
        """Whether the summary is kept by it."""
        return dimension.column in self.summary.key

    def present(self) -> list[Expression]:
        """A cell may stand for returns alone, or for sales alone."""
        return [path(f"f.{_ROWS[self.fact]}") > number(0)]

    def date_key(self, role: Role) -> str:
        """Summaries know the order's day."""
        assert role is Role.ORDERED
        return "f.order_date_key"

    def line_column(self, name: str) -> Expression:
        """An attribute of the cells."""
        return path(f"f.{name}")

    def measure(self, measure: Simple) -> Expression:
        """A measure over the cells of a group."""
        if isinstance(measure, Sum):
            return exp.Sum(this=path(f"f.{_SUMS.get((self.fact, measure.column), measure.column)}"))
        if isinstance(measure, Count):
            return exp.Sum(this=path(f"f.{_ROWS[self.fact]}"))
        assert isinstance(measure, Distinct)
        counted = _COUNTS.get((self.fact, measure.dimension))
        if counted:
            return exp.Sum(this=path(f"f.{counted}"))
        return distinct(self.identity(self.catalog.dimension(measure.dimension)))


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a grouping of one fact asks for."""

    fact: Fact
    catalog: Catalog
    measures: Sequence[Simple]
    dimensions: Sequence[Dimension]
    filters: Sequence[Filter]
    days: Days
    role: Role
    orders_have_one_day: bool

    def best(self) -> Summary | None:
        """The smallest summary that answers exactly; None where only the facts do."""
        return next((summary for summary in _SMALLEST_FIRST if self._is_met_by(summary)), None)

    def _is_met_by(self, summary: Summary) -> bool:
        timed = self.days.start is not None or self.days.end is not None
        if timed and (self.role is not Role.ORDERED or not summary.by_day):
            return False
        filtered = [self.catalog.filterable(each.field) for each in self.filters]
        if any(isinstance(held, LineValue) for held in filtered):
            return False
        named = [*self.dimensions, *(held for held in filtered if isinstance(held, Dimension))]
        return all(_reaches(summary, dimension) for dimension in named) and all(
            self._computes(summary, measure) for measure in self.measures
        )

    def _computes(self, summary: Summary, measure: Simple) -> bool:
        if isinstance(measure, Sum | Count):
            return True
        if not isinstance(measure, Distinct):
            return False
        if (self.fact, measure.dimension) not in _COUNTS:
            return _reaches(summary, self.catalog.dimension(measure.dimension))
        # An order may stand in several cells of these; one cell for each group counts it once.
        split = {dimension.column for dimension in self.dimensions}
        one = _OF_THE_ORDER | {_DAY} if self.orders_have_one_day or self._of_one_day() else _OF_THE_ORDER
        return set(summary.key) - one <= split

    def _of_one_day(self) -> bool:
        """Whether no group takes cells of several days."""
        in_time = self.role is Role.ORDERED and self.days.start is not None
        by_day = any(each.role is Role.ORDERED and each.part == "day" for each in self.dimensions)
        return by_day or (in_time and self.days.start == self.days.end)


def _reaches(summary: Summary, dimension: Dimension) -> bool:
    """Whether a summary's cells have a dimension, or the key of the product that has it."""
    if dimension.role is not None:
        return dimension.role is Role.ORDERED and summary.by_day
    if dimension.column in summary.key:
        return dimension.table in ("fact_sales", "dim_product", "dim_customer")
    return dimension.table == "dim_product" and "product_key" in summary.key
