"""Spelling of today for what a recogniser writes in yesterday's: "To-morrow at two, ,,"."""

from __future__ import annotations

import re

_HYPHENATED = re.compile(r"\b(to)(?:-(day|night|morrow)| (morrow))\b", re.IGNORECASE)
_STUTTERED = re.compile(r"([,.;:?!])(?:\s*[,;:])+")


def of_today(text: str) -> str:
    """`text` with "to-morrow" as one word and without doubled punctuation."""
    joined = _HYPHENATED.sub(lambda found: found.group(1) + (found.group(2) or found.group(3)), text)
    return _STUTTERED.sub(r"\1", joined)
