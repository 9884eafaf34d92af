"""The Query Builder: what it offers, its files, and in a real browser that a link comes back as it was."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import altair as alt
import pytest
from playwright.sync_api import Browser, Page, expect

from awesome_analytics.app import desk
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.periods import Days, Period
from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.query import (
    Filter,
    Form,
    Having,
    LimitPer,
    Members,
    Op,
    Order,
    Query,
    Shown,
    Time,
)
from awesome_analytics.semantic.run import Result, columns_of
from awesome_analytics.web import charts, files
from awesome_analytics.web.charts import Kind
from awesome_analytics.web.editor import fits
from awesome_analytics.web.editor.conditions import number
from web_shop import PATIENCE, Site, logged_in, open_browser, open_site, seeds_monday

CATALOG = builtin_catalog()
TODAY = date(2024, 12, 6)
SALES = Shown("sales")
YEAR = Time(period=Period("2024"))

# ---------------------------------------------------------------- what fits


def forms(query: Query, metric: str) -> set[Form]:
    return set(fits.forms(metric, query, CATALOG, TODAY))


def test_forms_are_offered_where_they_can_be_answered() -> None:
    plain = Query(metrics=(SALES,), dimensions=("category",))
    assert forms(plain, "sales") == {Form.ITSELF, Form.SHARE}
    assert forms(plain, "margin") == {Form.ITSELF}  # a ratio has no share
    months = plain.but(dimensions=("order_month",))
    assert Form.RUNNING in forms(months, "sales")
    assert Form.RUNNING not in forms(months, "customers")  # customers of two months don't add up
    compared = plain.but(time=YEAR, compare="previous")
    assert {Form.BEFORE, Form.CHANGE, Form.GROWTH} <= forms(compared, "sales")


def test_a_comparison_is_offered_where_there_is_something_before() -> None:
    plain = Query(metrics=(SALES,), dimensions=("category",))
    assert fits.comparisons(plain, CATALOG, TODAY) == ()
    assert fits.comparisons(plain.but(time=YEAR), CATALOG, TODAY) == ("previous", "year_before")
    assert fits.comparisons(plain.but(time=Time(period=Period("2024.."))), CATALOG, TODAY) == ()
    assert "previous" in fits.comparisons(plain.but(dimensions=("order_month",)), CATALOG, TODAY)


@pytest.mark.parametrize(
    ("field", "has", "lacks"),
    [
        ("category", Op.CONTAINS, Op.GE),
        ("order_month", Op.GE, Op.CONTAINS),
        ("line_sales", Op.BETWEEN, Op.CONTAINS),
    ],
)
def test_operators_fit_what_is_compared(field: str, has: Op, lacks: Op) -> None:
    offered = fits.operators(field, CATALOG)
    assert has in offered
    assert lacks not in offered


def test_what_loses_its_footing_goes_along() -> None:
    full = Query(
        metrics=(SALES, Shown("sales", Form.GROWTH), Shown("sales", Form.SHARE)),
        dimensions=("category", "region"),
        time=YEAR,
        compare="previous",
        share_of=("region",),
        having=(Having(metric=Shown("sales", Form.GROWTH), op=Op.GT, values=(Decimal(0),)),),
        order=(Order(by="region"), Order(by="sales.growth", descending=True), Order(by="sales")),
        limit_per=LimitPer(dimensions=("region",), count=3),
    )
    assert fits.tidied(full, CATALOG) == full
    assert fits.tidied(full.but(compare=None), CATALOG) == full.but(
        compare=None,
        metrics=(SALES, Shown("sales", Form.SHARE)),
        having=(),
        order=(Order(by="region"), Order(by="sales")),
    )
    assert fits.tidied(full.but(dimensions=("category",)), CATALOG) == full.but(
        dimensions=("category",), share_of=(), order=full.order[1:], limit_per=None
    )
    lonely = Query(metrics=(Shown("sales", Form.GROWTH),))
    assert fits.tidied(lonely, CATALOG) == Query(metrics=(SALES,))


@pytest.mark.parametrize(
    ("typed", "value"), [("20%", "0.2"), (" 1,200.00 ", "1200"), ("-5", "-5"), ("0.05", "0.05"), ("$7", "7")]
)
def test_a_number_is_read_as_people_type_it(typed: str, value: str) -> None:
    assert number(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["", "many", "%", "1e5"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        number(typed)


# ---------------------------------------------------------------- charts and files


def answer(query: Query, *rows: tuple[object, ...]) -> Result:
    return Result(
        query=query,
        columns=columns_of(query, CATALOG),
        rows=rows,  # type: ignore[arg-type]
        truncated=False,
        sql="",
        values={},
        sources=(),
        days=Days(),
        before=None,
        as_of=datetime(2024, 12, 6, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("dimensions", "rows", "best"),
    [
        ((), [(Decimal(1),)], Kind.NUMBER),
        (("category",), [("A", Decimal(1))], Kind.BAR),
        (("order_month",), [("2024-01", Decimal(1)), ("2024-02", Decimal(2))], Kind.LINE),
        (("category", "segment"), [("A", "B", Decimal(1))], Kind.STACKED),
        (("order_month", "segment"), [("2024-01", "B", Decimal(1))], Kind.LINE),
        (("category", "segment", "market"), [("A", "B", "C", Decimal(1))], Kind.TABLE),
        (("category",), [], Kind.TABLE),
    ],
)
def test_the_chart_fits_the_answer(
    dimensions: tuple[str, ...], rows: list[tuple[object, ...]], best: Kind
) -> None:
    result = answer(Query(metrics=(SALES,), dimensions=dimensions), *rows)
    suited = charts.suits(result, CATALOG)
    assert suited[0] is best
    for kind in suited:
        if kind not in (Kind.TABLE, Kind.NUMBER):
            spec = charts.picture(result, kind, CATALOG, clickable=True).spec
            alt.Chart.from_dict(spec).to_dict(validate=True)


def test_a_ratio_is_never_stacked() -> None:
    query = Query(metrics=(Shown("margin"),), dimensions=("category", "segment"))
    assert Kind.STACKED not in charts.suits(answer(query, ("A", "B", Decimal("0.1"))), CATALOG)


def test_a_line_falls_to_zero_on_days_without_sales_and_bars_start_at_zero() -> None:
    days = answer(
        Query(metrics=(SALES,), dimensions=("order_day",)),
        (date(2024, 1, 1), Decimal(5)),
        (date(2024, 1, 3), Decimal(7)),
    )
    drawn = charts.picture(days, Kind.LINE, CATALOG).spec
    (points,) = drawn["datasets"].values()
    assert {(point["at"], point["value"]) for point in points} == {
        ("2024-01-01", 5.0),
        ("2024-01-02", 0.0),
        ("2024-01-03", 7.0),
    }
    bars = answer(Query(metrics=(SALES,), dimensions=("category",)), ("A", Decimal(100)), ("B", Decimal(99)))
    drawn = charts.picture(bars, Kind.BAR, CATALOG).spec
    assert drawn["layer"][0]["encoding"]["x"]["scale"]["domainMin"] == {"expr": "0"}


def test_a_workbook_holds_typed_figures_and_no_formula() -> None:
    result = answer(
        Query(metrics=(SALES, Shown("margin")), dimensions=("product",)),
        ('=HYPERLINK("http://evil")', Decimal("1200.5"), Decimal("0.25")),
        ("Chair", None, None),
    )
    made = zipfile.ZipFile(io.BytesIO(files.to_xlsx(result, sentence="Sales by product")))
    sheet = made.read("xl/worksheets/sheet1.xml").decode()
    texts = made.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert re.findall(r"<v>(1200\.5|0\.25)</v>", sheet) == ["1200.5", "0.25"]
    assert "'=HYPERLINK" in texts
    assert "Sales by product" in texts


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


def in_address(page: Page) -> Query:
    return Query.from_link(parse_qs(urlsplit(page.url).query)["q"][0])


def pick(page: Page, box: str, name: str) -> None:
    field = page.get_by_role("combobox", name=box, exact=True)
    field.fill(name)
    page.get_by_role("option", name=name, exact=True).wait_for()
    field.press("Enter")
    field.press("Tab")


EVERYTHING = Query(
    metrics=(SALES, Shown("sales", Form.GROWTH), Shown("sales", Form.SHARE), Shown("return_rate")),
    dimensions=("order_month", "category"),
    filters=(
        Filter(field="market", values=("US", "EU")),
        Filter(field="line_discount_rate", op=Op.BETWEEN, values=(Decimal("0.01"), Decimal("0.5"))),
        Filter(field="product", op=Op.CONTAINS, values=("o",)),
    ),
    members=(
        Members(entity="customer", having=(Having(metric=Shown("orders"), op=Op.GE, values=(Decimal(1),)),)),
    ),
    having=(Having(metric=SALES, op=Op.GT, values=(Decimal(0),)),),
    time=YEAR,
    compare="year_before",
    share_of=("order_month",),
    order=(Order(by="sales", descending=True), Order(by="category")),
    limit=100,
    limit_per=LimitPer(dimensions=("order_month",), count=5),
    totals=True,
)


def test_a_link_with_every_part_is_shown_and_comes_back_as_it_was(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/builder?q={EVERYTHING.to_link()}")
    expect(page.get_by_text("2 rows · as of")).to_be_visible(timeout=PATIENCE)
    for text in (
        "Market is US, EU",
        "Product contains o",
        "Sales is more than $0.00",
        "Sales, highest first",
    ):
        expect(page.get_by_role("button", name=re.compile(re.escape(text)))).to_be_visible()
    # One part exchanged by a widget: all the others stay.
    page.locator(".st-key-qb_totals label").click()
    expect(page).to_have_url(re.compile(re.escape(EVERYTHING.but(totals=False).to_link())), timeout=PATIENCE)
    page.reload()
    expect(page.get_by_text("2 rows · as of")).to_be_visible(timeout=PATIENCE)
    assert in_address(page) == EVERYTHING.but(totals=False)


def test_a_question_is_built_by_hand_saved_pinned_and_found_again(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/builder")
    expect(page.get_by_text("Sales by category; highest sales first.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Add a filter").click()
    popover = page.get_by_test_id("stPopoverBody")
    pick(page, "Values", "Technology")
    popover.get_by_role("button", name="Add", exact=True).click()
    expect(
        page.get_by_text("Sales by category where category is Technology; highest sales first.")
    ).to_be_visible(timeout=PATIENCE)
    pick(page, "Split by", "Segment")
    expect(
        page.get_by_text(re.compile("^Sales by category and segment where category is Technology"))
    ).to_be_visible(timeout=PATIENCE)
    built = in_address(page)
    assert built == Query(
        metrics=(SALES,),
        dimensions=("category", "segment"),
        filters=(Filter(field="category", values=("Technology",)),),
        order=(Order(by="sales", descending=True),),
    )
    page.locator(".st-key-builder_save button").first.click()
    popover.get_by_label("Name", exact=True).fill("Tech by segment")
    popover.get_by_text("Show it on the dashboard").click()
    popover.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as Tech by segment and pinned to the dashboard.")).to_be_visible(
        timeout=PATIENCE
    )
    with site.shop.app() as connection:
        kept = desk.pinned(connection, username="sarah")
        asked = desk.history(connection, username="sarah")
    assert [(each.name, Query.from_json(each.query)) for each in kept] == [("Tech by segment", built)]
    assert Query.from_json(asked[0].query) == built
    page.goto(f"{site.url}/")
    expect(page.locator(f".st-key-pin_{kept[0].saved_id}")).to_contain_text(
        "Tech by segment", timeout=PATIENCE
    )


def test_the_answer_is_the_databases_and_is_taken_away_as_a_file(
    site: Site, page: Page, tmp_path: Path
) -> None:
    query = Query(metrics=(SALES, Shown("profit")), dimensions=("category",), order=(Order(by="category"),))
    page.goto(f"{site.url}/builder?q={query.to_link()}")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as caught:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV").click()
    caught.value.save_as(tmp_path / "answer.csv")
    by_hand = site.figures(
        "select category_name, sum(sales), sum(profit) from fact_sales f join dim_product p"
        " on p.product_key = f.product_key group by 1 order by 1"
    )
    found = [line.split(",") for line in (tmp_path / "answer.csv").read_text("utf-8-sig").splitlines()]
    assert found[0] == ["Category", "Sales", "Profit"]
    assert [(name, Decimal(sales), Decimal(profit)) for name, sales, profit in found[1:]] == by_hand


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("broken", "the link is damaged"),
        (Query(metrics=(Shown("salez"),)).to_link(), "there is no metric 'salez'"),
    ],
)
def test_a_bad_link_says_so_and_offers_a_way_on(site: Site, page: Page, link: str, told: str) -> None:
    page.goto(f"{site.url}/builder?q={link}")
    expect(page.get_by_text(told)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Start anew").click()
    expect(page.get_by_text("Sales by category; highest sales first.")).to_be_visible(timeout=PATIENCE)


def test_parts_that_do_not_go_together_are_told_and_nothing_is_lost(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/builder")
    field = page.get_by_role("combobox", name="Period", exact=True)
    field.fill("sometime")
    field.press("Enter")
    expect(page.get_by_text("'sometime' is no period")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Sales by category; highest sales first.")).to_be_visible()
