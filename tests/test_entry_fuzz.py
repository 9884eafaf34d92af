"""Anything typed into the three forms: only refusals that name a field, and no bad row."""

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awesome_analytics.core.errors import InvalidInput, UserError
from awesome_analytics.sales import fields, lines, model, orders, returns
from entry_desk import BAD_ROWS, DONE_BY, Books, chairs, order, rows, state

HOSTILE: tuple[Any, ...] = (
    "", " ", "\t\n", "\x00", "a\x00b", "\ud800", "x\udfffy", "\u200b", "\ufeff", "\u202eevil", "\u0301",
    "e\u0301", "é", "ＦＵＬＬ", "İstanbul", "ß", "\u2126", "🙂", "👩‍👧", "漢字", "عربى", "a" * 200, "a" * 201,
    "🙂" * 201, "x" * 100_000, "<script>alert(1)</script>", "<b>Chair</b>",
    "'; drop table tbl_orders; --", "\" or 1=1 --", "%", "%s", "%(order_id)s", "{0}", "$1", "\\", "\\N",
    "\\x00", "NULL", "null", "None", "nan", "NaN", "Infinity", "-inf", "1e308", "1e-999", "0x10", "١٢٣",
    "1_000", "1,00", "1,000.00", "--5", "-1", "-0", "0", "00", "0.001", ".5", "5.", "1.005", "9" * 13,
    "9" * 14, "9" * 5000, "100", "100.0001", "0.00001", "33.3333", "2024-12-05", "2024-02-30",
    "0000-00-00", "9999-12-31", "10000-01-01", "1969-12-31", "1970-01-01", "2199-12-31", "2200-01-01",
    "12/05/2024", "2024-12-05T00:00", "today", "a@b", "@", "a@@b", "A B@c.d", "Ä@ö.ü", "a@b.c", "'@\"",
    "<a@b>", "ORD-001", "ord-001", "PROD-501", "1001", None, 0, 1, -1, 10**13, 10**400, 2**31, True,
    0.1, 1.005, float("nan"), float("inf"), -0.0, 1e308, Decimal("NaN"), Decimal("sNaN"),
    Decimal("-Infinity"), Decimal("1E+400"), Decimal("1E-400"), Decimal("0.005"), date.min, date.max,
    date(2024, 12, 5), b"bytes", [], {}, object(),
)  # fmt: skip

Chance = random.Random
Fill = Callable[[Chance], Any]


def one_of(*values: Any) -> Fill:
    return lambda chance: chance.choice(values)


def money(chance: Chance) -> str:
    return f"{chance.choice([0, 1, 99, 1200, 10**6, 10**12]) + chance.randrange(100) / 100:.2f}"


def day(chance: Chance) -> str:
    return f"202{chance.choice('3344')}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"


def some(prefix: str, first: int, count: int) -> Fill:
    return lambda chance: f"{prefix}{first + chance.randrange(count):03}"


def key(chance: Chance) -> str | None:
    return f"key-{chance.randrange(2000)}" if chance.random() < 0.2 else None


FORMS: tuple[tuple[type[model.Command], Any, dict[str, Fill]], ...] = (
    (
        model.RecordOrder,
        orders.record_order,
        {
            "customer_name": one_of("Alice", "Bob", "Ünal", None),
            "customer_email": lambda chance: f"c{chance.randrange(50)}@Shop.test",
            "customer_id": one_of(None, None, None, "1001"),
            "segment": one_of("Corporate", "consumer", None),
            "market": one_of("US", "EU", "apac"),
            "region": one_of("East", "West"),
            "priority": one_of("High", "low"),
            "order_date": day,
            "idempotency_key": key,
        },
    ),
    (
        model.AddLine,
        lines.add_line,
        {
            "order_id": some("ORD-", 1, 60),
            "product_name": one_of("Chair", "chair ", "Desk", "Lamp", "Laptop", None),
            "product_id": one_of(None, None, None, "PROD-501"),
            "category": one_of("Furniture", "Technology", "furniture"),
            "subcategory": one_of("Chairs", "Laptops", "Lamps"),
            "new_product": one_of(False, True),
            "quantity": one_of(1, "2", 4, 1_000_000),
            "sales": money,
            "discount_percent": one_of(0, "5%", "12.5", 100),
            "shipping_cost": money,
            "ship_mode": one_of("First Class", "same day"),
            "ship_date": lambda chance: chance.choice([None, "2025-01-05"]),
            "idempotency_key": key,
        },
    ),
    (
        model.RecordReturn,
        returns.record_return,
        {
            "order_id": some("ORD-", 1, 60),
            "reason": one_of("Defective", "changed mind"),
            "status": one_of("Pending", "Approved", "rejected"),
            "region": one_of(None, "East", "west"),
            "return_date": one_of("2024-12-30", "2025-01-05"),
            "product_name": one_of(None, "Chair", "desk"),
            "product_id": one_of(None, None, "PROD-501"),
            "line_no": one_of(None, None, 1, 2),
            "quantity": one_of(None, 1, 2),
            "idempotency_key": key,
        },
    ),
)


def _filled(chance: Chance, form: dict[str, Fill]) -> dict[str, Any]:
    """Mostly a form as it should be; one field in ten holds anything."""
    share = chance.choice([0.0, 0.0, 0.1, 0.5])
    return {
        name: chance.choice(HOSTILE) if chance.random() < share else fill(chance)
        for name, fill in form.items()
    }


def _fuzz(books: Books, *, seed: int, inputs: int) -> dict[str, int]:
    """Submit `inputs` forms; count what became of them."""
    chance = Chance(seed)
    order(books)
    chairs(books, "ORD-001")
    before = state(books)
    counts: dict[str, int] = {}
    for _ in range(inputs):
        kind, handler, form = chance.choice(FORMS)
        filled = _filled(chance, form)
        outcome = "done"
        reached = False
        try:
            command = kind(**filled)
            reached = True
            handler(books, command, **DONE_BY)
        except UserError as error:
            outcome = error.kind
            named = getattr(error, "field", None)
            assert outcome != "invalid" or named in model.labels(kind).values(), (named, filled)
        after = state(books) if reached else before
        if outcome != "done":
            assert after == before, filled
        before = after
        counts[outcome] = counts.get(outcome, 0) + 1
    assert rows(books, BAD_ROWS) == []
    assert min(counts[kind] for kind in ("done", "invalid", "conflict", "not_found", "ambiguous")) > 0
    return counts


def test_2000_hostile_inputs_are_refused_by_field_or_recorded_right(books: Books) -> None:
    assert sum(_fuzz(books, seed=1, inputs=2_000).values()) == 2_000


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_100000_hostile_inputs_are_refused_by_field_or_recorded_right(books: Books) -> None:
    counts = _fuzz(books, seed=2, inputs=100_000)
    print("\n100,000 inputs:", counts)  # noqa: T201
    assert sum(counts.values()) == 100_000


ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=210)


def _read(reader: Any, typed: Any) -> Any:
    """What the reader takes it for; None when it refuses, in words that can be printed."""
    try:
        return reader(typed, "The Field")
    except InvalidInput as error:
        refusal = error
    assert refusal.field == "The Field"
    assert str(refusal).encode()
    return None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=ANY_TEXT)
def test_text_is_refused_by_field_or_kept_as_the_books_keep_it(books: Books, typed: str) -> None:
    for reader, domain in ((fields.text, "name_text"), (fields.identifier, "natural_key")):
        clean = _read(reader, typed)
        if clean is None:
            continue
        assert reader(clean, "The Field") == clean
        assert books.execute(f"select %s::{domain}".encode(), [clean], prepare=True).fetchone() == (clean,)


@settings(max_examples=300, deadline=None)
@given(typed=st.one_of(ANY_TEXT, st.floats(), st.decimals(), st.integers(), st.dates(), st.none()))
def test_every_reader_takes_or_refuses_anything(typed: Any) -> None:
    readers = (
        fields.text, fields.identifier, fields.email, fields.quantity, fields.line_number, fields.money,
        fields.percent, fields.day, fields.yes,
    )  # fmt: skip
    for reader in readers:
        _read(reader, typed)
