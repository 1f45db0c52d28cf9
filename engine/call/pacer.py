"""Sends the agent's sound at the speed of speech, and knows what of it was heard. No I/O; time is an argument.

Sound goes to the carrier about 60 ms ahead of the ear, against an absolute clock: a late wake-up is made up for, errors
never add up. Being only that far ahead is what makes an interruption quick and its record exact: frame *n* of a run is
heard at the run's beginning plus *n* times 20 ms, so whatever the clock says has been heard has been heard. What was
sent but not heard when the caller cuts in is kept (`hold`) and sent again, or dropped (`clear`).

The carrier gives marks back (`confirmed`), one behind each clause. They are the lower bound of what was heard, and they
correct the clock: the carrier is behind it by the way to the phone. Marks that never come, or come at once after a
clear, do no harm.

What of an utterance was heard, in words, is told by the utterance (`engine.call.utterance`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from engine.call.utterance import Utterance, audible
from engine.speech.audio import FRAME_BYTES, FRAME_S, RATE

LEAD_S: Final = 0.06

END: Final = -1
"""Stands for the end of an utterance where a clause is counted."""

LAGS: Final = 8
MOST_LAG_S: Final = 0.4
"""The carrier's play-out is taken to be behind our clock by half the least of so many delays of its marks, and at most
by this: what is more comes from a carrier that plays by other rules."""


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms to send: exactly 640 bytes. `at`: when it will be heard."""

    pcm: bytes = field(repr=False)
    utterance: int
    at: float
    audible: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A `notify` to send behind the last frame of a clause, or of the utterance (`clause` is `END`). Stale if its
    generation has been cleared."""

    utterance: int
    generation: int
    at: float
    clause: int = END


@dataclass(frozen=True, slots=True)
class Started:
    """First audible sample of an utterance."""

    utterance: int
    at: float


@dataclass(frozen=True, slots=True)
class Sounded:
    """A frame that has been heard; for the recording."""

    pcm: bytes = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class Finished:
    """An utterance that will not be heard any more: at its end, or cut. `text`: what was heard of it."""

    utterance: int
    text: str
    complete: bool
    started: float
    ended: float


class Pacer:
    """`generation` names the run of marks that a clear makes stale."""

    def __init__(self, lead_s: float = LEAD_S) -> None:
        self._lead = lead_s
        self._queue: deque[Utterance] = deque()  # with frames or marks to send
        self._sent: deque[tuple[Utterance, Frame | Mark]] = deque()  # sent, not heard yet
        self._next_at = float("-inf")
        self._held = False
        self._unreported: list[Started | Sounded | Finished] = []
        self._marks: dict[tuple[int, int], float] = {}  # sent and not confirmed: when our clock says they are due
        self._lags: deque[float] = deque(maxlen=LAGS)
        self.generation = 0

    # --- what is to be said ---

    def begin(self, utterance: int, text: str = "", pause_s: float = 0.0, *, ahead: bool = False) -> None:
        """Open an utterance. `ahead`: heard before those that wait, even in the middle of one whose sound is late."""
        new = Utterance(utterance, text)
        if ahead:
            self._queue.appendleft(new)
        else:
            self._queue.append(new)
        new.take(bytes(2 * round(pause_s * RATE)))

    def clause(self, utterance: int, start: int, end: int) -> None:
        """The sound that is added from now on belongs to these characters of the utterance's text."""
        if (each := self._find(utterance)) is not None:
            each.clause(start, end)

    def add(self, utterance: int, pcm: bytes) -> None:
        """More sound of an open utterance, of any length."""
        each = self._find(utterance)
        if each is not None and not each.ended:  # else it was cut while its sound was being made
            each.add(pcm)

    def end(self, utterance: int) -> None:
        """No more sound will come for it: the last frame is filled up with silence, a mark follows."""
        if (each := self._find(utterance)) is not None:
            each.end()

    def take_back_clause(self, utterance: int) -> int | None:
        """The voice broke off in the utterance's last clause: the character of the text from which it is to be spoken
        on (`Utterance.take_back_clause`). None if the utterance has been cut meanwhile."""
        each = self._find(utterance)
        return None if each is None or each.ended else each.take_back_clause()

    # --- what is to be done now ---

    def due(self, now: float) -> list[Frame | Mark]:
        """What to send at `now`, in order."""
        out: list[Frame | Mark] = []
        while not self._held and self._queue:
            head = self._queue[0]
            if head.frames:
                if self._next_at - self._lead > now + 1e-9:
                    break
                at = max(self._next_at, now)
                if head.marked + 1 < len(head.clauses) and head.clauses[head.marked + 1].first_byte <= head.sent:
                    item: Frame | Mark = Mark(head.id, self.generation, at, head.marked)
                    head.marked += 1
                else:
                    pcm = head.frames.popleft()
                    head.sent += FRAME_BYTES
                    item = Frame(pcm, head.id, at, audible(pcm))
                    self._next_at = at + FRAME_S
            elif head.ended:
                self._queue.popleft()
                item = Mark(head.id, self.generation, max(self._next_at, now))
            else:
                break  # its sound is late
            if isinstance(item, Mark):
                self._marks[item.utterance, item.clause] = item.at
            self._sent.append((head, item))
            out.append(item)
        return out

    def next_time(self) -> float | None:
        """When `due` or `reports` has something to do; None while nothing moves."""
        times = [self._sent[0][1].at + FRAME_S + self.lag_s] if self._sent else []
        if not self._held and self._queue and (self._queue[0].frames or self._queue[0].ended):
            times.append(self._next_at - self._lead)
        return min(times, default=None)

    def reports(self, now: float) -> list[Started | Sounded | Finished]:
        """What has been heard since the last call, with its true times however late this is asked."""
        out, self._unreported = self._unreported, []
        now -= self.lag_s
        while self._sent:
            each, item = self._sent[0]
            if isinstance(item, Frame):
                if item.at + FRAME_S > now + 1e-9:
                    break
                out += self._hear(each, item)
            elif item.at > now + 1e-9:
                break
            elif item.clause == END:
                out.append(self._finished(each, item.at))
            self._sent.popleft()
        return out

    @property
    def lag_s(self) -> float:
        """How far the carrier's play-out is behind our clock, as its marks tell; 0 until one has come back. Half of a
        mark's delay is the way there, the other half the way back."""
        return min(MOST_LAG_S, min(self._lags) / 2) if self._lags else 0.0

    def confirmed(self, utterance: int, clause: int, generation: int, now: float) -> bool:
        """The carrier gave a mark back: all that was sent before it has been heard, whatever the clock says. Marks of a
        generation that was cleared say nothing. True if it was one that we wait for."""
        due = self._marks.pop((utterance, clause), None)
        if generation != self.generation or due is None:
            return False
        self._lags.append(max(0.0, now - due))
        place = next(
            (
                n
                for n, (_, item) in enumerate(self._sent)
                if isinstance(item, Mark) and (item.utterance, item.clause) == (utterance, clause)
            ),
            -1,
        )
        for _ in range(place + 1):
            each, item = self._sent.popleft()
            if isinstance(item, Frame):
                self._unreported += self._hear(each, item)
            elif item.clause == END:
                self._unreported.append(self._finished(each, item.at))
        return True

    # --- interruption ---

    def hold(self, now: float) -> int:
        """Stop, and take back what was sent but not heard. The generation to clear at the carrier, before anything."""
        self._take_back(now - self.lag_s)
        self._marks.clear()
        self._held = True
        self._next_at = float("-inf")
        cleared = self.generation
        self.generation += 1
        return cleared

    def resume(self) -> None:
        self._held = False

    def clear(self, now: float) -> tuple[int, list[Finished]]:
        """Drop all that was not heard: the generation to clear, and the cut utterances in their order. Also resumes."""
        generation = self.hold(now)
        cut = [self._finished(each, now) for each in self._queue]
        self._queue.clear()
        self._held = False
        return generation, cut

    # --- the ledger ---

    def left_s(self, now: float) -> float:
        """Seconds of sound still to be heard, of what is here already."""
        waiting = sum(len(each.frames) for each in self._queue) * FRAME_S
        ends = max((item.at + FRAME_S for _, item in self._sent if isinstance(item, Frame)), default=now)
        return waiting + max(0.0, ends - now)

    def heard_text(self, utterance: int) -> str:
        """The words of an utterance, not yet finished, that have been heard, as of the last `reports` or `hold`."""
        for each in [*self._queue, *(each for each, _ in self._sent)]:
            if each.id == utterance:
                return each.heard_text()
        return ""

    @property
    def idle(self) -> bool:
        """Nothing is here to be heard; an utterance whose sound is late does not count as being here."""
        return not self._sent and not any(each.frames or each.ended for each in self._queue)

    def _take_back(self, now: float) -> None:
        sent, self._sent = self._sent, deque()
        back: list[tuple[Utterance, Frame | Mark]] = []
        for each, item in sent:
            if isinstance(item, Frame) and item.at <= now + 1e-9:
                self._unreported += self._hear(each, item)
            else:
                back.append((each, item))
        for each, item in reversed(back):
            if isinstance(item, Frame):
                each.frames.appendleft(item.pcm)
                each.sent -= FRAME_BYTES
            elif item.clause != END:
                each.marked = min(each.marked, item.clause)
                continue
            if not self._queue or self._queue[0] is not each:
                if each in self._queue:
                    self._queue.remove(each)
                self._queue.appendleft(each)

    @staticmethod
    def _hear(each: Utterance, frame: Frame) -> list[Started | Sounded | Finished]:
        each.heard += FRAME_BYTES
        each.last_at = frame.at + FRAME_S
        sounded = Sounded(frame.pcm, frame.at)
        if each.started is None and frame.audible:
            each.started = frame.at
            return [Started(each.id, frame.at), sounded]
        return [sounded]

    def _find(self, utterance: int) -> Utterance | None:
        return next((each for each in self._queue if each.id == utterance), None)

    @staticmethod
    def _finished(each: Utterance, at: float) -> Finished:
        complete = each.ended and not each.frames
        text = each.text if complete else each.heard_text()
        started = each.started if each.started is not None else at
        return Finished(each.id, text, complete, started, each.last_at if each.started is not None else at)
