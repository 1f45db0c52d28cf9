"""Edits of drafts; what an imported flow looked like; what a published version was resolved to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flow_edit",
        sa.Column("flow_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("inverse", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["flow_id"], ["flow.id"], name="fk_flow_edit_flow_id_flow"),
        sa.PrimaryKeyConstraint("flow_id", "revision", name="pk_flow_edit"),
        sa.UniqueConstraint("flow_id", "id", name="uq_flow_edit_flow_id_id"),
    )
    op.add_column("flow", sa.Column("imported", sa.Text(), nullable=True))
    op.add_column("flow_version", sa.Column("revision", sa.Integer(), nullable=True))
    op.add_column("flow_version", sa.Column("left_out", sa.Text(), nullable=True))
    op.add_column("flow_version", sa.Column("packages", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("flow_version", "packages")
    op.drop_column("flow_version", "left_out")
    op.drop_column("flow_version", "revision")
    op.drop_column("flow", "imported")
    op.drop_table("flow_edit")
