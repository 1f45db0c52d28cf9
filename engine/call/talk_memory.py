"""What the journal keeps of a talk at the end of each turn, for the case that the process dies, and how it is taken on.

The encoding, and how a journal is read back, are in `resumption`.
"""

from __future__ import annotations

from engine.call import resumption
from engine.call.asking import Asking
from engine.call.caller_side import CallerSide
from engine.call.meeting import Meeting
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.turns import Turns
from engine.call.waiting import Waiting
from engine.call.walker import Walker
from engine.sdk import Json


class TalkMemory:
    """One call's. `checkpoint`: the document of the last turn's end; empty before the first."""

    def __init__(
        self, scene: Scene, walker: Walker, speaker: Speaker, asking: Asking, caller: CallerSide, turns: Turns,
        meeting: Meeting, waiting: Waiting,
    ) -> None:  # fmt: skip
        self._scene, self._walker, self._speaker, self._asking = scene, walker, speaker, asking
        self._caller, self._turns, self._meeting, self._waiting = caller, turns, meeting, waiting
        self._unknown = resumption.Unknown()
        self.checkpoint: resumption.Memory = {}

    def turn_over(self) -> None:
        """From here the call could be taken up."""
        self._caller.unanswered = ""
        self.checkpoint = self.document()
        self._scene.note(resumption.CHECKPOINT, memory=dict(self.checkpoint))

    def document(self) -> dict[str, Json]:
        """The state of the talk, but for what the journal's other entries tell (transcript, what was heard, actions).
        A JSON document; `recall` reads it."""
        scene = self._scene
        return {
            **self._unknown.fields,
            "v": resumption.VERSION,
            "slots": resumption.slots_out(scene.book),
            "outcome": resumption.outcome_out(scene.outcome),
            "walk": self._walker.memory(),
            "speaker": self._speaker.memory(),
            "reflexes": scene.reflexes.memory(),
            "phrases": scene.phrases.memory(),
            "turn": scene.turn,
            "pickup": self._meeting.pickup.memory(),
            "opened": self._meeting.opened,
            "last_words": scene.last_words,
            "silences": self._caller.silences,
            "asides": self._turns.asides,
            "counted": self._asking.counted,
            "patience_s": self._waiting.patience_s,
        }

    def recall(self, memory: resumption.Memory) -> None:
        """Go back to the state of a checkpoint. Fields of a newer version are kept for the next one."""
        scene = self._scene
        parts = {name: part for name, part in memory.items() if isinstance(part, dict)}
        counts = {name: count for name, count in memory.items() if isinstance(count, int)}
        resumption.slots_in(scene.book, parts.get("slots"))
        resumption.outcome_in(scene.outcome, parts.get("outcome"))
        self._walker.recall(parts.get("walk", {}))
        self._speaker.recall(parts.get("speaker", {}), scene.book)
        scene.reflexes.recall(parts.get("reflexes", {}))
        scene.phrases.recall(parts.get("phrases", {}))
        scene.turn, self._caller.silences = counts.get("turn", 0), counts.get("silences", 0)
        self._turns.asides, self._asking.counted = counts.get("asides", 0), memory.get("counted") is True
        scene.last_words = str(memory.get("last_words") or "")
        self._meeting.recall(parts.get("pickup", {}))
        patience_s = memory.get("patience_s")
        self._waiting.patience_s = float(patience_s) if isinstance(patience_s, int | float) else None
        scene.know_opt_out()
        self._unknown.fields = {}
        self._unknown.keep(memory, self.document())
        self.checkpoint = memory
