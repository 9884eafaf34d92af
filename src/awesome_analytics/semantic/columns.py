"""Where a dimension, a date or a line's value is found from a fact, and what must be joined to reach it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Reckoning
from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.dialect import Dialect, Expression, number
from awesome_analytics.semantic.model import (
    Catalog,
    Count,
    Dimension,
    Distinct,
    Fact,
    Newcomers,
    Returning,
    Sum,
)
from awesome_analytics.semantic.query import Role

Simple = Sum | Count | Distinct | Newcomers | Returning
"""What one grouping of one fact computes by itself."""

FACT_TABLE: Mapping[Fact, str] = {"sales": "fact_sales", "returns": "fact_return"}
KEYS = {"dim_product": "product_key", "dim_customer": "customer_key", "dim_return": "return_key"}
"""The facts' key of each dimension table."""
SHORT = {"dim_product": "p", "dim_customer": "c", "dim_return": "r"}
"""What the tables are called in a statement; facts are `f`, and `l` is the line that a return is of."""

_DATE_KEY: Mapping[tuple[Fact, Role], str] = {
    ("sales", Role.ORDERED): "f.order_date_key",
    ("sales", Role.SHIPPED): "f.date_key",
    ("returns", Role.ORDERED): "f.date_key",
    ("returns", Role.SHIPPED): "l.date_key",
    ("returns", Role.RETURNED): "f.return_date_key",
}
_IN_BOTH = frozenset({"order_id"})
"""Columns of fact_sales that fact_return has itself."""


@dataclass(kw_only=True)
class Columns:
    """The columns of one fact; remembers the tables that must join."""

    fact: Fact
    catalog: Catalog
    dialect: Dialect
    reckoning: Reckoning
    joined: set[str] = field(default_factory=set)

    @property
    def table(self) -> str:
        """The table that `f` is."""
        return FACT_TABLE[self.fact]

    def holds(self, dimension: Dimension) -> bool:
        """Whether a text dimension needs no table of its own."""
        return dimension.table not in SHORT

    def present(self) -> list[Expression]:
        """What tells the rows of the fact from others in the same table."""
        return []

    def measure(self, measure: Simple) -> Expression:
        """A measure over the rows of a group."""
        if isinstance(measure, Sum):
            return exp.Sum(this=self.summand(measure.column))
        if isinstance(measure, Count):
            return exp.Count(this=exp.Star())
        if isinstance(measure, Newcomers):
            self.joined.add("first")
            return distinct(path("f.customer_key"))
        if isinstance(measure, Returning):
            self.joined.add("since")
            return distinct(path("f.customer_key"))
        return distinct(self.identity(self.catalog.dimension(measure.dimension)))

    def at(self, name: str) -> Expression:
        """A column by its path, the return's line joined where it stands there."""
        self.joined.update({name.split(".")[0]} & {"l"})
        return path(name)

    def date_key(self, role: Role) -> str:
        """The path of the key of one of the dates; raises InvalidInput where the fact has no such date."""
        found = _DATE_KEY.get((self.fact, role))
        if found is None:
            raise InvalidInput(
                "time",
                "figures of sales have no return date; ask by order date, or for returns, returned_units or "
                "returned_sales",
            )
        return found

    def line_column(self, name: str) -> Expression:
        """A column of the order line."""
        if self.fact == "sales" or name in _IN_BOTH:
            return path(f"f.{name}")
        return self.at(f"l.{name}")

    def text(self, dimension: Dimension) -> Expression:
        """A text dimension's column, its table joined."""
        if not self.holds(dimension):
            self.reach(dimension)
            self.joined.add(SHORT[dimension.table])
            return path(f"{SHORT[dimension.table]}.{dimension.column}")
        column = self.line_column(dimension.column)
        # A return's line may wait in quarantine; the summaries call what it lacks by the same name.
        return known(column) if isinstance(column, exp.Column) and column.table == "l" else column

    def reach(self, dimension: Dimension) -> None:
        """Refuse what a sale knows nothing of."""
        if self.fact == "sales" and dimension.table == "dim_return":
            raise InvalidInput(
                "dimensions",
                f"figures of sales can't be split or filtered by {dimension.label.lower()}; ask for returns, "
                "returned_orders, returned_units or returned_sales",
            )

    def identity(self, dimension: Dimension) -> Expression:
        """What tells members apart, without a join where the fact has it."""
        if dimension.role is not None:
            assert dimension.part is not None
            key = self.at(self.date_key(dimension.role))
            return buckets.expression(dimension.part, key, self.dialect, self.reckoning)
        if dimension.identity or dimension.column == "return_id":
            self.reach(dimension)
            return path(f"f.{dimension.identity or dimension.column}")
        return self.text(dimension)

    def summand(self, column: str) -> Expression:
        """What is added up for a measure of that name."""
        if column == "ship_days":
            ordered = self.dialect.day_number(self.line_column("order_date_key"))
            shipped = self.dialect.day_number(self.line_column("date_key"))
            return exp.Sub(this=shipped, expression=ordered)
        if column == "shipped_lines":
            return exp.Case().when(self.line_column("date_key") > number(0), number(1)).else_(number(0))
        return path(f"f.{column}")


def distinct(column: Expression) -> Expression:
    """How many different ones there are."""
    return exp.Count(this=exp.Distinct(expressions=[column]))


def known(column: Expression) -> Expression:
    """The text, or the name of the member that stands for none."""
    return exp.Coalesce(this=column, expressions=[exp.Literal.string("Unknown")])


def path(name: str) -> exp.Column:
    """`f.sales`, or a bare name."""
    table, _, bare = name.rpartition(".")
    return exp.column(bare, table=table or None)
