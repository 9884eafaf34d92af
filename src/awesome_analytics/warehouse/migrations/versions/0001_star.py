"""The star schema, its log, watermark and quarantine as they first stood.

Revision ID: 0001
Revises:
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The default collations of MySQL take 'José' and 'Jose' for one.
_EXACT: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mysql_engine": "InnoDB",
}
_MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
_LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")


def _text(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, _text(64), nullable=False)


def _name(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _text(200), nullable=nullable)


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def _money(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Numeric(18, 5), nullable=False)


def _dimensions() -> None:
    op.create_table(
        "dim_date",
        _key("date_key"),
        sa.Column("date", sa.Date),
        sa.Column("year", sa.Integer),
        sa.Column("quarter", sa.Integer),
        sa.Column("month", sa.Integer),
        _name("month_name"),
        sa.Column("week", sa.Integer),
        sa.Column("week_start", sa.Date),
        _name("day_of_week"),
        sa.PrimaryKeyConstraint("date_key"),
        **_EXACT,
    )
    op.create_index("dim_date_date", "dim_date", ["date"])
    for thing, columns in (
        ("customer", ("customer_name", "region", "segment_name", "market")),
        ("product", ("product_name", "category_name", "subcategory_name")),
        ("return", ("return_status", "return_region", "return_reason")),
    ):
        op.create_table(
            f"dim_{thing}",
            _key(f"{thing}_key"),
            _id(f"{thing}_id"),
            *(_name(column) for column in columns),
            sa.PrimaryKeyConstraint(f"{thing}_key"),
            **_EXACT,
        )
        op.create_index(f"dim_{thing}_id", f"dim_{thing}", [f"{thing}_id"], unique=True)


def _facts() -> None:
    op.create_table(
        "fact_sales",
        _id("order_id"),
        sa.Column("line_no", sa.Integer, nullable=False, autoincrement=False),
        _id("product_id"),
        _key("customer_key"),
        _key("product_key"),
        _key("date_key"),
        _key("order_date_key"),
        sa.Column("quantity", sa.Integer, nullable=False),
        _money("sales"),
        _money("discount"),
        sa.Column("discount_rate", sa.Numeric(9, 6), nullable=False),
        _money("profit"),
        _money("shipping_cost"),
        _name("order_priority"),
        _name("ship_mode"),
        _name("market"),
        _name("region"),
        sa.PrimaryKeyConstraint("order_id", "line_no"),
        **_EXACT,
    )
    for column in ("order_date_key", "product_key", "customer_key"):
        op.create_index(f"fact_sales_{column}", "fact_sales", [column])
    op.create_table(
        "fact_return",
        _id("return_id"),
        _id("order_id"),
        sa.Column("line_no", sa.Integer, nullable=False, autoincrement=False),
        _key("customer_key"),
        _key("return_key"),
        _key("product_key"),
        _key("date_key"),
        _key("return_date_key"),
        _name("return_status"),
        sa.Column("quantity", sa.Integer, nullable=False),
        _money("returned_sales"),
        sa.PrimaryKeyConstraint("return_id", "line_no"),
        **_EXACT,
    )
    op.create_index("fact_return_order_id", "fact_return", ["order_id"])


def _care() -> None:
    op.create_table(
        "etl_log",
        sa.Column("run_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("etl_run_time", _MOMENT, nullable=False),
        sa.Column("status", _text(20), nullable=False),
        sa.Column("records_processed", sa.BigInteger, nullable=False),
        sa.Column("mode", _text(20), nullable=False),
        sa.Column("reason", _LONG),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("as_of", _MOMENT),
        sa.Column("watermark", sa.Numeric(20, 0)),
        sa.Column("rows_by_table", _LONG),
        sa.Column("error", _LONG),
        sa.PrimaryKeyConstraint("run_id"),
        **_EXACT,
    )
    op.create_table(
        "etl_watermark",
        sa.Column("only_row", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("warehouse_id", _text(36), nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("watermark", sa.Numeric(20, 0), nullable=False),
        sa.Column("as_of", _MOMENT, nullable=False),
        sa.Column("system_identifier", _text(30), nullable=False),
        sa.Column("timeline", sa.BigInteger, nullable=False),
        sa.Column("database_oid", sa.BigInteger, nullable=False),
        sa.Column("epoch", _text(36), nullable=False),
        sa.Column("outcome", _LONG, nullable=False),
        sa.PrimaryKeyConstraint("only_row"),
        **_EXACT,
    )
    op.create_table(
        "etl_quarantine",
        sa.Column("table_name", _text(64), nullable=False),
        sa.Column("row_key", _text(160), nullable=False),
        sa.Column("scope", _text(64), nullable=False),
        sa.Column("reason", _LONG, nullable=False),
        sa.Column("row_json", _LONG, nullable=False),
        sa.Column("first_run_id", sa.BigInteger, nullable=False),
        sa.Column("last_run_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("table_name", "row_key"),
        **_EXACT,
    )


def upgrade() -> None:
    """Create the star."""
    _dimensions()
    _facts()
    _care()
