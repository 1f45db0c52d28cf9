"""The line was gone and is back, here or in another process: how the talk goes on.

What the caller said last and got no answer to is taken once more, from the state before it; else what they did not hear
is said, and the open question put again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

from engine.call import resumption
from engine.call.acts import Act, Close
from engine.call.arriving import Arriving
from engine.call.asking import Asking
from engine.call.caller_side import CallerSide
from engine.call.replying import Reply
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.talk_memory import TalkMemory
from engine.call.waiting import Waiting
from engine.call.walker import Walker
from engine.sdk import Heard, Line

BEGUN_WORK_S: Final = 8.0
"""When the line is back: so long for work that had begun before (a booking) to come to its end."""


class Talk(Protocol):
    """What is done again."""

    def answered(self, greeting: str, now: float) -> AsyncIterator[Act]: ...

    def heard(self, words: str, now: float) -> AsyncIterator[Act]: ...

    def news(self, now: float) -> AsyncIterator[Act]: ...


class Returning:
    """One call's."""

    def __init__(
        self, talk: Talk, scene: Scene, walker: Walker, speaker: Speaker, asking: Asking, caller: CallerSide,
        waiting: Waiting, arriving: Arriving, memory: TalkMemory,
    ) -> None:  # fmt: skip
        self._talk, self._scene, self._walker, self._speaker = talk, scene, walker, speaker
        self._asking, self._caller, self._waiting = asking, caller, waiting
        self._arriving, self._memory = arriving, memory

    async def returned(self) -> AsyncIterator[Act]:
        now, outcome = self._scene.now, self._scene.outcome
        if self._waiting:
            if not self._waiting.result_known:
                yield self._speaker.prompt("line_back")  # else they were with a colleague's phone, and know it
            async for act in self._talk.news(now):
                yield act
            return
        words = self._caller.unanswered
        if not self._speaker.has_spoken:
            async for act in self._once_more(words, self._talk.answered):
                yield act
            return
        yield self._speaker.prompt("line_back")
        await self._walker.settle(BEGUN_WORK_S)
        if outcome.disposition:
            # The call was closing: whatever was cut of the leave-taking, and then the end.
            async for say in self._speaker.speak(Reply(lines=self._lost_lines()), last=True):
                yield say
            yield Close(outcome.disposition, outcome.reason, self._scene.talk.duties.end_within_s)
        elif words:
            async for act in self._once_more(
                words, self._talk.heard if self._memory.checkpoint else self._talk.answered
            ):
                yield act
        elif not self._memory.checkpoint:
            async for act in self._talk.answered("", now):
                yield act
        else:
            async for act in self._put_again():
                yield act

    async def _once_more(self, words: str, take: Callable[[str, float], AsyncIterator[Act]]) -> AsyncIterator[Act]:
        """Take a turn again that came to nothing. Slots it had filled stay filled, whatever is understood this time."""
        outcome, checkpoint = self._scene.outcome, self._memory.checkpoint
        since = checkpoint.get("outcome")
        before = since.get("actions") if isinstance(since, dict) else 0
        outcome.repeats = outcome.actions[before if isinstance(before, int) else 0 :]
        filled = resumption.slots_out(self._scene.book)
        if checkpoint:
            self._memory.recall(checkpoint)
        else:
            self._scene.reflexes.recall({})  # what set one off when the phone was picked up sets it off again
        self._caller.take_again(words, filled)
        try:
            async for act in take(words, self._scene.now):
                yield act
        finally:
            outcome.repeats = []
            self._caller.taken_again()

    async def _put_again(self) -> AsyncIterator[Act]:
        """What was not heard of the last turn, and its question in other words."""
        lines = self._lost_lines()
        ask = self._speaker.open_ask
        if ask is not None and ask.slot is not None and self._scene.book[ask.slot].settled:
            walk = self._walker.hear(Heard(words="", turn=self._scene.turn), (), ask.slot)
            async for act in self._arriving.arrive(walk, Reply(lines=lines)):
                yield act
            return
        loose = self._speaker.loose_question
        if ask is None and not lines:
            lines = (Line(loose or self._scene.phrases.next("go_on"), fixed=True),)
        async for act in self._arriving.say_and_listen(Reply(lines=lines, ask=self._asking.again())):
            yield act

    def _lost_lines(self) -> tuple[Line, ...]:
        lines = tuple(Line(text, fixed=True) for text in self._speaker.not_heard())
        self._speaker.forget_reply()
        return lines
