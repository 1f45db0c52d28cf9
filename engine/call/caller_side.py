"""The caller's side of the transcript: their words as they stand, and what was understood of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.call.outcome import Spoken
from engine.call.resumption import slots_in, slots_out
from engine.call.scene import Scene
from engine.dialogue.apply import Applied
from engine.dialogue.commands import Command, document
from engine.sdk import Json, Scalar


class CallerSide:
    """One call's. `unanswered`: words that no turn of ours has come of yet. `silences`: how often in a row the caller
    was asked for a sign of life."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.unanswered = ""
        self.silences = 0
        self.retaken = False
        """The turn is taken once more: its words stand in the transcript already."""
        self._filled: dict[str, Json] = {}

    def said(self, words: str) -> None:
        """A turn of the caller."""
        scene = self._scene
        scene.turn += 1
        scene.last_words = self.unanswered = words
        if self.retaken:
            self.retaken = False
            return
        scene.outcome.transcript.append(Spoken("caller", words, scene.now, scene.turn))
        scene.note("caller_said", text=words, turn=scene.turn)

    def was(self, words: str, meaning: bool, again: bool = False) -> None:
        """The last turn's words were others. `meaning`: and said something else; `again`: it is answered anew."""
        scene = self._scene
        turn = next((each for each in reversed(scene.outcome.transcript) if each.who == "caller"), None)
        if turn is not None and turn.turn == scene.turn:
            scene.note("revised", was=turn.text, words=words, meaning=meaning, again=again, turn=scene.turn)
            turn.text = scene.last_words = words

    def understood(self, words: str, commands: Sequence[Command], applied: Applied, drafted: bool) -> None:
        """Note what was made of a turn, and what follows from it by itself."""
        scene = self._scene
        book, outcome = scene.book, scene.outcome
        for change in applied.changes:
            scene.note(
                "slot", slot=change.slot, value=change.value, words=change.words, was=change.was,
                state=change.state.value, turn=scene.turn, confidence=book[change.slot].confidence,
            )  # fmt: skip
            check = book[change.slot].slot.check
            if check is not None and check.action and change.value is not None and change.was != change.value:
                outcome.act(check.action, scene.now, **{change.slot: change.value})
            record = book[change.slot]
            if record.corrected_from is not None and record.value is not None:
                outcome.corrections[change.slot] = (record.corrected_from, record.value)
        scene.note(
            "understood", turn=scene.turn, words=words, commands=[document(command) for command in commands],
            refused=[f"{refusal.slot}: {refusal.why}" for refusal in applied.refusals], drafted=drafted,
        )  # fmt: skip

    def taken_back(self, differences: Sequence[tuple[str, Scalar | None, Scalar | None]], words: str) -> None:
        """Note the slots that have other values now: id, value before, value now. `words`: the true ones."""
        scene = self._scene
        for slot, was, value in differences:
            state = scene.book[slot].state.value
            scene.note("slot", slot=slot, value=value, words=words, was=was, state=state, turn=scene.turn)

    # A turn that is taken once more.

    def take_again(self, words: str, filled: Mapping[str, Json]) -> None:
        """The words are about to be answered once more; `filled`: the slots as they stood after the first time."""
        self.retaken = bool(words)
        self._filled = dict(filled) if words else {}

    def keep_filled(self) -> None:
        """What the turn had filled at first and would now miss stays filled, whatever was understood this time."""
        book = self._scene.book
        lost = {id: kept for id, kept in self._filled.items() if not book[id].settled}
        self._filled = {}
        if lost:
            slots_in(book, {**slots_out(book), **lost})

    def taken_again(self) -> None:
        self._filled = {}
