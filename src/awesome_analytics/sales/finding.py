"""Customers and products while they are typed: every word typed begins a word of theirs, in any order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.rows import class_row

from awesome_analytics.core.sql import blocks

SHORTEST = 2
"""Characters before anything is looked for."""

_SQL = blocks("awesome_analytics.sales", "finding.sql")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer with what the order form asks for."""

    customer_id: str
    customer_name: str
    customer_email: str | None
    segment: str
    market: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product and where it belongs."""

    product_id: str
    product_name: str
    category: str
    subcategory: str


def customers(connection: Connection[Any], typed: str, *, limit: int = 6) -> tuple[Customer, ...]:
    """Customers whose ID, name or e-mail fits what was typed so far, by name."""
    return _found(connection, Customer, "customers", typed, limit)


def products(connection: Connection[Any], typed: str, *, limit: int = 6) -> tuple[Product, ...]:
    """Products whose ID or name fits what was typed so far, by name."""
    return _found(connection, Product, "products", typed, limit)


def _found(connection: Connection[Any], kind: type[T], block: str, typed: str, limit: int) -> tuple[T, ...]:
    words = _words(typed)
    if sum(map(len, words)) < SHORTEST:
        return ()
    values = {
        "words": _prefixes(word for word in words if "@" not in word),
        # Half an address is no word to the server's parser, which keeps a whole one as it stands.
        "emails": _prefixes(word for word in words if "@" in word),
        "typed": " ".join(typed.split()),
        "limit": limit,
    }
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(_SQL[block], values))


def _words(typed: str) -> list[str]:
    """What was typed, in words of letters and figures that can't be read as an operator."""
    plain = "".join(c if c.isalnum() or c in "@._-" else " " for c in typed[:200].lower())
    return [word for word in plain.split() if any(c.isalnum() for c in word)]


def _prefixes(words: Iterable[str]) -> str:
    """The search as PostgreSQL writes it."""
    return " & ".join(f"'{word}':*" for word in words)
