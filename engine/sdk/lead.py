"""The lead as a flow's nodes see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lead:
    """A person who asked to be called. `phone` is E.164; `form` holds what they typed, by field name.
    `attempt`: which call to them this is; `messages_today`: how many messages their voicemail has had today, and
    `messages_from`: with which attempt the campaign allows the first one. `zone`:
    IANA name of the time zone they live in, as far as form or number tell; else empty."""

    id: str
    first_name: str
    last_name: str
    phone: str
    email: str | None = None
    source: str = "website"
    form: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime | None = None
    attempt: int = 1
    messages_today: int = 0
    messages_from: int = 1
    zone: str = ""
