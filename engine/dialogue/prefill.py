"""What the lead form says, as suggestions that the caller confirms in passing."""

from __future__ import annotations

from datetime import date, datetime, time

from engine.dialogue.reading import read
from engine.dialogue.slots import SlotBook
from engine.sdk import Lead


def prefill(book: SlotBook, lead: Lead, today: date) -> None:
    """Read the form fields that slots name. What cannot be read, or could mean two things, stays open."""
    noon = datetime.combine(today, time(12))
    for record in book:
        typed = lead.form.get(record.slot.prefill or "", "").strip()
        if record.slot.prefill == "email" and lead.email:
            typed = lead.email
        if not typed:
            continue
        reading = read(record.slot, typed, noon, asked=True)
        if reading is not None and reading.value is not None and reading.confidence > 0.5:
            book.suggest(record.slot.id, reading.value, f"form field '{record.slot.prefill}': {typed}")
