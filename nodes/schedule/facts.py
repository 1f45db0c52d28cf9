"""What a card takes from the call into a calendar entry."""

import re

from engine.sdk import TalkContext

_GAP = re.compile(r"\s*\{[a-z_]+(?::[^{}\s]+)?\}[,;]?")


def known(ctx: TalkContext, slot: str) -> str:
    """A slot's value as text; empty if no slot is named, or nothing is known."""
    view = ctx.slot(slot) if slot else None
    return str(view.value) if view is not None and view.known else ""


def without_gaps(text: str) -> str:
    """A text for people without the placeholders that nothing has filled."""
    return _GAP.sub("", text).strip(" ,;")
