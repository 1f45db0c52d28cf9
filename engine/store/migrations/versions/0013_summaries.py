"""A card behind the call may write a summary that the cards after it use."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_step", sa.Column("summary", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_step", "summary")
