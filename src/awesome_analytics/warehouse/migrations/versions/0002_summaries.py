"""The summary tables, empty; the watermark says that they were never built, so the next run builds them.

Revision ID: 0002
Revises: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_EXACT: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mysql_engine": "InnoDB",
}


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _name(name: str) -> sa.Column[str]:
    text = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
    return sa.Column(name, text, nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _amount(name: str) -> sa.Column[object]:
    # A sum needs more room than its lines have.
    return sa.Column(name, sa.Numeric(24, 5), nullable=False)


def _create(name: str, *cell: "sa.Column[Any]") -> None:
    op.create_table(
        name,
        *cell,
        _count("order_lines"),
        _count("quantity"),
        _amount("sales"),
        _amount("discount"),
        sa.Column("discount_rate", sa.Numeric(24, 6), nullable=False),
        _amount("profit"),
        _amount("shipping_cost"),
        _count("ship_days"),
        _count("shipped_lines"),
        _count("orders"),
        _count("returns"),
        _count("returned_orders"),
        _count("returned_lines"),
        _count("returned_quantity"),
        _amount("returned_sales"),
        sa.PrimaryKeyConstraint(*(column.name for column in cell)),
        **_EXACT,
    )


def upgrade() -> None:
    """Create the summaries."""
    _create("agg_day", _key("order_date_key"))
    _create("agg_day_region", _key("order_date_key"), _name("market"), _name("region"))
    _create("agg_day_segment", _key("order_date_key"), _name("segment_name"))
    _create("agg_day_category", _key("order_date_key"), _name("category_name"), _name("subcategory_name"))
    _create("agg_product", _key("product_key"))
    op.create_table(
        "agg_control",
        _key("only_row"),
        _count("orders_of_several_days"),
        sa.PrimaryKeyConstraint("only_row"),
        **_EXACT,
    )
    version = sa.Column("summaries", sa.Integer, nullable=False, server_default="0")
    op.add_column("etl_watermark", version)
