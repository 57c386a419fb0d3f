"""Runs that were stopped are gone on with where they were, and new items are numbered for those who are told of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("cursor", sa.BigInteger(), nullable=True))
    op.add_column("item", sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True))
    known, unknown = sa.text("cursor IS NOT NULL"), sa.text("cursor IS NULL")
    op.create_index("ix_item_cursor", "item", ["cursor"], sqlite_where=known, postgresql_where=known)
    op.create_index("ix_item_unnumbered", "item", ["id"], sqlite_where=unknown, postgresql_where=unknown)
    op.create_table(
        "reader",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_reader"),
    )
    op.add_column("run", sa.Column("resume_key", sa.String(), nullable=True))
    open_ = sa.text("resume_key IS NOT NULL")
    op.create_index("ix_run_resume_key", "run", ["resume_key"], sqlite_where=open_, postgresql_where=open_)
    op.create_table(
        "reading",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_reading_run_id"),
        sa.PrimaryKeyConstraint("run_id", "key", name="pk_reading"),
    )


def downgrade() -> None:
    op.drop_table("reading")
    op.drop_index("ix_run_resume_key", "run")
    op.drop_column("run", "resume_key")
    op.drop_table("reader")
    op.drop_index("ix_item_unnumbered", "item")
    op.drop_index("ix_item_cursor", "item")
    op.drop_column("item", "stored_at")
    op.drop_column("item", "cursor")
