"""Files of returns: whole orders, split orders, single products, and the second time."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from import_sheets import Connection, all_rows, line, refused_rows, take, take_lines, take_returns, write

RETURNS = (
    "select return_id, order_id, product_id, quantity, return_date, return_reason, return_status, "
    "return_region from tbl_returns order by order_id, return_id"
)


@pytest.fixture
def shop(books: Connection, tmp_path: Path) -> Connection:
    """A-1 of C-1 (two products), A-1-2 of C-2 a month later, B-1 of C-1 not shipped yet."""
    take_lines(
        books,
        tmp_path,
        line(1),
        line(2, product_id="P-2", product_name="Lamp", quantity="4", ship_date="2014-03-09"),
        line(3, customer_id="C-2", order_date="2014-04-01", ship_date="2014-04-02", region="South"),
        line(4, order_id="B-1", ship_date=""),
    )
    return books


def row(order_id: str, **more: str) -> dict[str, str]:
    titles = {
        "id": "Return ID",
        "date": "Return Date",
        "reason": "Return Reason",
        "status": "Return Status",
        "region": "Return Region",
        "product": "Product ID",
        "name": "Product Name",
        "quantity": "Quantity",
        "returned": "Returned",
    }
    return {
        "Returned": "Yes",
        "Order ID": order_id,
        "Market": "LATAM",
        **{titles[k]: v for k, v in more.items()},
    }


def refusals(report: Any) -> list[tuple[str, str]]:
    return [(r["Line"], r["Reason"]) for r in refused_rows(report.rows.refused_file)]


def test_the_plain_form_fills_what_it_leaves_open(shop: Connection, tmp_path: Path) -> None:
    report = take_returns(shop, tmp_path, row("A-1"), row("B-1"))
    assert (report.rows.inserted, report.returns_new) == (2, 3)
    assert shop.execute(RETURNS).fetchall() == [
        ("RET-001", "A-1", None, None, date(2014, 3, 9), "Not Stated", "Completed", "North"),
        ("RET-002", "A-1-2", None, None, date(2014, 4, 2), "Not Stated", "Completed", "South"),
        ("RET-003", "B-1", None, None, date(2014, 3, 1), "Not Stated", "Completed", "North"),
    ]


def test_the_full_form_gives_split_orders_suffixes_and_raises_their_dates(
    shop: Connection, tmp_path: Path
) -> None:
    full = row("A-1", id="R-9", date="2014-03-10", reason="Too blue", status="pending", region="Everywhere")
    report = take_returns(shop, tmp_path, full)
    assert shop.execute(RETURNS).fetchall() == [
        ("R-9", "A-1", None, None, date(2014, 3, 10), "Too blue", "Pending", "Everywhere"),
        ("R-9-2", "A-1-2", None, None, date(2014, 4, 1), "Too blue", "Pending", "Everywhere"),
    ]
    assert report.dates_raised == 1
    assert [(s.source_id, s.id, s.of) for s in report.splits] == [("R-9", "R-9-2", "A-1-2")]
    assert dict(report.added) == {"region": ("Everywhere",), "return_reason": ("Too blue",)}


def test_every_line_of_the_order_id_comes_back(shop: Connection, tmp_path: Path) -> None:
    take_returns(shop, tmp_path, row("A-1"))
    assert shop.execute("select order_id, line_no, quantity from return_line order by 1, 2").fetchall() == [
        ("A-1", 1, 2),
        ("A-1", 2, 4),
        ("A-1-2", 1, 2),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [row("A-1"), row("B-1")],
        [
            row("A-1", id="R-9", date="2014-03-10", status="Rejected"),
            row("B-1", id="R-10", date="2014-03-11", status="Pending"),
        ],
        [
            row("A-1", name="Lamp", quantity="1"),
            row("A-1", name="Lamp", quantity="2"),
            row("B-1", name="", quantity=""),
        ],
        [
            row("A-1", id="R-1", product="P-2", quantity="1"),
            row("A-1", id="R-1", product="P-2", quantity="3"),
        ],
    ],
)
def test_a_second_import_changes_nothing(
    shop: Connection, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    first = take_returns(shop, tmp_path, *rows)
    assert (first.rows.inserted, first.rows.refused) == (len(rows), 0)
    before = all_rows(shop)
    for again in (rows, rows[::-1]):
        report = take_returns(shop, tmp_path, *again)
        assert (report.rows.unchanged, report.rows.inserted, report.rows.refused) == (len(rows), 0, 0)
    assert all_rows(shop) == before


def test_the_plain_form_after_the_full_one_is_the_same_return(shop: Connection, tmp_path: Path) -> None:
    take_returns(shop, tmp_path, row("A-1", id="R-9", date="2014-03-10", reason="Too blue"))
    before = all_rows(shop)
    assert take_returns(shop, tmp_path, row("A-1")).rows.unchanged == 1
    assert all_rows(shop) == before


def test_the_full_form_after_the_plain_one_differs_until_update(shop: Connection, tmp_path: Path) -> None:
    take_returns(shop, tmp_path, row("B-1"))
    before = all_rows(shop)
    full = row("B-1", id="R-9", date="2014-03-10", status="Pending")
    report = take_returns(shop, tmp_path, full)
    assert (report.rows.differing, report.rows.inserted) == (1, 0)
    assert refusals(report) == [
        (
            "2",
            "return RET-001; Return Date is 2014-03-01 in the books, 2014-03-10 in the file; "
            "Return Status is Completed in the books, Pending in the file",
        ),
    ]
    assert all_rows(shop) == before
    assert take_returns(shop, tmp_path, full, update=True).rows.updated == 1
    assert shop.execute(RETURNS).fetchall() == [
        ("RET-001", "B-1", None, None, date(2014, 3, 10), "Not Stated", "Pending", "North")
    ]


def test_a_return_rejected_in_the_books_stays_rejected(shop: Connection, tmp_path: Path) -> None:
    take_returns(shop, tmp_path, row("B-1"))
    shop.execute("update tbl_returns set return_status = 'Rejected'")
    before = all_rows(shop)
    assert take_returns(shop, tmp_path, row("B-1")).rows.unchanged == 1
    assert take_returns(shop, tmp_path, row("B-1", status="Completed"), update=True).rows.differing == 1
    assert all_rows(shop) == before


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("Z-9"), "Order ID is not in the books: Z-9"),
        (row(""), "Order ID is missing"),
        (row("A-1", date="2014-02-28"), "Return Date is before the order's date: 2014-02-28 < 2014-03-01"),
        (row("A-1", date="soon"), "Return Date is no date: soon"),
        (
            row("A-1", status="Perhaps"),
            "Return Status is none of Pending, Approved, Rejected, Completed: Perhaps",
        ),
        (row("A-1", quantity="1"), "Quantity stands without a product"),
        (row("A-1", product="P-9"), "the product is not in the order: P-9"),
        (
            row("A-1", product="P-1"),
            "the product fits several lines of the Order ID; give Product ID and Product Name: P-1",
        ),
        (row("A-1", product="P-2", quantity="5"), "more is returned than was bought and not yet returned: 5"),
        (row("B-1", returned="Maybe"), "Returned is neither Yes nor No: Maybe"),
        (row("B-1"), "the order is returned by an earlier row of the file: B-1"),
    ],
)
def test_a_return_that_can_t_be_is_refused_alone(
    shop: Connection, tmp_path: Path, bad: dict[str, str], reason: str
) -> None:
    report = take_returns(
        shop, tmp_path, {**row("B-1"), **dict.fromkeys(bad.keys() - row("").keys(), "")}, bad
    )
    assert refusals(report) == [("3", reason)]
    assert shop.execute("select order_id from tbl_returns").fetchall() == [("B-1",)]


def test_products_come_back_no_more_often_than_bought(shop: Connection, tmp_path: Path) -> None:
    lamps = [row("A-1", name="Lamp", quantity=str(n)) for n in (3, 1)]
    report = take_returns(shop, tmp_path, *lamps, row("A-1", name="Lamp", quantity="1"))
    assert (report.rows.inserted, report.rows.refused) == (2, 1)
    assert shop.execute("select line_no, sum(quantity) from return_line group by 1").fetchall() == [(2, 4)]


def test_a_whole_order_takes_what_its_products_left(shop: Connection, tmp_path: Path) -> None:
    take_returns(shop, tmp_path, row("B-1", product="P-1", quantity="1"))
    assert take_returns(shop, tmp_path, row("B-1")).rows.inserted == 1
    assert shop.execute("select return_id, quantity from return_line order by 1").fetchall() == [
        ("RET-001", 1),
        ("RET-002", 1),
    ]


def test_an_order_whose_products_all_came_back_has_nothing_left(shop: Connection, tmp_path: Path) -> None:
    take_returns(shop, tmp_path, row("B-1", product="P-1"))
    report = take_returns(shop, tmp_path, row("B-1"))
    assert refusals(report) == [("2", "nothing of the order is left to return: B-1")]


def test_rows_that_say_no_are_left_out(shop: Connection, tmp_path: Path) -> None:
    report = take_returns(shop, tmp_path, row("A-1", returned="No"), row("B-1"))
    assert (report.rows.read, report.not_returned, report.returns_new) == (1, 1, 1)


def test_numbers_that_a_file_used_are_passed_over(shop: Connection, tmp_path: Path) -> None:
    take_returns(shop, tmp_path, row("B-1", id="RET-001"))
    take_returns(shop, tmp_path, row("A-1"))
    found = [(r[1], r[0]) for r in shop.execute(RETURNS).fetchall()]
    assert sorted(number for _, number in found) == ["RET-001", "RET-002", "RET-003"]
    assert ("B-1", "RET-001") in found


def test_a_dry_run_of_both_files_sees_its_own_orders_and_uses_up_no_number(
    books: Connection, tmp_path: Path
) -> None:
    orders, returns = write(tmp_path / "o.csv", [line()]), write(tmp_path / "r.csv", [row("A-1")])
    before = all_rows(books)
    dry = take(books, orders, returns, dry_run=True)
    assert dry.returns is not None
    assert dry.returns.returns_new == 1
    assert all_rows(books) == before
    take(books, orders, returns)
    assert [r[0] for r in books.execute(RETURNS).fetchall()] == ["RET-001"]


# ---------------------------------------------------------------- the market of a return


@pytest.fixture
def markets(books: Connection, tmp_path: Path) -> Connection:
    """A-1 of C-1 in LATAM, A-1-2 of C-2 in the US a month later, A-1-3 of C-3 in the US."""
    take_lines(
        books,
        tmp_path,
        line(1),
        line(2, customer_id="C-2", market="US", order_date="2014-04-01", ship_date="2014-04-02"),
        line(3, customer_id="C-3", market="US", order_date="2014-04-03", ship_date="2014-04-05"),
    )
    return books


def returned(books: Connection) -> list[tuple[Any, ...]]:
    return books.execute("select order_id, return_id from tbl_returns order by 1").fetchall()


def test_a_return_that_names_a_market_covers_the_orders_there(markets: Connection, tmp_path: Path) -> None:
    report = take_returns(markets, tmp_path, {**row("A-1", id="R-9"), "Market": "US"})
    assert (report.rows.inserted, report.returns_new, report.markets_unknown) == (1, 2, 0)
    assert returned(markets) == [("A-1-2", "R-9"), ("A-1-3", "R-9-2")]
    before = all_rows(markets)
    assert take_returns(markets, tmp_path, {**row("A-1"), "Market": "US"}).rows.unchanged == 1
    assert all_rows(markets) == before


def test_two_markets_of_an_id_are_two_returns(markets: Connection, tmp_path: Path) -> None:
    us = {**row("A-1", id="R-1"), "Market": "US"}
    latam = {**row("A-1", id="R-2"), "Market": "LATAM"}
    report = take_returns(markets, tmp_path, latam, us)
    assert (report.rows.inserted, report.rows.refused) == (2, 0)
    assert returned(markets) == [("A-1", "R-2"), ("A-1-2", "R-1"), ("A-1-3", "R-1-2")]


@pytest.mark.parametrize("market", ["", "Moon"])
def test_a_return_of_no_market_or_of_one_without_the_order_covers_all(
    markets: Connection, tmp_path: Path, market: str
) -> None:
    report = take_returns(markets, tmp_path, {**row("A-1"), "Market": market})
    assert [order for order, _ in returned(markets)] == ["A-1", "A-1-2", "A-1-3"]
    assert report.markets_unknown == bool(market)
    assert markets.execute("select count(*) from market where market = 'Moon'").fetchone() == (0,)


def test_a_file_without_the_column_covers_all_orders_of_the_id(markets: Connection, tmp_path: Path) -> None:
    take_returns(markets, tmp_path, {"Order ID": "A-1"})
    assert [order for order, _ in returned(markets)] == ["A-1", "A-1-2", "A-1-3"]


def test_a_return_before_the_order_of_its_market_is_refused(markets: Connection, tmp_path: Path) -> None:
    early = {**row("A-1", date="2014-03-20"), "Market": "US"}
    report = take_returns(markets, tmp_path, early)
    assert refusals(report) == [("2", "Return Date is before the order's date: 2014-03-20 < 2014-04-01")]
    assert returned(markets) == []


def test_a_product_is_looked_for_in_the_market_s_orders(markets: Connection, tmp_path: Path) -> None:
    product = row("A-1", product="P-1", quantity="1")
    clear = take_returns(markets, tmp_path, {**product, "Market": "LATAM"})
    assert (clear.rows.inserted, [order for order, _ in returned(markets)]) == (1, ["A-1"])
    unclear = take_returns(markets, tmp_path, {**product, "Market": "US"})
    assert unclear.rows.refused == 1
