"""A process may die at any moment of a call: another goes on from the journal, and nothing is asked or done twice."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.call.acts import Act, Close, Played, Say
from engine.call.conversation import CallTalk, FlowConversation
from engine.call.resumption import Note, replay
from engine.flow import shipped
from engine.schedule.memory import MemoryCalendar
from engine.sdk import Json, SlotState
from engine.simulate.scenario import Scenario, Suite, load_suite
from engine.simulate.script import AgentTurn, ScriptedCaller
from engine.simulate.text_call import TextOutside, calendar_of, lead_of
from tests.support.talk import MODEL, NODES

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "scenarios"
SUITES = {name: load_suite(FOLDER / f"{name}.yaml") for name in shipped.names()}
FLOWS = {name: shipped.load(name).flow for name in shipped.names()}
CASES = [
    pytest.param(name, scenario.id, id=scenario.id) for name, suite in SUITES.items() for scenario in suite.scenarios
]
WORDS_A_S = 2.6
MOMENTS = 12
"""At so many moments of each scenario its process is killed."""


class Killed(BaseException):
    """The process died: nothing that comes after this note has happened."""


@dataclass
class Diary:
    """A journal that loses the last moments when its process is killed at note number `dies_at`."""

    notes: list[Note] = field(default_factory=list)
    dies_at: int = 1_000_000
    safe: int = 0
    """So many notes were surely written before something was done in the world."""

    def note(self, kind: str, at: float, **facts: Json) -> None:
        if len(self.notes) >= self.dies_at:
            raise Killed
        # What comes back from a store is what JSON makes of it.
        self.notes.append(Note(kind, at, json.loads(json.dumps(facts))))

    async def written(self) -> None:
        self.safe = len(self.notes)


class Call:
    """One scenario in text, that may lose its process and go on in another. Calendar and caller outlive both."""

    def __init__(self, suite: Suite, scenario: Scenario, name: str) -> None:
        self.flow = FLOWS[name]
        self.scenario = scenario
        self.calendar: MemoryCalendar = calendar_of(scenario)
        self.caller = ScriptedCaller(suite, scenario)
        self.now = 0.0
        self.said = 0
        self.diary = Diary()
        self.outside = TextOutside({})
        self.asked_known: list[str] = []
        self.conversation = self.process()

    def process(self) -> FlowConversation:
        start = self.scenario.clock.astimezone(ZoneInfo(self.flow.seller.zone))
        names = {str(card.settings.get("calendar", "main")) for card in self.flow.nodes}
        self.outside.calendars.update(dict.fromkeys(names, self.calendar))
        about = CallTalk(
            f"call_{self.scenario.id}",
            self.flow,
            lead_of(self.scenario.lead, start, self.scenario.attempt),
            lambda at: start + timedelta(seconds=at),
            self.diary.written,
        )
        return FlowConversation(about, NODES, MODEL, self.outside, self.diary)

    async def play(self, dies_at: int = 1_000_000, lose: int = 0) -> None:
        """`lose`: how many of the last notes are not stored when it dies (at most a quarter of a second of them)."""
        self.diary.dies_at = dies_at
        greeting = self.caller.pickup()
        words = greeting.words if greeting else ""
        before = copy.deepcopy(self.caller)
        self.said += bool(words)
        try:
            closed = await self.turn(self.conversation.answered(words, self.now))
            for _ in range(60):
                if closed:
                    break
                before = copy.deepcopy(self.caller)
                closed = await self.answer()
        except Killed:
            stored = max(self.diary.safe, len(self.diary.notes) - lose)
            self.diary = Diary(self.diary.notes[:stored])
            if not self.diary.notes and words:
                self.caller = before  # nobody has heard a word: the caller says hello again
                self.conversation = self.process()
                return await self.play_on(self.conversation.answered(words, self.now))
            if sum(note.kind == "caller_said" for note in self.diary.notes) < self.said:
                self.caller = before  # the last words are gone: the caller says them again when asked again
            await self.resume()

    async def resume(self) -> None:
        self.now += 3.0
        self.conversation = self.process()
        replay(self.conversation, self.diary.notes)
        await self.play_on(self.conversation.returned(self.now))

    async def play_on(self, acts: AsyncIterator[Act]) -> None:
        closed = await self.turn(acts)
        for _ in range(60):
            if closed:
                return
            closed = await self.answer()
        raise AssertionError("the call does not end")

    async def answer(self) -> bool:
        """The caller's move and what comes of it; whether the call is over."""
        last = self.conversation.outcome.transcript[-1]
        move = self.caller.answers(AgentTurn(last.text, last.asked))
        if move.hangs_up:
            self.conversation.hung_up("caller", self.now)
            return True
        # A line that drops does not make a silent caller talk.
        if move.line is None or self.scenario.id == "hs11_silence":
            self.now += self.conversation.silence_after
            return await self.turn(self.conversation.silent(self.now))
        self.said += 1
        self.now += len(move.line.words.split()) / WORDS_A_S + 0.5
        return await self.turn(self.conversation.heard(move.line.words, self.now))

    async def turn(self, acts: AsyncIterator[Act]) -> bool:
        says: list[Say] = []
        closed = False
        known = {record.slot.id for record in self.conversation.book if record.settled}
        async for act in acts:
            if isinstance(act, Say):
                says.append(act)
            closed = closed or isinstance(act, Close)
        for say in says:
            seconds = len(say.text.split()) / WORDS_A_S
            self.conversation.played(Played(say.id, say.text, True, self.now, self.now + seconds))
            self.now += seconds
        asked = self.conversation.outcome.transcript[-1].asked if says else ""
        if asked in known and self.conversation.book[asked].settled:
            self.asked_known.append(asked)
        if closed:
            self.conversation.hung_up("assistant", self.now)
        return closed

    def facts(self) -> Mapping[str, object]:
        outcome = self.conversation.outcome
        return {
            "slots": {record.slot.id: record.value for record in self.conversation.book if record.known},
            "refused": {r.slot.id for r in self.conversation.book if r.state is SlotState.REFUSED},
            "disposition": outcome.disposition,
            "reason": outcome.reason,
            "flags": set(outcome.flags),
            "opted_out": outcome.opted_out,
            "recording": outcome.recording,
            "bookings": [booking.opening.start for booking in self.calendar.bookings],
            "callback": (outcome.callback.at, outcome.callback.by) if outcome.callback else None,
            "disclosed": set(outcome.disclosed_at),
        }


def suite_of(name: str, id: str) -> tuple[Suite, Scenario]:
    return SUITES[name], SUITES[name].get(id)


async def survive(name: str, id: str, dies_at: int, lose: int) -> Call:
    call = Call(*suite_of(name, id), name)
    await call.play(dies_at, lose)
    return call


@pytest.mark.parametrize(("name", "id"), CASES)
def test_killed_at_any_moment_the_call_comes_to_the_same_end(name: str, id: str) -> None:
    whole = asyncio.run(survive(name, id, 1_000_000, 0))
    expected, length = whole.facts(), len(whole.diary.notes)
    dice = random.Random(id)
    moments = range(1, length) if length < MOMENTS else sorted(dice.sample(range(1, length), MOMENTS))
    for dies_at in moments:
        lose = dice.choice((0, 0, 1, 2, 4))
        call = asyncio.run(survive(name, id, dies_at, lose))
        where = f"{id} killed at note {dies_at} of {length}, {lose} lost"
        assert call.facts() == expected, where
        assert call.asked_known == [], where
        done = [(action.name, str(action.details)) for action in call.conversation.outcome.actions]
        booked = [each for each in done if each[0] == "book_appointment" and "'booked'" in each[1]]
        assert len(set(booked)) == len(booked), where
