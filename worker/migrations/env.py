"""Alembic's way in: runs the migrations on the connection that ``database`` hands over."""

from __future__ import annotations

from alembic import context

from meeruit.tasks.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_type=True,
)
context.run_migrations()
