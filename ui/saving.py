"""Whether everything is saved, in words that are true. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from ui import moments
from ui.desk import Colleague, Desk
from ui.looks import Tone
from ui.texts import t


@dataclass(frozen=True, slots=True)
class SaveStatus:
    words: str
    tone: Tone


def status(desk: Desk, zone: tzinfo) -> SaveStatus:
    """`Saved` is said only of what the engine has confirmed."""
    if desk.waiting:
        words = "session.not_saved" if len(desk.waiting) == 1 else "session.not_saved.many"
        return SaveStatus(t(words, count=len(desk.waiting)), "bad")
    if desk.clashes:
        return SaveStatus(t("session.clash_open"), "warm")
    if desk.trouble is not None:
        return SaveStatus(t("session.no_engine"), "warm")
    if desk.saved_at is not None:
        return SaveStatus(t("session.saved_at", time=moments.clock(desk.saved_at.astimezone(zone))), "good")
    return SaveStatus(t("session.saved"), "good")


def names(others: Iterable[Colleague], me: str) -> str:
    """Who else is at work. The same person elsewhere is another window."""
    found = dict.fromkeys(
        t("session.other_window") if each.by == me else each.by or t("session.somebody") for each in others
    )
    return t("and").join(found)
