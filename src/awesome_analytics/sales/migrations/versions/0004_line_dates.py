"""A line may stand on a later day than its order.

Revision ID: 0004
Revises: 0003
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the line's own day and the rules that it keeps."""
    run_sql_beside(__file__)
