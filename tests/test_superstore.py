"""The real Global Superstore, from the file to a reconciled warehouse, on every engine.

The expected figures were published with the data; none is computed by the product.
"""

import csv
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.etl import pipeline, reconcile
from awesome_analytics.sales.importer import ImportRequest, import_files
from test_pipeline import ends

# An order is one customer's and one day's: the file's 25,035 order ids stand for 25,754 orders.
LINES, ORDERS, UNITS = 51_290, 25_754, 178_312
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
