"""Webhooks: how the telling goes, and what they refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: Each table: what a row of it is, and what each of its columns says.
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "webhook": (
        "An address of yours that is told of new items (meeruit tell); up to where, the reader of its name says.",
        {
            "name": "Its name in the file of sources; its reader is called webhook:NAME.",
            "failed": "How often in a row it did not take the event that is next.",
            "refused": "How often of these it was there, and refused it.",
            "reason": "Why not; null where it took the last one.",
            "next_at": "When that event is sent again.",
            "gone": "SHA-256 of the address that said that it is gone (HTTP 410): nothing more is sent there.",
            "holder": "The process that tells it.",
            "lease_until": "Until when nobody else does.",
        },
    ),
    "undelivered": (
        "An event that a webhook refused as often as it was tried; those behind it were told.",
        {
            "webhook": "The webhook.",
            "cursor": "The event: the cursor of its item.",
            "first_at": "When it was set aside.",
            "last_at": "When it was sent last.",
            "count": "How often it was sent.",
            "reason": "Why it was refused the last time.",
        },
    ),
}


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.String(), nullable=True),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_webhook"),
    )
    op.create_table(
        "undelivered",
        sa.Column("webhook", sa.String(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("webhook", "cursor", name="pk_undelivered"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, (said, columns) in _TABLES.items():
            op.execute(f"COMMENT ON TABLE {table} IS '{said}'")
            for name, each in columns.items():
                op.execute(f"COMMENT ON COLUMN {table}.{name} IS '{each}'".replace(":", "\\:"))


def downgrade() -> None:
    op.drop_table("undelivered")
    op.drop_table("webhook")
