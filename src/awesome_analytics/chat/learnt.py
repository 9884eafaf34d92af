"""The verified examples of the review queue, as the assistant reads them."""

from collections.abc import Iterable

from awesome_analytics.app import desk
from awesome_analytics.chat.sql_examples import SqlExample
from awesome_analytics.chat.words import Example
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.query import Query


def queries(held: Iterable[desk.Example]) -> list[Example]:
    """Those that are answered by a Query; one that this version no longer understands is left out."""
    made = ((each.question, _read(each.query)) for each in held)
    return [Example(question=question, query=query) for question, query in made if query is not None]


def statements(held: Iterable[desk.Example]) -> list[SqlExample]:
    """Those that are answered by SQL."""
    return [SqlExample(question=each.question, sql=each.sql) for each in held if each.sql]


def _read(text: str | None) -> Query | None:
    try:
        return Query.from_json(text) if text else None
    except InvalidInput:
        return None
