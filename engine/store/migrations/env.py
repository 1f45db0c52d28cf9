"""Alembic's entry: runs the migrations on the connection that `engine.store.migration` hands over."""

from alembic import context
from sqlalchemy import Connection

from engine.store.tables import METADATA

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("Migrations are run by Leadline itself: leadline migrate")

context.configure(
    connection=connection,
    target_metadata=METADATA,
    # SQLite cannot alter most of a table: Alembic copies it.
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
