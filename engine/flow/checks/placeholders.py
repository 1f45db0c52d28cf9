"""Placeholders in texts: {first_name}, {slot:zip}."""

from __future__ import annotations

import re
from collections.abc import Iterator

COMMON = frozenset(
    {
        "assistant",
        "date",
        "first_name",
        "last_name",
        "opt_out_phone",
        "seller",
        "seller_phone",
        "source",
        "topic",
    }
)
"""What every text of a call may use."""

AFTER_CALL = frozenset(
    {
        "address",
        "answers",
        "appointment",
        "appointment_day",
        "appointment_time",
        "assistant",
        "call_id",
        "callback",
        "disposition",
        "duration",
        "email",
        "explanation",
        "first_name",
        "flow",
        "last_name",
        "meeting_link",
        "opt_out_link",
        "phone",
        "reason",
        "seller",
        "seller_phone",
        "source",
        "staff",
        "started",
        "summary",
        "transcript",
    }
)
"""What texts of the lane behind the call may use: facts of the result (`engine.aftercall.texts` fills them)."""

_FOUND = re.compile(r"\{([a-z_]+(?::[^{}\s]+)?)\}")


def names_in(text: str) -> Iterator[str]:
    """The names between braces: 'first_name', 'slot:zip'. Braces around anything else, such as JSON, do not count."""
    if "{" in text:
        for match in _FOUND.finditer(text):
            yield match.group(1)
