"""Walks the graph: which card is open, which edges were considered, which way was taken and why.

The walker runs cards and follows edges until the caller is to speak or the call ends; what is said on the way is
collected, nothing is spoken here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from engine.call.acts import Watcher
from engine.call.context import CardContext
from engine.call.unfinished import Unfinished
from engine.dialogue.plan import next_slot
from engine.dialogue.slots import SlotBook
from engine.flow.model import Edge, Flow, Slot
from engine.flow.rules import Facts, evaluate
from engine.sdk import Ending, Heard, Json, Line, Node, NodeSettings, Question, QuietNode, Step, TalkNode, Want
from engine.sdk.registry import NodeTypes

MAX_MOVES = 40
"""Cards passed in one turn before the walk is called a loop (the validator finds them; this is the net under it)."""

MOST_ASKS_OF_NICE = 2
"""What is only nice to know is asked once more when the answer was unclear, then let go."""

Work = Coroutine[None, None, Step]


class FlowBroken(Exception):
    """A flow cannot go on from here. Names the card and what to do."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a walk came to rest. `slot`: the slot to ask for; `question`: the card's own question; with neither and no
    `ending` the caller is simply listened to. `lost`: a must that could not be understood ended the card.
    `patience_s`: the card waits for something outside, and wants to be told after so much silence."""

    lines: tuple[Line, ...] = ()
    slot: str | None = None
    question: Question | None = None
    ending: Ending | None = None
    lost: bool = False
    patience_s: float | None = None


class Surroundings(Protocol):
    """What the walker asks of the call around it."""

    def facts(self) -> Facts: ...

    def context(self, card: Node[NodeSettings], memory: dict[str, str], fillers: asyncio.Queue[str]) -> CardContext: ...

    @property
    def unfinished(self) -> Unfinished:
        """What goes on in the world beside the talk."""
        ...

    def give_up_to(self) -> str | None:
        """The card to go to when the caller cannot be understood."""
        ...


@dataclass
class Walker:
    """`now`: seconds on the call's clock, for the journal."""

    flow: Flow
    nodes: NodeTypes
    book: SlotBook
    around: Surroundings
    watcher: Watcher
    now: Callable[[], float]
    at: str = ""
    _memory: dict[str, str] = field(default_factory=dict)
    _cards: dict[str, Node[NodeSettings]] = field(default_factory=dict)
    _fillers: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    _work: asyncio.Task[Step] | None = None

    def __post_init__(self) -> None:
        self.at = self.flow.start
        for card in self.flow.nodes:
            if card.type in self.nodes and self.nodes.get(card.type).kind != "after_call":
                self._cards[card.id] = self.nodes.make(card.type, card.settings, card.v)

    @property
    def card(self) -> Node[NodeSettings]:
        """The open card. Raises `FlowBroken` for a card whose type is not installed."""
        card = self._cards.get(self.at)
        if card is None:
            raise FlowBroken(
                f"The card '{self._name()}' needs a package that is not installed. Install it or replace the card."
            )
        return card

    def _name(self) -> str:
        return self.flow.node(self.at).name

    @property
    def cards(self) -> Mapping[str, Node[NodeSettings]]:
        """The cards of the talk by id; those whose type is not installed are missing."""
        return self._cards

    def place(self) -> tuple[str, dict[str, str]]:
        """Where the walk stands: the open card and what it remembers."""
        return self.at, self._memory

    def return_to(self, place: tuple[str, dict[str, str]]) -> None:
        """Stand there again; what was under way here is given up."""
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
            work.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.at, self._memory = place

    def intentions(self) -> tuple[Edge, ...]:
        """Edges out of the open card that wait for something the caller says."""
        return tuple(edge for edge in self.flow.edges_from(self.at) if edge.kind == "intent")

    def jump(self, target: str, why: str) -> None:
        """Go to a card that no edge leads to: a reflex sends the call there."""
        self.watcher.note("moved", self.now(), card=target, came_from=self.at, why=why)
        if (giving_back := self._given_back()) is not None:
            self.around.unfinished.begin(giving_back)
        self.at, self._memory = target, {}

    def enter(self, last_asked: str | None = None) -> AsyncIterator[str | Arrival]:
        """Begin at the open card. Yields fillers to speak at once, then the arrival."""
        return self._walk(self._enter(), frozenset(), last_asked)

    def hear(self, heard: Heard, intended: Collection[str], last_asked: str | None) -> AsyncIterator[str | Arrival]:
        """Let the open card hear the caller. `intended`: edges whose intention the caller showed.

        Work that was under way when the caller cut in (a booking) is not repeated: its result is what counts.
        """
        if self._work is not None:
            return self._walk(_result_of(self._work), intended, last_asked)
        if not isinstance(self.card, TalkNode):
            # Somebody else picked up and the flow has not begun yet: it begins now, with its opening.
            return self.enter(last_asked)
        if self.card.terminal:
            return self.enter()  # the goodbye was cut off before the call could close: it is said, and the call ends
        return self._walk(self._hear(heard), intended, last_asked)

    @property
    def talking(self) -> TalkNode[NodeSettings] | None:
        """The open card, if it is one that talks."""
        card = self._cards.get(self.at)
        return card if isinstance(card, TalkNode) else None

    def wait(self) -> AsyncIterator[str | Arrival]:
        """Let the open card know that it has waited in silence, or that there is news of what it waits for."""
        return self._walk(_result_of(self._work) if self._work is not None else self._waited(), frozenset(), None)

    def memory(self) -> dict[str, Json]:
        """The open card and what it keeps, to go on from after a restart."""
        return {"at": self.at, "card": dict(self._memory)}

    def recall(self, memory: Mapping[str, Json]) -> None:
        """Go back to where a `memory` was made. Raises `KeyError` for a card that the flow does not have."""
        at, card = memory.get("at"), memory.get("card")
        self.at = self.flow.node(at if isinstance(at, str) else self.flow.start).id
        self._memory = {key: str(value) for key, value in card.items()} if isinstance(card, dict) else {}

    async def settle(self, patience_s: float) -> None:
        """Let work that has begun in the world come to its end, and forget it: whoever asks again gets the same by its
        idempotency key."""
        if (work := self._work) is not None:
            await asyncio.wait({work}, timeout=patience_s)
            self.abandon()
            self._work = None
            if work.done() and not work.cancelled() and work.exception() is None:
                # What the card would remember now; one that is done keeps nothing that was to be given back.
                step = work.result()
                self._memory = {} if step.exit or step.ending else {**self._memory, **(step.memory or {})}

    async def give_back(self, patience_s: float) -> None:
        """The call is over: the open card lets go of what it kept for the caller."""
        if (giving_back := self._given_back()) is not None:
            self._memory = {}
            await asyncio.wait({asyncio.ensure_future(giving_back)}, timeout=patience_s)

    def _given_back(self) -> Coroutine[None, None, None] | None:
        """The work of leaving the open card, if it remembers anything."""
        card = self._cards.get(self.at)
        if not isinstance(card, TalkNode) or not self._memory or type(card).left is TalkNode.left:
            return None
        return self._leave(card, self._memory)

    async def _leave(self, card: TalkNode[NodeSettings], memory: dict[str, str]) -> None:
        try:
            await card.left(self.around.context(card, memory, asyncio.Queue()))
        except Exception as problem:  # what it kept runs out by itself
            self.watcher.note("not_given_back", self.now(), card=card.type, problem=str(problem) or repr(problem))

    def abandon(self) -> None:
        """The call is over. What has begun in the world is finished, but nobody waits for it."""
        if self._work is not None and not self._work.done():
            self._work.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _hear(self, heard: Heard) -> Step:
        card = self.card
        assert isinstance(card, TalkNode)
        return await card.heard(self.around.context(card, self._memory, self._fillers), heard)

    async def _waited(self) -> Step:
        card = self.card
        assert isinstance(card, TalkNode)
        return await card.waited(self.around.context(card, self._memory, self._fillers))

    async def _enter(self) -> Step:
        for _ in range(MAX_MOVES):
            card = self.card
            if isinstance(card, TalkNode):
                return await card.enter(self.around.context(card, self._memory, self._fillers))
            assert isinstance(card, QuietNode)
            async with asyncio.timeout(card.effects.budget_s):
                exit = await card.run(self.around.context(card, self._memory, self._fillers))
            if not self._take(exit, frozenset(), exhausted=True):
                raise self._no_way_on(exit)
        raise FlowBroken(f"The flow passed {MAX_MOVES} quiet cards in a row. Look for a loop.")

    async def _walk(
        self, first: Work, intended: Collection[str], last_asked: str | None
    ) -> AsyncIterator[str | Arrival]:
        lines: tuple[Line, ...] = ()
        work = first
        for _ in range(MAX_MOVES):
            step = Step()
            async for item in self._run(work):
                if isinstance(item, Step):
                    step = item
                else:
                    yield item
            lines = (*lines, *step.lines)
            self._memory = {**self._memory, **(step.memory or {})}
            if step.ending is not None:
                yield Arrival(lines, ending=step.ending)
                return
            slot = self._slot_to_ask(step.question, last_asked)
            if slot is not None and self.book[slot].given_up and (target := self.around.give_up_to()):
                self.jump(target, f"'{slot}' could not be understood")
                async for after in self._walk(self._enter(), frozenset(), None):
                    if isinstance(after, Arrival):
                        yield replace(after, lines=(*lines, *after.lines), lost=True)
                    else:
                        yield after
                return
            if step.exit is not None:
                if self._take(step.exit, intended, exhausted=slot is None):
                    intended, last_asked = frozenset(), None
                    work = self._enter()
                    continue
                if slot is None:
                    raise self._no_way_on(step.exit)
            if isinstance(step.question, Want) and slot is None:
                work = self._hear(Heard(words="", turn=0))  # nothing is left to ask: the card goes on as if answered
                continue
            question = step.question if isinstance(step.question, Question) else None
            yield Arrival(lines, slot, question, patience_s=step.patience_s)
            return
        raise FlowBroken(f"The flow passed {MAX_MOVES} cards without waiting for the caller. Look for a loop.")

    def _slot_to_ask(self, question: Question | Want | None, last_asked: str | None) -> str | None:
        """The slot that a card's wish comes to. One asked as often as allowed is given up; a must that is given up is
        returned all the same, marked so."""
        if not isinstance(question, Want):
            return None
        while True:
            slot = next_slot(self.book, question.slots, last_asked)
            if slot is None or self.book[slot].asks < _most_asks(self.book[slot].slot):
                return slot
            self.book[slot].given_up = True
            if self.book[slot].slot.need == "must" and self.around.give_up_to() is not None:
                return slot

    async def _run(self, work: Work) -> AsyncIterator[str | Step]:
        """Run a card's method, handing out its fillers as they come. Closing this iterator does not stop the work."""
        task = asyncio.ensure_future(work)
        self._work = task
        while not task.done():
            filler = asyncio.ensure_future(self._fillers.get())
            try:
                await asyncio.wait({task, filler}, return_when=asyncio.FIRST_COMPLETED)
                if filler.done():
                    yield filler.result()
            finally:
                filler.cancel()
        self._work = None
        yield task.result()

    def _take(self, exit: str, intended: Collection[str], exhausted: bool) -> bool:
        """Follow the first edge of `exit` that holds: rules, then intentions the caller showed, then - if the card has
        nothing left to do - the otherwise edge. Says whether there was one."""
        considered: list[str] = []
        taken: Edge | None = None
        for edge in self.flow.edges_from(self.at, exit):
            verdict = self._verdict(edge, intended, exhausted)
            considered.append(f"{edge.id}: {verdict}")
            if verdict == "taken":
                taken = edge
                break
        if considered:
            self.watcher.note("edges", self.now(), card=self.at, exit=exit, considered=list(considered))
        if taken is None:
            return False
        self.watcher.note("moved", self.now(), card=taken.to, came_from=self.at, why=f"edge {taken.id}")
        self.at, self._memory = taken.to, {}
        return True

    def _verdict(self, edge: Edge, intended: Collection[str], exhausted: bool) -> str:
        if edge.kind == "rule" and edge.rule is not None:
            holds = evaluate(edge.rule, self.around.facts())
            return "not known yet" if holds is None else "taken" if holds else "does not hold"
        if edge.kind == "intent":
            return "taken" if edge.id in intended else "not what the caller said"
        return "taken" if exhausted else "not yet: something is still open here"

    def _no_way_on(self, exit: str) -> FlowBroken:
        return FlowBroken(f"The card '{self._name()}' has no way on from its exit '{exit}'. Connect it.")


def _most_asks(slot: Slot) -> int:
    return slot.max_asks if slot.need == "must" else min(slot.max_asks, MOST_ASKS_OF_NICE)


async def _result_of(task: asyncio.Task[Step]) -> Step:
    return await asyncio.shield(task)
