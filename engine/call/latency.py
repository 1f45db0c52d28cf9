"""How long the caller waited for an answer, part by part (field-lessons R18).

The whole is measured from the end of the caller's last voiced window to the moment the first *audible* frame is heard,
so silence at the head of a voice's sound counts; the parts join end to end and therefore add up to it.
"""

from __future__ import annotations

from itertools import pairwise

from engine.call.acts import TurnTimes


class Stopwatch:
    """One turn at a time; all times are seconds on the call's clock."""

    def __init__(self) -> None:
        self._last_voiced: float | None = None
        self._due = self._committed = 0.0
        self._said: float | None = None
        self._made: float | None = None

    def committed(self, last_voiced: float, due: float, now: float) -> None:
        """The turn was judged over, for reasons that held from `due` on."""
        self._last_voiced, self._due, self._committed = last_voiced, max(due, last_voiced), now
        self._said = self._made = None

    def said(self, now: float) -> None:
        """There are words to say."""
        if self._said is None:
            self._said = now

    def made(self, now: float) -> None:
        """There is sound to send."""
        if self._made is None and self._said is not None:
            self._made = now

    def heard(self, at: float) -> TurnTimes | None:
        """The first audible frame is heard at `at`: the record of the turn, if one was waited for."""
        if self._last_voiced is None or self._said is None or self._made is None:
            return None
        marks = (self._last_voiced, self._due, self._committed, self._said, self._made, at)
        wait, stt, mind, voice, queue = (round(1000 * (later - earlier), 1) for earlier, later in pairwise(marks))
        total = round(1000 * (at - self._last_voiced), 1)
        self._last_voiced = None
        return TurnTimes(wait=wait, stt=stt, mind=mind, voice=voice, queue=queue, total=total)

    def drop(self) -> None:
        """The answer will not be heard: the caller spoke on."""
        self._last_voiced = None
