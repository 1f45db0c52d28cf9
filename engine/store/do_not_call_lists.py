"""Do-not-call lists of countries and states, as files of numbers that are loaded now and then. Our own list, which
never ages, is `suppression`. Also: states in which calling is stopped by hand for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Key


class DoNotCallListRow(Base):
    """`state`: two letters, empty for the national list. `listed_at`: the date of the list itself. Only `complete` ones
    count."""

    __tablename__ = "do_not_call_list"

    id: Mapped[Key]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(2))
    listed_at: Mapped[datetime]
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str]
    numbers: Mapped[int]
    complete: Mapped[bool] = mapped_column(Boolean, server_default=false())


class ListedNumberRow(Base):
    """`number`: the digits of E.164."""

    __tablename__ = "listed_number"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    list_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("do_not_call_list.id", ondelete="CASCADE"), primary_key=True
    )


class CallingStoppedRow(Base):
    """A state in which nobody is called until then: a governor's order, a storm."""

    __tablename__ = "calling_stopped"

    state: Mapped[str] = mapped_column(String(2), primary_key=True)
    until: Mapped[datetime]
    why: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class SuppressedHashRow(Base):
    """A number on our own list whose owner had all their data deleted: only its keyed hash stays."""

    __tablename__ = "suppressed_hash"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str]
    source: Mapped[str]
    added_at: Mapped[datetime]
