"""What was given up: how many sightings of an item and of a page, and which items of a list, so that overlap still counts them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
#: What each new column says.
_COLUMNS = {
    "item": "How many of its sightings were given up (meeruit prune); sightings counts them, too.",
    "page": "How many of its sightings were given up (meeruit prune). Where this is not null, the page is neither read again nor "
    "forgotten.",
    "listing": "The items on it whose sightings were given up (meeruit prune), a JSON list of their numbers.",
}


def upgrade() -> None:
    op.add_column("item", sa.Column("pruned", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("page", sa.Column("pruned", sa.Integer(), nullable=True))
    op.add_column("listing", sa.Column("pruned", _JSON, nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table, said in _COLUMNS.items():
            op.execute(f"COMMENT ON COLUMN {table}.pruned IS '{said}'")


def downgrade() -> None:
    for table in _COLUMNS:
        op.drop_column(table, "pruned")
