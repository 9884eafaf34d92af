"""The three entry forms: what they write, what they refuse."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import (
    Ambiguous,
    Conflict,
    InvalidInput,
    NotFound,
    ServerUnavailable,
    UserError,
)
from awesome_analytics.sales import lines, lookups, orders, reading, returns
from awesome_analytics.sales.model import (
    AddChoice,
    CorrectLine,
    CorrectOrder,
    RecordOrder,
    SetReturnStatus,
    VoidLine,
    VoidOrder,
    VoidReturn,
)
from entry_desk import BAD_ROWS, DONE_BY, TODAY, Books, chairs, give_back, order, rows, state


@contextmanager
def refused(books: Books, kind: type[UserError], *words: str, field: str | None = None) -> Iterator[None]:
    """The block is refused with these words, naming the field, and the books stand as before."""
    before = state(books)
    with pytest.raises(kind) as caught:
        yield
    for word in words:
        assert word in str(caught.value) + str(getattr(caught.value, "candidates", ""))
    if field is not None:
        assert isinstance(caught.value, InvalidInput)
        assert caught.value.field == field
    assert state(books) == before


def test_the_seeds_monday_gives_the_seeds_rows(books: Books) -> None:
    recorded = order(books)
    chairs(
        books,
        recorded.order_id,
        product_name='MacBook Pro 14"',
        category="Technology",
        subcategory="Laptops",
        quantity=2,
        sales="$4,800.00",
        discount_percent="5%",
        shipping_cost="150.00",
        ship_mode="First Class",
    )
    chairs(books, recorded.order_id)
    give_back(books, recorded.order_id, product_name="Ergonomic Office Chair", quantity=1)

    assert rows(
        books,
        "select customer_id, customer_name, customer_email, segment_id, market, region from tbl_customers",
    ) == [("1001", "Alice Johnson", "alice.johnson@company.com", 2, "US", "East")]
    assert rows(
        books, "select order_id, customer_id, order_date, order_priority, market, region from tbl_orders"
    ) == [("ORD-001", "1001", date(2024, 12, 5), "High", "US", "East")]
    assert rows(
        books, "select product_id, product_name, category_id, subcategory_id from tbl_products order by 1"
    ) == [("PROD-501", 'MacBook Pro 14"', 1, 3), ("PROD-502", "Ergonomic Office Chair", 2, 5)]
    assert rows(
        books,
        """select order_id, product_id, quantity, sales::text, discount::text, profit::text,
                  shipping_cost::text, ship_mode, ship_date from order_product order by line_no""",
    ) == [
        (
            "ORD-001",
            "PROD-501",
            2,
            "4800.00000",
            "240.00000",
            "4410.00000",
            "150.00000",
            "First Class",
            date(2024, 12, 7),
        ),
        (
            "ORD-001",
            "PROD-502",
            4,
            "1200.00000",
            "120.00000",
            "1000.00000",
            "80.00000",
            "Standard Class",
            date(2024, 12, 7),
        ),
    ]
    assert rows(
        books,
        """select return_id, order_id, product_id, quantity, return_reason, return_status, return_region,
                  return_date from tbl_returns""",
    ) == [("RET-001", "ORD-001", "PROD-502", 1, "Defective", "Pending", "East", date(2024, 12, 6))]
    assert rows(books, "select command, actor from entry_log order by entry_id") == [
        ("RecordOrder", "john_sales"),
        ("AddLine", "john_sales"),
        ("AddLine", "john_sales"),
        ("RecordReturn", "john_sales"),
    ]
    assert rows(books, BAD_ROWS) == []


def test_a_customer_is_found_by_email_whatever_its_case_and_spaces(books: Books) -> None:
    first = order(books)
    again = order(
        books, customer_email="  ALICE.Johnson@Company.COM ", customer_name="Al Johnson", segment="Consumer"
    )
    assert (first.new_customer, again.new_customer) == (True, False)
    assert again.customer_id == first.customer_id == "1001"
    assert (again.order_id, again.customer_name, again.segment) == ("ORD-002", "Alice Johnson", "Corporate")
    assert again.differs == ("Customer Name", "Segment")


def test_the_customer_keeps_the_last_known_market_and_region(books: Books) -> None:
    order(books)
    order(books, market="EU", region="North")
    assert rows(books, "select market, region from tbl_customers") == [("EU", "North")]
    assert rows(books, "select market, region from tbl_orders order by 1 desc") == [
        ("US", "East"),
        ("EU", "North"),
    ]
    assert rows(books, "select table_name, actor from row_history") == [("tbl_customers", "john_sales")]


NEEDED_OF_A_NEW_CUSTOMER = [("customer_name", "Customer Name"), ("segment", "Segment")]


def test_a_new_customer_needs_a_name_and_a_segment(books: Books) -> None:
    for missing, field in NEEDED_OF_A_NEW_CUSTOMER:
        with refused(books, InvalidInput, "nobody has the e-mail", field=field):
            order(books, **{missing: None})


def test_a_name_alone_finds_the_only_customer_of_that_name(books: Books) -> None:
    order(books)
    assert order(books, customer_email=None, customer_name=" alice  JOHNSON ").customer_id == "1001"


def test_a_name_of_several_customers_is_asked_back(books: Books) -> None:
    order(books)
    order(books, customer_email="other@company.com", segment="Consumer")
    with refused(books, Ambiguous, "1001: Alice Johnson, alice.johnson@company.com, Corporate", "1002"):
        order(books, customer_email=None)


def test_an_unknown_name_without_an_email_is_refused(books: Books) -> None:
    with refused(books, InvalidInput, "an e-mail is needed", field="Customer Email"):
        order(books, customer_email=None)


def test_a_customer_id_names_the_customer(books: Books) -> None:
    order(books)
    assert (
        order(books, customer_id="1001", customer_email=None, customer_name=None).customer_name
        == "Alice Johnson"
    )
    with refused(books, NotFound, "'1009'"):
        order(books, customer_id="1009")


def test_ids_that_an_import_has_taken_are_stepped_over(books: Books) -> None:
    taken = order(books)
    chairs(books, taken.order_id)
    give_back(books, taken.order_id, product_name="Ergonomic Office Chair", quantity=1)
    for sequence in ("customer_number", "order_number", "product_number", "return_number"):
        books.execute(
            f"select setval('{sequence}', case '{sequence}' when 'customer_number' then 1001 "
            f"when 'product_number' then 501 else 1 end, false)".encode()
        )
    second = order(books, customer_email="bob@company.com", customer_name="Bob")
    assert (second.customer_id, second.order_id) == ("1002", "ORD-002")
    assert chairs(books, "ORD-002", product_name="Desk", subcategory="Desks").product_id == "PROD-502"
    assert give_back(books, "ORD-002").return_id == "RET-002"
    books.execute("select setval('order_number', 1, false)")
    assert order(books).order_id == "ORD-003"


def test_ids_grow_past_three_digits(books: Books) -> None:
    books.execute("select setval('order_number', 999)")
    order(books)
    assert order(books).order_id == "ORD-1001"


UNKNOWN_CHOICES = [
    ("segment", "Segment", "Did you mean 'Corporate'? There are: Consumer, Corporate, Home Office"),
    ("market", "Market", "There are: US, Canada"),
    ("region", "Region", "There are: East, West"),
    ("priority", "Order Priority", "There are: Low, Medium, High, Critical"),
]


def test_an_unknown_choice_is_refused_with_what_exists(books: Books) -> None:
    order(books)
    for field, label, words in UNKNOWN_CHOICES:
        with refused(books, InvalidInput, words, field=label):
            order(books, **{field: "Corporat"})


def test_choices_are_matched_in_any_case(books: Books) -> None:
    done = order(books, segment="corporate", market="us", region="EAST", priority="high")
    assert (done.order_id, done.segment, done.market, done.region, done.priority) == (
        "ORD-001", "Corporate", "US", "East", "High",
    )  # fmt: skip


IMPOSSIBLE_LINES = [
    ({"quantity": 0}, "Quantity"),
    ({"quantity": 1_000_001}, "Quantity"),
    ({"quantity": "1.5"}, "Quantity"),
    ({"sales": "-0.01"}, "Sales Amount"),
    ({"sales": "0.001"}, "Sales Amount"),
    ({"sales": "10000000000000"}, "Sales Amount"),
    ({"sales": Decimal("NaN")}, "Sales Amount"),
    ({"sales": float("inf")}, "Sales Amount"),
    ({"discount_percent": "100.01"}, "Discount (%)"),
    ({"discount_percent": -1}, "Discount (%)"),
    ({"shipping_cost": "free"}, "Shipping Cost"),
    ({"ship_date": "12/07/2024"}, "Ship Date"),
    ({"ship_date": "2024-12-04"}, "Ship Date"),
    ({"ship_date": "2029-01-01"}, "Ship Date"),
    ({"ship_mode": "Donkey"}, "Ship Mode"),
    ({"category": "Toys"}, "Category"),
    ({"product_name": "Chair\x00"}, "Product Name"),
    ({"product_name": "\u200b"}, "Product Name"),
    ({"product_name": "x" * 201}, "Product Name"),
    ({"subcategory": "\ud800"}, "Subcategory"),
]


def test_a_line_that_cannot_be_is_refused_by_its_field(books: Books) -> None:
    order(books)
    for change, field in IMPOSSIBLE_LINES:
        with refused(books, InvalidInput, field=field):
            chairs(books, "ORD-001", **change)


IMPOSSIBLE_DAYS = ["1969-12-31", "2025-12-09", "2024-13-01", "soon"]


def test_an_order_date_out_of_range_is_refused(books: Books) -> None:
    for day in IMPOSSIBLE_DAYS:
        with refused(books, InvalidInput, field="Order Date"):
            order(books, order_date=day)


def test_amounts_are_rounded_half_up_to_the_cent_and_profit_may_be_negative(books: Books) -> None:
    order(books)
    line = chairs(books, "ORD-001", sales="0.10", discount_percent="5", shipping_cost="9.99")
    assert (line.discount, line.profit) == (Decimal("0.01"), Decimal("-9.90"))
    largest = chairs(books, "ORD-001", sales="9999999999999", discount_percent="33.3333", shipping_cost=0)
    assert (largest.discount, largest.profit) == (Decimal("3333329999999.67"), Decimal("6666669999999.33"))
    assert rows(books, BAD_ROWS) == []


def test_a_product_is_found_by_name_in_any_case(books: Books) -> None:
    order(books)
    first = chairs(books, "ORD-001")
    second = chairs(
        books, "ORD-001", product_name="  ergonomic   OFFICE chair", category=None, subcategory=None
    )
    assert (first.new_product, second.new_product) == (True, False)
    assert (second.product_id, second.line_no) == (first.product_id, 2)


def test_a_new_product_needs_a_category_and_makes_its_subcategory(books: Books) -> None:
    order(books)
    with refused(books, InvalidInput, "is a new product", field="Subcategory"):
        chairs(books, "ORD-001", subcategory=None)
    chairs(books, "ORD-001", product_name="Desk", subcategory="Desks")
    chairs(books, "ORD-001", product_name="Standing Desk", subcategory="desks")
    assert rows(books, "select category_id, subcategory_name from subcategory where subcategory_id > 9") == [
        (2, "Desks")
    ]


def test_a_name_known_in_another_category_is_asked_back(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    with refused(books, Ambiguous, "PROD-501: Ergonomic Office Chair (Furniture / Chairs)"):
        chairs(books, "ORD-001", subcategory="Tables")
    made = chairs(books, "ORD-001", subcategory="Tables", new_product=True)
    assert made.product_id == "PROD-502"
    with refused(books, Ambiguous, "Several products", "PROD-501", "PROD-502"):
        chairs(books, "ORD-001", category=None, subcategory=None)
    assert chairs(books, "ORD-001", product_id="PROD-501", product_name=None).line_no == 3
    with refused(books, InvalidInput, "PROD-501 is 'Ergonomic Office Chair'", field="Product Name"):
        chairs(books, "ORD-001", product_id="PROD-501", product_name="Desk")
    with refused(books, NotFound):
        chairs(books, "ORD-001", product_id="PROD-999")


def test_a_line_needs_its_order(books: Books) -> None:
    with refused(books, NotFound, "'ORD-404'"):
        chairs(books, "ORD-404")


def test_never_more_comes_back_than_was_bought_less_what_came_back(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001", quantity=3)
    chairs(books, "ORD-001", quantity=1)
    product = {"product_name": "ergonomic office chair"}
    give_back(books, "ORD-001", quantity=3, **product)
    with refused(books, Conflict, "4 bought", "3 returned (RET-001)", "1 left"):
        give_back(books, "ORD-001", quantity=2, **product)
    with refused(books, InvalidInput, "4 bought", field="Quantity"):
        give_back(books, "ORD-001", **product)
    assert give_back(books, "ORD-001", line_no=2, quantity=1).product_id == "PROD-501"
    with refused(books, Conflict, "nothing is left"):
        give_back(books, "ORD-001")


def test_the_only_piece_needs_no_quantity(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001", quantity=1)
    assert give_back(books, "ORD-001", product_id="PROD-501").quantity == 1


def test_a_whole_order_comes_back_once_and_closes_the_order(books: Books) -> None:
    order(books)
    with refused(books, Conflict, "no products yet"):
        give_back(books, "ORD-001")
    chairs(books, "ORD-001")
    done = give_back(books, "ORD-001")
    assert (done.product_id, done.region, done.status) == (None, "East", "Pending")
    with refused(books, Conflict, "as a whole already (RET-001)"):
        give_back(books, "ORD-001")
    with refused(books, Conflict, "as a whole already (RET-001)"):
        give_back(books, "ORD-001", product_id="PROD-501", quantity=1)
    with refused(books, Conflict, "came back as a whole (RET-001)", "void or reject"):
        chairs(books, "ORD-001")


IMPOSSIBLE_RETURNS = [
    ({"return_date": "2024-12-04"}, "Return Date"),
    ({"return_date": "2026-12-04"}, "Return Date"),
    ({"reason": "Defect"}, "Return Reason"),
    ({"status": "Lost"}, "Return Status"),
    ({"region": "Nowhere"}, "Return Region"),
    ({"quantity": 1}, "Product Name"),
    ({"product_name": "Sofa", "quantity": 1}, "Product Name"),
    ({"product_id": "PROD-9", "quantity": 1}, "Product ID"),
    ({"line_no": 7, "quantity": 1}, "Line"),
]


def test_a_return_that_cannot_be_is_refused_by_its_field(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    for change, field in IMPOSSIBLE_RETURNS:
        with refused(books, InvalidInput, field=field):
            give_back(books, "ORD-001", **change)


def set_status(books: Books, return_id: str, status: str) -> str:
    return returns.set_return_status(
        books, SetReturnStatus(return_id=return_id, status=status), **DONE_BY
    ).status


def test_a_rejected_return_frees_its_pieces_and_is_checked_when_taken_back(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    chair = {"product_id": "PROD-501"}
    give_back(books, "ORD-001", quantity=3, **chair)
    assert set_status(books, "RET-001", "rejected") == "Rejected"
    give_back(books, "ORD-001", quantity=2, **chair)
    with refused(books, Conflict, "2 left"):
        set_status(books, "RET-001", "Approved")
    returns.void_return(books, VoidReturn(return_id="RET-002"), **DONE_BY)
    for status in ("Approved", "Completed", "Pending"):
        assert set_status(books, "RET-001", status) == status
    with refused(books, InvalidInput, field="Return Status"):
        set_status(books, "RET-001", "Gone")
    with refused(books, NotFound):
        set_status(books, "RET-404", "Pending")


def correct_line(books: Books, **changes: Any) -> Any:
    return lines.correct_line(books, CorrectLine(order_id="ORD-001", line_no=1, **changes), **DONE_BY)


def test_a_corrected_line_is_computed_anew(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    done = correct_line(books, sales="1000", ship_mode="same day", not_shipped=True)
    assert (done.discount, done.profit, done.ship_mode, done.ship_date) == (100, 820, "Same Day", None)
    assert done.money_computed
    assert correct_line(books, sales="1000").changed == ()


def test_an_imported_line_keeps_its_profit_until_its_money_changes(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    books.execute(
        "update order_product set sales = 261.96123, discount = 0, discount_rate = 0, profit = 41.91360"
    )
    assert not correct_line(books, ship_mode="Same Day").money_computed
    assert rows(books, "select profit::text from order_product") == [("41.91360",)]
    assert correct_line(books, shipping_cost="80.50").profit == Decimal("181.46")


def test_a_line_of_a_later_day_keeps_it_and_no_date_goes_past_it(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    chairs(books, "ORD-001", product_name="Desk", ship_date="")
    books.execute("update order_product set order_date = '2024-12-06' where line_no = 2")
    shown = reading.show_order(books, "ORD-001")
    assert [(line.line_no, line.order_date) for line in shown.lines] == [(1, None), (2, date(2024, 12, 6))]
    late = CorrectOrder(order_id="ORD-001", order_date="2024-12-07")
    with refused(books, InvalidInput, "line 2 has a day of its own, 2024-12-06", field="Order Date"):
        orders.correct_order(books, late, **DONE_BY)
    second = {"order_id": "ORD-001", "line_no": 2}
    with refused(
        books, InvalidInput, "ordered on 2024-12-06; it can't ship on 2024-12-05", field="Ship Date"
    ):
        lines.correct_line(books, CorrectLine(**second, ship_date="2024-12-05"), **DONE_BY)
    assert lines.correct_line(books, CorrectLine(**second, quantity=3), **DONE_BY).order_date == date(
        2024, 12, 6
    )
    orders.correct_order(books, CorrectOrder(order_id="ORD-001", order_date="2024-12-06"), **DONE_BY)
    assert rows(books, "select line_no, order_date from order_product order by 1") == [
        (1, None),
        (2, date(2024, 12, 6)),
    ]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("update order_product set order_date = '2024-12-04'", "line_on_or_after_order_date"),
        ("update order_product set order_date = '2024-12-08'", "shipped_on_or_after_order_date"),
        ("update tbl_orders set order_date = '2024-12-07'", "line_on_or_after_order_date"),
    ],
)
def test_the_books_keep_a_line_s_own_day_between_its_order_and_its_shipment(
    books: Books, statement: str, rule: str
) -> None:
    order(books)
    chairs(books, "ORD-001")
    books.execute("update order_product set order_date = '2024-12-06'")
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        books.execute(statement.encode())
    assert caught.value.diag.constraint_name == rule
    assert rows(books, "select order_date from order_product") == [(date(2024, 12, 6),)]


def test_a_line_s_own_day_is_stamped_and_remembered(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    before = rows(books, "select tbl_last_xid::text::bigint from order_product")
    books.execute("update order_product set order_date = '2024-12-06'")
    books.execute("update order_product set order_date = null")
    assert rows(books, "select tbl_last_xid::text::bigint from order_product") > before
    assert rows(
        books,
        "select old_row ->> 'order_date' from row_history where table_name = 'order_product' order by 1",
    ) == [("2024-12-06",), (None,)]


def test_a_line_cannot_shrink_below_what_came_back(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    give_back(books, "ORD-001", product_id="PROD-501", quantity=2)
    with refused(books, Conflict, "2 of 'Ergonomic Office Chair' came back", "RET-001"):
        correct_line(books, quantity=1)
    void = VoidLine(order_id="ORD-001", line_no=1)
    with refused(books, Conflict, "RET-001"):
        lines.void_line(books, void, **DONE_BY)
    with refused(books, NotFound, "its lines are: 1"):
        lines.void_line(books, VoidLine(order_id="ORD-001", line_no=2), **DONE_BY)
    returns.void_return(books, VoidReturn(return_id="RET-001"), **DONE_BY)
    lines.void_line(books, void, **DONE_BY)
    assert rows(books, "select count(*) from order_product") == [(0,)]


def test_an_order_with_returns_is_not_voided(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    give_back(books, "ORD-001")
    with refused(books, Conflict, "RET-001", "Void those first"):
        orders.void_order(books, VoidOrder(order_id="ORD-001"), **DONE_BY)
    returns.void_return(books, VoidReturn(return_id="RET-001"), **DONE_BY)
    assert orders.void_order(books, VoidOrder(order_id="ORD-001"), **DONE_BY).lines == 1
    assert rows(books, "select row_key ->> 'order_id' from tombstone where table_name = 'tbl_orders'") == [
        ("ORD-001",)
    ]
    assert [event.what for event in reading.order_history(books, "ORD-001")] == [
        "RecordOrder", "AddLine", "RecordReturn", "VoidReturn", "row before delete of tbl_returns",
        "VoidOrder", "row before delete of order_product", "row before delete of tbl_orders",
    ]  # fmt: skip


def test_an_order_is_corrected_within_its_lines_and_returns(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    give_back(books, "ORD-001")

    def correct(**changes: Any) -> Any:
        return orders.correct_order(books, CorrectOrder(order_id="ORD-001", **changes), **DONE_BY)

    with refused(books, InvalidInput, "RET-001 came back on 2024-12-06", field="Order Date"):
        correct(order_date="2024-12-07")
    with refused(books, InvalidInput, "line 1 shipped on 2024-12-07", field="Order Date"):
        correct(order_date="2024-12-08")
    with refused(books, NotFound, "'7'"):
        correct(customer_id="7")
    done = correct(order_date="2024-12-06", market="eu", priority="low")
    assert (done.market, done.priority, done.changed) == (
        "EU",
        "Low",
        ("Order Date", "Order Priority", "Market"),
    )


def test_a_repeated_submit_is_the_same_submit(books: Books) -> None:
    first, again = order(books, idempotency_key="k"), order(books, idempotency_key="k")
    assert (first.repeated, again.repeated, again.order_id) == (False, True, first.order_id)
    line, line_again = (chairs(books, "ORD-001", idempotency_key="l") for _ in range(2))
    assert (line.repeated, line_again.repeated) == (False, True)
    assert line_again.result() == line.result()
    back, back_again = (give_back(books, "ORD-001", idempotency_key="r") for _ in range(2))
    assert (back.return_id, back_again.return_id, back_again.repeated) == ("RET-001", "RET-001", True)
    with refused(books, Conflict, "The key 'k' was used for another submit"):
        order(books, idempotency_key="k", priority="Low")
    with refused(books, Conflict, "The key 'k'"):
        give_back(books, "ORD-001", idempotency_key="k")
    assert order(books).order_id == "ORD-002"


def test_a_lost_connection_says_that_the_key_makes_a_repeat_safe(books: Books) -> None:
    command = RecordOrder(
        customer_name="A", customer_email="a@b.c", segment="Consumer", market="US", region="East",
        priority="Low", order_date=TODAY, idempotency_key="the-key",
    )  # fmt: skip
    books.close()
    with pytest.raises(ServerUnavailable, match="the-key"):
        orders.record_order(books, command, **DONE_BY)


def test_an_order_shows_what_can_still_come_back(books: Books) -> None:
    order(books)
    chairs(books, "ORD-001")
    chairs(books, "ORD-001", product_name="Desk")
    give_back(books, "ORD-001", product_name="Desk", quantity=1)
    shown = reading.show_order(books, "ORD-001")
    assert [(x.product_id, x.bought, x.returned, x.left) for x in shown.returnable] == [
        ("PROD-501", 4, 0, 4),
        ("PROD-502", 4, 1, 3),
    ]
    give_back(books, "ORD-001")
    assert [x.left for x in reading.show_order(books, "ORD-001").returnable] == [0, 0]
    with pytest.raises(NotFound):
        reading.show_order(books, "ORD-002")


def test_orders_are_found_by_customer_and_date(books: Books) -> None:
    order(books)
    order(books, customer_email="100%@x.com", customer_name="Bob_", order_date="2024-11-01")
    find = reading.find_orders
    assert [o.order_id for o in find(books)] == ["ORD-001", "ORD-002"]
    assert [o.order_id for o in find(books, customer="ALICE")] == ["ORD-001"]
    assert [o.order_id for o in find(books, customer="%")] == ["ORD-002"]
    assert [o.order_id for o in find(books, customer="1002")] == ["ORD-002"]
    assert [o.order_id for o in find(books, since=date(2024, 11, 2))] == ["ORD-001"]
    assert [o.order_id for o in find(books, until=date(2024, 11, 2), limit=1)] == ["ORD-002"]


def test_choices_are_added_once(books: Books) -> None:
    def add(kind: str, value: str, category: str | None = None) -> None:
        lookups.add_choice(books, AddChoice(kind=kind, value=value, category=category), **DONE_BY)

    for kind in ("segment", "category", "market", "region", "order-priority", "ship-mode", "return-reason"):
        add(kind, "Brand New")
        with refused(books, Conflict, "'Brand New' exists already"):
            add(kind, "brand new")
    add("subcategory", "Desks", "furniture")
    with refused(books, InvalidInput, field="Category"):
        add("subcategory", "Desks")
    with refused(books, InvalidInput, "Did you mean 'market'?", field="Kind"):
        add("markt", "Moon")
    assert ("subcategory", "Desks", "Furniture") in lookups.list_choices(books, "Subcategory")
    assert ("market", "Brand New", None) in lookups.list_choices(books)


def at_once(books_url: DatabaseUrl, count: int, act: Callable[[Books, int], Any]) -> list[Any]:
    """What `count` clerks, each on a connection of their own, get for acts begun together."""
    barrier = threading.Barrier(count)
    got: list[Any] = [None] * count

    def clerk(number: int) -> None:
        with psycopg.connect(**books_url.parameters(), autocommit=True) as connection:
            barrier.wait()
            try:
                got[number] = act(connection, number)
            except Exception as error:
                got[number] = error

    threads = [threading.Thread(target=clerk, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_of_two_returns_of_the_last_chair_one_wins(books: Books, books_url: DatabaseUrl) -> None:
    for number in range(1, 11):
        order_id = order(books).order_id
        chairs(books, order_id, quantity=1)
        got = at_once(
            books_url,
            2,
            lambda c, n, order_id=order_id: give_back(c, order_id, product_id="PROD-501", quantity=1),
        )
        assert sorted(type(x).__name__ for x in got) == ["Conflict", "ReturnRecorded"]
        assert rows(books, "select count(*) from tbl_returns") == [(number,)]


def test_the_same_submit_sent_twice_at_once_is_done_once(books: Books, books_url: DatabaseUrl) -> None:
    order(books)
    chairs(books, "ORD-001", quantity=1)
    got = at_once(books_url, 6, lambda c, n: give_back(c, "ORD-001", idempotency_key="once"))
    assert {x.return_id for x in got} == {"RET-001"}
    assert sorted(x.repeated for x in got) == [False] + [True] * 5
    got = at_once(books_url, 6, lambda c, n: order(c, idempotency_key="order", customer_email="new@x.com"))
    assert len({(x.order_id, x.customer_id) for x in got}) == 1
    assert sorted(x.repeated for x in got) == [False] + [True] * 5


def test_clerks_who_add_the_same_new_product_make_it_once(books: Books, books_url: DatabaseUrl) -> None:
    for _ in range(6):
        order(books)
    at_once(
        books_url,
        6,
        lambda c, n: chairs(
            c, f"ORD-00{n + 1}", product_name=("Desk", "DESK")[n % 2], subcategory=("Desks", "desks")[n % 2]
        ),
    )
    assert rows(books, "select count(*) from tbl_products") == [(1,)]
    assert rows(books, "select count(*) from subcategory where subcategory_id > 9") == [(1,)]
    assert rows(books, "select count(*) from order_product") == [(6,)]


def test_the_schema_itself_refuses_a_return_of_a_line_being_voided(
    books: Books, books_url: DatabaseUrl
) -> None:
    order(books)
    chairs(books, "ORD-001")
    failed: list[Exception] = []

    def give_back_by_hand() -> None:
        with psycopg.connect(**books_url.parameters(), autocommit=True) as connection:
            try:
                connection.execute(
                    "insert into tbl_returns (return_id, order_id, product_id, quantity, return_reason, "
                    "return_status, return_region, return_date) "
                    "values ('R', 'ORD-001', 'PROD-501', 1, 'Defective', 'Pending', 'East', '2024-12-06')"
                )
            except psycopg.Error as error:
                failed.append(error)

    with books.transaction():
        books.execute("delete from order_product")
        thread = threading.Thread(target=give_back_by_hand)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
    thread.join()
    assert isinstance(failed[0], psycopg.errors.CheckViolation)
