"""The summary tables as data: what one cell is, and what is summed in it.

A summary equals the GROUP BY of the facts, row for row; a cell without a line and without a return does
not exist. Sales and returns stand side by side in a cell by the day, customer and product that were ORDERED:
the returns of a cell are those of its lines, whenever they came back. An order with lines of several days
counts in the cells of each: while there is one, orders and returns of several days' cells don't add up.
"""

from dataclasses import dataclass
from typing import Literal

from awesome_analytics.warehouse.star import Column, Kind

VERSION = 1
"""Raise it when a summary or the meaning of a measure changes: the next run then builds all of them anew."""

CONTROL = "agg_control"
"""What readers must know to add cells up: how many orders have lines of several days."""

ORDERS = "orders"
"""The one figure of lines that does not add up: distinct orders."""

DAYS = "{days}"
"""The place in an expression where the engine puts the days from the order to the shipment."""


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One coordinate of a cell.

    `line` finds it for a sales line `f`, `returned` for a returned line `r` of the sales line `f`, with the
    customer `c` and the product `p` of either. `table` is where readers know it from.
    """

    name: str
    kind: Kind
    table: str
    line: str
    returned: str


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure of a cell, of its `lines` or of their `returns`.

    Sums the expression `value` over the rows, or counts the distinct values of the id that `counts` names.
    """

    name: str
    kind: Kind
    of: Literal["lines", "returns"]
    value: str = ""
    counts: Literal["order_id", "return_id"] | None = None

    @property
    def additive(self) -> bool:
        """Whether it may be summed over any cells; distinct counts may not."""
        return self.counts is None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A summary table and what its cells are kept by.

    `finer` names the summary it is the sum of, distinct counts included: it is by the same day, an order has
    one customer and so one segment, and a return one order, so that none stands in two cells that are added.
    """

    name: str
    attributes: tuple[Attribute, ...]
    finer: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the columns that find a cell."""
        return tuple(attribute.name for attribute in self.attributes)

    @property
    def by_day(self) -> bool:
        """Whether a cell is of one day; it can answer for any range of order dates then."""
        return "order_date_key" in self.key

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's columns."""
        return (
            *(Column(name=attribute.name, kind=attribute.kind) for attribute in self.attributes),
            *(Column(name=measure.name, kind=measure.kind) for measure in MEASURES),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the order of the table."""
        return tuple(column.name for column in self.columns)


def _count(name: str, of: Literal["lines", "returns"], value: str) -> Measure:
    return Measure(name=name, kind=Kind.COUNT, of=of, value=value)


def _distinct(
    name: str, of: Literal["lines", "returns"], counts: Literal["order_id", "return_id"]
) -> Measure:
    return Measure(name=name, kind=Kind.COUNT, of=of, counts=counts)


def _amount(name: str, of: Literal["lines", "returns"], value: str) -> Measure:
    return Measure(name=name, kind=Kind.AMOUNT, of=of, value=value)


MEASURES = (
    _count("order_lines", "lines", "1"),
    _count("quantity", "lines", "f.quantity"),
    _amount("sales", "lines", "f.sales"),
    _amount("discount", "lines", "f.discount"),
    Measure(name="discount_rate", kind=Kind.RATES, of="lines", value="f.discount_rate"),
    _amount("profit", "lines", "f.profit"),
    _amount("shipping_cost", "lines", "f.shipping_cost"),
    _count("ship_days", "lines", f"case when f.date_key > 0 then {DAYS} else 0 end"),
    _count("shipped_lines", "lines", "case when f.date_key > 0 then 1 else 0 end"),
    _distinct(ORDERS, "lines", "order_id"),
    _distinct("returns", "returns", "return_id"),
    _distinct("returned_orders", "returns", "order_id"),
    _count("returned_lines", "returns", "1"),
    _count("returned_quantity", "returns", "r.quantity"),
    _amount("returned_sales", "returns", "r.returned_sales"),
)
"""What every summary holds. `order_lines`, since LINES is a word of MySQL's own."""


def _of_order(name: str) -> Attribute:
    # A returned line whose sale stands in quarantine has no line to take it from.
    found = f"coalesce(f.{name}, 'Unknown')"
    return Attribute(name=name, kind=Kind.NAME, table="fact_sales", line=f"f.{name}", returned=found)


def _of_member(name: str, table: str, alias: str) -> Attribute:
    found = f"{alias}.{name}"
    return Attribute(name=name, kind=Kind.NAME, table=table, line=found, returned=found)


_DAY = Attribute(
    name="order_date_key",
    kind=Kind.KEY,
    table="fact_sales",
    line="f.order_date_key",
    returned="r.date_key",
)
_PRODUCT = Attribute(
    name="product_key",
    kind=Kind.KEY,
    table="fact_sales",
    line="f.product_key",
    returned="r.product_key",
)
_MARKET = _of_order("market")
_REGION = _of_order("region")
_SEGMENT = _of_member("segment_name", "dim_customer", "c")
_CATEGORY = _of_member("category_name", "dim_product", "p")
_SUBCATEGORY = _of_member("subcategory_name", "dim_product", "p")

ATTRIBUTES = (_DAY, _MARKET, _REGION, _SEGMENT, _CATEGORY, _SUBCATEGORY, _PRODUCT)
"""Every coordinate that any summary is kept by."""

SUMMARIES = (
    Summary(name="agg_day_segment", attributes=(_DAY, _SEGMENT)),
    Summary(name="agg_day_region", attributes=(_DAY, _MARKET, _REGION)),
    Summary(name="agg_day_category", attributes=(_DAY, _CATEGORY, _SUBCATEGORY)),
    Summary(name="agg_day", attributes=(_DAY,), finer="agg_day_segment"),
    Summary(name="agg_product", attributes=(_PRODUCT,)),
)
"""Every summary, finer ones first: the order of building."""
