"""Plays a scenario in text, at full speed on virtual time: the engine's own conversation, another shell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engine.call.acts import Act, Close, Listen, Say
from engine.call.context import calendar_called, connection_called
from engine.call.conversation import FlowConversation
from engine.call.finishing import SETTLE_S
from engine.call.scene import CallTalk
from engine.call.walker import FlowBroken
from engine.dialogue.model import DialogueModel
from engine.flow.model import Flow
from engine.schedule.memory import MemoryCalendar
from engine.sdk import Calendar, Connection, Json, Lead
from engine.sdk.registry import NodeTypes
from engine.simulate.colleague import TextTransfers
from engine.simulate.pace import NEVER_S, THINKING_S, play, spoken_s
from engine.simulate.report import CallReport, Done, Said, transfer_of
from engine.simulate.scenario import LeadData, Scenario, Suite
from engine.simulate.script import AgentTurn, ScriptedCaller

MAX_TURNS = 80


@dataclass
class TextOutside:
    """The world of a simulated call: one calendar, colleagues, and a list of numbers that opted out. `connections`:
    None, other systems are not asked."""

    calendars: dict[str, Calendar]
    transfers: TextTransfers = field(default_factory=lambda: TextTransfers(True, lambda: 0.0))
    opted_out: list[str] = field(default_factory=list)
    connections: dict[str, Connection] | None = None

    def connection(self, name: str) -> Connection:
        return connection_called(name, self.connections)

    def calendar(self, name: str) -> Calendar:
        return calendar_called(name, self.calendars)

    async def opt_out(self, phone: str, words: str) -> None:
        self.opted_out.append(phone)


@dataclass
class Notebook:
    """A watcher that keeps everything, for reports and for `--verbose`."""

    notes: list[tuple[str, float, dict[str, Json]]] = field(default_factory=list)

    def note(self, kind: str, at: float, **facts: Json) -> None:
        self.notes.append((kind, at, facts))


def lead_of(data: LeadData, now: datetime, attempt: int) -> Lead:
    return Lead(
        id="lead_simulated",
        first_name=data.first_name,
        last_name=data.last_name,
        phone=data.phone,
        email=data.email,
        source=data.source,
        form=data.form,
        received_at=now - timedelta(seconds=data.form_age_s),
        attempt=attempt,
    )


def calendar_of(scenario: Scenario) -> MemoryCalendar:
    zone = ZoneInfo(scenario.zone)
    conflicts = {
        datetime.fromisoformat(fault.start).replace(tzinfo=zone): fault.times
        for fault in scenario.calendar.faults
        if fault.answer == "conflict" and fault.start
    }
    down = sum(fault.times for fault in scenario.calendar.faults if fault.answer == "down")
    free = [datetime.fromisoformat(start).replace(tzinfo=zone) for start in scenario.calendar.free]
    return MemoryCalendar(free, zone=scenario.zone, conflicts=conflicts, down=down)


class TextCall:
    """One call in text. `now`: seconds on the call's clock, moved by the length of what is said."""

    def __init__(self, suite: Suite, scenario: Scenario, flow: Flow, nodes: NodeTypes, model: DialogueModel) -> None:
        self.scenario = scenario
        self.calendar = calendar_of(scenario)
        self.notebook = Notebook()
        self._now = 0.0
        self._transfers = TextTransfers(scenario.staff.available, lambda: self._now)
        start = scenario.clock.astimezone(ZoneInfo(flow.seller.zone))
        names = {str(card.settings.get("calendar", "main")) for card in flow.nodes}
        self.conversation = FlowConversation(
            CallTalk(
                call_id=f"call_{scenario.id}",
                flow=flow,
                lead=lead_of(scenario.lead, start, scenario.attempt),
                moment=lambda at: start + timedelta(seconds=at),
            ),
            nodes,
            model,
            TextOutside(dict.fromkeys(names, self.calendar), self._transfers),
            self.notebook,
        )
        self._caller = ScriptedCaller(suite, scenario)
        self._talk: list[Said] = []
        self._actions_seen: list[Done] = []
        self._booked_at: int | None = None
        self._waited = False

    async def play(self) -> CallReport:
        """Play it to its end and report; a flow that has no way on ends it, as in a call."""
        try:
            await self._play()
        except FlowBroken as broken:
            self.conversation.hung_up("failure", self._now, str(broken))
        await self.conversation.settle(SETTLE_S)
        return self._report()

    async def _play(self) -> None:
        greeting = self._caller.pickup()
        if greeting is not None:
            self._caller_says(greeting.words)
        acts = self.conversation.answered(greeting.words if greeting else "", self._now)
        for _ in range(MAX_TURNS):
            closed, interruption = await self._agent_turn(acts)
            if closed:
                self.conversation.hung_up("assistant", self._now)
                return
            if interruption:
                acts = self._hear(interruption)
                continue
            if self.conversation.waiting:
                line = self._caller.while_waiting()
                if line is not None:
                    acts = self._hear(line.words)
                    continue
                self._now += self.conversation.silence_after
                acts = self.conversation.silent(self._now)
                continue
            last = self._talk[-1] if self._talk else Said("agent", "")
            move = self._caller.answers(AgentTurn(last.text, last.asked))
            if move.hangs_up:
                self.conversation.hung_up("caller", self._now)
                return
            if move.line is None:
                self._now += self.conversation.silence_after
                acts = self.conversation.silent(self._now)
            else:
                acts = self._hear(move.line.words)
        self.conversation.hung_up("limit", self._now, f"the call did not end within {MAX_TURNS} turns")

    def _hear(self, words: str) -> AsyncIterator[Act]:
        self._caller_says(words)
        self._now += THINKING_S
        return self.conversation.heard(words, self._now)

    def _caller_says(self, words: str) -> None:
        self._now += spoken_s(words)
        self._talk.append(Said("caller", words))

    async def _agent_turn(self, acts: AsyncIterator[Act]) -> tuple[bool, str]:
        """Speak one turn. Returns whether the call is closed, and what the caller said if it cut in."""
        says: list[Say] = []
        closed = False
        async for act in acts:
            if isinstance(act, Say):
                says.append(act)
            elif isinstance(act, Close):
                closed = True
                break
            elif isinstance(act, Listen):
                break
        if not says:
            return closed, ""
        spoken = self.conversation.outcome.transcript[-1]
        text = " ".join(say.text for say in says)
        cut = self._caller.cuts_in(text, spoken.asked) if not closed else None
        heard_until = cut.after_ms / 1000 if cut is not None else NEVER_S
        self._now += play(self.conversation, says, self._now, heard_until)
        known = frozenset(record.slot.id for record in self.conversation.book if record.known)
        if self._waited and self._talk and self._talk[-1].who == "agent":
            text = f"{self._talk.pop().text} {text}"  # one long turn, in which the caller had nothing to answer
        self._waited = self.conversation.waiting
        self._talk.append(Said("agent", text, spoken.asked, known))
        self._watch_actions()
        return closed, cut.words if cut is not None else ""

    def _watch_actions(self) -> None:
        actions = self.conversation.outcome.actions
        for action in actions[len(self._actions_seen) :]:
            self._actions_seen.append(Done(action.name, action.details, len(self._talk)))
            if action.name == "book_appointment" and action.details.get("result") == "booked":
                self._booked_at = self._booked_at or len(self._talk) - 1

    def _report(self) -> CallReport:
        self._watch_actions()
        conversation = self.conversation
        outcome = conversation.outcome
        standing = conversation.standing().state
        zone = ZoneInfo(self.scenario.zone)
        return CallReport(
            disposition=outcome.disposition,
            reason=outcome.reason,
            qualified={"qualified": True, "unqualified": False}.get(standing),
            flags=tuple(outcome.flags),
            opted_out=outcome.opted_out,
            recording=outcome.recording,
            slots=conversation.book.values(),
            corrections=outcome.corrections,
            talk=tuple(self._talk),
            actions=tuple(self._actions_seen),
            bookings=tuple(each.opening.start.astimezone(zone) for each in self.calendar.bookings),
            booked_at=self._booked_at,
            callback_at=outcome.callback.at.astimezone(zone) if outcome.callback else None,
            callback_by=outcome.callback.by if outcome.callback else "",
            callback_why=outcome.callback.why if outcome.callback else "",
            callback_language=(outcome.callback.language or "") if outcome.callback else "",
            transfer=transfer_of(self._transfers.outcome),
            silence_prompts=outcome.silence_prompts,
            problem=outcome.problem,
        )
