"""The talk while a colleague's phone rings: waiting lines, news, second thoughts, and nobody dialled twice."""

from __future__ import annotations

from engine.call.acts import Listen
from engine.sdk.transfer import over
from tests.support.talk import Talk

WISH = "Let me talk to a person."


async def ringing(**talk: bool) -> Talk:
    made = Talk(**talk)  # type: ignore[arg-type]
    await made.answer()
    await made.say("Yes.", WISH)
    assert made.conversation.waiting
    return made


async def test_silence_brings_a_waiting_line_and_is_not_held_against_the_caller() -> None:
    talk = await ringing(colleague_free=False)
    assert talk.conversation.silence_after == 3.0
    lines = [await talk.silence() for _ in range(3)]
    assert lines[0] == "It's ringing now."
    assert len(set(lines)) == 3
    assert talk.conversation.outcome.silence_prompts == 0


async def test_who_accepts_gets_the_caller_and_the_flow_ends_as_transferred() -> None:
    talk = await ringing()
    while talk.closed is None:
        await talk.silence()
    assert talk.closed.disposition == "transferred"
    assert [action.name for action in talk.conversation.outcome.actions] == ["transfer_call", "end_call"]


async def test_news_that_nobody_waits_for_changes_nothing() -> None:
    talk = Talk()
    await talk.answer()
    said = await talk.take(talk.conversation.news(talk.now))
    assert said == "" and isinstance(talk.acts[-1], Listen)


async def test_a_second_wish_while_it_rings_goes_on_with_the_first() -> None:
    talk = await ringing(colleague_free=False)
    begun_at = talk.outside.transfers.begun_at
    reply = await talk.say(WISH)
    assert "I'll see who is free" not in reply
    assert talk.outside.transfers.begun_at == begun_at
    assert talk.conversation.waiting


async def test_a_question_while_it_rings_is_answered_and_the_waiting_goes_on() -> None:
    talk = await ringing(colleague_free=False)
    reply = await talk.say("How much does a roof repair cost?")
    assert "300" in reply
    assert talk.conversation.waiting
    assert talk.outside.transfers.outcome is None


async def test_stop_calling_while_it_rings_ends_the_call_and_silences_the_phone() -> None:
    talk = await ringing(colleague_free=False)
    await talk.say("Stop calling me.")
    assert talk.closed is not None and talk.closed.disposition == "do_not_call"
    assert talk.outside.transfers.state == over("failed", "called_off")


async def test_the_longest_call_silences_the_phone_too() -> None:
    talk = await ringing(colleague_free=False)
    await talk.take(talk.conversation.time_is_up(talk.now))
    assert talk.outside.transfers.state == over("failed", "called_off")


async def test_nobody_free_leads_to_a_callback() -> None:
    talk = await ringing(colleague_free=False)
    reply = ""
    while talk.conversation.waiting:
        reply = await talk.silence()
    assert reply.startswith("I'm sorry, nobody is free just now.")
    assert talk.asked == "callback_time"


async def test_a_noise_while_it_rings_is_no_reason_to_ask_again() -> None:
    talk = await ringing(colleague_free=False)
    talk.now += 1.0
    reply = await talk.take(talk.conversation.unclear(talk.now))
    assert "Sorry" not in reply and talk.conversation.waiting


async def test_a_caller_who_comes_back_is_told_and_not_greeted() -> None:
    talk = await ringing(colleague_free=False)
    talk.now += 30.0  # the ringing is over
    reply = await talk.take(talk.conversation.returned(talk.now))
    assert reply.startswith("I'm sorry, nobody is free just now.")


async def test_another_process_that_takes_the_talk_up_knows_that_it_waited_and_dials_nobody() -> None:
    talk = await ringing(colleague_free=False)
    other = Talk()
    other.conversation.recall(talk.conversation.memory())
    assert other.conversation.waiting
    other.now = talk.now + 4.0
    reply = await other.take(other.conversation.returned(other.now))
    assert "nobody is free just now" in reply
    assert other.outside.transfers.request is None
