"""Every metric of the catalog beside SQL written by hand, on the real Superstore, whole and split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import Query, Shown, Time
from awesome_analytics.semantic.run import run
from awesome_analytics.warehouse.engine import Engine
from sql_blocks import sql_blocks

TODAY = date(2014, 12, 31)
BLOCKS = sql_blocks("metrics.sql")
FROM = {"from_lines", "from_returned", "from_lines_and_returned"}
"""Blocks that the metrics' own are put together from."""
METRICS = sorted(BLOCKS.keys() - FROM)
DAYS = {"mysql": "datediff(s.date, o.date)", "postgresql": "(s.date - o.date)"}
NEEDS_A_PERIOD = {"lapsed_customers", "customers_so_far"}
BY_CUSTOMER = {"returning_customers", "new_customers"}
"""Whether a customer is new is a matter of the customer: split by what a customer has one of."""

Figures = dict[Any, Decimal | None]


@dataclass(frozen=True)
class Split:
    """A dimension and the column that it is by hand."""

    dimension: str
    column: str


SPLITS = (
    Split("category", "p.category_name"),
    Split("region", "f.region"),
    Split("segment", "c.segment_name"),
    Split("order_year", "o.year"),
)


def by_hand(star: Engine, metric: str, split: Split | None, year: int | None) -> Figures:
    """The figures of a metric by hand, by the split's members; None where it can't be divided."""
    places = {
        "split": f"{split.column} as k," if split else "",
        "by": f"{split.column}," if split else "",
        "group": f"group by {split.column}" if split else "",
        "outer": "k," if split else "",
        "outer_group": "group by k" if split else "",
        "where": f"where o.year = {year}" if year else "",
        "begin": f"date '{year or 1900}-01-01'",
        "end": f"date '{year or 2199}-12-31'",
        "days": DAYS[star.name],
    }
    filled = {name: BLOCKS[name].format(**places) for name in FROM}
    rows = star.query(BLOCKS[metric].format(**filled, **places))  # type: ignore[arg-type]
    width = 1 if split else 0
    return {(row[0] if split else None): _figure(*row[width:]) for row in rows}


def _figure(numerator: Any, denominator: Any = 1) -> Decimal | None:
    if not denominator or numerator is None:
        return None if denominator is None or not denominator else Decimal(0)
    # A ratio is exact to eight decimals, half up.
    value = Decimal(numerator) / Decimal(denominator)
    return Decimal(numerator) if denominator == 1 else value.quantize(Decimal("1e-8"), ROUND_HALF_UP)


def by_query(star: Engine, metric: str, split: Split | None, year: int | None) -> Figures:
    query = Query(
        metrics=(Shown(metric),),
        dimensions=(split.dimension,) if split else (),
        time=Time(period=Period(str(year))) if year else None,
    )
    rows = run(star, query, builtin_catalog(), today=TODAY).rows
    return {(row[0] if split else None): _decimal(row[-1]) for row in rows}


def _decimal(cell: Any) -> Decimal | None:
    return None if cell is None else Decimal(cell)


def assert_same(found: Mapping[Any, Decimal | None], right: Mapping[Any, Decimal | None]) -> None:
    # Where nothing happened, one side has a nought and the other no row.
    happened = {member: figure for member, figure in right.items() if figure}
    assert {member: figure for member, figure in found.items() if figure} == happened


def test_every_metric_has_its_sql() -> None:
    assert BLOCKS.keys() - FROM == builtin_catalog().metrics.keys()


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_is_what_hand_written_sql_says(superstore_star: Engine, metric: str) -> None:
    for year in (2014,) if metric in NEEDS_A_PERIOD else (None, 2014):
        found, right = (ask(superstore_star, metric, None, year) for ask in (by_query, by_hand))
        assert right != {}
        assert found == right


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_splits_as_hand_written_sql_says(superstore_star: Engine, metric: str) -> None:
    # Each by the year and, in turn, by what stands on the product, on the line or on the customer.
    *texts, by_year = SPLITS
    _splits_alike(superstore_star, metric, (texts[METRICS.index(metric) % len(texts)], by_year))


@pytest.mark.soak
@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_splits_by_everything_as_hand_written_sql_says(superstore_star: Engine, metric: str) -> None:
    _splits_alike(superstore_star, metric, SPLITS)


def _splits_alike(superstore_star: Engine, metric: str, splits: Sequence[Split]) -> None:
    for split in splits:
        if split.dimension == "order_year" and metric in NEEDS_A_PERIOD | {"returning_customers"}:
            continue
        if split.dimension in ("category", "region") and metric == "returning_customers":
            continue
        year = None if split.dimension == "order_year" else 2014
        found, right = (ask(superstore_star, metric, split, year) for ask in (by_query, by_hand))
        assert len(right) >= 2
        assert_same(found, right)
