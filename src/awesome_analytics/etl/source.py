"""The books as the pipeline reads them: one snapshot, what changed in it, and rows as COPY streams them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, LiteralString, cast

import psycopg

from awesome_analytics.core.sql import blocks
from awesome_analytics.etl.outflow import copy_out
from awesome_analytics.warehouse.star import DIMENSIONS, UNKNOWN_KEY, Column, Table

Connection = psycopg.Connection[tuple[Any, ...]]


def block(name: str) -> LiteralString:
    """A named statement of `extract.sql`."""
    return blocks(__package__, "extract.sql")[name]


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a snapshot stands in the life of its source.

    Every transaction below `watermark` has ended and is seen; `horizon` has not begun yet. The other
    fields tell one source, or one life of it, from another.
    """

    watermark: int
    horizon: int
    as_of: datetime
    system_identifier: str
    timeline: int
    database_oid: int
    epoch: str


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Keys in quarantine and orders whose member was not known: tried again in every run."""

    customers: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()

    def with_members(self, refused: Mapping[str, Sequence[str]]) -> "Retry":
        """The same and the refused members of dimensions, by the dimension's name."""
        return Retry(
            customers=(*self.customers, *refused.get("dim_customer", ())),
            products=(*self.products, *refused.get("dim_product", ())),
            returns=(*self.returns, *refused.get("dim_return", ())),
            orders=self.orders,
        )


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The keys to derive anew, and how many rows of each table changed."""

    customers: frozenset[str]
    products: frozenset[str]
    returns: frozenset[str]
    orders: frozenset[str]
    counts: Mapping[str, int] = field(default_factory=dict)

    def scope(self, table: Table) -> frozenset[str]:
        """The keys in which a table's rows are derived anew."""
        return {
            "customer_id": self.customers,
            "product_id": self.products,
            "return_id": self.returns,
            "order_id": self.orders,
        }[table.scope]


# The source's column that a table's scope is compared with.
_SCOPED_BY = {
    "dim_customer": "c.customer_id",
    "dim_product": "p.product_id",
    "dim_return": "r.return_id",
    "fact_sales": "l.order_id",
    "fact_return": "t.order_id",
}
_ORDERED = {"fact_sales": "l.order_id, l.line_no", "fact_return": "t.return_id, t.line_no"}


class Source:
    """One connection to the books as the user who may only read them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.execute(block("session"))

    @contextmanager
    def snapshot(self) -> Iterator[Position]:
        """Everything read inside the block is as of one moment."""
        self._connection.execute(block("read_only_snapshot"))
        try:
            row = self.query(block("position"), {})[0]
            yield Position(
                watermark=int(row[0]),
                horizon=int(row[1]),
                as_of=row[2],
                system_identifier=row[3],
                timeline=row[4],
                database_oid=row[5],
                epoch=row[6],
            )
        finally:
            with suppress(psycopg.OperationalError):
                self._connection.execute("rollback")

    def changes(self, watermark: int, retry: Retry) -> Changes:
        """What was written by transactions that had not ended at the watermark, and what depends on it."""
        self._connection.execute(block("expect_few_rows"))
        values = {
            "watermark": str(watermark),
            "customers": list(retry.customers),
            "products": list(retry.products),
            "returns": list(retry.returns),
            "orders": list(retry.orders),
        }
        return Changes(
            customers=self._keys("changed_customers", values),
            products=self._keys("changed_products", values),
            returns=self._keys("changed_returns", values),
            orders=self._keys("changed_orders", values),
            counts=self._counts("counts_changed", values),
        )

    def counts(self) -> Mapping[str, int]:
        """Rows of each table of the books."""
        return self._counts("counts_all", {})

    def days(self) -> tuple[date, date] | None:
        """First and last day that orders, their shipments and returns name."""
        first, last = self.query(block("days"), {})[0]
        return (first, last) if first else None

    def orders_of_several_days(self) -> int:
        """How many orders have lines with a day of their own."""
        return int(self.query(block("orders_of_several_days"), {})[0][0])

    def staged(self, table: Table, scope: Collection[str]) -> Iterator[bytes]:
        """The rows of a table inside its scope, with natural keys; refused ones left out."""
        columns = ", ".join(column.name for column in table.staged)
        rows = _rows(table, _inside(table))
        return self._copy(_filled("copy_staged", columns=columns, rows=rows), {"scope": list(scope)})

    def whole(self, table: Table) -> Iterator[bytes]:
        """All rows of a table in its final form, surrogate keys given by the order of the natural ones."""
        self.expect_many_rows()
        rows = _rows(table, "true", ordered=True)
        if not table.is_fact:
            columns = ", ".join(column.name for column in table.staged)
            return self._copy(_filled("copy_members", key=table.key[0], columns=columns, rows=rows))
        dimensions = [DIMENSIONS[column.finds] for column in table.columns if column.finds]
        return self._copy(
            _filled(
                "copy_facts",
                numberings=", ".join(_numbering(dimension) for dimension in dimensions),
                columns=", ".join(_final(column) for column in table.columns),
                rows=rows,
                joins=" ".join(f"left join {d.name} using ({d.key[0]})" for d in dimensions),
            )
        )

    def refused(self, table: Table, scope: Collection[str] | None) -> list[tuple[str, str, str, str]]:
        """Row key, scope key, reason and the row as JSON of what the warehouse can't take."""
        rows = _rows(table, "true" if scope is None else _inside(table))
        found = self.query(_filled("refused", rows=rows), {"scope": list(scope or ())})
        return cast("list[tuple[str, str, str, str]]", found)

    def count_in(self, table: str, orders: Collection[str]) -> int:
        """Rows of `order_product` or `tbl_returns` that belong to the orders."""
        return int(self.query(block(f"count_{table}"), {"orders": list(orders)})[0][0])

    def expect_many_rows(self) -> None:
        """Tell the server that what follows in this snapshot reads whole tables."""
        self._connection.execute(block("expect_many_rows"))

    def query(self, statement: LiteralString, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of a statement, as of the snapshot."""
        return self._connection.execute(statement, values).fetchall()

    def stream(self, statement: LiteralString) -> Iterator[tuple[Any, ...]]:
        """Rows of a statement as they come, as of the snapshot."""
        with self._connection.cursor(name="stream") as cursor:
            cursor.itersize = 10_000
            cursor.execute(statement)
            yield from cursor

    def _keys(self, name: str, values: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(row[0] for row in self.query(block(name), values))

    def _counts(self, name: str, values: Mapping[str, Any]) -> dict[str, int]:
        return {str(table): int(count) for table, count in self.query(block(name), values)}

    def _copy(self, statement: LiteralString, values: dict[str, Any] | None = None) -> Iterator[bytes]:
        return copy_out(self._connection, statement, values)


def _filled(name: str, /, **parts: str) -> LiteralString:
    """A statement with our own identifiers and blocks filled in; values never come this way."""
    return block(name).format(**parts)


def _inside(table: Table) -> str:
    # An array that the planner does not see: it would look every key up in its statistics, at every use.
    return f"{_SCOPED_BY[table.name]} = any (array(select unnest(%(scope)s::text[])))"


def _rows(table: Table, scope: str, *, ordered: bool = False) -> str:
    # OFFSET 0 keeps the planner from undoing the order, in which a clustered index is built fastest.
    order = f"order by {_ORDERED[table.name]} offset 0" if ordered and table.is_fact else ""
    return block(table.name).format(scope=scope, ordered=order)


def _final(column: Column) -> str:
    return f"coalesce({column.finds}.member, {UNKNOWN_KEY})" if column.finds else f"f.{column.name}"


def _numbering(dimension: Table) -> str:
    return _filled("numbering", name=dimension.name, key=dimension.key[0], rows=_rows(dimension, "true"))
