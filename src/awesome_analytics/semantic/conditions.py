"""What a fact's rows must meet to be added up: filters, members, days."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days
from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.columns import KEYS, Columns, path
from awesome_analytics.semantic.dialect import Expression, number
from awesome_analytics.semantic.model import Catalog, Dimension, LineValue
from awesome_analytics.semantic.query import COMPARING, MATCHING, Filter, Op, Role, Value


class Values:
    """The statement's bound values."""

    def __init__(self) -> None:
        self.held: dict[str, Value | int] = {}

    def bind(self, value: Value | int) -> Expression:
        """A place for a value."""
        name = f"v{len(self.held)}"
        self.held[name] = value
        return exp.Placeholder(this=name)


@dataclass(kw_only=True)
class Conditions:
    """The conditions of one select."""

    columns: Columns
    catalog: Catalog
    values: Values
    filters: Sequence[Filter]
    members: Sequence[tuple[str, Expression, bool]]
    """Entity's dimension, a select of its keys, and whether they are left out."""
    days: Days
    role: Role

    def all(self) -> list[Expression]:
        """Every condition, to be joined by and."""
        made = [self._filter(each) for each in self.filters]
        made += [self._member(*each) for each in self.members]
        return made + self._within() + self.columns.present()

    def _within(self) -> list[Expression]:
        if self.days.start is None and self.days.end is None:
            return []
        key = self.columns.at(self.columns.date_key(self.role))
        made: list[Expression] = []
        if self.days.start is not None:
            made.append(key.copy() >= self.values.bind(int(f"{self.days.start:%Y%m%d}")))
        else:
            made.append(key.copy() > number(0))
        if self.days.end is not None:
            made.append(key.copy() <= self.values.bind(int(f"{self.days.end:%Y%m%d}")))
        return made

    def _member(self, dimension: str, keys: Expression, left_out: bool) -> Expression:  # noqa: FBT001 - a pair's part
        held = self.catalog.dimension(dimension)
        if held.table == "dim_product":
            named = exp.select("product_key").from_("dim_product").where(path(held.column).isin(query=keys))
            condition: Expression = path("f.product_key").isin(query=named)
        else:
            condition = self.columns.identity(held).isin(query=keys)
        return condition.not_() if left_out else condition

    def _filter(self, each: Filter) -> Expression:
        held = self.catalog.filterable(each.field)
        if isinstance(held, LineValue):
            if each.op in MATCHING:
                raise InvalidInput("filters", f"{held.label} is compared as a number, not by its digits")
            return compare(
                self._line_value(held), each.op, [self._number(held.label, v) for v in each.values]
            )
        if held.role is not None:
            return self._date_filter(held, each)
        if not self.columns.holds(held):
            self.columns.reach(held)
            # The dimension is small: its keys are found first, and the fact is entered or scanned by them.
            key = KEYS[held.table]
            named = exp.select(key).from_(held.table).where(self._text_filter(path(held.column), held, each))
            return path(f"f.{key}").isin(query=named)
        return self._text_filter(self.columns.text(held), held, each)

    def _line_value(self, held: LineValue) -> Expression:
        if held.column == "ship_days":
            return self.columns.summand("ship_days")
        return self.columns.at(f"{'f' if self.columns.fact == 'sales' else 'l'}.{held.column}")

    def _number(self, label: str, value: Value) -> Expression:
        if isinstance(value, str):
            raise InvalidInput("filters", f"{label} is compared with a number, not with '{value[:60]}'")
        return self.values.bind(value)

    def _date_filter(self, held: Dimension, each: Filter) -> Expression:
        assert held.part is not None
        assert held.role is not None
        if each.op in MATCHING:
            raise InvalidInput("filters", f"{held.label} is compared as a date, not by its letters")
        key = self.columns.at(self.columns.date_key(held.role))
        made = buckets.expression(held.part, key, self.columns.dialect, self.columns.reckoning)
        places = [
            self.values.bind(buckets.read(held, value, self.columns.reckoning)) for value in each.values
        ]
        return compare(made, each.op, places)

    def _text_filter(self, column: Expression, held: Dimension, each: Filter) -> Expression:
        if each.op in COMPARING:
            raise InvalidInput(
                "filters", f"{held.label} is a name: it is, is not or contains; it is not more or less"
            )
        if each.op is Op.EMPTY:
            return exp.or_(column.is_(exp.null()), column.copy().eq(exp.Literal.string("")))
        if each.op is Op.NOT_EMPTY:
            return column.neq(exp.Literal.string(""))
        if each.op in (Op.IN, Op.NOT_IN):
            # No name ends in a space, and MySQL takes one that does for the same.
            names = [self.values.bind(str(value).strip(" ")) for value in each.values]
            return compare(column, each.op, names)
        dialect, sought = self.columns.dialect, self.values.bind(str(each.values[0]))
        position = exp.StrPosition(this=dialect.folded(column), substr=dialect.folded_place(sought))
        if each.op is Op.STARTS_WITH:
            return position.eq(number(1))
        return position.eq(number(0)) if each.op is Op.NOT_CONTAINS else position > number(0)


def compare(left: Expression, op: Op, places: Sequence[Expression]) -> Expression:
    """A comparison with places for its values."""
    if op is Op.IN:
        return left.eq(places[0]) if len(places) == 1 else left.isin(*places)
    if op is Op.NOT_IN:
        return left.neq(places[0]) if len(places) == 1 else left.isin(*places).not_()
    if op is Op.BETWEEN:
        return left.between(places[0], places[1])
    if op in (Op.EMPTY, Op.NOT_EMPTY):
        empty = left.is_(exp.null())
        return empty if op is Op.EMPTY else empty.not_()
    kinds = {Op.LT: exp.LT, Op.LE: exp.LTE, Op.GT: exp.GT, Op.GE: exp.GTE}
    return kinds[op](this=left, expression=places[0])
