"""What each return takes from each line: the view beside a shelf of single pieces, filled by hand."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg import Connection

DAY = date(2024, 3, 1)
PRODUCTS = ("PROD-501", "PROD-502")
STATUSES = ("Pending", "Approved", "Completed", "Rejected")

Line = tuple[str, int, str, int]
Return = tuple[str, str, str | None, int | None, str, date]


def stock(books: Connection[Any], random: Random, orders: int) -> tuple[list[Line], list[Return]]:
    """Random orders, and of random returns those that the books take."""
    books.execute(
        """insert into tbl_customers (customer_id, customer_name, segment_id, market, region)
               values ('1001', 'Ada', 1, 'US', 'East');
           insert into tbl_products (product_id, product_name, category_id, subcategory_id)
               values ('PROD-501', 'Phone', 1, 1), ('PROD-502', 'Chair', 2, 5)"""
    )
    lines: list[Line] = []
    returns: list[Return] = []
    for order in (f"ORD-{number:03d}" for number in range(1, orders + 1)):
        books.execute("insert into tbl_orders values (%s, '1001', %s, 'Low', 'US', 'East')", (order, DAY))
        for line_no in range(1, random.randint(2, 5)):
            line = (order, line_no, random.choice(PRODUCTS), random.randint(1, 3))
            books.execute(
                "insert into order_product values (%s, %s, %s, %s, 9, 0, 0, 9, 0, 'Same Day', null)", line
            )
            lines.append(line)
        for number in range(random.randint(0, 4)):
            whole = random.random() < 0.3
            given: Return = (
                f"RET-{number}{order[3:]}",
                order,
                None if whole else random.choice(PRODUCTS),
                None if whole else random.randint(1, 3),
                random.choice(STATUSES),
                DAY + timedelta(days=random.randint(0, 3)),
            )
            try:
                books.execute(
                    """insert into tbl_returns (return_id, order_id, product_id, quantity, return_status,
                                                return_date, return_reason, return_region)
                       values (%s, %s, %s, %s, %s, %s, 'Defective', 'East')""",
                    given,
                )
            except psycopg.errors.IntegrityError:
                continue
            returns.append(given)
    return lines, returns


def pieces_taken(lines: list[Line], returns: list[Return]) -> dict[tuple[str, str, int, str], int]:
    """Piece by piece: each return in its turn takes the first piece of its product that is left."""
    left = {(order, line_no, product): n for order, line_no, product, n in lines}
    taken: dict[tuple[str, str, int, str], int] = defaultdict(int)
    in_turn = sorted(returns, key=lambda r: (r[2] is None, r[5], len(r[0]), r[0]))
    for return_id, order, product, quantity, status, _ in in_turn:
        # A rejected return takes nothing from others: it sees every line whole.
        seen = {(o, n, p): q for o, n, p, q in lines} if status == "Rejected" else left
        wanted = 10**9 if quantity is None else quantity
        for place in sorted(p for p in seen if p[0] == order and product in (None, p[2])):
            got = min(wanted, seen[place])
            seen[place] -= got
            wanted -= got
            if got:
                taken[return_id, order, place[1], place[2]] += got
    return dict(taken)


@pytest.mark.parametrize("seed", range(3))
def test_returns_fill_lines_as_pieces_would(books: Connection[Any], seed: int) -> None:
    lines, returns = stock(books, Random(seed), 60)
    found = books.execute(
        "select return_id, order_id, line_no, product_id, quantity from return_line"
    ).fetchall()
    assert {tuple(row[:4]): row[4] for row in found} == pieces_taken(lines, returns)
    assert len(found) == len({tuple(row[:4]) for row in found}) > 60
    assert any(r[2] is None for r in returns)
    assert len({r[4] for r in returns}) == 4


def test_one_orders_returns_are_what_the_whole_view_says_of_it(books: Connection[Any]) -> None:
    stock(books, Random(7), 40)
    whole = books.execute(
        "select * from return_line where order_id >= '' order by return_id, line_no"
    ).fetchall()
    orders = sorted({row[1] for row in whole})
    single = [
        row
        for order in orders
        for row in books.execute("select * from return_line where order_id = %s", (order,)).fetchall()
    ]
    some = books.execute("select * from return_line where order_id = any (%s)", (orders[:9],)).fetchall()
    assert sorted(single) == sorted(whole)
    assert sorted(some) == sorted(row for row in whole if row[1] in orders[:9])


def test_a_return_of_an_order_all_of_whose_pieces_came_back_is_refused(books: Connection[Any]) -> None:
    stock(books, Random(1), 0)
    books.execute("insert into tbl_orders values ('ORD-900', '1001', %s, 'Low', 'US', 'East')", (DAY,))
    books.execute(
        """insert into order_product values ('ORD-900', 1, 'PROD-501', 2, 9, 0, 0, 9, 0, 'Same Day', null),
                                            ('ORD-900', 2, 'PROD-501', 1, 9, 0, 0, 9, 0, 'Same Day', null)"""
    )
    give = """insert into tbl_returns (return_id, order_id, product_id, quantity, return_status, return_date,
                                       return_reason, return_region)
              values (%s, 'ORD-900', %s, %s, 'Pending', %s, 'Defective', 'East')"""
    books.execute(give, ("RET-1", "PROD-501", 3, DAY))
    for product, quantity in ((None, None), ("PROD-501", 1)):
        with pytest.raises(psycopg.errors.CheckViolation):
            books.execute(give, ("RET-2", product, quantity, DAY))
    books.execute("update tbl_returns set quantity = 2")
    books.execute(give, ("RET-2", None, None, DAY))
    assert books.execute("select return_id, line_no, quantity from return_line order by 1, 2").fetchall() == [
        ("RET-1", 1, 2),
        ("RET-2", 2, 1),
    ]
