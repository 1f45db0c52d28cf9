"""What a conversation asks its shell to do, and what a shell tells the conversation.

One conversation drives the phone call, the browser call, the text chat and the simulator at full speed; only the shell
differs. Times are seconds on the call's own clock: 0 is the moment the call was answered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.call.told import Told
from engine.sdk import Disclosure, Json

Expecting = Literal["speech", "digits", "email", "yes_no"]
EndedBy = Literal["assistant", "caller", "carrier", "limit", "failure"]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `text` after what is already queued. `id` names the utterance when the shell reports what was played.

    `fixed`: word for word, may be cached by text. `kind`: `filler` covers waiting, `prompt` breaks a silence.
    `pause_s`: a beat of silence before it. `discloses`: what it makes known once it was heard to its end.
    """

    id: int
    text: str
    kind: Literal["answer", "fixed", "filler", "prompt"] = "answer"
    fixed: bool = False
    pause_s: float = 0.0
    discloses: tuple[Disclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Listen:
    """The caller's turn. `expecting` chooses decoding and endpointing. Always the last act unless the call closes."""

    expecting: Expecting = "speech"


@dataclass(frozen=True, slots=True)
class StopRecording:
    """The caller does not want to be recorded: stop, and delete what was kept of this call's sound."""


@dataclass(frozen=True, slots=True)
class Close:
    """Hang up once everything queued has been played (or its cap has passed). `within_s`: but no later than this,
    whatever is still to be said; None: only the usual caps."""

    disposition: str
    reason: str = ""
    within_s: float | None = None


Act = Say | Listen | StopRecording | Close


@dataclass(frozen=True, slots=True)
class Played:
    """What of an utterance reached the caller's ear: `text` is the part really played; `complete` says all of it was.

    `started`, `ended`: seconds on the call's clock of its first and last audible sample.
    """

    id: int
    text: str
    complete: bool
    started: float
    ended: float


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """Parts of one response, in milliseconds, from the end of the caller's last word to the first audible sample.

    `wait`: silence until the turn was judged over. `stt`: recognition not hidden behind the wait. `mind`: interpret,
    apply, plan. `voice`: text to first sound. `queue`: sound to wire. Their sum is `total`.
    """

    wait: float
    stt: float
    mind: float
    voice: float
    queue: float
    total: float


class Conversation(Protocol):
    """The talk of one call, without sound. Each method yields acts; the shell carries them out in order.

    The shell never has two of the iterators open at once: when the caller barges in, it closes the running one
    (its remaining acts are not wanted any more) and then calls `heard`.
    """

    def answered(self, greeting: str, now: float, more: bool = False) -> AsyncIterator[Act]:
        """The line is open; `greeting` is what was said when picking up, empty if nothing. `more`: it still goes on."""
        ...

    def returned(self, now: float) -> AsyncIterator[Act]:
        """The line was gone and is back: say so, and go on where the talk was."""
        ...

    def heard(self, words: str, now: float) -> AsyncIterator[Act]:
        """The caller finished a turn."""
        ...

    def draft(self, words: str, now: float) -> None:
        """The caller may have finished with these words: begin to think, should that take long. Says, stores and does
        nothing; `heard` comes if the turn is over, `drop_draft` if the caller goes on."""
        ...

    def drop_draft(self) -> None:
        """What was drafted is worth nothing any more."""
        ...

    def revised(self, words: str, now: float) -> AsyncIterator[Act]:
        """Other words were said in the last turn than `heard` was given (or `unclear` knew none): answer these, as if
        the others had not been. What was not heard of the answer to them has been reported as `played` before."""
        ...

    def amended(self, words: str, now: float) -> None:
        """The same, when that answer cannot be taken back (`irrevocable`) or the caller is speaking on: put right what
        is known of the last turn, and say so in the next."""
        ...

    def corrected(self, words: str) -> None:
        """The last turn's words, of the same meaning, as they stand in the transcript from now on."""
        ...

    @property
    def irrevocable(self) -> bool:
        """Whether something was begun outside in answer to the last turn."""
        ...

    def unclear(self, now: float) -> AsyncIterator[Act]:
        """The caller spoke, but no words came out of it (field-lessons R3)."""
        ...

    def silent(self, now: float) -> AsyncIterator[Act]:
        """The caller has been silent for as long as the flow allows."""
        ...

    def news(self, now: float) -> AsyncIterator[Act]:
        """There is news of something outside that the talk waits for (a colleague's phone)."""
        ...

    def pressed(self, digit: str, now: float, words: str = "") -> AsyncIterator[Act]:
        """The caller pressed a key. `words`: what they had said just before it, not given to `heard` any more."""
        ...

    def told(self, what: Told, now: float) -> AsyncIterator[Act] | None:
        """Machine detection has spoken. The acts to carry out at once, in place of what is being said; None: go on."""
        ...

    def time_is_up(self, now: float) -> AsyncIterator[Act]:
        """The flow's longest call is reached: take leave politely."""
        ...

    def played(self, played: Played) -> None:
        """Tell what the caller really heard of an utterance. Called once for each `Say`, also for cut ones and for
        those of which nothing was played (empty `text`)."""
        ...

    def confirmed(self, id: int) -> None:
        """The carrier has given back the mark behind an utterance that was heard to its end: it played all of it."""
        ...

    def measured(self, times: TurnTimes) -> None:
        """Latency of the answer to the last turn."""
        ...

    def hung_up(self, by: EndedBy, now: float, problem: str = "") -> None:
        """The line is closed. `problem`: in plain words, when something failed."""
        ...

    @property
    def silence_after(self) -> float:
        """Seconds of silence after which `silent` is to be called next."""
        ...

    @property
    def max_call_s(self) -> float: ...


class Watcher(Protocol):
    """Gets everything that happens in a call, as it happens: the journal, live pages, the demo's screen."""

    def note(self, kind: str, at: float, **facts: Json) -> None:
        """`kind`: a stable name such as `agent_said`; `at`: seconds on the call's clock."""
        ...
