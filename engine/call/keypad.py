"""What the caller's keys mean: digits of an answer, yes or no, a choice by its number, a wish to be left alone.

Pure: time is an argument. A number may be typed, spoken, or begun in one way and ended in the other:

    0-9   a digit, while a number is asked for; 1 is yes and 2 is no after a yes-or-no question; the choice of that
          number, if the choices were read with numbers
    #     the number is complete
    *     begin the number again
    9     "no more calls", whenever 9 is no digit of what is asked for

Half a number waits: after `PAUSE_S` without a key what is there counts as said, so that it is answered, if only by
asking again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.dialogue.recognisers.numbers import digit_runs
from engine.sdk import SlotType

PAUSE_S: Final = 3.0
"""Without a key for so long the caller is done: a person looks a digit up in less."""

OPT_OUT_KEY: Final = "9"
PRESSED: Final = f"pressed {OPT_OUT_KEY}"
"""What stands instead of words for a caller who used the key."""

_LENGTH: Final = {SlotType.ZIP: 5, SlotType.PHONE: 10}
_NUMBER_WORDS: Final = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_NUMBER: Final = rf"(\d|{'|'.join(_NUMBER_WORDS)})"
_PRESS_FOR: Final = re.compile(rf"\b(?:press|dial|key) {_NUMBER} for ([^,.;:?!]+?)(?=,|\.|;|\?|!|$| or | and )", re.I)
_FOR_PRESS: Final = re.compile(rf"\bfor ([^,.;:?!]+?),? (?:press|dial|key) {_NUMBER}\b", re.I)


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the open question can be answered with. `digits`: how many make it whole, 0 if only `#` or a pause tells."""

    kind: Literal["nothing", "digits", "yes_no", "choice"] = "nothing"
    digits: int = 0
    choices: tuple[tuple[str, str], ...] = ()


def awaited(expecting: str, slot_type: SlotType | None, wording: str) -> Awaited:
    """What keys can answer, from the question as it was put."""
    if expecting == "digits":
        return Awaited("digits", _LENGTH.get(slot_type, 0) if slot_type is not None else 0)
    # Choices that were read with numbers go first: "press 1 for yes" may mean anything.
    if choices := numbered(wording):
        return Awaited("choice", choices=choices)
    return Awaited("yes_no") if expecting == "yes_no" else Awaited()


def numbered(wording: str) -> tuple[tuple[str, str], ...]:
    """The choices that a question offers by number: ("1", "roof repair"), ... Empty if it names none."""
    found = [(number, text) for number, text in _PRESS_FOR.findall(wording)]
    found = found or [(number, text) for text, number in _FOR_PRESS.findall(wording)]
    return tuple((_NUMBER_WORDS.get(number.lower(), number), text.strip()) for number, text in found)


@dataclass(frozen=True, slots=True)
class Typing:
    """The number is not whole yet: listen on."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Take it as if the caller had said these words."""

    words: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """No more calls."""


@dataclass(frozen=True, slots=True)
class Meaningless:
    """A key that means nothing here."""


Meaning = Typing | Answered | OptOut | Meaningless


@dataclass
class Keypad:
    """One call's keys. `typed`: digits of the number that is being keyed in."""

    typed: str = ""
    _spoken: str = field(default="", repr=False)
    _at: float = 0.0

    def press(self, key: str, now: float, asked: Awaited) -> Meaning:
        if asked.kind != "digits":
            self.forget()
            return self._single(key, asked)
        if self.typed and now - self._at > 2 * PAUSE_S:
            self.forget()  # half a number of long ago
        self._at = now
        if key == "*":
            self.forget()
            return Typing()
        if key == "#":
            return self.pause(asked) or Meaningless()
        if not key.isdigit():
            return Meaningless()
        self.typed += key
        # With a spoken beginning it is open whether the keys go on with it or begin anew: the pause will tell.
        if asked.digits and len(self.typed) >= asked.digits:
            return self.pause(asked) or Typing()
        return Typing()

    def heard(self, words: str, asked: Awaited) -> str:
        """The caller spoke. Gives the words to take: what was typed before belongs to them.

        Too few digits are kept, in case that keys go on with them.
        """
        digits = "".join(run.value for run in digit_runs(words)) if asked.kind == "digits" else ""
        if not digits:
            self.forget()
            return words
        if self.typed:
            before, self.typed = self.typed, ""
            whole = before + digits
            if not asked.digits or len(whole) <= asked.digits:
                self._spoken = whole if len(whole) < asked.digits else ""
                return _read_out(whole)
        self._spoken = digits if len(digits) < asked.digits else ""
        return words

    @property
    def waiting(self) -> bool:
        """A number is half typed."""
        return bool(self.typed)

    def pause(self, asked: Awaited) -> Answered | None:
        """No more keys come: the number as it stands, None if there is none."""
        typed, spoken = self.typed, self._spoken
        self.forget()
        if not typed:
            return None
        joined = spoken + typed
        fits = asked.digits and len(joined) == asked.digits
        return Answered(_read_out(joined if fits else typed))

    def forget(self) -> None:
        self.typed = self._spoken = ""

    @staticmethod
    def _single(key: str, asked: Awaited) -> Meaning:
        if (chosen := dict(asked.choices).get(key)) is not None:
            return Answered(chosen)
        if key == OPT_OUT_KEY:
            return OptOut()
        if asked.kind == "yes_no" and key in ("1", "2"):
            return Answered("Yes." if key == "1" else "No.")
        return Meaningless()


def _read_out(digits: str) -> str:
    """As a caller would say them, one by one."""
    return " ".join(digits)
