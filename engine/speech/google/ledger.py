"""What Google's streams have said of one call, put together: every word once, in the turn it was spoken in. Pure.

Positions are samples on the call's `Tape`. A stream counts from its own beginning: its start is added to its offsets.
Each stretch of sound belongs to one stream: a new one is given again everything from the last final text on, and what
the old one still says about that sound is not taken for good, as it may have been cut off in the middle of a word. Till
the new stream has got as far, the old one's last word is shown. Only when too much sound is unfinished to be sent again
do two streams share some; their texts are then joined by the words they have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engine.speech.audio import RATE
from engine.speech.google.rotation import REPLAY_S
from engine.speech.google.seams import joined, same_words, split_after, words
from engine.speech.google.tape import Tape

_LEAD_IN: Final = round(0.3 * RATE)  # a turn begins with so much sound from before the voice
_TAIL: Final = round(0.2 * RATE)  # and ends with about so much from after it
_NEAR: Final = round(0.1 * RATE)
_SHORTER_THAN_WORDS: Final = round(0.05 * RATE)
_LATE: Final = round(0.3 * RATE)
_WHOLE_WORD_PAUSE: Final = round(0.1 * RATE)
_LOOK_FOR_PAUSE: Final = 5 * RATE
_TURNS_KEPT: Final = 3


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a response. `end`: samples from the beginning of its stream; 0: not said."""

    text: str
    final: bool
    stability: float
    end: int


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a turn. `covered`: up to which position. `stability`: 0 to 1, of its least sure part.
    `final`: nothing of the text can change any more, as far as it goes."""

    text: str = ""
    covered: int = 0
    stability: float = 0.0
    final: bool = False


@dataclass(frozen=True, slots=True)
class _Segment:
    begin: int
    end: int
    text: str
    stability: float = 1.0
    final: bool = True


@dataclass(slots=True)
class _Stream:
    number: int
    start: int
    settled: int  # up to here its finals go
    next_start: int | None = None  # from here on another stream is believed
    finals: list[_Segment] = field(default_factory=list)
    pending: _Segment | None = None

    @property
    def outdone(self) -> bool:
        """Whether the next stream was given everything that this one had not finished with."""
        return self.next_start is not None and self.settled >= self.next_start

    @property
    def covered(self) -> int:
        return max(self.settled, self.pending.end if self.pending else 0)


@dataclass(slots=True)
class _Turn:
    begin: int
    end: int | None = None
    shown: str = ""  # its text when it was closed


class Ledger:
    """One call's. Turns are opened and closed as the caller speaks; streams as Google allows."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._streams: list[_Stream] = []
        self._turns: list[_Turn] = []

    # --- streams ---

    def opened(self, number: int, start: int) -> None:
        """A stream has begun whose first sample is at `start`; it is believed from there on."""
        if self._streams:
            old = self._streams[-1]
            old.next_start = start
            if start <= self._needed():
                old.settled = max(old.settled, start)  # what is left out was silence
        self._streams.append(_Stream(number, start, start))

    def ended(self, number: int) -> None:
        """Nothing more comes from this stream. What it alone has heard must do, though it is not final."""
        for stream in self._streams[:-1]:
            if stream.number == number and not stream.outdone and stream.pending is not None:
                stream.finals.append(replace(stream.pending, final=True))
                stream.settled, stream.pending = stream.pending.end, None

    def replay_from(self) -> int:
        """Where a new stream is to begin: after the last final text, or where the turns that are not final began; but
        not too far back, and then between two words."""
        needed = self._needed()
        earliest = max(self._tape.end - round(REPLAY_S * RATE), self._tape.begin)
        if needed >= earliest:
            return needed
        pause = self._tape.quiet_after(earliest, _WHOLE_WORD_PAUSE)
        return pause if pause is not None and pause <= earliest + _LOOK_FOR_PAUSE else earliest

    def _needed(self) -> int:
        settled = self._streams[-1].settled if self._streams else self._tape.end
        last = range(min(2, len(self._turns)))
        begins = [self._turns[-1 - back].begin for back in last if not self.closed_for_good(self.view(back), back)]
        return max(settled, min(begins, default=settled))

    @property
    def unfinished(self) -> bool:
        """Whether the newest stream has said something that is not final yet."""
        return bool(self._streams) and self._streams[-1].pending is not None

    def receive(self, number: int, results: Sequence[Result]) -> None:
        """Take the results of one response: perhaps a final one first, then pieces of what is not final yet."""
        stream = next((each for each in self._streams if each.number == number), None)
        if stream is None:
            return
        for result in results:
            if result.final:
                self._final(stream, result)
        pieces = [result for result in results if not result.final]
        if pieces:
            # Consecutive pieces of one text: the sure part, then the unsure one. They bring their own spaces.
            end = max(piece.end for piece in pieces)
            at = stream.start + end if end else self._tape.end
            text = "".join(piece.text for piece in pieces).strip()
            if at > stream.settled and text:
                least = min(piece.stability for piece in pieces)
                stream.pending = _Segment(stream.settled, at, text, least, final=False)
        self._forget()

    def _final(self, stream: _Stream, result: Result) -> None:
        pending, text = stream.pending, result.text.strip()
        end = stream.start + result.end if result.end else max(stream.settled + 1, stream.covered)
        if end <= stream.settled + _SHORTER_THAN_WORDS:
            return  # said before
        if not text and pending is not None:
            text = pending.text  # words that were shown are not taken back by an empty final
        segment = _Segment(stream.settled, end, text)
        if stream.outdone:
            stream.pending = segment
            return
        stream.pending = None
        stream.settled = end
        if text:
            stream.finals.append(segment)

    # --- turns ---

    def begin_turn(self, at: int) -> None:
        self._turns.append(_Turn(at))
        del self._turns[:-_TURNS_KEPT]
        self._forget()

    def end_turn(self, at: int) -> None:
        """The running turn's last sample was before `at`."""
        turn = self._turns[-1]
        turn.shown = self.view(0).text
        turn.end = at

    @property
    def in_turn(self) -> bool:
        return bool(self._turns) and self._turns[-1].end is None

    def view(self, back: int = 0) -> View:
        """What is known of the last turn; `back`: 1 for the one before it, and so on."""
        if back >= len(self._turns):
            return View()
        segments = self._by_turn()[len(self._turns) - 1 - back]
        covered = max((stream.covered for stream in self._streams), default=0)
        if not segments:
            return View(covered=covered)
        text: list[str] = []
        reached = 0
        for segment in segments:
            spoken = words(segment.text)
            text = joined(text, spoken) if segment.begin < reached - _NEAR else [*text, *spoken]
            reached = max(reached, segment.end)
        final = all(segment.final for segment in segments)
        return View(" ".join(text), covered, min(segment.stability for segment in segments), final)

    def closed_for_good(self, view: View, back: int) -> bool:
        """Whether `view` of a closed turn holds all its sound, so that nothing more is to come."""
        turn = self._turns[len(self._turns) - 1 - back]
        return view.final and turn.end is not None and view.covered >= turn.end - _TAIL - _LATE

    # --- putting together ---

    def _segments(self) -> list[_Segment]:
        """All texts in the order of their sound."""
        found: list[_Segment] = []
        for at, stream in enumerate(self._streams):
            later = self._streams[at + 1 :]
            if stream.outdone:
                found += stream.finals
                reached = max((each.covered for each in later), default=0)
                if stream.pending is not None and reached < stream.pending.end - _NEAR:
                    # The next stream is not so far yet; this one's text covers all that it has said by now.
                    return [*found, stream.pending]
                continue
            found += stream.finals
            if stream.pending is not None:
                found.append(stream.pending)
        return found

    def _by_turn(self) -> list[list[_Segment]]:
        """The texts of each turn. One text that reaches over two turns is cut where the first one's words end."""
        shares: list[list[_Segment]] = [[] for _ in self._turns]
        for segment in self._segments():
            touched = [
                at
                for at, turn in enumerate(self._turns)
                if turn.begin + (_LEAD_IN if at else 0) < segment.end
                and (turn.end is None or turn.end - _TAIL > segment.begin)
            ]
            if not touched:  # an offset that is not exact: it can only be what was said last before it
                touched = [at for at, turn in enumerate(self._turns) if turn.begin < segment.end][-1:]
            if not touched:
                continue
            rest = words(segment.text)
            for at in touched[:-1]:
                shown, given = words(self._turns[at].shown), [w for each in shares[at] for w in words(each.text)]
                count = split_after(rest, shown[split_after(shown, given) :])
                if count:
                    shares[at].append(_part(segment, rest[:count]))
                rest = rest[count:]
            if rest:
                shares[touched[-1]].append(_part(segment, rest))
        return shares

    def _forget(self) -> None:
        """Let go of what no turn will ask for any more."""
        oldest = self._turns[0].begin if self._turns else self._tape.end
        while (
            len(self._streams) > 1
            and self._streams[1].covered > self._streams[0].covered
            and (self._streams[0].covered < oldest)
        ):
            del self._streams[0]
        for stream in self._streams:
            stream.finals = [each for each in stream.finals if each.end > oldest]


def _part(segment: _Segment, text: list[str]) -> _Segment:
    return replace(segment, text=" ".join(text))


def revision(given: str, view: View) -> str | None:
    """The text to be told if a turn was answered on `given` and turns out to be `view`; None if it is the same."""
    return None if same_words(given, view.text) else view.text
