"""Runs a Query as a reader of the warehouse: one door for every face."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from awesome_analytics.core.periods import PLAIN_RECKONING, Days, Reckoning
from awesome_analytics.core.sql import blocks
from awesome_analytics.semantic import buckets
from awesome_analytics.semantic.compile import Compiled, Compiler
from awesome_analytics.semantic.dialect import DIALECTS
from awesome_analytics.semantic.model import Catalog, Format
from awesome_analytics.semantic.query import Form, Query, Shown

Cell = Decimal | int | str | date | None


class Reader(Protocol):
    """A warehouse connection that may only read."""

    name: str

    def query(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Rows of one statement."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of an answer: its name in the Query, its heading and how its cells are written."""

    name: str
    label: str
    format: Format
    is_metric: bool
    additive: bool = False
    good: str = "up"


@dataclass(frozen=True, kw_only=True)
class Result:
    """An answer. Percents are fractions; `truncated` says that there are more rows than these."""

    query: Query
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool
    sql: str
    values: dict[str, Any]
    sources: tuple[str, ...]
    days: Days
    before: Days | None
    as_of: datetime | None
    totals: tuple[Cell, ...] | None = None


def run(
    reader: Reader,
    query: Query,
    catalog: Catalog,
    *,
    today: date,
    reckoning: Reckoning = PLAIN_RECKONING,
    use_summaries: bool = True,
) -> Result:
    """The answer to a Query; raises InvalidInput when its parts don't fit together."""
    stands = standing(reader)
    compiled = compile_query(
        query,
        catalog,
        engine=reader.name,
        today=today,
        reckoning=reckoning,
        use_summaries=use_summaries and stands.summarised,
        orders_have_one_day=stands.orders_have_one_day,
    )
    columns = columns_of(query, catalog)
    found = reader.query(compiled.sql, compiled.values)
    truncated = query.limit is None and len(found) > compiled.limit
    rows = tuple(_row(catalog, columns, row, reckoning) for row in found[: compiled.limit])
    return Result(
        query=query,
        columns=columns,
        rows=rows,
        truncated=truncated,
        sql=compiled.sql,
        values=dict(compiled.values),
        sources=compiled.sources,
        days=compiled.days,
        before=compiled.before,
        as_of=stands.as_of,
        totals=_totals(reader, query, catalog, today, reckoning)
        if query.totals and query.dimensions
        else None,
    )


def compile_query(
    query: Query,
    catalog: Catalog,
    *,
    engine: str,
    today: date,
    reckoning: Reckoning = PLAIN_RECKONING,
    use_summaries: bool = True,
    orders_have_one_day: bool = True,
) -> Compiled:
    """The statement that answers a Query on an engine, where the warehouse stands as the last two say."""
    compiler = Compiler(
        catalog=catalog,
        dialect=DIALECTS[engine],
        today=today,
        reckoning=reckoning,
        use_summaries=use_summaries,
        orders_have_one_day=orders_have_one_day,
    )
    return compiler.compiled(query)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the warehouse stands: as of when, whether its summaries are built and what adds up in them."""

    as_of: datetime | None
    summarised: bool
    orders_have_one_day: bool


def standing(reader: Reader) -> Standing:
    """What a statement must know of the warehouse it is for."""
    as_of, summarised, several = reader.query(blocks(__package__, "run.sql")["standing"])[0]
    return Standing(as_of=as_of, summarised=bool(summarised), orders_have_one_day=several == 0)


def as_of(reader: Reader) -> datetime | None:
    """The moment up to which the warehouse is true; None before its first load."""
    return standing(reader).as_of


def columns_of(query: Query, catalog: Catalog) -> tuple[Column, ...]:
    """The columns an answer has."""
    dimensions = [catalog.dimension(name) for name in query.dimensions]
    made = [Column(name=d.name, label=d.label, format=d.format, is_metric=False) for d in dimensions]
    return (*made, *(_metric_column(shown, catalog) for shown in query.metrics))


_SUFFIX = {
    Form.ITSELF: "",
    Form.BEFORE: ", before",
    Form.CHANGE: ", change",
    Form.GROWTH: ", growth",
    Form.SHARE: ", share",
    Form.RUNNING: ", running total",
}


def _metric_column(shown: Shown, catalog: Catalog) -> Column:
    metric = catalog.metric(shown.metric)
    return Column(
        name=str(shown),
        label=metric.label + _SUFFIX[shown.form],
        format="percent" if shown.form in (Form.GROWTH, Form.SHARE) else metric.format,
        is_metric=True,
        additive=metric.additive and shown.form in (Form.ITSELF, Form.BEFORE, Form.CHANGE),
        good=metric.good,
    )


def _totals(
    reader: Reader, query: Query, catalog: Catalog, today: date, reckoning: Reckoning
) -> tuple[Cell, ...] | None:
    """The same figures not split: what a total row shows, right for counts and ratios, too."""
    metrics = tuple(shown for shown in query.metrics if shown.form not in (Form.SHARE, Form.RUNNING))
    if not metrics or (query.compare and not _is_comparable(query, today, reckoning)):
        return None
    whole = Query(
        metrics=metrics,
        filters=query.filters,
        members=query.members,
        part=query.part,
        part_members=query.part_members,
        time=query.time,
        compare=query.compare,
    )
    figures = dict(
        zip(metrics, run(reader, whole, catalog, today=today, reckoning=reckoning).rows[0], strict=True)
    )
    return (*(None for _ in query.dimensions), *(figures.get(shown) for shown in query.metrics))


def _is_comparable(query: Query, today: date, reckoning: Reckoning) -> bool:
    """Whether the whole stretch of time, and not only its steps, has another one to stand beside."""
    if query.time is None:
        return False
    days = query.time.period.days(today, reckoning)
    return query.compare != "previous" or (days.start is not None and days.end is not None)


def _row(
    catalog: Catalog, columns: Sequence[Column], row: Sequence[Any], reckoning: Reckoning
) -> tuple[Cell, ...]:
    made: list[Cell] = []
    for column, value in zip(columns, row, strict=True):
        if column.is_metric:
            made.append(_figure(column, value))
            continue
        part = catalog.dimension(column.name).part
        made.append(buckets.label(part, value, reckoning) if part else value)
    return tuple(made)


def _figure(column: Column, value: Any) -> Cell:
    if value is None:
        return None
    if column.format == "number" and value == int(value):
        return int(value)
    # Sums come with the column's decimals, divisions with as many as an engine likes to show.
    plain = Decimal(value).normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain
