"""What is ready before the phone is picked up: every sentence of the opening, word for word, in every state."""

from __future__ import annotations

import pytest

from engine.call.acts import Say
from engine.call.facts import flow_facts, text_facts
from engine.call.fixed_audio import FixedAudio
from engine.call.known_lines import by_heart, for_all_leads, late_greeting
from engine.compliance import Duties
from engine.compliance.decision import Variant
from engine.dialogue.template import speakable_line
from engine.flow import shipped
from tests.support.call_fakes import FakeTts, Fault
from tests.support.talk import NODES, Talk
from tests.support.virtual_time import in_virtual_time

STATES: tuple[Variant, ...] = ("base", "ny", "ct", "nj", "wa")
FLOWS = ("home_services", "solar", "dental")


def prepared(talk: Talk) -> list[str]:
    facts = text_facts(talk.flow, talk.conversation.book, talk.lead)
    return [speakable_line(line) for line in by_heart(talk.flow, NODES, facts, talk.duties, inbound=talk.inbound)]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", FLOWS)
async def test_every_sentence_of_the_opening_was_made_while_the_phone_rang(name: str, state: Variant) -> None:
    talk = Talk(flow=shipped.load(name).flow, duties=Duties(state))
    ready = prepared(talk)
    await talk.answer()
    says = [act.text for act in talk.acts if isinstance(act, Say)]
    assert len(says) >= 3 and set(says) <= set(ready)
    assert [ready.index(text) for text in says] == sorted(ready.index(text) for text in says)
    assert ready.index(says[-1]) < 10, "the opening is made before what may never be said"


async def test_who_calls_us_hears_what_was_made_ready_too() -> None:
    talk = Talk(inbound=True)
    await talk.answer("")
    fixed = [act.text for act in talk.acts if isinstance(act, Say) and act.discloses]
    assert set(fixed) <= set(prepared(talk)) and prepared(talk)[: len(fixed)] == fixed


async def test_the_last_words_were_made_ready_with_our_number_in_them() -> None:
    talk = Talk()
    await talk.answer()
    talk.acts.clear()
    await talk.say("Yes.", "I'm not interested.", "No.")
    last = [act.text for act in talk.acts if isinstance(act, Say)][-1]
    assert "Our number is" in last and last in prepared(talk)


@pytest.mark.parametrize("name", FLOWS)
def test_of_an_opening_only_what_names_the_lead_is_left_to_be_made_for_each_call(name: str) -> None:
    """So a phone that is picked up after 0.2 s hears the notices from the shelf, while the rest is made."""
    flow = shipped.load(name).flow
    ahead = for_all_leads(flow, NODES)
    facts = flow_facts(flow)
    for state in ("base", "ny", "nj"):
        lines = by_heart(flow, NODES, facts, Duties(state), inbound=False)  # type: ignore[arg-type]
        opening = lines[: next(at for at, line in enumerate(lines) if line.endswith("now okay?")) + 1]
        missing = [line for line in opening if line not in ahead]
        assert len(missing) == 1 and "{first_name}" in missing[0]


def test_the_greeting_for_a_late_opening_tells_who_is_calling_and_holds_nothing_of_a_lead() -> None:
    greeting = late_greeting(shipped.load("home_services").flow)
    assert "Harborline Home Services" in greeting and "AI assistant" in greeting and "{" not in greeting


@in_virtual_time
async def test_lines_that_a_voice_refuses_do_not_keep_the_others_from_being_made() -> None:
    voice = FakeTts()
    fixed = FixedAudio(voice)
    await fixed.prepare(["Hello. One moment, please."])
    voice.fault = Fault("raise")
    assert await fixed.prepare(["Hello. One moment, please.", "This call is recorded."]) == ["This call is recorded."]
    assert fixed.get("Hello. One moment, please.") is not None
