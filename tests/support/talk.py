"""Talks with a conversation by hand, in text: every act is kept, what is said counts as heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.call.acts import Act, Close, Played, Say
from engine.call.ahead import LookAhead
from engine.call.context import Outside
from engine.call.conversation import FlowConversation
from engine.call.scene import CallTalk
from engine.compliance import Duties
from engine.dialogue.model import DialogueModel
from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.model import Flow
from engine.schedule.memory import MemoryCalendar
from engine.sdk import Calendar, Lead
from engine.sdk.registry import NodeTypes, discover
from engine.simulate.colleague import TextTransfers
from engine.simulate.text_call import Notebook, TextOutside

ZONE = ZoneInfo("America/Los_Angeles")
START = datetime(2026, 9, 15, 10, 15, tzinfo=ZONE)
"""A Tuesday."""
FREE = tuple(datetime(2026, 9, day, hour, tzinfo=ZONE) for day, hour in ((16, 14), (17, 10), (18, 15), (21, 9)))
DANA = Lead("lead_1", "Dana", "Reyes", "+14155550123", source="website", form={"service": "Roof repair"})
MODEL = OfflineModel()
NODES = discover()


@dataclass
class Talk:
    """One call to Dana about her roof, unless said otherwise. `now`: seconds on the call's clock."""

    flow: Flow = field(default_factory=lambda: shipped.load("home_services").flow)
    calendar: Calendar = field(default_factory=lambda: MemoryCalendar(FREE))
    lead: Lead = DANA
    model: DialogueModel = MODEL
    nodes: NodeTypes = NODES
    now: float = 0.0
    colleague_free: bool = True
    ahead: LookAhead = field(default_factory=LookAhead)
    duties: Duties = field(default_factory=Duties)
    inbound: bool = False

    def __post_init__(self) -> None:
        names = {str(card.settings.get("calendar", "main")) for card in self.flow.nodes}
        self.notes = Notebook()
        colleague = TextTransfers(self.colleague_free, lambda: self.now)
        self.outside = TextOutside(dict.fromkeys(names, self.calendar), colleague)
        outside: Outside = self.outside
        about = CallTalk(
            "call_1",
            self.flow,
            self.lead,
            lambda at: START + timedelta(seconds=at),
            inbound=self.inbound,
            ahead=self.ahead,
            duties=self.duties,
        )
        self.conversation = FlowConversation(about, self.nodes, self.model, outside, self.notes)
        self.acts: list[Act] = []

    @property
    def closed(self) -> Close | None:
        return next((act for act in self.acts if isinstance(act, Close)), None)

    @property
    def asked(self) -> str:
        """What the agent's last turn asked for."""
        return self.conversation.outcome.transcript[-1].asked

    async def take(self, acts: AsyncIterator[Act], heard: bool = True) -> str:
        """Carry the acts out; `heard`: the caller listens to the end. Gives what was said."""
        says: list[str] = []
        async for act in acts:
            self.acts.append(act)
            if isinstance(act, Say):
                says.append(act.text)
                if heard:
                    self.hears(act)
        return " ".join(says)

    def hears(self, say: Say, words: int | None = None) -> None:
        """`words`: how many of the utterance are played before it is cut."""
        parts = say.text.split()
        kept = parts if words is None else parts[:words]
        ended = self.now + len(kept) / 2.6
        self.conversation.played(Played(say.id, " ".join(kept), len(kept) == len(parts), self.now, ended))
        self.now = ended

    async def answer(self, greeting: str = "Hello?") -> str:
        return await self.take(self.conversation.answered(greeting, self.now))

    async def say(self, *lines: str) -> str:
        """The caller's lines, one turn each. Gives the agent's reply to the last."""
        reply = ""
        for line in lines:
            self.now += 2.0
            reply = await self.take(self.conversation.heard(line, self.now))
        return reply

    async def silence(self) -> str:
        self.now += self.conversation.silence_after
        return await self.take(self.conversation.silent(self.now))
