"""How much of the agent's own sound comes back from the caller's phone. Pure; one step a voice window.

A voice model takes our echo for a voice, as it is one; only the level tells. A fixed margin that keeps a speaker phone
out (20 dB below us) also keeps out callers who begin softly on phones that return nothing: while the agent is loud, a
caller at -28 dBFS would have to finish the first word to be noticed. So the way back is learnt from the line itself:
how loud it is while we sound.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """Decibels. `margin`: what comes in this much below our own sound may be our echo on any phone; all there is to go
    by at first, and never less (a speaker phone returns us at -20 dB; field-lessons R9). `reserve`: over what the line
    was seen to return. `rise`, `fall`: steps of one window towards a louder or quieter line. Five times as fast up as
    down, the estimate stands near the loudest sixth of the echo. A caller's first windows outrun it, an echo
    does not: with a rise of 0.5 or a reserve of 4, echo from -17 to -26 dB paused the agent once a minute, with these
    never. `least`: quieter returns are all alike, and a phone that is put on its speaker is learnt in one sentence.
    `sounding`: our own level from which a line's silence says something about its echo. `alone_windows`: a voice that
    goes on for so long when ours is gone was a caller all the time: what was learnt from it is forgotten.
    """

    margin: float = 14.0
    reserve: float = 6.0
    rise: float = 1.0
    fall: float = 0.2
    least: float = -40.0
    sounding: float = -35.0
    alone_windows: int = 3


class EchoPath:
    """One call's way from our mouth to our ear."""

    def __init__(self, settings: EchoSettings) -> None:
        self._settings = settings
        self._returned = self._before = -settings.margin
        self._alone = 0

    def threshold_db(self, echo_db: float) -> float:
        """The level (dBFS) that our echo does not reach. `echo_db`: the loudest of what we have just sounded."""
        s = self._settings
        return echo_db + min(-s.margin, self._returned + s.reserve)

    def learn(self, level_db: float, echo_db: float) -> None:
        """Take the level of a window on the line."""
        s = self._settings
        if echo_db < s.sounding:
            return
        step = s.rise if level_db - echo_db > self._returned else -s.fall
        self._returned = min(-s.margin, max(s.least, self._returned + step))

    def opened(self) -> None:
        """A voice has begun, the caller's or our own."""
        self._before, self._alone = self._returned, 0

    def goes_on(self, echo_db: float) -> None:
        """And it has been there for one more window."""
        self._alone += echo_db < self._settings.sounding
        if self._alone == self._settings.alone_windows:
            self._returned = min(self._returned, self._before)
