"""Legal holds: what is about such a person may not be deleted, whatever was asked or is due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Key


class LegalHoldRow(Base):
    __tablename__ = "legal_hold"

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), index=True)
    why: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str]
