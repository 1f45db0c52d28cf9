"""The agent's side of the floor: whether it is heard, whether it owes speech, and how much is left of what plays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class AgentSide:
    """Of one call. `reply_open`: the conversation has not ended its reply. `owed`: there are words whose sound is still
    to be made. `more`: behind what plays now. `quiet_since`: the agent has not been heard since then."""

    reply_open: bool = False
    owed: bool = False
    sounding: bool = False
    more: bool = False
    left_until: float = 0.0
    quiet_since: float = 0.0
    _played_at: float = 0.0

    def reply_due(self, quiet_since: float) -> None:
        """The conversation is asked for a reply."""
        self.reply_open, self.owed, self.quiet_since = True, False, quiet_since

    def playing(self, left_s: float, more: bool, now: float) -> None:
        self.sounding, self.owed, self.more = True, False, more
        self.left_until, self._played_at = now + left_s, now

    def quiet(self, owed: bool, now: float) -> None:
        if self.sounding:
            self.quiet_since = now
        self.sounding, self.owed = False, owed

    def left_s(self, now: float, *, paused: bool) -> float:
        """Seconds of sound still to be heard; stands still while the output is paused."""
        if not self.sounding:
            return 0.0
        return max(0.0, self.left_until - (self._played_at if paused else now))

    def paused(self, now: float) -> None:
        self._played_at = now

    def resumed(self, now: float) -> None:
        self.left_until += now - self._played_at
        self.quiet_since = now

    def cleared(self, now: float) -> None:
        """Nothing of the reply will be heard any more."""
        self.reply_open = self.owed = self.sounding = False
        self.quiet_since = now
