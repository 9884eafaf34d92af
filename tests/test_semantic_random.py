"""Any Query gives the same rows on both engines, or is refused before a database hears of it."""

import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.run import Result, compile_query, run
from semantic_queries import CANARY, CATALOG, queries
from semantic_small import TODAY, Readers, small_stars
from servers import MySqlServer

AWKWARD = json.loads((Path(__file__).parent / "queries" / "awkward.json").read_text(encoding="utf-8"))
"""Once answered differently, or likely to be."""
ENGINES = ("postgresql", "mysql")
OUR_TEXTS = {"", "1970-01-01", "Unknown"}
"""The only texts that stand in a statement itself."""


@pytest.fixture(scope="module")
def servers(embedded: EmbeddedPostgres, mysql_server: MySqlServer) -> Mapping[str, DatabaseUrl]:
    return {
        "postgresql": embedded.admin,
        "mysql": DatabaseUrl.parse(mysql_server.url, field="AWESOME_TEST_MYSQL_URL"),
    }


@contextmanager
def stars_of(
    template: DatabaseUrl, servers: Mapping[str, DatabaseUrl], *others: Any, several_days: bool
) -> Iterator[Readers]:
    name = f"books_{secrets.token_hex(6)}"
    with psycopg.connect(**template.at("postgres").parameters(), autocommit=True) as connection:
        connection.execute(f"create database {name} template books_template")
        with small_stars(template.at(name), servers, *others, several_days=several_days) as readers:
            yield readers
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def stars(
    servers: Mapping[str, DatabaseUrl],
    books_template: DatabaseUrl,
    passwords: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Readers]:
    home = tmp_path_factory.mktemp("small")
    with stars_of(books_template, servers, passwords, home, several_days=False) as readers:
        yield readers


@pytest.fixture(scope="module")
def stars_of_several_days(
    servers: Mapping[str, DatabaseUrl],
    books_template: DatabaseUrl,
    passwords: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Readers]:
    """The same shop, where a third of the orders have lines of several days."""
    home = tmp_path_factory.mktemp("small")
    with stars_of(books_template, servers, passwords, home, several_days=True) as readers:
        yield readers


def answer(reader: object, query: Query) -> Result | None:
    """What an engine answers; None when the Query is refused."""
    try:
        return run(reader, query, CATALOG, today=TODAY)  # type: ignore[arg-type]
    except InvalidInput:
        return None


def refused(query: Query) -> bool:
    """Whether the Query is refused when compiled, which must be so for both engines."""
    told = set()
    for engine in ENGINES:
        try:
            compiled = compile_query(query, CATALOG, engine=engine, today=TODAY)
        except InvalidInput as error:
            told.add(str(error))
            continue
        told.add("")
        assert_bound(compiled.sql)
    assert len(told) == 1, told
    return told != {""}


def assert_bound(sql: str) -> None:
    """No value of the Query stands in the statement."""
    assert CANARY not in sql
    assert set(re.findall(r"'((?:[^']|'')*)'", sql)) <= OUR_TEXTS
    assert not re.search(r"\d\.\d|\d{6}", re.sub("1970-01-01", "", sql)), sql


def check(stars: Readers, query: Query, tally: Counter[str]) -> None:
    if refused(query):
        tally["refused"] += 1
        return
    tally["answered"] += 1
    one, other = (run(stars[engine], query, CATALOG, today=TODAY) for engine in ENGINES)
    tally["rows"] += len(one.rows)
    assert one.rows == other.rows, query.to_json()
    assert one.totals == other.totals, query.to_json()
    assert (one.truncated, one.columns) == (other.truncated, other.columns)
    if any(source.startswith("agg_") for source in one.sources):
        tally["summarised"] += 1
        facts = run(stars[ENGINES[0]], query, CATALOG, today=TODAY, use_summaries=False)
        assert facts.sources != one.sources
        assert facts.rows == one.rows, query.to_json()


def answered_alike_or_refused(stars: Readers, examples: int, *, derandomize: bool) -> Counter[str]:
    tally: Counter[str] = Counter()

    @settings(
        derandomize=derandomize,
        database=None,
        deadline=None,
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
    )
    @given(query=queries())
    def ask(query: Query) -> None:
        check(stars, query, tally)

    ask()
    return tally


@pytest.mark.parametrize("asked", AWKWARD, ids=json.dumps)
def test_an_awkward_query_is_answered_alike(stars: Readers, asked: Any) -> None:
    tally: Counter[str] = Counter()
    check(stars, Query.from_dict(asked), tally)
    assert tally["answered"] == 1


def test_four_hundred_queries_are_answered_alike_or_refused(stars: Readers) -> None:
    tally = answered_alike_or_refused(stars, 400, derandomize=True)
    # The proof is worth something only if many Queries run and many rows come.
    assert tally["answered"] >= 120
    assert tally["rows"] >= 500


def test_orders_of_several_days_are_answered_alike_from_summaries_and_facts(
    stars_of_several_days: Readers,
) -> None:
    tally = answered_alike_or_refused(stars_of_several_days, 300, derandomize=True)
    assert tally["answered"] >= 120
    assert tally["summarised"] >= 30


@pytest.mark.parametrize(
    ("asked", "sources", "sources_of_several_days"),
    [
        ({"metrics": ["orders"]}, ("agg_day",), ("fact_sales",)),
        ({"metrics": ["orders"], "time": {"period": "2013"}}, ("agg_day",), ("fact_sales",)),
        ({"metrics": ["returns"], "dimensions": ["order_month"]}, ("agg_day",), ("fact_return",)),
        ({"metrics": ["orders"], "dimensions": ["market"]}, ("agg_day_region",), ("fact_sales",)),
        ({"metrics": ["orders"], "dimensions": ["order_day"]}, ("agg_day",), ("agg_day",)),
        ({"metrics": ["orders"], "time": {"period": "2012-02-29"}}, ("agg_day",), ("agg_day",)),
        ({"metrics": ["sales"], "dimensions": ["order_month"]}, ("agg_day",), ("agg_day",)),
    ],
    ids=json.dumps,
)
def test_days_are_added_up_only_where_no_order_stands_on_two(
    stars: Readers,
    stars_of_several_days: Readers,
    asked: Any,
    sources: tuple[str, ...],
    sources_of_several_days: tuple[str, ...],
) -> None:
    query = Query.from_dict(asked)
    for engine in ENGINES:
        found = run(stars[engine], query, CATALOG, today=TODAY).sources
        of_several = run(stars_of_several_days[engine], query, CATALOG, today=TODAY).sources
        assert (found, of_several) == (sources, sources_of_several_days)


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_a_hundred_thousand_queries_are_answered_alike_or_refused(stars: Readers) -> None:
    answered_alike_or_refused(stars, 100_000, derandomize=False)
