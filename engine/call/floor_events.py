"""What the turn-taking machine is told, and what it orders. Times are seconds on the call's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.call.acts import EndedBy, Expecting

# --- Events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineOpened:
    """The caller has picked up and both directions carry sound."""


@dataclass(frozen=True, slots=True)
class VoiceWindow:
    """One verdict of the voice model. Levels in dBFS; `echo_db`: the loudest of what the agent has just sounded."""

    probability: float
    level_db: float = -25.0
    echo_db: float = -100.0


@dataclass(frozen=True, slots=True)
class DraftReady:
    """What the recogniser makes of the turn so far; empty `text`: it heard no words."""

    draft: int
    text: str


@dataclass(frozen=True, slots=True)
class DraftFailed:
    """The recogniser gave up on this draft."""

    draft: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end-of-turn model's probability that the turn is over; None when it had no answer in time."""

    draft: int
    probability: float | None


@dataclass(frozen=True, slots=True)
class LateFinal:
    """The recogniser's last word on the turn that ended last: other than what was acted on. `settled`: something was
    begun outside in answer to it, which cannot be undone."""

    text: str
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """The conversation has given something to say; its sound will follow."""


@dataclass(frozen=True, slots=True)
class ReplyListen:
    """The conversation hands the floor to the caller, for at most `silence_after` seconds of silence."""

    expecting: Expecting
    silence_after: float


@dataclass(frozen=True, slots=True)
class ReplyClose:
    """The conversation wants the call to end once everything has been played. `within_s`: but no later than this."""

    within_s: float | None = None


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """The conversation broke down while it answered."""

    problem: str


@dataclass(frozen=True, slots=True)
class Playing:
    """Agent sound is being heard. `left_s`: seconds still to come; `more`: further sound is being made."""

    left_s: float
    more: bool = False


@dataclass(frozen=True, slots=True)
class Quiet:
    """All agent sound there was has been played. `owed`: more is being made. `acked`: the carrier confirmed the end."""

    owed: bool = False
    acked: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Told:
    """The conversation has learnt from elsewhere (machine detection) what to do now."""


@dataclass(frozen=True, slots=True)
class News:
    """Something outside that the conversation waits for has come about. It is told when nobody speaks."""


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """Something that the call cannot go on without is gone, such as the voice."""

    problem: str


@dataclass(frozen=True, slots=True)
class LineClosed:
    """The line is gone."""


Event = (
    LineOpened
    | VoiceWindow
    | DraftReady
    | DraftFailed
    | Verdict
    | LateFinal
    | Queued
    | ReplyListen
    | ReplyClose
    | ReplyFailed
    | Playing
    | Quiet
    | Key
    | Told
    | News
    | EngineFailed
    | LineClosed
)

# --- Commands ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capture:
    """A turn of the caller begins: keep its sound, from a little before the voice."""

    turn: int


@dataclass(frozen=True, slots=True)
class Draft:
    """Ask the recogniser and the end-of-turn model about the turn so far. `paused`: the caller is silent just now."""

    turn: int
    draft: int
    paused: bool


@dataclass(frozen=True, slots=True)
class DraftReply:
    """The turn may be over soon: begin to answer these words. Nothing of it may be heard, stored or done before the
    commit; `DropDraft` and `Discard` make it worthless."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class DropDraft:
    """The caller goes on: that draft is worth nothing any more."""

    draft: int


@dataclass(frozen=True, slots=True)
class Discard:
    """There were no words in the turn: forget its sound."""

    turn: int


@dataclass(frozen=True, slots=True)
class Open:
    """Begin the talk. `greeting`: what the caller said when picking up; `more`: the caller is still speaking.
    `over_at`: when the hello was over, None if there was none."""

    greeting: str
    more: bool = False
    over_at: float | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """The turn is over. `due`: when the silence was long enough; after that only the recogniser was waited for."""

    turn: int
    text: str
    last_voiced: float
    due: float


@dataclass(frozen=True, slots=True)
class Revise:
    """Other words were said than those that were answered: answer these, in place of what was answered before."""

    text: str


@dataclass(frozen=True, slots=True)
class Amend:
    """The same, when that answer cannot be taken back: put right what is known; the next turn says so."""

    text: str


@dataclass(frozen=True, slots=True)
class Correct:
    """The same words were said, spelled otherwise: put the transcript right."""

    text: str


@dataclass(frozen=True, slots=True)
class AskUnclear:
    """There was a voice but no words: ask again."""


@dataclass(frozen=True, slots=True)
class AskSilence:
    """The caller has been silent for as long as allowed."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """`words`: what the caller had just said in the same breath, if that is known."""

    digit: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Let the conversation do what it has learnt to do."""


@dataclass(frozen=True, slots=True)
class TellNews:
    """There is news: let the conversation act on it."""


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """The longest call is reached: take leave."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Fall silent at once, but keep what was not heard."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on from where the caller stopped hearing us."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Drop everything not heard, stop answering, and cut the history to what was heard."""


@dataclass(frozen=True, slots=True)
class SpeakLine:
    """Say one of the shell's own ready-made lines, ahead of everything that waits for its sound."""

    line: Literal["greeting", "wait", "again", "apology"]


@dataclass(frozen=True, slots=True)
class HangUp:
    by: EndedBy
    problem: str = ""


Command = (
    Capture
    | Draft
    | DraftReply
    | DropDraft
    | Discard
    | Open
    | Commit
    | Revise
    | Amend
    | Correct
    | AskUnclear
    | AskSilence
    | Pressed
    | TakeUp
    | TellNews
    | TimeIsUp
    | Pause
    | Resume
    | Clear
    | SpeakLine
    | HangUp
)
