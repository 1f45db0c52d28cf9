"""How long the turn-taking of a call waits for what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engine.call.voice import VoiceSettings

GREET_WITHIN_S: Final = 1.5
"""Our first word comes no later than this after the end of the person's hello: `greeting.max_delay_ms` of compliance.md
(rule C12). What does it is the floor's alarm, whatever hangs."""

LEGAL_S: Final = 2.0
"""A first word later than this counts as an abandoned call (47 CFR 64.1200(a)(7))."""


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """Seconds. The sources stand in field-lessons.md (R3, R7, R10, R14, R22) and performance.md."""

    voice: VoiceSettings = field(default_factory=VoiceSettings)
    open_after: float = 1.2  # nobody says hello
    open_by: float = 1.5  # since the answer: a hello before the line was there was not heard, and waits all the same
    open_listen: float = 0.3  # but so long is listened for one
    greet_within: float = GREET_WITHIN_S  # hello ended: by then a ready-made line is said, if nothing else is heard
    greet_grace: float = 0.25  # an opening that was ordered just now is not talked over
    first_turn_over: float = 0.9  # who speaks again before our first word is not kept waiting for longer than this
    open_at_latest: float = 4.0  # somebody says hello for ever (R13)
    look_every: float = 0.5  # into the greeting: is it a recording (R13)?
    greeting_words: float = 0.33  # hello ended; our first word must come within 0.4
    least_speech: float = 0.15  # less voice holds no words (R3)
    longest_wait: float = 2.0  # no answer type needs more silence than this
    draft_ahead: float = 0.5  # so long before the end of the turn the answer is begun (R8: earlier is mostly in vain)
    no_words_after: float = 0.7  # silence before "sorry?" when no words came out
    no_draft_after: float = 1.3  # the same when the recogniser did not answer at all
    check_after: float = 0.4  # into an overlap: look for words though the voice goes on
    decide_after: float = 0.75  # into an overlap: decide with what there is (R7: resume within 0.8)
    interrupts: float = 0.5  # so much voice takes the floor when no words can be had
    recheck_every: float = 0.8  # a noise goes on while we speak: are there words by now?
    ending: float = 0.4  # so little agent sound left is not worth cutting
    answering: float = 1.0  # a yes/no question is all but asked: "yeah" answers it
    stall: float = 2.2  # owed speech is late: a filler
    stall_after_commit: float = 0.9  # but give the mind at least this long
    fillers: int = 2
    sound_lost: float = 2.5
    longest_turn: float = 45.0
    close_cap: float = 1.5  # after the goodbye's expected end, without the carrier's word for it (R10 allows 4)
    leave: float = 5.0  # after the longest call, for taking leave (R10)
    limit_grace: float = 1.0  # do not cut the caller's sentence, if it ends soon
