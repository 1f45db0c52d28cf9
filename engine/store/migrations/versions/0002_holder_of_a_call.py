"""Which process holds a call."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("call", sa.Column("holder", sa.String(length=64), nullable=True))
    op.add_column("call", sa.Column("line", sa.Integer(), server_default="0", nullable=False))
    op.add_column("call", sa.Column("beat_at", MOMENT, nullable=True))
    op.add_column("call", sa.Column("over_at", MOMENT, nullable=True))


def downgrade() -> None:
    for column in ("over_at", "beat_at", "line", "holder"):
        op.drop_column("call", column)
