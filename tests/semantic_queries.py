"""Random Queries: some that a person would ask, and many that nobody should."""

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import (
    COMPARING,
    Filter,
    Form,
    Having,
    LimitPer,
    Members,
    Op,
    Order,
    Query,
    Role,
    Shown,
    Time,
    Top,
    Value,
)
from semantic_small import CUSTOMERS, PRODUCTS

CATALOG = builtin_catalog()
CANARY = "c4n4ry"
"""Stands in every hostile value, so that one which leaves its place is seen."""

HOSTILE = tuple(
    text.replace("?", CANARY)
    for text in (
        "'?; drop table fact_sales; --", "\\?", "\\'? or 1=1 -- ", "?\\", '"?"', "`?`", "?%(v1)s", "?%s%",
        ":v0 ?", "?''", "$$?$$", "/*!50000 ?*/", "?\n-- x", "E'\\x27?'", "?%%", "ſ?İ", "?😀", "{?}", "; ?",
        "? ", "@@?", "?\t", "‮?", "?;--",
    )
)  # fmt: skip
NUMBERS = tuple(
    Decimal(text)
    for text in (
        "0", "1", "-1", "2", "3", "0.05", "0.333333", "7919.13", "-104729.7", "100.00001", "12.5",
        "999999999999999", "-999999999999999", "0.000001", "1234567.89",
    )
)  # fmt: skip
PERIODS = (
    "all", "2014", "2013", "2013-Q4", "2012-02", "2014-W01", "2013-W52", "2014-12-31", "2013-06..2014-03",
    "..2013-06", "2013-..", "2014-06..", "today", "yesterday", "this_month", "last_month", "last_quarter",
    "last_year", "last_30_days", "last_12_months", "last_7_days", "mtd", "ytd", "qtd", "wtd", "fy2014",
    "fy2013-q2", "1900", "1900-01", "2199", "2199-12-31", "1900-01-01..2199-12-31", "last_9999_days",
    "last_2000_years", "last_100_years", "last_9999_months",
)  # fmt: skip
BOUNDED = (
    "2014",
    "2013-Q4",
    "2012-02",
    "2013-W52",
    "2013-06..2014-03",
    "last_30_days",
    "2012-06..2014",
    "1900",
)
LABELS = (
    "2014", "2013", "2014-06", "2013-12", "2014-Q3", "2013-Q4", "2014-W05", "2012-02-29", "2014-12-31",
    "1900-01-01", "Monday", "sun", "March", "12", "Q2", "4", "2199", "last_year", "all",
)  # fmt: skip
NAMES = (
    *CUSTOMERS, *PRODUCTS, "Technology", "Furniture", "furniture", "Phones", "Chairs", "Consumer", "US", "EU",
    "East", "North", "Unknown", "Standard Class", "Critical", "O-4", "R-8", "C3", "P2", "Defective",
    "Pending", "Rejected", "", " ", "East ", "Ann Lee ", " Chair", "JOSÉ",
    "a", "n", "É", "é", "SS", "ß", "%", "_", "\\",
)  # fmt: skip
REAL = {
    "category": ("Technology", "Furniture", "Office Supplies"),
    "subcategory": ("Phones", "Chairs", "Paper"),
    "product": PRODUCTS,
    "customer": CUSTOMERS,
    "segment": ("Consumer", "Corporate"),
    "market": ("US", "EU", "Africa", "Unknown"),
    "region": ("East", "West", "North", "Unknown"),
    "ship_mode": ("Standard Class", "First Class"),
    "order_priority": ("Low", "Medium", "Critical"),
    "order": ("O-4", "O-8", "O-12", "O-3"),
    "return": ("R-4", "R-8", "R-12"),
    "return_reason": ("Defective", "Not Stated"),
    "return_status": ("Pending", "Rejected"),
    "return_region": ("East", "South"),
}
"""What the small shop has of each dimension."""
FITTING: dict[str, tuple[str, ...]] = {
    "day": ("2014-12-31", "2012-02-29", "1900-01-01", "2013-06-15"),
    "week": ("2014-W05", "2013-W01", "2013-W52"),
    "month": ("2014-06", "2013-12", "2013-03"),
    "quarter": ("2014-Q3", "2013-Q4"),
    "year": ("2014", "2013", "2012", "1900"),
    "weekday": ("Monday", "sun", "7"),
    "month_of_year": ("March", "12", "jun"),
    "quarter_of_year": ("Q2", "4"),
}

RETURN_DIMENSIONS = tuple(n for n in CATALOG.dimensions if n.startswith("return"))
PLAIN_DIMENSIONS = tuple(n for n in CATALOG.dimensions if n not in RETURN_DIMENSIONS)
RETURN_METRICS = tuple(n for n in CATALOG.metrics if CATALOG.facts_of(n) == {"returns"})

often = st.sampled_from(range(10))


@cache
def _perhaps(strategy: st.SearchStrategy[object], times: int) -> st.SearchStrategy[object]:
    """The strategy so many times of ten, else nothing."""
    return often.flatmap(lambda drawn: strategy if drawn < times else st.none())


@cache
def _values_for(field: str) -> st.SearchStrategy[Value]:
    held = CATALOG.dimensions.get(field)
    if held is None:
        return st.sampled_from(NUMBERS)
    if held.part is not None:
        fitting = st.sampled_from(FITTING[held.part])
        return often.flatmap(lambda drawn: st.sampled_from(LABELS) if drawn == 0 else fitting)
    real = st.sampled_from(REAL.get(field, NAMES))
    return st.one_of(real, real, st.sampled_from(NAMES), st.sampled_from(HOSTILE))


@cache
@st.composite
def filters(draw: st.DrawFn, dimensions: tuple[str, ...]) -> Filter:
    field = draw(st.sampled_from((*dimensions, *CATALOG.values)))
    held = CATALOG.dimensions.get(field)
    fitting = tuple(Op)
    if draw(often) < 9:
        if held is None or held.part is not None:
            fitting = (Op.IN, Op.NOT_IN, *COMPARING, Op.EMPTY, Op.NOT_EMPTY)
        else:
            fitting = tuple(op for op in Op if op not in COMPARING)
    op = draw(st.sampled_from(fitting))
    count = {Op.BETWEEN: 2, Op.EMPTY: 0, Op.NOT_EMPTY: 0}.get(op)
    if count is None:
        count = draw(st.integers(1, 3)) if op in (Op.IN, Op.NOT_IN) else 1
    values = tuple(draw(_values_for(field)) for _ in range(count))
    try:
        return Filter(field=field, op=op, values=values)
    except InvalidInput:
        return Filter(field=field, op=op, values=values[::-1])


@cache
@st.composite
def havings(draw: st.DrawFn, shown: Shown) -> Having:
    op = draw(st.sampled_from((*COMPARING, Op.IN, Op.NOT_IN)))
    count = 2 if op is Op.BETWEEN else 1
    return Having(
        metric=shown, op=op, values=tuple(sorted(draw(st.sampled_from(NUMBERS)) for _ in range(count)))
    )


times = st.builds(
    Time,
    period=st.sampled_from(PERIODS).filter(lambda text: _reads(text)).map(Period),
    role=st.sampled_from((Role.ORDERED, Role.ORDERED, Role.SHIPPED, Role.RETURNED)),
)


def _reads(text: str) -> bool:
    try:
        Period(text)
    except InvalidInput:
        return False
    return True


@cache
def _shown(metrics: tuple[str, ...]) -> st.SearchStrategy[Shown]:
    plain = st.builds(Shown, st.sampled_from(metrics))
    return st.one_of(plain, plain, st.builds(Shown, st.sampled_from(metrics), st.sampled_from(tuple(Form))))


@cache
def tops(shown: st.SearchStrategy[Shown]) -> st.SearchStrategy[Top]:
    return st.builds(Top, count=st.sampled_from((1, 2, 5)), by=shown, descending=st.booleans())


@cache
@st.composite
def members(draw: st.DrawFn, metrics: tuple[str, ...], dimensions: tuple[str, ...]) -> Members:
    shown = draw(_shown(metrics))
    top = draw(_perhaps(tops(_shown(metrics)), 4))
    return Members(
        entity=draw(st.sampled_from(tuple(CATALOG.entities))),
        having=tuple(draw(st.lists(havings(shown), min_size=top is None, max_size=2))),
        top=top,
        filters=tuple(draw(st.lists(filters(dimensions), max_size=1))),
        time=draw(_perhaps(times, 3)),
        negate=draw(st.booleans()),
    )


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """A Query over the product's own catalog; about half of them are refused when they are compiled."""
    about_returns = draw(often) < 3
    metrics = RETURN_METRICS if about_returns else tuple(CATALOG.metrics)
    dimensions = (*PLAIN_DIMENSIONS, *RETURN_DIMENSIONS) if about_returns else PLAIN_DIMENSIONS
    if draw(often) == 0:
        metrics, dimensions = tuple(CATALOG.metrics), tuple(CATALOG.dimensions)
    shown = tuple(draw(st.lists(_shown(metrics), max_size=3, unique=True)))
    split = tuple(draw(st.lists(st.sampled_from(dimensions), max_size=2 if draw(often) else 4, unique=True)))
    if not shown and not split:
        shown = (Shown("sales"),)
    if any(s.form is Form.RUNNING for s in shown) and draw(often) < 8:
        split = (*(n for n in split if not CATALOG.dimension(n).is_series), draw(along))
    time, compare = draw(_perhaps(times, 5)), _compare(draw, shown)
    if compare and draw(often) < 9:
        split = _one_series(split)
        role = next(
            (CATALOG.dimension(n).role for n in split if CATALOG.dimension(n).is_series), Role.ORDERED
        )
        time = Time(period=Period(draw(st.sampled_from(BOUNDED))), role=role or Role.ORDERED)
    return Query(
        metrics=shown,
        dimensions=split,
        filters=tuple(draw(st.lists(filters(dimensions), max_size=2))),
        members=tuple(draw(_perhaps(members(metrics, dimensions).map(lambda m: [m]), 2)) or ()),
        having=_having(draw, shown),
        time=time,
        compare=compare,
        part=tuple(draw(_perhaps(filters(dimensions).map(lambda f: [f]), 2)) or ()),
        part_members=tuple(draw(_perhaps(members(metrics, dimensions).map(lambda m: [m]), 1)) or ()),
        share_of=tuple(draw(st.lists(st.sampled_from(split), max_size=1))) if split else (),
        order=_order(draw, shown, split, metrics),
        limit=draw(_perhaps(st.sampled_from((1, 3, 10_000)), 3)),
        skip=draw(_perhaps(st.sampled_from((1, 2)), 2)) or 0,
        limit_per=_limit_per(draw, split),
        totals=draw(st.booleans()),
    )


along = st.sampled_from(
    ("order_month", "order_day", "order_week", "order_quarter", "order_year", "ship_month")
)


def _one_series(split: tuple[str, ...]) -> tuple[str, ...]:
    """The split with its first series alone: a comparison goes along one."""
    series = [name for name in split if CATALOG.dimension(name).is_series]
    return tuple(name for name in split if name not in series[1:])


def _having(draw: st.DrawFn, shown: tuple[Shown, ...]) -> tuple[Having, ...]:
    if not shown or draw(often) > 2:
        return ()
    return (draw(havings(draw(st.sampled_from(shown)))),)


def _compare(draw: st.DrawFn, shown: tuple[Shown, ...]) -> str | None:
    wanted = any(s.form in (Form.BEFORE, Form.CHANGE, Form.GROWTH) for s in shown)
    if draw(often) > (9 if wanted else 1):
        return None
    return draw(
        st.sampled_from(("previous", "year_before", "2013", "2012-Q1", "last_year", "2012-02-29", "all"))
    )


def _order(
    draw: st.DrawFn, shown: tuple[Shown, ...], split: tuple[str, ...], metrics: tuple[str, ...]
) -> tuple[Order, ...]:
    known = [*map(str, shown), *split, draw(st.sampled_from(metrics))]
    return tuple(
        Order(by=by, descending=draw(st.booleans()))
        for by in draw(st.lists(st.sampled_from(known), max_size=2, unique=True))
    )


def _limit_per(draw: st.DrawFn, split: tuple[str, ...]) -> LimitPer | None:
    if not split or draw(often) > 1:
        return None
    return LimitPer(
        dimensions=(draw(st.sampled_from(split)),),
        count=draw(st.sampled_from((1, 2))),
        skip=draw(st.sampled_from((0, 0, 1))),
    )
