"""Keys that are bounded, and the indexes that the queries use.

An address is no key any more: PostgreSQL refuses one over 2.7 kB. Hashes are compared byte by byte. Each sort of the
items has its index; those that nothing used are gone.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Sorted by, equal ones by hash.
_SORTS = ("first_seen_at", "published_before")
#: Indexed where they have a value.
_SPARSE = (("item", "revision_of"), ("item", "headline_key"), ("item", "link_key"), ("page", "lead_hash"))
#: Indexed in 0001 and not any more, or not alone.
_DROPPED = (
    ("item", "first_seen_at"),
    ("item", "published_before"),
    ("page", "source"),
    ("page", "observed_at"),
    ("work", "state"),
    ("run", "source"),
    ("run", "started_at"),
    ("source", "next_run_at"),
)
_HASHES = (("item", "content_hash", False), ("page", "lead_hash", True))
#: Rows of one statement.
_CHUNK = 1_000


def upgrade() -> None:
    _compare_hashes("C")
    for table, column in (*_DROPPED, *_SPARSE):
        op.drop_index(f"ix_{table}_{column}", table)
    for table, column in _SPARSE:
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=known, postgresql_where=known)
    op.drop_index("ix_work_underived", "work")
    op.create_index("ix_work_state_derived_run_id", "work", ["state", "derived", "run_id"])
    for column in _SORTS:
        op.create_index(f"ix_item_{column}_content_hash", "item", [sa.text(f"{column} DESC"), "content_hash"])
    op.create_index("ix_item_sightings", "item", ["sightings"])
    op.create_index("ix_run_source_id", "run", ["source", "id"])
    op.create_index("ix_noted_source", "noted", ["source"])
    op.create_index("ix_gap_to_at", "gap", ["to_at"])
    with op.batch_alter_table("validator") as batch:
        batch.add_column(sa.Column("key", sa.String(), nullable=True))
    _fill_keys(op.get_bind())
    _change_key("key")


def downgrade() -> None:
    _change_key("address")
    with op.batch_alter_table("validator") as batch:
        batch.drop_column("key")
    op.drop_index("ix_gap_to_at", "gap")
    op.drop_index("ix_noted_source", "noted")
    op.drop_index("ix_run_source_id", "run")
    op.drop_index("ix_item_sightings", "item")
    for column in _SORTS:
        op.drop_index(f"ix_item_{column}_content_hash", "item")
    for table, column in _SPARSE:
        op.drop_index(f"ix_{table}_{column}", table)
    for table, column in (*_SPARSE, *_DROPPED):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.drop_index("ix_work_state_derived_run_id", "work")
    underived = sa.text("state = 'done' AND NOT derived")
    op.create_index("ix_work_underived", "work", ["run_id"], sqlite_where=underived, postgresql_where=underived)
    _compare_hashes("default")


def _compare_hashes(collation: str) -> None:
    """SQLite compares byte by byte as it is; PostgreSQL in the language of its database."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, nullable in _HASHES:
        op.alter_column(table, column, type_=sa.String(collation=collation), existing_nullable=nullable)


def _fill_keys(db: sa.Connection) -> None:
    validator = sa.table("validator", sa.column("address", sa.String()), sa.column("key", sa.String()))
    address = validator.c.address
    statement = sa.update(validator).where(address == sa.bindparam("its")).values(key=sa.bindparam("hash"))
    query = sa.select(address).order_by(address).limit(_CHUNK)
    some = list(db.scalars(query))
    while some:
        db.execute(statement, [{"its": each, "hash": hashlib.sha256(each.encode()).hexdigest()} for each in some])
        some = list(db.scalars(query.where(address > some[-1])))


def _change_key(new: str) -> None:
    with op.batch_alter_table("validator") as batch:
        batch.drop_constraint("pk_validator", type_="primary")
        batch.alter_column(new, existing_type=sa.String(), nullable=False)
        batch.create_primary_key("pk_validator", [new])
