"""What "its" means after "which region is worst": the one thing that the last answer named."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from awesome_analytics.chat.words import Turn
from awesome_analytics.core.periods import Period, Reckoning
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Filter, Query, Role, Time
from awesome_analytics.semantic.run import Cell, run
from awesome_analytics.warehouse.engine import Engine

_POINTS = re.compile(
    r"\b(its?|they|them|their|theirs|that|this|those|these|he|she|him|his|hers?|there)\b", re.I
)
_ROLES = {"order": Role.ORDERED, "ship": Role.SHIPPED, "return": Role.RETURNED}
_GRAINS = ("day", "week", "month", "quarter", "year")


def with_top(
    reader: Engine,
    question: str,
    context: Sequence[Turn],
    *,
    catalog: Catalog,
    today: date,
    reckoning: Reckoning,
) -> Sequence[Turn]:
    """The conversation, with the top of its last answer where the question points at a single one."""
    at = next((at for at in reversed(range(len(context))) if context[at].query is not None), None)
    query = context[at].query if at is not None else None
    if at is None or query is None or query.limit != 1 or len(query.dimensions) != 1:
        return context
    if not _POINTS.search(question):
        return context
    rows = run(reader, query, catalog, today=today, reckoning=reckoning).rows
    top = named(query, rows[0][0]) if rows else None
    return [*context[:at], replace(context[at], top=top), *context[at + 1 :]]


def named(query: Query, cell: Cell) -> Filter | Time | None:
    """The condition that keeps what a row's first cell names; None where a period can't be told."""
    dimension = query.dimensions[0]
    role, _, grain = dimension.partition("_")
    if cell is None:
        return None
    if role not in _ROLES or grain not in _GRAINS:
        return Filter(field=dimension, values=(str(cell),)) if isinstance(cell, str) else None
    text = str(cell)
    if grain == "week" and isinstance(cell, date):
        text = f"{cell}..{cell + timedelta(days=6)}"
    return Time(period=Period(text), role=_ROLES[role])
