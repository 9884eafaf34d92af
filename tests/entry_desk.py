"""What the tests of the entry forms share: valid forms, a fixed day, the books' rows."""

from datetime import date
from typing import Any

import psycopg

from awesome_analytics.sales import lines, orders, returns
from awesome_analytics.sales.answers import LineAdded, OrderRecorded, ReturnRecorded
from awesome_analytics.sales.model import AddLine, RecordOrder, RecordReturn

TODAY = date(2024, 12, 7)
DONE_BY: dict[str, Any] = {"actor": "john_sales", "today": TODAY}

Books = psycopg.Connection[tuple[Any, ...]]


def order(books: Books, **changes: Any) -> OrderRecorded:
    """Alice's order of the seed, with changes."""
    form = {
        "customer_name": "Alice Johnson",
        "customer_email": "alice.johnson@company.com",
        "segment": "Corporate",
        "market": "US",
        "region": "East",
        "priority": "High",
        "order_date": "2024-12-05",
    }
    return orders.record_order(books, RecordOrder(**{**form, **changes}), **DONE_BY)


def chairs(books: Books, order_id: str, **changes: Any) -> LineAdded:
    """The seed's four office chairs, with changes."""
    form = {
        "order_id": order_id,
        "product_name": "Ergonomic Office Chair",
        "category": "Furniture",
        "subcategory": "Chairs",
        "quantity": "4",
        "sales": "1,200.00",
        "discount_percent": "10",
        "shipping_cost": "80.00",
        "ship_mode": "Standard Class",
        "ship_date": "2024-12-07",
    }
    return lines.add_line(books, AddLine(**{**form, **changes}), **DONE_BY)


def give_back(books: Books, order_id: str, **changes: Any) -> ReturnRecorded:
    """A return of the whole order, with changes."""
    form = {"order_id": order_id, "reason": "Defective", "return_date": "2024-12-06"}
    return returns.record_return(books, RecordReturn(**{**form, **changes}), **DONE_BY)


STATE = """
select (select max(entry_id) from entry_log), (select max(history_id) from row_history),
       (select max(tombstone_id) from tombstone),
       (select tbl_last_xid::text from segment order by tbl_last_xid desc limit 1),
       (select tbl_last_xid::text from category order by tbl_last_xid desc limit 1),
       (select tbl_last_xid::text from subcategory order by tbl_last_xid desc limit 1),
       (select tbl_last_xid::text from tbl_customers order by tbl_last_xid desc limit 1),
       (select tbl_last_xid::text from tbl_products order by tbl_last_xid desc limit 1),
       (select tbl_last_xid::text from tbl_orders order by tbl_last_xid desc limit 1),
       (select tbl_last_xid::text from order_product order by tbl_last_xid desc limit 1),
       (select tbl_last_xid::text from tbl_returns order by tbl_last_xid desc limit 1)
"""
"""Every write stamps its row with its transaction or leaves a tombstone: two equal states are equal books.

(An identity that a refused entry used up is not in it; only committed rows are.)
"""


def state(books: Books) -> tuple[Any, ...] | None:
    """A mark of the books as they stand, by index look-ups alone."""
    return books.execute(STATE, prepare=True).fetchone()


def rows(books: Books, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a hand-written query."""
    return books.execute(sql.encode()).fetchall()


BAD_ROWS = r"""
select 'customer', customer_id from tbl_customers
where customer_name ~ '[\u0001-\u001f\u007f]' or customer_email is null
   or customer_email <> lower(customer_email)
union all
select 'email twice', min(customer_id) from tbl_customers
group by lower(btrim(customer_email)) having count(*) > 1
union all
select 'product twice', min(product_id) from tbl_products
group by lower(product_name), subcategory_id having count(*) > 1
union all
select 'order', order_id from tbl_orders where order_date not between '1970-01-01' and '2025-12-08'
union all
select 'line', order_id from order_product l join tbl_orders o using (order_id)
where 'NaN' in (sales, discount, profit, shipping_cost, discount_rate)
   or least(sales, discount, shipping_cost, discount_rate) < 0 or quantity not between 1 and 1000000
   or discount_rate > 1 or discount <> round(sales * discount_rate, 2)
   or profit <> round(sales - discount - shipping_cost, 2)
   or ship_date < coalesce(l.order_date, o.order_date) or l.order_date < o.order_date
union all
select 'return', return_id from tbl_returns join tbl_orders using (order_id)
where return_date < order_date or (product_id is null) <> (quantity is null)
union all
select 'over-return', order_id from (
    select order_id, product_id, sum(quantity) as returned from tbl_returns
    where product_id is not null and return_status <> 'Rejected' group by order_id, product_id
) as back
where returned > (select coalesce(sum(quantity), 0) from order_product l
                  where l.order_id = back.order_id and l.product_id = back.product_id)
union all
select 'unlogged order', order_id from tbl_orders o
where not exists (select from entry_log e
                  where e.result ->> 'order_id' = o.order_id and e.command = 'RecordOrder')
union all
select 'log without result', entry_id::text from entry_log where result is null
"""
"""Rows that the forms must never make; PostgreSQL's round() is half away from zero, as the shop's."""
