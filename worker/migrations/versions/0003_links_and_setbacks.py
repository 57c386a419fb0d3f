"""Runs say what started them and who enrols them; links have runs of their own; work counts how often it was put back.

Columns are added and dropped one by one: on SQLite a table that others refer to cannot be made anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("kind", sa.String(), nullable=False, server_default="ingest"))
    op.add_column("run", sa.Column("follows", sa.Integer(), nullable=True))
    op.add_column("run", sa.Column("holder", sa.String(), nullable=True))
    op.execute("UPDATE run SET kind = 'poll' WHERE source IN (SELECT name FROM source)")
    known = sa.text("follows IS NOT NULL")
    op.create_index("ix_run_follows", "run", ["follows"], sqlite_where=known, postgresql_where=known)
    op.add_column("work", sa.Column("setbacks", sa.Integer(), nullable=False, server_default="0"))
    op.drop_column("source", "failures")


def downgrade() -> None:
    op.add_column("source", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.drop_column("work", "setbacks")
    op.drop_index("ix_run_follows", "run")
    for name in ("holder", "follows", "kind"):
        op.drop_column("run", name)
