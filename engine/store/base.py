"""What all tables share: one metadata, one way of naming constraints, aware moments in UTC, JSON.

Tables are declared with SQLAlchemy's declarative classes and used with Core statements on an `AsyncConnection`: rows
are read into the room's own frozen dataclasses, and no mapped object ever leaves the room.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

# Fixed names, so that a migration can drop or alter a constraint on either database.
NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. A naive one is refused: nobody could know what it meant.

    PostgreSQL: `timestamptz`. SQLite: text of fixed width in UTC, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"The store keeps aware datetimes only; {value.isoformat()} has no time zone.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON document: JSONB on PostgreSQL, text on SQLite. Key order is not kept; where it matters, keep text."""

Key = Annotated[str, mapped_column(String(64), primary_key=True)]
"""Primary key: an id of our own making, such as `lead_01j8z...`."""


class Base(DeclarativeBase):
    """Every table of ours descends from this."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment()}  # noqa: RUF012  SQLAlchemy reads the plain class attribute
