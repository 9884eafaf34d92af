"""A Query as one statement of one engine, its values bound.

Each fact, and each stretch of time that is compared, is grouped by itself and never joined to another: what
is counted in one can't be counted twice through the other. The groups meet in a union, grouped once more.

Builders are told `copy=False` throughout: copying the tree at each step is most of what compiling would cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import PLAIN_RECKONING, Days, Reckoning
from awesome_analytics.semantic.conditions import compare
from awesome_analytics.semantic.dialect import Dialect, Expression, left_join, number
from awesome_analytics.semantic.figures import Figures
from awesome_analytics.semantic.meeting import Meeting, Statement
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import MOST_ROWS, Having, Members, Order, Query, Shown, Top, Value
from awesome_analytics.semantic.question import Question


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A statement ready to run: `sql` with `%(v0)s` places, and their `values`.

    The answer's columns are the Query's dimensions and then its metrics; where the Query sets no limit, a row
    more than `limit` tells that there is more. `sources` are the tables that figures are added up from.
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
    reckoning: Reckoning = PLAIN_RECKONING
    use_summaries: bool = True
    orders_have_one_day: bool = True

    def compiled(self, query: Query) -> Compiled:
        """The statement. Raises InvalidInput that names the part which doesn't fit the others."""
        statement = Statement(
            catalog=self.catalog,
            dialect=self.dialect,
            reckoning=self.reckoning,
            use_summaries=self.use_summaries,
            orders_have_one_day=self.orders_have_one_day,
        )
        rows = _Rows(compiler=self, statement=statement, query=query)
        limit = query.limit or MOST_ROWS
        select = rows.answer().limit(limit + (query.limit is None), copy=False)
        if query.skip:
            select = select.offset(query.skip, copy=False)
        for name, table in statement.tables:
            select = select.with_(exp.TableAlias(this=exp.to_identifier(name)), as_=table, copy=False)
        return Compiled(
            sql=self.dialect.text(select),
            values=statement.values.held,
            limit=limit,
            sources=tuple(dict.fromkeys(statement.sources)),
            days=rows.question.days,
            before=rows.question.before,
        )


@dataclass(kw_only=True)
class _Rows:
    """One Query inside the statement: the whole one, the totals of its shares, a condition's members."""

    compiler: Compiler
    statement: Statement
    query: Query
    question: Question = field(init=False)
    figures: Figures = field(init=False)

    def __post_init__(self) -> None:
        compiler = self.compiler
        self.question = Question(
            query=self.query, catalog=compiler.catalog, today=compiler.today, reckoning=compiler.reckoning
        )
        self.figures = Figures(question=self.question)

    def rows(self) -> exp.Select:
        """Dimensions and every figure that is shown, asked of or sorted by."""
        figures = [
            exp.alias_(self.figures.figure(shown), alias, copy=False)
            for shown, alias in self.figures.aliases.items()
        ]
        whole = self._whole()
        meeting = Meeting(
            statement=self.statement, question=self.question, figures=self.figures, keys_of=self._members_keys
        )
        keys = self.question.columns_of(self.query.dimensions)
        select = exp.select(*(exp.column(key, table="g") for key in keys), *figures)
        select = select.from_(exp.alias_(exp.table_(meeting.table()), "g", table=True), copy=False)
        return self._beside(select, whole) if whole else select

    def answer(self) -> exp.Select:
        """The rows that are asked for, in order."""
        source, conditions = self.rows(), self.having()
        keys = self._order()
        if self.query.limit_per:
            ranked = exp.select("r.*", exp.alias_(self._place(keys), "place")).from_(
                source.subquery("r", copy=False), copy=False
            )
            source = ranked.where(*conditions, copy=False)
            skipped = self.query.limit_per.skip
            conditions = [exp.column("place") <= number(skipped + self.query.limit_per.count)]
            if skipped:
                conditions.append(exp.column("place") > number(skipped))
        select = (
            exp.select(*self._output())
            .from_(source.subquery("r", copy=False), copy=False)
            .where(*conditions, copy=False)
        )
        return select.order_by(*keys, copy=False) if keys else select

    # ------------------------------------------------------------ members and totals

    def _members_keys(self, members: Members) -> exp.Select:
        """A select of the keys of the members that meet a condition."""
        catalog = self.compiler.catalog
        dimension = catalog.dimension(catalog.entity(members.entity).dimension)
        top = members.top
        inner = Query(
            dimensions=(dimension.name,),
            having=members.having,
            filters=members.filters,
            time=members.time,
            order=(Order(by=str(top.by), descending=top.descending),) if top else (),
        )
        part = _Rows(compiler=self.compiler, statement=self.statement, query=inner)
        key = exp.column("d0_k" if dimension.identity else "d0")
        found = (
            exp.select(key)
            .from_(part.rows().subquery("r", copy=False), copy=False)
            .where(*part.having(), copy=False)
        )
        return found if top is None else part.first(found, key, top)

    def first(self, found: exp.Select, key: exp.Column, top: Top) -> exp.Select:
        """The first of them that have the figure; one select deeper: MySQL takes no limit in an `in`."""
        held = exp.column(self.figures.aliases[top.by], table="r")
        cut = found.where(held.is_(exp.null()).not_(), copy=False).order_by(*self._order(), copy=False)
        inside = cut.limit(top.count, copy=False).subquery("t", copy=False)
        return exp.select(key.copy()).from_(inside, copy=False)

    def _whole(self) -> str | None:
        """The table of totals that shares of what doesn't add up are of."""
        shares = [shown for shown in self.question.shown if self.question.is_of_whole(shown)]
        if not shares:
            return None
        names = self.query.share_of
        totals = Query(
            dimensions=names,
            metrics=tuple(Shown(shown.metric) for shown in shares),
            filters=self.query.filters,
            members=self.query.members,
            time=self.query.time,
        )
        part = _Rows(compiler=self.compiler, statement=self.statement, query=totals)
        keys = [exp.alias_(exp.column(key), f"s_{key}") for key in part.question.columns_of(names)]
        figures = [
            exp.alias_(exp.column(alias), self.figures.whole_alias(shown))
            for shown, alias in part.figures.aliases.items()
        ]
        return self.statement.table(
            exp.select(*keys, *figures).from_(part.rows().subquery("r", copy=False), copy=False)
        )

    def _beside(self, select: exp.Select, whole: str) -> exp.Select:
        table = exp.alias_(exp.table_(whole), "w", table=True)
        names = self.query.share_of
        theirs = [key for position, name in enumerate(names) for key in self._numbered(position, name)]
        on = [
            exp.NullSafeEQ(this=exp.column(mine, table="g"), expression=exp.column(f"s_{key}", table="w"))
            for mine, key in zip(self.question.columns_of(names), theirs, strict=True)
        ]
        if not on:
            return select.join(table, join_type="cross", copy=False)
        return left_join(select, table, exp.and_(*on))

    def _numbered(self, position: int, name: str) -> list[str]:
        with_key = self.compiler.catalog.dimension(name).identity
        return [f"d{position}", f"d{position}_k"] if with_key else [f"d{position}"]

    # ------------------------------------------------------------ conditions and order on the rows

    def having(self) -> list[Expression]:
        """Conditions on the rows' figures."""
        return [self._having(each) for each in self.query.having]

    def _having(self, each: Having) -> Expression:
        places = [self.statement.values.bind(value) for value in each.values]
        return compare(exp.column(self.figures.aliases[each.metric], table="r"), each.op, places)

    def _output(self) -> list[Expression]:
        made: list[Expression] = []
        for position, dimension in enumerate(self.question.dimensions):
            made.append(exp.alias_(exp.column(f"d{position}", table="r"), dimension.name))
        for shown in self.query.metrics:
            column = exp.column(self.figures.aliases[shown], table="r")
            made.append(exp.alias_(column, str(shown).replace(".", "_")))
        return made

    def _order(self) -> list[Expression]:
        """The order asked for, then the dimensions, so that equal figures always come in one order."""
        made: list[Expression] = []
        for order in self.query.order:
            made += _sorted(self._column(order.by), descending=order.descending)
        sorted_by = {order.by for order in self.query.order}
        for key in self.question.columns_of(
            [name for name in self.query.dimensions if name not in sorted_by]
        ):
            made += _sorted(key, descending=False)
        return made

    def _column(self, by: str) -> str:
        if by in self.query.dimensions:
            return f"d{self.query.dimensions.index(by)}"
        return self.figures.aliases[Shown.parse(by)]

    def _place(self, keys: Sequence[Expression]) -> Expression:
        """A row's place in its group."""
        assert self.query.limit_per is not None
        names = self.query.limit_per.dimensions
        for name in names:
            if name not in self.query.dimensions:
                raise InvalidInput(
                    "limit_per", f"the answer is not split by {name}, so it has no groups of it"
                )
        groups = [exp.column(key, table="r") for key in self.question.columns_of(names)]
        order = exp.Order(expressions=[key.copy() for key in keys])
        return exp.Window(this=exp.RowNumber(), partition_by=groups, order=order)


def _sorted(name: str, *, descending: bool) -> list[Expression]:
    """Missing ones last, whichever way."""
    column = exp.column(name, table="r")
    missing = exp.Case().when(column.is_(exp.null()), number(1)).else_(number(0))
    return [
        exp.Ordered(this=missing, nulls_first=True),
        exp.Ordered(this=column.copy(), desc=descending, nulls_first=not descending),
    ]
