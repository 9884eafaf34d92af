"""Keep the summaries equal to their facts: what the changed rows were goes, what they are comes.

The cost follows the changes. Rows of the touched orders are noted on two sides, as they were and as they are,
and each cell gets the difference. Sums need only the rows that differ. Distinct counts need more: an order
counts in a cell once, however many of its rows stand there. So of an order of which any row moved to another
cell, came or went, every row is noted on both sides; of the others, the rows that differ stand in the same
cells on both sides and count there alike. Either way no count rests on a row that was not noted.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import LiteralString

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.warehouse.engine import Engine, Row, equal, listed, scope_name
from awesome_analytics.warehouse.merge import Merged, resolved_name
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
from awesome_analytics.warehouse.summing import (
    block,
    delta_name,
    join_customers,
    join_products,
    value_of,
)

_ORDERS, _MOVED, _ROWS = "touched_orders", "moved_orders", "touched_rows"
_WAS, _IS = -1, 1
_ADDITIVE = tuple(measure for measure in MEASURES if measure.additive)
_CHECKED = ("order_lines", "quantity", "sales", "profit", "returned_quantity", "returned_sales")
_ORDER = (Column(name="order_id", kind=Kind.ID),)
_ROW_COLUMNS = (
    Column(name="side", kind=Kind.WHOLE),
    *_ORDER,
    Column(name="line_no", kind=Kind.WHOLE),
    Column(name="return_id", kind=Kind.ID),
    *(Column(name=attribute.name, kind=attribute.kind) for attribute in ATTRIBUTES),
    *(Column(name=measure.name, kind=measure.kind) for measure in _ADDITIVE),
)
"""A line of a touched order, or a returned line of it; a line's `return_id` is empty."""


class Noting(Enum):
    """Which rows a run notes."""

    NOTHING = "no order is touched"
    CHANGED = "the rows that differ, of the orders in scope"
    IN_PLACE = "the same, and no row of them moved, came or went"
    ALL = (
        "every row of the orders in scope and of those whose products or customers move to other cells or go"
    )


def remember(engine: Engine, staged: Collection[Table]) -> Noting:
    """Note what must be noted before the dimensions are merged; `staged` are the tables with changes.

    Where a product changes its category, a customer the segment, or one of them goes, lines move unwritten.
    """
    moved = [
        block(f"orders_of_{members}", members=block(f"moved_{members}"), move=block(f"{members}_move"))
        for table, members in ((DIM_PRODUCT, "products"), (DIM_CUSTOMER, "customers"))
        if table in staged and _any_moves(engine, members)
    ]
    engine.create_stage(_ROWS, _ROW_COLUMNS, key=("side", "order_id", "line_no", "return_id"))
    if not moved:
        return Noting.CHANGED if FACT_SALES in staged else Noting.NOTHING
    scope = [block("orders_in_scope")] if FACT_SALES in staged else []
    _add_orders(engine, _ORDERS, [*scope, *moved])
    _note(engine, _WAS, orders=_ORDERS)
    return Noting.ALL


def _any_moves(engine: Engine, members: str) -> bool:
    rows = block(f"moved_{members}")
    return bool(engine.query(block("any_member", members=rows, move=block(f"{members}_move"))))


def note_changes(engine: Engine) -> Noting:
    """Note the rows that differ between the facts and what is about to be merged into them."""
    scope = scope_name(FACT_SALES)
    _note(engine, _WAS, orders=scope, only="that_differ")
    _note(engine, _IS, orders=scope, only="that_differ", coming=True)
    moved = " or ".join(f"min(d.{each.name}) <> max(d.{each.name})" for each in ATTRIBUTES)
    if not _add_orders(engine, _MOVED, [block("orders_of_moved_rows", moved=moved)]):
        return Noting.IN_PLACE
    _note(engine, _WAS, orders=_MOVED, only="that_are_equal")
    _note(engine, _IS, orders=_MOVED, only="that_are_equal", coming=True)
    return Noting.CHANGED


def apply(engine: Engine, noting: Noting) -> Mapping[str, Merged]:
    """Bring every summary from what the touched orders were to what they are; the facts are merged."""
    if noting is Noting.NOTHING:
        return {}
    if noting is Noting.ALL:
        _note(engine, _IS, orders=_ORDERS)
    merged = {summary.name: _change(engine, summary, noting) for summary in SUMMARIES}
    _check(engine)
    return merged


# ---------------------------------------------------------------- what is noted


def _add_orders(engine: Engine, name: str, orders: Collection[str]) -> int:
    engine.create_stage(name, _ORDER, key=["order_id"])
    return engine.execute(block("add_orders", target=name, orders=" union ".join(orders)))


def _note(engine: Engine, side: int, *, orders: str, only: str | None = None, coming: bool = False) -> None:
    """Note lines and returns of the orders, from the facts or from the rows that are coming."""
    for table, alias, of in ((FACT_SALES, "f", "lines"), (FACT_RETURN, "r", "returns")):
        sides = {fact: (fact.name, resolved_name(fact)) for fact in (FACT_SALES, FACT_RETURN)}
        sales, returns = (sides[fact][coming] for fact in (FACT_SALES, FACT_RETURN))
        joins = [join_customers(alias), join_products(alias)]
        if only:
            same = engine.same(alias, "n", [name for name in table.names if name not in table.key])
            joins.insert(0, block(f"{of}_beside", others=sides[table][not coming]))
            joins.append(block(only, same=same))
        engine.execute(
            block(
                "add_rows",
                columns=listed(column.name for column in _ROW_COLUMNS),
                values=_row(engine, side, of),
                rows=block(f"{of}_of_orders", orders=orders, sales=sales, returns=returns),
                joins=" ".join(joins),
            )
        )


def _row(engine: Engine, side: int, of: str) -> str:
    alias = "f" if of == "lines" else "r"
    return_id = "''" if of == "lines" else "r.return_id"
    return ", ".join(
        [
            *(str(side), f"{alias}.order_id", f"{alias}.line_no", return_id),
            *(each.line if of == "lines" else each.returned for each in ATTRIBUTES),
            *(value_of(engine, measure) if measure.of == of else "0" for measure in _ADDITIVE),
        ]
    )


# ---------------------------------------------------------------- what is changed


def _change(engine: Engine, summary: Summary, noting: Noting) -> Merged:
    delta = delta_name(summary)
    cells = _sum_differences(engine, summary, noting)
    parts = {"target": summary.name, "delta": delta, "on": equal("t", "s", summary.key)}
    engine.execute(
        engine.statement(
            "upsert_cells",
            **parts,
            columns=listed(summary.names),
            key=listed(summary.key),
            additions=", ".join(
                engine.statement("upsert_addition", target=summary.name, column=each.name)
                for each in MEASURES
            ),
        )
    )
    if noting is Noting.IN_PLACE:
        return Merged(updated=cells)
    deleted = engine.execute(engine.statement("delete_empty_cells", **parts))
    return Merged(updated=cells - deleted, deleted=deleted)


def _sum_differences(engine: Engine, summary: Summary, noting: Noting) -> int:
    """Put what each cell gains into the summary's delta; returns how many cells gain anything."""
    engine.create_stage(delta_name(summary), summary.columns, key=summary.key)
    gains = (
        f"sum(d.{measure.name})" if summary.finer else _difference(measure, noting) for measure in MEASURES
    )
    values = [f"{gain} as {measure.name}" for gain, measure in zip(gains, MEASURES, strict=True)]
    return engine.execute(
        block(
            "changed_cells",
            target=delta_name(summary),
            source=f"delta_{summary.finer}" if summary.finer else _ROWS,
            columns=listed(summary.names),
            values=", ".join([*(f"d.{name}" for name in summary.key), *values]),
            cell=listed(summary.key, of="d"),
            nothing=" and ".join(f"d.{measure.name} = 0" for measure in MEASURES),
        )
    )


def _difference(measure: Measure, noting: Noting) -> str:
    if measure.additive:
        return f"sum(d.side * d.{measure.name})"
    if noting is Noting.IN_PLACE:
        return "0"
    kind = "=" if measure.of == "lines" else "<>"
    is_, was = (
        f"count(distinct case when d.side = {side} and d.return_id {kind} '' then d.{measure.counts} end)"
        for side in (_IS, _WAS)
    )
    return f"{is_} - {was}"


def _check(engine: Engine) -> None:
    """Raise PipelineError unless all summaries moved by the same sums and no cell fell below nothing."""
    signed = ", ".join(f"coalesce(sum(d.side * d.{name}), 0)" for name in _CHECKED)
    plain = ", ".join(f"coalesce(sum(d.{name}), 0)" for name in _CHECKED)
    moved = [block("total", name="", source=_ROWS, sums=signed)]
    moved += [block("total", name=s.name, source=delta_name(s), sums=plain) for s in SUMMARIES]
    sums = {row[0]: tuple(row[1:]) for row in _together(engine, moved)}
    negative = " or ".join(f"t.{measure.name} < 0" for measure in MEASURES if measure.kind is Kind.COUNT)
    below = [
        block(
            "cells_below_nothing",
            name=summary.name,
            delta=delta_name(summary),
            target=summary.name,
            on=equal("t", "s", summary.key),
            negative=negative,
        )
        for summary in SUMMARIES
    ]
    wrong = {name for name, found in sums.items() if found != sums[""]}
    wrong |= {name for name, cells in _together(engine, below) if cells}
    if wrong:
        raise PipelineError(
            f"the summaries {', '.join(sorted(wrong))} do not fit their facts, nothing was loaded: "
            "`awesome etl run --full` builds them anew"
        )


def _together(engine: Engine, statements: Sequence[LiteralString]) -> list[Row]:
    return engine.query(" union all ".join(statements))
