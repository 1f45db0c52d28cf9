"""Cuts speech that arrives in pieces into whole sentences, each as soon as it is whole. No I/O."""

from __future__ import annotations

import re
from typing import Final

from engine.dialogue.recognisers.words import listed

_ABBREVIATIONS: Final = listed("dr mr mrs ms st ave apt no vs jr sr inc e.g i.e a.m p.m a p")
_END: Final = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|\n+")
_CLOSED: Final = re.compile(r"[.!?…][\"'”’)\]]*$")


class Sentences:
    """`feed` it pieces of any length; `rest` is what was not ended when the pieces stopped."""

    def __init__(self) -> None:
        self._buffer = ""

    def feed(self, piece: str) -> list[str]:
        """The sentences that `piece` makes whole.

        >>> cutter = Sentences()
        >>> [cutter.feed(piece) for piece in ("Got it", ". How so", "on? At 2 p.m. ", "or")]
        [[], ['Got it.'], ['How soon?'], []]
        """
        self._buffer += piece
        whole: list[str] = []
        start = 0
        for end in _END.finditer(self._buffer):
            if self._goes_on(end):
                continue
            whole.append(self._buffer[start : end.end()])
            start = end.end()
        self._buffer = self._buffer[start:]
        return [sentence for each in whole if (sentence := " ".join(each.split()))]

    def rest(self) -> str:
        """The last sentence, if it has its full stop. Half a sentence is worth nothing: its other half may be a no."""
        last, self._buffer = " ".join(self._buffer.split()), ""
        return last if _CLOSED.search(last) else ""

    def _goes_on(self, end: re.Match[str]) -> bool:
        """A full stop that ends no sentence: "Dr. Reyes", "at 2 p.m. or"."""
        if not end.group().startswith(".") or end.group().startswith(".."):
            return False
        word = self._buffer[: end.start()].rsplit(maxsplit=1)
        last = word[-1].lower().lstrip("\"'(") if word else ""
        if last not in _ABBREVIATIONS and not re.fullmatch(r"(?:[a-z]\.)*[a-z]", last):
            return False
        after = self._buffer[end.end() :].lstrip()
        return last not in ("a.m", "p.m") or not after[:1].isupper()
