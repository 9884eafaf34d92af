"""Alembic's entry: the connection comes from `core.migrate`; the tables stand in the schema `app`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], target_metadata=None, version_table_schema="app"
)
with context.begin_transaction():
    context.run_migrations()
