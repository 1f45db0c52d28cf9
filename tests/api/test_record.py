"""What stands in the result of a call, from the facts of its talk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.call.disclosed import Disclosed
from engine.call.outcome import Callback, Outcome, Spoken
from engine.call.record import CallFacts, build_result
from engine.dialogue.slots import SlotBook
from engine.flow import shipped
from engine.flow.rules import Qualification
from engine.sdk import Booking, CallResult, Evidence, Lead, Opening

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FLOW = shipped.load("home_services").flow
LEAD = Lead("lead_1", "Dana", "Reyes", "+14155552671", form={"service": "Roof repair"}, received_at=NOON)
FACTS = CallFacts("call_1", "evt_1", 3, 1, "+14155550100", NOON, NOON + timedelta(minutes=3), length_s=120.0,
                  must_disclose={"ai", "recording"})  # fmt: skip


def result(outcome: Outcome, book: SlotBook | None = None, standing: Qualification | None = None) -> CallResult:
    return build_result(FACTS, FLOW, LEAD, outcome, book or SlotBook(FLOW.slots), standing or Qualification("open"))


def test_an_answer_stands_with_the_words_that_prove_it_and_when_they_were_said() -> None:
    book = SlotBook(FLOW.slots)
    book.write("zip", "94017", Evidence("call", "94017", 1), 0.9)
    book.write("zip", "94107", Evidence("call", "no, 94107", 2), 0.9)
    outcome = Outcome("booked", transcript=[Spoken("caller", "94017", 3.0, 1), Spoken("caller", "no, 94107", 9.1, 2)])
    answer = next(each for each in result(outcome, book).answers if each.slot == "zip")
    assert (answer.value, answer.said, answer.at_ms, answer.corrected_from) == ("94107", "no, 94107", 9100, "94017")


def test_what_only_the_form_says_is_told_as_such() -> None:
    book = SlotBook(FLOW.slots)
    book.suggest("zip", "94107", "form: zip")
    answer = next(each for each in result(Outcome("no_input"), book).answers if each.slot == "zip")
    assert (answer.source, answer.confirmed, answer.at_ms) == ("lead_form", False, None)


def test_each_disclosure_stands_with_its_words_when_it_was_heard_and_how_often() -> None:
    outcome = Outcome("incomplete_hangup")
    ai = Disclosed("Hi, this is Robin, an AI assistant.", 1.9, 4.2, whole=True, times=2, confirmed=True)
    outcome.disclosures.told = {"ai": ai, "recording": Disclosed("This call is recorded.", 6.0, 6.4, whole=False)}
    told = result(outcome).disclosures
    assert (told["ai"].said, told["ai"].heard, told["ai"].at_ms, told["ai"].until_ms) == (True, "whole", 1900, 4200)
    assert (told["ai"].text, told["ai"].times, told["ai"].confirmed) == (ai.text, 2, True)
    assert (told["recording"].said, told["recording"].heard, told["recording"].at_ms) == (False, "cut", 6000)


def test_a_disclosure_that_was_not_heard_is_told_as_not_said() -> None:
    recording = result(Outcome("incomplete_hangup")).disclosures["recording"]
    assert (recording.said, recording.heard, recording.at_ms, recording.times) == (False, "no", None, 0)


def test_nobody_reached_is_neither_qualified_nor_unqualified() -> None:
    told = result(Outcome("busy"), standing=Qualification("unqualified", ("x",), "out_of_area"))
    assert (told.outcome.qualified, told.outcome.failed_criteria) == (None, [])
    assert told.summary == "Dana was not reached (busy)."


def test_appointment_and_callback_keep_their_zone() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    start = datetime(2026, 11, 25, 14, 0, tzinfo=zone)
    outcome = Outcome("booked", appointment=Booking("apt_1", Opening(start, start + timedelta(hours=1)), str(zone)))
    outcome.calendar, outcome.callback = "main", Callback(start, "human", "thinking")
    told = result(outcome, standing=Qualification("qualified"))
    assert told.appointment is not None
    assert (told.appointment.start.isoformat(), told.appointment.calendar) == ("2026-11-25T14:00:00-08:00", "main")
    assert told.callback is not None
    assert told.callback.by == "human"
    assert told.outcome.qualified is True
    assert CallResult.model_validate_json(told.model_dump_json(by_alias=True)) == told
