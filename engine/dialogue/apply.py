"""Commands into slots: checked, normalised, with evidence, or refused with a reason that people can read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.dialogue.commands import Agreed, Command, SlotDenied, SlotHeard, SlotRefused
from engine.dialogue.proof import Moment, supported, unproven
from engine.dialogue.slots import Change, SlotBook
from engine.flow.model import Slot
from engine.sdk import Evidence, Scalar, SlotType


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that was not carried out."""

    slot: str
    why: str


@dataclass(frozen=True, slots=True)
class Applied:
    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def touched(self) -> tuple[str, ...]:
        return tuple(change.slot for change in self.changes)


def apply(
    book: SlotBook, commands: Sequence[Command], utterance: str, turn: int, moment: Moment | None = None
) -> Applied:
    """Carry out the commands that concern slots. They count only if their words stand in the utterance, and a value
    only if the recognisers do not read another one there. `moment`: None where time and number of the call are not
    known; then values are not read again."""
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for command in commands:
        if not isinstance(command, SlotHeard | SlotDenied | SlotRefused | Agreed):
            continue
        if command.slot not in book:
            refusals.append(Refusal(command.slot, "the flow has no such thing to find out"))
        elif problem := unproven(command.words, utterance):
            refusals.append(Refusal(command.slot, problem))
        elif isinstance(command, SlotHeard):
            slot = book[command.slot].slot
            heard = supported(slot, command, utterance, moment) if moment is not None else command
            if isinstance(heard, str) or (problem := problem_with(slot, heard.value)):
                refusals.append(Refusal(command.slot, heard if isinstance(heard, str) else problem))
                continue
            evidence = Evidence("call", heard.words, turn)
            changes.append(book.write(heard.slot, heard.value, evidence, heard.confidence))
            for denied in heard.denied:
                book.mark_corrected(heard.slot, denied)
        elif isinstance(command, SlotDenied):
            record = book[command.slot]
            if record.value == command.value or (record.value is None and record.suggestion == command.value):
                was = record.effective
                book.forget(command.slot)
                record.suggestion = None
                changes.append(Change(command.slot, None, was, command.words, record.state))
        elif isinstance(command, SlotRefused):
            changes.append(book.refuse(command.slot, command.words, turn))
        else:
            change = book.accept_suggestion(command.slot, command.words, turn)
            if change:
                changes.append(change)
    return Applied(tuple(changes), tuple(refusals))


def problem_with(slot: Slot, value: Scalar) -> str:
    """Why `value` cannot be taken for `slot`, in plain words; empty if it can."""
    if slot.type is SlotType.APPOINTMENT:
        return "an appointment is booked, not heard"
    if slot.type in (SlotType.NUMBER, SlotType.MONEY, SlotType.DURATION):
        if isinstance(value, str | bool):
            return f"'{value}' is not a number"
    elif slot.type is SlotType.YES_NO:
        if not isinstance(value, bool):
            return f"'{value}' is neither yes nor no"
    elif not isinstance(value, str) or not value.strip():
        return "the value is empty"
    if slot.type is SlotType.CHOICE and isinstance(value, str):
        known = {choice.value for choice in slot.choices}
        if value not in known and not (slot.allow_other and value.startswith("other:")):
            return f"'{value}' is none of the choices"
    if slot.type is SlotType.ZIP and not re.fullmatch(r"\d{5}", str(value)):
        return f"'{value}' is not a five-digit ZIP"
    check = slot.check
    if check is None:
        return ""
    if not isinstance(value, str | bool):
        if check.min is not None and value < check.min:
            return f"{value} is below {check.min:g}"
        if check.max is not None and value > check.max:
            return f"{value} is above {check.max:g}"
    if check.pattern and not re.fullmatch(check.pattern, str(value)):
        return f"'{value}' does not have the expected form"
    if check.max_length is not None and len(str(value)) > check.max_length:
        return f"it is longer than {check.max_length} characters"
    return ""
