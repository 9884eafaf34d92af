"""Control totals: what a run changed, summed on both sides by statements that share nothing.

The source's side is written over the books' own tables, not over the transformation that fed the load.
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.core.sql import blocks
from awesome_analytics.etl.source import Source
from awesome_analytics.warehouse.engine import Engine
from awesome_analytics.warehouse.star import FACT_RETURN, FACT_SALES, Table

Refusals = Mapping[Table, Sequence[tuple[str, str, str, str]]]

_SHOWN = 5


def block(name: str) -> LiteralString:
    """A named statement of `control.sql`."""
    return blocks(__package__, "control.sql")[name]


def check_orders(source: Source, engine: Engine, orders: Collection[str], refused: Refusals) -> int:
    """Compare each changed order's lines and returns; raises PipelineError that names what differs."""
    # A return with a refused line can't balance; it stands in quarantine, which says so.
    without = {row[1] for row in refused[FACT_RETURN]}
    lines = [row[0] for row in refused[FACT_SALES]]
    with ThreadPoolExecutor(1) as other_side:
        arriving = other_side.submit(
            lambda: [engine.query(block(name)) for name in ("warehouse_sales", "warehouse_returns")]
        )
        sold = source.query(block("source_sales"), {"orders": list(orders), "refused": lines})
        returned = source.query(block("source_returns"), {"orders": list(orders), "refused": list(without)})
        arrived, came_back = arriving.result()
    _compare("sales", sold, arrived)
    _compare("returns", returned, [row for row in came_back if row[0] not in without])
    return len(orders)


def check_totals(source: Source, engine: Engine, refused: Refusals) -> int:
    """Compare the sums of a full load before it is published; returns the number of lines."""
    lines = [row[0] for row in refused[FACT_SALES]]
    summed = block("source_totals" if lines else "source_totals_whole")
    with ThreadPoolExecutor(1) as other_side:
        arriving = other_side.submit(engine.query, block("shadow_totals"))
        expected = source.query(summed, {"refused": lines})
        arrived = arriving.result()
    _compare("sales", [("all", *expected[0])], [("all", *arrived[0])])
    _check_return_totals(source, engine, sorted({row[1] for row in refused[FACT_RETURN]}))
    return int(arrived[0][0])


def returns_balance(source: Source, engine: Engine) -> bool:
    """Whether a full load brought every piece that the books say came back."""
    claimed = source.query(block("source_return_totals"), {"refused": []})[0]
    arrived = engine.query(block("shadow_return_totals"))[0]
    return tuple(claimed) == tuple(arrived)


def _check_return_totals(source: Source, engine: Engine, without: Sequence[str]) -> None:
    expected = source.query(block("source_return_totals"), {"refused": list(without)})
    if without:
        places = ", ".join(["%s"] * len(without))
        arrived = engine.query(block("shadow_return_totals_without").format(places=places), without)
    else:
        arrived = engine.query(block("shadow_return_totals"))
    _compare("returns", [("all", *expected[0])], [("all", *arrived[0])])


def count_changed(engine: Engine, loaded: int) -> int:
    """How many sales lines a full load changes: those that came, went or differ."""
    old = int(engine.query(block("count_old"))[0][0])
    if not old:
        return loaded
    plain = [
        name for name in FACT_SALES.names if name not in ("customer_key", "product_key", *FACT_SALES.key)
    ]
    same = f"{engine.same('o', 'n', plain)} and {engine.same('oc', 'nc', ['customer_id'])}"
    statement = block("count_equal").format(same=same)
    both, equal = engine.query(statement)[0]
    return (loaded - int(both)) + (old - int(both)) + (int(both) - int(equal))


def _compare(what: str, expected: Sequence[Any], arrived: Sequence[Any]) -> None:
    left = {row[0]: tuple(row[1:]) for row in expected}
    right = {row[0]: tuple(row[1:]) for row in arrived}
    wrong = sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))
    if wrong:
        told = "; ".join(
            f"{key}: books {_said(left.get(key))}, warehouse {_said(right.get(key))}"
            for key in wrong[:_SHOWN]
        )
        raise PipelineError(f"{what} do not reconcile for {len(wrong)} orders, nothing was loaded ({told})")


def _said(values: tuple[Any, ...] | None) -> str:
    return "nothing" if values is None else ", ".join(str(value) for value in values)
