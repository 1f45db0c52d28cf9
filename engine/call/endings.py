"""How a call ends: its disposition, whether the flow says it or the call just stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.call.acts import Close
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.waiting import Waiting
from engine.sdk import Ending

REQUESTED: Final = ("qualified_no_booking", "to_be_confirmed")
"""Outcome and reason where the flow would say "booked", but somebody of the business must still agree."""


class Endings:
    """One call's. `turn_over`: told that the state is one to go on from."""

    def __init__(self, scene: Scene, speaker: Speaker, waiting: Waiting, turn_over: Callable[[], None]) -> None:
        self._scene, self._speaker, self._waiting, self._turn_over = scene, speaker, waiting, turn_over
        self._open_end = False
        """The caller hung up before the flow had said what the call came to."""

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
        return Close(disposition, reason)

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
