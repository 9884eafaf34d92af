"""The members of a dimension as they stand in the warehouse: what filters offer and questions name."""

from collections.abc import Sequence
from functools import cache

from sqlglot import exp

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.dialect import DIALECTS
from awesome_analytics.semantic.model import Catalog, Dimension
from awesome_analytics.semantic.run import Reader
from awesome_analytics.warehouse.summaries import SUMMARIES, Summary

MOST_MEMBERS = 200_000
"""Members that are listed at most."""


def members(reader: Reader, catalog: Catalog, name: str) -> Sequence[str]:
    """The members of a text dimension in order of their names; raises InvalidInput for a date's parts."""
    dimension = catalog.dimension(name)
    if not dimension.is_text:
        raise InvalidInput("dimensions", f"{dimension.label} is a date: its members follow from the calendar")
    found = reader.query(_statement(reader.name, dimension))
    return [row[0] for row in found if row[0]]


@cache
def _statement(engine: str, dimension: Dimension) -> str:
    held = exp.column(dimension.column)
    # A summary has the same names in far fewer rows; before its first build the fact has them alone.
    table = dimension.table if dimension.table != "fact_sales" else _smallest(dimension.column)
    select = exp.select(held).distinct().from_(table).order_by(held.copy()).limit(MOST_MEMBERS)
    return DIALECTS[engine].text(select)


def _smallest(column: str) -> str:
    holding: list[Summary] = [summary for summary in SUMMARIES if column in summary.key]
    return holding[0].name if holding else "fact_sales"
