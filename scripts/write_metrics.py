"""Writes docs/metrics.md from the catalog: `python scripts/write_metrics.py`."""

from collections.abc import Iterator
from pathlib import Path

from awesome_analytics.semantic.catalog import builtin_catalog
from awesome_analytics.semantic.model import (
    Catalog,
    Count,
    Dimension,
    Distinct,
    Formula,
    MembersMeeting,
    Metric,
    Minus,
    Newcomers,
    Ratio,
    Returning,
    SoFar,
    Sum,
)
from awesome_analytics.semantic.query import Op

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"

_HEAD = """# Figures and ways to split them

Every figure is declared once, in `src/awesome_analytics/semantic/catalog.toml`. Dashboard, builder, chat and
command line all read it there, and so does this page: `make metrics` writes it anew, and a test fails when it
is behind. `awesome metrics` prints the same for your shop, with what your own `catalog.toml` adds.

Any figure can also be shown as `.before`, `.change` and `.growth` beside another period; money and counts as
`.share` of a total; what adds up over time as `.running`.

Sums and counts of lines add up however they are split. Distinct counts and ratios do not: an order with lines
in two categories is one order in the total. So a total row is asked for by itself, never added up from rows.
"""

_UNITS = {"sales": "order lines", "returns": "returned lines"}
_FORMATS = {
    "money": "money",
    "number": "whole number",
    "decimal": "number",
    "percent": "percent",
    "days": "days",
}
_WORDS = {Op.GE: "at least", Op.LE: "at most", Op.GT: "more than", Op.LT: "fewer than"}


def page(catalog: Catalog) -> str:
    """The whole page."""
    parts = (_HEAD, *_metrics(catalog), *_parts(catalog), *_dimensions(catalog))
    return "\n".join(parts).rstrip() + "\n"


def _metrics(catalog: Catalog) -> Iterator[str]:
    yield "## Figures\n"
    yield "| figure | means | made of | shown as | also called |"
    yield "| --- | --- | --- | --- | --- |"
    for metric in catalog.shown_metrics:
        name, shape = f"**{metric.label}** `{metric.name}`", _FORMATS[metric.format]
        yield _row(name, metric.description, made_of(metric.formula, catalog), shape, _called(metric))
    yield ""


def _parts(catalog: Catalog) -> Iterator[str]:
    yield "## What figures are made of, and nobody asks for by itself\n"
    for metric in catalog.metrics.values():
        if metric.hidden:
            yield f"- `{metric.name}`: {metric.description} ({made_of(metric.formula, catalog)})"
    yield ""


def _dimensions(catalog: Catalog) -> Iterator[str]:
    yield "## Ways to split\n"
    yield "| by | means | also called |"
    yield "| --- | --- | --- |"
    for dimension in catalog.dimensions.values():
        if dimension.is_text:
            yield _row(f"**{dimension.label}** `{dimension.name}`", dimension.description, _called(dimension))
    timed = [f"`{each.name}`" for each in catalog.dimensions.values() if not each.is_text]
    yield f"\nBy time, each of the order's, the shipment's and the return's date: {', '.join(timed)}.\n"
    values = [f"{each.label} (`{each.name}`)" for each in catalog.values.values()]
    yield f"Filters may also ask for {', '.join(values)}."


def made_of(formula: Formula, catalog: Catalog) -> str:
    """A formula in words, the names of other figures as they are called."""
    match formula:
        case Sum():
            return f"sum of `{formula.column}` over {_UNITS[formula.fact]}"
        case Count():
            return f"number of {_UNITS[formula.fact]}"
        case Distinct():
            return f"distinct {catalog.dimension(formula.dimension).label} among {_UNITS[formula.fact]}"
        case Ratio():
            return f"{_label(formula.numerator, catalog)} ÷ {_label(formula.denominator, catalog)}"
        case Minus():
            return f"{_label(formula.left, catalog)} − {_label(formula.right, catalog)}"
        case SoFar():
            return f"{_label(formula.metric, catalog)} of all time up to the period's end"
    return _members(formula, catalog)


def _members(formula: MembersMeeting | Newcomers | Returning, catalog: Catalog) -> str:
    who = catalog.entity(formula.entity).plural
    if isinstance(formula, MembersMeeting):
        having = formula.having
        figure = _label(having.metric.metric, catalog)
        return f"{who} with {_WORDS[having.op]} {having.values[0]} {figure}"
    where = "in" if isinstance(formula, Newcomers) else "before"
    return f"{who} whose first order lies {where} the period"


def _label(metric: str, catalog: Catalog) -> str:
    return catalog.metric(metric).label.lower()


def _called(entry: Metric | Dimension) -> str:
    return ", ".join(entry.synonyms)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(builtin_catalog()), encoding="utf-8")
