"""What the shop's people do to the books, as statements; and a writer that leaves transactions open.

The keys are few, so that writers meet; they are awkward, so that no loader can take them for something else.
Whoever performs an operation chooses a value for each place in it: a property test or a seeded thread.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

import psycopg

from awesome_analytics.core.database import DatabaseUrl

Choose = Callable[[Sequence[Any]], Any]

CHOICES: dict[str, Sequence[Any]] = {
    "customer": ("1001", "1002", r"C\N", "C'é", r"\."),
    "product": ("PROD-501", "prod-501", r"P\t2", "P%s"),
    "order": ("ORD-001", "ord-001", r"O\1", "O/1", "O 2"),
    "line": (1, 2, 3),
    "return": ("RET-001", r"R\\", "R/1", "R2"),
    "name": ("Ann Lee", "ann lee", "José", "Jose", r"O'Brien \N Söhne", "𝔄nn\u00a0Lee"),
    "label": ("One", "Two", "Three", r"Fo\ur", "Fünf"),
    "nth": (0, 1, 2),
    "id": (1, 2, 3),
    "subcategory": (1, 2, 4, 5, 7),
    "quantity": (1, 2, 3, 7),
    "sales": (Decimal(0), Decimal("9.99"), Decimal("100.00001"), Decimal("8765432109876.54321")),
    "profit": (Decimal("-3.33333"), Decimal(0), Decimal("12.5")),
    "rate": (Decimal(0), Decimal("0.05"), Decimal("0.333333")),
    "cost": (Decimal(0), Decimal("1.25")),
    "ordered": (date(2023, 12, 31), date(2024, 2, 29), date(2024, 12, 5)),
    "days": (None, 0, 2, 400),
    "returned": (date(2024, 12, 5), date(2024, 12, 6), date(2026, 1, 1)),
    "status": ("Pending", "Approved", "Rejected", "Completed"),
    "reason": ("Defective", "Not Stated"),
}

MANY: dict[str, Sequence[Any]] = CHOICES | {
    "customer": (*CHOICES["customer"], *(str(number) for number in range(1003, 1015))),
    "order": (*CHOICES["order"], *(f"ORD-{number:03}" for number in range(2, 40))),
    "return": (*CHOICES["return"], *(f"RET-{number:03}" for number in range(2, 20))),
}
"""So many that what a run has lost is seldom written again by chance."""

OPERATIONS: Mapping[str, LiteralString] = {
    "write a customer": """
        insert into tbl_customers (customer_id, customer_name, segment_id, market, region)
        select %(customer)s, %(name)s, %(id)s,
               (select market from market order by market offset %(nth)s limit 1),
               (select region from region order by region offset %(nth)s limit 1)
        on conflict (customer_id) do update
        set customer_name = excluded.customer_name, segment_id = excluded.segment_id,
            market = excluded.market""",
    "write a product": """
        insert into tbl_products (product_id, product_name, category_id, subcategory_id)
        select %(product)s, %(name)s, category_id, subcategory_id from subcategory
        where subcategory_id = %(subcategory)s
        on conflict (product_id) do update set product_name = excluded.product_name,
            category_id = excluded.category_id, subcategory_id = excluded.subcategory_id""",
    "write an order": """
        insert into tbl_orders (order_id, customer_id, order_date, order_priority, market, region)
        select %(order)s, %(customer)s, %(ordered)s, 'High',
               (select market from market order by market offset %(nth)s limit 1),
               (select region from region order by region offset %(nth)s limit 1)
        on conflict (order_id) do update set customer_id = excluded.customer_id, market = excluded.market""",
    "write a line": """
        insert into order_product (order_id, line_no, product_id, quantity, sales, discount, discount_rate,
                                   profit, shipping_cost, ship_mode, ship_date)
        select order_id, %(line)s, %(product)s, %(quantity)s, %(sales)s, %(cost)s, %(rate)s,
               %(profit)s, %(cost)s,
               (select ship_mode from ship_mode order by ship_mode offset %(nth)s limit 1),
               order_date + %(days)s::integer
        from tbl_orders where order_id = %(order)s
        on conflict (order_id, line_no) do update set product_id = excluded.product_id,
            quantity = excluded.quantity, sales = excluded.sales, ship_date = excluded.ship_date""",
    "return a product": """
        insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason, return_status,
                                 return_region, return_date)
        select %(return)s, order_id, product_id, 1, %(reason)s, %(status)s, region, %(returned)s
        from tbl_orders join order_product using (order_id) where order_id = %(order)s and line_no = %(line)s
        on conflict (return_id) do update set order_id = excluded.order_id, product_id = excluded.product_id,
            quantity = excluded.quantity, return_status = excluded.return_status""",
    "return more of it": """
        update tbl_returns set quantity = %(quantity)s
        where return_id = %(return)s and product_id is not null""",
    "return an order": """
        insert into tbl_returns (return_id, order_id, return_reason, return_status, return_region,
                                 return_date)
        select %(return)s, order_id, %(reason)s, %(status)s, region, %(returned)s
        from tbl_orders where order_id = %(order)s
        on conflict (return_id) do update
        set order_id = excluded.order_id, product_id = null, quantity = null""",
    "decide on a return": """
        update tbl_returns set return_status = %(status)s where return_id = %(return)s""",
    "correct a return's reason": """
        update tbl_returns set return_reason = %(reason)s where return_id = %(return)s""",
    "move a return to an order": "update tbl_returns set order_id = %(order)s where return_id = %(return)s",
    "rename a customer": """
        update tbl_customers set customer_name = %(name)s where customer_id = %(customer)s""",
    "move a customer": """
        update tbl_customers set region = (select region from region order by region offset %(nth)s limit 1)
        where customer_id = %(customer)s""",
    "rename a product": "update tbl_products set product_name = %(name)s where product_id = %(product)s",
    "rename a segment": "update segment set segment_name = %(label)s where segment_id = %(id)s",
    "rename a category": "update category set category_name = %(label)s where category_id = %(id)s",
    "rename a sub-category": """
        update subcategory set subcategory_name = %(label)s where subcategory_id = %(subcategory)s""",
    "move a sub-category": """
        update subcategory set category_id = %(id)s where subcategory_id = %(subcategory)s""",
    "rename a market": """
        update market set market = %(label)s
        where market = (select market from market order by market offset %(nth)s limit 1)""",
    "rename a region": """
        update region set region = %(label)s
        where region = (select region from region order by region offset %(nth)s limit 1)""",
    "rename a ship mode": """
        update ship_mode set ship_mode = %(label)s
        where ship_mode = (select ship_mode from ship_mode order by ship_mode offset %(nth)s limit 1)""",
    "give an order to a customer": """
        update tbl_orders set customer_id = %(customer)s where order_id = %(order)s""",
    "date an order": "update tbl_orders set order_date = %(ordered)s where order_id = %(order)s",
    "move a line to a product": """
        update order_product set product_id = %(product)s
        where order_id = %(order)s and line_no = %(line)s""",
    "number a line anew": """
        update order_product set line_no = %(line)s
        where (order_id, line_no) in (select order_id, max(line_no) from order_product
                                      where order_id = %(order)s group by order_id)""",
    "move a line to an order": """
        update order_product set order_id = %(order)s
        where (order_id, line_no) in (select order_id, line_no from order_product
                                      where product_id = %(product)s order by 1, 2 limit 1)""",
    "correct a line": """
        update order_product set quantity = %(quantity)s, profit = %(profit)s
        where order_id = %(order)s and line_no = %(line)s""",
    "ship a line": """
        update order_product l set ship_date = o.order_date + %(days)s::integer from tbl_orders o
        where o.order_id = l.order_id and l.order_id = %(order)s and line_no = %(line)s""",
    "order a line later": """
        update order_product l
        set order_date = o.order_date + %(days)s::integer,
            ship_date = case when l.ship_date is not null
                             then greatest(l.ship_date, o.order_date + %(days)s::integer) end
        from tbl_orders o
        where o.order_id = l.order_id and l.order_id = %(order)s and line_no = %(line)s""",
    "raise a price": "update order_product set sales = sales + 0.00001 where product_id = %(product)s",
    "number an order anew": """
        update tbl_orders set order_id = %(order)s
        where order_id = (select order_id from tbl_orders order by 1 offset %(nth)s limit 1)""",
    "number a customer anew": """
        update tbl_customers set customer_id = %(customer)s
        where customer_id = (select customer_id from tbl_customers order by 1 offset %(nth)s limit 1)""",
    "number a product anew": """
        update tbl_products set product_id = %(product)s
        where product_id = (select product_id from tbl_products order by 1 offset %(nth)s limit 1)""",
    "number a return anew": """
        update tbl_returns set return_id = %(return)s
        where return_id = (select return_id from tbl_returns order by 1 offset %(nth)s limit 1)""",
    "void a customer": "delete from tbl_customers where customer_id = %(customer)s",
    "void a product": "delete from tbl_products where product_id = %(product)s",
    "void a line": "delete from order_product where order_id = %(order)s and line_no = %(line)s",
    "void a return": "delete from tbl_returns where return_id = %(return)s",
    "void an order": """
        with r as (delete from tbl_returns where order_id = %(order)s),
             l as (delete from order_product where order_id = %(order)s)
        delete from tbl_orders where order_id = %(order)s""",
    "void a customer with all orders": """
        with o as (select order_id from tbl_orders where customer_id = %(customer)s),
             r as (delete from tbl_returns where order_id in (select order_id from o)),
             l as (delete from order_product where order_id in (select order_id from o)),
             d as (delete from tbl_orders where customer_id = %(customer)s)
        delete from tbl_customers where customer_id = %(customer)s""",
    "truncate the returns": "truncate tbl_returns, import_return",
}

WORK = (*OPERATIONS, *[name for name in OPERATIONS if name.startswith(("write", "return"))] * 3)
"""The operations, with those that add rows more often: the shop is to stay open."""

EMPTY = """
    delete from tbl_returns; delete from order_product; delete from tbl_orders; delete from tbl_customers;
    delete from tbl_products"""

SHORT_OF_LUCK = (
    psycopg.errors.IntegrityError,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.InsufficientPrivilege,  # only the administrator may truncate
    psycopg.errors.ObjectInUse,  # nor that, behind an own change
)
"""How the books refuse; whoever is refused goes on."""

_PLACE = re.compile(r"%\((\w+)\)s")


def values_for(statement: str, choose: Choose, choices: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """A value for each place of a statement."""
    return {place: choose(choices[place]) for place in dict.fromkeys(_PLACE.findall(statement))}


def open_shop(books: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """A few rows of everything, so that most operations find something to change."""
    for customer, product, order in zip(
        CHOICES["customer"], CHOICES["product"], CHOICES["order"], strict=False
    ):
        chosen = {place: among[0] for place, among in CHOICES.items()}
        chosen |= {"customer": customer, "product": product, "order": order, "quantity": 3}
        for name in ("write a customer", "write a product", "write an order", "write a line"):
            books.execute(OPERATIONS[name], chosen)


class Writer:
    """One person at the books: with a transaction open, each operation in it has a savepoint of its own."""

    def __init__(self, url: DatabaseUrl, *, name: str, patience_ms: int) -> None:
        self.name = name
        self.choices: Mapping[str, Sequence[Any]] = CHOICES
        self.connection = psycopg.connect(**url.parameters(), autocommit=True)
        self.connection.execute("select set_config('lock_timeout', %s, false)", (str(patience_ms),))
        self.is_open = False
        self.savepoints = 0
        self.prepared: list[str] = []
        self.done = Counter[str]()
        self.refused = 0
        self._gids = 0

    def begin(self) -> None:
        if not self.is_open:
            self.connection.execute("begin")
            self.is_open, self.savepoints = True, 0

    def perform(self, name: str, choose: Choose) -> bool:
        """Whether the books took it."""
        statement = OPERATIONS[name]
        try:
            with self.connection.transaction():
                self.connection.execute(statement, values_for(statement, choose, self.choices))
        except SHORT_OF_LUCK:
            self.refused += 1
            return False
        self.done[name] += 1
        return True

    def savepoint(self) -> None:
        self.savepoints += 1
        self.connection.execute("savepoint mine")

    def roll_back_to_savepoint(self) -> None:
        self.savepoints -= 1
        self.connection.execute("rollback to savepoint mine")
        self.connection.execute("release savepoint mine")

    def end(self, *, keep: bool) -> None:
        """Commit or roll back, however late."""
        self.is_open = False
        self.connection.execute("commit" if keep else "rollback")

    def prepare(self) -> None:
        """Leave the transaction with the server, to be ended later by anyone."""
        self._gids += 1
        gid = f"{self.connection.info.dbname} {self.name} {self._gids}"
        self.is_open = False
        self.connection.execute(_with_gid("prepare transaction {}", gid))
        self.prepared.append(gid)

    def end_prepared(self, *, keep: bool) -> None:
        """End the oldest transaction left with the server."""
        how: LiteralString = "commit prepared {}" if keep else "rollback prepared {}"
        self.connection.execute(_with_gid(how, self.prepared.pop(0)))

    def leave(self) -> None:
        """Nothing of this writer stays open."""
        if self.is_open:
            self.end(keep=False)
        while self.prepared:
            self.end_prepared(keep=True)


@contextmanager
def writers(urls: Sequence[DatabaseUrl], *, admin: DatabaseUrl, patience_ms: int) -> Iterator[list[Writer]]:
    """A writer for each address; at the end nothing of theirs is left on the server, come what may."""
    opened: list[Writer] = []
    try:
        for number, url in enumerate(urls):
            opened.append(Writer(url, name=f"writer {number}", patience_ms=patience_ms))
        yield opened
    finally:
        for writer in opened:
            writer.connection.close()
        _roll_back_prepared(admin)


def _roll_back_prepared(url: DatabaseUrl) -> None:
    """A prepared transaction outlives its writer and would keep the database from being dropped."""
    with psycopg.connect(**url.parameters(), autocommit=True) as connection:
        left = connection.execute("select gid from pg_prepared_xacts where database = current_database()")
        for (gid,) in left.fetchall():
            connection.execute(_with_gid("rollback prepared {}", gid))


def _with_gid(statement: LiteralString, gid: str) -> psycopg.sql.Composed:
    return psycopg.sql.SQL(statement).format(psycopg.sql.Literal(gid))
