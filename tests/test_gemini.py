"""Gemini through its real library, against a local server that answers well or misbehaves."""

import json
import logging
import time
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from awesome_analytics.chat.gemini import Clarify, Decline, GeminiClient, NeedsSql
from awesome_analytics.chat.words import Example, Turn
from awesome_analytics.core.errors import InvalidInput, ModelNonsense, ModelUnavailable
from awesome_analytics.core.settings import Settings
from awesome_analytics.semantic.query import Query
from fake_gemini import (
    FakeGemini,
    Step,
    answers,
    blocked,
    cut,
    dripping,
    fails,
    fake_gemini,
    hangs_up,
    queries,
    raw,
    says,
    sends,
    slow,
)

KEY = "AIza-TOP-SECRET-KEY"
TODAY = date(2024, 12, 7)
BY_CATEGORY = {"metrics": ["sales"], "dimensions": ["category"]}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGemini]:
    with fake_gemini() as fake:
        yield fake


@pytest.fixture
def client(server: FakeGemini) -> GeminiClient:
    return GeminiClient(key=KEY, model="gemini-test", base_url=server.url, timeout=10)


def ask(client: GeminiClient, question: str = "Sales by category?", **more: object) -> object:
    return client.ask(question, catalog=["metric sales"], today=TODAY, **more).meant  # type: ignore[arg-type]


def test_a_question_becomes_a_query(client: GeminiClient, server: FakeGemini) -> None:
    server.script(
        queries(
            {
                "metrics": ["sales", "sales.growth"],
                "dimensions": ["category"],
                "filters": [
                    {"field": "market", "values": ["EU"]},
                    {"field": "quantity", "op": "gt", "values": [2.5]},
                ],
                "members": [
                    {"entity": "customer", "having": [{"metric": "orders", "op": "ge", "values": [2]}]}
                ],
                "time": {"period": "2014-Q3", "role": "shipped"},
                "compare": "year_before",
                "order": [{"by": "sales", "descending": True}],
                "limit": 5,
            },
            assumptions=["the year before means Q3 2013", " "],
        )
    )
    reply = client.ask("Which?", catalog=[], today=TODAY)
    assert reply.meant == Query.from_json(
        """{"metrics": ["sales", "sales.growth"], "dimensions": ["category"],
            "filters": [{"field": "market", "values": ["EU"]},
                        {"field": "quantity", "op": "gt", "values": [2.5]}],
            "members": [{"entity": "customer", "having": [{"metric": "orders", "op": "ge", "values": [2]}]}],
            "time": {"period": "2014-Q3", "role": "shipped"}, "compare": "year_before",
            "order": [{"by": "sales", "descending": true}], "limit": 5}"""
    )
    assert reply.assumptions == ("the year before means Q3 2013",)
    assert server.paths[0].endswith("/models/gemini-test:generateContent")


def test_it_may_ask_back_ask_for_sql_or_decline(client: GeminiClient, server: FakeGemini) -> None:
    server.script(answers(kind="clarify", text="Which year?", choices=["2013", "2014"]))
    assert ask(client) == Clarify(question="Which year?", choices=("2013", "2014"))
    server.script(answers(kind="needs_sql", text="Median basket by segment in 2014"))
    assert ask(client) == NeedsSql(question="Median basket by segment in 2014")
    server.script(answers(kind="needs_sql"))
    assert ask(client, "Median basket?") == NeedsSql(question="Median basket?")
    server.script(answers(kind="decline", text="I don't know the weather."))
    assert ask(client) == Decline(reason="I don't know the weather.")


def test_the_prompt_holds_catalog_examples_conversation_and_today(
    client: GeminiClient, server: FakeGemini
) -> None:
    server.script(queries(BY_CATEGORY))
    query = Query.from_dict(BY_CATEGORY)
    client.ask(
        "and by region?",
        catalog=["metric sales: what was sold", "dimension category"],
        today=TODAY,
        examples=[Example(question="What sells best?", query=query.but(limit=1))],
        conversation=[Turn(question="Sales by category?", query=query)],
    )
    request = server.requests[0]
    system = request["systemInstruction"]["parts"][0]["text"]
    assert "metric sales: what was sold\ndimension category" in system
    assert "Today is Saturday, 2024-12-07." in system
    assert f"Q: What sells best?\nA: {query.but(limit=1).to_json()}" in system
    said = [(content["role"], content["parts"][0]["text"]) for content in request["contents"]]
    assert said[0] == ("user", "Sales by category?")
    assert json.loads(said[1][1]) == {"kind": "query", "query": BY_CATEGORY}
    assert said[2] == ("user", "and by region?")
    assert request["generationConfig"]["responseMimeType"] == "application/json"


def test_the_schema_has_nothing_that_the_service_refuses(client: GeminiClient, server: FakeGemini) -> None:
    server.script(queries(BY_CATEGORY))
    ask(client)
    schema = json.dumps(server.requests[0]["generationConfig"]["responseSchema"])
    for part in ("additional", "$ref", "$defs", '"default"'):
        assert part not in schema


def refuse_turnover(query: Query) -> None:
    if query.metrics[0].metric != "sales":
        raise InvalidInput("metrics", "there is no metric 'turnover'; there is sales")


def test_an_unknown_name_is_told_to_the_model_once(client: GeminiClient, server: FakeGemini) -> None:
    server.script(queries({"metrics": ["turnover"]}), queries({"metrics": ["sales"]}))
    assert ask(client, check=refuse_turnover) == Query.from_dict({"metrics": ["sales"]})
    assert "there is no metric 'turnover'; there is sales" in server.prompts[1]


def test_an_unknown_name_again_is_nonsense(client: GeminiClient, server: FakeGemini) -> None:
    server.script(queries({"metrics": ["turnover"]}))
    with pytest.raises(ModelNonsense, match="no metric 'turnover'"):
        ask(client, check=refuse_turnover)
    assert len(server.requests) == 2


NONSENSE: dict[str, Step] = {
    "prose": says("Sales were great!"),
    "no query": answers(kind="query"),
    "another kind": answers(kind="sql", text="select 1"),
    "a part that no Query has": queries({"metrics": ["sales"], "filter": [{"field": "market"}]}),
    "an impossible period": queries({"metrics": ["sales"], "time": {"period": "2014-Q7"}}),
    "an injected name": queries({"metrics": ["sales; drop table x"]}),
    "an infinite value": says('{"kind":"query","query":{"metrics":["sales"],"limit":1e999}}'),
    "empty text": says(" "),
    "endless text": says("x" * 30_000),
    "web page": raw(200, b"<html>Welcome to the hotel's WiFi</html>"),
}


@pytest.mark.parametrize("step", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_called_so(client: GeminiClient, server: FakeGemini, step: Step) -> None:
    server.script(step)
    with pytest.raises(ModelNonsense):
        ask(client)
    assert len(server.requests) <= 2


UNAVAILABLE: dict[str, tuple[Step, str, int]] = {
    "quota": (fails(429), "quota is used up", 3),
    "broken": (fails(500), r"\(500\)", 3),
    "overloaded": (fails(503), r"\(503\)", 3),
    "cut stream": (cut(), "can't be reached", 3),
    "hangs up": (hangs_up(), "can't be reached", 3),
    "wrong key": (fails(400, f"API key {KEY} not valid"), "is the key right", 1),
    "forbidden": (fails(403, f"{KEY} may not"), "refuses the key", 1),
    "unknown model": (fails(404), "AWESOME_GEMINI_MODEL", 1),
    "prompt blocked": (blocked(), "refused the question", 1),
    "answer blocked": (says("", finish="SAFETY"), "SAFETY", 1),
    "answer too long": (says("{", finish="MAX_TOKENS"), "MAX_TOKENS", 1),
    "no candidates": (sends(200, {}), "refused the question", 1),
}


@pytest.mark.parametrize(("step", "told", "requests"), UNAVAILABLE.values(), ids=UNAVAILABLE.keys())
def test_what_gives_no_answer_is_told_and_tried_again_only_where_it_helps(
    client: GeminiClient,
    server: FakeGemini,
    caplog: pytest.LogCaptureFixture,
    step: Step,
    told: str,
    requests: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(step)
    with pytest.raises(ModelUnavailable, match=told) as error:
        ask(client)
    assert len(server.requests) == requests
    assert KEY not in "".join(traceback.format_exception(error.value))
    assert KEY not in caplog.text


def test_one_failure_is_got_over(client: GeminiClient, server: FakeGemini) -> None:
    server.script(fails(503), queries(BY_CATEGORY))
    assert ask(client) == Query.from_dict(BY_CATEGORY)


@pytest.mark.parametrize("step", [slow(3, queries(BY_CATEGORY)), dripping(3)], ids=["silence", "drip"])
def test_no_answer_in_time_is_no_answer(server: FakeGemini, step: Step) -> None:
    ask(GeminiClient(key=KEY, base_url=with_answer(server).url))  # imports the library
    server.script(step)
    start = time.perf_counter()
    with pytest.raises(ModelUnavailable, match=r"no answer in 0\.5 seconds"):
        ask(GeminiClient(key=KEY, base_url=server.url, timeout=0.5))
    assert time.perf_counter() - start < 1.5


def with_answer(server: FakeGemini) -> FakeGemini:
    server.script(queries(BY_CATEGORY))
    return server


def test_nobody_at_the_address(server: FakeGemini) -> None:
    with pytest.raises(ModelUnavailable, match="can't be reached"):
        ask(GeminiClient(key=KEY, base_url="http://127.0.0.1:9", timeout=5))


def test_another_key_in_the_environment_does_not_win(
    server: FakeGemini, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "another")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    environment = {
        "GEMINI_API_KEY": KEY,
        "AWESOME_GEMINI_BASE_URL": server.url,
        "AWESOME_GEMINI_MODEL": "other",
    }
    settings = Settings.from_environment(environment, default_home=tmp_path)
    client = GeminiClient.of(settings)
    assert client is not None
    server.script(queries(BY_CATEGORY))
    ask(client)
    assert server.keys == [KEY]
    assert server.paths[0].endswith("models/other:generateContent")


def test_the_key_is_in_no_repr_and_in_no_log(
    server: FakeGemini, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings(home=tmp_path, gemini_key=KEY, gemini_base_url=server.url)
    client = GeminiClient.of(settings)
    assert client is not None
    server.script(queries(BY_CATEGORY))
    ask(client)
    assert KEY not in repr(settings) + repr(client) + str(client) + caplog.text


def test_without_a_key_there_is_no_client(tmp_path: Path) -> None:
    settings = Settings.from_environment({"GOOGLE_API_KEY": "another"}, default_home=tmp_path)
    assert GeminiClient.of(settings) is None


@pytest.mark.parametrize("address", ["http://example.com", "ftp://localhost", "gemini", "https://"])
def test_the_key_is_never_sent_in_the_clear(address: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="https://"):
        Settings.from_environment({"AWESOME_GEMINI_BASE_URL": address}, default_home=tmp_path)


def test_sentences_are_said_better(client: GeminiClient, server: FakeGemini) -> None:
    server.script(answers(sentences=["Technology leads: $4,800.00.", ""]))
    assert client.rephrase(["Technology: $4,800.00 (2 units)"], [("Technology", 4800, 2)]) == [
        "Technology leads: $4,800.00."
    ]
    assert '"rows": [["Technology", "4800", "2"]]' in server.prompts[0]


def test_saying_nothing_is_nonsense(client: GeminiClient, server: FakeGemini) -> None:
    server.script(answers(sentences=[]))
    with pytest.raises(ModelNonsense, match="said nothing"):
        client.rephrase(["a"], [])
