"""Failures as rows of their own: one for each address and what failed there; and pages can be looked up by address."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: Rows of one statement.
_CHUNK = 1_000
_page = sa.table(
    "page",
    sa.column("id", sa.Integer()),
    sa.column("address", sa.String()),
    sa.column("address_key", sa.BigInteger()),
    sa.column("source", sa.String()),
    sa.column("observed_at", sa.DateTime(timezone=True)),
    sa.column("observed_from", sa.String()),
    sa.column("capture_key", sa.String()),
    sa.column("body", sa.String()),
    sa.column("state", sa.String()),
    sa.column("outcome", sa.String()),
)


def upgrade() -> None:
    op.add_column("page", sa.Column("address_key", sa.BigInteger(), nullable=False, server_default="0"))
    _fill_keys(op.get_bind())
    op.create_index("ix_page_address_key_observed_at", "page", ["address_key", "observed_at"])
    if op.get_bind().dialect.name == "postgresql":  # SQLite would copy every page to forget the default
        op.alter_column("page", "address_key", server_default=None)
    failure = op.create_table(
        "failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_page", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_failure"),
        sa.UniqueConstraint("key", name="uq_failure_key"),
    )
    known = sa.text("finished_at IS NOT NULL")
    op.create_index("ix_run_finished_at", "run", ["finished_at"], sqlite_where=known, postgresql_where=known)
    rows = list(_failures(op.get_bind()))
    for start in range(0, len(rows), _CHUNK):
        op.bulk_insert(failure, rows[start : start + _CHUNK])
    op.drop_index("ix_page_quarantined", "page")


def downgrade() -> None:
    quarantined = sa.text("state = 'quarantined'")
    op.create_index("ix_page_quarantined", "page", ["id"], sqlite_where=quarantined, postgresql_where=quarantined)
    op.drop_table("failure")
    op.drop_index("ix_run_finished_at", "run")
    op.drop_index("ix_page_address_key_observed_at", "page")
    op.drop_column("page", "address_key")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _fill_keys(db: sa.Connection) -> None:
    statement = sa.update(_page).where(_page.c.id == sa.bindparam("its")).values(address_key=sa.bindparam("hash"))
    query = sa.select(_page.c.id, _page.c.address).order_by(_page.c.id).limit(_CHUNK)
    some = db.execute(query).all()
    while some:
        keys = [{"its": row.id, "hash": int.from_bytes(_digest(row.address)[:8], signed=True)} for row in some]
        db.execute(statement, keys)
        some = db.execute(query.where(_page.c.id > some[-1].id)).all()


def _failures(db: sa.Connection) -> Iterator[dict[str, Any]]:
    """The last streak of pages that failed of each address and kind, in order of time, and what closed it."""
    failed = sa.select(_page).where(_page.c.state == "quarantined")
    addresses = sa.select(_page.c.address_key).where(_page.c.state == "quarantined")
    came = sa.select(_page.c.address, _page.c.observed_at, _page.c.body, _page.c.state)
    successes: dict[tuple[str, str], list[Any]] = {}
    for row in db.execute(came.where(_page.c.address_key.in_(addresses)).order_by(_page.c.observed_at)):
        for kind in ("fetching", "reading", "storing"):
            if row.body is not None if kind == "fetching" else row.state == "done":
                successes.setdefault((row.address, kind), []).append(row.observed_at)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in db.execute(failed.order_by(_page.c.observed_at, _page.c.capture_key)):
        kind = _kind(row)
        unopened = row.body is None and row.observed_from != "http"
        later = [] if unopened else successes.get((row.address, kind), [])
        first = bisect_left(later, row.observed_at)
        _add(found, row, kind, later[first] if first < len(later) else None)
    yield from found.values()


def _kind(row: Any) -> str:
    if row.outcome.startswith("refused by the database"):
        return "storing"
    return "fetching" if row.body is None and row.observed_from == "http" else "reading"


def _add(found: dict[tuple[str, str], dict[str, Any]], row: Any, kind: str, closed_at: Any) -> None:
    which = row.address, kind
    known = found.get(which)
    if known is not None and known["closed_at"] is None and closed_at is not None:
        return
    if known is None or known["closed_at"] != closed_at:
        known = {"first_at": row.observed_at, "count": 0}
    found[which] = known | {
        "key": _digest(f"{kind}\0{row.address}").hex(),
        "kind": kind,
        "address": row.address,
        "source": row.source,
        "last_at": row.observed_at,
        "count": known["count"] + 1,
        "reason": row.outcome,
        "page_id": row.id,
        "state": "open" if closed_at is None else "closed",
        "closed_at": closed_at,
        "dismissed_page": None,
    }
