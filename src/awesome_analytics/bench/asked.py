"""What the query bench asks: the dashboard's tiles, and six questions that no summary serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awesome_analytics.semantic.query import Query

LAST_30_DAYS = {"time": {"period": "last_30_days"}}
_LARGEST_FIRST = [{"by": "sales", "descending": True}]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question; `block` names its hand-written SQL, `stretch` is all time or the last 30 days."""

    block: str
    stretch: str
    query: Query

    @property
    def name(self) -> str:
        """As a reader sees it."""
        return (
            f"{self.block.replace('_', ' ')}, {self.stretch}"
            if self.stretch
            else self.block.replace("_", " ")
        )


_TILES: Mapping[str, Mapping[str, Any]] = {
    "total_sales": {"metrics": ["sales"]},
    "return_rate": {"metrics": ["return_rate"]},
    "top_product": {"dimensions": ["product"], "metrics": ["sales"], "order": _LARGEST_FIRST, "limit": 1},
    "regions": {"dimensions": ["region"], "metrics": ["sales"]},
    "by_day": {"dimensions": ["order_day"], "metrics": ["sales"]},
    "by_category": {"dimensions": ["category"], "metrics": ["sales"]},
    "by_segment": {"dimensions": ["segment"], "metrics": ["sales"]},
}
_YESTERDAY = {"metrics": ["sales.change"], "time": {"period": "yesterday"}, "compare": "previous"}
_AD_HOC: Mapping[str, Mapping[str, Any]] = {
    "best_customers": {
        "dimensions": ["customer"],
        "metrics": ["sales"],
        "order": _LARGEST_FIRST,
        "limit": 10,
    },
    "profit_by_ship_mode": {"dimensions": ["ship_mode", "order_priority"], "metrics": ["profit"]},
    "segment_and_category": {"dimensions": ["segment", "category"], "metrics": ["sales"]},
    "units_shipped": {
        "dimensions": ["ship_year", "ship_mode"],
        "metrics": ["units"],
        "time": {"period": "1900..2199", "role": "shipped"},
    },
    "customers_by_month": {"dimensions": ["order_month"], "metrics": ["customers"]},
    "deep_discounts": {
        "dimensions": ["region", "subcategory"],
        "metrics": ["sales"],
        "filters": [{"field": "line_discount_rate", "op": "ge", "values": [0.2]}],
    },
}


def tiles() -> tuple[Asked, ...]:
    """The dashboard's tiles, for all time and for the last 30 days; the delta against the day before."""
    made = [
        Asked(block=block, stretch=stretch, query=Query.from_dict({**asked, **period}))
        for block, asked in _TILES.items()
        for stretch, period in (("all time", {}), ("last 30 days", LAST_30_DAYS))
    ]
    return (*made, Asked(block="yesterday", stretch="", query=Query.from_dict(_YESTERDAY)))


def ad_hoc() -> tuple[Asked, ...]:
    """Questions over the facts."""
    return tuple(
        Asked(block=block, stretch="", query=Query.from_dict(asked)) for block, asked in _AD_HOC.items()
    )
