"""A Query survives JSON and a link, and what is no Query is refused by the name of the part."""

import json
import string
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.semantic.query import Query, Shown
from semantic_queries import queries

MANY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=300,
    suppress_health_check=list(HealthCheck),
)
SOUND: Mapping[str, Any] = {
    "metrics": ["sales"],
    "dimensions": ["category"],
    "filters": [{"field": "region", "values": ["East"]}],
    "members": [{"entity": "order", "having": [{"metric": "sales", "op": "ge", "values": [5]}]}],
    "having": [{"metric": "sales", "op": "gt", "values": [1]}],
    "time": {"period": "2014", "role": "shipped"},
    "order": [{"by": "sales", "descending": True}],
    "limit": 5,
    "limit_per": {"dimensions": ["category"], "count": 1},
    "totals": True,
}
PARTS = {
    *SOUND,
    "query",
    "values",
    "role",
    "op",
    "by",
    "entity",
    "field",
    "count",
    "metric",
    "period",
    "descending",
}
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, "", "x", "\ud800", "\0", [], {}, [[]], [None], {"": None}, [{"a": []}], 10**30,
    float("nan"), float("inf"), "sales.nothing", ["sales", "sales"],
)  # fmt: skip


@MANY
@given(query=queries())
def test_a_query_survives_json_and_a_link(query: Query) -> None:
    assert Query.from_json(query.to_json()) == query
    assert Query.from_link(query.to_link()) == query
    assert Query.from_dict(query.to_dict()) == query
    assert Query.from_json(query.to_json()).to_json() == query.to_json()
    assert set(query.to_link()) <= set(string.ascii_letters + string.digits + "-_")


def paths(data: Any) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the way to it."""
    if isinstance(data, Mapping):
        return [(), *((key, *rest) for key, held in data.items() for rest in paths(held))]
    if isinstance(data, list):
        return [(), *((i, *rest) for i, held in enumerate(data) for rest in paths(held))]
    return [()]


def exchanged(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The JSON value with another one in a place."""
    if not path:
        return value
    step, *rest = path
    copy: Any = dict(data) if isinstance(data, Mapping) else list(data)
    copy[step] = exchanged(data[step], tuple(rest), value)
    return copy


@pytest.mark.parametrize("path", paths(SOUND), ids=lambda path: ".".join(map(str, path)) or "all")
def test_junk_in_any_place_is_refused_or_harmless(path: tuple[Any, ...]) -> None:
    for junk in JUNK:
        made = query_or_refusal(exchanged(SOUND, path, junk))
        if isinstance(made, InvalidInput):
            assert made.field in PARTS
        else:
            assert Query.from_json(made.to_json()) == made


def query_or_refusal(data: Any) -> Query | InvalidInput:
    try:
        return Query.from_dict(data)
    except InvalidInput as error:
        return error


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "query"),
        ("[]", "query"),
        ("{}", "metrics"),
        ('{"metrics": "sales"}', "metrics"),
        ('{"metrics": ["Sales!"]}', "metrics"),
        ('{"metrics": ["sales.sideways"]}', "metrics"),
        ('{"metric": ["sales"]}', "query"),
        ('{"metrics": ["sales"], "limit": 0}', "limit"),
        ('{"metrics": ["sales"], "limit": 1e999999999}', "limit"),
        ('{"metrics": ["sales"], "limit": 1e99999999999999999999}', "query"),
        ('{"metrics": ["sales"], "limit": 2.5}', "limit"),
        ('{"metrics": ["sales"], "time": {"period": "the other day"}}', "time"),
        ('{"metrics": ["sales"], "time": {"period": "2014", "role": "lost"}}', "role"),
        ('{"metrics": ["sales"], "filters": [{"field": "region", "op": [], "values": ["x"]}]}', "op"),
        ('{"metrics": ["sales"], "filters": [{"field": "region", "values": []}]}', "filters"),
        ('{"metrics": ["sales"], "filters": [{"field": "region", "values": [true]}]}', "filters"),
        ('{"metrics": ["sales"], "having": [{"metric": "sales", "op": "gt", "values": ["5"]}]}', "having"),
        ('{"metrics": ["sales"], "order": [{"by": null}]}', "by"),
        ('{"metrics": ["sales"], "members": [{"entity": "order", "having": []}]}', "members"),
        ('{"metrics": ["sales"], "compare": "sometime"}', "time"),
        ("[" * 100_000, "query"),
    ],
)
def test_what_is_no_query_is_refused_by_the_name_of_its_part(text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Query.from_json(text)
    assert refused.value.field == field


@MANY
@given(text=st.one_of(st.text(max_size=60), st.text(alphabet=string.ascii_letters + "-_", max_size=60)))
def test_any_text_as_a_link_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Query.from_link(text)


def test_a_cut_or_altered_link_is_refused() -> None:
    link = Query(metrics=(Shown("sales"), Shown("profit")), dimensions=("category", "region")).to_link()
    for at in range(len(link)):
        with pytest.raises(InvalidInput):
            Query.from_link(link[:at])
    with pytest.raises(InvalidInput):
        Query.from_link(link * 1000)


def test_round_numbers_are_written_out() -> None:
    asked = (
        '{"filters": [{"field": "customer_id", "values": [1010, 1e3, 20.50]}], "dimensions": ["customer"]}'
    )
    assert [str(value) for value in Query.from_json(asked).filters[0].values] == ["1010", "1000", "20.5"]


def test_numbers_keep_every_digit() -> None:
    asked = '{"filters": [{"field": "line_sales", "values": [0.1, 123456789.012345]}], "metrics": ["sales"]}'
    query = Query.from_json(asked)
    assert [str(value) for value in query.filters[0].values] == ["0.1", "123456789.012345"]
    assert json.loads(query.to_json())["filters"][0]["values"] == [0.1, 123456789.012345]
