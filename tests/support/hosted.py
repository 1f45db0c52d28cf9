"""A hosted dialogue model without a network: it decides as the offline one does, and writes speech of its own.

Times are those of the loop, so that tests and benchmarks run on virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from engine.call.replying import answers
from engine.dialogue.brief import Ask, Brief
from engine.dialogue.commands import Agreed, Asked, Command, SlotHeard, SlotRefused
from engine.dialogue.model import ModelError, Offer, Spent, TurnView
from engine.dialogue.offline import OfflineModel
from engine.dialogue.wording import author_sentences

PROMPT_TOKENS = 1500
"""About what a request costs before a word is written: the flow's part is the same in each, and cached."""

Speech = Callable[[TurnView, Offer, str], tuple[Offer, Sequence[str]]]
"""The view, the honest offer and its speech -> what is offered instead, in pieces."""


@dataclass
class HostedModel:
    """`command_s`: until the commands are in; `piece_s`: before each piece of speech. `speech`: what it says instead of
    the truth. `breaks_after`, `stalls_after`: so many pieces of speech, then an error or silence for ever."""

    hosted: bool = True
    command_s: float = 0.0
    piece_s: float = 0.0
    speech: Speech | None = None
    breaks_after: int | None = None
    stalls_after: int | None = None
    turns: list[str] = field(default_factory=list)
    briefs: list[Brief] = field(default_factory=list)
    views: list[TurnView] = field(default_factory=list)
    spent: list[Spent] = field(default_factory=list)
    running: int = 0
    _mind: OfflineModel = field(default_factory=OfflineModel)

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        self.turns.append(words)
        self.views.append(view)
        async for item in self._counted(view, "turn", self._turn(view, words)):
            yield item

    async def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        self.briefs.append(brief)
        async for item in self._counted(view, "speak", self._speak(brief)):
            assert isinstance(item, str)
            yield item

    async def _turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        await asyncio.sleep(self.command_s)
        commands = [each async for each in self._mind.turn(view, words) if not isinstance(each, Offer | str)]
        for command in commands:
            yield command
        offer, text = honest(view, commands)
        pieces: Sequence[str] = [f"{word} " for word in text.split()]
        if self.speech is not None:
            offer, pieces = self.speech(view, offer, text)
        yield offer
        for count, piece in enumerate(pieces):
            if count == self.breaks_after:
                raise ModelError("The connection broke off.")
            if count == self.stalls_after:
                await asyncio.sleep(1e6)
            await asyncio.sleep(self.piece_s)
            yield piece

    async def _speak(self, brief: Brief) -> AsyncIterator[Command | Offer | str]:
        await asyncio.sleep(self.command_s)
        for sentence in author_sentences(brief):
            yield f"Well, {sentence[0].lower()}{sentence[1:]}"

    async def _counted(
        self, view: TurnView, purpose: str, items: AsyncIterator[Command | Offer | str]
    ) -> AsyncIterator[Command | Offer | str]:
        written, outcome = 0, "cancelled"
        self.running += 1
        try:
            async for item in items:
                written += len(repr(item)) // 4 + 1
                yield item
            outcome = "ok"
        except ModelError:
            outcome = "cut"
            raise
        finally:
            self.running -= 1
            cost = Spent("fake", "turn" if purpose == "turn" else "speak", PROMPT_TOKENS, 0, written, 1.0, 1.0, outcome)
            self.spent.append(cost)
            view.on_spent(cost)


def honest(view: TurnView, commands: Sequence[Command]) -> tuple[Offer, str]:
    """What a good model offers: it takes note, tells what is known, and asks the first thing still open."""
    settled = {each.slot for each in commands if isinstance(each, SlotHeard | SlotRefused | Agreed)}
    ask: Ask | None = next((each for each in view.agenda if (each.slot or "") not in settled), None)
    if ask is not None and ask.slot is None and any(not isinstance(each, Asked) for each in commands):
        ask = next((each for each in view.agenda if each.slot is not None and each.slot not in settled), None)
    told = answers(view.flow, [each for each in commands if isinstance(each, Asked)], lambda text: text)
    parts = ["Right then." if settled else "", *(each.wording for each in told), ask.wording if ask is not None else ""]
    offer = Offer(ask.about if ask is not None else None, tuple(each.knowledge for each in told))
    return offer, " ".join(part for part in parts if part)


def saying(*sentences: str, ask: str | None = None) -> Speech:
    """A model that says just this, under the honest offer, whatever is due."""

    def speech(view: TurnView, offer: Offer, text: str) -> tuple[Offer, Sequence[str]]:
        return offer if ask is None else Offer(ask), [f"{sentence} " for sentence in sentences]

    return speech
