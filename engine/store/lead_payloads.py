"""What a source sent, word for word, sealed with a key of the installation: for proof, and to read it anew when a
mapping was wrong. Read by administrators only; each reading is written down."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from engine.store import audit
from engine.store.base import Base, Key
from engine.store.connections import WrongKey

PURPOSE: Final = "what lead sources sent"
"""Of `Vault.derived`."""
_NONCE: Final = 12


class LeadPayloadRow(Base):
    """Keys and tokens of the source are taken out before."""

    __tablename__ = "lead_payload"

    id: Mapped[Key]
    lead_id: Mapped[str] = mapped_column(String(64), ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    received_at: Mapped[datetime]
    content_type: Mapped[str] = mapped_column(String(128))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Seal:
    """Seals with the first key, opens with any of them. `keys`: 32 bytes each, asked for at the first use; may raise
    `WrongKey`. What is sealed for one lead cannot be opened as another's."""

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        self._keys = keys
        self._ciphers: list[AESGCM] = []

    def ready(self) -> None:
        """Raises `WrongKey`."""
        self._opened()

    def seal(self, lead_id: str, body: bytes) -> bytes:
        """Raises `WrongKey`."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._opened()[0].encrypt(nonce, body, lead_id.encode())

    def open(self, lead_id: str, sealed: bytes) -> bytes:
        """Raises `WrongKey`."""
        for cipher in self._opened():
            try:
                return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], lead_id.encode())
            except InvalidTag:
                continue
        raise WrongKey(
            "What was sent with this lead was sealed with another key. Set LEADLINE_SECRET_KEY to that key, or name it "
            "after the present one, with a comma."
        )

    def _opened(self) -> list[AESGCM]:
        if not self._ciphers:
            self._ciphers = [AESGCM(key) for key in self._keys()]
        return self._ciphers


@dataclass(frozen=True, slots=True)
class Payload:
    """One request as it came in: `body` byte for byte, without the source's secrets."""

    received_at: datetime
    content_type: str
    body: bytes


async def read(tx: AsyncConnection, seal: Seal, lead_id: str, who: str, now: datetime) -> Sequence[Payload]:
    """Everything that was sent for a lead, oldest first. A write transaction: that `who` has seen it is written down
    with it. Raises `WrongKey`."""
    query = select(LeadPayloadRow.__table__).where(LeadPayloadRow.lead_id == lead_id)
    rows = (await tx.execute(query.order_by(LeadPayloadRow.received_at, LeadPayloadRow.id))).mappings()
    found = [Payload(row["received_at"], row["content_type"], seal.open(lead_id, row["sealed"])) for row in rows]
    await audit.add(tx, who, "saw_payload", f"lead:{lead_id}", {"requests": len(found)}, now)
    return found
