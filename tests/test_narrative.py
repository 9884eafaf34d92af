"""Answers in sentences, and that no number is said that does not stand in the rows or the question."""

import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awesome_analytics.chat.narrative import is_whole, narrate
from awesome_analytics.chat.numbers import Told, checked
from awesome_analytics.semantic.query import Query
from awesome_analytics.semantic.written import money, percent, points, written

D = Decimal


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    label: str
    format: str = "text"
    is_metric: bool = False
    additive: bool = False


def metric(name: str, label: str, format: str, *, additive: bool = False) -> Column:
    return Column(name=name, label=label, format=format, is_metric=True, additive=additive)


CATEGORY = Column(name="category", label="Category")
PRODUCT = Column(name="product", label="Product")
MONTH = Column(name="month", label="Month", format="month")
SALES = metric("sales", "Sales", "money", additive=True)
BEFORE = metric("sales.before", "Sales, before", "money", additive=True)
CHANGE = metric("sales.change", "Sales, change", "money", additive=True)
GROWTH = metric("sales.growth", "Sales, growth", "percent")
UNITS = metric("units", "Units", "number", additive=True)
MARGIN = metric("margin", "Profit margin", "percent")
SEED = [("Technology", D("4800.00000"), 2), ("Furniture", D("1200.00000"), 4)]


def said(
    columns: list[Column], rows: list[tuple[Any, ...]], subject: str = "Sales by category", **more: Any
) -> list[str]:
    made = narrate(columns, rows, total_rows_truncated=more.pop("truncated", False), subject=subject, **more)
    assert checked(made, rows, "") == made, "a sentence of our own does not stand the check"
    return [str(sentence) for sentence in made]


def test_the_seeds_first_answer() -> None:
    assert said([CATEGORY, SALES, UNITS], SEED, is_whole=True) == [
        "• Technology: $4,800.00 (2 units)",
        "• Furniture: $1,200.00 (4 units)",
        "Total sales: $6,000.00 (6 units).",
        "Technology is leading with 80% of sales.",
    ]


def test_the_seeds_second_answer() -> None:
    rows = [('MacBook Pro 14"', D("4800"), 2, D("0.91875"))]
    assert said([PRODUCT, SALES, UNITS, MARGIN], rows, is_whole=True) == [
        '• MacBook Pro 14": $4,800.00 (2 units, profit margin 91.9%)'
    ]


@pytest.mark.parametrize("why", ["cut by a limit", "truncated", "a metric that does not add up"])
def test_no_total_and_no_share_of_what_is_not_the_whole(why: str) -> None:
    column = metric("orders", "Orders", "money") if why.startswith("a metric") else SALES
    told = said(
        [CATEGORY, column],
        [row[:2] for row in SEED],
        is_whole=not why.startswith("cut"),
        truncated=why == "truncated",
    )
    assert not [sentence for sentence in told if "Total" in sentence or "%" in sentence]


def test_no_share_where_figures_have_both_signs() -> None:
    told = said([CATEGORY, SALES], [("A", D(100)), ("B", D(-50))], is_whole=True)
    assert told[1:] == [
        "• B: -$50.00",
        "Total sales: $50.00.",
        "A has the highest sales ($100.00), B the lowest (-$50.00).",
    ]


def test_nobody_leads_a_tie() -> None:
    assert said([CATEGORY, SALES], [("A", D(5)), ("B", D(5))], is_whole=True)[2:] == ["Total sales: $10.00."]


def test_a_single_figure_says_what_it_is_of() -> None:
    assert said([SALES], [(D("6000"),)], "Sales, ordered in 2014") == ["Sales, ordered in 2014: $6,000.00."]


def test_a_comparison_says_the_way_it_went() -> None:
    row = (D("6000"), D("5342.83"), D("657.17"), D("0.12300"))
    assert said([SALES, BEFORE, CHANGE, GROWTH], [row], "Sales in 2014, compared with 2013") == [
        "Sales in 2014, compared with 2013: $6,000.00, up 12.3% (before: $5,342.83)."
    ]
    row = (D("5"), D("0"), D("5"), None)
    assert said([SALES, BEFORE, CHANGE, GROWTH], [row], "Sales") == [
        "Sales: $5.00, up $5.00 (before: $0.00)."
    ]
    assert said([SALES, CHANGE], [(D("5"), D("0"))], "Sales") == ["Sales: $5.00, unchanged."]


def test_the_change_of_a_percentage_is_told_in_points() -> None:
    change = metric("margin.change", "Profit margin, change", "percent")
    assert said([MARGIN, change], [(D("0.902"), D("-0.0031"))], "Margin") == [
        "Margin: 90.2%, down 0.3 points."
    ]


def test_the_biggest_rise_and_fall_are_told() -> None:
    rows = [("A", D(100), D("0.2")), ("B", D(50), D("-0.5")), ("C", D(1), None)]
    assert said([CATEGORY, SALES, GROWTH], rows)[-1] == "Biggest rise: A, up 20%; biggest fall: B, down 50%."


def test_a_series_has_its_highest_lowest_first_and_last() -> None:
    rows = [("2014-03", D(150)), ("2014-01", D(100)), ("2014-02", D(50))]
    assert said([MONTH, SALES], rows, is_whole=True)[3:] == [
        "Total sales: $300.00.",
        "Highest: Mar 2014 with $150.00; lowest: Feb 2014 with $50.00. "
        "From Jan 2014 to Mar 2014 it went from $100.00 to $150.00 (up 50%).",
    ]


def test_many_rows_are_told_in_few_sentences() -> None:
    rows = [(f"P{n}", D(n)) for n in range(300, 0, -1)]
    told = said([PRODUCT, SALES], rows, is_whole=True)
    assert len(told) == 13
    assert told[10] == "… and 290 more."
    assert "There are more rows than are shown here." in said([PRODUCT, SALES], rows, truncated=True)


def test_nothing_found_says_what_was_looked_for() -> None:
    told = ["Nothing was found for: Sales by category, in 1999."]
    assert said([CATEGORY, SALES], [], "Sales by category, in 1999.") == told
    assert said([SALES], [(None,)], "Sales by category, in 1999") == told


def test_a_list_without_figures() -> None:
    assert said([CATEGORY], [("Furniture",), (None,)]) == ["• Furniture", "• (none)"]


def test_a_query_cut_short_is_not_the_whole() -> None:
    query = Query.from_dict({"metrics": ["sales"], "dimensions": ["category"]})
    assert is_whole(query)
    assert not is_whole(query.but(limit=5))
    having = Query.from_dict(
        {"metrics": ["sales"], "having": [{"metric": "sales", "op": "gt", "values": [5]}]}
    )
    assert not is_whole(having)


figures = st.none() | st.decimals(-(10**9), 10**9, places=5) | st.integers(-(10**9), 10**9)


@given(
    st.lists(st.tuples(st.text(max_size=12), figures, figures, figures), max_size=14),
    st.booleans(),
    st.sampled_from(["money", "number", "decimal", "percent", "days"]),
)
def test_our_own_sentences_always_stand_the_check(rows: list[Any], whole: bool, format: str) -> None:
    columns = [
        CATEGORY,
        metric("m", "Figure", format, additive=True),
        metric("m.growth", "x", "percent"),
        UNITS,
    ]
    made = narrate(columns, rows, total_rows_truncated=False, subject="Top 5 in 2014", is_whole=whole)
    assert checked(made, rows, "") == made
    assert made


@given(
    st.lists(st.tuples(st.sampled_from(["2014-01", "2014-02", "2014-03"]), figures), min_size=1, max_size=14)
)
def test_series_always_stand_the_check(rows: list[Any]) -> None:
    made = narrate([MONTH, SALES], rows, total_rows_truncated=False, subject="Sales by month", is_whole=True)
    assert checked(made, rows, "") == made


# ---------------------------------------------------------------- the check

ROWS = [
    ("Technology", D("4800.00000"), 2, D("0.91875")),
    ("Furniture", D("1200.00000"), 4, D("-0.03450")),
    ('MacBook Pro 14"', D("1234567.89123"), None, None),
]


@pytest.mark.parametrize(
    "sentence",
    [
        "Technology made $4,800.00 with 2 units.",
        "Technology made $4,800 with two units.",
        "Its margin is 91.9%.",
        "Its margin is 91.88 percent.",
        "Furniture lost 3.5%.",
        "Furniture's margin is -3.45%.",
        "The MacBook Pro 14 made $1.23 million.",
        "There are 3 rows for 2014.",
        "Nothing to count here.",
        "Technology made $4.8k.",
    ],
)
def test_numbers_of_the_rows_and_the_question_may_be_said(sentence: str) -> None:
    assert checked([sentence], ROWS, "What sold in 2014?") == [sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        "Technology made $4,900.00.",
        "Technology made $48,000.",
        "Technology leads with 80%.",
        "The total is $6,000.00.",
        "Its margin is 92.9%.",
        "Its margin is 90%.",
        "Furniture earned 3.5%.",
        "Technology lost -$4,800.00.",
        "Sales will reach $2 million.",
        "It sold twice as much.",
        "Half of it came from Technology.",
        "Sales more than doubled.",
        "Growth was tenfold.",
        "There were seven returns.",
        "It rose by ½.",
        "In 2015 it was better.",
        "About 1e6 dollars.",
        "Technology made $4.9k.",
        "It is 4 800,50.",
        "It made ４,９００ dollars.",
    ],
)
def test_an_invented_number_drops_its_sentence(sentence: str) -> None:
    assert checked(["Technology made $4,800.00.", sentence], ROWS, "What sold in 2014?") == [
        "Technology made $4,800.00."
    ]


def test_a_models_wording_may_use_what_the_template_computed() -> None:
    told = narrate([CATEGORY, SALES, UNITS], SEED, total_rows_truncated=False, subject="Sales", is_whole=True)
    reworded = ["Technology leads with 80% of the $6,000.00.", "It will be 85% soon."]
    assert checked(reworded, SEED, "", allowed=told) == reworded[:1]
    assert checked(reworded, SEED, "") == []


def test_a_name_out_of_the_data_is_no_relation() -> None:
    rows = [("Half Pint Mug ¼", D("5"))]
    sentences = ["Half Pint Mug ¼ made $5.00.", "Half of it was Half Pint Mug ¼."]
    assert checked(sentences, rows, "") == sentences[:1]


def test_what_is_computed_counts_for_its_own_sentence_alone() -> None:
    assert checked([Told("80%", [D("0.8")]), Told("80%")], [], "") == ["80%"]


def test_the_check_is_quick_on_a_full_answer() -> None:
    rows = [(f"P{n}", D(n) / 7, n, D(n) / 10_007) for n in range(10_000)]
    start = time.process_time()
    checked([f"P{n}: ${n / 7:,.2f} and {n / 100.07:.1f}%" for n in range(20)], rows, "")
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("cell", "format", "text"),
    [
        (D("1234.5"), "money", "$1,234.50"),
        (D("-240"), "money", "-$240.00"),
        (D("-0.001"), "money", "$0.00"),
        (D("0.005"), "money", "$0.01"),
        (D("0.8"), "percent", "80%"),
        (D("0.9188"), "percent", "91.9%"),
        (D("-0.00001"), "percent", "0%"),
        (D("1234"), "number", "1,234"),
        (D("3.14159"), "decimal", "3.14"),
        (D("1"), "days", "1.00 day"),
        (D("2.5"), "days", "2.50 days"),
        (date(2024, 12, 5), "day", "5 Dec 2024"),
        (date(2024, 12, 2), "week", "the week of 2 Dec 2024"),
        ("2014-06", "month", "Jun 2014"),
        ("2014-Q3", "quarter", "2014 Q3"),
        ("2014", "year", "2014"),
        (2014, "year", "2014"),
        (None, "money", "–"),
        ("a-b", "text", "a-b"),
    ],
)
def test_cells_are_written_as_people_read_them(cell: Any, format: str, text: str) -> None:
    assert written(cell, format, in_prose=True) == text


def test_another_currency() -> None:
    assert money(D("-12.5"), symbol="€") == "-€12.50"
    assert percent(D("12.5"), in_prose=True) == "1,250%"
    assert points(D("0.01")) == "1.0 point"
