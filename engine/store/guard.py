"""The database's own refusal to change what must stay as it was written: journal, consent evidence, published versions.

A trigger refuses UPDATE always, and DELETE unless this very transaction holds a row of `retention_permit`, which
`retention` puts there and takes away again before it commits, so that no other transaction ever sees it. The same
mechanism works on both databases and needs no special rights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base

APPEND_ONLY: Final = (
    "journal", "consent", "consent_revocation", "flow_version", "deletion", "campaign_version", "audit_entry",
)  # fmt: skip
"""Every table that is guarded. Each migration guards those that it makes."""


class RetentionPermitRow(Base):
    __tablename__ = "retention_permit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


def statements(dialect: str, tables: Sequence[str], *, first: bool = False) -> list[str]:
    """The DDL of the triggers of `tables`, for migrations. `dialect`: `sqlite` or `postgresql`. `first`: nothing is
    guarded yet, so that what the triggers call has to be made too."""
    if dialect == "postgresql":
        return [*([_FUNCTION] if first else []), *_postgresql(tables)]
    return [line for table in tables for line in _sqlite(table)]


def _sqlite(table: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    unless = "WHEN NOT EXISTS (SELECT 1 FROM retention_permit)"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {unless} {refuse}",
    ]


_FUNCTION: Final = """
    CREATE FUNCTION leadline_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM retention_permit) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$"""


def _postgresql(tables: Sequence[str]) -> list[str]:
    rows = [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION leadline_append_only()"
        for table in tables
    ]
    emptying = [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION leadline_append_only()"
        for table in tables
    ]
    return [*rows, *emptying]
