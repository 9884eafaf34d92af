"""A sample shop into empty books: by COPY, in one transaction, the stamps and rules of the books in force."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Self

from psycopg import Connection

from awesome_analytics.core.errors import Conflict
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales.sample.plan import SampleChoices, SamplePlan, Subcategory
from awesome_analytics.sales.sample.shop import Batch, GeneratedShop, Totals, generate

OnProgress = Callable[[int, int], None]
"""Told how many of how many orders are in."""

_SQL = blocks("awesome_analytics.sales.sample", "sample.sql")
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, kw_only=True)
class SampleReport:
    """How many rows the books hold now, and sums over the lines."""

    customers: int
    products: int
    orders: int
    lines: int
    returns: int
    units: int
    sales: Decimal
    discount: Decimal
    profit: Decimal
    shipping_cost: Decimal
    first_day: date
    last_day: date

    @classmethod
    def of(cls, shop: GeneratedShop, totals: Totals) -> Self:
        """The report on a shop and all its batches."""
        return cls(
            customers=len(shop.people),
            products=len(shop.assortment),
            orders=totals.orders,
            lines=totals.lines,
            returns=totals.returns,
            units=totals.units,
            sales=_money(totals.sales),
            discount=_money(totals.discount),
            profit=_money(totals.profit),
            shipping_cost=_money(totals.shipping_cost),
            first_day=shop.plan.first_day,
            last_day=shop.plan.last_day,
        )


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _silent(_done: int, _of: int) -> None:
    return


def load_sample(
    connection: Connection[Any], plan: SamplePlan, *, actor: str = "sample", on_progress: OnProgress = _silent
) -> SampleReport:
    """Fill empty books with the shop of a plan, all of it or nothing.

    `connection` is as awesome_entry. Raises Conflict where the books hold something already.
    """
    with connection.transaction():
        connection.execute(_SQL["alone"])
        _refuse_books_in_use(connection)
        shop = generate(plan, _read_choices(connection))
        _copy(connection, "customers", shop.customer_rows())
        _copy(connection, "products", shop.product_rows())
        totals = Totals()
        for batch in _ahead(shop.batches()):
            _copy_batch(connection, batch)
            totals.add(batch.totals)
            on_progress(totals.orders, plan.orders)
        report = SampleReport.of(shop, totals)
        connection.execute(_SQL["carry_on"], asdict(report))
        connection.execute(_SQL["log"], {"actor": actor, "payload": _json(plan), "result": _json(report)})
        return report


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Write the next batch on paper while the server takes in the one before."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _copy_batch(connection: Connection[Any], batch: Batch) -> None:
    _copy(connection, "orders", batch.orders)
    _copy(connection, "lines", batch.lines)
    _copy(connection, "returns", batch.returns)


def _copy(connection: Connection[Any], what: str, rows: Iterable[str]) -> None:
    """Rows are sent in pieces: a call for each would cost more than the row."""
    with connection.cursor() as cursor, cursor.copy(_SQL[f"copy_{what}"]) as copy:
        piece: list[str] = []
        for row in rows:
            piece.append(row)
            if len(piece) == _ROWS_AT_ONCE:
                copy.write("".join(piece))
                piece.clear()
        copy.write("".join(piece))


def _refuse_books_in_use(connection: Connection[Any]) -> None:
    stand = [f"{count:,} {what}" for what, count in connection.execute(_SQL["what_stands"]) if count]
    if stand:
        raise Conflict(
            f"The books already hold {', '.join(stand)}; a sample shop goes into empty books alone. "
            "Nothing was changed; use another AWESOME_HOME or AWESOME_OLTP_URL for it."
        )


def _read_choices(connection: Connection[Any]) -> SampleChoices:
    def rows(block: str) -> list[tuple[Any, ...]]:
        return connection.execute(_SQL[block]).fetchall()

    def names(block: str) -> tuple[str, ...]:
        return tuple(name for (name,) in rows(block))

    return SampleChoices(
        segments=tuple((segment_id, name) for segment_id, name in rows("segments")),
        subcategories=tuple(
            Subcategory(subcategory_id=id_, category_id=category_id, name=name, category=category)
            for id_, category_id, name, category in rows("subcategories")
        ),
        markets=names("markets"),
        regions=names("regions"),
        priorities=names("priorities"),
        ship_modes=names("ship_modes"),
        reasons=names("reasons"),
    )


def _json(values: SamplePlan | SampleReport) -> str:
    return json.dumps({f.name: getattr(values, f.name) for f in fields(values)}, default=str)
