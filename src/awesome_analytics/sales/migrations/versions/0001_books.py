"""The shop's books as they first stood.

Revision ID: 0001
Revises:
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, triggers and views of the books."""
    run_sql_beside(__file__)
