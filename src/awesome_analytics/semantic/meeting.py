"""Where the groups of several facts and stretches of time meet: one select each, and a union of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Reckoning
from awesome_analytics.semantic.columns import Columns, Simple
from awesome_analytics.semantic.conditions import Conditions, Values, compare
from awesome_analytics.semantic.dialect import Dialect, Expression, number
from awesome_analytics.semantic.figures import Figures, Window
from awesome_analytics.semantic.model import (
    Catalog,
    Count,
    Distinct,
    Fact,
    MembersMeeting,
    Newcomers,
    Returning,
    Sum,
)
from awesome_analytics.semantic.query import Members, Role
from awesome_analytics.semantic.question import Question
from awesome_analytics.semantic.stream import Grouped, Stream
from awesome_analytics.semantic.summaries import Need, SummaryColumns

Named = tuple[str, Simple | MembersMeeting]
"""A column and the measure it holds."""


@dataclass(kw_only=True)
class Statement:
    """What all parts of one statement share: its values, its named tables, where its figures come from."""

    catalog: Catalog
    dialect: Dialect
    reckoning: Reckoning
    use_summaries: bool
    orders_have_one_day: bool
    values: Values = field(default_factory=Values)
    tables: list[tuple[str, Expression]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)

    def table(self, select: Expression) -> str:
        """Give a select a name to read it by."""
        name = f"t{len(self.tables)}"
        self.tables.append((name, select))
        return name


@dataclass(kw_only=True)
class Meeting:
    """All measures of one Question, by its dimensions."""

    statement: Statement
    question: Question
    figures: Figures
    keys_of: Callable[[Members], exp.Select]
    """A select of the keys of the members that meet a condition."""

    def table(self) -> str:
        """The name of the table that holds them, a row for each group."""
        streams = self._streams()
        if len(streams) == 1:
            return self.statement.table(streams[0][1])
        keys = self.question.columns_of(self.question.query.dimensions)
        aliases = list(self.figures.measured.values())
        parts = [self._padded(keys, aliases, held, select) for held, select in streams]
        union: Expression = parts[0]
        for other in parts[1:]:
            union = exp.union(union, other, distinct=False, copy=False)
        sums = [exp.alias_(exp.Sum(this=exp.column(alias)), alias, copy=False) for alias in aliases]
        together = exp.select(*map(exp.column, keys), *sums).from_(
            exp.Subquery(this=union, alias="u"), copy=False
        )
        together = together.group_by(*map(exp.column, keys), copy=False) if keys else together
        if self.question.before and self.question.series:
            # A bucket stands where something happened in it, not where only the one compared with is.
            now = [alias for (_, window), alias in self.figures.measured.items() if window is Window.NOW]
            happened = [exp.Count(this=exp.column(alias)) > number(0) for alias in now]
            together = together.having(exp.or_(*happened), copy=False)
        return self.statement.table(together)

    def _padded(self, keys: list[str], aliases: list[str], held: set[str], select: Expression) -> exp.Select:
        columns: list[Expression] = [exp.column(key) for key in keys]
        columns += [exp.column(a) if a in held else exp.alias_(_nothing(), a, copy=False) for a in aliases]
        return exp.select(*columns).from_(self.statement.table(select), copy=False)

    def _streams(self) -> list[tuple[set[str], Expression]]:
        """One select for each fact, window and special measure, with the columns it holds."""
        if not self.figures.measured:
            self.figures.measured[(Count(fact=self._home()), Window.NOW)] = "m0"
        sorted_out: dict[tuple[object, Window], list[Named]] = {}
        for (formula, window), alias in self.figures.measured.items():
            own = formula if isinstance(formula, MembersMeeting | Newcomers | Returning) else formula.fact
            sorted_out.setdefault((own, window), []).append((alias, formula))
        return [
            ({alias for alias, _ in measures}, self._stream(window, measures))
            for (_, window), measures in sorted_out.items()
        ]

    def _home(self) -> Fact:
        """The fact that members without a figure are listed from."""
        dimensions = self.question.dimensions
        asked = any(d.table == "dim_return" or d.role is Role.RETURNED for d in dimensions)
        return "returns" if asked else "sales"

    def _stream(self, window: Window, measures: Sequence[Named]) -> Expression:
        steps = self.question.steps if window is Window.BEFORE else 0
        grouped = [
            Grouped(alias=f"d{i}", dimension=d, steps=steps if d is self.question.series else 0)
            for i, d in enumerate(self.question.dimensions)
        ]
        alias, first = measures[0]
        if isinstance(first, MembersMeeting):
            return self._counted_members(grouped, window, alias, first)
        simple = [(name, formula) for name, formula in measures if not isinstance(formula, MembersMeeting)]
        return self._select(grouped, window, simple)

    def _select(
        self, grouped: Sequence[Grouped], window: Window, measures: Sequence[tuple[str, Simple]]
    ) -> exp.Select:
        query, statement = self.question.query, self.statement
        parted = window is not Window.WHOLE
        first = measures[0][1]
        fact: Fact = "sales" if isinstance(first, Newcomers | Returning) else first.fact
        members = [*query.members, *(query.part_members if parted else ())]
        filters = [*query.filters, *(query.part if parted else ())]
        days = self._days(window)
        need = Need(
            fact=fact,
            catalog=statement.catalog,
            measures=[measure for _, measure in measures],
            dimensions=[column.dimension for column in grouped],
            filters=filters,
            days=days,
            role=self.question.role,
            orders_have_one_day=statement.orders_have_one_day,
        )
        columns = self._columns(need, members)
        statement.sources.append(columns.table)
        conditions = Conditions(
            columns=columns,
            catalog=statement.catalog,
            values=statement.values,
            filters=filters,
            members=[self._member(each) for each in members],
            days=days,
            role=self.question.role,
        )
        return Stream(columns=columns, conditions=conditions, grouped=grouped, measures=measures).select()

    def _columns(self, need: Need, members: Sequence[Members]) -> Columns:
        statement = self.statement
        summary = need.best() if statement.use_summaries and not members else None
        if summary:
            return SummaryColumns(
                fact=need.fact,
                catalog=statement.catalog,
                dialect=statement.dialect,
                reckoning=statement.reckoning,
                summary=summary,
            )
        return Columns(
            fact=need.fact,
            catalog=statement.catalog,
            dialect=statement.dialect,
            reckoning=statement.reckoning,
        )

    def _member(self, members: Members) -> tuple[str, Expression, bool]:
        entity = self.statement.catalog.entity(members.entity)
        return entity.dimension, self.keys_of(members), members.negate

    def _days(self, window: Window) -> Days:
        if window is Window.BEFORE:
            assert self.question.before is not None
            return self.question.before
        if window is Window.SO_FAR:
            return Days(end=self.question.days.end or date.max)
        return self.question.days

    def _counted_members(
        self, grouped: Sequence[Grouped], window: Window, alias: str, formula: MembersMeeting
    ) -> Expression:
        catalog = self.statement.catalog
        inner = catalog.metric(formula.having.metric.metric).formula
        if not isinstance(inner, Sum | Count | Distinct):
            raise InvalidInput("metrics", "members are counted by a figure that is a sum or a count")
        entity = catalog.dimension(catalog.entity(formula.entity).dimension)
        each = self._select([*grouped, Grouped(alias="e", dimension=entity)], window, [("x", inner)])
        keys = [exp.column(key) for key in self.question.columns_of(self.question.query.dimensions)]
        places = [self.statement.values.bind(value) for value in formula.having.values]
        made = exp.select(*keys, exp.alias_(exp.Count(this=exp.Star()), alias)).from_(
            each.subquery("i", copy=False), copy=False
        )
        made = made.where(compare(exp.column("x"), formula.having.op, places), copy=False)
        return made.group_by(*(key.copy() for key in keys), copy=False) if keys else made


def _nothing() -> Expression:
    # A bare null is a text to PostgreSQL when three selects meet.
    return exp.cast(exp.null(), "decimal(38, 10)")
