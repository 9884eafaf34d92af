"""One fact grouped: the select that every statement is put together from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Reckoning
from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.dialect import Dialect, Expression, call, number
from awesome_analytics.semantic.model import (
    Catalog,
    Count,
    Dimension,
    Distinct,
    Fact,
    LineValue,
    Newcomers,
    Sum,
)
from awesome_analytics.semantic.query import Filter, Op, Role, Value

Simple = Sum | Count | Distinct | Newcomers
"""What one grouping of one fact computes by itself."""

FACT_TABLE: Mapping[Fact, str] = {"sales": "fact_sales", "returns": "fact_return"}
_DATE_KEY: Mapping[tuple[Fact, Role], str] = {
    ("sales", Role.ORDERED): "f.order_date_key",
    ("sales", Role.SHIPPED): "f.date_key",
    ("returns", Role.ORDERED): "f.date_key",
    ("returns", Role.SHIPPED): "l.date_key",
    ("returns", Role.RETURNED): "f.return_date_key",
}
_KEYS = {"dim_product": "product_key", "dim_customer": "customer_key", "dim_return": "return_key"}
_SHORT = {"dim_product": "p", "dim_customer": "c", "dim_return": "r"}
_EVERY_LINE = frozenset({"order_id"})
"""Columns of fact_sales that fact_return has itself."""


class Values:
    """The statement's bound values."""

    def __init__(self) -> None:
        self.held: dict[str, Value | int] = {}

    def bind(self, value: Value | int) -> Expression:
        """A place for a value."""
        name = f"v{len(self.held)}"
        self.held[name] = value
        return exp.Placeholder(this=name)


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """A column of a select: its name and what it is of."""

    alias: str
    dimension: Dimension
    steps: int = 0
    """Buckets by which it is moved on, to stand beside those it is compared with."""


@dataclass(kw_only=True)
class Stream:
    """A fact, what it is grouped by, what is computed and what is left out."""

    fact: Fact
    catalog: Catalog
    dialect: Dialect
    reckoning: Reckoning
    values: Values
    grouped: Sequence[Grouped]
    measures: Sequence[tuple[str, Simple]]
    filters: Sequence[Filter] = ()
    members: Sequence[tuple[str, Expression, bool]] = ()
    """Entity's dimension, a select of its keys, and whether they are left out."""
    days: Days = field(default_factory=Days)
    role: Role = Role.ORDERED
    _joined: set[str] = field(default_factory=set)

    def select(self) -> exp.Select:
        """The whole grouping, in one step or, where that is cheaper, by key before the dimensions join."""
        key = self._early_key()
        return self._in_two_steps(key) if key is not None else self._in_one_step()

    # ------------------------------------------------------------ one step

    def _in_one_step(self) -> exp.Select:
        made = exp.Select()
        labels = [(column, self._label(column)) for column in self.grouped]
        for column, (text, identity) in labels:
            made = made.select(exp.alias_(text, column.alias))
            if identity is not None:
                made = made.select(exp.alias_(identity, f"{column.alias}_k"))
        made = made.select(*(exp.alias_(self._measure(m), name) for name, m in self.measures))
        made = self._from(made.where(*self._conditions()))
        return _group(made, [each for _, pair in labels for each in pair if each is not None])

    def _from(self, made: exp.Select) -> exp.Select:
        made = made.from_(exp.alias_(exp.to_table(FACT_TABLE[self.fact]), "f", table=True))
        if "l" in self._joined:
            line = exp.alias_(exp.to_table("fact_sales"), "l", table=True)
            on = exp.and_(
                _column("l.order_id").eq(_column("f.order_id")), _column("l.line_no").eq(_column("f.line_no"))
            )
            made = made.join(line, on=on, join_type="left")
        for table, short in _SHORT.items():
            if short in self._joined:
                key = _KEYS[table]
                joined = exp.alias_(exp.to_table(table), short, table=True)
                made = made.join(
                    joined, on=_column(f"{short}.{key}").eq(_column(f"f.{key}")), join_type="left"
                )
        if "first" in self._joined:
            made = made.join(
                self._first_days(), on="n.customer_key = f.customer_key and n.first_key = f.order_date_key"
            )
        return made

    def _first_days(self) -> Expression:
        first = exp.select("customer_key", exp.alias_(call("MIN", _column("order_date_key")), "first_key"))
        return first.from_("fact_sales").group_by("customer_key").subquery("n")

    # ------------------------------------------------------------ by key first

    def _early_key(self) -> str | None:
        """The key to add up by before anything joins; None where that would not make the rows fewer."""
        if (
            not self.grouped
            or not all(isinstance(m, Sum | Count) for _, m in self.measures)
            or not self.measures
        ):
            return None
        keys = {self._key_of(column.dimension) for column in self.grouped} - {""}
        # Two keys together are nearly as many as the rows themselves.
        return keys.pop() if len(keys) == 1 else None

    def _key_of(self, dimension: Dimension) -> str:
        """The fact's key that a dimension hangs on; nothing when it stands in the fact."""
        if dimension.role is not None:
            return self._date_key(dimension.role)
        if dimension.table in _KEYS:
            return f"f.{_KEYS[dimension.table]}"
        return ""

    def _in_two_steps(self, key: str) -> exp.Select:
        inner = exp.select(exp.alias_(self._at(key), "k"))
        groups = [self._at(key)]
        outside: list[tuple[str, Expression]] = []
        for column in self.grouped:
            dimension = column.dimension
            if dimension.role is not None:
                assert dimension.part is not None
                text = self._bucket(column, _column("a.k"))
            elif dimension.table in _KEYS:
                text = _column(f"{_SHORT[dimension.table]}.{dimension.column}")
                if dimension.identity:
                    outside.append(
                        (f"{column.alias}_k", _column(f"{_SHORT[dimension.table]}.{dimension.identity}"))
                    )
            else:
                held = self._line_column(dimension.column)
                inner = inner.select(exp.alias_(held, column.alias))
                groups.append(held)
                text = _column(f"a.{column.alias}")
            outside.append((column.alias, text))
        inner = inner.select(*(exp.alias_(self._measure(m), name) for name, m in self.measures))
        inner = _group(self._from(inner.where(*self._conditions())), groups)
        outer = exp.Select().select(*(exp.alias_(text, name) for name, text in outside))
        outer = outer.select(*(exp.alias_(_sum(_column(f"a.{name}")), name) for name, _ in self.measures))
        outer = outer.from_(inner.subquery("a"))
        table = next((t for t, k in _KEYS.items() if key == f"f.{k}"), None)
        if table:
            joined = exp.alias_(exp.to_table(table), _SHORT[table], table=True)
            outer = outer.join(
                joined, on=_column(f"{_SHORT[table]}.{_KEYS[table]}").eq(_column("a.k")), join_type="left"
            )
        return _group(outer, [text for _, text in outside])

    # ------------------------------------------------------------ columns

    def _at(self, path: str) -> Expression:
        self._joined.update({path.split(".")[0]} & {"l"})
        return _column(path)

    def _date_key(self, role: Role) -> str:
        found = _DATE_KEY.get((self.fact, role))
        if found is None:
            raise InvalidInput(
                "time",
                "figures of sales have no return date; ask by order date, or for returns, returned_units or "
                "returned_sales",
            )
        return found

    def _line_column(self, name: str) -> Expression:
        if self.fact == "sales" or name in _EVERY_LINE:
            return _column(f"f.{name}")
        return self._at(f"l.{name}")

    def _text(self, dimension: Dimension) -> Expression:
        """A text dimension's column, its table joined."""
        if dimension.table in _SHORT:
            self._reach(dimension)
            self._joined.add(_SHORT[dimension.table])
            return _column(f"{_SHORT[dimension.table]}.{dimension.column}")
        return self._line_column(dimension.column)

    def _reach(self, dimension: Dimension) -> None:
        if self.fact == "sales" and dimension.table == "dim_return":
            raise InvalidInput(
                "dimensions",
                f"figures of sales can't be split or filtered by {dimension.label.lower()}; ask for returns, "
                "returned_orders, returned_units or returned_sales",
            )

    def _label(self, column: Grouped) -> tuple[Expression, Expression | None]:
        dimension = column.dimension
        if dimension.role is not None:
            return self._bucket(column, self._at(self._date_key(dimension.role))), None
        text = self._text(dimension)
        identity = f"{_SHORT[dimension.table]}.{dimension.identity}" if dimension.identity else None
        return text, _column(identity) if identity else None

    def _bucket(self, column: Grouped, key: Expression) -> Expression:
        assert column.dimension.part is not None
        made = buckets.expression(column.dimension.part, key, self.dialect, self.reckoning)
        return exp.Add(this=made, expression=number(column.steps)) if column.steps else made

    def _measure(self, measure: Simple) -> Expression:
        if isinstance(measure, Sum):
            return _sum(self._summand(measure.column))
        if isinstance(measure, Count):
            return exp.Count(this=exp.Star())
        if isinstance(measure, Newcomers):
            self._joined.add("first")
            return exp.Count(this=exp.Distinct(expressions=[_column("f.customer_key")]))
        dimension = self.catalog.dimension(measure.dimension)
        return exp.Count(this=exp.Distinct(expressions=[self._identity(dimension)]))

    def _identity(self, dimension: Dimension) -> Expression:
        """What tells members apart, without a join where the fact has it."""
        if dimension.role is not None:
            assert dimension.part is not None
            key = self._at(self._date_key(dimension.role))
            return buckets.expression(dimension.part, key, self.dialect, self.reckoning)
        if dimension.identity or dimension.column == "return_id":
            self._reach(dimension)
            return _column(f"f.{dimension.identity or dimension.column}")
        return self._text(dimension)

    def _summand(self, column: str) -> Expression:
        if column == "ship_days":
            ordered = self.dialect.day_number(self._line_column("order_date_key"))
            shipped = self.dialect.day_number(self._line_column("date_key"))
            return exp.Sub(this=shipped, expression=ordered)
        if column == "shipped_lines":
            return exp.Case().when(self._line_column("date_key") > number(0), number(1)).else_(number(0))
        return _column(f"f.{column}")

    # ------------------------------------------------------------ conditions

    def _conditions(self) -> list[Expression]:
        made = [self._filter(each) for each in self.filters]
        made += [self._member(*each) for each in self.members]
        return made + self._within()

    def _within(self) -> list[Expression]:
        if self.days.start is None and self.days.end is None:
            return []
        key = self._at(self._date_key(self.role))
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
            named = (
                exp.select("product_key").from_("dim_product").where(_column(held.column).isin(query=keys))
            )
            condition: Expression = _column("f.product_key").isin(query=named)
        else:
            condition = self._identity(held).isin(query=keys)
        return condition.not_() if left_out else condition

    def _filter(self, each: Filter) -> Expression:
        held = self.catalog.filterable(each.field)
        if isinstance(held, LineValue):
            return compare(
                self._line_value(held), each.op, [self._number(held.label, v) for v in each.values]
            )
        if held.role is not None:
            return self._date_filter(held, each)
        if held.table in _KEYS:
            self._reach(held)
            # The dimension is small: its keys are found first, and the fact is entered or scanned by them.
            key = _KEYS[held.table]
            named = (
                exp.select(key).from_(held.table).where(self._text_filter(_column(held.column), held, each))
            )
            return _column(f"f.{key}").isin(query=named)
        return self._text_filter(self._line_column(held.column), held, each)

    def _line_value(self, held: LineValue) -> Expression:
        if held.column == "ship_days":
            return self._summand("ship_days")
        return self._at(f"{'f' if self.fact == 'sales' else 'l'}.{held.column}")

    def _number(self, label: str, value: Value) -> Expression:
        if isinstance(value, str):
            raise InvalidInput("filters", f"{label} is compared with a number, not with '{value[:60]}'")
        return self.values.bind(value)

    def _date_filter(self, held: Dimension, each: Filter) -> Expression:
        assert held.part is not None and held.role is not None
        if each.op in (Op.CONTAINS, Op.NOT_CONTAINS, Op.STARTS_WITH):
            raise InvalidInput("filters", f"{held.label} is compared as a date, not by its letters")
        key = self._at(self._date_key(held.role))
        made = buckets.expression(held.part, key, self.dialect, self.reckoning)
        places = [self.values.bind(buckets.read(held, value, self.reckoning)) for value in each.values]
        return compare(made, each.op, places)

    def _text_filter(self, column: Expression, held: Dimension, each: Filter) -> Expression:
        if each.op in (Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN):
            raise InvalidInput(
                "filters", f"{held.label} is a name: it is, is not or contains; it is not more or less"
            )
        if each.op is Op.EMPTY:
            return exp.or_(column.is_(exp.null()), column.copy().eq(exp.Literal.string("")))
        if each.op is Op.NOT_EMPTY:
            return column.neq(exp.Literal.string(""))
        places = [self.values.bind(str(value)) for value in each.values]
        if each.op in (Op.IN, Op.NOT_IN):
            return compare(column, each.op, places)
        position = exp.StrPosition(
            this=exp.Lower(this=column), substr=exp.Lower(this=self._as_text(places[0]))
        )
        if each.op is Op.STARTS_WITH:
            return position.eq(number(1))
        return position.eq(number(0)) if each.op is Op.NOT_CONTAINS else position > number(0)

    def _as_text(self, place: Expression) -> Expression:
        # A bare place has no type in PostgreSQL, and lower() wants one.
        return exp.cast(place, "char") if self.dialect.name == "mysql" else exp.cast(place, "text")


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


def _column(path: str) -> exp.Column:
    table, _, name = path.rpartition(".")
    return exp.column(name, table=table or None)


def _sum(summand: Expression) -> Expression:
    return exp.Sum(this=summand)


def _group(made: exp.Select, groups: Sequence[Expression]) -> exp.Select:
    return made.group_by(*(each.copy() for each in groups)) if groups else made
