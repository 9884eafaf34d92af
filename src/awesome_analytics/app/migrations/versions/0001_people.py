"""People, their roles and sessions, the log-in throttle, one-time links, the audit.

Revision ID: 0001
Revises:
"""

from awesome_analytics.core.migrate import run_sql_beside

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of people."""
    run_sql_beside(__file__)
