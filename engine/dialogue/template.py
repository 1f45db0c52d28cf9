"""Fills {placeholders} in the texts of a flow. The names are the same everywhere; the validator checks them."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{([a-z_]+(?::[A-Za-z0-9_]+)?)\}")


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Put `facts` into `text`. Names that are not given stay as they are: a later hand may fill them."""
    return PLACEHOLDER.sub(lambda found: facts.get(found.group(1), found.group(0)), text)


def national(phone: str) -> str:
    """'415 555 0100' for '+14155550100'; other countries' numbers stay as they are."""
    if phone.startswith("+1") and len(phone) == 12:
        return f"{phone[2:5]} {phone[5:8]} {phone[8:]}"
    return phone


_STOPS = re.compile(r"\b([ap]\.m)\.\.")
"""'at 2 p.m.' at the end of a sentence has one full stop, not two."""

_LEFT_OPEN = re.compile(r"(?:\s*\b(?:in|at|for|to|of|on))?\s*" + PLACEHOLDER.pattern)
"""A {placeholder} that nothing fills, with the preposition before it: better left out than spoken."""


def speakable_line(text: str) -> str:
    """A text as it goes to the voice, word for word: what is made ready before the call is found again by it."""
    return _STOPS.sub(r"\1.", _LEFT_OPEN.sub("", text))
