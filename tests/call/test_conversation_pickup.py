"""What a call does with a voicemail, a screener, a phone menu, and with a carrier that errs."""

from __future__ import annotations

from dataclasses import replace

from engine.call.acts import Close, Listen, Say
from engine.call.answerer import DOUBT_S
from tests.support.talk import DANA, Talk

GREETING = "You have reached the voicemail of Dana."
SECOND = replace(DANA, attempt=2)
MESSAGE = "Hi Dana, this is Robin, an AI assistant for Harborline Home Services"


def again() -> Talk:
    return Talk(lead=SECOND)


async def told(talk: Talk, what: str) -> str | None:
    acts = talk.conversation.told(what, talk.now)  # type: ignore[arg-type]
    return None if acts is None else await talk.take(acts)


def actions(talk: Talk) -> list[str]:
    return [action.name for action in talk.conversation.outcome.actions]


async def test_the_first_attempt_leaves_no_message() -> None:
    talk = Talk()
    assert await talk.answer(GREETING) == ""
    assert talk.closed == Close("voicemail_no_message", "first_attempt")
    assert "leave_voicemail" not in actions(talk)


async def test_at_most_one_message_a_day() -> None:
    talk = Talk(lead=replace(SECOND, messages_today=1))
    await talk.answer(GREETING)
    assert talk.closed == Close("voicemail_no_message", "one_a_day")


async def test_the_message_waits_for_the_beep_and_is_left_once() -> None:
    talk = again()
    assert await talk.answer(GREETING) == ""
    assert await talk.say("Please leave a message after the tone.") == ""
    assert (await told(talk, "machine")) is None
    message = await told(talk, "beep_start")
    assert message is not None and message.startswith(MESSAGE)
    assert talk.closed == Close("voicemail_left")
    assert await told(talk, "beep_start") is None
    assert actions(talk).count("leave_voicemail") == 1
    assert talk.conversation.outcome.answered_by == "voicemail"


async def test_without_a_beep_the_silence_after_the_greeting_counts() -> None:
    talk = again()
    await talk.answer(GREETING)
    assert talk.conversation.silence_after == 1.6
    assert (await talk.silence()).startswith(MESSAGE)
    assert talk.closed == Close("voicemail_left")


async def test_where_the_carrier_listens_for_the_beep_it_is_waited_for_longer() -> None:
    talk = again()
    assert await told(talk, "machine") is None  # before the answer: weighed with the first words
    await talk.answer("")
    assert talk.conversation.silence_after == 5.0
    message = await told(talk, "beep_timeout")
    assert message is not None and message.startswith(MESSAGE)


async def test_a_message_that_began_before_the_beep_is_spoken_again_after_it() -> None:
    talk = again()
    await talk.answer(GREETING)
    await talk.silence()
    message = await told(talk, "beep_start")
    assert message is not None and message.startswith(MESSAGE)
    assert actions(talk).count("leave_voicemail") == 1


async def test_a_message_that_was_cut_off_does_not_count_as_left() -> None:
    talk = again()
    await talk.answer(GREETING)
    acts = talk.conversation.told("beep_start", talk.now)
    assert acts is not None
    said = [act async for act in acts]
    assert isinstance(said[0], Say)
    talk.hears(said[0], words=4)
    talk.conversation.hung_up("caller", talk.now)
    outcome = talk.conversation.outcome
    assert (outcome.disposition, outcome.reason) == ("voicemail_no_message", "cut_off")


async def test_a_line_that_closes_before_the_beep_had_no_message() -> None:
    talk = again()
    await talk.answer(GREETING)
    talk.conversation.hung_up("caller", talk.now)
    assert talk.conversation.outcome.disposition == "voicemail_no_message"


async def test_a_person_who_picks_up_while_we_wait_for_the_beep_is_talked_to() -> None:
    talk = again()
    await talk.answer(GREETING)
    reply = await talk.say("Hello? I'm here.")
    assert "is this Dana" in reply


async def test_greetings_fill_no_slots_and_set_off_no_reflex() -> None:
    talk = again()
    await talk.answer(GREETING)
    await talk.say("If this is an emergency, hang up and dial 911. My ZIP is 94110.")
    assert talk.closed is None
    assert not any(record.known for record in talk.conversation.book if record.slot.id == "zip")


async def test_a_carrier_that_says_machine_stops_the_opening_and_the_flow_decides() -> None:
    talk = again()
    await talk.answer("Hi, this is Dana, sorry")
    assert await told(talk, "machine") == ""
    assert talk.acts[-1] == Listen()
    assert (await talk.silence()).startswith(MESSAGE)


async def test_a_person_taken_for_a_machine_after_hello_is_talked_to_all_the_same() -> None:
    talk = again()
    assert await told(talk, "machine") is None
    assert await talk.answer("Hello?") == ""
    assert talk.conversation.silence_after == DOUBT_S
    reply = await talk.say("Hello, anyone there?")
    assert "is this Dana" in reply
    kinds = [facts for kind, _, facts in talk.notes.notes if kind == "who_answered"]
    assert [facts["who"] for facts in kinds] == ["voicemail", "doubt", "person"]


async def test_a_doubtful_person_who_stays_silent_is_talked_to() -> None:
    talk = again()
    await told(talk, "machine")
    await talk.answer("Hello?")
    assert "is this Dana" in await talk.silence()


async def test_a_carrier_that_says_machine_of_somebody_who_answers_us_is_not_believed() -> None:
    talk = again()
    await talk.answer("Hello?")
    await talk.say("Yes, that's me.")
    assert await told(talk, "machine") is None
    assert await told(talk, "human") is None


async def test_a_beep_in_the_middle_of_the_opening_is_a_voicemail_after_all() -> None:
    talk = again()
    await told(talk, "human")
    await talk.answer("Hi, Dana here.")
    message = await told(talk, "beep_start")
    assert message is not None and message.startswith(MESSAGE)
    assert talk.closed == Close("voicemail_left")


SCREENER = "Hi, if you record your name and reason for calling, I'll see if this person is available."
REASON = "Robin, an AI assistant for Harborline Home Services, about the request Dana sent."


async def test_a_screener_hears_who_calls_and_why_and_then_the_person_is_talked_to() -> None:
    talk = Talk()
    assert await talk.answer(SCREENER) == REASON
    assert await talk.say("Thanks. Please stay on the line.") == ""
    reply = await talk.say("Hello, this is Dana.")
    assert "is this Dana" in reply
    assert actions(talk) == ["answer_screening"]
    assert talk.conversation.outcome.answered_by == "person"


async def test_a_screener_that_does_not_put_us_through_is_told_as_such() -> None:
    talk = Talk()
    await talk.answer(SCREENER)
    assert talk.conversation.silence_after == 25.0
    await talk.silence()
    assert talk.closed == Close("screened")


async def test_a_line_closed_by_the_screener_is_told_as_such() -> None:
    talk = Talk()
    await talk.answer(SCREENER)
    talk.conversation.hung_up("caller", talk.now)
    assert talk.conversation.outcome.disposition == "screened"


async def test_a_screener_that_asks_again_is_answered_again_but_not_for_ever() -> None:
    talk = Talk()
    await talk.answer(SCREENER)
    assert await talk.say("Who is calling and why?") == REASON
    await talk.say("Please state your name and the reason for your call.")
    assert talk.closed == Close("screened")


async def test_a_machine_verdict_does_not_disturb_the_screening() -> None:
    talk = Talk()
    await talk.answer(SCREENER)
    assert await told(talk, "machine") is None
    assert "is this Dana" in await talk.say("Hello?")


async def test_a_machine_verdict_does_not_cut_a_screener_short_that_is_still_asking() -> None:
    talk = Talk()
    assert await talk.take(talk.conversation.answered("If you record your name", talk.now, more=True)) == ""
    assert await told(talk, "machine") is None
    assert await talk.say("and reason for calling, I'll see if this person is available.") == REASON
    assert actions(talk) == ["answer_screening"]


async def test_a_screener_that_ends_in_a_voicemail_gets_a_message() -> None:
    talk = again()
    await talk.answer(SCREENER)
    assert await talk.say("Dana can't take your call. Please leave a message after the beep.") == ""
    message = await told(talk, "beep_start")
    assert message is not None and message.startswith(MESSAGE)


async def test_who_opts_out_behind_the_screener_is_never_called_again() -> None:
    talk = Talk()
    await talk.answer(SCREENER)
    await talk.say("Stop calling me and take me off your list.")
    assert talk.outside.opted_out == [DANA.phone]


async def test_a_phone_menu_and_a_dead_number_end_the_call_without_a_word() -> None:
    for greeting, close in (
        ("For sales, press one. For service, press two.", Close("voicemail_no_message", "phone_menu")),
        ("The number you have dialed is not in service.", Close("invalid_number", "carrier_message")),
        ("The wireless customer is not available. Please try later.", Close("no_answer", "carrier_message")),
    ):
        talk = Talk()
        assert await talk.answer(greeting) == ""
        assert talk.closed == close
