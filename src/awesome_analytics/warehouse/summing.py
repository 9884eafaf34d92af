"""Sum whole facts into summaries: the shadow tables of a full load, and what a reconciliation expects."""

from collections.abc import Mapping
from typing import LiteralString

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.core.sql import blocks
from awesome_analytics.warehouse.engine import SHADOW, Engine, equal, listed
from awesome_analytics.warehouse.merge import Merged
from awesome_analytics.warehouse.star import DIM_CUSTOMER, DIM_PRODUCT, FACT_RETURN, FACT_SALES
from awesome_analytics.warehouse.summaries import (
    CONTROL,
    MEASURES,
    ORDERS,
    SUMMARIES,
    Measure,
    Summary,
)


def block(statement: str, /, **parts: str) -> LiteralString:
    """A named statement of `summaries.sql` with our own identifiers filled in; values never come this way."""
    return blocks(__package__, "summaries.sql")[statement].format(**parts)


def build(engine: Engine) -> Mapping[str, Merged]:
    """Build all summaries of the shadow tables into shadow summaries; the facts are indexed by then."""
    engine.execute(engine.statement("room_to_sum"))
    return {summary.name: Merged(inserted=_build_shadow(engine, summary)) for summary in SUMMARIES}


def _build_shadow(engine: Engine, summary: Summary) -> int:
    target = summary.name + SHADOW
    if summary.finer is None:
        return sum_facts(engine, summary, target, suffix=SHADOW)
    values = [*listed(summary.key, of="d").split(", "), *(f"sum(d.{m.name})" for m in MEASURES)]
    return engine.execute(
        block(
            "cells_of_finer",
            target=target,
            finer=summary.finer + SHADOW,
            columns=listed(summary.names),
            values=", ".join(values),
            cell=listed(summary.key, of="d"),
        )
    )


def sum_facts(engine: Engine, summary: Summary, target: str, *, suffix: str) -> int:
    """Sum the facts of that suffix into an empty table; the few cells of returns join those of the lines."""
    parts = _cells(engine, summary, "lines", target, suffix)
    cells = 0
    for each in engine.passes_over_lines:
        cells = engine.execute(engine.statement(each, **parts))
    delta = delta_name(summary)
    engine.create_stage(delta, summary.columns, key=summary.key)
    returned = engine.execute(block("cells_of_returns", **_cells(engine, summary, "returns", delta, suffix)))
    return cells + _add_cells(engine, summary, target, returned)


def _add_cells(engine: Engine, summary: Summary, target: str, cells: int) -> int:
    """Add the delta to cells that may have no key yet; returns how many were not there."""
    parts = {"target": target, "delta": delta_name(summary), "on": equal("t", "s", summary.key)}
    additions = ", ".join(engine.statement("addition", column=measure.name) for measure in MEASURES)
    updated = engine.execute(engine.statement("add_to_cells", **parts, additions=additions))
    inserted = 0
    if updated < cells:
        # In two steps, as MySQL can't name a temporary table twice in one statement.
        engine.execute(engine.statement("drop_known_cells", **parts))
        rest = block("cells_of_delta", columns=listed(summary.names), **parts)
        inserted = engine.execute(rest)
    if updated + inserted != cells:
        raise PipelineError(
            f"{summary.name} took {updated + inserted} of {cells} changed cells, nothing was loaded"
        )
    return inserted


def _cells(engine: Engine, summary: Summary, of: str, target: str, suffix: str) -> dict[str, str]:
    """What a statement that sums lines or returns by cell is filled with.

    `values` holds all of a cell at once; `coordinates`, `sums` and `both` are for passes that count the
    distinct orders `o` apart from the sums `s`.
    """
    fact = "f" if of == "lines" else "r"
    cell = [a.line if of == "lines" else a.returned for a in summary.attributes]
    sums = {m.name: _sum(engine, m, fact) if m.of == of else "0" for m in MEASURES}
    tables = {attribute.table for attribute in summary.attributes}
    joins = [join_customers(fact, suffix)] if DIM_CUSTOMER.name in tables else []
    joins += [join_products(fact, suffix)] if DIM_PRODUCT.name in tables else []
    return {
        "target": target,
        "columns": listed(summary.names),
        "values": ", ".join([*cell, *sums.values()]),
        "sales": FACT_SALES.name + suffix,
        "returns": FACT_RETURN.name + suffix,
        "joins": " ".join(joins),
        "cell": ", ".join(cell),
        "key": listed(summary.key),
        "coordinates": _named(dict(zip(summary.key, cell, strict=True))),
        "sums": _named({name: value for name, value in sums.items() if name != ORDERS}),
        "both": ", ".join(f"{'o' if name == ORDERS else 's'}.{name}" for name in summary.names),
        "on": equal("s", "o", summary.key),
    }


def _named(values: Mapping[str, str]) -> str:
    return ", ".join(f"{value} as {name}" for name, value in values.items())


def _sum(engine: Engine, measure: Measure, fact: str) -> str:
    if measure.additive:
        return f"sum({value_of(engine, measure)})"
    return f"count(distinct {fact}.{measure.counts})"


def note_orders_of_several_days(engine: Engine, orders: int, *, suffix: str = "") -> None:
    """Write down for readers how many orders have lines of several days, beside the facts they stand in."""
    engine.execute(block("clear_control", control=CONTROL + suffix))
    engine.execute(block("write_control", control=CONTROL + suffix), [orders])


# ---------------------------------------------------------------- pieces


def delta_name(summary: Summary) -> str:
    """The temporary table of what is to be added to a summary's cells."""
    return f"delta_{summary.name}"


def value_of(engine: Engine, measure: Measure) -> str:
    """What a row adds to an additive measure."""
    days = engine.statement("days_between", later="f.date_key", earlier="f.order_date_key")
    return measure.value.format(days=days)


def join_customers(fact: str, suffix: str = "") -> str:
    """The customer `c` of a row."""
    return block("of_customer", customers=DIM_CUSTOMER.name + suffix, fact=fact)


def join_products(fact: str, suffix: str = "") -> str:
    """The product `p` of a row."""
    return block("of_product", products=DIM_PRODUCT.name + suffix, fact=fact)
