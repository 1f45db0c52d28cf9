"""Talking with a draft in text: the real conversation, its reasons, and nothing outside."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.dialogue.offline import OfflineModel
from engine.flow import shipped
from engine.flow.document import FlowDocument
from engine.flow.model import Flow
from engine.schedule import ScratchCalendar
from engine.schedule.scratch import Mood
from engine.sdk import Lead
from engine.sdk.registry import discover
from engine.simulate.chat import MOST_MOVES, ChatOver, ChatSetting, ChatTurn, DraftChat, Move, hold
from engine.simulate.remembered_model import RememberedModel
from tests.support.hosted import HostedModel

NODES = discover()
DANA = Lead("lead", "Dana", "Reyes", "+14155550123", form={"service": "Roof repair"})
TO_THE_OFFER = ("Yes, speaking.", "Roof repair.", "A house.", "94110", "I own it.", "This week.")


def chat(
    flow: Flow | None = None, mood: Mood = "free", model: OfflineModel | RememberedModel | None = None,
    colleague: bool = True,
) -> DraftChat:  # fmt: skip
    flow = flow or shipped.load("home_services").flow
    calendar = ScratchCalendar(flow.seller.zone, mood=mood)
    starts = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo(flow.seller.zone))
    setting = ChatSetting(DANA, starts, {"main": calendar}, colleague)
    return DraftChat(flow, NODES, model or OfflineModel(), setting)


async def talk(here: DraftChat, *words: str) -> ChatTurn:
    if not here.turns:
        await here.make(Move("picks_up", "Hello?"))
    for each in words:
        if not here.over:
            await here.make(Move("says", each))
    return here.turns[-1]


def facts(turn: ChatTurn, kind: str) -> list[dict[str, object]]:
    return [dict(note.facts) for note in turn.notes if note.kind == kind]


async def test_an_answer_tells_what_was_understood_and_why_it_went_on() -> None:
    here = chat()
    turn = await talk(here, "Yes, speaking. What does it cost?")
    assert any("300" in line for line in turn.said)
    (understood,) = facts(turn, "understood")
    assert [each["what"] for each in understood["commands"]] == ["answered", "asked"]  # type: ignore[index, union-attr]
    assert turn.cards == ("opening", "qualify")
    considered = [line for each in facts(turn, "edges") for line in each["considered"]]  # type: ignore[attr-defined]
    assert "opening_to_qualify: taken" in considered
    assert here.replies()[0] == "Roof repair"


async def test_slots_carry_the_callers_own_words() -> None:
    here = chat()
    await talk(here, "Yes.", "Roof repair.", "It's a house in 94110.")
    book = here.conversation.book
    evidence = book["zip"].evidence
    assert evidence is not None
    assert (book["zip"].value, evidence.words) == ("94110", "94110")
    assert "zip" in here.wanted()


async def test_a_booking_stays_on_paper_and_is_told_as_an_action() -> None:
    here = chat()
    turn = await talk(here, *TO_THE_OFFER, "The first one.", "Yes, please.", "1200 18th Street.", "No, that's all.")
    actions = [each for one in here.turns for each in facts(one, "acted")]
    assert any(each["action"] == "book_appointment" for each in actions), [one.said for one in here.turns]
    assert here.conversation.outcome.appointment is not None
    assert turn.standing == "qualified"


@pytest.mark.parametrize(("mood", "words"), [("busy", "time"), ("down", "calendar")])
async def test_the_calendar_has_the_mood_that_was_asked_for(mood: Mood, words: str) -> None:
    here = chat(mood=mood)
    await talk(here, *TO_THE_OFFER)
    assert words in " ".join(line for turn in here.turns[-2:] for line in turn.said).lower()
    assert here.conversation.outcome.appointment is None


async def test_silence_and_hanging_up_are_moves_too() -> None:
    here = chat()
    await talk(here)
    silent = await here.make(Move("is_silent"))
    assert any("there" in line.lower() for line in silent.said)
    await here.make(Move("hangs_up"))
    assert here.over
    assert here.conversation.outcome.disposition
    with pytest.raises(ChatOver):
        await here.make(Move("says", "Hello?"))


async def test_who_says_stop_is_told_so_and_stands_on_no_list() -> None:
    here = chat()
    turn = await talk(here, "Stop calling me.")
    assert here.over
    assert here.conversation.outcome.opted_out
    assert facts(turn, "reflex")[0]["reflex"]


@pytest.mark.parametrize("colleague", [True, False])
async def test_a_colleagues_phone_rings_on_paper_until_it_is_settled(colleague: bool) -> None:
    here = chat(colleague=colleague)
    turn = await talk(here, "Yes.", "Can I talk to a real person please?")
    assert not here.conversation.waiting
    transfers = [each for each in facts(turn, "acted") if each["action"] == "transfer_call"]
    assert len(transfers) == 1
    answered = "answered" in str(transfers[0]["details"])
    assert answered is colleague


async def test_a_talk_that_is_held_again_is_the_same_talk() -> None:
    here = chat()
    await talk(here, *TO_THE_OFFER)
    again = chat()
    await hold(again, here.moves)
    assert [(turn.said, turn.cards) for turn in again.turns] == [(turn.said, turn.cards) for turn in here.turns]
    shorter = chat()
    await hold(shorter, here.moves[:-1])
    assert [turn.said for turn in shorter.turns] == [turn.said for turn in here.turns[:-1]]


async def test_a_hosted_model_is_not_asked_twice_for_a_talk_that_goes_back() -> None:
    hosted = HostedModel()
    first = RememberedModel(hosted)
    here = chat(model=first)
    await talk(here, "Yes, speaking.", "Roof repair.", "A house.")
    asked = len(first.answers)
    again = RememberedModel(_Refusing(), first.answers)
    back = chat(model=again)
    await hold(back, here.moves[:-1])
    assert [turn.said for turn in back.turns] == [turn.said for turn in here.turns[:-1]]
    assert 0 < len(again.answers) < asked


async def test_a_model_that_is_asked_something_else_is_asked_anew() -> None:
    first = RememberedModel(OfflineModel())
    here = chat(model=first)
    await talk(here, "Yes, speaking.", "Roof repair.")
    again = RememberedModel(OfflineModel(), first.answers)
    other = chat(model=again)
    turn = await talk(other, "Yes, speaking.", "Plumbing repair.")
    assert other.conversation.book["service_type"].value == "plumbing_repair"
    assert turn.said != here.turns[-1].said


class _Refusing(OfflineModel):
    hosted = True

    def commands(self, view: object, words: str) -> None:  # type: ignore[override]
        raise AssertionError("asked again")


async def test_a_flow_without_a_way_on_breaks_off_in_plain_words() -> None:
    data = json.loads(shipped.load("home_services").save())
    data["edges"] = [edge for edge in data["edges"] if edge["from"]["node"] != "opening"]
    here = chat(FlowDocument.of(data).flow)
    turn = await talk(here, "Yes, speaking.")
    assert "no way on" in turn.problem
    assert here.over
    assert here.conversation.outcome.problem == turn.problem


async def test_a_talk_that_never_ends_is_ended() -> None:
    here = chat()
    await here.make(Move("picks_up", ""))
    while not here.over:
        await here.make(Move("says", "Who is calling?"))
    assert len(here.turns) <= MOST_MOVES


@pytest.mark.parametrize(
    "words", ["x" * 1000, "?" * 500, "' OR 1=1 --", "{first_name} {slot:zip}", "<b>hi</b>", "🙂" * 100, "١٢٣٤٥"]
)
async def test_whatever_is_typed_the_talk_goes_on(words: str) -> None:
    here = chat()
    turn = await talk(here, "Yes.", words)
    assert turn.problem == ""
    assert turn.said
