"""The seed's five result tables, each from one Query on the seed's own Monday."""

import json
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.etl import pipeline
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import run
from test_pipeline import MONDAY, ends

SEED = json.loads((Path(__file__).parent / "queries" / "seed.json").read_text(encoding="utf-8"))
TODAY = date(2024, 12, 8)
PROFIT, SALES = Decimal(5410), Decimal(6000)

# The seed calls 7 December a Wednesday, and counts a return of one chair of four as all four.
RIGHT: dict[str, list[tuple[Any, ...]]] = {
    "sales by product category": [
        ("Technology", Decimal(4800), 2, 1),
        ("Furniture", Decimal(1200), 4, 1),
    ],
    "the products of Technology": [
        ('MacBook Pro 14"', "High", Decimal(4800), 2, Decimal(4410), Decimal("0.91875")),
    ],
    "what comes back": [("Ergonomic Office Chair", "Furniture", "Pending", 1, Decimal(300))],
    "segments and regions": [("Corporate", "East", 1, 2, SALES, PROFIT, Decimal("0.90166667"))],
    "the past days": [(date(2024, 12, 7), "Saturday", 2, SALES, PROFIT)],
}


@pytest.fixture
def monday(shop: Shop) -> Shop:
    with shop.entry() as books:
        books.execute(MONDAY)
    pipeline.run(ends(shop))
    return shop


def test_each_of_the_seeds_tables_is_one_query(monday: Shop) -> None:
    with closing(monday.reader()) as reader:
        found = {
            name: run(reader, Query.from_dict(asked), builtin_catalog(), today=TODAY)
            for name, asked in SEED.items()
        }
    assert {name: list(result.rows) for name, result in found.items()} == RIGHT
    assert {result.as_of for result in found.values()} != {None}
    assert not any(result.truncated for result in found.values())


def test_an_answer_says_up_to_when_it_is_true(monday: Shop) -> None:
    begun = datetime.now(UTC)
    with closing(monday.reader()) as reader:
        result = run(reader, Query.from_dict(SEED["segments and regions"]), builtin_catalog(), today=TODAY)
    assert result.as_of is not None
    assert result.as_of.replace(tzinfo=UTC) <= begun
