"""An imported order is known by its id, its customer and its date in the file.

Revision ID: 0004
Revises: 0003
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the date to the source ids of orders."""
    run_sql_beside(__file__)
