"""Cuts streaming text into sentences, the same ones however the text arrives."""

from __future__ import annotations

import re
from typing import Final

_END: Final = re.compile(r"[.!?…]+[\"'”’)\]]*\s+(?=\S)")
_SHORT: Final = frozenset({"dr", "mr", "mrs", "ms", "st", "ave", "apt", "no", "vs", "jr", "sr", "inc", "e.g", "i.e"})


class SentenceCutter:
    """`feed` gives the sentences that are complete for certain: the next word has begun."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, text: str) -> list[str]:
        self._text += text
        found: list[str] = []
        start = 0
        for match in _END.finditer(self._text):
            if not self._goes_on(start, match):
                found.append(self._text[start : match.end()].strip())
                start = match.end()
        self._text = self._text[start:]
        return found

    def end(self) -> list[str]:
        """What is left, if anything."""
        rest, self._text = self._text.strip(), ""
        return [rest] if rest else []

    def _goes_on(self, start: int, match: re.Match[str]) -> bool:
        """Whether the stop belongs to an abbreviation, or a small letter follows ("at 2 p.m. on Friday")."""
        if not match.group().startswith("."):
            return False
        words = self._text[start : match.start()].split()
        last = words[-1].lower() if words else ""
        return last in _SHORT or self._text[match.end()].islower()
