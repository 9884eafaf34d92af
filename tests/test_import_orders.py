"""Files of orders: what gets into the books, what doesn't, and what a second file finds."""

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.sales.importer import Defaults
from awesome_analytics.sales.importer.dates import DateStyle
from import_sheets import LINE, Connection, all_rows, line, refused_rows, take, take_lines, text_of, write


def test_a_row_becomes_customer_product_order_and_line(books: Connection, tmp_path: Path) -> None:
    report = take_lines(books, tmp_path, line())
    assert (report.rows.read, report.rows.inserted, report.rows.refused) == (1, 1, 0)
    assert books.execute(
        "select customer_id, customer_name, customer_email, segment_name, market, region "
        "from tbl_customers join segment using (segment_id)"
    ).fetchall() == [("C-1", "Ann Lee", None, "Corporate", "LATAM", "North")]
    assert books.execute(
        "select product_id, product_name, category_name, subcategory_name "
        "from tbl_products p join category using (category_id) join subcategory using (subcategory_id)"
    ).fetchall() == [("P-1", "Stool, oak", "Furniture", "Chairs")]
    assert books.execute(
        "select order_id, customer_id, order_date, order_priority, market, region from tbl_orders"
    ).fetchall() == [("A-1", "C-1", date(2014, 3, 1), "High", "LATAM", "North")]
    assert books.execute(
        "select line_no, product_id, quantity, sales, discount, discount_rate, profit, shipping_cost, "
        "ship_mode, ship_date from order_product"
    ).fetchall() == [
        (
            1,
            "P-1",
            2,
            Decimal("100.5"),
            Decimal("10.05"),
            Decimal("0.1"),
            Decimal("-3.14159"),
            Decimal("1.25"),
            "First Class",
            date(2014, 3, 4),
        )
    ]


def test_money_keeps_five_decimals_and_the_discount_is_rounded_half_up(
    books: Connection, tmp_path: Path
) -> None:
    report = take_lines(books, tmp_path, line(sales="0.00015", discount="0.1", profit="-9999999.99999"))
    assert (report.sales, report.profit) == (Decimal("0.00015"), Decimal("-9999999.99999"))
    assert books.execute("select sales, discount, profit from order_product").fetchone() == (
        Decimal("0.00015"),
        Decimal("0.00002"),
        Decimal("-9999999.99999"),
    )


def test_decimals_beyond_the_books_are_rounded_half_up_and_counted(books: Connection, tmp_path: Path) -> None:
    report = take_lines(books, tmp_path, line(sales="731.9399999999999", profit="1.000005"))
    assert report.facts.rounded_numbers == 2
    assert (report.sales, report.profit) == (Decimal("731.94"), Decimal("1.00001"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sales": "abc"}, "Sales is no number: abc"),
        ({"sales": "NaN"}, "Sales is no number: NaN"),
        ({"profit": "inf"}, "Profit is no number: inf"),
        ({"profit": "1e400"}, "Profit is no number: 1e400"),
        ({"sales": "-0.01"}, "Sales is negative: -0.01"),
        ({"sales": "12345678901234567890"}, "Sales is too large: 12345678901234567890"),
        ({"shipping_cost": "-1"}, "Shipping Cost is negative: -1"),
        ({"discount": "1.01"}, "Discount lies outside 0 to 1: 1.01"),
        ({"discount": "-0.1"}, "Discount lies outside 0 to 1: -0.1"),
        ({"quantity": "0"}, "Quantity lies outside 1 to 1,000,000: 0"),
        ({"quantity": "-2"}, "Quantity lies outside 1 to 1,000,000: -2"),
        ({"quantity": "1.5"}, "Quantity is no whole number: 1.5"),
        ({"order_date": "2014-02-30"}, "Order Date is no date: 2014-02-30"),
        ({"order_date": "soon"}, "Order Date is no date: soon"),
        ({"order_date": ""}, "Order Date is missing"),
        ({"customer_id": "  "}, "Customer ID is missing"),
        ({"market": ""}, "Market is missing"),
        ({"ship_date": "2014-02-28"}, "Ship Date is before Order Date: 2014-02-28 < 2014-03-01"),
        ({"customer_name": "A\x07b"}, "Customer Name holds a control character: A\ufffdb"),
        ({"customer_name": "A\x00b"}, "Customer Name holds a control character: A\ufffdb"),
        ({"product_name": "two\nlines"}, "Product Name holds a control character: two\ufffdlines"),
        ({"order_id": "x" * 59}, "Order ID is longer than 58 characters: " + "x" * 59),
        ({"product_name": "y" * 201}, "Product Name is longer than 200 characters: " + "y" * 80),
    ],
)
def test_a_bad_cell_refuses_its_row_with_line_and_reason(
    books: Connection, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    report = take_lines(books, tmp_path, line(1), line(2, **{"order_id": "A-2", **changes}))
    assert (report.rows.read, report.rows.inserted, report.rows.refused) == (2, 1, 1)
    (refused,) = refused_rows(report.rows.refused_file)
    assert (refused["Line"], refused["Outcome"], refused["Reason"]) == ("3", "refused", reason)
    assert refused["Row ID"] == "2"
    assert books.execute("select order_id from tbl_orders").fetchall() == [("A-1",)]


def test_rows_of_another_shape_are_refused_and_the_rest_is_taken(books: Connection, tmp_path: Path) -> None:
    good = text_of([line(), line(2, order_id="A-2")]).splitlines()
    file = tmp_path / "orders.csv"
    file.write_text(
        "\n".join([good[0], good[1] + ",more", "just,three,cells", 'open "quote,"', '"', good[2], ""])
    )
    report = take(books, file).orders
    assert report is not None
    assert (report.rows.inserted, report.rows.refused) == (1, 4)
    assert [row["Line"] for row in refused_rows(report.rows.refused_file)] == ["2", "3", "4", "5"]  # type: ignore[arg-type]
    assert set(report.rows.problems) == {
        "the row doesn't have 24 cells as the header does",
        "a quotation mark isn't closed",
    }


def test_the_commonest_reasons_come_first(books: Connection, tmp_path: Path) -> None:
    rows = [line(n, sales="x") for n in range(3)] + [line(4, quantity="0")]
    report = take_lines(books, tmp_path, *rows)
    assert list(report.rows.problems.items()) == [
        ("Sales is no number", 3),
        ("Quantity lies outside 1 to 1,000,000", 1),
    ]
    assert report.rows.all_refused


def test_an_empty_ship_date_is_a_line_not_shipped_yet(books: Connection, tmp_path: Path) -> None:
    report = take_lines(books, tmp_path, line(ship_date=""))
    assert (report.rows.inserted, report.not_shipped) == (1, 1)
    assert books.execute("select ship_date from order_product").fetchall() == [(None,)]
    assert take_lines(books, tmp_path, line(ship_date="")).rows.unchanged == 1


def test_a_second_import_of_the_file_in_any_order_touches_nothing(books: Connection, tmp_path: Path) -> None:
    rows = [
        line(1),
        line(2, quantity="3"),
        line(3),
        line(4, customer_id="C-2"),
        line(5, product_name="Stool, pine"),
        line(6, order_id="A-2", region="South"),
        line(7, order_id="A-2", order_date="2014-03-02"),
    ]
    assert take_lines(books, tmp_path, *rows).rows.inserted == 7
    before = all_rows(books)
    for seed in range(5):
        shuffled = random.Random(seed).sample(rows, len(rows))
        without_row_ids = [{**row, "Row ID": ""} for row in shuffled]
        for file in (shuffled, without_row_ids):
            report = take_lines(books, tmp_path, *file)
            assert (report.rows.unchanged, report.rows.inserted, report.rows.differing) == (7, 0, 0)
            assert (report.orders.new, report.customers.new, report.products.new, report.added) == (
                0,
                0,
                0,
                {},
            )
            assert report.orders.differing == ()
    assert all_rows(books) == before


def test_an_order_id_shared_by_customers_is_split_in_the_order_of_row_ids(
    books: Connection, tmp_path: Path
) -> None:
    rows = [line(3, customer_id="C-3"), line(1, customer_id="C-1"), line(2, customer_id="C-2"), line(4)]
    report = take_lines(books, tmp_path, *rows)
    owners = "select order_id, customer_id from tbl_orders order by 1"
    assert books.execute(owners).fetchall() == [("A-1", "C-1"), ("A-1-2", "C-2"), ("A-1-3", "C-3")]
    assert [(s.source_id, s.id, s.of) for s in report.order_splits] == [
        ("A-1", "A-1-2", "C-2"),
        ("A-1", "A-1-3", "C-3"),
    ]
    assert books.execute("select count(*) from order_product where order_id = 'A-1'").fetchone() == (2,)


def test_another_file_finds_the_split_orders_again(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, line(1), line(2, customer_id="C-2"))
    report = take_lines(books, tmp_path, line(1, customer_id="C-2"), line(2, customer_id="C-3"), line(3))
    assert (report.rows.unchanged, report.rows.inserted) == (2, 1)
    assert books.execute("select order_id, customer_id from tbl_orders order by 1").fetchall() == [
        ("A-1", "C-1"),
        ("A-1-2", "C-2"),
        ("A-1-3", "C-3"),
    ]


def test_a_suffix_never_takes_an_id_that_the_file_or_the_books_use(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, line(order_id="A-1-2", customer_id="C-9"))
    take_lines(
        books,
        tmp_path,
        line(1),
        line(2, customer_id="C-2"),
        line(3, customer_id="C-4"),
        line(4, order_id="A-1-3", customer_id="C-5"),
    )
    assert books.execute("select order_id, customer_id from tbl_orders order by 1").fetchall() == [
        ("A-1", "C-1"),
        ("A-1-2", "C-9"),
        ("A-1-3", "C-5"),
        ("A-1-4", "C-2"),
        ("A-1-5", "C-4"),
    ]


def test_an_order_of_the_shop_keeps_its_id_from_a_file(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, line())
    report = take_lines(books, tmp_path, line(customer_id="C-7"))
    assert [(s.source_id, s.id) for s in report.order_splits] == [("A-1", "A-1-2")]


def test_a_product_id_with_several_names_or_subcategories_is_split(books: Connection, tmp_path: Path) -> None:
    report = take_lines(
        books,
        tmp_path,
        line(1),
        line(2, product_name="Stool, pine"),
        line(3, sub_category="Tables"),
        line(4),
    )
    assert books.execute(
        "select product_id, product_name, subcategory_name from tbl_products "
        "join subcategory using (subcategory_id) order by 1"
    ).fetchall() == [
        ("P-1", "Stool, oak", "Chairs"),
        ("P-1-2", "Stool, pine", "Chairs"),
        ("P-1-3", "Stool, oak", "Tables"),
    ]
    assert [s.id for s in report.product_splits] == ["P-1-2", "P-1-3"]
    assert books.execute("select product_id from order_product order by line_no").fetchall() == [
        ("P-1",),
        ("P-1-2",),
        ("P-1-3",),
        ("P-1",),
    ]


def test_a_corrected_product_is_still_the_file_s_product(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, line())
    books.execute("update tbl_products set product_id = 'P-100', product_name = 'Bar stool'")
    report = take_lines(books, tmp_path, line())
    assert (report.rows.unchanged, report.products.new) == (1, 0)
    assert [(d.id, d.what) for d in report.products.differing] == [
        ("P-100", "name Bar stool in the books, Stool, oak in the file")
    ]


def test_customers_stand_where_their_last_order_was(books: Connection, tmp_path: Path) -> None:
    place = "select market, region from tbl_customers where customer_id = 'C-1'"
    take_lines(
        books,
        tmp_path,
        line(1, order_date="2014-03-03", region="South"),
        line(2, order_id="A-2", order_date="2014-03-01"),
    )
    assert books.execute(place).fetchall() == [("LATAM", "South")]
    take_lines(books, tmp_path, line(3, order_id="A-3", order_date="2014-03-02", region="East"))
    assert books.execute(place).fetchall() == [("LATAM", "South")]
    take_lines(books, tmp_path, line(4, order_id="A-4", order_date="2014-03-04", region="West", market="US"))
    assert books.execute(place).fetchall() == [("US", "West")]


def test_a_customer_with_two_names_keeps_the_first_and_is_told(books: Connection, tmp_path: Path) -> None:
    report = take_lines(books, tmp_path, line(1), line(2, customer_name="Ann L.", segment="Consumer"))
    assert report.customers_varied == ("C-1",)
    assert books.execute("select customer_name from tbl_customers").fetchall() == [("Ann Lee",)]
    later = take_lines(books, tmp_path, line(3, order_id="A-3", customer_name="Ann Li"))
    assert [d.what for d in later.customers.differing] == ["name Ann Lee in the books, Ann Li in the file"]
    assert books.execute("select customer_name from tbl_customers").fetchall() == [("Ann Lee",)]


def test_an_order_whose_rows_disagree_takes_one_row_s_fields_and_is_told(
    books: Connection, tmp_path: Path
) -> None:
    report = take_lines(books, tmp_path, line(1, order_priority="Low"), line(2, region="South"))
    assert report.orders_varied == ("A-1",)
    assert books.execute("select order_priority, region from tbl_orders").fetchall() == [("High", "South")]


def test_new_choices_become_rows_and_are_told(books: Connection, tmp_path: Path) -> None:
    report = take_lines(
        books,
        tmp_path,
        line(
            market="Moon",
            region="Dark Side",
            order_priority="Urgent",
            ship_mode="Rocket",
            segment="Robots",
            category="Air",
            sub_category="Oxygen",
        ),
    )
    assert dict(report.added) == {
        "market": ("Moon",),
        "region": ("Dark Side",),
        "order_priority": ("Urgent",),
        "ship_mode": ("Rocket",),
        "segment": ("Robots",),
        "category": ("Air",),
        "subcategory": ("Oxygen",),
    }


def test_a_product_twice_in_an_order_is_two_lines(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, line(1), line(2), line(3, quantity="5"))
    assert books.execute("select line_no, quantity from order_product order by 1").fetchall() == [
        (1, 2),
        (2, 2),
        (3, 5),
    ]
    more = take_lines(books, tmp_path, line(1), line(2), line(3, quantity="5"), line(4, quantity="5"))
    assert (more.rows.unchanged, more.rows.inserted) == (3, 1)


def test_a_line_with_other_values_stays_and_is_told(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, line(1), line(2, product_id="P-2"))
    before = all_rows(books)
    report = take_lines(books, tmp_path, line(1, sales="90", ship_date=""), line(2, product_id="P-2"))
    assert (report.rows.differing, report.rows.unchanged, report.rows.inserted) == (1, 1, 0)
    (row,) = refused_rows(report.rows.refused_file)
    assert (row["Line"], row["Outcome"], row["Reason"]) == (
        "2",
        "differs",
        "order A-1 line 1; Sales is 100.5 in the books, 90 in the file; "
        "Ship Date is 2014-03-04 in the books, empty in the file",
    )
    assert all_rows(books) == before


def test_update_takes_the_file_s_values_and_then_finds_nothing_to_do(
    books: Connection, tmp_path: Path
) -> None:
    take_lines(books, tmp_path, line(1), line(2, product_id="P-2"))
    changed = [
        line(
            1,
            sales="90",
            discount="0.5",
            order_date="2014-03-03",
            customer_name="Ann Li",
            order_priority="Low",
        ),
        line(2, product_id="P-2", order_date="2014-03-03", customer_name="Ann Li", order_priority="Low"),
    ]
    report = take_lines(books, tmp_path, *changed, update=True)
    assert (report.rows.updated, report.rows.unchanged, report.rows.differing) == (1, 1, 0)
    assert (report.orders.updated, report.customers.updated) == (1, 1)
    assert books.execute("select order_date, order_priority from tbl_orders").fetchall() == [
        (date(2014, 3, 3), "Low")
    ]
    assert books.execute(
        "select sales, discount, discount_rate from order_product where line_no = 1"
    ).fetchone() == (
        Decimal(90),
        Decimal(45),
        Decimal("0.5"),
    )
    assert books.execute("select distinct actor from row_history").fetchall() == [("ann",)]
    before = all_rows(books)
    assert take_lines(books, tmp_path, *changed, update=True).rows.unchanged == 2
    assert all_rows(books) == before


def test_an_update_never_dates_an_order_after_a_line_that_only_the_books_have(
    books: Connection, tmp_path: Path
) -> None:
    take_lines(books, tmp_path, line(1), line(2, product_id="P-2"))
    report = take_lines(
        books, tmp_path, line(1, order_date="2014-04-01", ship_date="2014-04-02"), update=True
    )
    assert report.rows.updated == 1
    assert report.orders.differing == ()
    assert books.execute(
        "select line_no, o.order_date, l.order_date from order_product l join tbl_orders o using (order_id) "
        "order by 1"
    ).fetchall() == [(1, date(2014, 3, 1), date(2014, 4, 1)), (2, date(2014, 3, 1), None)]


def test_a_new_line_ordered_before_the_order_in_the_books_is_refused(
    books: Connection, tmp_path: Path
) -> None:
    take_lines(books, tmp_path, line(1))
    early = line(2, product_id="P-2", order_date="2014-01-01", ship_date="2014-01-02")
    report = take_lines(books, tmp_path, early)
    assert (report.rows.refused, report.rows.inserted) == (1, 0)
    (row,) = refused_rows(report.rows.refused_file)
    assert row["Reason"] == (
        "Order Date is before the order's date in the books; --update dates the order earlier: "
        "2014-01-01 < 2014-03-01"
    )
    assert take_lines(books, tmp_path, early, update=True).rows.inserted == 1


def test_lines_only_the_books_have_stay(books: Connection, tmp_path: Path) -> None:
    take_lines(books, tmp_path, line(1), line(2, product_id="P-2"), line(3, order_id="A-2"))
    before = all_rows(books)
    take_lines(books, tmp_path, line(1), update=True)
    assert all_rows(books) == before


def test_a_dry_run_reports_the_same_and_keeps_nothing(books: Connection, tmp_path: Path) -> None:
    rows = [line(1), line(2, customer_id="C-2", market="Moon"), line(3, sales="x")]
    before = all_rows(books)
    dry = take_lines(books, tmp_path, *rows, dry_run=True)
    assert all_rows(books) == before
    assert books.execute("select count(*) from entry_log").fetchone() == (0,)
    wet = take_lines(books, tmp_path, *rows)
    assert (dry.rows, dry.order_splits, dry.sales, dry.added) == (
        wet.rows,
        wet.order_splits,
        wet.sales,
        wet.added,
    )


def test_who_imported_what_is_logged_with_the_file_s_hash(books: Connection, tmp_path: Path) -> None:
    report = take_lines(books, tmp_path, line())
    ((actor, payload, result),) = books.execute(
        "select actor, payload, result from entry_log where command = 'import'"
    ).fetchall()
    assert (actor, payload["file"], payload["sha256"]) == ("ann", "orders.csv", report.facts.sha256)
    assert (result["inserted"], result["orders"]) == (1, 1)


def test_headers_match_whatever_their_case_and_punctuation(books: Connection, tmp_path: Path) -> None:
    shuffled = {
        title.upper().replace(" ", "_").replace("-", " "): value for title, value in reversed(LINE.items())
    }
    assert take(books, write(tmp_path / "o.csv.gz", [shuffled])).orders.rows.inserted == 1  # type: ignore[union-attr]


def test_the_22_column_form_is_taken(books: Connection, tmp_path: Path) -> None:
    columns = [title for title in LINE if title not in ("Row ID", "Postal Code")]
    assert take(books, write(tmp_path / "o.csv", [line()], columns)).orders.rows.inserted == 1  # type: ignore[union-attr]


def test_a_file_without_market_and_priority_takes_them_from_the_command(
    books: Connection, tmp_path: Path
) -> None:
    columns = [title for title in LINE if title not in ("Market", "Shipping Cost", "Order Priority")]
    file = write(tmp_path / "o.csv", [line()], columns)
    with pytest.raises(
        InvalidInput, match=r"no column Market, Order Priority; found: Row ID, .*--market and --priority"
    ):
        take(books, file)
    report = take(books, file, defaults=Defaults(market="US", priority="Medium")).orders
    assert report is not None
    assert report.facts.missing_columns == ("market", "shipping_cost", "order_priority")
    assert books.execute(
        "select market, order_priority, shipping_cost from tbl_orders join order_product using (order_id)"
    ).fetchall() == [("US", "Medium", 0)]


def test_a_missing_column_is_named_and_nothing_is_taken(books: Connection, tmp_path: Path) -> None:
    before = all_rows(books)
    file = write(tmp_path / "o.csv", [line()], [title for title in LINE if title not in ("Sales", "Region")])
    with pytest.raises(InvalidInput, match=r"o\.csv has no column Region, Sales; found: Row ID, Order ID"):
        take(books, file)
    assert all_rows(books) == before


def test_a_column_named_twice_is_refused(books: Connection, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text("sales," + text_of([line()]).replace("\r\n1,", "\r\n5,1,"))
    with pytest.raises(InvalidInput, match="the column Sales twice"):
        take(books, file)


def test_ambiguous_dates_refuse_the_file_until_a_style_is_given(books: Connection, tmp_path: Path) -> None:
    row = line(order_date="05/02/2013", ship_date="06-02-13")
    before = all_rows(books)
    with pytest.raises(InvalidInput, match="--date-style"):
        take_lines(books, tmp_path, row)
    assert all_rows(books) == before
    report = take_lines(books, tmp_path, row, date_style=DateStyle.DAY_FIRST)
    assert report.facts.date_style == "day-first"
    assert books.execute(
        "select o.order_date, ship_date from tbl_orders o join order_product using (order_id)"
    ).fetchall() == [(date(2013, 2, 5), date(2013, 2, 6))]


def test_latin_1_and_double_encoded_names_are_the_same_customer(books: Connection, tmp_path: Path) -> None:
    plain, spoilt = line(customer_name="Anna Häberlin"), line(customer_name="Anna HÃ¤berlin")
    take_lines(books, tmp_path, plain)
    before = all_rows(books)
    file = tmp_path / "latin.csv"
    file.write_bytes(text_of([plain]).encode("latin-1"))
    latin = take(books, file).orders
    mended = take_lines(books, tmp_path, spoilt)
    assert latin is not None
    assert (latin.facts.encoding, latin.rows.unchanged) == ("Windows-1252", 1)
    assert (mended.facts.mended_accents, mended.rows.unchanged, mended.customers.differing) == (1, 1, ())
    assert all_rows(books) == before


def test_a_file_of_a_header_alone_changes_nothing(books: Connection, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text(",".join(LINE) + "\n")
    report = take(books, file)
    assert report.orders is not None
    assert (report.orders.rows.read, report.nothing_taken) == (0, False)
