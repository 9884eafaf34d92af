"""Chat Analytics in a real browser: the seed's conversation and what can be done with an answer."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from awesome_analytics.app import desk
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from browser import PATIENCE, let_in, log_in, settled, web_server
from fake_gemini import FakeGemini, answers, fails, fake_gemini, says
from test_ask import BY_MODEL
from test_pipeline import MONDAY, ends

SEED = (
    (
        "What's the total sales by product category?",
        ["Technology: $4,800.00 (2 units)", "Furniture: $1,200.00 (4 units)", "leading with 80% of sales"],
    ),
    (
        "What products are in Technology? Show me the details.",
        ['MacBook Pro 14": $4,800.00 (2 units, profit $4,410.00, profit margin 91.9%)'],
    ),
    ("What products are being returned and why?", ["Ergonomic Office Chair", "Defective"]),
    ("Show me sales breakdown by customer segment and region", ["Corporate – East: $6,000.00 (6 units)"]),
    ("Show me sales trends over the past week", ["5 Dec 2024: $6,000.00"]),
)


@dataclass(frozen=True, kw_only=True)
class Site:
    url: str
    shop: Shop


@pytest.fixture(scope="module")
def server() -> Iterator[FakeGemini]:
    with fake_gemini() as fake:
        yield fake


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="awesome-chat-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def shop(home: Path) -> Iterator[Shop]:
    with Shop.open(Settings(home=home), on_note=print) as opened:
        with opened.entry() as books:
            books.execute(MONDAY)
        pipeline.run(ends(opened))
        let_in(opened, sarah="store_manager", mary="store_manager", eve="store_manager")
        yield opened


@pytest.fixture(scope="module")
def site(home: Path, shop: Shop) -> Iterator[Site]:
    with web_server(home, AWESOME_TODAY="2024-12-07", GEMINI_API_KEY="") as url:
        yield Site(url=url, shop=shop)


def open_chat(page: Page, site: Site, username: str = "sarah") -> None:
    log_in(page, site.url, username, "Store Manager")
    page.get_by_role("link", name="Chat Analytics").click()
    expect(page.get_by_role("heading", name="Chat Analytics")).to_be_visible()
    settled(page)


def ask(page: Page, question: str) -> Locator:
    """Send a question; gives the answer's bubble once it stands."""
    bubbles = page.get_by_test_id("stChatMessage")
    before = bubbles.count()
    page.get_by_label("Your Question").fill(question)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(bubbles).to_have_count(before + 2, timeout=PATIENCE)
    settled(page)
    expect(bubbles.nth(before)).to_contain_text(question)
    return bubbles.nth(before + 1)


def test_the_seeds_conversation_has_the_right_figures(site: Site, page: Page) -> None:
    open_chat(page, site)
    for question, said in SEED:
        answer = ask(page, question)
        for words in said:
            expect(answer).to_contain_text(words)
        expect(answer.get_by_text("Data Details (Advanced)")).to_be_visible()
        expect(answer.get_by_role("button", name="Download as CSV")).to_be_visible()
        expect(page.get_by_label("Your Question")).to_have_value("")
    first = page.get_by_test_id("stChatMessage").nth(1)
    expect(first.get_by_role("listitem")).to_have_text(
        ["Technology: $4,800.00 (2 units)", "Furniture: $1,200.00 (4 units)"]
    )
    expect(first.get_by_test_id("stVegaLiteChart")).to_be_visible()
    expect(first.get_by_test_id("stDataFrame")).to_be_visible()
    page.reload()
    settled(page)
    page.get_by_role("button", name="What's the total sales by product").click()
    settled(page)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2 * len(SEED))


def test_an_answer_can_be_taken_apart_and_taken_away(site: Site, page: Page) -> None:
    open_chat(page, site)
    answer = ask(page, "What's the total sales by product category?")
    answer.get_by_text("Data Details (Advanced)").click()
    expect(answer.get_by_text("select", exact=False).first).to_be_visible()
    expect(answer.get_by_text("Read by the own engine.")).to_be_visible()
    with page.expect_download() as waiting:
        answer.get_by_role("button", name="Download as CSV").click()
    rows = list(csv.reader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8-sig"))))
    assert [row[0] for row in rows] == ["Category", "Technology", "Furniture"]
    assert [float(row[1]) for row in rows[1:]] == [4800, 1200]
    answer.get_by_role("button", name="Pin").click()
    expect(page.get_by_text("Pinned to the dashboard.")).to_be_visible()
    answer.get_by_role("link", name="Open in Query Builder").click()
    expect(page.get_by_role("heading", name="Query Builder")).to_be_visible()
    settled(page)
    expect(page.get_by_text("Sales and units by category", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_text("What's the total sales by product category?", exact=True)).to_be_visible()


def test_a_chip_reads_the_question_otherwise(site: Site, page: Page) -> None:
    open_chat(page, site)
    first = ask(page, "Top products")
    expect(first.get_by_text("the 10 first")).to_be_visible()
    expect(first.get_by_role("listitem").first).to_contain_text('MacBook Pro 14"')
    first.get_by_role("button", name="by sales").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="by units").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4, timeout=PATIENCE)
    settled(page)
    expect(page.get_by_test_id("stChatMessage").nth(2)).to_contain_text("Top products (by units)")
    second = page.get_by_test_id("stChatMessage").nth(3)
    expect(second.get_by_role("listitem").first).to_contain_text("Ergonomic Office Chair: 4")
    with site.shop.app() as connection:
        waiting = {each.question: each.origin for each in desk.examples(connection, state="WAITING")}
    assert waiting["Top products"] == "correction"


def test_clear_begins_anew_and_the_old_conversation_is_kept(site: Site, page: Page) -> None:
    open_chat(page, site, "mary")
    expect(page.get_by_role("button", name="New conversation")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Total sales by category").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2, timeout=PATIENCE)
    settled(page)
    page.get_by_role("button", name="And by region?").click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4, timeout=PATIENCE)
    settled(page)
    expect(page.get_by_test_id("stChatMessage").nth(3)).to_contain_text("East: $6,000.00")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
    kept = page.get_by_test_id("stSidebar").get_by_role("button", name="Total sales by category")
    expect(kept).to_be_visible()
    with site.shop.app() as connection:
        assert len(desk.conversations(connection, username="mary")) == 1


def test_what_is_not_in_the_data_is_declined_and_markdown_stays_text(site: Site, page: Page) -> None:
    open_chat(page, site, "mary")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = ask(page, "What will sales be next year? ![x](http://evil.example/a.png)")
    expect(answer.get_by_test_id("stDataFrame")).to_have_count(0)
    assert not [url for url in asked if "evil.example" in url]
    answer = ask(page, "drop table fact_sales")
    expect(answer.get_by_test_id("stDataFrame")).to_have_count(0)
    with closing(site.shop.reader()) as reader:
        assert reader.query("select sum(sales) from fact_sales") == [(6000,)]


def test_a_thumb_up_is_reviewed_and_then_answers_at_once(site: Site, page: Page) -> None:
    open_chat(page, site, "eve")
    question = "Break down sales by customer segment and region"
    answer = ask(page, question)
    answer.get_by_role("button", name="thumb_up").click()
    settled(page)
    review = page.locator(".st-key-chat_review")
    review.get_by_text("Review queue").click()
    expect(review.get_by_text(question)).to_be_visible()
    with site.shop.app() as connection:
        (waiting,) = (
            each for each in desk.examples(connection, state="WAITING") if each.question == question
        )
    page.locator(f".st-key-approve_{waiting.example_id} button").click()
    expect(review.get_by_text(question)).to_have_count(0, timeout=PATIENCE)
    with site.shop.app() as connection:
        assert question in {each.question for each in desk.examples(connection)}
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)
    again = ask(page, question.lower())
    expect(again).to_contain_text("Corporate – East: $6,000.00")
    again.get_by_text("Data Details (Advanced)").click()
    expect(again.get_by_text("Read by a verified example.")).to_be_visible()


def test_with_a_key_gemini_and_vanna_answer_what_the_own_engine_asks_back(
    home: Path, shop: Shop, page: Page, server: FakeGemini
) -> None:
    strange = "How is the dosh split between the shelves?"
    with web_server(
        home, AWESOME_TODAY="2024-12-07", GEMINI_API_KEY="test-key", AWESOME_GEMINI_BASE_URL=server.url
    ) as url:
        open_chat(page, Site(url=url, shop=shop))
        server.script(answers(kind="needs_sql", text=strange), says(f"```sql\n{BY_MODEL[0][1]}\n```"))
        answer = ask(page, strange)
        expect(answer).to_contain_text("Technology")
        expect(answer.get_by_test_id("stDataFrame")).to_be_visible()
        answer.get_by_text("Data Details (Advanced)").click()
        expect(answer.get_by_text("Read by Vanna with Gemini.")).to_be_visible()
        server.script(fails(500))
        answer = ask(page, "And how is the dosh split between the buckets?")
        expect(answer).to_contain_text("The language model could not answer")
        answer = ask(page, "What's the total sales by product category?")
        expect(answer).to_contain_text("Technology: $4,800.00 (2 units)")
        assert "test-key" not in page.content()
