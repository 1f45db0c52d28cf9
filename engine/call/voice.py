"""Is the caller speaking? Probabilities of the voice model in, "started" and "stopped" out. No I/O, no own clock.

Silero answers every 32 ms. Two thresholds (hysteresis) keep one uncertain window from toggling the verdict, a count of
windows keeps a click from opening a turn, and a level gate keeps the far speakers, the neighbours' television and the
agent's own echo out. The probability decides, not a smoothed volume: smoothing costs 100 ms of every interruption
(performance.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Edge = Literal["started", "stopped"]


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """`start`, `stop`: probabilities that open and keep open. `window_s`: seconds behind each probability.

    `stop_after_s`: silence that ends a run of voice; also the moment at which a turn is drafted.
    `quiet_db`: below this level (dBFS) nothing opens. `echo_margin_db`: while the agent is heard, the caller must be
    louder than the agent's own sound less this much (a speaker phone returns us at -20 dB; field-lessons R9).
    """

    start: float = 0.5
    stop: float = 0.35
    window_s: float = 0.032
    start_windows: int = 2
    stop_after_s: float = 0.16
    quiet_db: float = -52.0
    echo_margin_db: float = 14.0
    lost_after_s: float = 0.5


_RELEASE_DB: Final = 6.0  # a voice that is open may be this much quieter than one that opens


class VoiceGate:
    """`on`: the caller is speaking. `speech_s`: voice since `restart`. `last_voiced`: when the last voice ended."""

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings
        self._run = 0
        self._silent_s = 0.0
        self._last_window = 0.0
        self.on = False
        self.speech_s = 0.0
        self.last_voiced = 0.0

    def window(self, probability: float, level_db: float, echo_db: float, now: float, windows: int = 0) -> Edge | None:
        """Take one window that ended at `now`. `windows`: how many in a row open the gate (0: as set)."""
        s = self._settings
        self._last_window = now
        least_db = max(s.quiet_db, echo_db - s.echo_margin_db)
        if not self.on:
            if probability < s.start or level_db < least_db:
                self._run = 0
                return None
            self._run += 1
            self.last_voiced = now
            if self._run < max(windows, s.start_windows):
                return None
            self.on = True
            self._silent_s = 0.0
            self.speech_s += self._run * s.window_s
            return "started"
        if probability >= s.stop and level_db >= least_db - _RELEASE_DB:
            self.last_voiced = now
            self._silent_s = 0.0
            self.speech_s += s.window_s
            return None
        self._silent_s += s.window_s
        return self._stop() if self._silent_s >= s.stop_after_s - 1e-9 else None

    def lost_at(self) -> float | None:
        """When an open voice is to be closed because no window has come any more."""
        return self._last_window + self._settings.lost_after_s if self.on else None

    def lost(self) -> Edge:
        return self._stop()

    def restart(self) -> None:
        """A new turn begins: count its voice from zero, with the run that has just opened the gate."""
        self.speech_s = self._run * self._settings.window_s

    def _stop(self) -> Edge:
        self.on = False
        self._run = 0
        return "stopped"
