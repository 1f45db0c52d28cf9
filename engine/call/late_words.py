"""The last turn of the caller when its words turn out otherwise: answered anew from the state before it, or put right
afterwards (field-lessons R2)."""

from __future__ import annotations

from collections.abc import Callable

from engine.call import misheard
from engine.call.caller_side import CallerSide
from engine.call.checkpoint import Checkpoint, Parts
from engine.call.context import Reached
from engine.call.misheard import Amendment
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.thinking import Thinking
from engine.call.walker import Walker


class LateWords:
    """One call's. What can still be answered anew is what came since `turn_begins`. `turn_over`: told that the state is
    one to go on from."""

    def __init__(
        self, scene: Scene, walker: Walker, speaker: Speaker, caller: CallerSide, thinking: Thinking,
        turn_over: Callable[[], None],
    ) -> None:  # fmt: skip
        self._scene, self._speaker, self._caller, self._thinking = scene, speaker, caller, thinking
        self._turn_over = turn_over
        self._parts = Parts(scene.book, walker, scene.reflexes, speaker, scene.outcome)
        self._before: Checkpoint | None = None
        self._amendment: Amendment | None = None

    def turn_begins(self) -> None:
        """Keep the state: the words that come now may turn out otherwise."""
        self._scene.reached = Reached()
        self._before = Checkpoint.of(self._parts, self._speaker.view(), self._scene.turn + 1)

    def no_turn(self) -> None:
        """What came was no turn that could be answered anew."""
        self._before = None

    @property
    def pending(self) -> bool:
        """Whether there is a turn whose words may still change."""
        return self._before is not None

    @property
    def irrevocable(self) -> bool:
        """Whether the turn has reached out into the world."""
        before = self._before
        return self._scene.reached.changed or (before is not None and self._scene.outcome.opted_out != before.opted_out)

    def corrected(self, words: str) -> None:
        """The same meaning in other words."""
        if self._before is not None:
            self._scene.book.reword(self._scene.turn, words)
            self._caller.was(words, meaning=False)

    def amended(self, words: str) -> None:
        """Another meaning, but the turn stands: begin to understand what it would have been then."""
        if self._before is not None:
            self._caller.was(words, meaning=True)
            thought = self._thinking.anew(self._before.view, words, self._scene.turn)
            self._amendment = Amendment(self._before, thought)

    def revised(self, words: str) -> None:
        """Another meaning, and the turn is answered anew: back to the state before it, these were the words."""
        assert self._before is not None
        scene = self._scene
        was = misheard.values(scene.book)
        self._before.roll_back(self._parts)
        self._turn_over()
        self._caller.was(words, meaning=True, again=True)
        self._caller.unanswered = words
        scene.reached = Reached()
        self._caller.taken_back(tuple(misheard.changed(was, scene.book)), words)

    async def put_right(self) -> str:
        """Put the slots right if the turn before was misheard, and give the sentence that admits it."""
        scene = self._scene
        amendment, self._amendment = self._amendment, None
        if amendment is None:
            return ""
        was = misheard.values(scene.book)
        try:
            commands = await amendment.thought.commands()
        except Exception as error:  # the slots stay as they were heard first; the turn that is due goes on
            scene.note("not_put_right", problem=str(error) or repr(error))
            return ""
        applied = amendment.apply(commands, scene.book, scene.proof())
        self._caller.understood(amendment.thought.words, commands, applied, drafted=False)
        differences = tuple(misheard.changed(was, scene.book))
        self._caller.taken_back(differences, amendment.thought.words)
        when = "" if amendment.before.booked else scene.appointment_time()
        return misheard.admission(differences, scene.book, scene.phrases, when)

    def call_over(self) -> None:
        """No turn comes any more: what is understood already is put right, the rest is let go."""
        if self._amendment is not None:
            if (commands := self._amendment.thought.understood) is not None:
                self._amendment.apply(commands, self._scene.book, self._scene.proof())
            self._amendment.thought.drop()
