"""Whether the caller's own words support what a model claims to have heard.

A hosted model understands more than patterns do, but it also invents, above all digits. So the typed recognisers read
the quoted words again: a ZIP, a phone number, an e-mail address, a date, an amount or a yes that they do not find there
is refused with a reason for the journal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from engine.dialogue.commands import SlotHeard
from engine.dialogue.reading import SURE_TIME, Reading, read
from engine.dialogue.recognisers import email, money, numbers, phone, timeline, yes_no
from engine.dialogue.slots import contains_words, plain
from engine.flow.model import Slot
from engine.sdk import Scalar, SlotType

UNSUPPORTED: Final = 0.6
"""Most confidence of a value that the recognisers neither confirm nor contradict: low enough to be read back."""

_CALLED: Final[Mapping[SlotType, str]] = {
    SlotType.ZIP: "ZIP",
    SlotType.PHONE: "phone number",
    SlotType.EMAIL: "e-mail address",
    SlotType.DATE: "date",
    SlotType.MONEY: "amount",
}
"""Types whose value must be read in the words, and how a reason names them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """`now`: aware, in the seller's zone. `own_phone`: the number that was called, for "this number is fine"."""

    now: datetime
    own_phone: str = ""


def unproven(words: str, utterance: str) -> str:
    """Why `words` prove nothing; empty if the caller said them, whole words in this order."""
    if not plain(words):
        return "no words of the caller stand behind it"
    if not contains_words(utterance, words):
        return f"the caller did not say '{words}'"
    return ""


def supported(slot: Slot, command: SlotHeard, utterance: str, moment: Moment) -> SlotHeard | str:
    """The command with its value in the slot's form, less sure if nothing confirms it, or why it cannot be taken."""
    value = normalised(slot, command.value, moment.now)
    command = replace(command, value=value)
    spoken = [
        reading
        for text in (command.words, utterance)
        if (reading := read(slot, text, moment.now, asked=True, own_phone=moment.own_phone)) is not None
    ]
    if any(_same(value, reading.value) for reading in spoken):
        return command
    if slot.type in _CALLED:
        return command if _amount_fits(slot, value, command.words) else _refused(slot, command, spoken)
    if slot.type is SlotType.DURATION:
        sure = [each for each in spoken if each.value is not None and each.confidence >= SURE_TIME]
        # Days are counted by one hand only, so that the same words always mean the same number.
        return replace(command, value=sure[0].value) if sure and sure[0].value is not None else _unsure(command)
    if slot.type is SlotType.YES_NO:
        said = yes_no.answer(command.words)
        clear = said is not None and said.value is not yes_no.Answer.UNSURE
        return f"'{command.words}' says the opposite" if clear else _unsure(command)
    if slot.type is SlotType.NUMBER:
        heard = numbers.find(command.words)
        return f"'{command.words}' says {_shown(heard[-1].value)}, not {_shown(value)}" if heard else _unsure(command)
    return command


def _refused(slot: Slot, command: SlotHeard, spoken: list[Reading]) -> str:
    heard = next((each.value for each in spoken if each.value is not None), None)
    if heard is not None:
        return f"'{command.words}' says {_shown(heard)}, not {_shown(command.value)}"
    return f"no {_CALLED[slot.type]} can be read in '{command.words}'"


def _shown(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unsure(command: SlotHeard) -> SlotHeard:
    return replace(command, confidence=min(command.confidence, UNSUPPORTED))


def _same(value: Scalar, other: Scalar | None) -> bool:
    if other is None or isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, int | float) and isinstance(other, int | float):
        return abs(value - other) <= 0.005 * max(abs(value), abs(other))
    return value == other


def _amount_fits(slot: Slot, value: Scalar, words: str) -> bool:
    """Whether an amount lies in a range that was said: "between one and two hundred" supports both ends."""
    if slot.type is not SlotType.MONEY or isinstance(value, str | bool):
        return False
    return any(
        (each.value.low is None or each.value.low <= value) and (each.value.high is None or value <= each.value.high)
        for each in money.find(words, expected=True)
    )


def normalised(slot: Slot, value: Scalar, now: datetime) -> Scalar:
    """`value` in the form that the slot's type stores; as it is, if it has no such form."""
    if isinstance(value, bool) or (isinstance(value, float) and slot.type is SlotType.DURATION):
        return value if isinstance(value, bool) or not value.is_integer() else int(value)
    if slot.type is SlotType.ZIP:
        digits = f"{value:05d}" if isinstance(value, int) else re.sub(r"[\s-]", "", str(value))
        return digits[:5] if re.fullmatch(r"\d{9}", digits) else digits
    if not isinstance(value, str):
        return value
    text = value.strip()
    form: Scalar | None = None
    match slot.type:
        case SlotType.PHONE:
            form = next((each.value.e164 for each in phone.find(text) if each.value.e164), None)
        case SlotType.EMAIL:
            form = next((each.value.address for each in email.find(text) if each.value.address), None)
        case SlotType.DATE:
            form = _iso(text) or _read_as(slot, text, now)
        case SlotType.YES_NO:
            form = {"yes": True, "true": True, "no": False, "false": False}.get(text.lower())
        case SlotType.DURATION:
            form = (
                int(text) if text.isdecimal() else next((each.value for each in timeline.find(text, now.date())), None)
            )
        case SlotType.NUMBER | SlotType.MONEY:
            form = _read_as(slot, text, now)
        case SlotType.CHOICE:
            form = next((each.value for each in slot.choices if text.lower() in (each.value, each.label.lower())), None)
        case _:
            pass
    return text if form is None else form


def _read_as(slot: Slot, text: str, now: datetime) -> Scalar | None:
    reading = read(slot, text, now, asked=True)
    return reading.value if reading is not None else None


def _iso(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
