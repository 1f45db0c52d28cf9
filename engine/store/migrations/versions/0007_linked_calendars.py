"""Calendars with staff and at other services; what an appointment is known as there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("calendar", sa.Column("connection", sa.String(length=64), server_default="", nullable=False))
    op.add_column("calendar", sa.Column("options", DOCUMENT, server_default="{}", nullable=False))
    op.add_column("calendar", sa.Column("staff", DOCUMENT, server_default="[]", nullable=False))
    op.add_column("appointment", sa.Column("status", sa.String(length=16), server_default="confirmed", nullable=False))
    op.add_column("appointment", sa.Column("remote_state", sa.String(length=16), server_default="", nullable=False))
    for name in ("staff", "place", "link", "remote_id"):
        op.add_column("appointment", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for name in ("remote_id", "link", "place", "staff", "remote_state", "status"):
        op.drop_column("appointment", name)
    for name in ("staff", "options", "connection"):
        op.drop_column("calendar", name)
