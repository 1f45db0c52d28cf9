"""What Meta posts when somebody has sent a form of Lead Ads: ids only, signed over the raw body. Pure.

{"object": "page", "entry": [{"id": "112", "time": 1795356395, "changes": [{"field": "leadgen", "value":
    {"leadgen_id": "444", "page_id": "112", "form_id": "999", "ad_id": "888", "created_time": 1795356390}}]}]}
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from engine.sdk import Json

SIGNATURE: Final = "X-Hub-Signature-256"
_ID: Final = re.compile(r"\d{1,40}")


@dataclass(frozen=True, slots=True)
class LeadgenEvent:
    """Somebody has sent a form. Ids are texts of digits: they exceed what a float can hold. `ad_id` is empty for a lead
    that came without an advertisement."""

    leadgen_id: str
    page_id: str = ""
    form_id: str = ""
    ad_id: str = ""
    adgroup_id: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """`unreadable`: changes that should have been leads and name none. Changes of other fields are nobody's business
    here and are not counted."""

    events: tuple[LeadgenEvent, ...]
    unreadable: int = 0


def believed(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Whether one of the app secrets has signed these very bytes. `signature`: as it came, `sha256=<hex>`. Every secret
    is compared, each in constant time."""
    given = signature.strip().encode("utf-8", "replace")
    found = False
    for secret in secrets:
        expected = b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        found |= hmac.compare_digest(given, expected)
    return found


def read_events(body: bytes) -> Posted:
    """All leads of one post, each once, in the order they came. What cannot be read is counted, never raised."""
    try:
        data: Json = json.loads(body)
    except (ValueError, RecursionError):
        return Posted((), 1)
    if not isinstance(data, dict) or data.get("object") != "page":
        return Posted((), 0 if isinstance(data, dict) and data.get("object") else 1)
    found: dict[str, LeadgenEvent] = {}
    unreadable = 0
    for entry in _list(data.get("entry")):
        page = read_id(entry.get("id")) if isinstance(entry, dict) else ""
        for change in _list(entry.get("changes")) if isinstance(entry, dict) else ():
            if not isinstance(change, dict) or change.get("field") != "leadgen":
                continue
            value = change.get("value")
            event = _event(value, page) if isinstance(value, dict) else None
            if event is None:
                unreadable += 1
            else:
                found.setdefault(event.leadgen_id, event)
    return Posted(tuple(found.values()), unreadable)


def read_id(value: Json) -> str:
    """An id that came as a text or as a number; empty if it is none. Nothing else may become part of an address."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and _ID.fullmatch(text) and text.isascii() else ""


def read_moment(value: Json) -> datetime | None:
    """Seconds since 1970, as a number or a text; or a text like `2026-11-22T14:06:30+0000`, whose offset has no
    colon."""
    try:
        if isinstance(value, int | str) and not isinstance(value, bool) and str(value).isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None


def _event(value: Mapping[str, Json], page: str) -> LeadgenEvent | None:
    leadgen = read_id(value.get("leadgen_id"))
    if not leadgen:
        return None
    return LeadgenEvent(
        leadgen,
        read_id(value.get("page_id")) or page,
        read_id(value.get("form_id")),
        read_id(value.get("ad_id")),
        read_id(value.get("adgroup_id")),
        read_moment(value.get("created_time")),
    )


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
