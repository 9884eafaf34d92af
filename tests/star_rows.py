"""A warehouse's whole star on natural keys, and what the books say it must be.

Surrogate keys vanish in the joins, so that any two loads of the same books compare equal. The books' side is
written here by hand and shares nothing with the pipeline: returned units are dealt out one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, LiteralString

import psycopg

from awesome_analytics.warehouse.engine import Engine

Connection = psycopg.Connection[tuple[Any, ...]]
Star = Mapping[str, Counter[tuple[Any, ...]]]

# A key that finds no member gives None, which no row of the books gives.
STAR: Mapping[str, LiteralString] = {
    "dim_customer": "select customer_id, customer_name, region, segment_name, market from dim_customer",
    "dim_product": "select product_id, product_name, category_name, subcategory_name from dim_product",
    "dim_return": "select return_id, return_status, return_region, return_reason from dim_return",
    "fact_sales": """
        select f.order_id, f.line_no, f.product_id, c.customer_id, p.product_id,
               f.date_key, shipped.date, f.order_date_key, ordered.date,
               f.quantity, f.sales, f.discount, f.discount_rate, f.profit, f.shipping_cost,
               f.order_priority, f.ship_mode, f.market, f.region
        from fact_sales f
        left join dim_customer c on c.customer_key = f.customer_key
        left join dim_product p on p.product_key = f.product_key
        left join dim_date shipped on shipped.date_key = f.date_key
        left join dim_date ordered on ordered.date_key = f.order_date_key""",
    "fact_return": """
        select r.return_id, f.return_id, f.order_id, f.line_no, c.customer_id, p.product_id,
               ordered.date, returned.date, f.return_status, f.quantity, f.returned_sales
        from fact_return f
        left join dim_customer c on c.customer_key = f.customer_key
        left join dim_return r on r.return_key = f.return_key
        left join dim_product p on p.product_key = f.product_key
        left join dim_date ordered on ordered.date_key = f.date_key
        left join dim_date returned on returned.date_key = f.return_date_key""",
}

BOOKS: Mapping[str, LiteralString] = {
    "dim_customer": """
        select customer_id, customer_name, region, segment_name, market
        from tbl_customers, segment where segment.segment_id = tbl_customers.segment_id""",
    "dim_product": """
        select product_id, product_name, category_name, subcategory_name
        from tbl_products, subcategory, category
        where subcategory.subcategory_id = tbl_products.subcategory_id
          and category.category_id = subcategory.category_id""",
    "dim_return": "select return_id, return_status, return_region, return_reason from tbl_returns",
    "fact_sales": """
        select order_id, line_no, product_id, customer_id, product_id,
               coalesce(to_char(ship_date, 'YYYYMMDD')::integer, 0), ship_date,
               to_char(coalesce(l.order_date, o.order_date), 'YYYYMMDD')::integer,
               coalesce(l.order_date, o.order_date),
               quantity, sales, discount, discount_rate, profit, shipping_cost,
               order_priority, ship_mode, market, region
        from order_product l join tbl_orders o using (order_id)""",
}

UNKNOWN = {
    "dim_customer": ("", *["Unknown"] * 4),
    "dim_product": ("", *["Unknown"] * 3),
    "dim_return": ("", *["Unknown"] * 3),
}


def star(engine: Engine) -> Star:
    """Every row of the star but the calendar."""
    return {table: Counter(engine.query(statement)) for table, statement in STAR.items()}


def calendar(engine: Engine) -> frozenset[tuple[Any, ...]]:
    """Every row of the calendar; an incremental one may keep years that no sale names any more."""
    return frozenset(engine.query("select * from dim_date"))


def expected(books: Connection) -> Star:
    """The star that the books as committed must give."""
    with books.transaction():
        books.execute("set transaction isolation level repeatable read")
        rows = {table: Counter(books.execute(statement).fetchall()) for table, statement in BOOKS.items()}
        rows["fact_return"] = Counter(_returned(books))
    for table, member in UNKNOWN.items():
        rows[table][member] += 1
    return rows


def wrong_rows(found: Star, right: Star) -> list[str]:
    """What one star has and the other hasn't, a line each."""
    wrong = []
    for table in right:
        wrong += [f"{table}: has {row}" for row in (found[table] - right[table]).elements()]
        wrong += [f"{table}: lacks {row}" for row in (right[table] - found[table]).elements()]
    return sorted(wrong)


def _returned(books: Connection) -> Iterator[tuple[Any, ...]]:
    lines = books.execute(
        "select order_id, line_no, product_id, quantity, sales, order_date from order_product order by 1, 2"
    ).fetchall()
    claims = books.execute(
        """select order_id, customer_id, order_date, return_id, product_id, quantity, return_status,
                  return_date
           from tbl_returns join tbl_orders using (order_id)
           order by return_date, length(return_id), return_id, order_id"""
    ).fetchall()
    lines_of, claims_of = _by_order(lines), _by_order(claims)
    for order, wanted in claims_of.items():
        yield from _dealt(order, lines_of[order], wanted)


def _by_order(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    found = defaultdict(list)
    for order, *rest in rows:
        found[order].append(tuple(rest))
    return found


def _dealt(
    order: str, lines: list[tuple[Any, ...]], claims: list[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """Each claim takes its units off the shelf in the lines' order; a whole order takes what is left."""
    bought = [(line, product) for line, product, quantity, *_ in lines for _ in range(quantity)]
    shelf = list(bought)
    details = {line: facts for line, *facts in lines}
    for claim in sorted(claims, key=lambda claim: claim[3] is None):
        customer, ordered, return_id, product, quantity, status, returned = claim
        source = bought if status == "Rejected" else shelf
        taken = [unit for unit in source if product in (None, unit[1])][:quantity]
        if status != "Rejected":
            for unit in taken:
                shelf.remove(unit)
        for line, units in Counter(line for line, _ in taken).items():
            product_id, of, sales, own_day = details[line]
            key = (return_id, return_id, order, line, customer, product_id)
            yield (*key, own_day or ordered, returned, status, units, _share(sales, units, of))


def _share(sales: Decimal, units: int, of: int) -> Decimal:
    return (sales * units / of).quantize(Decimal("0.00001"), ROUND_HALF_UP)
