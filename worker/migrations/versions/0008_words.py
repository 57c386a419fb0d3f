"""The words of items: an index that the database itself keeps in step."""

from __future__ import annotations

from alembic import op

from meeruit.tasks.store.words import POSTGRESQL_INDEX, SQLITE_DOWN, SQLITE_UP

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_UP:
            op.execute(statement)
    else:
        op.execute(f"CREATE INDEX ix_item_words ON item USING gin ({POSTGRESQL_INDEX})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_DOWN:
            op.execute(statement)
    else:
        op.execute("DROP INDEX ix_item_words")
