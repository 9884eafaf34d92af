"""What people keep: saved and pinned questions, their history, conversations, verified examples.

Revision ID: 0003
Revises: 0002
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the desk."""
    run_sql_beside(__file__)
