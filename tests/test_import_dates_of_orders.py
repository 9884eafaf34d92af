"""One Order ID of a customer with several order dates: one order, and each line on its own day."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from import_sheets import Connection, all_rows, line, refused_rows, take_lines, take_returns

SPRING, AUTUMN = date(2014, 3, 1), date(2014, 9, 1)


def spring(number: int, **changes: str) -> dict[str, str]:
    return line(number, **changes)


def autumn(number: int, **changes: str) -> dict[str, str]:
    return line(number, **{"order_date": "2014-09-01", "ship_date": "2014-09-04", **changes})


BOTH = (autumn(1, product_id="P-2"), spring(2), autumn(3, product_id="P-3"))
TOGETHER = [("A-1", SPRING, {"P-1": None, "P-2": AUTUMN, "P-3": AUTUMN})]


def orders(books: Connection) -> list[tuple[str, date, dict[str, date | None]]]:
    """Every order with its date, and its products with the lines' own days."""
    found: dict[tuple[str, date], dict[str, date | None]] = {}
    for order, day, product, own in books.execute(
        "select order_id, o.order_date, product_id, l.order_date "
        "from tbl_orders o join order_product l using (order_id) order by 1, 3"
    ).fetchall():
        found.setdefault((order, day), {})[product] = own
    return [(*order, lines) for order, lines in found.items()]


def settles(books: Connection, folder: Path, rows: Sequence[dict[str, str]]) -> None:
    """The same rows again find nothing to do, with --update or without."""
    before = all_rows(books)
    for update in (True, False):
        report = take_lines(books, folder, *rows, update=update)
        assert (report.rows.unchanged, report.orders.differing) == (len(rows), ())
    assert all_rows(books) == before


def test_an_order_has_its_earliest_line_s_date_and_a_later_line_its_own(
    books: Connection, tmp_path: Path
) -> None:
    report = take_lines(books, tmp_path, *BOTH)
    assert orders(books) == TOGETHER
    assert (report.orders.named, report.orders.new, report.rows.inserted) == (1, 1, 3)
    assert report.order_splits == ()
    assert [(o.id, o.what) for o in report.orders_of_several_days] == [("A-1", "2014-03-01, 2014-09-01")]


def test_an_id_of_two_customers_is_still_two_orders(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH, spring(4, customer_id="C-2"))
    assert orders(books) == [*TOGETHER, ("A-1-2", SPRING, {"P-1": None})]


@pytest.mark.parametrize("update", [False, True])
def test_the_same_file_or_a_part_of_it_again_touches_nothing(
    books: Connection, tmp_path: Path, update: bool
) -> None:
    twins = (*BOTH, spring(4, ship_date="2014-09-04"), autumn(5))
    take_lines(books, tmp_path, *twins)
    before = all_rows(books)
    for rows in (twins, twins[::-1], BOTH[:1], BOTH[1:2], BOTH[1:], twins[3:4], twins[4:]):
        report = take_lines(books, tmp_path, *rows, update=update)
        assert (report.rows.unchanged, report.orders.new, report.orders.updated) == (len(rows), 0, 0)
        assert report.orders.differing == ()
    assert all_rows(books) == before


def test_a_later_file_adds_a_line_with_its_own_day(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, spring(1))
    report = take_lines(books, tmp_path, *BOTH)
    assert orders(books) == TOGETHER
    assert (report.rows.unchanged, report.rows.inserted, report.orders.new) == (1, 2, 0)


def test_a_line_of_an_earlier_day_waits_for_update_and_the_others_keep_theirs(
    books: Connection, tmp_path: Path
) -> None:
    take_lines(books, tmp_path, BOTH[0], BOTH[2])
    assert orders(books) == [("A-1", AUTUMN, {"P-2": None, "P-3": None})]
    told = take_lines(books, tmp_path, *BOTH)
    assert (told.rows.unchanged, told.rows.refused) == (2, 1)
    assert [d.what for d in told.orders.differing] == [
        "order date 2014-09-01 in the books, 2014-03-01 in the file"
    ]
    assert told.rows.refused_file is not None
    (row,) = refused_rows(told.rows.refused_file)
    assert (row["Line"], row["Reason"]) == (
        "3",
        "Order Date is before the order's date in the books; --update dates the order earlier: "
        "2014-03-01 < 2014-09-01",
    )
    assert orders(books) == [("A-1", AUTUMN, {"P-2": None, "P-3": None})]
    report = take_lines(books, tmp_path, BOTH[1], update=True)
    assert (report.rows.inserted, report.orders.updated) == (1, 1)
    assert orders(books) == TOGETHER
    settles(books, tmp_path, BOTH)


@pytest.mark.parametrize("day", ["2014-02-20", "2014-03-02"])
def test_the_date_of_a_whole_order_corrected_is_the_order_s(
    books: Connection, tmp_path: Path, day: str
) -> None:
    take_lines(books, tmp_path, spring(1))
    corrected = spring(1, order_date=day)
    before = all_rows(books)
    told = take_lines(books, tmp_path, corrected)
    assert [(d.id, d.what) for d in told.orders.differing] == [
        ("A-1", f"order date 2014-03-01 in the books, {day} in the file")
    ]
    assert all_rows(books) == before
    report = take_lines(books, tmp_path, corrected, update=True)
    assert (report.orders.updated, report.orders.new, report.rows.unchanged) == (1, 0, 1)
    assert orders(books) == [("A-1", date.fromisoformat(day), {"P-1": None})]
    settles(books, tmp_path, [corrected])


def test_one_line_s_date_corrected_is_the_line_s(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    corrected = [{**BOTH[0], "Order Date": "2014-09-02"}, *BOTH[1:]]
    before = all_rows(books)
    told = take_lines(books, tmp_path, *corrected)
    assert (told.rows.differing, told.rows.unchanged, told.orders.differing) == (1, 2, ())
    assert told.rows.refused_file is not None
    assert [row["Reason"] for row in refused_rows(told.rows.refused_file)] == [
        "order A-1 line 1; Order Date is 2014-09-01 in the books, 2014-09-02 in the file"
    ]
    assert all_rows(books) == before
    assert take_lines(books, tmp_path, *corrected, update=True).rows.updated == 1
    assert orders(books) == [("A-1", SPRING, {"P-1": None, "P-2": date(2014, 9, 2), "P-3": AUTUMN})]
    settles(books, tmp_path, corrected)


def test_lines_corrected_to_one_date_have_no_day_of_their_own(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    all_in_spring = [{**row, "Order Date": "2014-03-01"} for row in BOTH]
    assert take_lines(books, tmp_path, *all_in_spring, update=True).rows.updated == 2
    assert orders(books) == [("A-1", SPRING, {"P-1": None, "P-2": None, "P-3": None})]
    all_in_autumn = [{**row, "Order Date": "2014-09-01", "Ship Date": "2014-09-04"} for row in BOTH]
    take_lines(books, tmp_path, *all_in_autumn, update=True)
    assert orders(books) == [("A-1", AUTUMN, {"P-1": None, "P-2": None, "P-3": None})]
    settles(books, tmp_path, all_in_autumn)


def test_a_line_that_only_the_books_have_keeps_its_day(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    corrected = {**BOTH[1], "Order Date": "2014-02-01"}
    take_lines(books, tmp_path, corrected, update=True)
    assert orders(books) == [("A-1", date(2014, 2, 1), {"P-1": None, "P-2": AUTUMN, "P-3": AUTUMN})]
    take_lines(books, tmp_path, autumn(2, order_date="2014-09-03", product_id="P-1"), update=True)
    assert orders(books) == [("A-1", AUTUMN, {"P-1": date(2014, 9, 3), "P-2": None, "P-3": None})]


def test_a_date_corrected_in_the_books_is_told_and_kept(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    books.execute("update tbl_orders set order_date = '2014-02-28'")
    before = all_rows(books)
    report = take_lines(books, tmp_path, *BOTH)
    assert (report.rows.unchanged, report.orders.new) == (3, 0)
    assert [d.what for d in report.orders.differing] == [
        "order date 2014-02-28 in the books, 2014-03-01 in the file"
    ]
    assert all_rows(books) == before


def test_an_order_is_never_dated_after_a_return(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, spring(1))
    take_returns(books, tmp_path, {"Order ID": "A-1", "Return Date": "2014-03-02"})
    corrected = autumn(1)
    take_lines(books, tmp_path, corrected, update=True)
    assert orders(books) == [("A-1", SPRING, {"P-1": AUTUMN})]
    settles(books, tmp_path, [corrected])


def test_a_return_of_the_id_is_one_return_of_all_its_days(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, *BOTH)
    take_returns(books, tmp_path, {"Order ID": "A-1", "Market": "LATAM", "Return Date": "2014-03-02"})
    assert books.execute("select order_id, return_date from tbl_returns").fetchall() == [
        ("A-1", date(2014, 3, 2))
    ]
    assert books.execute("select count(*) from return_line").fetchone() == (3,)


def test_whatever_a_first_file_got_wrong_update_gives_each_line_the_file_s_day(
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
    report = take_lines(books, tmp_path, *file)
    assert report.rows.inserted + report.rows.refused == 600
    report = take_lines(books, tmp_path, *file, update=True)
    assert (report.rows.refused, report.orders.differing) == (0, ())
    found = Counter(
        books.execute(
            "select i.source_order_id, i.source_customer_id, coalesce(l.order_date, o.order_date)::text, "
            "product_id, quantity::text "
            "from order_product l join tbl_orders o using (order_id) join import_order i using (order_id)"
        ).fetchall()
    )
    titles = ("Order ID", "Customer ID", "Order Date", "Product ID", "Quantity")
    assert found == Counter(tuple(row[title] for title in titles) for row in file)
    assert books.execute(
        "select count(*) from tbl_orders o where order_date <> "
        "(select min(coalesce(l.order_date, o.order_date)) from order_product l "
        "where l.order_id = o.order_id)"
    ).fetchone() == (0,)
    settles(books, tmp_path, file)
