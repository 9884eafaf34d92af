"""Customers and products are found by the beginnings of their words, as a clerk types them.

Revision ID: 0003
Revises: 0002
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the two indexes over words."""
    run_sql_beside(__file__)
