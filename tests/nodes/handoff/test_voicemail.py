"""The voicemail card: when a message is due, and when it is spoken."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from engine.sdk.testbench import LEAD, Acted, Bench, card
from nodes.handoff.voicemail import LeaveVoicemail

TEXT = "Hi {first_name}, this is {assistant} for {seller}. To stop these calls, dial 800 555 0199."


def bench(attempt: int = 2, messages: int = 0) -> Bench:
    return Bench(lead=replace(LEAD, attempt=attempt, messages_today=messages))


async def test_a_message_that_is_not_due_is_not_waited_for():
    first = await bench(attempt=1).enter(card(LeaveVoicemail, text=TEXT))
    second = await bench(messages=1).enter(card(LeaveVoicemail, text=TEXT))
    assert first.ending is not None and first.ending.reason == "first_attempt"
    assert second.ending is not None and second.ending.reason == "one_a_day"
    never = await bench().enter(card(LeaveVoicemail, text=TEXT, max_per_day=0))
    assert never.ending is not None and never.ending.disposition == "voicemail_no_message"


async def test_no_message_is_left_before_the_attempt_that_the_campaign_names():
    world = Bench(lead=replace(LEAD, attempt=2, messages_from=3))
    step = await world.enter(card(LeaveVoicemail, text=TEXT))
    assert step.ending is not None and step.ending.reason == "first_attempt"
    allowed = Bench(lead=replace(LEAD, attempt=3, messages_from=3))
    assert (await allowed.enter(card(LeaveVoicemail, text=TEXT))).listen


@pytest.mark.parametrize("signal", ["beep", "no_beep", "silence"])
async def test_the_message_is_spoken_after_the_signal_and_ends_the_call(signal):
    node, world = card(LeaveVoicemail, text=TEXT), bench()
    assert (await world.enter(node)).listen
    assert (await world.hear(node, "Please leave a message.")).listen
    step = await world.signal(node, signal)
    assert [line.text for line in step.lines] == [
        "Hi Dana, this is Robin for Acme. To stop these calls, dial 800 555 0199."
    ]
    assert step.ending is not None and step.ending.disposition == "voicemail_left"
    assert world.actions == [Acted("leave_voicemail", {"after": signal})]


async def test_a_greeting_without_an_end_is_given_up():
    node, world = card(LeaveVoicemail, text=TEXT, patience_turns=2), bench()
    await world.enter(node)
    assert (await world.hear(node, "la la la")).ending is None
    step = await world.hear(node, "la la la")
    assert step.ending is not None and step.ending.reason == "no_beep"


async def test_somebody_who_picks_up_after_all_is_passed_on():
    node, world = card(LeaveVoicemail, text=TEXT), bench()
    await world.enter(node)
    assert (await world.hear(node, "Hello?", intentions=["person_speaks"])).exit == "person"


def test_a_message_longer_than_twenty_five_seconds_is_refused_with_its_length():
    with pytest.raises(ValidationError, match="about 40 seconds"):
        card(LeaveVoicemail, text="x" * 600)
