"""A Query as one statement of one engine, its values bound.

Each fact, and each stretch of time that is compared, is grouped by itself and never joined to another: what is
counted in one can't be counted twice through the other. The groups meet in a union that is grouped once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Period, Reckoning
from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.dialect import Dialect, Expression, number
from awesome_analytics.semantic.model import (
    Catalog,
    Count,
    Dimension,
    Distinct,
    Earlier,
    Fact,
    Formula,
    MembersMeeting,
    Minus,
    Newcomers,
    Ratio,
    Sum,
)
from awesome_analytics.semantic.query import (
    MOST_ROWS,
    Form,
    Having,
    Members,
    Op,
    Query,
    Role,
    Shown,
    Time,
    Value,
)
from awesome_analytics.semantic.stream import Grouped, Simple, Stream, Values, compare

DECIMALS = 8
"""Of a ratio."""


class Window(StrEnum):
    """Over which rows a measure is taken."""

    NOW = "now"
    BEFORE = "before"
    WHOLE = "whole"
    EARLIER = "earlier"


Measured = tuple[Simple | MembersMeeting, Window]


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A statement ready to run: `sql` with `%(v0)s` places, and their `values`.

    The answer's columns are the Query's dimensions and then its metrics; one row more than `limit` tells that
    there is more.
    """

    sql: str
    values: dict[str, Value | int]
    limit: int
    sources: tuple[str, ...]
    days: Days
    before: Days | None


@dataclass(kw_only=True)
class Compiler:
    """Puts one statement together; used once."""

    catalog: Catalog
    dialect: Dialect
    today: date
    reckoning: Reckoning = field(default_factory=Reckoning)
    values: Values = field(default_factory=Values)
    sources: list[str] = field(default_factory=list)
    _tables: list[tuple[str, Expression]] = field(default_factory=list)

    def compiled(self, query: Query) -> Compiled:
        """The statement. Raises InvalidInput that names the part which doesn't fit the others."""
        part = _Part(compiler=self, query=query)
        rows = part.rows()
        limit = query.limit or MOST_ROWS
        select = self._ordered(query, part, rows).limit(limit + (query.limit is None))
        for name, table in self._tables:
            select = select.with_(name, as_=table)
        return Compiled(
            sql=self.dialect.text(select),
            values=self.values.held,
            limit=limit,
            sources=tuple(dict.fromkeys(self.sources)),
            days=part.days,
            before=part.before,
        )

    def table(self, select: Expression) -> str:
        """Give a select a name to read it by."""
        name = f"t{len(self._tables)}"
        self._tables.append((name, select))
        return name

    def _ordered(self, query: Query, part: "_Part", rows: exp.Select) -> exp.Select:
        keys = part.order_keys()
        outside = exp.select(*part.output_columns()).from_(rows.subquery("r"))
        if query.limit_per:
            ranked = exp.select("r.*", exp.alias_(part.place(keys), "place")).from_(rows.subquery("r"))
            outside = exp.select(*part.output_columns()).from_(ranked.where(*part.having()).subquery("r"))
            outside = outside.where(exp.column("place") <= number(query.limit_per.count))
        else:
            outside = outside.where(*part.having())
        return outside.order_by(*keys) if keys else outside


@dataclass(kw_only=True)
class _Part:
    """One Query inside the statement: the whole one, or a condition on members."""

    compiler: Compiler
    query: Query
    days: Days = field(init=False)
    before: Days | None = field(init=False)
    _measured: dict[Measured, str] = field(default_factory=dict)
    _shown: dict[Shown, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        query, catalog = self.query, self.compiler.catalog
        self.dimensions = [catalog.dimension(name) for name in query.dimensions]
        self.days = self._days(query.time)
        self.series = self._series()
        self.steps = self._steps()
        self.before = self._before()
        for each in self._all_shown():
            self._check(each)
            self._shown[each] = f"c{len(self._shown)}"

    # ------------------------------------------------------------ what it is about

    def _days(self, time: Time | None) -> Days:
        return time.period.days(self.compiler.today, self.compiler.reckoning) if time else Days()

    @property
    def role(self) -> Role:
        return (
            self.query.time.role
            if self.query.time
            else (self.series.role if self.series else None) or Role.ORDERED
        )

    def _series(self) -> Dimension | None:
        """The dimension along which time runs, if there is exactly one."""
        found = [dimension for dimension in self.dimensions if dimension.is_series]
        return found[0] if len(found) == 1 else None

    def _steps(self) -> int:
        query = self.query
        if query.compare is None:
            if any(s.form in (Form.BEFORE, Form.CHANGE, Form.GROWTH) for s in self._all_shown()):
                raise InvalidInput("compare", "say with what: previous, year_before or a period such as 2013")
            return 0
        if self.series is None:
            if any(dimension.is_series for dimension in self.dimensions):
                raise InvalidInput("compare", "a comparison goes along one time dimension, not along two")
            return 0
        if query.time and self.series.role is not query.time.role:
            raise InvalidInput("compare", "the time dimension and the time range are of different dates")
        assert self.series.part is not None
        other = self._other() if query.compare not in ("previous", "year_before") else None
        return buckets.steps_back(self.series.part, query.compare, self.days, other, self.compiler.reckoning)

    def _other(self) -> Days:
        assert self.query.compare is not None
        return Period(self.query.compare).days(self.compiler.today, self.compiler.reckoning)

    def _before(self) -> Days | None:
        query = self.query
        if query.compare is None:
            return None
        try:
            if self.series is not None:
                assert self.series.part is not None
                return buckets.shifted(self.series.part, self.days, self.steps)
            if query.compare == "previous":
                return self.days.previous()
            return self.days.shifted_months(-12) if query.compare == "year_before" else self._other()
        except (ValueError, OverflowError) as error:
            raise InvalidInput(
                "compare", "the period compared with lies before the calendar begins"
            ) from error

    def _all_shown(self) -> list[Shown]:
        named = [*self.query.metrics, *(having.metric for having in self.query.having)]
        for order in self.query.order:
            if order.by not in self.query.dimensions:
                named.append(Shown.parse(order.by))
        return list(dict.fromkeys(named))

    def _check(self, shown: Shown) -> None:
        metric = self.compiler.catalog.metric(shown.metric)
        if shown.form is Form.SHARE and metric.format not in ("money", "number"):
            raise InvalidInput("metrics", f"{metric.label} is itself a ratio: it has no share of a total")
        if shown.form is Form.RUNNING:
            if self.series is None:
                raise InvalidInput("metrics", "a running total needs one time dimension to run along")
            if not metric.additive and not self._adds_up(metric.formula):
                raise InvalidInput(
                    "metrics", f"{metric.label} of several periods don't add up to a running total"
                )
        if shown.form is Form.SHARE and not set(self.query.share_of) <= set(self.query.dimensions):
            raise InvalidInput("share_of", "a share is of the total or of a dimension that is in the answer")

    def _adds_up(self, formula: Formula) -> bool:
        if isinstance(formula, Minus):
            left, right = (self.compiler.catalog.metric(name) for name in (formula.left, formula.right))
            return (left.additive or self._adds_up(left.formula)) and (
                right.additive or self._adds_up(right.formula)
            )
        # An order has one order date: no order stands in two of its periods.
        of_order = isinstance(formula, Distinct) and formula.dimension in ("order", "return")
        return of_order and self.series is not None and self.series.role is Role.ORDERED

    # ------------------------------------------------------------ the rows

    def rows(self) -> exp.Select:
        """Dimensions and every figure that is shown, asked of or ordered by."""
        figures = {shown: self._figure(shown) for shown in self._shown}
        whole = self._whole() if any(self._of_whole(s) for s in self._shown) else None
        source = self._meeting(self.query.dimensions)
        select = exp.select(*self._keys())
        select = select.select(*(exp.alias_(figures[s], c) for s, c in self._shown.items()))
        select = select.from_(exp.alias_(exp.to_table(source), "g", table=True))
        if whole:
            select = self._beside(select, whole)
        return select

    def _keys(self) -> list[Expression]:
        made = []
        for position, dimension in enumerate(self.dimensions):
            made.append(exp.column(f"d{position}", table="g"))
            if dimension.identity:
                made.append(exp.column(f"d{position}_k", table="g"))
        return made

    def _figure(self, shown: Shown) -> Expression:
        now = self._value(shown.metric, Window.NOW)
        if shown.form is Form.ITSELF:
            return now
        if shown.form is Form.SHARE:
            return self._share(shown.metric, now)
        if shown.form is Form.RUNNING:
            return self._running(now)
        before = self._value(shown.metric, Window.BEFORE)
        if shown.form is Form.BEFORE:
            return before
        change = exp.Paren(this=exp.Sub(this=now, expression=before))
        if shown.form is Form.CHANGE:
            return change
        # Growth from nothing or from a loss is no percentage.
        base = exp.Case().when(before.copy() > number(0), before.copy())
        return quotient(change, base)

    def _share(self, metric: str, now: Expression) -> Expression:
        if self.query.part or self.query.part_members:
            return quotient(now, self._value(metric, Window.WHOLE))
        if self._of_whole(Shown(metric, Form.SHARE)):
            name = f"w{list(self._shown).index(Shown(metric, Form.SHARE))}"
            return quotient(now, exp.column(name, table="w"))
        groups = [exp.column(key, table="g") for key in self._columns_of(self.query.share_of)]
        return quotient(now, exp.Window(this=exp.Sum(this=now.copy()), partition_by=groups or None))

    def _of_whole(self, shown: Shown) -> bool:
        """Whether a share's total is not the sum of the rows."""
        parted = self.query.part or self.query.part_members
        return (
            shown.form is Form.SHARE
            and not parted
            and not self.compiler.catalog.metric(shown.metric).additive
        )

    def _running(self, now: Expression) -> Expression:
        assert self.series is not None
        along = self.query.dimensions.index(self.series.name)
        others = [n for n in self.query.dimensions if n != self.series.name]
        groups = [exp.column(key, table="g") for key in self._columns_of(others)]
        order = exp.Order(expressions=[exp.Ordered(this=exp.column(f"d{along}", table="g"))])
        return exp.Window(this=exp.Sum(this=now), partition_by=groups or None, order=order)

    def _columns_of(self, names: Sequence[str]) -> list[str]:
        made = []
        for name in names:
            position = self.query.dimensions.index(name)
            made.append(f"d{position}")
            if self.dimensions[position].identity:
                made.append(f"d{position}_k")
        return made

    def _value(self, name: str, window: Window) -> Expression:
        """A metric as an expression over the measures, which it registers."""
        metric = self.compiler.catalog.metric(name)
        formula = metric.formula
        if isinstance(formula, Ratio):
            return quotient(self._value(formula.numerator, window), self._value(formula.denominator, window))
        if isinstance(formula, Minus):
            left, right = self._value(formula.left, window), self._value(formula.right, window)
            return exp.Paren(this=exp.Sub(this=left, expression=right))
        if isinstance(formula, Earlier):
            return self._earlier(formula, metric.label, window)
        alias = self._measured.setdefault((formula, window), f"m{len(self._measured)}")
        return exp.Coalesce(this=exp.column(alias, table="g"), expressions=[number(0)])

    def _earlier(self, formula: Earlier, label: str, window: Window) -> Expression:
        if self.days.start is None:
            raise InvalidInput(
                "time", f"{label} needs a period that begins somewhere, such as last_12_months or 2014"
            )
        if window is not Window.NOW or any(dimension.role for dimension in self.dimensions):
            raise InvalidInput(
                "metrics", f"{label} is not to be had by dates or in comparison with another period"
            )
        return self._value(formula.metric, Window.EARLIER)

    # ------------------------------------------------------------ groups that meet

    def _meeting(self, names: Sequence[str]) -> str:
        """The streams of all measures, grouped once more where there are several; returns the table's name."""
        grouped = self._grouped(names, steps=0)
        streams = self._streams(grouped)
        columns = [key for column in grouped for key in _keys_of(column)]
        if len(streams) == 1:
            return self.compiler.table(streams[0][1])
        aliases = [alias for alias in self._measured.values()]
        parts = []
        for held, select in streams:
            name = self.compiler.table(select)
            given = [exp.column(c) for c in columns]
            given += [exp.column(a) if a in held else exp.alias_(_nothing(), a) for a in aliases]
            parts.append(exp.select(*given).from_(name))
        union: Expression = parts[0]
        for other in parts[1:]:
            union = exp.union(union, other, distinct=False)
        sums = [exp.alias_(exp.Sum(this=exp.column(a)), a) for a in aliases]
        together = exp.select(*map(exp.column, columns), *sums).from_(exp.Subquery(this=union, alias="u"))
        together = together.group_by(*map(exp.column, columns)) if columns else together
        if self.query.compare and self.series:
            # A bucket stands where something happened in it, not where only the one compared with is.
            now = [a for (_, window), a in self._measured.items() if window is Window.NOW]
            together = together.having(exp.Count(this=exp.column(now[0])) > number(0))
        return self.compiler.table(together)

    def _grouped(self, names: Sequence[str], *, steps: int) -> list[Grouped]:
        made = []
        for name in names:
            position = self.query.dimensions.index(name)
            dimension = self.dimensions[position]
            moved = steps if dimension is self.series else 0
            made.append(Grouped(alias=f"d{position}", dimension=dimension, steps=moved))
        return made

    def _streams(self, grouped: list[Grouped]) -> list[tuple[set[str], Expression]]:
        """One select for each fact, window and special measure, with the measures it computes."""
        if not self._measured:
            self._measured[(Count(fact=self._home_of_dimensions()), Window.NOW)] = "m0"
        sorted_out: dict[tuple[object, Window], list[tuple[str, Simple | MembersMeeting]]] = {}
        for (formula, window), alias in self._measured.items():
            own = formula if isinstance(formula, MembersMeeting | Newcomers) else formula.fact
            sorted_out.setdefault((own, window), []).append((alias, formula))
        made = []
        for (_, window), measures in sorted_out.items():
            made.append(({alias for alias, _ in measures}, self._stream(grouped, window, measures)))
        return made

    def _home_of_dimensions(self) -> Fact:
        asked = any(d.table == "dim_return" or d.role is Role.RETURNED for d in self.dimensions)
        return "returns" if asked else "sales"

    def _stream(
        self, grouped: list[Grouped], window: Window, measures: list[tuple[str, Simple | MembersMeeting]]
    ) -> Expression:
        moved = (
            self._grouped([g.dimension.name for g in grouped], steps=self.steps)
            if window is Window.BEFORE
            else grouped
        )
        if isinstance(measures[0][1], MembersMeeting):
            return self._counted_members(moved, window, measures[0][0], measures[0][1])
        simple = [(alias, formula) for alias, formula in measures if not isinstance(formula, MembersMeeting)]
        return self._select(moved, window, simple)

    def _select(
        self, grouped: list[Grouped], window: Window, measures: list[tuple[str, Simple]]
    ) -> exp.Select:
        query, compiler = self.query, self.compiler
        parted = window is not Window.WHOLE
        first = measures[0][1]
        fact: Fact = "sales" if isinstance(first, Newcomers) else first.fact
        members = [*query.members, *(query.part_members if parted else ())]
        compiler.sources.append("fact_sales" if fact == "sales" else "fact_return")
        return Stream(
            fact=fact,
            catalog=compiler.catalog,
            dialect=compiler.dialect,
            reckoning=compiler.reckoning,
            values=compiler.values,
            grouped=grouped,
            measures=measures,
            filters=[*query.filters, *(query.part if parted else ())],
            members=[self._member_keys(each) for each in members],
            days=self._window_days(window),
            role=self.role,
        ).select()

    def _window_days(self, window: Window) -> Days:
        if window is Window.BEFORE:
            assert self.before is not None
            return self.before
        if window is Window.EARLIER:
            assert self.days.start is not None
            return Days(end=self.days.start - timedelta(days=1))
        return self.days

    def _counted_members(
        self, grouped: list[Grouped], window: Window, alias: str, formula: MembersMeeting
    ) -> Expression:
        catalog = self.compiler.catalog
        inner = catalog.metric(formula.having.metric.metric).formula
        if not isinstance(inner, Sum | Count | Distinct):
            raise InvalidInput("metrics", "members are counted by a figure that is a sum or a count")
        entity = catalog.dimension(catalog.entity(formula.entity).dimension)
        each = self._select([*grouped, Grouped(alias="e", dimension=entity)], window, [("x", inner)])
        keys = [exp.column(key) for column in grouped for key in _keys_of(column)]
        places = [self.compiler.values.bind(value) for value in formula.having.values]
        made = exp.select(*keys, exp.alias_(exp.Count(this=exp.Star()), alias)).from_(each.subquery("i"))
        made = made.where(compare(exp.column("x"), formula.having.op, places))
        return made.group_by(*(key.copy() for key in keys)) if keys else made

    def _member_keys(self, members: Members) -> tuple[str, Expression, bool]:
        """A select of the keys of the members that meet a condition."""
        entity = self.compiler.catalog.entity(members.entity)
        inner = Query(
            dimensions=(entity.dimension,), having=members.having, filters=members.filters, time=members.time
        )
        part = _Part(compiler=self.compiler, query=inner)
        rows = part.rows()
        dimension = self.compiler.catalog.dimension(entity.dimension)
        key = "d0_k" if dimension.identity else "d0"
        found = exp.select(exp.column(key)).from_(rows.subquery("r")).where(*part.having())
        return entity.dimension, found, members.negate

    def _whole(self) -> str:
        """The totals that shares of what doesn't add up are of."""
        names = list(self.query.share_of)
        part = _Part(compiler=self.compiler, query=self.query.but(
            dimensions=tuple(names),
            metrics=tuple(Shown(s.metric) for s in self._shown if self._of_whole(s)),
            having=(), order=(), limit_per=None, share_of=(), compare=None,
        ))  # fmt: skip
        rows = part.rows()
        position = {
            shown: f"w{list(self._shown).index(Shown(shown.metric, Form.SHARE))}" for shown in part._shown
        }
        keys = [exp.alias_(exp.column(k), f"s_{k}") for k in part._columns_of(names)]
        renamed = [exp.alias_(exp.column(c), position[shown]) for shown, c in part._shown.items()]
        return self.compiler.table(exp.select(*keys, *renamed).from_(rows.subquery("r")))

    def _beside(self, select: exp.Select, whole: str) -> exp.Select:
        table = exp.alias_(exp.to_table(whole), "w", table=True)
        pairs = zip(
            self._columns_of(self.query.share_of),
            _numbered(self.query.share_of, self.compiler.catalog),
            strict=True,
        )
        on = [
            exp.NullSafeEQ(this=exp.column(mine, table="g"), expression=exp.column(f"s_{theirs}", table="w"))
            for mine, theirs in pairs
        ]
        return (
            select.join(table, on=exp.and_(*on), join_type="left")
            if on
            else select.join(table, join_type="cross")
        )

    # ------------------------------------------------------------ conditions and order on the rows

    def having(self) -> list[Expression]:
        """Conditions on the rows' figures."""
        return [self._having(each) for each in self.query.having]

    def _having(self, each: Having) -> Expression:
        places = [self.compiler.values.bind(value) for value in each.values]
        return compare(exp.column(self._shown[each.metric], table="r"), Op(each.op), places)

    def output_columns(self) -> list[Expression]:
        """The answer's columns."""
        named = [exp.alias_(exp.column(f"d{i}", table="r"), d.name) for i, d in enumerate(self.dimensions)]
        return named + [
            exp.alias_(exp.column(self._shown[s], table="r"), str(s).replace(".", "_"))
            for s in self.query.metrics
        ]

    def order_keys(self) -> list[Expression]:
        """The order asked for, then the dimensions, so that equal figures always come in one order."""
        asked = list(self.query.order)
        made: list[Expression] = []
        for order in asked:
            by = order.by
            column = (
                f"d{self.query.dimensions.index(by)}"
                if by in self.query.dimensions
                else self._shown[Shown.parse(by)]
            )
            made += _sorted(exp.column(column, table="r"), descending=order.descending)
        for key in self._columns_of([d for d in self.query.dimensions if d not in {o.by for o in asked}]):
            made += _sorted(exp.column(key, table="r"), descending=False)
        return made

    def place(self, keys: list[Expression]) -> Expression:
        """A row's place in its group."""
        assert self.query.limit_per is not None
        for name in self.query.limit_per.dimensions:
            if name not in self.query.dimensions:
                raise InvalidInput(
                    "limit_per", f"the answer is not split by {name}, so it has no groups of it"
                )
        groups = [exp.column(k, table="r") for k in self._columns_of(self.query.limit_per.dimensions)]
        order = exp.Order(expressions=[key.copy() for key in keys])
        return exp.Window(this=exp.RowNumber(), partition_by=groups, order=order)


def quotient(left: Expression, right: Expression) -> Expression:
    """A division that both engines do to the same digit, and null where it can't be done."""
    exact = exp.cast(left.copy(), "decimal(38, 10)")
    none = exp.func("NULLIF", right.copy(), number(0))
    return exp.Round(this=exp.Div(this=exact, expression=none), decimals=number(DECIMALS))


def _sorted(column: Expression, *, descending: bool) -> list[Expression]:
    missing = exp.Case().when(column.is_(exp.null()), number(1)).else_(number(0))
    return [
        exp.Ordered(this=missing),
        exp.Ordered(this=column.copy(), desc=descending, nulls_first=not descending),
    ]


def _keys_of(column: Grouped) -> list[str]:
    return [column.alias, f"{column.alias}_k"] if column.dimension.identity else [column.alias]


def _numbered(names: Sequence[str], catalog: Catalog) -> list[str]:
    made = []
    for position, name in enumerate(names):
        made.append(f"d{position}")
        if catalog.dimension(name).identity:
            made.append(f"d{position}_k")
    return made


def _nothing() -> Expression:
    # A bare null is a text to PostgreSQL when three selects meet.
    return exp.cast(exp.null(), "decimal(38, 10)")
