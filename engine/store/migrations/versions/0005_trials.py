"""Calls that try out a draft, and runs of a flow's caller scenarios."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("call", sa.Column("test", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "trial",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("lead", DOCUMENT, nullable=False),
        sa.Column("effects", DOCUMENT, nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_trial_call_id_call"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_trial")),
    )
    op.create_table(
        "scenario_run",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("flow_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("touched_at", MOMENT, nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("rows", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_run")),
    )
    op.create_index(op.f("ix_scenario_run_flow_id_started_at"), "scenario_run", ["flow_id", "started_at"])


def downgrade() -> None:
    op.drop_table("scenario_run")
    op.drop_table("trial")
    op.drop_column("call", "test")
