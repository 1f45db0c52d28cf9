"""Steps that wait for a moment, and what is used up of the limits that all workers share."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("outbox_step", sa.Column("until", MOMENT, nullable=True))
    op.create_table(
        "rate_turn",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("taken", DOCUMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_turn"),
    )


def downgrade() -> None:
    op.drop_table("rate_turn")
    op.drop_column("outbox_step", "until")
