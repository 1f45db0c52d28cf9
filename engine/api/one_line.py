"""What people and programs send as a name or a sentence, made fit to stand in one line of a log, a page or a call."""

from __future__ import annotations

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")


def one_line(text: str) -> str:
    """`text` without control characters, its white space of any kind as single blanks."""
    return " ".join(_CONTROL.sub(" ", text).split())
