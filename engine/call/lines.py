"""A call's lines: the media sockets it has one after the other, and the NCCO that makes the carrier open the next one.

A line that drops is not the end of a call. The carrier either tells us (`disconnected`), and is answered with a fresh
NCCO, or cannot reach us and goes on with the rest of the one it has: a sentence by its own voice, then the next try.
Either way the caller comes back on a line with a higher number, to this process or to another (`engine.store.holds`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.telephony.line_tokens import LineTokens
from engine.telephony.media import MediaPeer
from engine.telephony.ncco import HOLD_THE_LINE, Ncco, say_and_end, talk_with_fallback

APOLOGY: Final = "I'm sorry, something went wrong on our side. We will call you back. Goodbye."
GOODBYE: Final = "Goodbye."

MOST_LINES: Final = 30
"""A call whose line drops more often than this is ended with an apology: something is wrong for good."""


@dataclass(eq=False, slots=True)
class Line:
    """One media socket of a call. `over`: nobody uses it any more, its handler may return."""

    number: int
    media: MediaPeer
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Lines:
    """For all calls of a process. `public_url`: our own address as the carrier sees it, without a slash at the end."""

    def __init__(self, tokens: LineTokens, public_url: str) -> None:
        self._tokens = tokens
        self._public_url = public_url

    def number(self, call_id: str, headers: Mapping[str, str]) -> int | None:
        """Which line of the call a socket or an event is about, by the headers that our NCCO gave it; None if they are
        not ours."""
        if headers.get("call_id") != call_id:
            return None
        return self._tokens.line(call_id, headers.get("token", ""))

    def ncco(self, call_id: str, from_number: str, taken: int) -> Ncco:
        """Join our media socket on the line after `taken`, the last one that was used."""
        tries = min(len(HOLD_THE_LINE) + 1, MOST_LINES - taken)
        if tries < 1:
            return say_and_end(APOLOGY)
        tokens = [self._tokens.token(call_id, taken + each) for each in range(1, tries + 1)]
        return talk_with_fallback(
            call_id,
            tokens,
            f"ws{self._public_url.removeprefix('http')}/vonage/media",
            f"{self._public_url}/vonage/event/{call_id}",
            from_number,
            APOLOGY,
        )

    def after_a_drop(self, call_id: str, from_number: str, taken: int, headers: Mapping[str, str]) -> Ncco | None:
        """What to answer when the carrier says that a media socket was disconnected. None lets it go on with the NCCO
        it has: for a line that nobody ever took a fresh one would lead to the same refusal for ever."""
        number = self.number(call_id, headers)
        if number is not None and number > taken:
            return None
        return self.ncco(call_id, from_number, taken)
