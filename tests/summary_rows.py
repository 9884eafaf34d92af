"""What each summary table must hold, by GROUP BY over the facts, written here by hand for each."""

from decimal import Decimal
from typing import Any

from awesome_analytics.warehouse.engine import Engine

LINES = """
    select {cell}, count(*), sum(f.quantity), sum(f.sales), sum(f.discount), sum(f.discount_rate),
           sum(f.profit), sum(f.shipping_cost),
           coalesce(sum({days}), 0), count(shipped.date), count(distinct f.order_id)
    from fact_sales f
    join dim_date ordered on ordered.date_key = f.order_date_key
    left join dim_date shipped on shipped.date_key = nullif(f.date_key, 0)
    join dim_customer c on c.customer_key = f.customer_key
    join dim_product p on p.product_key = f.product_key
    group by {cell}"""
RETURNS = """
    select {cell}, count(distinct r.return_id), count(distinct r.order_id), count(*), sum(r.quantity),
           sum(r.returned_sales)
    from fact_return r
    left join fact_sales f on f.order_id = r.order_id and f.line_no = r.line_no
    join dim_customer c on c.customer_key = r.customer_key
    join dim_product p on p.product_key = r.product_key
    group by {cell}"""
CELLS = {
    "agg_day": ("f.order_date_key", "r.date_key"),
    "agg_day_region": ("f.order_date_key, f.market, f.region",) * 2,
    "agg_day_segment": ("f.order_date_key, c.segment_name", "r.date_key, c.segment_name"),
    "agg_day_category": (
        "f.order_date_key, p.category_name, p.subcategory_name",
        "r.date_key, p.category_name, p.subcategory_name",
    ),
    "agg_product": ("f.product_key", "r.product_key"),
}
KEPT = """
    select {columns}, order_lines, quantity, sales, discount, discount_rate, profit, shipping_cost, ship_days,
           shipped_lines, orders, returns, returned_orders, returned_lines, returned_quantity, returned_sales
    from {table}"""
COLUMNS = {
    "agg_day": "order_date_key",
    "agg_day_region": "order_date_key, market, region",
    "agg_day_segment": "order_date_key, segment_name",
    "agg_day_category": "order_date_key, category_name, subcategory_name",
    "agg_product": "product_key",
}
DAYS = {"mysql": "datediff(shipped.date, ordered.date)", "postgresql": "shipped.date - ordered.date"}
Cells = dict[tuple[Any, ...], tuple[Decimal, ...]]


def expected_cells(engine: Engine, summary: str) -> Cells:
    """A summary as its facts have it."""
    of_lines, of_returns = CELLS[summary]
    width = of_lines.count(",") + 1
    cells = {
        row[:width]: (*row[width:], 0, 0, 0, 0, 0)
        for row in engine.query(LINES.format(cell=of_lines, days=DAYS[engine.name]))
    }
    for row in engine.query(RETURNS.format(cell=of_returns)):
        cells[row[:width]] = (*cells[row[:width]][:10], *row[width:])
    return {cell: tuple(Decimal(each) for each in figures) for cell, figures in cells.items()}


def kept_cells(engine: Engine, summary: str) -> Cells:
    """A summary as it stands."""
    columns = COLUMNS[summary]
    width = columns.count(",") + 1
    rows = engine.query(KEPT.format(columns=columns, table=summary))
    return {row[:width]: tuple(Decimal(each) for each in row[width:]) for row in rows}


def wrong_cells(engine: Engine) -> list[str]:
    """What the summaries have wrong, a line for each cell."""
    wrong = []
    for summary in CELLS:
        right, kept = expected_cells(engine, summary), kept_cells(engine, summary)
        cells = sorted(cell for cell in right.keys() | kept.keys() if right.get(cell) != kept.get(cell))
        wrong += [f"{summary} {cell}: is {kept.get(cell)}, not {right.get(cell)}" for cell in cells]
    return wrong
