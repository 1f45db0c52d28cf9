"""The agent's sound on its way to the ear: sends what is due, takes back what is not wanted, tells what was heard.

When what leaves is for `Pacer` to say; here are the socket, the waking in time, and the reports to the floor.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from engine.call import floor_events as ev
from engine.call.pacer import END, Finished, Frame, Mark, Pacer, Sounded, Started
from engine.speech.pcm import SILENT_DB, level_db
from engine.telephony import media

SEND_WITHIN_S: Final = 2.0
"""A carrier that takes no frame for so long is gone."""

ECHO_S: Final = 0.4  # how long our sound may take to come back from a speaker phone (R9)
_TELL_S: Final = 0.2


class Playout:
    """One call's. `owes`: whether sound is still to be made. `tell`: the floor hears what plays. `heard`: told of each
    report of the pacer."""

    def __init__(
        self,
        peer: media.MediaPeer,
        pacer: Pacer,
        now: Callable[[], float],
        owes: Callable[[], bool],
        tell: Callable[[ev.Event], None],
        heard: Callable[[Started | Sounded | Finished], None],
    ) -> None:
        self._peer, self._pacer, self._now = peer, pacer, now
        self._owes, self._tell, self._heard = owes, tell, heard
        self._wake = asyncio.Event()
        self._clears: deque[int] = deque()
        self._held = False
        self._told = (False, False)  # what the floor knows: something plays, more is owed
        self._told_at = 0.0
        self._last_mark: tuple[int, int] | None = None
        self._acked: tuple[int, int] | None = None
        self._cleared_at = 0.0
        self._loudness: deque[tuple[float, float]] = deque()

    async def run(self) -> None:
        """Send, until the socket is closed. Raises `TimeoutError` when the carrier takes nothing any more."""
        while True:
            self._wake.clear()
            now = self._now()
            async with asyncio.timeout(SEND_WITHIN_S):
                try:
                    while self._clears:
                        await self._peer.clear(self._clears.popleft())
                    for item in self._pacer.due(now):
                        if isinstance(item, Frame):
                            await self._peer.send_frame(item.pcm)
                        else:
                            await self._mark(item)
                        if self._clears:
                            break  # what was due has been taken back meanwhile
                except media.MediaClosed:
                    return
            now = self._now()
            self.report(now)
            self._tell_floor(now)
            await self._sleep(now)

    def wake(self) -> None:
        """There is news for the line."""
        self._wake.set()

    # What the floor orders.

    def pause(self, now: float) -> None:
        self.report(now)
        self._held = True
        self._clear_carrier(self._pacer.hold(now))

    def resume(self) -> None:
        self._held = False
        self._pacer.resume()
        self._wake.set()

    def clear(self, now: float) -> list[Finished]:
        """Take back all that was not heard. Gives the utterances that were cut."""
        self.report(now)
        silent = self._pacer.idle and not self._held
        generation, cut = self._pacer.clear(now)
        self._held = False
        self._told = (False, False)
        if not silent:
            self._clear_carrier(generation)
        return cut

    def _clear_carrier(self, generation: int) -> None:
        self._clears.append(generation)
        self._cleared_at = self._now()
        self._wake.set()

    def queued(self, *, at_once: bool = False) -> None:
        """The floor knows that something is to be said. `at_once`: before all that plays."""
        self._told = (self._told[0] and not at_once, True)

    # What the carrier and the pacer tell.

    def confirmed(self, payload: Mapping[str, media.MarkValue]) -> int | None:
        """A mark has come back: the utterance that was played to its end by that, if it says so."""
        utterance, generation = payload.get("utterance"), payload.get("generation")
        clause = payload.get("clause", END)
        if not (isinstance(utterance, int) and isinstance(generation, int) and isinstance(clause, int)):
            return None
        ours = self._pacer.confirmed(utterance, clause, generation, self._now())
        if clause == END:
            self._acked = (utterance, generation)
            self._told = (True, True)  # say again that it is quiet: now it is certain
        self._wake.set()
        return utterance if ours and clause == END else None

    @property
    def since_cleared_s(self) -> float:
        return self._now() - self._cleared_at

    def echo_db(self, now: float) -> float:
        """How loud our own sound may come back just now."""
        while self._loudness and self._loudness[0][0] < now - ECHO_S:
            self._loudness.popleft()
        return max((level for _, level in self._loudness), default=SILENT_DB)

    def report(self, now: float) -> None:
        """Tell what has been heard by now."""
        for report in self._pacer.reports(now):
            if isinstance(report, Sounded):
                self._loudness.append((report.at, level_db(report.pcm)))
            self._heard(report)

    def _tell_floor(self, now: float) -> None:
        if self._held:
            return
        playing, owes = not self._pacer.idle, self._owes()
        if playing:
            if not self._told[0] or now - self._told_at >= _TELL_S:
                self._told, self._told_at = (True, owes), now
                self._tell(ev.Playing(self._pacer.left_s(now), more=owes))
        elif self._told != (False, owes):
            self._told = (False, owes)
            self._tell(ev.Quiet(owed=owes, acked=self._acked is not None and self._acked == self._last_mark))

    async def _mark(self, mark: Mark) -> None:
        payload = {"utterance": mark.utterance, "generation": mark.generation}
        if mark.clause == END:
            self._last_mark = (mark.utterance, mark.generation)
        else:
            payload["clause"] = mark.clause
        await self._peer.notify(payload)

    async def _sleep(self, now: float) -> None:
        at = self._pacer.next_time()
        if at is None:
            await self._wake.wait()
            return
        if at <= now:
            await asyncio.sleep(0)
            return
        handle = asyncio.get_running_loop().call_later(at - now, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            handle.cancel()
