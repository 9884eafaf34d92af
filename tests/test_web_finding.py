"""Customers and products while they are typed: any words, in any order, whatever else is typed with them."""

from typing import Any

import psycopg
import pytest

from awesome_analytics.sales import finding
from entry_desk import chairs, order

Books = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def filled(books: Books) -> Books:
    first = order(books)
    order(books, customer_name="Seán O'Brien", customer_email="sean.obrien@firm.ie")
    order(books, customer_name="Alice Jones", customer_email="aj@firm.ie")
    chairs(books, first.order_id)
    return books


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("al", ["Alice Johnson", "Alice Jones"]),
        ("JOHN alic", ["Alice Johnson"]),
        ("alice.johnson@comp", ["Alice Johnson"]),
        ("1001", ["Alice Johnson"]),
        ("seán o'br", ["Seán O'Brien"]),
        ("alice x", []),
        ("a", []),
        ("", []),
        ("'; drop table tbl_customers --", []),
        ("& | ! ( ) :* \\ <->", []),
        ("alice & !johnson", ["Alice Johnson"]),
        ("@ . - al", ["Alice Johnson", "Alice Jones"]),
    ],
)
def test_words_typed_begin_words_of_the_customer(filled: Books, typed: str, names: list[str]) -> None:
    assert [each.customer_name for each in finding.customers(filled, typed)] == names


def test_a_product_is_found_by_any_of_its_words_or_its_id(filled: Books) -> None:
    for typed in ("off ergo", "prod-501", "CHAIR"):
        assert [each.subcategory for each in finding.products(filled, typed)] == ["Chairs"]
