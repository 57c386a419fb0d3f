"""Sightings keep both readings of a rounded age; lists say how they round and whether they are in order of time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("sighting", sa.Column("nearest_after", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sighting", sa.Column("nearest_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("page", sa.Column("rounding", sa.String(), nullable=True))
    op.add_column("page", sa.Column("remarks", _JSON, nullable=False, server_default="{}"))
    op.add_column("listing", sa.Column("pairs", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("listing", sa.Column("inverted", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "list_state",
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("rounding", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=True),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("list", "section", name=op.f("pk_list_state")),
    )
    op.create_table(
        "contradiction",
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("agrees", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_contradiction_item_id")),
        sa.PrimaryKeyConstraint("list", "section", "item_id", name=op.f("pk_contradiction")),
    )
    op.create_index("ix_contradiction_item_id", "contradiction", ["item_id"])


def downgrade() -> None:
    op.drop_table("contradiction")
    op.drop_table("list_state")
    for table, columns in (
        ("listing", ("inverted", "pairs")),
        ("page", ("remarks", "rounding")),
        ("sighting", ("nearest_before", "nearest_after")),
    ):
        for column in columns:
            op.drop_column(table, column)
