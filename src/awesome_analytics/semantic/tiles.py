"""The dashboard as data: what is looked at, and each tile's and chart's question as a Query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Grain, Period, around
from awesome_analytics.semantic.model import Catalog
from awesome_analytics.semantic.query import Filter, Form, Order, Query, Shown, Time

ALL = "all"
PRESETS: Mapping[str, str] = {
    ALL: "All time",
    "today": "Today",
    "yesterday": "Yesterday",
    "last_7_days": "Last 7 days",
    "last_30_days": "Last 30 days",
    "this_month": "This month",
    "last_month": "Last month",
    "this_quarter": "This quarter",
    "last_quarter": "Last quarter",
    "ytd": "This year so far",
    "last_year": "Last year",
    "last_12_months": "Last 12 months",
}
COMPARISONS: Mapping[str, str] = {"previous": "Period before", "year_before": "Year before"}
PICKABLE = ("category", "subcategory", "product", "segment", "market", "region")
"""What the dashboard can be narrowed to one member of, in the order the chips stand."""
DRILL = ("category", "subcategory", "product")
"""The breakdown shows the first of these that is not picked."""

_MOST_BARS = 12


@dataclass(frozen=True, kw_only=True)
class View:
    """What the dashboard looks at; its address carries every part."""

    period: str = ALL
    compare: str = "previous"
    picks: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        Period(self.period)
        if self.compare not in COMPARISONS:
            raise InvalidInput("compare", f"'{self.compare}' is none of {', '.join(COMPARISONS)}")

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        """The view an address names; raises InvalidInput that names the part."""
        given = {name: parameters[name] for name in ("period", "compare") if parameters.get(name)}
        picks = tuple((name, parameters[name]) for name in PICKABLE if parameters.get(name))
        return cls(picks=picks, **given)

    def parameters(self) -> dict[str, str]:
        """The parts that differ from what one sees at first, for the address."""
        first = type(self)()
        made = {"period": self.period} if self.period != first.period else {}
        made |= {"compare": self.compare} if self.compare != first.compare else {}
        return made | dict(self.picks)

    def picking(self, dimension: str, member: str | None) -> Self:
        """The view narrowed to a member, or to all of them again."""
        picks = dict(self.picks)
        picks.pop(dimension, None)
        if member:
            picks[dimension] = member
        return replace(self, picks=tuple((name, picks[name]) for name in PICKABLE if name in picks))

    @property
    def picked(self) -> Mapping[str, str]:
        """The member of each dimension that the view is narrowed to."""
        return dict(self.picks)

    def days(self, today: date) -> Days:
        """The days looked at."""
        return Period(self.period).days(today)

    @property
    def compared_period(self) -> str:
        """What the deltas tell about: over all time there is nothing before, so they tell about today."""
        return "today" if self.period == ALL else self.period

    def filters(self, *, without: str = "") -> tuple[Filter, ...]:
        """The picks as filters."""
        return tuple(Filter(field=name, values=(member,)) for name, member in self.picks if name != without)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A figure on the dashboard: its question, and the same with what it is compared with."""

    key: str
    title: str
    metric: str
    query: Query
    compared: Query | None
    trend: Query | None


def tiles(view: View, grain: Grain, *, comparable: bool) -> tuple[Tile, ...]:
    """The seed's four figures; `comparable` says that the period has one before it."""
    return (
        _tile(view, grain, "sales", "Total Sales", ("sales",), Form.GROWTH, comparable=comparable),
        _tile(
            view,
            grain,
            "return_rate",
            "Return Rate",
            ("return_rate", "returned_orders", "orders"),
            Form.CHANGE,
            comparable=comparable,
        ),
        Tile(
            key="top_product",
            title="Top Product",
            metric="sales",
            query=Query(
                metrics=(Shown("sales"), Shown("sales", Form.SHARE)),
                dimensions=("product",),
                time=_time(view.period),
                filters=view.filters(),
                order=(Order(by="sales", descending=True),),
                limit=1,
            ),
            compared=None,
            trend=None,
        ),
        _tile(view, grain, "regions", "Regions", ("regions",), Form.CHANGE, comparable=comparable),
    )


def _tile(
    view: View,
    grain: Grain,
    key: str,
    title: str,
    metrics: tuple[str, ...],
    form: Form,
    *,
    comparable: bool,
) -> Tile:
    query = Query(metrics=tuple(map(Shown, metrics)), time=_time(view.period), filters=view.filters())
    compared = query.but(
        metrics=(Shown(key, form), Shown(key, Form.CHANGE), Shown(key), Shown(key, Form.BEFORE))[
            form is Form.CHANGE :
        ],
        time=_time(view.compared_period),
        compare=view.compare,
    )
    return Tile(
        key=key,
        title=title,
        metric=key,
        query=query,
        compared=compared if comparable else None,
        trend=query.but(metrics=(Shown(key),), dimensions=(f"order_{grain}",)),
    )


def trend(view: View, grain: Grain, today: date) -> Query:
    """Sales along time, and where the range has both ends those of the period compared with beside them."""
    query = Query(
        metrics=(Shown("sales"),),
        dimensions=(f"order_{grain}",),
        time=_time(view.period),
        filters=view.filters(),
    )
    days = view.days(today)
    if days.start is None or days.end is None:
        return query
    compare = "year_before" if view.compare == "year_before" else _text(days.previous())
    return query.but(metrics=(Shown("sales"), Shown("sales", Form.BEFORE)), compare=compare)


def breakdown(view: View) -> Query:
    """Sales by category; inside a picked one by what it is made of."""
    dimension = next((name for name in DRILL if name not in view.picked), DRILL[-1])
    return Query(
        metrics=(Shown("sales"), Shown("sales", Form.SHARE)),
        dimensions=(dimension,),
        time=_time(view.period),
        filters=view.filters(),
        order=(Order(by="sales", descending=True),),
        limit=_MOST_BARS,
    )


def segments(view: View) -> Query:
    """Sales by customer segment; all of them stay when one is picked."""
    return Query(
        metrics=(Shown("sales"), Shown("sales", Form.SHARE)),
        dimensions=("segment",),
        time=_time(view.period),
        filters=view.filters(without="segment"),
        order=(Order(by="sales", descending=True),),
    )


def members(dimension: str, catalog: Catalog) -> Query:
    """The members to choose from, those with the most sales first."""
    catalog.dimension(dimension)
    return Query(
        metrics=(Shown("sales"),),
        dimensions=(dimension,),
        order=(Order(by="sales", descending=True),),
        limit=500,
    )


def edge(*, last: bool) -> Query:
    """The first or the last day with orders."""
    return Query(dimensions=("order_day",), order=(Order(by="order_day", descending=last),), limit=1)


def grain_for(days: Days) -> Grain:
    """Days up to about three months, weeks up to a year and a half, months beyond."""
    if days.start is None or days.end is None:
        return Grain.MONTH
    length = (days.end - days.start).days + 1
    return Grain.DAY if length <= 95 else Grain.WEEK if length <= 550 else Grain.MONTH


def zoomed(raw: str, grain: Grain) -> str:
    """The period of one step of the trend, by the name or first day it has in an answer."""
    if grain is not Grain.WEEK:
        return raw
    return _text(around(date.fromisoformat(raw), Grain.WEEK))


def _time(period: str) -> Time | None:
    return None if period == ALL else Time(period=Period(period))


def _text(days: Days) -> str:
    return f"{days.start}..{days.end}"
