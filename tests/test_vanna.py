"""SQL through the real Vanna and the real Gemini library, guarded and run on a real server."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.chat.gemini import GeminiClient
from awesome_analytics.chat.guard import Guarded
from awesome_analytics.chat.sql_examples import SqlExample, nearest
from awesome_analytics.chat.vanna_sql import SqlAnswer, answer_with_sql, generate_sql, star_ddl
from awesome_analytics.core.errors import ModelNonsense, ModelUnavailable, Refused, TooSlow
from awesome_analytics.etl import pipeline
from awesome_analytics.warehouse.engine import Engine as Warehouse
from awesome_analytics.warehouse.watchdog import watched
from conftest import Engine
from fake_gemini import FakeGemini, fails, fake_gemini, says
from guard_corpus import HOSTILE
from test_pipeline import MONDAY, ends

TODAY = date(2024, 12, 7)
BY_CATEGORY = (
    "SELECT dp.category_name, SUM(fs.sales) AS total_sales FROM FACT_SALES fs "
    "JOIN DIM_PRODUCT dp ON fs.product_key = dp.product_key "
    "GROUP BY dp.category_name ORDER BY total_sales DESC;"
)
EXAMPLES = (
    SqlExample(question="Which products came back?", sql="SELECT product_key FROM fact_return"),
    SqlExample(question="Show me sales by product category", sql=BY_CATEGORY),
    SqlExample(question="Profit per year", sql="SELECT 1 FROM dim_date"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGemini]:
    with fake_gemini() as fake:
        yield fake


@pytest.fixture
def client(server: FakeGemini) -> GeminiClient:
    return GeminiClient(key="K", base_url=server.url, timeout=20)


@pytest.fixture
def star(shop: Shop) -> Iterator[Warehouse]:
    with shop.entry() as books:
        books.execute(MONDAY)
    pipeline.run(ends(shop))
    with closing(shop.reader()) as engine:
        yield engine


def ask(
    star: Warehouse, engine: Engine, client: GeminiClient, question: str = "Sales by product category?"
) -> SqlAnswer[list[tuple[Any, ...]]]:
    def run(made: Guarded) -> list[tuple[Any, ...]]:
        with watched(star, 5):
            return star.query(made.sql)

    return answer_with_sql(question, run, writer=client, dialect=engine, examples=EXAMPLES, today=TODAY)


def test_the_seeds_sql_gives_the_seeds_figures(
    star: Warehouse, warehouse_engine: Engine, client: GeminiClient, server: FakeGemini
) -> None:
    server.script(says(f"Here is your query with care:\n```sql\n{BY_CATEGORY}\n```\nEnjoy!"))
    answer = ask(star, warehouse_engine, client)
    assert answer.result == [("Technology", Decimal("4800")), ("Furniture", Decimal("1200"))]
    assert answer.guarded.tables == {"fact_sales", "dim_product"}
    assert not answer.repaired


def test_customers_regions_are_refused_and_mended_by_the_hint(
    star: Warehouse, warehouse_engine: Engine, client: GeminiClient, server: FakeGemini
) -> None:
    wrong = (
        "SELECT dc.region, SUM(fs.sales) FROM fact_sales fs "
        "JOIN dim_customer dc ON fs.customer_key = dc.customer_key GROUP BY dc.region"
    )
    server.script(says(wrong), says("SELECT region, SUM(sales) FROM fact_sales GROUP BY region"))
    answer = ask(star, warehouse_engine, client, "Sales by region?")
    assert answer.result == [("East", Decimal("6000"))]
    assert answer.repaired
    assert wrong in server.prompts[1]
    assert "market and region come from the facts" in server.prompts[1]


def test_what_the_server_refuses_is_mended_once(
    star: Warehouse, warehouse_engine: Engine, client: GeminiClient, server: FakeGemini
) -> None:
    ungrouped = "SELECT market, (SELECT order_id FROM fact_sales) FROM fact_sales"
    server.script(says(ungrouped), says("SELECT SUM(quantity) AS units FROM fact_sales"))
    answer = ask(star, warehouse_engine, client)
    assert answer.result == [(6,)]
    assert "more than" in server.prompts[1].lower()


def test_two_failures_are_the_end(
    star: Warehouse, warehouse_engine: Engine, client: GeminiClient, server: FakeGemini
) -> None:
    server.script(says("SELECT market, (SELECT order_id FROM fact_sales) FROM fact_sales"))
    with pytest.raises(ModelNonsense, match="does not run"):
        ask(star, warehouse_engine, client)
    server.script(says("I am sorry, I can't."))
    with pytest.raises(Refused):
        ask(star, warehouse_engine, client)
    assert len(server.requests) == 2


def test_hostile_sql_never_runs(
    star: Warehouse, warehouse_engine: Engine, client: GeminiClient, server: FakeGemini
) -> None:
    ran: list[Guarded] = []
    for sql in [sql for sql in HOSTILE[warehouse_engine] if "current_date" not in sql][::12]:
        server.script(says(sql))
        with pytest.raises(Refused):
            answer_with_sql("Sales?", ran.append, writer=client, dialect=warehouse_engine, today=TODAY)
    assert ran == []


def test_too_slow_is_not_tried_again(
    star: Warehouse, warehouse_engine: Engine, client: GeminiClient, server: FakeGemini
) -> None:
    server.script(says("SELECT SUM(sales) FROM fact_sales"))

    def run(_: Guarded) -> None:
        raise TooSlow(5)

    with pytest.raises(TooSlow):
        answer_with_sql("Sales?", run, writer=client, dialect=warehouse_engine, today=TODAY)
    assert len(server.requests) == 1


def test_without_the_model_there_is_no_sql(client: GeminiClient, server: FakeGemini) -> None:
    server.script(fails(403))
    with pytest.raises(ModelUnavailable):
        generate_sql("Sales?", writer=client, dialect="mysql", today=TODAY)


def test_the_prompt_holds_schema_examples_and_today_and_prints_nothing(
    client: GeminiClient, server: FakeGemini, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script(says(BY_CATEGORY))
    sql = generate_sql(
        "What's the total sales by product category?",
        writer=client,
        dialect="mysql",
        examples=EXAMPLES,
        documentation=["Sales are the amounts as recorded."],
        today=TODAY,
    )
    assert sql == BY_CATEGORY
    prompt = server.prompts[0]
    assert "MySQL expert" in prompt
    assert "CREATE TABLE fact_sales (order_id varchar" in prompt
    assert "Today is 2024-12-07." in prompt
    assert "Sales are the amounts as recorded." in prompt
    said = [(each["role"], each["parts"][0]["text"]) for each in server.requests[0]["contents"]]
    assert said[-3:] == [
        ("user", "Show me sales by product category"),
        ("model", BY_CATEGORY),
        ("user", "What's the total sales by product category?"),
    ]
    assert capsys.readouterr() == ("", "")


def test_the_schema_hides_what_customers_do_not_know() -> None:
    (customer,) = [ddl for ddl in star_ddl() if "TABLE dim_customer" in ddl]
    assert "region" not in customer
    assert "market" not in customer
    assert not [ddl for ddl in star_ddl() if "etl_" in ddl]


def test_examples_are_found_by_their_words() -> None:
    assert nearest("sales for each category of product", EXAMPLES, 1) == [EXAMPLES[1]]
    assert nearest("weather", EXAMPLES) == []


def test_introspection_is_not_offered(client: GeminiClient, server: FakeGemini) -> None:
    """Vanna would run an intermediate query unguarded; ours only says that it may not."""
    server.script(says("-- intermediate_sql\nSELECT DISTINCT market FROM fact_sales"))
    made = generate_sql("Sales in Europe?", writer=client, dialect="mysql", today=TODAY)
    assert "not allowed to see the data" in made
