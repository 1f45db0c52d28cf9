"""The call as its parts share it: what it is about, what is known, what came of it, and what the cards see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from engine.call.acts import Watcher
from engine.call.ahead import LookAhead
from engine.call.context import CardContext, Outside, Reached
from engine.call.facts import rule_facts, text_facts
from engine.call.outcome import Action, Outcome
from engine.call.unfinished import Unfinished
from engine.compliance.decision import Duties
from engine.dialogue.phrases import Phrases
from engine.dialogue.proof import Moment
from engine.dialogue.reflexes import ReflexDock
from engine.dialogue.slots import SlotBook
from engine.dialogue.spoken_time import spoken_time
from engine.dialogue.template import fill
from engine.flow.model import Flow
from engine.flow.rules import FlowFacts, Qualification, qualification
from engine.sdk import Json, Lead, Node, NodeSettings


async def _nothing_to_write() -> None:
    return None


@dataclass(frozen=True, slots=True)
class CallTalk:
    """What a conversation is about. `moment`: business time, in the seller's zone, at a second of the call's clock.
    `written`: waits until what was noted so far is stored, or until that takes too long. `ahead`: what was looked up
    while it rang. `duties`: what the call has to do where the person is."""

    call_id: str
    flow: Flow
    lead: Lead
    moment: Callable[[float], datetime]
    written: Callable[[], Awaitable[None]] = _nothing_to_write
    inbound: bool = False
    ahead: LookAhead = field(default_factory=LookAhead)
    duties: Duties = field(default_factory=Duties)


class Scene:
    """One call's. Implements `engine.call.walker.Surroundings`. `now`: seconds on the call's clock. `turn`,
    `last_words`: of what the caller said last. `reached`: what the turn under way has begun in the world;
    `unfinished`: what goes on there though nobody waits for it any more."""

    def __init__(self, talk: CallTalk, outside: Outside, watcher: Watcher) -> None:
        self.talk = talk
        self.flow: Flow = talk.flow
        self.lead: Lead = talk.lead
        self.outside = outside
        self.watcher = watcher
        self.book = SlotBook(self.flow.slots)
        self.outcome = Outcome(on_action=self._acted)
        self.phrases = Phrases(self.flow.texts)
        self.reflexes = ReflexDock(self.flow)
        self.reached = Reached()
        self.unfinished = Unfinished()
        self.now = 0.0
        self.turn = 0
        self.last_words = ""

    def note(self, kind: str, **facts: Json) -> None:
        self.watcher.note(kind, self.now, **facts)

    def _acted(self, action: Action) -> None:
        self.watcher.note("acted", action.at, action=action.name, details=dict(action.details))

    async def opt_out(self, words: str) -> None:
        """Before a word is said about it: the number is on the suppression list, whichever way the flow came here."""
        if not self.outcome.opted_out:
            await self.outside.opt_out(self.lead.phone, words)
            self.outcome.opted_out = True
            self.outcome.act("record_opt_out", self.now)

    def know_opt_out(self) -> None:
        """After a restart: the actions tell whether the number is on the suppression list."""
        self.outcome.opted_out = any(action.name == "record_opt_out" for action in self.outcome.actions)

    # Time and texts.

    def moment(self) -> datetime:
        return self.talk.moment(self.now)

    def proof(self) -> Moment:
        return Moment(self.moment(), self.lead.phone)

    def fill(self, text: str) -> str:
        """A flow's text with the call's own facts in its {placeholders}."""
        return fill(text, text_facts(self.flow, self.book, self.lead))

    def appointment_time(self) -> str:
        """When the appointment is, in full words; empty if there is none."""
        appointment = self.outcome.standing
        if appointment is None:
            return ""
        now = self.told_now()
        return spoken_time(appointment.opening.start.astimezone(now.tzinfo), now, full=True)

    def told_now(self) -> datetime:
        """Now, on the clock by which the appointment was told."""
        zone = self.outcome.told_zone
        return self.moment().astimezone(ZoneInfo(zone)) if zone else self.moment()

    # What the walker and the cards see.

    def standing(self) -> Qualification:
        """Qualified or not, computed from the criteria."""
        return qualification(self.flow, self.facts())

    def facts(self) -> FlowFacts:
        return rule_facts(self.flow, self.book, self.lead, self.outcome, self.moment())

    def context(self, card: Node[NodeSettings], memory: dict[str, str], fillers: asyncio.Queue[str]) -> CardContext:
        if card.effects.outside and not isinstance(getattr(card.settings, "calendar", None), str):
            self.reached.changed = True  # who acts outside without a calendar cannot be watched
        return CardContext(
            flow=self.flow,
            book=self.book,
            outcome=self.outcome,
            outside=self.outside,
            call_id=self.talk.call_id,
            lead=self.lead,
            now=self.moment(),
            at=self.now,
            last_words=self.last_words,
            budget_s=card.effects.budget_s,
            say_filler=fillers.put_nowait,
            written=self.talk.written,
            memory=memory,
            reached=self.reached,
            ahead=partial(self.talk.ahead.found, card),
            unfinished=self.unfinished,
        )

    def give_up_to(self) -> str | None:
        return self.reflexes.target_of("wants_person")
