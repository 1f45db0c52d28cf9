"""How a call ends: its disposition, whether the flow says it or the call just stops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from engine.call.acts import Close
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.waiting import Waiting
from engine.dialogue.openings import before_the_goodbye
from engine.sdk import Ending, Line

REQUESTED: Final = ("qualified_no_booking", "to_be_confirmed")
"""Outcome and reason where the flow would say "booked", but somebody of the business must still agree."""


UNNUMBERED: Final = frozenset(
    {"do_not_call", "emergency_redirected", "minor_answered", "transferred", "voicemail_left", "voicemail_no_message"}
)
"""Endings at which the seller's number is not said once more: one short sentence is all that may be said, something
else matters now, or the card says it itself."""


class Endings:
    """One call's. `turn_over`: told that the state is one to go on from."""

    def __init__(self, scene: Scene, speaker: Speaker, waiting: Waiting, turn_over: Callable[[], None]) -> None:
        self._scene, self._speaker, self._waiting, self._turn_over = scene, speaker, waiting, turn_over
        self._open_end = False
        """The caller hung up before the flow had said what the call came to."""

    def last_words(self, lines: Sequence[Line], ending: Ending) -> tuple[Line, ...]:
        """`lines` with the seller's telephone number, if it is still to be said in this call (rule C17)."""
        said = [line.text for line in lines]
        number = self._speaker.number(*said) if ending.disposition not in UNNUMBERED else ""
        if not number:
            return tuple(lines)
        texts = before_the_goodbye(said, number)
        kept = tuple(replace(line, text=text) for line, text in zip(lines, texts, strict=False))
        return (*kept, *(Line(text, fixed=True) for text in texts[len(lines) :]))

    def close(self, ending: Ending) -> Close:
        """The flow, a reflex or a limit ends the call."""
        scene = self._scene
        disposition, reason = ending.disposition, ending.reason
        self._waiting.over()
        standing = scene.standing()
        if disposition == "unqualified" and not reason:
            reason = standing.reason
        if disposition == "booked" and scene.outcome.standing is not None and not scene.outcome.booked:
            disposition, reason = REQUESTED
        scene.outcome.disposition, scene.outcome.reason = disposition, reason
        scene.outcome.act("end_call", scene.now)
        scene.note("closing", disposition=disposition, reason=reason)
        self._turn_over()
        return Close(disposition, reason, scene.talk.duties.end_within_s)

    def hung_up(self, problem: str, at_a_machine: str) -> None:
        """The line is closed. `at_a_machine`: what that amounts to for the open card, if it deals with one."""
        outcome = self._scene.outcome
        outcome.problem = problem
        if not outcome.disposition:
            self._open_end = not at_a_machine
            outcome.disposition = at_a_machine or self.so_far
        elif outcome.disposition == "voicemail_left" and self._speaker.mostly_unheard():
            outcome.disposition, outcome.reason = "voicemail_no_message", "cut_off"

    def settled(self) -> None:
        """Work that had begun when the line was closed has come to its end."""
        if self._open_end:
            self._scene.outcome.disposition = self.so_far

    @property
    def so_far(self) -> str:
        """What the call amounts to if it ends here, without the flow having said so."""
        outcome = self._scene.outcome
        if outcome.opted_out:
            return "do_not_call"
        if outcome.standing is not None:
            return "booked" if outcome.booked else REQUESTED[0]
        if self._waiting.put_through:
            return "transferred"
        if outcome.callback is not None:
            return "callback_scheduled"
        if self._scene.standing().state == "unqualified":
            return "unqualified"
        spoke = any(turn.who == "caller" for turn in outcome.transcript)
        return "incomplete_hangup" if spoke else "no_input"
