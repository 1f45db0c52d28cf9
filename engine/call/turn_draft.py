"""What is known of a caller's turn that may be over: the draft that recogniser and end-of-turn model work on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TurnDraft:
    """The latest of a call. `awaited`: the recogniser has not answered yet. `text`: its words, empty if there are none,
    None if that is not known. `verdict`: the model's probability that the turn is over. `forced`: the turn has been too
    long, over or not. `answered`: number of the draft on whose words an answer has been begun."""

    number: int = 0
    awaited: bool = False
    text: str | None = None
    verdict: float | None = None
    forced: bool = False
    answered: int = 0

    def begin(self, *, forced: bool) -> None:
        self.forget()
        self.number += 1
        self.awaited, self.forced = True, forced

    def ready(self, number: int, text: str | None) -> bool:
        """The recogniser has answered, or failed (None). False if nobody waits for that any more."""
        if number != self.number or not self.awaited:
            return False
        self.awaited, self.text = False, text
        return True

    def forget(self) -> None:
        """Its words are worth nothing any more."""
        self.awaited, self.text, self.verdict, self.forced = False, None, None, False
