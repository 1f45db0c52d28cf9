"""Two appointments may begin at one time where another service decides who is free (Cal.com: teams, groups)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NAME = "uq_appointment_start"
STANDING = "cancelled_at IS NULL"
OURS = "cancelled_at IS NULL AND remote_state != 'theirs'"


def upgrade() -> None:
    _again(OURS)


def downgrade() -> None:
    _again(STANDING)


def _again(condition: str) -> None:
    op.drop_index(NAME, "appointment")
    op.create_index(
        NAME,
        "appointment",
        ["calendar", "starts_at"],
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
