"""A final that comes late, with other words than those that were answered (field-lessons R2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call.acts import Say
from engine.sdk import SlotState
from tests.call.test_conversation_booking import UP_TO_THE_OFFER, SlowCalendar
from tests.call.test_session import Call, make, until, with_call
from tests.support.call_fakes import FakeStt
from tests.support.hosted import HostedModel
from tests.support.talk import Talk
from tests.support.virtual_time import in_virtual_time

# The talk.


async def _at_the_zip(model: HostedModel | None = None) -> Talk:
    talk = Talk(model=model) if model is not None else Talk()
    await talk.answer()
    await talk.say("Yes.", "The roof leaks.", "House.")
    assert talk.asked == "zip"
    return talk


async def _revised(talk: Talk, words: str) -> str:
    return await talk.take(talk.conversation.revised(words, talk.now))


def _spoken(talk: Talk) -> list[tuple[str, str]]:
    return [(turn.who, turn.text) for turn in talk.conversation.outcome.transcript]


async def _unheard(talk: Talk, words: str) -> None:
    before = len(talk.acts)
    await talk.take(talk.conversation.heard(words, talk.now), heard=False)
    for act in talk.acts[before:]:
        if isinstance(act, Say):
            talk.hears(act, words=0)


@pytest.mark.parametrize("hosted", [False, True])
async def test_an_answer_that_nobody_heard_is_given_anew_to_the_right_words(hosted: bool) -> None:
    talk = await _at_the_zip(HostedModel() if hosted else None)
    await _unheard(talk, "94601.")
    assert "we don't work in 94601" in " ".join(act.text for act in talk.acts if isinstance(act, Say))
    reply = await _revised(talk, "94110.")
    assert "94110" in reply
    assert talk.asked == "timeline"
    record = talk.conversation.book["zip"]
    assert (record.value, record.state, record.corrected_from) == ("94110", SlotState.HEARD, None)
    assert record.evidence is not None
    assert record.evidence.words.strip(".") == "94110"
    assert "94601" not in str(_spoken(talk))


async def test_an_answer_that_was_sounding_is_cut_and_given_anew() -> None:
    talk = await _at_the_zip()
    before = len(talk.acts)
    await talk.take(talk.conversation.heard("94601.", talk.now), heard=False)
    first, *others = [act for act in talk.acts[before:] if isinstance(act, Say)]
    talk.hears(first, words=3)
    for act in others:
        talk.hears(act, words=0)
    reply = await _revised(talk, "94110.")
    assert "94110" in reply
    assert ("caller", "94110.") in _spoken(talk)
    heard = [turn.heard for turn in talk.conversation.outcome.transcript if turn.who == "agent"]
    assert " ".join(first.text.split()[:3]) in (heard[-2] or "")


async def test_slots_that_came_from_words_nobody_said_are_taken_back() -> None:
    talk = await _at_the_zip()
    await _unheard(talk, "94110, and I need it this week.")
    assert talk.conversation.book["timeline"].known
    await _revised(talk, "94110, and I like it this weak.")
    assert talk.conversation.book["zip"].value == "94110"
    assert not talk.conversation.book["timeline"].known
    taken = [facts for kind, _, facts in talk.notes.notes if kind == "slot" and facts["slot"] == "timeline"]
    assert taken[-1]["value"] is None


async def test_a_value_from_before_is_restored() -> None:
    talk = await _at_the_zip()
    await talk.say("94110.")
    await _unheard(talk, "Sorry, I mean 94107, this week.")
    assert talk.conversation.book["zip"].value == "94107"
    await _revised(talk, "Sorry, I'd say this week.")
    assert talk.conversation.book["zip"].value == "94110"
    assert talk.conversation.book["timeline"].known
    assert talk.conversation.outcome.corrections == {}


async def test_a_reflex_on_words_nobody_said_is_undone() -> None:
    talk = await _at_the_zip()
    await _unheard(talk, "I'm driving.")
    assert talk.asked == "callback_time"
    await _revised(talk, "I'm in 94110.")
    assert talk.conversation.book["zip"].value == "94110"
    assert talk.asked == "timeline"


async def test_spelling_corrects_the_transcript_and_nothing_else() -> None:
    talk = await _at_the_zip()
    await talk.say("nine four one one zero")
    said = [act for act in talk.acts if isinstance(act, Say)]
    talk.conversation.corrected("94110.")
    assert [act for act in talk.acts if isinstance(act, Say)] == said
    assert ("caller", "94110.") in _spoken(talk)
    record = talk.conversation.book["zip"]
    assert record.evidence is not None
    assert (record.value, record.evidence.words) == ("94110", "94110.")
    assert talk.asked == "timeline"


async def test_words_that_come_late_to_a_turn_without_any_are_answered() -> None:
    talk = await _at_the_zip()
    await talk.take(talk.conversation.unclear(talk.now))
    assert "94110" in await _revised(talk, "94110.")
    assert talk.asked == "timeline"


async def test_a_question_is_not_counted_as_asked_for_a_turn_that_is_answered_anew() -> None:
    talk = await _at_the_zip()
    await _unheard(talk, "94110.")
    assert talk.conversation.book["timeline"].asks <= 1
    await _revised(talk, "94103.")
    assert talk.conversation.book["timeline"].asks == 1
    assert talk.conversation.book["zip"].asks == 1


@in_virtual_time
async def test_a_booking_that_has_begun_is_neither_doubled_nor_undone_and_the_next_turn_says_so() -> None:
    calendar = SlowCalendar()
    talk = Talk(calendar=calendar)
    await talk.answer()
    await talk.say(*UP_TO_THE_OFFER, "Thursday at ten.")
    assert not talk.conversation.outcome.appointment
    await talk.say("Yes.")
    assert talk.conversation.irrevocable
    talk.conversation.amended("No, not that.", talk.now)
    reply = await talk.say("1200 18th Street.")
    assert "You're booked for Thursday, September 17th, at 10 a.m." in reply
    assert "misheard" in reply
    assert (calendar.confirms, len(calendar.bookings)) == (1, 1)
    assert talk.conversation.book["address"].known


async def test_slots_are_put_right_when_the_caller_speaks_on() -> None:
    talk = await _at_the_zip()
    await _unheard(talk, "94107.")
    talk.conversation.amended("94110.", talk.now)
    reply = await talk.say("This week.")
    assert talk.conversation.book["zip"].value == "94110"
    assert reply.startswith("I'm sorry, I misheard you a moment ago: I have 94110 now.")
    assert talk.conversation.book["timeline"].known


async def test_looking_at_a_calendar_is_nothing_that_could_not_be_taken_back() -> None:
    talk = Talk()
    await talk.answer()
    await talk.say(*UP_TO_THE_OFFER)
    assert talk.asked == "offer_times"
    assert not talk.conversation.irrevocable
    await talk.say("Thursday at ten.")
    assert talk.conversation.irrevocable  # it is held for the caller now


class _Broken(HostedModel):
    async def turn(self, view, words):  # type: ignore[no-untyped-def]  # as the interface says
        if words == "broken":
            raise RuntimeError("the model is gone")
        async for item in super().turn(view, words):
            yield item


async def test_a_model_that_fails_on_the_late_words_does_not_stop_the_turn_that_is_due() -> None:
    talk = await _at_the_zip(_Broken())
    await talk.say("94110.")
    talk.conversation.amended("broken", talk.now)
    await talk.say("This week.")
    assert talk.conversation.book["zip"].value == "94110"
    assert talk.conversation.book["timeline"].known


LINES = ("Yes.", "The roof leaks.", "House.", "94110.", "This week.", "I own it.", "Thursday at ten.", "Yes.", "No.")
LATE = ("94103.", "No.", "Yes.", "This month.", "How much is it?", "I'm driving.", "Friday at three.", "Warehouse.")


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(LINES), st.sampled_from(("", *LATE)), st.booleans(), st.booleans()),
        min_size=1,
        max_size=10,
    )
)
def test_random_late_finals_never_double_a_booking_and_never_lose_a_slot_of_the_final(
    story: list[tuple[str, str, bool, bool]],
) -> None:
    async def play() -> None:
        calendar = SlowCalendar()
        talk = Talk(calendar=calendar)
        await talk.answer()
        await talk.say("Yes.", "My roof leaks, our house, 94110, this week.")
        for line, late, heard, speaks_on in story:
            if talk.closed is not None:
                break
            await talk.take(talk.conversation.heard(line, talk.now), heard=heard)
            if late and talk.closed is None:
                if speaks_on or talk.conversation.irrevocable:
                    talk.conversation.amended(late, talk.now)
                    continue
                await talk.take(talk.conversation.revised(late, talk.now), heard=heard)
                if late == "94103." and talk.closed is None:
                    assert talk.conversation.book["zip"].value == "94103"
        await asyncio.sleep(0.01)
        talk.conversation.hung_up("caller", talk.now)
        texts = {turn.turn: turn.text for turn in talk.conversation.outcome.transcript if turn.who == "caller"}
        for record in talk.conversation.book:
            if record.known and record.evidence is not None and record.evidence.source == "call":
                assert record.evidence.words.lower().strip(" .") in texts[record.evidence.turn].lower()
        assert len(calendar.bookings) <= 1

    asyncio.run(play())


# The call.

ZIP, OTHER_ZIP = 6, 7


async def _call(finals: dict[str, tuple[str, float]]) -> Call:
    call = await make()
    assert isinstance(call.engines.stt, FakeStt)
    call.engines.stt.sentences = {**call.engines.stt.sentences, ZIP: "94107", OTHER_ZIP: "Now."}
    call.engines.stt.finals = finals
    return call


def _story(call: Call, sentence: int, done: Callable[[], object]) -> Callable[[], object]:
    async def story() -> None:
        await until(lambda: call.conversation.played_log)
        await asyncio.sleep(0.3)
        call.carrier.say(sentence, 0.8)
        await until(done)
        await asyncio.sleep(0.5)

    return story


@in_virtual_time
async def test_a_turn_is_committed_on_the_interim_within_300_ms_of_the_verdict() -> None:
    call = await _call({"94107": ("94107", 2.4)})
    await with_call(call, _story(call, ZIP, lambda: len(call.conversation.calls) == 2))  # type: ignore[arg-type]
    committed = next(at for kind, at, _ in call.notes.entries if kind == "turn_committed")
    stopped = call.carrier.spoken[-1][1]
    assert committed - stopped <= 0.16 + 0.05 + 0.3 + 0.1  # the pause, the verdict, the lesson's allowance, a window
    assert call.conversation.calls[1] == "heard:94107"


@in_virtual_time
async def test_a_late_final_with_other_words_cuts_the_answer_and_is_answered() -> None:
    call = await _call({"94107": ("94110", 0.9)})
    await with_call(call, _story(call, ZIP, lambda: len(call.conversation.calls) == 3))  # type: ignore[arg-type]
    assert call.conversation.calls[1:] == ["heard:94107", "revised:94110"]
    assert call.carrier.longest_silence(asyncio.get_running_loop().time()) <= 3.0
    assert any(not played.complete for played in call.conversation.played_log)


@in_virtual_time
async def test_a_late_final_of_the_same_meaning_disturbs_nobody() -> None:
    call = await _call({"94107": ("nine four one oh seven", 0.9)})
    await with_call(call, _story(call, ZIP, lambda: len(call.conversation.played_log) == 2))  # type: ignore[arg-type]
    assert call.conversation.calls[1:] == ["heard:94107"]
    assert "corrected:nine four one oh seven" in call.conversation.notices
    assert all(played.complete for played in call.conversation.played_log)


@in_virtual_time
async def test_a_late_final_behind_an_outside_effect_is_kept_for_the_next_turn() -> None:
    call = await _call({"94107": ("94110", 0.9)})
    call.conversation.irrevocable = True
    await with_call(call, _story(call, ZIP, lambda: len(call.conversation.played_log) == 2))  # type: ignore[arg-type]
    assert call.conversation.calls[1:] == ["heard:94107"]
    assert "amended:94110" in call.conversation.notices


@in_virtual_time
async def test_a_late_final_while_the_caller_speaks_on_waits_for_that_turn() -> None:
    call = await _call({"94107": ("94110", 1.0)})

    async def story() -> None:
        await until(lambda: call.conversation.played_log)
        await asyncio.sleep(0.3)
        call.carrier.say(ZIP, 0.8)
        await until(lambda: len(call.conversation.calls) == 2)
        call.carrier.say(1, 2.0)
        await until(lambda: len(call.conversation.calls) == 3)

    await with_call(call, story)
    assert call.conversation.calls[1:] == ["heard:94107", "heard:I own my home."]
    assert "amended:94110" in call.conversation.notices


@in_virtual_time
async def test_the_answer_is_begun_on_the_interim_and_dropped_if_the_caller_goes_on() -> None:
    call = await make()

    async def story() -> None:
        await until(lambda: call.conversation.played_log)
        await asyncio.sleep(0.3)
        call.engines.end_of_turn.probability = 0.1
        call.carrier.say(1, 0.8)
        call.carrier.say(2, 0.8, after=1.25)
        await until(lambda: len(call.conversation.calls) == 2)

    await with_call(call, story)
    assert call.conversation.calls[1] == "heard:I own my home. Wait, what does it cost?"
    drafted = [each for each in call.conversation.notices if each.startswith("draft:")]
    assert drafted[-1] == "draft:I own my home. Wait, what does it cost?"
    assert drafted[0] == "draft:I own my home."
    assert "drop" in call.conversation.notices[call.conversation.notices.index(drafted[0]) :]
