"""What all tables share: one metadata, one way of naming constraints, aware moments in UTC, JSON.

Tables are declared with SQLAlchemy's declarative classes and used with Core statements on an `AsyncConnection`: rows
are read into the room's own frozen dataclasses, and no mapped object ever leaves the room.
"""

from __future__ import annotations

import math
import secrets
from datetime import UTC, datetime
from typing import Annotated, Final

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.sdk import Json

# Fixed names, so that a migration can drop or alter a constraint on either database.
NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. A naive one is refused: nobody could know what it meant. One that in UTC would
    lie beyond the calendar (before the year 1, after 9999) counts as its end.

    PostgreSQL: `timestamptz`. SQLite: text of fixed width in UTC, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"The store keeps aware datetimes only; {value.isoformat()} has no time zone.")
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            moment = datetime.min.replace(tzinfo=UTC) if value.year == 1 else datetime.max.replace(tzinfo=UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length, as `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return storable(value) if value is not None else None


class Document(TypeDecorator[Json]):
    """A JSON document: JSONB on PostgreSQL, text on SQLite. Key order is not kept; where it matters, keep text."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Json]:
        kind = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(kind(none_as_null=True))

    def process_bind_param(self, value: Json | None, dialect: Dialect) -> Json | None:
        return _storable_document(value)


def storable(text: str) -> str:
    """Text that every database takes. NUL is dropped: people cannot type it, and PostgreSQL refuses the whole row for
    it. Half of a character that was sent alone (a lone surrogate) becomes the sign for what cannot be read."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _storable_document(value: Json) -> Json:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): _storable_document(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_storable_document(part) for part in value]
    # NaN and Infinity are no JSON: PostgreSQL refuses them.
    return None if isinstance(value, float) and not math.isfinite(value) else value


def new_id(kind: str) -> str:
    """A fresh id of ours that cannot be guessed: `new_id("lead")` gives `lead_` and 24 hex digits."""
    return f"{kind}_{secrets.token_hex(12)}"


Key = Annotated[str, mapped_column(String(64), primary_key=True)]
"""Primary key: an id of our own making, see `new_id`."""


class Base(DeclarativeBase):
    """Every table of ours descends from this."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment(), str: Words()}  # noqa: RUF012  SQLAlchemy reads the plain class attribute
