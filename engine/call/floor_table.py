"""Who holds the floor: turn-taking of a live call, as a table.

Theory of operation. Two parties share one line. At any moment the call is in one *state*; something happens (a voice
window, a draft of the words, a report of the play-out, an alarm of our own) and is boiled down to a *trigger*: one
short word for what it means here and now. `TABLE` says, for each state and trigger, which state follows and what is
ordered. A trigger that a state does not list changes nothing. Reading the table top to bottom is reading a call:

The line opens and we wait for the caller's "hello"; the agent opens when it ends, or after 1.2 s of silence. The law
allows two seconds from the hello to our first word: if nothing of ours is heard after 1.5, an alarm that only the first
word takes away has a ready-made greeting said, whatever hangs. While the agent is speaking, the first voiced windows
make it fall silent at once (`overlap`), but only words decide whether that was an interruption: then the unheard rest
is dropped and the caller has the floor; a cough or an "uh-huh" lets the agent go on from the very sample where it
stopped. When the caller pauses, the turn is drafted at once (recogniser and end-of-turn model work inside the wait) and
committed when the silence has been long enough for these words; if the voice comes back first, the draft is dropped.
Half a second before the turn would be over, the answer is begun on the words there are; it too is dropped if the caller
goes on. Nothing drafted leaves the machine before `Commit`.

A recogniser may find out late that other words were said (`late final`). Then the answer is cut and given anew; unless
something was begun outside, or the caller is speaking: then what is known is put right, and the next turn says so.

Nobody waits in silence: whenever the agent owes speech, an alarm leads to a filler, a second one, then to an apology
and a polite end. Every call ends: the longest duration has an alarm that only the end of the call takes away.

`engine.call.floor` drives this table; `python -m engine.call.floor_diagram` draws docs/floor.md from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    OPENING = "opening"  # line open, nobody has spoken yet
    GREETING = "greeting"  # the caller is saying hello
    GREETED = "greeted"  # the hello seems over; its words are being made out
    THINKING = "thinking"  # the agent owes speech, none is to be heard
    SPEAKING = "speaking"  # the agent is heard
    OVERLAP = "overlap"  # the caller's voice came in; the agent holds its tongue, undecided
    LISTENING = "listening"  # the caller's turn, the caller is silent
    HEARING = "hearing"  # the caller is speaking
    PAUSE = "pause"  # the caller has stopped; is the turn over?
    CLOSING = "closing"  # the goodbye is on its way
    CLOSED = "closed"


class Trigger(StrEnum):
    LINE_OPENED = "line opened"
    VOICE_STARTED = "voice started"
    VOICE_AT_THE_END = "voice started as the agent ends"
    VOICE_STOPPED = "voice stopped"
    TOO_SHORT = "voice stopped, too short for words"
    CHECK_WORDS = "time to look for words"
    WORDS_GO_ON = "words, and more coming"
    WORDS_DONE = "words, then silence"
    NO_WORDS = "no words, or only uh-huh"
    NO_WORDS_YET = "no words yet, voice goes on"
    DECIDE = "overlap must be decided"  # an alarm only: becomes one of the four above
    GREETING_OVER = "greeting over"
    MAY_BE_OVER = "turn may be over soon"
    TURN_OVER = "turn over"
    TURN_TOO_LONG = "turn too long"
    NOTHING_UNDERSTOOD = "voice but no words"
    NOTHING_AGAIN = "no words again"
    DEAF = "recogniser broken"
    LATE_FINAL = "late final with other words"
    LATE_FINAL_SETTLED = "late final, outside work begun"
    SILENCE_OVER = "caller silent too long"
    SOUND_BEGAN = "agent is heard"
    SOUND_GAP = "sound ran out, more owed"
    REPLY_OVER = "reply over"
    REPLY_OVER_IN_VOICE = "reply over, voice on"
    CLOSE_WANTED = "conversation closes"
    GOODBYE_OVER = "goodbye over"
    GREETING_LATE = "first word is late"
    STALLED = "owed speech is late"
    HOPELESS = "owed speech does not come"
    SOUND_LOST = "play-out is dead"
    REPLY_FAILED = "conversation failed"
    REPLY_FAILED_AGAIN = "conversation failed again"
    ENGINE_FAILED = "engine failed"
    KEY = "key pressed"
    KEY_NINE = "key 9 pressed"
    TOLD = "the line is told about"
    NEWS = "news from outside"
    TIME_UP = "longest call reached"
    HARD_LIMIT = "leave-taking took too long"
    LINE_CLOSED = "line closed"


class Do(StrEnum):
    CAPTURE = "capture"
    DRAFT = "draft"
    DRAFT_REPLY = "draft reply"
    DROP_DRAFT = "drop draft"
    DISCARD = "discard turn"
    OPEN = "open"
    COMMIT = "commit"
    REVISE = "answer anew"
    AMEND = "put right"
    UNCLEAR = "ask again"
    ASK_SILENCE = "break silence"
    PRESSED = "pass key on"
    TAKE_UP = "take it up"
    TELL_NEWS = "tell news"
    TIME_IS_UP = "take leave"
    PAUSE = "pause output"
    RESUME = "resume output"
    CLEAR = "clear output"
    SAY_GREETING = "say greeting"
    SAY_WAIT = "say wait"
    SAY_AGAIN = "say again"
    SAY_APOLOGY = "apologise"
    HANG_UP = "hang up"


Row = Mapping[Trigger, tuple[State, tuple[Do, ...]]]

_S, _T = State, Trigger
_ANYWHERE: Final[Row] = {  # in every state with a live line, unless it says otherwise
    _T.ENGINE_FAILED: (_S.CLOSING, (Do.CLEAR, Do.SAY_APOLOGY)),
    _T.HARD_LIMIT: (_S.CLOSED, (Do.CLEAR, Do.HANG_UP)),
    _T.LINE_CLOSED: (_S.CLOSED, (Do.CLEAR,)),
    # Whoever wants no more calls is heard at any moment, before the opening and over the goodbye too.
    _T.KEY_NINE: (_S.THINKING, (Do.CLEAR, Do.DISCARD, Do.PRESSED)),
    _T.TOLD: (_S.THINKING, (Do.CLEAR, Do.DISCARD, Do.TAKE_UP)),
}
_TALKING: Final[Row] = {  # once the agent has opened
    **_ANYWHERE,
    _T.KEY: (_S.THINKING, (Do.CLEAR, Do.DISCARD, Do.PRESSED)),
    _T.TIME_UP: (_S.THINKING, (Do.CLEAR, Do.DISCARD, Do.TIME_IS_UP)),
    _T.REPLY_FAILED_AGAIN: (_S.CLOSING, (Do.CLEAR, Do.SAY_APOLOGY)),
}
_OWING: Final[Row] = {  # the agent has the floor, and a voice that made no words has not taken it
    **_TALKING,
    _T.REPLY_OVER: (_S.LISTENING, ()),
    _T.REPLY_OVER_IN_VOICE: (_S.HEARING, (Do.CAPTURE,)),
    _T.REPLY_FAILED: (_S.THINKING, (Do.SAY_AGAIN,)),
    _T.CLOSE_WANTED: (_S.CLOSING, ()),
    _T.LATE_FINAL: (_S.THINKING, (Do.CLEAR, Do.REVISE)),
    _T.VOICE_STARTED: (_S.OVERLAP, (Do.PAUSE, Do.CAPTURE)),
    _T.WORDS_GO_ON: (_S.HEARING, (Do.CLEAR,)),
    _T.WORDS_DONE: (_S.PAUSE, (Do.CLEAR,)),
}
TABLE: Final[Mapping[State, Row]] = {
    _S.OPENING: {
        **_ANYWHERE,
        _T.LINE_OPENED: (_S.OPENING, ()),
        _T.VOICE_STARTED: (_S.GREETING, (Do.CAPTURE,)),
        _T.GREETING_OVER: (_S.THINKING, (Do.OPEN,)),
    },
    _S.GREETING: {
        **_ANYWHERE,
        _T.VOICE_STOPPED: (_S.GREETED, (Do.DRAFT,)),
        _T.TOO_SHORT: (_S.OPENING, (Do.DISCARD,)),
        _T.CHECK_WORDS: (_S.GREETING, (Do.DRAFT,)),
        _T.GREETING_OVER: (_S.THINKING, (Do.OPEN, Do.DISCARD)),
    },
    _S.GREETED: {
        **_ANYWHERE,
        _T.VOICE_STARTED: (_S.GREETING, (Do.DROP_DRAFT,)),
        _T.GREETING_OVER: (_S.THINKING, (Do.OPEN, Do.DISCARD)),
    },
    _S.THINKING: {
        **_OWING,
        _T.SOUND_BEGAN: (_S.SPEAKING, ()),
        _T.VOICE_STOPPED: (_S.THINKING, (Do.DRAFT,)),
        _T.TOO_SHORT: (_S.THINKING, (Do.DISCARD,)),
        _T.NO_WORDS: (_S.THINKING, (Do.DISCARD,)),
        _T.NO_WORDS_YET: (_S.THINKING, ()),
        _T.GREETING_LATE: (_S.THINKING, (Do.SAY_GREETING,)),
        _T.STALLED: (_S.THINKING, (Do.SAY_WAIT,)),
        _T.HOPELESS: (_S.CLOSING, (Do.CLEAR, Do.SAY_APOLOGY)),
        _T.LATE_FINAL_SETTLED: (_S.THINKING, (Do.AMEND,)),
    },
    _S.SPEAKING: {
        **_OWING,
        _T.SOUND_GAP: (_S.THINKING, ()),
        _T.VOICE_AT_THE_END: (_S.HEARING, (Do.CAPTURE,)),
        _T.CHECK_WORDS: (_S.SPEAKING, (Do.DRAFT,)),
        _T.VOICE_STOPPED: (_S.SPEAKING, (Do.DRAFT,)),
        _T.TOO_SHORT: (_S.SPEAKING, (Do.DISCARD,)),
        _T.NO_WORDS: (_S.SPEAKING, (Do.DISCARD,)),
        _T.NO_WORDS_YET: (_S.SPEAKING, ()),
        _T.SOUND_LOST: (_S.CLOSED, (Do.CLEAR, Do.HANG_UP)),
        _T.LATE_FINAL_SETTLED: (_S.SPEAKING, (Do.AMEND,)),
    },
    _S.OVERLAP: {
        **_TALKING,
        _T.REPLY_FAILED: (_S.OVERLAP, ()),
        _T.CLOSE_WANTED: (_S.CLOSING, (Do.DISCARD, Do.RESUME)),
        _T.VOICE_STARTED: (_S.OVERLAP, (Do.DROP_DRAFT,)),
        _T.VOICE_STOPPED: (_S.OVERLAP, (Do.DRAFT,)),
        _T.CHECK_WORDS: (_S.OVERLAP, (Do.DRAFT,)),
        _T.WORDS_GO_ON: (_S.HEARING, (Do.CLEAR,)),
        _T.WORDS_DONE: (_S.PAUSE, (Do.CLEAR,)),
        _T.TOO_SHORT: (_S.SPEAKING, (Do.DISCARD, Do.RESUME)),
        _T.NO_WORDS: (_S.SPEAKING, (Do.DISCARD, Do.RESUME)),
        _T.NO_WORDS_YET: (_S.SPEAKING, (Do.RESUME,)),
    },
    _S.LISTENING: {
        **_TALKING,
        _T.VOICE_STARTED: (_S.HEARING, (Do.CAPTURE,)),
        _T.SILENCE_OVER: (_S.THINKING, (Do.ASK_SILENCE,)),
        _T.NEWS: (_S.THINKING, (Do.TELL_NEWS,)),
        _T.SOUND_BEGAN: (_S.SPEAKING, ()),
        _T.LATE_FINAL: (_S.THINKING, (Do.REVISE,)),
        _T.LATE_FINAL_SETTLED: (_S.LISTENING, (Do.AMEND,)),
    },
    _S.HEARING: {
        **_TALKING,
        _T.VOICE_STOPPED: (_S.PAUSE, (Do.DRAFT,)),
        _T.TOO_SHORT: (_S.LISTENING, (Do.DISCARD,)),
        _T.TURN_TOO_LONG: (_S.PAUSE, (Do.DRAFT,)),
        _T.LATE_FINAL: (_S.HEARING, (Do.AMEND,)),
        _T.LATE_FINAL_SETTLED: (_S.HEARING, (Do.AMEND,)),
    },
    _S.PAUSE: {
        **_TALKING,
        _T.VOICE_STARTED: (_S.HEARING, (Do.DROP_DRAFT,)),
        _T.MAY_BE_OVER: (_S.PAUSE, (Do.DRAFT_REPLY,)),
        _T.TURN_OVER: (_S.THINKING, (Do.COMMIT,)),
        _T.LATE_FINAL: (_S.PAUSE, (Do.AMEND,)),
        _T.LATE_FINAL_SETTLED: (_S.PAUSE, (Do.AMEND,)),
        _T.NOTHING_UNDERSTOOD: (_S.THINKING, (Do.DISCARD, Do.UNCLEAR)),
        _T.NOTHING_AGAIN: (_S.LISTENING, (Do.DISCARD,)),
        _T.DEAF: (_S.CLOSING, (Do.CLEAR, Do.SAY_APOLOGY)),
    },
    _S.CLOSING: {
        _T.GOODBYE_OVER: (_S.CLOSED, (Do.HANG_UP,)),
        _T.ENGINE_FAILED: (_S.CLOSED, (Do.CLEAR, Do.HANG_UP)),
        _T.KEY_NINE: (_S.THINKING, (Do.CLEAR, Do.PRESSED)),
        _T.TOLD: (_S.THINKING, (Do.CLEAR, Do.TAKE_UP)),
        _T.HARD_LIMIT: (_S.CLOSED, (Do.CLEAR, Do.HANG_UP)),
        _T.LINE_CLOSED: (_S.CLOSED, (Do.CLEAR,)),
    },
    _S.CLOSED: {},
}
