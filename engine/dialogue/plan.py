"""What to ask next: musts first, then what lies nearest to what was just said; never what is known or refused."""

from __future__ import annotations

from collections.abc import Sequence

from engine.dialogue.slots import SlotBook


def open_slots(book: SlotBook, wanted: Sequence[str]) -> tuple[str, ...]:
    """The slots of `wanted` that are still to be asked. `if_offered` ones never are."""
    return tuple(id for id in wanted if id in book and not book[id].settled and book[id].slot.need != "if_offered")


def next_slot(book: SlotBook, wanted: Sequence[str], last_asked: str | None = None) -> str | None:
    """The slot to ask for, or None when `wanted` is exhausted.

    A slot just asked without success stays the topic (people expect to be asked again, not to be moved on), then come
    the musts in the order the author gave, then the rest.
    """
    candidates = open_slots(book, wanted)
    if not candidates:
        return None
    if last_asked in candidates:
        return last_asked
    musts = [id for id in candidates if book[id].slot.need == "must"]
    return (musts or list(candidates))[0]
