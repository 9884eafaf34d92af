"""The top ten together and the second best, beside SQL written by hand, on the real Superstore."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Period
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.english import describe
from awesome_analytics.semantic.query import Form, LimitPer, Members, Order, Query, Shown, Time, Top
from awesome_analytics.semantic.run import run
from awesome_analytics.warehouse.engine import Engine
from sql_blocks import sql_blocks

BLOCKS = sql_blocks("places.sql")
SALES, PROFIT = Shown("sales"), Shown("profit")
HIGHEST = (Order(by="sales", descending=True),)


def rows(star: Engine, query: Query) -> list[tuple[Any, ...]]:
    return list(run(star, query, builtin_catalog(), today=date(2014, 12, 31)).rows)


def by_hand(star: Engine, name: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in star.query(BLOCKS[name])]


def test_the_share_that_the_top_customers_of_a_year_have(superstore_star: Engine) -> None:
    year = Time(period=Period("2014"))
    best = Members(entity="customer", top=Top(count=10, by=SALES), time=year)
    query = Query(metrics=(Shown("sales", Form.SHARE),), time=year, part_members=(best,))
    theirs, everyones = by_hand(superstore_star, "share_of_the_top_customers")[0]
    ((share,),) = rows(superstore_star, query)
    assert abs(share - Decimal(theirs) / Decimal(everyones)) < Decimal("1e-7")


def test_what_is_sold_beside_the_top_products(superstore_star: Engine) -> None:
    best = Members(entity="product", top=Top(count=100, by=SALES), negate=True)
    found = rows(superstore_star, Query(metrics=(SALES,), members=(best,)))
    assert found == by_hand(superstore_star, "sales_beyond_the_top_products")


def test_the_lowest_regions_together(superstore_star: Engine) -> None:
    worst = Members(entity="region", top=Top(count=2, by=PROFIT, descending=False))
    found = rows(superstore_star, Query(metrics=(PROFIT,), members=(worst,)))
    assert found == by_hand(superstore_star, "profit_of_the_two_worst_regions")


def test_the_third_of_a_ranking(superstore_star: Engine) -> None:
    query = Query(metrics=(SALES,), dimensions=("region",), order=HIGHEST, limit=1, skip=2)
    assert rows(superstore_star, query) == by_hand(superstore_star, "third_region")
    assert describe(query, builtin_catalog()) == "Sales by region; highest sales first; only number 3"


def test_the_second_of_each_group(superstore_star: Engine) -> None:
    query = Query(
        metrics=(SALES,),
        dimensions=("category", "product"),
        order=HIGHEST,
        limit_per=LimitPer(dimensions=("category",), count=1, skip=1),
    )
    found = sorted(row[:2] for row in rows(superstore_star, query))
    assert found == by_hand(superstore_star, "second_product_of_each_category")


def test_a_place_or_a_top_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match="skip"):
        Query(metrics=(SALES,), skip=-1)
    with pytest.raises(InvalidInput, match="members"):
        Top(count=0, by=SALES)
    with pytest.raises(InvalidInput, match="members"):
        Members(entity="customer")


def test_a_top_says_itself_in_english() -> None:
    best = Members(entity="market", top=Top(count=3, by=PROFIT, descending=False))
    said = describe(Query(metrics=(SALES,), members=(best,)), builtin_catalog())
    assert said == "Sales where the market is one of the 3 with the lowest profit over all time"
