"""The talks with drafts that are going on in this process, in memory. Each belongs to one process; a client whose talk
is gone holds it again from its own lines."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from engine.api.background import Background
from engine.call.engines import Engines, EngineSource
from engine.call.trial_outside import scratch_calendars
from engine.flow.document import FlowDocument
from engine.flow.model import Flow
from engine.schedule.scratch import Mood
from engine.sdk import Lead
from engine.sdk.registry import NodeTypes
from engine.simulate.chat import ChatSetting, DraftChat, Move, hold
from engine.simulate.remembered_model import Answered, RememberedModel
from engine.store import Database
from engine.store.base import new_id
from engine.store.flows import Draft

MOST_CHATS: Final = 60
IDLE_S: Final = 2 * 3600.0
KEPT_DRAFTS: Final = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """How a talk is to be held. `starts`: aware."""

    lead: Lead
    starts: datetime
    mood: Mood = "free"
    colleague: bool = True
    inbound: bool = False


@dataclass
class Talk:
    """One talk with its draft. `lock`: one move at a time. `mind`: who understands and words, the first before those
    that take over. `left_out`: services that were chosen and cannot be used, in sentences."""

    id: str
    draft: Draft
    wish: Wish
    chat: DraftChat
    model: RememberedModel
    mind: Sequence[str] = ()
    left_out: Sequence[str] = ()
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    used_at: float = field(default_factory=time.monotonic)


class ChatRoom:
    """One for a process. `source`: knows which model serves a flow, as for calls."""

    def __init__(self, source: EngineSource, nodes: NodeTypes, database: Database) -> None:
        self._source, self._nodes, self._database = source, nodes, database
        self._thread = Background("chat")
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._flows: OrderedDict[str, Flow] = OrderedDict()

    def get(self, id: str) -> Talk | None:
        self._leave(time.monotonic())
        talk = self._talks.get(id)
        if talk is not None:
            talk.used_at = time.monotonic()
            self._talks.move_to_end(id)
        return talk

    async def begin(self, draft: Draft, wish: Wish, moves: Sequence[Move]) -> Talk:
        """A new talk, with these moves made already. Raises `FlowRefused`, and what `DraftChat` raises."""
        talk = await self._held(new_id("chat"), draft, wish, moves, ())
        now = time.monotonic()
        self._leave(now)
        self._talks[talk.id] = talk
        while len(self._talks) > MOST_CHATS:
            self._talks.popitem(last=False)
        return talk

    async def again(self, talk: Talk, draft: Draft, moves: Sequence[Move]) -> Talk:
        """The talk held anew from these moves. With the same draft the same is answered; with another one asked anew.
        Raises as `begin` does; then the talk stays as it was."""
        same = draft.checksum == talk.draft.checksum
        fresh = await self._held(talk.id, draft, talk.wish, moves, talk.model.answers if same else ())
        fresh.lock = talk.lock
        self._talks[talk.id] = fresh
        return fresh

    async def flow(self, draft: Draft) -> Flow:
        """The draft, read; kept as long as talks are held with it. Raises `FlowRefused`."""
        if draft.checksum not in self._flows:
            # In a thread: a large draft would hold up the sound of calls.
            document = await asyncio.to_thread(FlowDocument.load, draft.text)
            self._flows.setdefault(draft.checksum, document.flow)
        self._flows.move_to_end(draft.checksum)
        while len(self._flows) > KEPT_DRAFTS:
            self._flows.popitem(last=False)
        return self._flows[draft.checksum]

    def end(self, id: str) -> bool:
        return self._talks.pop(id, None) is not None

    def close(self) -> None:
        self._thread.close()

    async def _held(self, id: str, draft: Draft, wish: Wish, moves: Sequence[Move], before: Sequence[Answered]) -> Talk:
        flow = await self.flow(draft)
        engines = await self._source.for_flow(flow)
        await self._warm(engines, flow)
        model = RememberedModel(engines.model, list(before))
        calendars = await scratch_calendars(self._database, flow, wish.mood)
        setting = ChatSetting(wish.lead, wish.starts, calendars, wish.colleague, wish.inbound)
        chat = DraftChat(flow, self._nodes, model, setting)
        await hold(chat, moves)
        order: Mapping[str, Sequence[str]] = engines.order
        problems = [each.problem for each in engines.left_out if each.part == "mind"]
        return Talk(id, draft, wish, chat, model, tuple(order.get("mind", ())), problems)

    async def _warm(self, engines: Engines, flow: Flow) -> None:
        warm = engines.warm
        if warm is not None:
            await self._thread.run(lambda: warm(flow))

    def _leave(self, now: float) -> None:
        """Forget talks that nobody has looked at for long."""
        for id, talk in [*self._talks.items()]:
            if now - talk.used_at > IDLE_S:
                del self._talks[id]
