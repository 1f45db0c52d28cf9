"""Is the caller speaking? Probabilities of the voice model in, "started" and "stopped" out. No I/O, no own clock.

Silero answers every 32 ms. Two thresholds (hysteresis) keep one uncertain window from toggling the verdict, a count of
windows keeps a click from opening a turn, and a level gate keeps the far speakers, the neighbours' television and the
agent's own echo out. The probability decides, not a smoothed volume: smoothing costs 100 ms of every interruption
(performance.md).

The model needs up to 0.3 s to be sure of a soft beginning ("Actually" stands at 0.02 to 0.3 for its whole first vowel).
Where an opening costs little, as while the agent speaks, *weak* evidence is enough: a doubtful probability in a sound
that stands far out of the line's noise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from engine.call.echo import EchoPath, EchoSettings

Edge = Literal["started", "stopped"]


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """`start`, `stop`: probabilities that open and keep open. `window_s`: seconds behind each probability.

    `stop_after_s`: silence that ends a run of voice; also the moment at which a turn is drafted.
    `quiet_db`: below this level (dBFS) nothing opens. `echo`: while the agent is heard, the caller must be louder than
    what may be the agent's own sound. Where weak evidence is enough, it is summed up: probabilities over `weak` in a
    row of windows that stand `weak_rise_db` out of the noise, until they make `evidence`; the noise is the quietest
    there was, rising by `noise_rise_db` a window. What opened so need not exceed `stop` till it is sure. Over 264
    beginnings (the bench's at every phase of the window, recordings at -20 and -28 dBFS) and nine minutes of noise:
    sums of 0.8 bring the bench's lines from 390 to 130 ms at p95 three seconds into a call (later the model is duller:
    docs/proof.md); no noise or key opens, of coughs one in five. Two windows of 0.25 miss "Excuse me" at one phase of
    eight; sums of 0.4 gain 20 ms and open on twice the coughs.
    """

    start: float = 0.5
    stop: float = 0.35
    window_s: float = 0.032
    start_windows: int = 2
    stop_after_s: float = 0.16
    quiet_db: float = -52.0
    lost_after_s: float = 0.5
    weak: float = 0.1
    evidence: float = 0.8
    weak_rise_db: float = 15.0
    noise_rise_db: float = 0.1
    echo: EchoSettings = field(default_factory=EchoSettings)


_RELEASE_DB: Final = 6.0  # a voice that is open may be this much quieter than one that opens


class VoiceGate:
    """`on`: the caller is speaking. `speech_s`: voice since `restart`. `last_voiced`: when the last voice ended."""

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings
        self._echo = EchoPath(settings.echo)
        self._noise_db = settings.quiet_db
        self._run = 0
        self._weak_run = 0
        self._evidence = 0.0
        self._sure_run = 0
        self._silent_s = 0.0
        self._last_window = 0.0
        self.on = False
        self.speech_s = 0.0
        self.last_voiced = 0.0

    def window(
        self, probability: float, level_db: float, echo_db: float, now: float, windows: int = 0, *, weak: bool = False
    ) -> Edge | None:
        """Take one window that ended at `now`. `windows`: how many in a row open the gate (0: as set). `weak`: weak
        evidence opens it too."""
        s = self._settings
        self._last_window = now
        least_db = max(s.quiet_db, self._echo.threshold_db(echo_db))
        self._echo.learn(level_db, echo_db)
        stands_out = level_db >= self._noise_db + s.weak_rise_db
        self._noise_db = min(level_db, self._noise_db + s.noise_rise_db)
        if not self.on:
            voiced = probability >= s.start and level_db >= least_db
            doubtful = weak and probability >= s.weak and stands_out and level_db >= least_db
            self._run = self._run + 1 if voiced else 0
            self._weak_run, self._evidence = (
                (self._weak_run + 1, self._evidence + probability) if voiced or doubtful else (0, 0.0)
            )
            if voiced or doubtful:
                self.last_voiced = now
            enough = weak and self._weak_run >= s.start_windows and self._evidence >= s.evidence
            if self._run < max(windows, s.start_windows) and not enough:
                return None
            self._sure_run, self._run = self._run, max(self._run, self._weak_run)
            self.on = True
            self._echo.opened()
            self._silent_s = 0.0
            self.speech_s += self._run * s.window_s
            return "started"
        sure = self._sure_run >= s.start_windows
        if not sure:
            self._sure_run = self._sure_run + 1 if probability >= s.start else 0
        if probability >= (s.stop if sure else s.weak) and level_db >= least_db - _RELEASE_DB:
            self._echo.goes_on(echo_db)
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
        self._run = self._weak_run = 0
        self._evidence = 0.0
        return "stopped"
