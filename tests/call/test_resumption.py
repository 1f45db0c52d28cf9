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
from engine.call.conversation import FlowConversation
from engine.call.resumption import CHECKPOINT, Memory, Note, replay, slots_in, slots_out
from engine.call.scene import CallTalk
from engine.dialogue.slots import SlotBook
from engine.flow import shipped
from engine.schedule.memory import MemoryCalendar
from engine.sdk import Disclosure, Evidence, Json, SlotState
from engine.simulate.scenario import Scenario, Suite, load_suite
from engine.simulate.script import AgentTurn, ScriptedCaller
from engine.simulate.text_call import TextOutside, calendar_of, lead_of
from tests.support.talk import DANA, MODEL, NODES, Talk

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "scenarios"
SUITES = {name: load_suite(FOLDER / f"{name}.yaml") for name in shipped.names()}
FLOWS = {name: shipped.load(name).flow for name in shipped.names()}
CASES = [
    pytest.param(name, scenario.id, id=scenario.id) for name, suite in SUITES.items() for scenario in suite.scenarios
]
WORDS_A_S = 2.6
MACHINES = {"hs10_voicemail", "hs11_silence"}
"""Nobody talks there: a line that drops gives a machine more time to hang up."""

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
        self.turns = 0
        self.drops_at: tuple[int, int] | None = None
        self.said = 0
        self.quiet = False
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
            if words and not any(note.kind in ("caller_said", "agent_says") for note in self.diary.notes):
                self.caller = before  # nobody has heard or said a word: the caller says hello again
                self.conversation = self.process()
                return await self.play_on(self.conversation.answered(words, self.now))
            if sum(note.kind == "caller_said" for note in self.diary.notes) < self.said or self.quiet:
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
        self.quiet = False
        move = self.caller.answers(AgentTurn(last.text, last.asked))
        if move.hangs_up:
            self.conversation.hung_up("caller", self.now)
            return True
        # A line that drops does not make a silent caller talk.
        if move.line is None or self.scenario.id == "hs11_silence":
            self.quiet = True
            self.now += self.conversation.silence_after
            return await self.turn(self.conversation.silent(self.now))
        self.said += 1
        self.now += len(move.line.words.split()) / WORDS_A_S + 0.5
        return await self.turn(self.conversation.heard(move.line.words, self.now))

    async def drop(self, acts: AsyncIterator[Act], after: int) -> None:
        """The shell gives the reply up after so many acts; of its last sentence nothing was heard."""
        says: list[Say] = []
        while after > 0 and (act := await anext(acts, None)) is not None:
            after -= 1
            if isinstance(act, Say):
                says.append(act)
        await acts.aclose()  # type: ignore[attr-defined]
        for place, say in enumerate(says, start=1):
            heard = place < len(says)
            self.conversation.played(Played(say.id, say.text if heard else "", heard, self.now, self.now + heard))
            self.now += heard

    async def turn(self, acts: AsyncIterator[Act]) -> bool:
        self.turns += 1
        if self.drops_at is not None and self.drops_at[0] == self.turns:
            await self.drop(acts, self.drops_at[1])
            acts = self.conversation.returned(self.now)
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
            "disclosed": {name for name, each in outcome.disclosures.told.items() if each.whole},
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
    moments = sorted(dice.sample(range(1, length), min(MOMENTS, length - 1)))
    for dies_at in moments:
        lose = dice.choice((0, 0, 1, 2, 4))
        call = asyncio.run(survive(name, id, dies_at, lose))
        where = f"{id} killed at note {dies_at} of {length}, {lose} lost"
        assert call.facts() == expected, where
        assert call.asked_known == [], where
        done = [(action.name, str(action.details)) for action in call.conversation.outcome.actions]
        booked = [each for each in done if each[0] == "book_appointment" and "'booked'" in each[1]]
        assert len(set(booked)) == len(booked), where


@pytest.mark.parametrize(("name", "id"), [case for case in CASES if case.id not in MACHINES])
def test_a_line_that_drops_in_the_middle_of_a_reply_changes_nothing_of_the_call(name: str, id: str) -> None:
    whole = asyncio.run(survive(name, id, 1_000_000, 0))
    dice = random.Random(f"drop {id}")
    for _ in range(6):
        turn, acts = dice.randrange(1, max(2, whole.turns)), dice.randrange(1, 5)
        call = Call(*suite_of(name, id), name)
        call.drops_at = (turn, acts)
        asyncio.run(call.play())
        where = f"{id}: the line dropped in turn {turn} after {acts} acts"
        assert call.facts() == whole.facts(), where
        assert call.asked_known == [], where


# The document itself.


def talked() -> FlowConversation:
    """A talk in the middle: slots known, corrected and refused, a question open."""
    talk = Talk()

    async def go() -> None:
        await talk.answer()
        await talk.say("Yes.", "My roof leaks, our house, 94110.", "Sorry, 94107.", "What does it cost?")

    asyncio.run(go())
    return talk.conversation


def test_a_checkpoint_read_back_gives_the_same_checkpoint() -> None:
    memory = json.loads(json.dumps(talked().memory()))
    again = Talk().conversation
    again.outcome.actions.extend(talked().outcome.actions)
    again.recall(memory)
    assert json.loads(json.dumps(again.memory())) == memory


def test_fields_of_a_newer_leadline_survive_in_the_next_checkpoint() -> None:
    memory = {**talked().memory(), "v": 7, "mood": {"now": "cheerful"}}
    again = Talk().conversation
    again.recall(memory)
    assert again.memory()["mood"] == {"now": "cheerful"}
    assert again.memory()["v"] == 1


@pytest.mark.parametrize("damage", [None, 5, "x", [], {}, {"zip": 3}, {"zip": {"value": "94110"}}])
def test_a_damaged_checkpoint_loses_what_is_damaged_and_no_call(damage: Json) -> None:
    for part in talked().memory():
        again = Talk().conversation
        again.recall({**talked().memory(), part: damage})
    values = SlotBook(FLOWS["home_services"].slots)
    slots_in(values, damage)
    assert slots_out(values) == {}  # no value without what proves it


def test_journal_entries_that_nobody_knows_are_passed_over() -> None:
    again = Talk().conversation
    replay(again, [Note("nonsense", 1.0, {}), Note("caller_said", 2.0, {}), Note(CHECKPOINT, 3.0, {"memory": 4})])
    assert [turn.who for turn in again.outcome.transcript] == ["caller"]


def test_words_that_were_misheard_and_not_answered_yet_are_taken_once_more_as_they_were_said() -> None:
    class Read:
        def __init__(self) -> None:
            talk = Talk().conversation
            self.book, self.outcome, self.unanswered = talk.book, talk.outcome, ""

        def recall(self, memory: Memory) -> None: ...

        def said_before(
            self, id: int, text: str, kind: str, discloses: tuple[Disclosure, ...], at: float, turn: int
        ) -> None: ...

        def heard_before(self, played: Played) -> None: ...

        def confirmed(self, id: int) -> None: ...

        def take_up(self, unanswered: str, at: float) -> None:
            self.unanswered = unanswered

    caller = Note("caller_said", 2.0, {"text": "I rent it.", "turn": 1})
    revised = Note("revised", 2.5, {"was": "I rent it.", "words": "I own it.", "again": False, "turn": 1})
    read = Read()
    replay(read, [caller, revised])
    assert read.unanswered == "I own it."
    assert [turn.text for turn in read.outcome.transcript] == ["I own it."]
    answered = Note(CHECKPOINT, 2.2, {"memory": {}})
    replay(read := Read(), [caller, answered, revised])
    assert read.unanswered == ""  # our answer stands; the next turn says what was misheard


def test_a_slot_comes_back_with_its_words_and_its_state() -> None:
    book, again = (SlotBook(FLOWS["home_services"].slots) for _ in range(2))
    book.write("zip", "94110", Evidence("call", "94110", 2), 0.9)
    book.write("zip", "94107", Evidence("call", "sorry, 94107", 3), 0.8)
    book.refuse("email", "I'd rather not", 4)
    slots_in(again, json.loads(json.dumps(slots_out(book))))
    assert [(r.slot.id, r.view()) for r in again] == [(r.slot.id, r.view()) for r in book]
    assert again["zip"].state is SlotState.CORRECTED


def test_what_was_cut_of_the_last_turn_is_said_again_and_the_question_in_other_words() -> None:
    talk = Talk()

    async def go() -> str:
        await talk.answer()
        before = len(talk.acts)
        await talk.take(talk.conversation.heard("Yes. What does it cost?", talk.now), heard=False)
        for act in talk.acts[before:]:
            if isinstance(act, Say):
                talk.hears(act, words=0)  # the line was gone
        return await talk.take(talk.conversation.returned(talk.now))

    said = asyncio.run(go())
    assert said.startswith("Sorry, the line dropped for a moment.")
    assert "$" in said or "price" in said.lower() or "cost" in said.lower()
    assert said.rstrip().endswith("?")


def test_disclosures_that_nobody_heard_whole_are_made_again_when_the_line_is_back() -> None:
    talk = Talk()

    async def go() -> str:
        await talk.take(talk.conversation.answered("Hello?", 0.0), heard=False)
        for act in list(talk.acts):
            if isinstance(act, Say):
                talk.hears(act, words=2)
        return await talk.take(talk.conversation.returned(talk.now))

    said = asyncio.run(go())
    assert "AI assistant" in said
    assert "recorded" in said


def test_a_goodbye_that_the_line_cut_off_is_said_again_and_the_call_ends() -> None:
    talk = Talk()

    async def go() -> str:
        await talk.answer()
        before = len(talk.acts)
        await talk.take(talk.conversation.heard("Stop calling me and take me off your list.", talk.now), heard=False)
        for act in talk.acts[before:]:
            if isinstance(act, Say):
                talk.hears(act, words=0)
        talk.acts.clear()
        return await talk.take(talk.conversation.returned(talk.now))

    said = asyncio.run(go())
    assert talk.closed == Close("do_not_call", talk.conversation.outcome.reason)
    assert talk.outside.opted_out == [DANA.phone]
    assert len(said.split()) > 8
