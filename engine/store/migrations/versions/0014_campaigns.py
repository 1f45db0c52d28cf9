"""Campaigns and lead sources; calls that are due later; do-not-call lists; what happened to a lead and who saw it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from engine.store import guard
from engine.store.base import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GUARDED = ("campaign_version", "audit_entry")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)
    op.create_table(
        "calling_stopped",
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_calling_stopped")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "do_not_call_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("listed_at", Moment(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("touched_at", Moment(), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=True),
        sa.Column("replaced_at", Moment(), nullable=True),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("swept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_call_list")),
    )
    op.create_index(op.f("ix_do_not_call_list_state_status"), "do_not_call_list", ["state", "status"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("released_at", Moment(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_lead_id"), "legal_hold", ["lead_id"], unique=False)
    op.create_table(
        "suppressed_hash",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_suppressed_hash")),
    )
    op.create_table(
        "campaign_version",
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_version_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "revision", name=op.f("pk_campaign_version")),
    )
    op.create_table(
        "lead_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_event_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lead_event")),
    )
    op.create_index(op.f("ix_lead_event_lead_id"), "lead_event", ["lead_id"], unique=False)
    op.create_table(
        "lead_payload",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("content_type", sa.String(length=128), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_lead_payload_lead_id_lead"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_payload")),
    )
    op.create_index(op.f("ix_lead_payload_lead_id"), "lead_payload", ["lead_id"], unique=False)
    op.create_table(
        "lead_source",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_lead_source_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_source")),
    )
    op.create_index(op.f("ix_lead_source_campaign_id"), "lead_source", ["campaign_id"], unique=False)
    op.create_table(
        "lead_source_address",
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["lead_source.id"],
            name=op.f("fk_lead_source_address_source_id_lead_source"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_lead_source_address")),
    )
    op.create_index(op.f("ix_lead_source_address_source_id"), "lead_source_address", ["source_id"], unique=False)
    op.create_table(
        "lead_source_refusal",
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["lead_source.id"],
            name=op.f("fk_lead_source_refusal_source_id_lead_source"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", "why", name=op.f("pk_lead_source_refusal")),
    )
    op.create_table(
        "lead_fetch",
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_fetch_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_lead_fetch")),
    )
    op.create_index(op.f("ix_lead_fetch_state_next_at"), "lead_fetch", ["state", "next_at"], unique=False)
    op.create_table(
        "lead_import",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("plan", DOCUMENT, nullable=False),
        sa.Column("uploaded_at", Moment(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("last_row", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("merged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=False),
        sa.Column("file_gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["lead_source.id"], name=op.f("fk_lead_import_source_id_lead_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_import")),
    )
    op.create_index(op.f("ix_lead_import_sha256"), "lead_import", ["sha256"], unique=False)
    op.create_index(op.f("ix_lead_import_source_id"), "lead_import", ["source_id"], unique=False)
    op.create_index(op.f("ix_lead_import_state"), "lead_import", ["state"], unique=False)
    op.create_table(
        "lead_import_refusal",
        sa.Column("import_id", sa.String(length=64), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["lead_import.id"],
            name=op.f("fk_lead_import_refusal_import_id_lead_import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_lead_import_refusal")),
    )
    op.create_table(
        "listed_number",
        sa.Column("list_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("list_id", "number", name=op.f("pk_listed_number")),
        sqlite_with_rowid=False,
    )
    op.add_column("suppressed_number", sa.Column("door", sa.String(length=16), server_default="", nullable=False))
    op.create_index(op.f("ix_suppressed_number_added_at"), "suppressed_number", ["added_at"], unique=False)
    op.create_table(
        "scheduled_call",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("flow_run_id", sa.String(length=64), nullable=True),
        sa.Column("shown_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_scheduled_call_lead_id_lead"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_call")),
    )
    op.create_index(op.f("ix_scheduled_call_lead_id"), "scheduled_call", ["lead_id"], unique=False)
    op.create_index(op.f("ix_scheduled_call_state_due_at"), "scheduled_call", ["state", "due_at"], unique=False)
    op.add_column("call", sa.Column("campaign_id", sa.String(length=64), nullable=True))
    op.add_column("call", sa.Column("campaign_revision", sa.Integer(), nullable=True))
    op.add_column("call", sa.Column("decision", DOCUMENT, nullable=True))
    op.add_column("call", sa.Column("evidence", DOCUMENT, nullable=True))
    op.add_column("call", sa.Column("permitted_at", Moment(), nullable=True))
    op.add_column("call", sa.Column("requested_at", Moment(), nullable=True))
    op.add_column("call", sa.Column("stopped_at", Moment(), nullable=True))
    op.add_column("call", sa.Column("greeted_at", Moment(), nullable=True))
    op.add_column("call", sa.Column("first_word_at", Moment(), nullable=True))
    op.create_index(op.f("ix_call_campaign_id"), "call", ["campaign_id"], unique=False)
    # A lead's name belongs to the source it came by: two pages, two forms may use the same ids. SQLite copies the
    # table for it, which is why `migrate` keeps no foreign keys meanwhile.
    with op.batch_alter_table("lead") as lead:
        lead.drop_constraint(op.f("uq_lead_source_external_id"), type_="unique")
        lead.add_column(sa.Column("next_call_id", sa.String(length=64), nullable=True))
        lead.add_column(sa.Column("campaign_id", sa.String(length=64), nullable=True))
        lead.add_column(sa.Column("source_id", sa.String(length=64), server_default="", nullable=False))
        lead.add_column(sa.Column("test", sa.Boolean(), server_default=sa.false(), nullable=False))
        lead.add_column(sa.Column("submitted_at", Moment(), nullable=True))
        lead.add_column(sa.Column("webhook_at", Moment(), nullable=True))
        lead.add_column(sa.Column("accepted_at", Moment(), nullable=True))
        lead.create_unique_constraint(
            op.f("uq_lead_external_id_source_source_id"), ["external_id", "source", "source_id"]
        )
    op.create_index(op.f("ix_lead_campaign_id"), "lead", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_lead_source_id"), "lead", ["source_id"], unique=False)
    numberless = sa.text("phone IS NULL")
    op.create_index(
        op.f("ix_lead_email"), "lead", ["email"], unique=False, sqlite_where=numberless, postgresql_where=numberless
    )
    op.add_column("lead_delivery", sa.Column("source_id", sa.String(length=64), nullable=True))
    op.add_column("lead_delivery", sa.Column("kind", sa.String(length=16), server_default="repeated", nullable=False))
    op.add_column("lead_delivery", sa.Column("form", DOCUMENT, nullable=True))
    op.add_column("lead_delivery", sa.Column("form_hash", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_lead_delivery_external_id"), "lead_delivery", ["external_id"], unique=False)
    op.create_index(op.f("ix_lead_delivery_form_hash"), "lead_delivery", ["form_hash"], unique=False)
    for statement in guard.statements(op.get_bind().dialect.name, GUARDED):
        op.execute(statement)


def downgrade() -> None:

    op.drop_index(op.f("ix_lead_delivery_form_hash"), table_name="lead_delivery")
    op.drop_index(op.f("ix_lead_delivery_external_id"), table_name="lead_delivery")
    op.drop_column("lead_delivery", "form_hash")
    op.drop_column("lead_delivery", "form")
    op.drop_column("lead_delivery", "kind")
    op.drop_column("lead_delivery", "source_id")
    op.drop_index(op.f("ix_lead_source_id"), table_name="lead")
    op.drop_index(op.f("ix_lead_email"), table_name="lead")
    op.drop_index(op.f("ix_lead_campaign_id"), table_name="lead")
    with op.batch_alter_table("lead") as lead:
        lead.drop_constraint(op.f("uq_lead_external_id_source_source_id"), type_="unique")
        for column in (
            "accepted_at", "webhook_at", "submitted_at", "test", "source_id", "campaign_id", "next_call_id"
        ):  # fmt: skip
            lead.drop_column(column)
        lead.create_unique_constraint(op.f("uq_lead_source_external_id"), ["source", "external_id"])
    op.drop_index(op.f("ix_call_campaign_id"), table_name="call")
    op.drop_column("call", "first_word_at")
    op.drop_column("call", "greeted_at")
    op.drop_column("call", "stopped_at")
    op.drop_column("call", "requested_at")
    op.drop_column("call", "permitted_at")
    op.drop_column("call", "evidence")
    op.drop_column("call", "decision")
    op.drop_column("call", "campaign_revision")
    op.drop_column("call", "campaign_id")
    op.drop_index(op.f("ix_scheduled_call_state_due_at"), table_name="scheduled_call")
    op.drop_index(op.f("ix_scheduled_call_lead_id"), table_name="scheduled_call")
    op.drop_table("scheduled_call")
    op.drop_index(op.f("ix_suppressed_number_added_at"), table_name="suppressed_number")
    op.drop_column("suppressed_number", "door")
    op.drop_table("listed_number")
    op.drop_table("lead_import_refusal")
    op.drop_index(op.f("ix_lead_import_state"), table_name="lead_import")
    op.drop_index(op.f("ix_lead_import_source_id"), table_name="lead_import")
    op.drop_index(op.f("ix_lead_import_sha256"), table_name="lead_import")
    op.drop_table("lead_import")
    op.drop_index(op.f("ix_lead_fetch_state_next_at"), table_name="lead_fetch")
    op.drop_table("lead_fetch")
    op.drop_table("lead_source_refusal")
    op.drop_index(op.f("ix_lead_source_address_source_id"), table_name="lead_source_address")
    op.drop_table("lead_source_address")
    op.drop_index(op.f("ix_lead_source_campaign_id"), table_name="lead_source")
    op.drop_table("lead_source")
    op.drop_index(op.f("ix_lead_payload_lead_id"), table_name="lead_payload")
    op.drop_table("lead_payload")
    op.drop_index(op.f("ix_lead_event_lead_id"), table_name="lead_event")
    op.drop_table("lead_event")
    op.drop_table("campaign_version")
    op.drop_table("suppressed_hash")
    op.drop_index(op.f("ix_legal_hold_lead_id"), table_name="legal_hold")
    op.drop_table("legal_hold")
    op.drop_index(op.f("ix_do_not_call_list_state_status"), table_name="do_not_call_list")
    op.drop_table("do_not_call_list")
    op.drop_table("campaign")
    op.drop_table("calling_stopped")
    op.drop_index(op.f("ix_audit_entry_subject"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_at"), table_name="audit_entry")
    op.drop_table("audit_entry")
