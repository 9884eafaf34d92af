"""Keep the summaries equal to their facts: what the changed rows were goes, what they are comes.

The cost follows the changes. Rows of the touched orders are noted on two sides, as they were and as they are,
and each cell gets the difference. Sums need only the rows that differ. Distinct counts need more: an order
counts in a cell once, however many of its rows stand there. So of an order of which any row moved to another
cell, came or went, every row is noted on both sides; of the others, the rows that differ stand in the same
cells on both sides and count there alike. Either way no count rests on a row that was not noted.
"""

from collections.abc import Collection, Mapping
from enum import Enum

from awesome_analytics.core.errors import PipelineError
from awesome_analytics.warehouse.engine import Engine, equal, listed, scope_name
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
    ALL = "every row of the orders in scope and of those whose products or customers moved to other cells"


def remember(engine: Engine, staged: Collection[Table]) -> Noting:
    """Note what must be noted before the dimensions are merged; `staged` are the tables with changes.

    Where a product's category or a customer's segment changes, lines move that nobody wrote.
    """
    moved = [
        block(name)
        for table, name in (
            (DIM_PRODUCT, "orders_of_moved_products"),
            (DIM_CUSTOMER, "orders_of_moved_customers"),
        )
        if table in staged
    ]
    engine.create_stage(_ROWS, _ROW_COLUMNS, key=("side", "order_id", "line_no", "return_id"))
    if moved and _add_orders(engine, _MOVED, moved):
        scope = [block("orders_in_scope")] if FACT_SALES in staged else []
        _add_orders(engine, _ORDERS, [*scope, block("orders_moved")])
        _note(engine, _WAS, orders=_ORDERS)
        return Noting.ALL
    return Noting.CHANGED if FACT_SALES in staged else Noting.NOTHING


def note_changes(engine: Engine) -> None:
    """Note the rows that differ between the facts and what is about to be merged into them."""
    scope = scope_name(FACT_SALES)
    _note(engine, _WAS, orders=scope, only="that_differ")
    _note(engine, _IS, orders=scope, only="that_differ", coming=True)
    moved = " or ".join(f"min(d.{each.name}) <> max(d.{each.name})" for each in ATTRIBUTES)
    if _add_orders(engine, _MOVED, [block("orders_of_moved_rows", moved=moved)]):
        _note(engine, _WAS, orders=_MOVED, only="that_are_equal")
        _note(engine, _IS, orders=_MOVED, only="that_are_equal", coming=True)


def apply(engine: Engine, noting: Noting) -> Mapping[str, Merged]:
    """Bring every summary from what the touched orders were to what they are; the facts are merged."""
    if noting is Noting.NOTHING:
        return {}
    if noting is Noting.ALL:
        _note(engine, _IS, orders=_ORDERS)
    merged = {summary.name: _change(engine, summary) for summary in SUMMARIES}
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


def _change(engine: Engine, summary: Summary) -> Merged:
    delta = delta_name(summary)
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
    deleted = engine.execute(engine.statement("delete_empty_cells", **parts))
    return Merged(updated=cells - deleted, deleted=deleted)


def _difference(measure: Measure) -> str:
    if measure.additive:
        return f"sum(d.side * d.{measure.name})"
    kind = "=" if measure.of == "lines" else "<>"
    is_, was = (
        f"count(distinct case when d.side = {side} and d.return_id {kind} '' then d.{measure.counts} end)"
        for side in (_IS, _WAS)
    )
    return f"{is_} - {was}"


def _check(engine: Engine) -> None:
    """Raise PipelineError unless all summaries moved by the same sums and no cell fell below nothing."""
    signed = ", ".join(f"coalesce(sum(d.side * d.{measure.name}), 0)" for measure in _ADDITIVE)
    plain = ", ".join(f"coalesce(sum(d.{measure.name}), 0)" for measure in _ADDITIVE)
    statements = [block("total", name="the facts", source=_ROWS, sums=signed)]
    statements += [block("total", name=s.name, source=delta_name(s), sums=plain) for s in SUMMARIES]
    facts, *moved = [tuple(engine.query(statement)[0]) for statement in statements]
    wrong = [row[0] for row in moved if row[1:] != facts[1:]]
    negative = " or ".join(f"t.{measure.name} < 0" for measure in MEASURES if measure.kind is Kind.COUNT)
    for summary in SUMMARIES:
        parts = {"name": summary.name, "delta": delta_name(summary), "target": summary.name}
        on = equal("t", "s", summary.key)
        below = engine.query(block("cells_below_nothing", **parts, on=on, negative=negative))[0][1]
        wrong += [summary.name] if below else []
    if wrong:
        raise PipelineError(
            f"the summaries {', '.join(sorted(set(wrong)))} do not fit their facts, nothing was loaded: "
            "`awesome etl run --full` builds them anew"
        )
