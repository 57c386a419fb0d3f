"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON_ = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "body",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_body"),
    )
    op.create_table(
        "gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gap"),
        sa.UniqueConstraint("list", "section", "from_at", "to_at", name="uq_gap_list_section_from_at_to_at"),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("hash_version", sa.Integer(), nullable=False),
        sa.Column("headline", sa.String(), nullable=True),
        sa.Column("headline_from", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("agencies", JSON_, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("url_from", sa.String(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.Column("published_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_from", sa.String(), nullable=True),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("revision_of", sa.Integer(), nullable=True),
        sa.Column("headline_key", sa.String(), nullable=True),
        sa.Column("link_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["revision_of"], ["item.id"], name="fk_item_revision_of"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("content_hash", name="uq_item_content_hash"),
    )
    op.create_index("ix_item_first_seen_at", "item", ["first_seen_at"], unique=False)
    op.create_index("ix_item_headline_key", "item", ["headline_key"], unique=False)
    op.create_index("ix_item_last_seen_at", "item", ["last_seen_at"], unique=False)
    op.create_index("ix_item_link_key", "item", ["link_key"], unique=False)
    op.create_index("ix_item_published_before", "item", ["published_before"], unique=False)
    op.create_index("ix_item_revision_of", "item", ["revision_of"], unique=False)

    op.create_table(
        "noted",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_noted"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settling_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pages_new", sa.Integer(), nullable=False),
        sa.Column("pages_known", sa.Integer(), nullable=False),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pages_failed", sa.Integer(), nullable=False),
        sa.Column("items_new", sa.Integer(), nullable=False),
        sa.Column("items_seen", sa.Integer(), nullable=False),
        sa.Column("items_rejected", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index(
        "ix_run_open",
        "run",
        ["id"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("ix_run_source", "run", ["source"], unique=False)
    op.create_index("ix_run_started_at", "run", ["started_at"], unique=False)

    op.create_table(
        "source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_new_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_source"),
    )
    op.create_index("ix_source_next_run_at", "source", ["next_run_at"], unique=False)

    op.create_table(
        "validator",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["body"], ["body.sha256"], name="fk_validator_body"),
        sa.PrimaryKeyConstraint("address", name="pk_validator"),
    )
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reference", JSON_, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("failed", JSON_, nullable=False),
        sa.Column("pages_new", sa.Integer(), nullable=False),
        sa.Column("pages_known", sa.Integer(), nullable=False),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pages_failed", sa.Integer(), nullable=False),
        sa.Column("items_new", sa.Integer(), nullable=False),
        sa.Column("items_seen", sa.Integer(), nullable=False),
        sa.Column("items_rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_work_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_work"),
    )
    op.create_index("ix_work_run_id_state", "work", ["run_id", "state"], unique=False)
    op.create_index("ix_work_state", "work", ["state"], unique=False)
    op.create_index(
        "ix_work_underived",
        "work",
        ["run_id"],
        unique=False,
        sqlite_where=sa.text("state = 'done' AND NOT derived"),
        postgresql_where=sa.text("state = 'done' AND NOT derived"),
    )

    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_from", sa.String(), nullable=False),
        sa.Column("capture_key", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("rejects", JSON_, nullable=False),
        sa.Column("lead_headline", sa.String(), nullable=True),
        sa.Column("lead_dateline", sa.String(), nullable=True),
        sa.Column("lead_text", sa.String(), nullable=True),
        sa.Column("lead_hash", sa.String(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("encoding", sa.String(), nullable=True),
        sa.Column("profile", sa.String(), nullable=True),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("reference", JSON_, nullable=True),
        sa.ForeignKeyConstraint(["body"], ["body.sha256"], name="fk_page_body"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_page_run_id"),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"], name="fk_page_work_id"),
        sa.PrimaryKeyConstraint("id", name="pk_page"),
        sa.UniqueConstraint("capture_key", name="uq_page_capture_key"),
    )
    op.create_index("ix_page_body_observed_at", "page", ["body", "observed_at"], unique=False)
    op.create_index("ix_page_lead_hash", "page", ["lead_hash"], unique=False)
    op.create_index("ix_page_observed_at", "page", ["observed_at"], unique=False)
    op.create_index(
        "ix_page_quarantined",
        "page",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_index("ix_page_run_id", "page", ["run_id"], unique=False)
    op.create_index("ix_page_source", "page", ["source"], unique=False)
    op.create_index("ix_page_work_id", "page", ["work_id"], unique=False)

    op.create_table(
        "sighting",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(), nullable=True),
        sa.Column("headline", sa.String(), nullable=True),
        sa.Column("dateline", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("agencies", JSON_, nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("age", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("published_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_from", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_sighting_item_id"),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name="fk_sighting_page_id"),
        sa.PrimaryKeyConstraint("item_id", "page_id", name="pk_sighting"),
    )
    op.create_index("ix_sighting_page_id", "sighting", ["page_id"], unique=False)

    op.create_table(
        "listing",
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name="fk_listing_page_id"),
        sa.PrimaryKeyConstraint("page_id", "section", name="pk_listing"),
    )
    op.create_index("ix_listing_list_section_observed_at", "listing", ["list", "section", "observed_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_listing_list_section_observed_at", "listing")

    op.drop_table("listing")
    op.drop_index("ix_sighting_page_id", "sighting")

    op.drop_table("sighting")
    op.drop_index("ix_page_work_id", "page")
    op.drop_index("ix_page_source", "page")
    op.drop_index("ix_page_run_id", "page")
    op.drop_index("ix_page_quarantined", "page")
    op.drop_index("ix_page_observed_at", "page")
    op.drop_index("ix_page_lead_hash", "page")
    op.drop_index("ix_page_body_observed_at", "page")

    op.drop_table("page")
    op.drop_index("ix_work_underived", "work")
    op.drop_index("ix_work_state", "work")
    op.drop_index("ix_work_run_id_state", "work")

    op.drop_table("work")
    op.drop_table("validator")
    op.drop_index("ix_source_next_run_at", "source")

    op.drop_table("source")
    op.drop_index("ix_run_started_at", "run")
    op.drop_index("ix_run_source", "run")
    op.drop_index("ix_run_open", "run")

    op.drop_table("noted")
    op.drop_table("run")
    op.drop_index("ix_item_revision_of", "item")
    op.drop_index("ix_item_published_before", "item")
    op.drop_index("ix_item_link_key", "item")
    op.drop_index("ix_item_last_seen_at", "item")
    op.drop_index("ix_item_headline_key", "item")
    op.drop_index("ix_item_first_seen_at", "item")

    op.drop_table("item")
    op.drop_table("gap")
    op.drop_table("body")
