"""Words that keep a talk going without taking the floor: "uh-huh", "right", "okay"."""

from __future__ import annotations

import re
from typing import Final

# fmt: off
_WORDS: Final = frozenset({
    "ah", "aha", "alright", "cool", "exactly", "good", "gotcha", "great", "hm", "hmm", "hmmm", "huh", "interesting",
    "mhm", "mhmm", "mm", "mmhm", "mmhmm", "mmm", "nice", "oh", "ok", "okay", "okey", "perfect", "right", "see",
    "sure", "true", "uh", "uhhuh", "uhuh", "um", "wow", "yah", "yeah", "yep", "yes", "yup",
})
# fmt: on
_PHRASES: Final = ("i see", "got it", "all right", "of course", "uh huh", "mm hmm", "makes sense", "that's right")


def is_backchannel(text: str) -> bool:
    """Whether `text` has no words, or only such as a listener says while listening on.

    >>> is_backchannel("Mm-hmm, okay."), is_backchannel("Yeah, but what does it cost?"), is_backchannel("No.")
    (True, False, False)
    """
    plain = " ".join(re.findall(r"[\w']+", text.lower()))
    for phrase in _PHRASES:
        plain = re.sub(rf"\b{phrase}\b", "okay", plain)
    return all(word in _WORDS for word in plain.split())


def has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)
