"""When the pipeline runs by itself, what was asked of it, and how far it is.

Revision ID: 0002
Revises: 0001
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the scheduler."""
    run_sql_beside(__file__)
