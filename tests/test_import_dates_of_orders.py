"""One Order ID of a customer with two order dates: two orders, found again, corrected, never taken twice."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from import_sheets import Connection, all_rows, line, refused_rows, take_lines, take_returns

SPRING, AUTUMN = date(2014, 3, 1), date(2014, 9, 1)


def spring(number: int, **changes: str) -> dict[str, str]:
    return line(number, **changes)


def autumn(number: int, **changes: str) -> dict[str, str]:
    return line(number, **{"order_date": "2014-09-01", "ship_date": "2014-09-04", **changes})


def orders(books: Connection) -> list[tuple[Any, ...]]:
    """Every order with its products."""
    return books.execute(
        "select o.order_id, customer_id, order_date, "
        "array_agg(product_id::text order by product_id) filter (where line_no > 0) "
        "from tbl_orders o left join order_product using (order_id) group by o.order_id order by 1"
    ).fetchall()


BOTH = (
    autumn(1, product_id="P-2", order_priority="Low"),
    spring(2),
    autumn(3, product_id="P-3", order_priority="Low"),
)
TWO_ORDERS = [("A-1", "C-1", SPRING, ["P-1"]), ("A-1-2", "C-1", AUTUMN, ["P-2", "P-3"])]


def test_the_earlier_date_keeps_the_id_and_the_later_gets_a_suffix(books: Connection, tmp_path: Path) -> None:
    report = take_lines(books, tmp_path, *BOTH)
    assert orders(books) == TWO_ORDERS
    assert (report.orders.named, report.orders.new, report.rows.inserted) == (2, 2, 3)
    assert [(s.source_id, s.id, s.of) for s in report.order_splits] == [("A-1", "A-1-2", "C-1 on 2014-09-01")]


def test_each_customer_s_first_order_comes_before_anyone_s_later_one(
    books: Connection, tmp_path: Path
) -> None:
    take_lines(books, tmp_path, *BOTH, spring(4, customer_id="C-2"))
    assert [row[:3] for row in orders(books)] == [
        ("A-1", "C-1", SPRING),
        ("A-1-2", "C-2", SPRING),
        ("A-1-3", "C-1", AUTUMN),
    ]


@pytest.mark.parametrize("update", [False, True])
def test_the_same_file_or_a_part_of_it_again_touches_nothing(
    books: Connection, tmp_path: Path, update: bool
) -> None:
    take_lines(books, tmp_path, *BOTH)
    before = all_rows(books)
    for rows in (BOTH, BOTH[::-1], BOTH[:1], BOTH[1:2], BOTH[1:]):
        report = take_lines(books, tmp_path, *rows, update=update)
        assert (report.rows.unchanged, report.orders.new, report.orders.updated) == (len(rows), 0, 0)
        assert report.orders.differing == ()
        assert report.orders_kept_together == ()
    assert all_rows(books) == before


def test_a_later_file_may_add_a_date_to_an_order_id(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, spring(1))
    report = take_lines(books, tmp_path, *BOTH)
    assert orders(books) == TWO_ORDERS
    assert (report.rows.unchanged, report.rows.inserted, report.orders.new) == (1, 2, 1)


@pytest.mark.parametrize(("day", "shipped"), [("2014-02-20", "2014-03-04"), ("2014-03-02", "2014-03-04")])
def test_one_date_corrected_is_the_same_order(
    books: Connection, tmp_path: Path, day: str, shipped: str
) -> None:
    take_lines(books, tmp_path, spring(1))
    corrected = spring(1, order_date=day, ship_date=shipped)
    told = take_lines(books, tmp_path, corrected)
    assert [(d.id, d.what) for d in told.orders.differing] == [
        ("A-1", f"order date 2014-03-01 in the books, {day} in the file")
    ]
    assert orders(books) == [("A-1", "C-1", SPRING, ["P-1"])]
    report = take_lines(books, tmp_path, corrected, update=True)
    assert (report.orders.updated, report.orders.new) == (1, 0)
    assert orders(books) == [("A-1", "C-1", date.fromisoformat(day), ["P-1"])]
    before = all_rows(books)
    assert take_lines(books, tmp_path, corrected, update=True).orders.differing == ()
    assert all_rows(books) == before


def test_one_of_two_dates_corrected_is_the_same_order(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    corrected = [{**row, "Order Date": row["Order Date"].replace("09-01", "09-02")} for row in BOTH]
    report = take_lines(books, tmp_path, *corrected, update=True)
    assert (report.orders.updated, report.orders.new) == (1, 0)
    assert orders(books) == [TWO_ORDERS[0], ("A-1-2", "C-1", date(2014, 9, 2), ["P-2", "P-3"])]
    before = all_rows(books)
    assert take_lines(books, tmp_path, *corrected).rows.unchanged == 3
    assert all_rows(books) == before


def test_a_date_corrected_in_the_books_is_still_the_file_s_order(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    books.execute("update tbl_orders set order_date = '2014-08-30' where order_id = 'A-1-2'")
    before = all_rows(books)
    report = take_lines(books, tmp_path, *BOTH)
    assert (report.rows.unchanged, report.orders.new) == (3, 0)
    assert [d.id for d in report.orders.differing] == ["A-1-2"]
    assert all_rows(books) == before


def test_a_date_that_fits_none_of_several_orders_is_refused(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    before = all_rows(books)
    unclear = spring(1, order_date="2014-03-02", product_id="P-9", market="Moon")
    report = take_lines(books, tmp_path, unclear)
    assert (report.rows.refused, report.orders.named, report.added) == (1, 0, {})
    (row,) = refused_rows(report.rows.refused_file)
    assert (row["Line"], row["Reason"]) == (
        "2",
        "the customer has several orders of this Order ID, none of this Order Date; give the rows of all of "
        "them in one file: 2014-03-02 is none of 2014-03-01, 2014-09-01",
    )
    assert all_rows(books) == before
    assert take_lines(books, tmp_path, *BOTH, unclear).orders.new == 1


def test_an_order_of_the_shop_takes_the_date_it_has(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, spring(1))
    with books.transaction():
        books.execute("set local role none")
        books.execute("update tbl_orders set order_date = '2014-03-02'")
    report = take_lines(books, tmp_path, line(1, order_date="2014-03-02"), autumn(2, product_id="P-2"))
    assert report.orders.differing == ()
    assert [row[:3] for row in orders(books)] == [
        ("A-1", "C-1", date(2014, 3, 2)),
        ("A-1-2", "C-1", AUTUMN),
    ]


def test_a_row_whose_date_is_corrected_goes_to_its_order_and_leaves_no_empty_one(
    books: Connection, tmp_path: Path
) -> None:
    take_lines(books, tmp_path, *BOTH)
    all_in_spring = [{**row, "Order Date": "2014-03-01"} for row in BOTH]
    before = all_rows(books)
    told = take_lines(books, tmp_path, *all_in_spring)
    assert (told.rows.unchanged, told.rows.inserted, told.lines_moved) == (3, 0, 0)
    assert [(o.id, o.what) for o in told.orders_kept_together] == [("A-1-2", "2014-03-01")]
    assert all_rows(books) == before
    assert take_lines(books, tmp_path, *all_in_spring, update=True).lines_moved == 2
    assert orders(books) == [("A-1", "C-1", SPRING, ["P-1", "P-2", "P-3"])]


@pytest.fixture
def merged(books: Connection, tmp_path: Path) -> Connection:
    """Both dates' lines in one order, as a file with a wrong date leaves them."""
    take_lines(books, tmp_path, *({**row, "Order Date": "2014-03-01"} for row in BOTH))
    assert [row[0] for row in orders(books)] == ["A-1"]
    return books


def test_lines_that_stand_under_the_other_date_are_not_taken_twice(
    merged: Connection, tmp_path: Path
) -> None:
    before = all_rows(merged)
    report = take_lines(merged, tmp_path, *BOTH)
    assert (report.rows.unchanged, report.rows.inserted, report.orders.new) == (3, 0, 0)
    assert [(o.id, o.what) for o in report.orders_kept_together] == [("A-1", "2014-09-01")]
    assert all_rows(merged) == before


def test_update_moves_lines_to_the_order_of_their_date(merged: Connection, tmp_path: Path) -> None:
    report = take_lines(merged, tmp_path, *BOTH, update=True)
    assert (report.lines_moved, report.orders.new, report.rows.inserted) == (2, 1, 0)
    assert orders(merged) == TWO_ORDERS
    before = all_rows(merged)
    again = take_lines(merged, tmp_path, *BOTH, update=True)
    assert (again.lines_moved, again.rows.unchanged) == (0, 3)
    assert all_rows(merged) == before


def test_an_order_that_came_back_keeps_its_lines(merged: Connection, tmp_path: Path) -> None:
    take_returns(merged, tmp_path, {"Order ID": "A-1"})
    before = all_rows(merged)
    report = take_lines(merged, tmp_path, *BOTH, update=True)
    assert (report.lines_moved, report.orders.new, report.rows.unchanged) == (0, 0, 3)
    assert len(report.orders_kept_together) == 1
    assert {k: v for k, v in all_rows(merged).items() if k != "tbl_orders"} == {
        k: v for k, v in before.items() if k != "tbl_orders"
    }
    assert orders(merged) == [("A-1", "C-1", SPRING, ["P-1", "P-2", "P-3"])]


def test_a_return_of_the_id_covers_the_orders_of_both_dates(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    take_returns(books, tmp_path, {"Order ID": "A-1", "Market": "LATAM"})
    assert books.execute("select order_id from tbl_returns order by 1").fetchall() == [("A-1",), ("A-1-2",)]


def test_whatever_a_first_file_got_wrong_each_line_is_in_the_books_once(
    books: Connection, tmp_path: Path
) -> None:
    """Two hundred order ids in one file; before it came some of its lines, some under a wrong date."""
    chance = random.Random(20140428)
    days = [f"2014-0{month}-01" for month in range(1, 6)]
    file = [
        line(
            number,
            order_id=f"A-{number % 200}",
            customer_id=f"C-{chance.randint(1, 2)}",
            product_id=f"P-{chance.randint(1, 3)}",
            quantity=str(chance.randint(1, 2)),
            order_date=chance.choice(days[:3]),
            ship_date="2014-12-31",
        )
        for number in range(1, 1001)
    ]
    first = [
        {**row, "Order Date": chance.choice(days)} if chance.random() < 0.3 else row
        for row in chance.sample(file, 400)
    ]
    take_lines(books, tmp_path, *first)
    for update in (False, True):
        report = take_lines(books, tmp_path, *file, update=update)
        unclear = [] if report.rows.refused_file is None else refused_rows(report.rows.refused_file)
        lost = [row for row in unclear if row["Outcome"] == "refused"]
        assert 1000 - len(lost) <= count(books) <= 1000
    assert len(lost) < 10
    assert report.lines_moved > 10
    found = Counter(
        books.execute(
            "select i.source_order_id, o.customer_id, o.order_date::text, product_id, quantity::text "
            "from order_product l join tbl_orders o using (order_id) join import_order i using (order_id)"
        ).fetchall()
    )
    assert not values(file) - values(lost) - found
    assert (found - values(file)).total() <= len(lost)
    before = all_rows(books)
    again = take_lines(books, tmp_path, *file, update=True)
    assert (again.rows.inserted, again.rows.updated, again.lines_moved) == (0, 0, 0)
    assert all_rows(books) == before


def count(books: Connection) -> int:
    """How many lines the books hold."""
    ((lines,),) = books.execute("select count(*) from order_product").fetchall()
    return int(lines)


def values(rows: Sequence[dict[str, str]]) -> Counter[tuple[str, ...]]:
    """How often each line stands in a file."""
    titles = ("Order ID", "Customer ID", "Order Date", "Product ID", "Quantity")
    return Counter(tuple(row[title] for title in titles) for row in rows)
