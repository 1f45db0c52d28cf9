"""One call's streams, one after the other like runners in a relay: when the next starts, and with which sound. Pure.

The shell (`transcriber`) does what is ordered here: opens streams, gives them the tape's sound, half-closes and cancels
them. Time is an argument (seconds, any clock that does not jump).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.speech.audio import RATE
from engine.speech.google.ledger import Ledger, Result
from engine.speech.google.rotation import StreamLimits, Why, reopen_after, rotation_due
from engine.speech.google.tape import Tape

DRAIN_S: Final = 2.0
"""So long an old stream may still answer after its last sound."""


@dataclass(frozen=True, slots=True)
class Open:
    """Open a stream and give it the tape's sound from `start` on, and then all that follows."""

    number: int
    start: int


@dataclass(frozen=True, slots=True)
class Finish:
    """No more sound for this stream (half-close); it may still answer."""

    number: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Break this stream off."""

    number: int


Order = Open | Finish | Cancel


class Relay:
    """`why`: for what reasons streams were replaced, in order; an error stands there as the name of its status.
    `given_up`: the status after which no other stream is opened; None while there is hope."""

    def __init__(self, limits: StreamLimits) -> None:
        self.tape = Tape()
        self.ledger = Ledger(self.tape)
        self.why: list[Why | str] = []
        self.given_up: str | None = None
        self._limits = limits
        self._number = -1
        self._opened_at = 0.0
        self._start = 0
        self._answered = False
        self._running = False
        self._failures = 0
        self._reopen_at: float | None = None
        self._draining: dict[int, float] = {}

    @property
    def running(self) -> int | None:
        """The stream that gets the sound; None while there is none."""
        return self._number if self._running else None

    @property
    def answered(self) -> bool:
        """Whether the running stream has answered anything."""
        return self._running and self._answered

    @property
    def failures(self) -> int:
        """Streams in a row that broke without an answer."""
        return self._failures

    def start(self, now: float) -> list[Order]:
        """The call's first stream."""
        return [self._open(now)]

    def due(self, now: float) -> list[Order]:
        """What is to be done by now. Asked about ten times a second."""
        orders: list[Order] = []
        for number, until in list(self._draining.items()):
            if now >= until:
                del self._draining[number]
                self.ledger.ended(number)
                orders.append(Cancel(number))
        if self._running:
            ledger, tape = self.ledger, self.tape
            # The server may count seconds or sound.
            age = max(now - self._opened_at, (tape.end - self._start) / RATE)
            busy = ledger.in_turn or ledger.unfinished
            if why := rotation_due(self._limits, age_s=age, silent_s=tape.silent / RATE, busy=busy):
                orders += self._rotate(why, now)
        elif self._reopen_at is not None and now >= self._reopen_at:
            orders.append(self._open(now))
        return orders

    def heard(self, number: int, results: list[Result]) -> None:
        """A stream answered. Without results: a sign of life, such as a voice-activity event."""
        if number == self._number:
            self._answered, self._failures = True, 0
        self.ledger.receive(number, results)

    def ended(self, number: int, status: str, now: float) -> list[Order]:
        """A stream is over. `status`: the name of its gRPC status; OK too, if the server closed by itself."""
        self._draining.pop(number, None)
        if number != self._number or not self._running:
            self.ledger.ended(number)
            return []
        self._running = False
        if not self._answered:
            self._failures += 1
        self.why.append(status)
        wait = reopen_after("ABORTED" if status == "OK" else status, self._failures)
        if wait is None:
            self.given_up = status
            return []
        if wait > 0:
            self._reopen_at = now + wait
            return []
        return [self._open(now)]

    def _rotate(self, why: Why, now: float) -> list[Order]:
        old = self._number
        self.why.append(why)
        self._draining[old] = now + DRAIN_S
        return [self._open(now), Finish(old)]

    def _open(self, now: float) -> Open:
        before = self._number if self._number >= 0 and self._number not in self._draining else None
        self._number += 1
        self._start = self.ledger.replay_from()
        self._opened_at = now
        self._answered, self._running, self._reopen_at = False, True, None
        self.ledger.opened(self._number, self._start)
        if before is not None:
            self.ledger.ended(before)
        return Open(self._number, self._start)
