"""What callers say of an appointment that they have: move it, cancel it, keep it. Pure patterns, no model."""

import re
from typing import Final, Literal

_TIMES: Final = r"(?:time|day|date|slot|hour|week|one)"
_MOVE: Final = re.compile(
    rf"\b(?:re-?schedul\w*|postpone\w*|bring it forward|push (?:it|that|the \w+) (?:back|out)"
    rf"|put (?:it|that) off"
    rf"|(?:mov|chang|switch|shift)(?:e|ing) (?:it|that|this|my|the|our|to|things)"
    rf"|(?:move|change)(?=\W*$)|make (?:it|that)"
    rf"|(?:another|different|other|new|later|earlier|better) {_TIMES}s?"
    rf"|some other time"
    rf"|(?:sooner|earlier|later) (?:than|appointment)"
    rf"|(?:can'?t|cannot|won'?t|couldn'?t|not able to|unable to) (?:make|come|do)\b|doesn'?t (?:really )?work"
    rf"|won'?t work"
    rf"|something came up|instead)\b",
    re.IGNORECASE,
)
_CANCEL: Final = re.compile(
    r"\b(?:cancel(?:s|l?ed|l?ing|lation)?|call (?:it|the \w+) off"
    r"|don'?t need (?:it|the|you|an?|that|anybody|anyone)\b"
    r"|no longer need|not need (?:it|you) any ?more|drop (?:it|the appointment)|take (?:it|me) (?:out|off the calendar)"
    r"|delete (?:it|the appointment))\b",
    re.IGNORECASE,
)
_NO_CANCEL: Final = re.compile(
    r"\b(?:don'?t|do not|not|never|no need to|rather than|instead of|won'?t|without) (?:\w+ ){0,2}cancel\w*\b",
    re.IGNORECASE,
)
_OF_CANCELLING: Final = re.compile(r"\bcancel\w* (?:fee|charge|policy|cost)\w*", re.IGNORECASE)
_LEAVE: Final = re.compile(
    r"\b(?:never ?mind|forget (?:about )?(?:it|that)|as (?:it|that) (?:is|was)|stay with (?:it|that|the old)"
    r"|(?:leave|keep)(?: (?:it|that|things|everything|the (?:old|first|same) (?:one|time)))?"
    r"(?=\W|$)(?! (?:me|you|us|a)\b)"
    r"|the old (?:one|time) (?:is|was) (?:fine|better|okay|ok))",
    re.IGNORECASE,
)
_STILL: Final = re.compile(
    r"\b(?:(?:still )?(?:works|fine|good|okay|ok|stands)\b(?! with)|i'?ll be (?:there|home|here)|see you then)\b",
    re.IGNORECASE,
)

Asked = Literal["", "move", "cancel", "keep"]


def asked_for(words: str) -> Asked:
    """What is wanted of an appointment. A move counts before a cancellation: "cancel Monday, can we do Friday instead"
    keeps the visit. Empty: the words do not say."""
    plain = words.replace("’", "'")
    if _MOVE.search(plain) and not _KEEPS_FIRST.search(plain):
        return "move"
    if _CANCEL.search(_OF_CANCELLING.sub("", plain)) and not _NO_CANCEL.search(plain):
        return "cancel"
    return "keep" if leaves_it(plain) or _STILL.search(plain) or _NO_CANCEL.search(plain) else ""


def leaves_it(words: str) -> bool:
    """Whether somebody who has an appointment would rather leave it where it is."""
    return _LEAVE.search(words) is not None


def wants_to_move(words: str) -> bool:
    return asked_for(words) == "move"


_KEEPS_FIRST: Final = re.compile(r"\b(?:don'?t|do not|no need to|never) (?:move|change|reschedule)\b", re.IGNORECASE)
