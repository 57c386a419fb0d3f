"""An index of the addresses that wait to be fetched: they are claimed many at once, among whatever else waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'pending' AND kind = 'fetch'")


def upgrade() -> None:
    op.create_index(
        "ix_work_fetches", "work", ["state", "kind", "id"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )


def downgrade() -> None:
    op.drop_index("ix_work_fetches", "work")
