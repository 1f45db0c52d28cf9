"""What the model that ships makes of an utterance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.dialogue.brief import Acknowledge, Answer, Ask, Brief
from engine.dialogue.commands import (
    Agreed,
    Answered,
    Asked,
    Behaved,
    Command,
    Intended,
    SlotDenied,
    SlotHeard,
    SlotRefused,
)
from engine.dialogue.model import TurnView
from engine.dialogue.offline import OfflineModel
from engine.dialogue.slots import SlotBook
from engine.flow import shipped
from engine.flow.model import Flow
from engine.sdk import Evidence, Lead, Line, Scalar

MODEL = OfflineModel()
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo("America/Los_Angeles"))
LEAD = Lead("lead_1", "Dana", "Reyes", "+14155550123")


@dataclass
class Hearing:
    """`asked`: the slot or question that is open."""

    name: str = "home_services"
    asked: str | None = None
    known: dict[str, Scalar] = field(default_factory=dict)
    form: dict[str, Scalar] = field(default_factory=dict)
    asks: int = 1
    at_card: str = ""

    async def of(self, words: str) -> list[Command]:
        flow: Flow = shipped.load(self.name).flow
        book = SlotBook(flow.slots)
        for slot, value in self.known.items():
            book.write(slot, value, Evidence("call", "earlier", 1), 0.9)
        for slot, value in self.form.items():
            book.suggest(slot, value, "form")
        ask = None
        if self.asked is not None:
            slot_id = self.asked if self.asked in book else None
            ask = Ask("?", self.asked, slot_id)
            if slot_id:
                book[slot_id].asks = self.asks
        edges = tuple(edge for edge in flow.edges_from(self.at_card) if edge.kind == "intent") if self.at_card else ()
        view = TurnView(flow, book, LEAD, NOW, ask, edges)
        return [item async for item in MODEL.turn(view, words) if not isinstance(item, str)]

    async def slots(self, words: str) -> dict[str, Scalar]:
        return {each.slot: each.value for each in await self.of(words) if isinstance(each, SlotHeard)}


async def test_all_slots_are_open_in_every_turn() -> None:
    heard = await Hearing().slots("My roof is leaking, it's our house in 94110, and I need somebody this week.")
    assert heard == {
        "service_type": "roof_repair", "property_type": "residential", "zip": "94110", "timeline": 7,
        "authority": "owner",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "owner"), [("A house.", False), ("A condo.", False), ("My house.", True), ("our condo", True)]
)
async def test_a_house_is_not_yet_ones_own(words: str, owner: bool) -> None:
    assert ("authority" in await Hearing(asked="property_type").slots(words)) is owner


async def test_a_no_is_no_word_of_a_choice_that_nobody_asked_for() -> None:
    assert "urgency" not in await Hearing("dental", "status").slots("No, first time.")
    assert (await Hearing("dental", "urgency").slots("No."))["urgency"] == "none"


@pytest.mark.parametrize("words", ["It's what I put in the form.", "Yes, that's right.", "It drips into the bedroom."])
async def test_the_form_is_agreed_with_in_many_words(words: str) -> None:
    commands = await Hearing(asked="problem", form={}).of(words)
    assert not any(isinstance(each, Agreed) for each in commands)
    commands = await Hearing(asked="service_type", form={"service_type": "plumbing_repair"}).of(words)
    heard = [each for each in commands if isinstance(each, SlotHeard) and each.slot == "service_type"]
    assert heard or any(isinstance(each, Agreed) and each.slot == "service_type" for each in commands)


async def test_the_form_is_denied_by_a_no() -> None:
    commands = await Hearing(asked="service_type", form={"service_type": "roof_repair"}).of("No.")
    assert SlotDenied("service_type", "roof_repair", "No.") in commands


async def test_not_knowing_ends_a_nice_to_know_and_keeps_a_must_open() -> None:
    assert any(isinstance(each, SlotRefused) for each in await Hearing(asked="authority").of("I don't know."))
    assert not any(isinstance(each, SlotRefused) for each in await Hearing(asked="zip").of("I don't know."))


async def test_not_wanting_to_say_is_respected_for_a_must_too() -> None:
    assert any(isinstance(each, SlotRefused) for each in await Hearing(asked="zip").of("I'd rather not say."))


async def test_i_do_not_know_is_no_text_to_note() -> None:
    commands = await Hearing("solar", "utility").of("I don't know.")
    assert [type(each) for each in commands if isinstance(each, SlotHeard | SlotRefused)] == [SlotRefused]


async def test_asking_why_is_no_refusal() -> None:
    commands = await Hearing(asked="zip").of("Why do you need that?")
    assert not any(isinstance(each, SlotRefused) for each in commands)
    assert any(isinstance(each, Asked) and each.knowledge is None for each in commands)


@pytest.mark.parametrize(("asks", "refused"), [(1, False), (2, True)])
async def test_a_second_no_to_the_address_means_it(asks: int, refused: bool) -> None:
    commands = await Hearing(asked="address", asks=asks).of("No.")
    assert any(isinstance(each, SlotRefused) for each in commands) is refused


async def test_an_answer_outside_the_options_is_noted_where_the_author_allows_it() -> None:
    assert await Hearing("dental", "insurance").slots("Delta Dental.") == {"insurance": "other:Delta Dental"}
    assert await Hearing(asked="service_type", asks=1).slots("Landscaping.") == {}
    assert await Hearing(asked="service_type", asks=2).slots("Landscaping.") == {"service_type": "other:Landscaping"}


async def test_a_choice_that_is_known_changes_by_a_correction_not_by_the_way() -> None:
    known: dict[str, Scalar] = {"patient": "child"}
    assert "patient" not in await Hearing("dental", "guardian", known).slots("Yes, I'm her mother.")
    assert (await Hearing("dental", "guardian", known).slots("No wait, actually it's for my husband."))["patient"] == (
        "other_adult"
    )


async def test_a_rate_is_no_time_frame() -> None:
    assert "timeline" not in await Hearing("solar").slots("We pay around two hundred a month for power.")
    assert (await Hearing("solar", "timeline").slots("In a month."))["timeline"] == 30


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("March third, 1992.", "1992-03-03"),
        ("May 4th 2019", "2019-05-04"),
        ("October twelfth nineteen eighty-five", "1985-10-12"),
        ("June first two thousand nine", "2009-06-01"),
    ],
)
async def test_a_date_of_birth_keeps_its_year(words: str, date: str) -> None:
    assert (await Hearing("dental", "dob").slots(words))["dob"] == date


@pytest.mark.parametrize("words", ["What about Monday?", "Do you have anything sooner?", "Could we do Friday instead?"])
async def test_wishing_for_a_time_asks_nothing_of_the_knowledge(words: str) -> None:
    assert not any(isinstance(each, Asked) for each in await Hearing(asked="offer_times").of(words))


async def test_how_much_is_that_knows_of_what() -> None:
    commands = await Hearing(known={"service_type": "drain_cleaning"}).of("How much is that?")
    assert [each.knowledge for each in commands if isinstance(each, Asked)] == ["price_drain"]


async def test_a_time_to_be_called_is_no_time_frame_for_the_work() -> None:
    assert await Hearing(asked="callback_time").slots("Tomorrow.") == {}
    assert await Hearing(asked="timeline").slots("Tomorrow.") == {"timeline": 1}


async def test_no_english_denies_nothing() -> None:
    commands = await Hearing(asked="confirm_booking").of("No hablo inglés.")
    assert any(isinstance(each, Behaved) and each.trigger == "other_language" for each in commands)
    assert not any(isinstance(each, Answered) and each.answer == "no" for each in commands)


async def test_an_intention_is_shown_by_words_like_its_examples() -> None:
    commands = await Hearing(at_card="off_list").of("Yes please")
    assert [each.edge for each in commands if isinstance(each, Intended)] == ["off_list_to_end_do_not_call"]
    assert not [each for each in await Hearing(at_card="off_list").of("No") if isinstance(each, Intended)]


async def test_a_brief_is_spoken_in_order() -> None:
    brief = Brief(
        acknowledge=(Acknowledge("zip", "94110", "Got it."),),
        answers=(Answer("hours", "We open at eight."),),
        lines=(Line("So."),),
        ask=Ask("How soon?", "timeline", "timeline"),
    )
    view = TurnView(shipped.load("home_services").flow, SlotBook(()), LEAD, NOW)
    assert [text async for text in MODEL.speak(view, brief)] == ["Got it.", "We open at eight.", "So.", "How soon?"]
