"""How often an appointment was changed; steps whose effect may have happened although nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("changes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outbox_step", sa.Column("begun", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("outbox_step", "begun")
    op.drop_column("appointment", "changes")
