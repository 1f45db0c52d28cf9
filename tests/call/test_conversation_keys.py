"""Keys in a talk: they answer what was asked, mix with speech, and 9 is heard at any moment."""

from __future__ import annotations

from engine.call.acts import Close, Listen, Say
from tests.support.talk import DANA, Talk


async def press(talk: Talk, keys: str) -> str:
    reply = ""
    for key in keys:
        talk.now += 0.4
        reply = await talk.take(talk.conversation.pressed(key, talk.now))
    return reply


async def asked_for_the_zip() -> Talk:
    talk = Talk()
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.", "House.")
    assert talk.asked == "zip"
    return talk


async def test_half_a_zip_waits_for_its_rest_and_is_then_asked_for_again() -> None:
    talk = await asked_for_the_zip()
    await press(talk, "941")
    assert talk.conversation.silence_after == 3.0
    reply = await talk.silence()
    assert talk.conversation.book["zip"].value is None
    assert "zip" in reply.lower() or "digit" in reply.lower()
    assert talk.conversation.outcome.silence_prompts == 0
    await press(talk, "94107")
    assert talk.conversation.book["zip"].value == "94107"


async def test_star_begins_the_number_again() -> None:
    talk = await asked_for_the_zip()
    await press(talk, "999*94107")
    assert talk.conversation.book["zip"].value == "94107"


async def test_a_number_begun_in_speech_and_ended_by_keys_is_one_answer() -> None:
    talk = await asked_for_the_zip()
    await talk.say("Nine four one")
    assert talk.conversation.book["zip"].value is None
    await press(talk, "07")
    await talk.silence()
    assert talk.conversation.book["zip"].value == "94107"


async def test_words_cut_off_by_the_first_key_belong_to_the_number() -> None:
    talk = await asked_for_the_zip()
    await talk.take(talk.conversation.pressed("0", talk.now, words="nine four one"))
    await press(talk, "7")
    await talk.silence()
    assert talk.conversation.book["zip"].value == "94107"


async def test_a_number_begun_by_keys_and_ended_in_speech_is_one_answer() -> None:
    talk = await asked_for_the_zip()
    await press(talk, "941")
    await talk.say("oh seven")
    assert talk.conversation.book["zip"].value == "94107"


async def test_the_keys_nine_of_a_zip_are_digits_and_no_opt_out() -> None:
    talk = await asked_for_the_zip()
    await press(talk, "99999")
    assert talk.closed is None
    assert not talk.outside.opted_out


async def test_one_and_two_answer_a_yes_or_no_question() -> None:
    talk = await asked_for_the_zip()
    await press(talk, "94107")
    await talk.say("Tomorrow.", "I'm the owner.", "Tomorrow at two.")
    assert talk.acts[-1] == Listen("yes_no")
    reply = await press(talk, "1")
    assert "booked for" in reply.lower()


async def test_nine_in_the_middle_of_our_sentence_ends_the_calls_for_good() -> None:
    talk = Talk()
    await talk.answer()
    acts = talk.conversation.heard("The roof leaks.", talk.now)
    assert isinstance(await anext(acts), Say)
    await acts.aclose()  # type: ignore[attr-defined]  # the shell cuts the reply off
    await press(talk, "9")
    assert talk.closed == Close("do_not_call", "opt_out")
    assert talk.outside.opted_out == [DANA.phone]


async def test_nine_over_the_goodbye_still_counts_and_the_booking_stands() -> None:
    talk = await asked_for_the_zip()
    await press(talk, "94107")
    await talk.say("Tomorrow.", "I'm the owner.", "Tomorrow at two.", "Yes.")
    await talk.say("No, thanks, that's all. Goodbye.")
    await press(talk, "9")
    outcome = talk.conversation.outcome
    assert outcome.disposition == "do_not_call"
    assert outcome.appointment is not None


async def test_nine_while_the_greeting_is_spoken_ends_the_calls_for_good() -> None:
    talk = Talk()
    acts = talk.conversation.answered("Hello?", talk.now)
    assert isinstance(await anext(acts), Say)
    await acts.aclose()  # type: ignore[attr-defined]
    await press(talk, "9")
    assert talk.closed == Close("do_not_call", "opt_out")
    assert talk.outside.opted_out == [DANA.phone]


async def test_nine_before_a_word_was_said_ends_the_calls_for_good() -> None:
    talk = Talk()
    await press(talk, "9")
    assert talk.closed == Close("do_not_call", "opt_out")
    assert talk.outside.opted_out == [DANA.phone]
