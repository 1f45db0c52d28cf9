"""What an entry in somebody's calendar says of the appointment. Pure."""

from __future__ import annotations

from engine.sdk import BookingDetails

TITLE_LIMIT = 200
TEXT_LIMIT = 7000
"""Characters. Google takes 8,192 for a description."""


def description(details: BookingDetails) -> str:
    """Lines for the business's own people: who it is, how they are reached, what they have told."""
    lines = [
        one_line(details.name),
        one_line(details.phone),
        one_line(details.email),
        one_line(details.address),
    ]
    about = "\n".join(line for line in lines if line)
    notes = "".join(sign for sign in details.notes.replace("\r\n", "\n") if sign in "\n\t" or sign.isprintable())
    return "\n\n".join(part for part in (about, notes.strip()) if part)[:TEXT_LIMIT]


def one_line(text: str) -> str:
    """Without line breaks and signs that are none."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:TITLE_LIMIT]
