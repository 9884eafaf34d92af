"""What ids the imported files' own names got in the books.

Revision ID: 0002
Revises: 0001
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables of source ids."""
    run_sql_beside(__file__)
