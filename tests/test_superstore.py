"""The real Global Superstore, from the file to a reconciled warehouse, on every engine.

The expected figures were published with the data; none is computed by the product.
"""

import csv
import gzip
from collections import defaultdict
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.etl import pipeline, reconcile
from awesome_analytics.sales.importer import ImportRequest, import_files
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import run
from test_pipeline import ends

# An order is one customer's: the file's 25,035 order ids stand for 25,753 orders.
LINES, ORDERS, UNITS = 51_290, 25_753, 178_312
SALES, PROFIT, SHIPPING = Decimal("12642501.91"), Decimal("1467457.29"), Decimal("1352820.69")
CENT = Decimal("0.01")


@pytest.fixture
def superstore(shop: Shop, eval_dir: Path, tmp_path: Path) -> Shop:
    data = eval_dir / "data"
    with shop.entry() as books:
        import_files(
            books,
            ImportRequest(
                actor="test",
                refused_folder=tmp_path,
                orders=data / "global_superstore_orders.csv.gz",
                returns=data / "global_superstore_returns.csv",
            ),
        )
    return shop


def months_of(eval_dir: Path) -> list[tuple[str, Decimal, int]]:
    """Each month's sales and orders by the file's own dates, added up here."""
    sales, orders = defaultdict[str, Decimal](Decimal), defaultdict[str, set[tuple[str, str]]](set)
    packed = eval_dir / "data" / "global_superstore_orders.csv.gz"
    with gzip.open(packed, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            month = row["Order Date"][:7]
            sales[month] += Decimal(row["Sales"])
            orders[month].add((row["Order ID"], row["Customer ID"]))
    return [(month, sales[month], len(orders[month])) for month in sorted(sales)]


def test_each_month_has_the_sales_and_orders_of_the_file_s_own_dates(
    superstore: Shop, eval_dir: Path
) -> None:
    pipeline.run(ends(superstore))
    query = Query.from_dict({"metrics": ["sales", "orders"], "dimensions": ["order_month"], "totals": True})
    with closing(superstore.reader()) as reader:
        found = run(reader, query, builtin_catalog(), today=date(2014, 12, 31))
    expected = months_of(eval_dir)
    assert [(str(month)[:7], sales, orders) for month, sales, orders in found.rows] == expected
    # One order has lines of two months.
    assert found.totals is not None
    assert found.totals[2] == ORDERS == sum(orders for _, _, orders in expected) - 1


def test_the_superstore_arrives_to_the_cent(superstore: Shop, eval_dir: Path) -> None:
    outcome = pipeline.run(ends(superstore)).outcome
    assert (outcome.records, outcome.rows["quarantined"]) == (LINES, 0)
    with closing(superstore.reader()) as star:
        totals = star.query(
            "select count(*), count(distinct order_id), sum(quantity), sum(sales), sum(profit),"
            " sum(shipping_cost) from fact_sales"
        )[0]
        returned = {row[0] for row in star.query("select distinct order_id from fact_return")}
    lines, orders, units, *money = totals
    assert (lines, orders, units) == (LINES, ORDERS, UNITS)
    assert [Decimal(each).quantize(CENT) for each in money] == [SALES, PROFIT, SHIPPING]
    with (eval_dir / "data" / "global_superstore_returns.csv").open(encoding="utf-8") as file:
        # An id of several orders: the one in the return's market came back, whichever of them kept the id.
        ids = [row["Order ID"] for row in csv.DictReader(file)]
    assert not [each for each in ids if not any(o == each or o.startswith(f"{each}-") for o in returned)]
    found = reconcile.reconcile(ends(superstore))
    assert (found.count, found.waiting, found.quarantined) == (0, 0, 0)
    assert found.compared["sales"] == LINES
    assert pipeline.run(ends(superstore)).outcome.records == 0
