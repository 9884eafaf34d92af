"""What the books say of an order: its lines, its returns, what can still come back, who wrote what."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from awesome_analytics.core.errors import NotFound
from awesome_analytics.core.sql import blocks
from awesome_analytics.sales import fields, returnable

_SQL = blocks("awesome_analytics.sales", "reading.sql")
_LINES = blocks("awesome_analytics.sales", "lines.sql")
_RETURNS = blocks("awesome_analytics.sales", "returns.sql")
T = TypeVar("T")

MOST_FOUND = 10_000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One product of an order; `discount` is the amount, `discount_rate` a part of 1.

    `order_date` is the line's own day; None is the order's.
    """

    line_no: int
    product_id: str
    product_name: str
    category: str
    subcategory: str
    quantity: int
    sales: Decimal
    discount_rate: Decimal
    discount: Decimal
    profit: Decimal
    shipping_cost: Decimal
    ship_mode: str
    ship_date: date | None
    order_date: date | None


@dataclass(frozen=True, kw_only=True)
class Return:
    """Goods that came back; no product means the whole order."""

    return_id: str
    order_id: str
    product_id: str | None
    quantity: int | None
    reason: str
    status: str
    region: str
    return_date: date


@dataclass(frozen=True, kw_only=True)
class Returnable:
    """Pieces of one product: bought, come back (a whole-order return takes all that is left), still here."""

    product_id: str
    product_name: str
    bought: int
    returned: int
    left: int


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order and its customer, with all that hangs on it."""

    order_id: str
    order_date: date
    priority: str
    market: str
    region: str
    customer_id: str
    customer_name: str
    customer_email: str | None
    segment: str
    lines: tuple[Line, ...]
    returns: tuple[Return, ...]
    returnable: tuple[Returnable, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """An order in a list; `sales` is the sum of its lines."""

    order_id: str
    order_date: date
    customer_id: str
    customer_name: str
    customer_email: str | None
    priority: str
    market: str
    region: str
    lines: int
    sales: Decimal


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something done to an order: a command with what was asked, or a row as it was before."""

    at: datetime
    actor: str
    what: str
    detail: dict[str, Any]


@contextmanager
def _snapshot(connection: Connection[Any]) -> Iterator[None]:
    with connection.transaction():
        connection.execute(_SQL["snapshot"])
        yield


def _all(connection: Connection[Any], kind: type[T], sql: Any, **values: Any) -> tuple[T, ...]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(sql, values))


def show_order(connection: Connection[Any], order_id: str) -> Order:
    """The whole order, as of one moment."""
    order_id = fields.identifier(order_id, "Order ID")
    with _snapshot(connection):
        with connection.cursor(row_factory=dict_row) as cursor:
            head = cursor.execute(_SQL["order"], {"order_id": order_id}).fetchone()
        lines = _all(connection, Line, _LINES["lines"], order_id=order_id)
        returns = _all(connection, Return, _RETURNS["returns"], order_id=order_id)
    if head is None:
        raise NotFound(f"There is no order '{order_id}'; find it with awesome order find.")
    return Order(**head, lines=lines, returns=returns, returnable=_returnable(lines, returns))


def _returnable(lines: tuple[Line, ...], returns: tuple[Return, ...]) -> tuple[Returnable, ...]:
    line_rows, return_rows = [vars(line) for line in lines], [vars(back) for back in returns]
    whole = returnable.whole_order_return(return_rows) is not None
    found = []
    for product_id, name in {line.product_id: line.product_name for line in lines}.items():
        count = returnable.count(line_rows, return_rows, product_id)
        left = 0 if whole else count.left
        found.append(
            Returnable(
                product_id=product_id,
                product_name=name,
                bought=count.bought,
                returned=count.bought - left,
                left=left,
            )
        )
    return tuple(found)


def show_return(connection: Connection[Any], return_id: str) -> Return:
    """One return."""
    found = _all(
        connection, Return, _RETURNS["find_return"], return_id=fields.identifier(return_id, "Return ID")
    )
    if not found:
        raise NotFound(f"There is no return '{return_id}'; awesome order show lists an order's returns.")
    return found[0]


def find_orders(
    connection: Connection[Any],
    *,
    customer: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 50,
) -> tuple[Found, ...]:
    """The newest orders first; `customer` is an ID, or a part of a name or e-mail in any case."""
    return _all(
        connection,
        Found,
        _SQL["find_orders"],
        customer=fields.optional(fields.text)(customer, "Customer"),
        since=since,
        until=until,
        limit=max(1, min(limit, MOST_FOUND)),
    )


def order_history(connection: Connection[Any], order_id: str) -> tuple[Event, ...]:
    """Everything done to an order, oldest first; also of one voided since."""
    order_id = fields.identifier(order_id, "Order ID")
    found = _all(connection, Event, _SQL["history"], order_id=order_id)
    if not found:
        raise NotFound(f"Nothing was ever done to an order '{order_id}'.")
    return found
