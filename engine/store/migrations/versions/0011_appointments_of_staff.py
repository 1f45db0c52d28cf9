"""Whose time an appointment, a hold and a block take; where an appointment's entry at another service stands."""

import sqlalchemy as sa
from alembic import op

from engine.store.base import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

START = "uq_appointment_start"
OURS = sa.text("cancelled_at IS NULL AND remote_state != 'theirs'")
UNFINISHED = sa.text("due_at IS NOT NULL")
WORDS = (
    ("calendar_block", "staff"),
    ("calendar_hold", "staff"),
    ("calendar_hold", "place"),
    ("appointment", "diary"),
    ("appointment", "other_staff"),
    ("appointment", "other_diary"),
    ("appointment", "other_key"),
)
MOMENTS = ("other_starts_at", "other_ends_at", "due_at")


def upgrade() -> None:
    for table, name in WORDS:
        op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in MOMENTS:
        op.add_column("appointment", sa.Column(name, Moment(), nullable=True))
    _start_index("calendar", "staff", "starts_at")
    op.create_index(
        "ix_appointment_due_at", "appointment", ["due_at"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )


def downgrade() -> None:
    op.drop_index("ix_appointment_due_at", "appointment")
    _start_index("calendar", "starts_at")
    for name in MOMENTS:
        op.drop_column("appointment", name)
    for table, name in reversed(WORDS):
        op.drop_column(table, name)


def _start_index(*columns: str) -> None:
    op.drop_index(START, "appointment")
    op.create_index(START, "appointment", list(columns), unique=True, sqlite_where=OURS, postgresql_where=OURS)
