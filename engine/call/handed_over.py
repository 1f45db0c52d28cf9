"""The end of our part of a call that goes on: the caller has been put through, and two people are talking."""

from __future__ import annotations

import asyncio
from typing import Final

from engine.call.acts import Close, Played, Say
from engine.call.live import LiveCall
from engine.call.recorder import Recorder
from engine.call.session import Ended

LONGEST_AWAY_S: Final = 150.0
"""A colleague's ringing and thinking, and bringing a caller back, together take less; beyond it something is lost."""

CONCLUDE_WITHIN_S: Final = 5.0


async def hand_over(live: LiveCall, recorder: Recorder | None) -> Ended:
    """Close what the session left open. What the two say is not recorded: the colleague was not told of a recording."""
    now = live.at()
    if recorder is not None:
        try:
            await asyncio.to_thread(recorder.close, now)
        except OSError as problem:
            live.note("trouble", part="recording", problem=f"The recording was not finished: {problem.strerror}.")
    await _conclude(live)
    live.note("handed_over")
    return Ended("assistant", "", now)


async def _conclude(live: LiveCall) -> None:
    """Let the flow go on to its end behind the transfer; whatever it says is heard by nobody."""
    try:
        async with asyncio.timeout(CONCLUDE_WITHIN_S):
            async for act in live.conversation.news(live.at()):
                if isinstance(act, Say):
                    live.conversation.played(Played(act.id, "", False, live.at(), live.at()))
                elif isinstance(act, Close):
                    return
    except Exception as error:  # a flow that ends badly must not keep its record from being written
        live.note("trouble", part="conversation", problem=f"The flow did not end behind the transfer: {error!r}")
