"""Why what was sent to a source is refused or put aside, as codes that are counted, and in words for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Reason = Literal[
    "unreadable",
    "forged",
    "stale",
    "wrong_key",
    "wrong_token",
    "other_website",
    "too_often",
    "robot",
    "too_many",
    "no_phone",
    "no_settings",
]

WORDS: Final[Mapping[Reason, str]] = {
    "unreadable": "It could not be read: it was neither a form nor JSON.",
    "forged": "It was not signed, or its signature did not fit. Compare the secret on both sides.",
    "stale": "It was signed more than five minutes before it came. Check the clock of the sender.",
    "wrong_key": "The key in it was missing or another one. Compare the key on both sides.",
    "wrong_token": "The token in its header was missing or another one. Compare the token on both sides.",
    "other_website": "It came from a website that is not in the list of this source.",
    "too_often": "Too many came from one address, or altogether, within a minute.",
    "robot": "A robot filled in the field that people do not see. These were kept, and are not called.",
    "too_many": "It held more leads than are taken at once.",
    "no_phone": "The mapping found no phone number in it. These were kept, with all that was sent, and are not called.",
    "no_settings": "The settings of the source could not be read. Correct them.",
}
