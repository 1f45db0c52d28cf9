"""Follows a walk to where it comes to rest, says all that has come together on the way, and listens or closes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from engine.call.acts import Act, Listen
from engine.call.asking import Asking
from engine.call.endings import Endings
from engine.call.replying import Reply
from engine.call.scene import Scene
from engine.call.speaker import Speaker
from engine.call.thought import Thought
from engine.call.waiting import Waiting
from engine.call.walker import Arrival
from engine.sdk import Line


class Arriving:
    """One call's. `turn_over`: told that the state is one to go on from."""

    def __init__(
        self, scene: Scene, speaker: Speaker, asking: Asking, waiting: Waiting, endings: Endings,
        turn_over: Callable[[], None],
    ) -> None:  # fmt: skip
        self._scene, self._speaker, self._asking = scene, speaker, asking
        self._waiting, self._endings, self._turn_over = waiting, endings, turn_over

    async def arrive(
        self, walk: AsyncIterator[str | Arrival], reply: Reply, thought: Thought | None = None, *,
        puzzled: bool = False, aside: bool = False,
    ) -> AsyncIterator[Act]:  # fmt: skip
        """`reply`: what is said besides. `thought`: may offer words for it. `puzzled`: the answer was not understood;
        `aside`: the caller asked something."""
        scene = self._scene
        async for item in walk:
            if isinstance(item, str):
                yield self._speaker.line(Line(item), kind="filler")
                continue
            self._waiting.arrived(item.patience_s)
            if item.lost:
                reply = replace(reply, opener=scene.fill(scene.phrases.next("cannot_understand")), acknowledge=())
            elif puzzled and (item.lines or item.ending or not self._asking.asked_last(item)):
                reply = replace(reply, opener="")
            ask = self._asking.ask(item, puzzled, aside)
            said = replace(reply, lines=(*reply.lines, *item.lines), ask=ask)
            if item.ending is None:
                async for act in self.say_and_listen(said, thought):
                    yield act
                return
            if item.ending.disposition == "do_not_call":
                await scene.opt_out(scene.last_words)
            said = replace(said, lines=self._endings.last_words(said.lines, item.ending))
            async for say in self._speaker.speak(said, last=True):
                yield say
            yield self._endings.close(item.ending)

    async def again(self, apology: str) -> AsyncIterator[Act]:
        """Put the open question again after an apology; with nothing open, repeat what was said last."""
        ask = self._asking.again()
        lines = () if ask is not None else tuple(Line(text) for text in (self._speaker.last_said,) if text)
        async for act in self.say_and_listen(Reply(opener=apology, lines=lines, ask=ask)):
            yield act

    async def say_and_listen(self, reply: Reply, thought: Thought | None = None) -> AsyncIterator[Act]:
        async for say in self._speaker.speak(reply, thought):
            yield say
        yield self.listen()

    def listen(self) -> Listen:
        ask = self._speaker.open_ask
        kind = "waiting" if self._waiting else "listening"
        self._scene.note(kind, asked=ask.about if ask else "", turn=self._scene.turn)
        self._turn_over()
        return Listen(ask.expecting if ask else "speech")
