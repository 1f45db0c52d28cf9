"""The kinds of reflex, and the shape of the bank of patterns behind each."""

from dataclasses import dataclass
from enum import StrEnum


class Reflex(StrEnum):
    OPT_OUT_CLEAR = "opt_out_clear"
    OPT_OUT_MAYBE = "opt_out_maybe"
    ARE_YOU_ROBOT = "are_you_robot"
    WANTS_PERSON = "wants_person"
    BAD_TIME = "bad_time"
    WRONG_NUMBER = "wrong_number"
    UPSET = "upset"
    REPEAT_PLEASE = "repeat_please"
    PRICE_PUSH = "price_push"
    INJECTION = "injection"
    ABUSE = "abuse"
    SWEARING = "swearing"
    OTHER_LANGUAGE = "other_language"
    CHILD = "child"
    NO_RECORDING = "no_recording"
    EMERGENCY = "emergency"
    HOW_GOT_NUMBER = "how_got_number"
    VOICEMAIL_GREETING = "voicemail_greeting"
    NOTHING_ELSE = "nothing_else"
    GOODBYE = "goodbye"
    HOLD_ON = "hold_on"
    THINKING = "thinking"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class Bank:
    """`pattern` and `unless` are searched in lower-case text with straight apostrophes. `unless` anywhere in the same
    sentence as the match takes the match back."""

    kind: Reflex
    confidence: float
    pattern: str
    unless: str
    matches: tuple[str, ...]
    look_alikes: tuple[str, ...]
