"""Runs say what started them and who enrols them; links have runs of their own; work counts how often it was put back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("kind", sa.String(), nullable=True))
        batch.add_column(sa.Column("follows", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("holder", sa.String(), nullable=True))
        batch.create_foreign_key("fk_run_follows", "run", ["follows"], ["id"])
    op.execute("UPDATE run SET kind = CASE WHEN source IN (SELECT name FROM source) THEN 'poll' ELSE 'ingest' END")
    with op.batch_alter_table("run") as batch:
        batch.alter_column("kind", existing_type=sa.String(), nullable=False)
    known = sa.text("follows IS NOT NULL")
    op.create_index("ix_run_follows", "run", ["follows"], sqlite_where=known, postgresql_where=known)
    with op.batch_alter_table("work") as batch:
        batch.add_column(sa.Column("setbacks", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("work") as batch:
        batch.alter_column("setbacks", existing_type=sa.Integer(), server_default=None)
    with op.batch_alter_table("source") as batch:
        batch.drop_column("failures")


def downgrade() -> None:
    with op.batch_alter_table("source") as batch:
        batch.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("work") as batch:
        batch.drop_column("setbacks")
    op.drop_index("ix_run_follows", "run")
    with op.batch_alter_table("run") as batch:
        batch.drop_constraint("fk_run_follows", type_="foreignkey")
        batch.drop_column("follows")
        batch.drop_column("holder")
        batch.drop_column("kind")
