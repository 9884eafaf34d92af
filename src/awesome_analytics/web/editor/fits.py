"""What fits a Query as it stands: forms, comparisons, operators; and a Query tidied after a change."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days
from awesome_analytics.semantic.model import Catalog, LineValue
from awesome_analytics.semantic.query import (
    COMPARED,
    MATCHING,
    Form,
    Op,
    Query,
    Shown,
)
from awesome_analytics.semantic.run import compile_query

_TEXT = (Op.IN, Op.NOT_IN, Op.CONTAINS, Op.NOT_CONTAINS, Op.STARTS_WITH, Op.EMPTY, Op.NOT_EMPTY)
_COMPARISONS = (Op.GE, Op.LE, Op.GT, Op.LT, Op.BETWEEN)
FIGURES = (*_COMPARISONS, Op.IN, Op.NOT_IN)
"""How a figure is compared."""


def operators(field: str, catalog: Catalog) -> tuple[Op, ...]:
    """The operators that a dimension or a line's value takes."""
    held = catalog.filterable(field)
    if isinstance(held, LineValue):
        return (*_COMPARISONS, Op.IN, Op.NOT_IN, Op.EMPTY, Op.NOT_EMPTY)
    if held.is_text:
        return _TEXT
    return tuple(op for op in (Op.IN, Op.NOT_IN, *_COMPARISONS, Op.EMPTY, Op.NOT_EMPTY) if op not in MATCHING)


def forms(metric: str, query: Query, catalog: Catalog, today: date) -> tuple[Form, ...]:
    """The forms in which a metric can stand in the Query."""
    others = tuple(shown for shown in query.metrics if shown.metric != metric)
    return tuple(
        form
        for form in Form
        if fits(query.but(metrics=(*others, Shown(metric, form))), catalog, today)
        or Shown(metric, form) in query.metrics
    )


def comparisons(query: Query, catalog: Catalog, today: date) -> tuple[str, ...]:
    """`previous` and `year_before`, where the Query can be compared so."""
    days = query.time.period.days(today) if query.time else Days()
    along = any(catalog.dimension(name).is_series for name in query.dimensions)
    if not along and (days.start is None or days.end is None):
        return ()
    bare = query.but(metrics=tuple(shown for shown in query.metrics if shown.form not in COMPARED))
    return (
        tuple(name for name in ("previous", "year_before") if fits(bare.but(compare=name), catalog, today))
        if bare.metrics
        else ()
    )


def fits(query: Query, catalog: Catalog, today: date) -> bool:
    """Whether the Query's parts go together."""
    return _fits(query.to_json(), id(catalog), today, _Held(catalog))


class _Held:
    """A catalog that counts as equal to any: its identity is part of the key already."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=2000)
def _fits(text: str, _catalog: int, today: date, held: _Held) -> bool:
    try:
        compile_query(Query.from_json(text), held.catalog, engine="postgresql", today=today)
    except InvalidInput:
        return False
    return True


def tidied(query: Query, catalog: Catalog) -> Query:
    """The Query without what lost its footing when another part went."""
    kept = tuple(shown for shown in query.metrics if _stands(shown, query, catalog))
    gone = [Shown(shown.metric) for shown in query.metrics if shown not in kept]
    metrics = kept or tuple(dict.fromkeys(gone))
    shares = any(shown.form is Form.SHARE for shown in metrics)
    per = query.limit_per
    return query.but(
        metrics=metrics,
        order=tuple(each for each in query.order if _sortable(each.by, query.dimensions, metrics, catalog)),
        having=tuple(each for each in query.having if _stands(each.metric, query, catalog)),
        limit_per=per if per and set(per.dimensions) <= set(query.dimensions) else None,
        share_of=tuple(n for n in query.share_of if n in query.dimensions) if shares else (),
        part=query.part if shares else (),
        part_members=query.part_members if shares else (),
    )


def _stands(shown: Shown, query: Query, catalog: Catalog) -> bool:
    if shown.form in COMPARED:
        return query.compare is not None
    if shown.form is Form.RUNNING:
        return sum(catalog.dimension(name).is_series for name in query.dimensions) == 1
    return True


def _sortable(by: str, dimensions: Sequence[str], metrics: Sequence[Shown], catalog: Catalog) -> bool:
    if by in catalog.dimensions and by not in map(str, metrics):
        return by in dimensions
    return by in map(str, metrics)
