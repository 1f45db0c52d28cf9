"""Holds a call in text instead of on a line; everything before and after it is the product's own.

The conversation, its journal, the calendar, the claim of the line, the result, its commit and the finishing of calls
that a dead process left are those of `engine.call.Switchboard`. Only sound is left out.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from typing import Final, Literal

from engine.call.acts import Act, Close, Listen, Say
from engine.call.holding import Holding
from engine.call.live import LiveCall
from engine.call.session import Ended
from engine.simulate.pace import play

MOST_TURNS: Final = 60
ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "identity": ("Yes, this is me. I've got a minute.",),
    "service_type": ("We've got a leak in the roof over the garage.",),
    "property_type": ("It's a house.",),
    "zip": ("Nine four one one zero.",),
    "timeline": ("This week if you can.",),
    "authority": ("Yeah, I own it.",),
    "offer_times": ("The first one.", "The first one.", "The second one.", "The last one."),
    "confirm_booking": ("Yes please.",),
    "address": ("1200 18th Street.",),
    "email": ("No email, a text is fine.",),
}
"""By what was asked. Most want the first time that is offered: they all race for it."""
NOTHING_ELSE: Final = "No, that's it. Thanks."


class TextHolding(Holding):
    """As `Holding`, for a caller who types. `turn_s`: longest pause between turns. `dice`: what the caller picks."""

    turn_s: float
    dice: random.Random

    async def hold(self, live: LiveCall) -> None:
        line = live.lines.get_nowait()
        live.note("line_opened")
        try:
            by = await self._talk_in_text(live)
        finally:
            line.over.set()
        if live.moved.is_set():
            return
        if not live.conversation.outcome.disposition:
            live.conversation.hung_up(by, live.at())
        live.ended = Ended(by, "", live.at())

    async def _talk_in_text(self, live: LiveCall) -> Literal["assistant", "caller"]:
        talk = live.conversation
        acts = talk.answered("Hello?", live.at())
        for _ in range(MOST_TURNS):
            closed = await self._turn(live, acts)
            await asyncio.sleep(self.dice.uniform(0, self.turn_s))
            if closed:
                talk.hung_up("assistant", live.at())
                return "assistant"
            if live.moved.is_set():
                break
            asked = talk.outcome.transcript[-1].asked if talk.outcome.transcript else ""
            said = len([turn for turn in talk.outcome.transcript if turn.who == "caller"])
            words = self.dice.choice(ANSWERS["identity"] if said < 2 else ANSWERS.get(asked or "", (NOTHING_ELSE,)))
            acts = talk.heard(words, live.at())
        return "caller"

    async def _turn(self, live: LiveCall, acts: AsyncIterator[Act]) -> bool:
        """The agent's turn, heard to its end. Whether it was the last one."""
        says: list[Say] = []
        closed = False
        async for act in acts:
            if isinstance(act, Say):
                says.append(act)
            elif isinstance(act, Close | Listen):
                closed = isinstance(act, Close)
                break
        play(live.conversation, says, live.at())
        return closed
