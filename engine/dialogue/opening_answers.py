"""What an answer means that is given to a question the law puts into the opening, not the author. Pure."""

from __future__ import annotations

import re
from typing import Final, Literal

from engine.dialogue.openings import GO_ON_OR_END, OFFER
from engine.dialogue.recognisers import yes_no
from engine.dialogue.recognisers.yes_no import Answer

Meant = Literal["", "off_the_list", "perhaps_off_the_list", "end"]

_ONTO: Final = re.compile(r"\b(?:put|add|place) (?:me|us|my number|this number) (?:on|onto|to)\b", re.IGNORECASE)
_OFF: Final = re.compile(r"\b(?:off|list|third|last (?:one|option)|remove)\b", re.IGNORECASE)
_END: Final = re.compile(r"\b(?:end|hang up|second (?:one|option)|finish|stop)\b", re.IGNORECASE)
_GO_ON: Final = re.compile(r"\b(?:go (?:on|ahead)|continue|first (?:one|option)|sure|okay|ok)\b", re.IGNORECASE)


def meant(question: str, words: str) -> Meant:
    """What `words` mean as the answer to the last question that was heard, if it was one of the law's; empty: whatever
    they mean elsewhere."""
    if question == OFFER:
        if _ONTO.search(words):
            return "off_the_list"
        # "Yes?" may be the hello of somebody who has not listened: it is asked once.
        return "perhaps_off_the_list" if _answer(words) is Answer.YES else ""
    if question == GO_ON_OR_END:
        if _OFF.search(words):
            return "off_the_list"
        if _END.search(words) and not _GO_ON.search(words):
            return "end"
        return "end" if _answer(words) is Answer.NO else ""
    return ""


def _answer(words: str) -> Answer | None:
    found = yes_no.find(words)
    return found[0].value if found else None
