"""Keep the summaries equal to their facts: whole at a full load, by what changed after it.

An incremental run notes the rows of the touched orders before the merge and after it, and applies the
difference to the cells they stand in, so that its cost follows the changes. The set of touched orders is
closed by order: every line and return of a touched order is noted on both sides. That makes the distinct
counts exact, since an order or return counts in a cell once, however many of its rows stand there, and none
of them is missing.
"""

from collections.abc import Collection, Mapping
from typing import LiteralString

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.core.sql import blocks
from awesome_analytics.warehouse.engine import SHADOW, Engine, equal, listed
from awesome_analytics.warehouse.merge import Merged
from awesome_analytics.warehouse.star import (
    DIM_CUSTOMER,
    DIM_PRODUCT,
    FACT_RETURN,
    FACT_SALES,
    Column,
    Kind,
    Table,
)
from awesome_analytics.warehouse.summaries import ATTRIBUTES, MEASURES, SUMMARIES, Measure, Summary

_ORDERS, _ROWS = "touched_orders", "touched_rows"
_WAS, _IS = -1, 1
_ADDITIVE = tuple(measure for measure in MEASURES if measure.additive)
_ROW_COLUMNS = (
    Column(name="side", kind=Kind.WHOLE),
    Column(name="order_id", kind=Kind.ID),
    Column(name="line_no", kind=Kind.WHOLE),
    Column(name="return_id", kind=Kind.ID),
    *(Column(name=attribute.name, kind=attribute.kind) for attribute in ATTRIBUTES),
    *(Column(name=measure.name, kind=measure.kind) for measure in _ADDITIVE),
)
"""A line of a touched order, or a returned line of it; a line's `return_id` is empty."""


def block(statement: str, /, **parts: str) -> LiteralString:
    """A named statement of `summaries.sql` with our own identifiers filled in; values never come this way."""
    return blocks(__package__, "summaries.sql")[statement].format(**parts)


# ---------------------------------------------------------------- after changes


def remember(engine: Engine, staged: Collection[Table]) -> bool:
    """Note what the touched orders are before the merge; False when none is touched.

    `staged` are the tables in whose scope anything changed.
    """
    touched = [
        block(name)
        for table, name in (
            (FACT_SALES, "orders_in_scope"),
            (FACT_RETURN, "orders_of_moved_returns"),
            (DIM_PRODUCT, "orders_of_moved_products"),
            (DIM_CUSTOMER, "orders_of_moved_customers"),
        )
        if table in staged
    ]
    if not touched:
        return False
    engine.create_stage(_ORDERS, [Column(name="order_id", kind=Kind.ID)], key=["order_id"])
    if not engine.execute(block("touched_orders", orders=" union ".join(touched))):
        return False
    engine.create_stage(_ROWS, _ROW_COLUMNS, key=("side", "order_id", "line_no", "return_id"))
    _note_rows(engine, _WAS)
    return True


def apply(engine: Engine) -> Mapping[str, Merged]:
    """Bring every summary from what the touched orders were to what they are after the merge."""
    _note_rows(engine, _IS)
    merged = {summary.name: _change(engine, summary) for summary in SUMMARIES}
    _check(engine)
    return merged


def _note_rows(engine: Engine, side: int) -> None:
    values = {"side": str(side)}
    names = listed(column.name for column in _ROW_COLUMNS)
    for of, statement in (("lines", "lines_of_touched"), ("returns", "returns_of_touched")):
        alias = "f" if of == "lines" else "r"
        values |= {"order_id": f"{alias}.order_id", "line_no": f"{alias}.line_no"}
        values["return_id"] = "''" if of == "lines" else "r.return_id"
        for attribute in ATTRIBUTES:
            values[attribute.name] = attribute.line if of == "lines" else attribute.returned
        for measure in _ADDITIVE:
            values[measure.name] = _value(engine, measure) if measure.of == of else "0"
        joins = f"{_join_customers(alias)} {_join_products(alias)}"
        columns = ", ".join(values[column.name] for column in _ROW_COLUMNS)
        engine.execute(block(statement, columns=names, values=columns, joins=joins))


def _change(engine: Engine, summary: Summary) -> Merged:
    delta = _delta(summary)
    engine.create_stage(delta, summary.columns, key=summary.key)
    differences = {
        measure.name: f"sum(d.{measure.name})" if summary.finer else _difference(measure)
        for measure in MEASURES
    }
    cells = engine.execute(
        block(
            "changed_cells",
            target=delta,
            source=f"delta_{summary.finer}" if summary.finer else _ROWS,
            columns=listed(summary.names),
            values=", ".join(
                [*(f"d.{name}" for name in summary.key), *(f"{v} as {n}" for n, v in differences.items())]
            ),
            cell=listed(summary.key, of="d"),
            nothing=" and ".join(f"d.{measure.name} = 0" for measure in MEASURES),
        )
    )
    return _apply_delta(engine, summary, summary.name, cells)


def _difference(measure: Measure) -> str:
    if measure.additive:
        return f"sum(d.side * d.{measure.name})"
    kind = "=" if measure.of == "lines" else "<>"
    is_, was = (
        f"count(distinct case when d.side = {side} and d.return_id {kind} '' then d.{measure.counts} end)"
        for side in (_IS, _WAS)
    )
    return f"{is_} - {was}"


def _apply_delta(engine: Engine, summary: Summary, target: str, cells: int) -> Merged:
    parts = {"target": target, "delta": _delta(summary), "on": equal("t", "s", summary.key)}
    additions = ", ".join(engine.statement("addition", column=measure.name) for measure in MEASURES)
    updated = engine.execute(engine.statement("add_to_cells", **parts, additions=additions))
    inserted = 0
    if updated < cells:
        inserted = engine.execute(
            engine.statement(
                "insert_missing",
                target=target,
                resolved=_delta(summary),
                columns=listed(summary.names),
                staged=listed(summary.names, of="s"),
                on=parts["on"],
                first_key=summary.key[0],
            )
        )
    if updated + inserted != cells:
        raise PipelineError(
            f"{summary.name} took {updated + inserted} of {cells} changed cells, nothing was loaded"
        )
    deleted = engine.execute(engine.statement("delete_empty_cells", **parts))
    return Merged(inserted=inserted, updated=updated - deleted, deleted=deleted)


def _check(engine: Engine) -> None:
    """Raise PipelineError unless all summaries moved by the same sums and no cell fell below nothing."""
    signed = ", ".join(f"coalesce(sum(d.side * d.{measure.name}), 0)" for measure in _ADDITIVE)
    plain = ", ".join(f"coalesce(sum(d.{measure.name}), 0)" for measure in _ADDITIVE)
    statements = [block("total", name="the facts", source=_ROWS, sums=signed)]
    statements += [block("total", name=s.name, source=_delta(s), sums=plain) for s in SUMMARIES]
    facts, *moved = [tuple(engine.query(statement)[0]) for statement in statements]
    wrong = [row[0] for row in moved if row[1:] != facts[1:]]
    negative = " or ".join(f"t.{measure.name} < 0" for measure in MEASURES if measure.kind is Kind.COUNT)
    for summary in SUMMARIES:
        parts = {"name": summary.name, "delta": _delta(summary), "target": summary.name}
        on = equal("t", "s", summary.key)
        below = engine.query(block("cells_below_nothing", **parts, on=on, negative=negative))[0][1]
        wrong += [summary.name] if below else []
    if wrong:
        raise PipelineError(
            f"the summaries {', '.join(sorted(set(wrong)))} do not fit their facts, nothing was loaded: "
            "`awesome etl run --full` builds them anew"
        )


# ---------------------------------------------------------------- whole


def build(engine: Engine) -> Mapping[str, Merged]:
    """Build all summaries of the shadow tables into shadow summaries."""
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
    lines = engine.execute(_cells(engine, summary, "lines", target, suffix))
    engine.create_stage(_delta(summary), summary.columns, key=summary.key)
    cells = engine.execute(_cells(engine, summary, "returns", _delta(summary), suffix))
    return lines + _apply_delta(engine, summary, target, cells).inserted


def _cells(engine: Engine, summary: Summary, of: str, target: str, suffix: str) -> LiteralString:
    fact = "f" if of == "lines" else "r"
    cell = ", ".join(a.line if of == "lines" else a.returned for a in summary.attributes)
    sums = [_sum(engine, measure, fact) if measure.of == of else "0" for measure in MEASURES]
    tables = {attribute.table for attribute in summary.attributes}
    joins = [_join_customers(fact, suffix)] if DIM_CUSTOMER.name in tables else []
    joins += [_join_products(fact, suffix)] if DIM_PRODUCT.name in tables else []
    return block(
        f"cells_of_{of}",
        target=target,
        columns=listed(summary.names),
        values=", ".join([cell, *sums]),
        sales=FACT_SALES.name + suffix,
        returns=FACT_RETURN.name + suffix,
        joins=" ".join(joins),
        cell=cell,
    )


def _sum(engine: Engine, measure: Measure, fact: str) -> str:
    if measure.additive:
        return f"sum({_value(engine, measure)})"
    return f"count(distinct {fact}.{measure.counts})"


# ---------------------------------------------------------------- pieces


def _delta(summary: Summary) -> str:
    return f"delta_{summary.name}"


def _value(engine: Engine, measure: Measure) -> str:
    days = engine.statement("days_between", later="f.date_key", earlier="f.order_date_key")
    return measure.value.format(days=days)


def _join_customers(fact: str, suffix: str = "") -> str:
    return block("of_customer", customers=DIM_CUSTOMER.name + suffix, fact=fact)


def _join_products(fact: str, suffix: str = "") -> str:
    return block("of_product", products=DIM_PRODUCT.name + suffix, fact=fact)
