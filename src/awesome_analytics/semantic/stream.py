"""One fact grouped: the select that every statement is put together from."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.columns import KEYS, SHORT, Columns, Simple, path
from awesome_analytics.semantic.conditions import Conditions
from awesome_analytics.semantic.dialect import Expression, call, left_join, number
from awesome_analytics.semantic.model import Count, Dimension, Sum
from awesome_analytics.semantic.query import Role


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

    columns: Columns
    conditions: Conditions
    grouped: Sequence[Grouped]
    measures: Sequence[tuple[str, Simple]]

    def select(self) -> exp.Select:
        """The whole grouping, in one step or, where that is cheaper, by key before the dimensions join."""
        key = self._early_key()
        return self._in_two_steps(key) if key is not None else self._in_one_step()

    # ------------------------------------------------------------ one step

    def _in_one_step(self) -> exp.Select:
        made = exp.Select()
        labels = [(column, self._label(column)) for column in self.grouped]
        for column, (text, identity) in labels:
            made = made.select(exp.alias_(text, column.alias), copy=False)
            if identity is not None:
                made = made.select(exp.alias_(identity, f"{column.alias}_k"), copy=False)
        made = made.select(
            *(exp.alias_(self.columns.measure(m), name) for name, m in self.measures), copy=False
        )
        made = self._from(made.where(*self.conditions.all(), copy=False))
        return _group(made, [each for _, pair in labels for each in pair if each is not None])

    def _from(self, made: exp.Select) -> exp.Select:
        made = made.from_(exp.alias_(exp.table_(self.columns.table), "f", table=True), copy=False)
        if "l" in self.columns.joined:
            line = exp.alias_(exp.table_("fact_sales"), "l", table=True)
            on = exp.and_(path("l.order_id").eq(path("f.order_id")), path("l.line_no").eq(path("f.line_no")))
            made = left_join(made, line, on)
        for table, short in SHORT.items():
            if short in self.columns.joined:
                key = KEYS[table]
                joined = exp.alias_(exp.table_(table), short, table=True)
                made = left_join(made, joined, path(f"{short}.{key}").eq(path(f"f.{key}")))
        if "first" in self.columns.joined:
            made = made.join(
                self._first_days(),
                on="n.customer_key = f.customer_key and n.first_key = f.order_date_key",
                copy=False,
            )
        if "since" in self.columns.joined:
            made = made.join(self._first_days(), on="n.customer_key = f.customer_key", copy=False).where(
                self._came_before(), copy=False
            )
        return made

    def _came_before(self) -> Expression:
        """That the customer's first order lies before the row's own period, or before the whole one."""
        first = path("n.first_key")
        along = [
            c.dimension for c in self.grouped if c.dimension.is_series and c.dimension.role is Role.ORDERED
        ]
        if along:
            return exp.and_(*(self._part(d, first) < self._part(d, path("f.order_date_key")) for d in along))
        start = self.conditions.days.start
        # All time has nothing before it.
        return first < self.conditions.values.bind(int(f"{start:%Y%m%d}") if start else 0)

    def _part(self, dimension: Dimension, key: Expression) -> Expression:
        assert dimension.part is not None
        made = buckets.expression(dimension.part, key, self.columns.dialect, self.columns.reckoning)
        return exp.Paren(this=made)

    def _first_days(self) -> Expression:
        first = exp.select("customer_key", exp.alias_(call("MIN", path("order_date_key")), "first_key"))
        return (
            first.from_("fact_sales", copy=False)
            .group_by("customer_key", copy=False)
            .subquery("n", copy=False)
        )

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
            return self.columns.date_key(dimension.role)
        if not self.columns.holds(dimension):
            return f"f.{KEYS[dimension.table]}"
        return ""

    def _in_two_steps(self, key: str) -> exp.Select:
        inner = exp.select(exp.alias_(self.columns.at(key), "k"))
        groups = [self.columns.at(key)]
        outside: list[tuple[str, Expression]] = []
        for column in self.grouped:
            dimension = column.dimension
            if dimension.role is not None:
                assert dimension.part is not None
                text = self._bucket(column, path("a.k"))
            elif not self.columns.holds(dimension):
                text = path(f"{SHORT[dimension.table]}.{dimension.column}")
                if dimension.identity:
                    outside.append(
                        (f"{column.alias}_k", path(f"{SHORT[dimension.table]}.{dimension.identity}"))
                    )
            else:
                held = self.columns.text(dimension)
                inner = inner.select(exp.alias_(held, column.alias), copy=False)
                groups.append(held)
                text = path(f"a.{column.alias}")
            outside.append((column.alias, text))
        inner = inner.select(
            *(exp.alias_(self.columns.measure(m), name) for name, m in self.measures), copy=False
        )
        inner = _group(self._from(inner.where(*self.conditions.all(), copy=False)), groups)
        outer = exp.Select().select(*(exp.alias_(text, name) for name, text in outside), copy=False)
        outer = outer.select(
            *(exp.alias_(_sum(path(f"a.{name}")), name) for name, _ in self.measures), copy=False
        )
        outer = outer.from_(inner.subquery("a", copy=False), copy=False)
        table = next((t for t, k in KEYS.items() if key == f"f.{k}"), None)
        if table:
            joined = exp.alias_(exp.table_(table), SHORT[table], table=True)
            outer = left_join(outer, joined, path(f"{SHORT[table]}.{KEYS[table]}").eq(path("a.k")))
        return _group(outer, [text for _, text in outside])

    # ------------------------------------------------------------ its own columns

    def _label(self, column: Grouped) -> tuple[Expression, Expression | None]:
        dimension = column.dimension
        if dimension.role is not None:
            return self._bucket(column, self.columns.at(self.columns.date_key(dimension.role))), None
        text = self.columns.text(dimension)
        identity = f"{SHORT[dimension.table]}.{dimension.identity}" if dimension.identity else None
        return text, path(identity) if identity else None

    def _bucket(self, column: Grouped, key: Expression) -> Expression:
        assert column.dimension.part is not None
        made = buckets.expression(column.dimension.part, key, self.columns.dialect, self.columns.reckoning)
        return exp.Add(this=made, expression=number(column.steps)) if column.steps else made


def _sum(summand: Expression) -> Expression:
    return exp.Sum(this=summand)


def _group(made: exp.Select, groups: Sequence[Expression]) -> exp.Select:
    return made.group_by(*(each.copy() for each in groups), copy=False) if groups else made
