"""What the shop tells by itself: troubles and who was told of them, and when a report is due.

Revision ID: 0004
Revises: 0003
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of alerts and reports."""
    run_sql_beside(__file__)
