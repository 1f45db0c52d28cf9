"""Holding a call: from its first media socket until it is over, on one line after the other.

    line ──> session ──(over)──────────────────────────> record
      ^          └──(away: the socket is gone)──> wait ──┤
      └───────────── the next line ──────────────────┘   └ the carrier says it is over, or nobody comes back

The conversation, the recording and the call's clock go through; a session lasts as long as its media socket. When
another process has taken the call meanwhile, it is let go: nothing is said, written or hung up any more.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.call import recording_parts
from engine.call.carrier_side import CarrierSide
from engine.call.floor_settings import FloorSettings
from engine.call.handed_over import LONGEST_AWAY_S, hand_over
from engine.call.hints import hints_for_call
from engine.call.known_lines import late_greeting
from engine.call.lines import Line
from engine.call.live import LiveCall
from engine.call.recorder import Recorder
from engine.call.session import Ended, Session
from engine.call.session_settings import SessionSettings
from engine.speech.endpointing import silence_needed
from engine.telephony.media import MediaPeer

log = logging.getLogger(__name__)

COME_BACK_S: Final = 30.0
"""So long a call whose line dropped is kept for the carrier to bring it back: all tries of our NCCO, and a little."""

BROWSER_BACK_S: Final = 12.0
"""The same for a call from a browser, which needs no carrier to come back; a page that was closed may look like a line
that dropped."""

OVER_GRACE_S: Final = 3.0
OVERTIME_S: Final = 5.0
"""A call ends at most this long after the flow's limit, whatever hangs (field-lessons R10); the carrier's own cut-off
stands behind it."""


AT_ONCE: Final = FloorSettings(open_after=0.3)
"""Who calls us, or has clicked on a button to talk with us, waits for our first word, and says no hello."""


class Holding:
    """For all calls of a process. `folder`: of the recordings."""

    def __init__(self, carrier_side: CarrierSide, folder: Path) -> None:
        self._carrier_side = carrier_side
        self._folder = folder

    async def hold(self, live: LiveCall) -> None:
        """Talk on the call's lines until it is over; `live.ended` says how it was. Needs a line in `live.lines`.

        Returns with `live.moved` set, and nothing ended, if another process has the call.
        """
        recorder = self._recorder(live)
        line: Line | None = live.lines.get_nowait()
        returned, ended = live.restored, Ended("failure", "The call broke down.", live.at())
        try:
            while line is not None:
                ended = await self._talk(live, line, recorder, returned=returned)
                line.over.set()
                line, returned = None, True
                if ended.away and not live.moved.is_set():
                    line = await self._next_line(live)
        finally:
            if line is not None:
                line.over.set()
            while not live.lines.empty():
                live.lines.get_nowait().over.set()
        if live.moved.is_set():
            if recorder is not None:
                await asyncio.to_thread(recorder.close, live.at())
            return
        if ended.away and live.desk.joined:
            ended = await hand_over(live, recorder)
        elif ended.away:
            ended = await self._nobody_came_back(live, ended, recorder)
        live.desk.caller_left()
        if not live.conversation.outcome.disposition:
            live.conversation.hung_up(ended.by, live.at(), ended.problem)
        live.ended = ended
        await self.join_recording(live, ended.length_s)

    async def _talk(self, live: LiveCall, line: Line, recorder: Recorder | None, *, returned: bool) -> Ended:
        session = Session(
            line.media,
            live.speech(),
            live.conversation,
            live.tally,
            lambda: self._carrier_side.hang_up(live),
            silence_needed,
            fixed=live.engines.fixed,
            recorder=recorder,
            settings=SessionSettings(
                hints=hints_for_call(live.flow, live.order.lead),
                greeting=late_greeting(live.flow),
                returned=returned,
                floor=FloorSettings() if live.order.direction == "outbound" else AT_ONCE,
                record_at_once=returned and live.tally.kinds.get("recording_started", 0) > 0,
            ),
            answered_at=live.answered,
            # The carrier has the last word on whether the call is over; a socket that closes says nothing of it.
            away=lambda: not live.carrier_over.is_set(),
            spoke=lambda first: self._carrier_side.spoke(live, first),
        )
        live.begin(session)
        closer = asyncio.create_task(_close_when_over(live, line.media))
        limit = live.conversation.max_call_s + OVERTIME_S
        try:
            async with asyncio.timeout(limit - live.at()):
                return await session.run()
        except TimeoutError:
            await self._carrier_side.hang_up(live)
            return Ended("limit", f"The call did not end by itself within {limit:.0f} seconds.", limit)
        except Exception as broken:
            log.exception("The call's session broke down")
            await self._carrier_side.hang_up(live)
            return Ended("failure", f"The call broke down: {type(broken).__name__}.", live.at())
        finally:
            live.session = None
            closer.cancel()

    async def _next_line(self, live: LiveCall) -> Line | None:
        """The line on which the carrier brings the call back; None if it is over or nobody comes."""
        lost_at = live.at()
        patience_s = BROWSER_BACK_S if live.order.direction == "browser" else COME_BACK_S
        left_s = min(patience_s, max(0.0, live.conversation.max_call_s + OVERTIME_S - lost_at))
        arrival = asyncio.ensure_future(live.lines.get())
        ends = [live.carrier_over, live.moved]
        if live.desk.away:
            # A colleague's phone rings, or was picked up: no limit of ours cuts that.
            left_s = LONGEST_AWAY_S
            ends.append(live.desk.settled)
        others = [asyncio.ensure_future(end.wait()) for end in ends]
        try:
            await asyncio.wait({arrival, *others}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            line = arrival.result() if arrival.done() else None
        finally:
            for task in (arrival, *others):
                task.cancel()
        if line is None:
            return None
        if live.carrier_over.is_set() or live.moved.is_set():
            line.over.set()
            return None
        live.desk.caller_back()
        live.note("line_back", line=line.number, away_s=round(live.at() - lost_at, 3))
        return line

    async def _nobody_came_back(self, live: LiveCall, ended: Ended, recorder: Recorder | None) -> Ended:
        """What the session left open when its line dropped is closed."""
        if live.carrier_over.is_set():
            ended = replace(ended, by="caller", problem="", away=False)
        else:
            problem = ended.problem or "The line was lost, and the caller did not come back."
            ended = replace(ended, by="carrier", problem=problem, away=False)
            await self._carrier_side.hang_up(live)
        live.note("call_ended", by=ended.by, problem=ended.problem)
        live.conversation.hung_up(ended.by, ended.length_s, ended.problem)
        if recorder is not None:
            try:
                await asyncio.to_thread(recorder.close, ended.length_s)
            except OSError as problem:
                live.note("trouble", part="recording", problem=f"The recording was not finished: {problem.strerror}.")
        return ended

    # The recording.

    def _recorder(self, live: LiveCall) -> Recorder | None:
        if live.conversation.outcome.recording == "declined":
            return None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            first = recording_parts.whole(self._folder, live.call_id)
            if not live.restored:
                return Recorder(first)
            at = live.at()
            earlier = [first, *(file for _, file in recording_parts.parts(self._folder, live.call_id))]
            return Recorder(recording_parts.part(self._folder, live.call_id, at), at, earlier)
        except OSError as problem:
            log.warning("The call is not recorded: %s", problem.strerror)
            live.note("trouble", part="recording", problem=f"The recording could not be opened: {problem.strerror}.")
            return None

    async def join_recording(self, live: LiveCall, length_s: float) -> None:
        """Make one file of what several processes recorded of the call."""
        try:
            await asyncio.to_thread(recording_parts.join, self._folder, live.call_id, length_s)
        except OSError as problem:
            log.warning("The recording stays in parts: %s", problem.strerror)
            live.note("trouble", part="recording", problem=f"Its parts could not be joined: {problem.strerror}.")


async def _close_when_over(live: LiveCall, media: MediaPeer) -> None:
    """The carrier says that the call is over: a socket that stays open all the same is closed by us."""
    await live.carrier_over.wait()
    await asyncio.sleep(OVER_GRACE_S)
    await media.close()
