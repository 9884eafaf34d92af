"""`awesome query` and `awesome metrics`: the one Query, from flags or JSON."""

import csv
import io
import json
import re
import sys
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from awesome_analytics.cli.context import Context, command, plain
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.money import parse_decimal
from awesome_analytics.core.periods import Period
from awesome_analytics.core.spreadsheet import safe
from awesome_analytics.semantic.catalog import load_catalog
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Filter, Having, LimitPer, Op, Order, Query, Role, Shown, Time
from awesome_analytics.semantic.run import Column, Result, compile_query, run, standing
from awesome_analytics.semantic.written import bare

_CONDITION = re.compile(r"\s*([a-z][a-z0-9_.]*)\s*(!=|>=|<=|!~|=|>|<|~|\^)\s*(.*)", re.DOTALL)
_SIGNS = {
    "=": Op.IN,
    "!=": Op.NOT_IN,
    ">": Op.GT,
    ">=": Op.GE,
    "<": Op.LT,
    "<=": Op.LE,
    "~": Op.CONTAINS,
    "!~": Op.NOT_CONTAINS,
    "^": Op.STARTS_WITH,
}


@command(name="query")
@click.argument("query_json", required=False, metavar="[JSON]")
@click.option("--metric", "-m", "metrics", multiple=True, help="A figure: sales, margin, sales.growth …")
@click.option("--by", "-b", "dimensions", multiple=True, help="Split by: category, region, order_month …")
@click.option(
    "--where", "-w", "filters", multiple=True, help="region=West,East  product~Chair  line_sales>=100"
)
@click.option("--having", "havings", multiple=True, help="On the rows' figures: profit<50000")
@click.option("--time", "period", help="2014, 2014-Q3, 2014-06..2014-08, last_month, last_30_days, ytd …")
@click.option(
    "--date", "role", type=click.Choice([r.value for r in Role]), default="ordered", show_default=True
)
@click.option("--compare", help="previous, year_before, or another period.")
@click.option("--part", "parts", multiple=True, help="With .share: the condition whose share is wanted.")
@click.option(
    "--order", "orders", multiple=True, help="Sort by a figure or dimension; -sales for highest first."
)
@click.option("--limit", type=int, help="At most so many rows.")
@click.option("--skip", type=int, help="Leave out so many rows first: --skip 1 --limit 1 is the second.")
@click.option("--limit-per", metavar="DIMENSION:N", help="The first N rows of each.")
@click.option("--totals", is_flag=True, help="A row of totals.")
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json", "sql"]), default="table")
def query(context: Context, query_json: str | None, shape: str, **flags: Any) -> None:
    """Ask for figures: a Query as JSON (or - for standard input), or by flags.

    Example: awesome query -m sales -m margin -b category --time 2014 --order -sales
    """
    asked = _from_json(query_json) if query_json else _from_flags(**flags)
    catalog = load_catalog(context.settings.home)
    with context.shop() as shop, closing(shop.reader()) as reader:
        if shape == "sql":
            stands = standing(reader)
            made = compile_query(
                asked,
                catalog,
                engine=reader.name,
                today=context.today(),
                use_summaries=stands.summarised,
                orders_have_one_day=stands.orders_have_one_day,
            )
            click.echo(made.sql)
            context.note(f"values: {made.values}")
            return
        reader.cancel_after(60)
        _show(context, run(reader, asked, catalog, today=context.today()), catalog, shape)


def _show(context: Context, result: Result, catalog: Catalog, shape: str) -> None:
    if shape == "json" or context.json:
        click.echo(_as_json(context, result))
        return
    rows = [*result.rows, *([result.totals] if result.totals else [])]
    if shape == "csv":
        click.echo(as_csv([column.name for column in result.columns], rows), nl=False)
        return
    context.note(describe(result.query, catalog))
    shown = cells(result.columns, rows)
    context.table(
        [c.label for c in result.columns],
        shown,
        empty="Nothing was found: widen the time or the filters.",
        figures=[c.label for c in result.columns if c.is_metric],
    )
    if result.truncated:
        context.note(f"There are more than these {len(result.rows):,} rows: filter, or set a limit.")
    context.note(
        f"as of {result.as_of:%Y-%m-%d %H:%M:%S} UTC"
        if result.as_of
        else "no run has filled the warehouse yet: awesome etl run"
    )


def cells(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Rows as people read them."""
    return [[_cell(c.format, value) for c, value in zip(columns, row, strict=True)] for row in rows]


def _cell(shape: str, value: Any) -> str:
    if value is None:
        return ""
    return bare(value, shape) if isinstance(value, Decimal | int) else str(value)


def _as_json(context: Context, result: Result) -> str:
    told = {
        "columns": [column.name for column in result.columns],
        "rows": result.rows,
        "totals": result.totals,
        "truncated": result.truncated,
        "as_of": result.as_of,
        "query": result.query.to_dict(),
        "sentence": describe(result.query, load_catalog(context.settings.home)),
        "sources": result.sources,
        "sql": result.sql,
        "values": result.values,
    }
    return json.dumps(told, default=plain, ensure_ascii=False)


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV, texts that a spreadsheet would run made harmless."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return file.getvalue()


def _harmless(value: Any) -> Any:
    return safe(value) if isinstance(value, str) else value


def _from_json(text: str) -> Query:
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8")
    return Query.from_json(text)


def _from_flags(
    *,
    metrics: tuple[str, ...],
    dimensions: tuple[str, ...],
    filters: tuple[str, ...],
    havings: tuple[str, ...],
    period: str | None,
    role: str,
    compare: str | None,
    parts: tuple[str, ...],
    orders: tuple[str, ...],
    limit: int | None,
    skip: int | None,
    limit_per: str | None,
    totals: bool,
) -> Query:
    return Query(
        metrics=tuple(Shown.parse(name) for name in _listed(metrics)),
        dimensions=tuple(_listed(dimensions)),
        filters=tuple(map(_filter, filters)),
        having=tuple(map(_having, havings)),
        time=Time(period=Period(period), role=Role(role)) if period else None,
        compare=compare,
        part=tuple(map(_filter, parts)),
        order=tuple(Order(by=by.lstrip("-"), descending=by.startswith("-")) for by in _listed(orders)),
        limit=limit,
        skip=skip or 0,
        limit_per=_limit_per(limit_per) if limit_per else None,
        totals=totals,
    )


def _listed(texts: Sequence[str]) -> list[str]:
    return [name.strip() for text in texts for name in text.split(",")]


def _split(text: str, option: str) -> tuple[str, Op, str]:
    found = _CONDITION.fullmatch(text)
    if not found:
        raise InvalidInput(option, f"'{text}' is no condition; write region=West,East or line_sales>=100")
    return found[1], _SIGNS[found[2]], found[3].strip()


def _filter(text: str) -> Filter:
    field, op, said = _split(text, "--where")
    if not said:
        return Filter(field=field, op=Op.EMPTY if op is Op.IN else Op.NOT_EMPTY)
    values = [each.strip() for each in said.split(",")] if op in (Op.IN, Op.NOT_IN) else [said]
    if field.startswith("line_"):
        return Filter(field=field, op=op, values=tuple(parse_decimal(each, field=field) for each in values))
    return Filter(field=field, op=op, values=tuple(values))


def _having(text: str) -> Having:
    metric, op, said = _split(text, "--having")
    return Having(metric=Shown.parse(metric), op=op, values=(parse_decimal(said, field=metric),))


def _limit_per(text: str) -> LimitPer:
    names, _, count = text.rpartition(":")
    if not count.isdecimal():
        raise InvalidInput("--limit-per", f"'{text}' is no group and number; write region:3")
    return LimitPer(dimensions=tuple(_listed([names])), count=int(count))


@command(name="metrics")
def metrics(context: Context) -> None:
    """List every figure and every way to split it, with its meaning."""
    catalog = load_catalog(context.settings.home)
    if context.json:
        context.answer(
            {
                "metrics": [
                    {"name": m.name, "label": m.label, "format": m.format, "description": m.description,
                     "synonyms": m.synonyms, "example": m.example}
                    for m in catalog.shown_metrics
                ],
                "dimensions": [
                    {"name": d.name, "label": d.label, "description": d.description, "synonyms": d.synonyms}
                    for d in catalog.dimensions.values()
                ],
            }
        )  # fmt: skip
        return
    context.table(["metric", "meaning"], [(m.name, m.description) for m in catalog.shown_metrics], empty="")
    context.table(
        ["dimension", "meaning"], [(d.name, d.description) for d in catalog.dimensions.values()], empty=""
    )
    context.table(["line value", "meaning"], [(v.name, v.label) for v in catalog.values.values()], empty="")
