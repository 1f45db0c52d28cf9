"""What the lead form and other systems say, as suggestions that the caller confirms in passing."""

from __future__ import annotations

from datetime import date, datetime, time

from engine.dialogue.reading import read
from engine.dialogue.slots import SlotBook
from engine.flow.model import Slot
from engine.sdk import Lead, Scalar


def prefill(book: SlotBook, lead: Lead, today: date) -> None:
    """Read the form fields that slots name. What cannot be read, or could mean two things, stays open."""
    noon = datetime.combine(today, time(12))
    for record in book:
        typed = lead.form.get(record.slot.prefill or "", "").strip()
        if record.slot.prefill == "email" and lead.email:
            typed = lead.email
        if typed:
            value = _read(record.slot, typed, noon)
            if value is not None:
                book.suggest(record.slot.id, value, f"form field '{record.slot.prefill}': {typed}")


def suggest(book: SlotBook, slot: str, text: str, words: str, now: datetime) -> bool:
    """What another system says of a slot. The caller's own words and the form count more: False if it says anything
    already, or if the text cannot be read."""
    record = book[slot]
    if record.settled or record.effective is not None:
        return False
    value = _read(record.slot, text.strip(), now)
    if value is None:
        return False
    book.suggest(slot, value, words, "crm")
    return True


def _read(slot: Slot, text: str, now: datetime) -> Scalar | None:
    reading = read(slot, text, now, asked=True) if text else None
    return reading.value if reading is not None and reading.confidence > 0.5 else None
