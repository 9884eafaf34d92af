"""The dashboard: what it asks, and in a real browser that its figures are the database's."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Grain
from awesome_analytics.semantic import formats, tiles
from awesome_analytics.semantic.query import Query, Shown
from awesome_analytics.semantic.run import Column, Result
from awesome_analytics.semantic.tiles import View
from awesome_analytics.semantic.written import written
from awesome_analytics.web.answers import Kept
from entry_desk import chairs, order
from web_shop import PATIENCE, Site, logged_in, open_browser, open_site, seeds_monday

# ---------------------------------------------------------------- figures written


@pytest.mark.parametrize(
    ("value", "shape", "text"),
    [
        (Decimal("6000"), "money", "$6,000.00"),
        (Decimal("12642501.90988"), "money", "$12,642,501.91"),
        (Decimal("-240"), "money", "-$240.00"),
        (Decimal("1.005"), "money", "$1.01"),  # half up, where a float would show 1.00
        (Decimal("-0.001"), "money", "$0.00"),
        (Decimal("1"), "percent", "100.0%"),
        (Decimal("0.04679067"), "percent", "4.7%"),
        (25753, "number", "25,753"),
        (Decimal("1"), "days", "1.00 day"),
        (None, "money", "–"),
        (date(2014, 6, 2), "day", "2 Jun 2014"),
        ("2014-06", "month", "Jun 2014"),
        ("2014-Q3", "quarter", "2014 Q3"),
        ("Total", "month", "Total"),
        ("2-in-1", "text", "2-in-1"),
    ],
)
def test_a_cell_is_written_for_people(value: object, shape: str, text: str) -> None:
    assert written(value, shape) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "shape", "text"),
    [
        (Decimal("-0.003"), "percent", "-0.3 points"),
        (Decimal("0.011"), "percent", "+1.1 points"),
        (Decimal("1200"), "money", "+$1,200.00"),
        (Decimal("-5"), "money", "-$5.00"),
        (None, "money", None),
    ],
)
def test_a_change_has_its_sign_and_percentages_differ_by_points(
    value: object, shape: str, text: str | None
) -> None:
    assert formats.changed(value, shape) == text  # type: ignore[arg-type]


def result(*rows: tuple[object, ...]) -> Result:
    return Result(
        query=Query(metrics=(Shown("sales"),), dimensions=("product",)),
        columns=(
            Column(name="product", label="Product", format="text", is_metric=False),
            Column(name="sales", label="Sales", format="money", is_metric=True),
        ),
        rows=rows,  # type: ignore[arg-type]
        truncated=False,
        sql="",
        values={},
        sources=(),
        days=Days(),
        before=None,
        as_of=datetime(2024, 12, 6, tzinfo=UTC),
    )


def test_a_file_keeps_figures_exact_and_defuses_formulas() -> None:
    evil = ['=HYPERLINK("http://evil")', "+1", "-1", "@sum", "\tx", "\rx"]
    made = formats.to_csv(result(*((name, Decimal("-1.00005")) for name in evil), ("Chair, big", None)))
    lines = made.decode("utf-8-sig").split("\r\n")
    assert lines[0] == "Product,Sales"
    assert lines[1] == '"\'=HYPERLINK(""http://evil"")",-1.00005'
    assert lines[2:5] == ["'+1,-1.00005", "'-1,-1.00005", "'@sum,-1.00005"]
    assert made.decode("utf-8-sig").count("'") == len(evil)
    assert lines[-2] == '"Chair, big",'


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("first", "last", "grain"),
    [
        ("2014-01-01", "2014-01-01", Grain.DAY),
        ("2014-01-01", "2014-03-31", Grain.DAY),
        ("2014-01-01", "2014-12-31", Grain.WEEK),
        ("2013-01-01", "2014-12-31", Grain.MONTH),
    ],
)
def test_the_trend_takes_longer_steps_over_longer_ranges(first: str, last: str, grain: Grain) -> None:
    assert tiles.grain_for(Days(start=date.fromisoformat(first), end=date.fromisoformat(last))) is grain


def test_a_view_comes_back_from_its_address() -> None:
    view = (
        View(period="2014-Q3", compare="year_before")
        .picking("market", "EU")
        .picking("category", "Office & =1")
    )
    assert View.read(view.parameters()) == view
    assert View().parameters() == {}
    assert view.picking("market", None).parameters() == {
        "period": "2014-Q3",
        "compare": "year_before",
        "category": "Office & =1",
    }


@pytest.mark.parametrize("address", [{"period": "soon"}, {"compare": "never"}])
def test_an_address_that_makes_no_sense_is_refused(address: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        View.read(address)


def test_over_all_time_the_deltas_tell_about_today_else_about_the_range() -> None:
    for view, period in ((View(), "today"), (View(period="2014-Q3"), "2014-Q3")):
        sales = tiles.tiles(view, Grain.MONTH, comparable=True)[0]
        assert sales.compared is not None
        assert sales.compared.time is not None
        assert sales.compared.time.period.text == period
        assert sales.compared.compare == "previous"


def test_a_click_on_a_week_is_its_seven_days() -> None:
    assert tiles.zoomed("2014-06-02", Grain.WEEK) == "2014-06-02..2014-06-08"
    assert tiles.zoomed("2014-06", Grain.MONTH) == "2014-06"


def test_answers_are_kept_up_to_a_size_and_the_longest_unused_go_first() -> None:
    kept = Kept(most_cells=180)
    asked: list[str] = []

    def ask(name: str) -> str:
        kept.get((name,), lambda: (asked.append(name), result())[1])
        return name

    for name in ("a", "b", "c", "a", "d", "a", "b"):
        ask(name)
    assert asked == ["a", "b", "c", "d", "b"]
    assert len(kept) == 3
    big = replace(result(), rows=(("x", 1),) * 1000)
    assert kept.get(("big",), lambda: big) is big
    assert len(kept) == 3


# ---------------------------------------------------------------- in the browser


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site(seeds_monday) as made:
        made.load()
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as started:
        yield started


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    with logged_in(site, browser) as made:
        yield made


def expect_tile(page: Page, key: str, value: str, *texts: str) -> None:
    tile = page.locator(f".st-key-tile_{key}")
    expect(tile.get_by_test_id("stMetricValue")).to_have_text(value, timeout=PATIENCE)
    for text in texts:
        expect(tile).to_contain_text(text)


def test_the_seeds_monday_stands_on_the_dashboard_as_in_the_database(site: Site, page: Page) -> None:
    by_hand = site.figures(
        "select sum(sales), count(distinct order_id), count(distinct region) from fact_sales"
    )
    assert by_hand == [(Decimal(6000), 1, 1)]
    expect_tile(page, "sales", "$6,000.00", "-100.0%", "today vs yesterday")
    expect_tile(page, "return_rate", "100.0%", "1 of 1 order")
    expect_tile(page, "top_product", 'MacBook Pro 14"', "$4,800.00, 80.0% of sales")
    expect_tile(page, "regions", "1", "with sales")
    expect(page.get_by_text("Daily sales", exact=True)).to_be_visible()
    for key, *texts in (
        ("breakdown", "Technology", "$4,800.00 (80.0%)", "Furniture", "$1,200.00 (20.0%)"),
        ("segments", "Corporate", "$6,000.00 (100.0%)"),
    ):
        drawn = page.locator(f".st-key-chart_{key} svg[role=graphics-document], .st-key-chart_{key} .marks")
        for text in texts:
            expect(drawn.first).to_contain_text(
                re.compile(re.escape(text).replace(r"\ ", r"\s+")), timeout=PATIENCE
            )
    expect(page.get_by_text("last run succeeded")).to_be_visible()


def test_a_click_on_a_bar_narrows_everything_and_the_chip_widens_it_again(page: Page) -> None:
    bar = page.locator(".st-key-chart_breakdown .mark-rect path").first
    bar.click()
    expect_tile(page, "sales", "$4,800.00")
    assert "category=Technology" in page.url
    expect(page.get_by_text("Sales by sub-category in Technology", exact=True)).to_be_visible()
    page.reload()
    expect_tile(page, "sales", "$4,800.00")
    page.get_by_role("button", name=re.compile("Category: Technology")).click()
    expect_tile(page, "sales", "$6,000.00")
    assert "category" not in page.url


def test_a_range_of_the_address_is_kept_and_compared_with_the_one_before(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/?period=2024-12-05")
    expect_tile(page, "sales", "$6,000.00", "+$6,000.00", "vs 4 Dec 2024")
    page.goto(f"{site.url}/?period=2023")
    expect_tile(page, "sales", "$0.00")
    expect(page.locator(".st-key-chart_breakdown").get_by_text("No sales here")).to_be_visible()
    page.goto(f"{site.url}/?period=soon")
    expect(page.get_by_text("'soon' is no period")).to_be_visible(timeout=PATIENCE)
    expect_tile(page, "sales", "$6,000.00")


def test_a_tile_tells_its_definition_opens_in_the_builder_and_is_taken_away(
    page: Page, tmp_path: Path
) -> None:
    page.get_by_role("button", name="More about Total Sales").click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_contain_text("The amount of the order lines as recorded, after discount")
    with page.expect_download() as caught:
        body.get_by_role("button", name="Download as CSV").click()
    caught.value.save_as(tmp_path / "sales.csv")
    assert (tmp_path / "sales.csv").read_text(encoding="utf-8-sig").splitlines() == ["Sales", "6000"]
    body.get_by_role("link", name="Open in the Query Builder").click()
    expect(page.get_by_role("heading", name="Query Builder")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stMetricValue")).to_have_text("$6,000.00", timeout=PATIENCE)


def test_new_sales_appear_without_a_reload_once_the_pipeline_has_run(site: Site, page: Page) -> None:
    expect_tile(page, "sales", "$6,000.00")
    with site.shop.entry() as books:
        made = order(books, order_date="2024-12-06", region="West")
        chairs(books, made.order_id, sales="100.00")
    site.load()
    expect_tile(page, "sales", "$6,100.00", "-98.3%")  # 100 today, 6,000 yesterday
    expect_tile(page, "regions", "2", "no change")  # one each day
    assert site.figures("select sum(sales) from fact_sales") == [(Decimal(6100),)]


def test_an_empty_shop_says_what_to_do_next(browser: Browser) -> None:
    with open_site(lambda shop: None) as empty, logged_in(empty, browser) as page:
        expect(page.get_by_role("heading", name="No figures yet")).to_be_visible(timeout=PATIENCE)
        page.get_by_role("link", name="Go to ETL Management").click()
        expect(page.get_by_role("heading", name="ETL Pipeline Management")).to_be_visible(timeout=PATIENCE)
        empty.load()
        page.goto(f"{empty.url}/")
        expect(page.get_by_role("heading", name="No sales yet")).to_be_visible(timeout=PATIENCE)
