"""The labelled set over a whole session, second by second: decided within 3 s, and the gate opens within 4 (R13)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.support.greetings import Pickup, seconds_for
from tests.support.talk import DANA
from tests.support.virtual_time import in_virtual_time

LABELLED = yaml.safe_load((Path(__file__).parent / "data" / "answerers.yaml").read_text())
SECOND = replace(DANA, attempt=2)


def parts_of(case: dict[str, object]) -> list[str]:
    return [part.strip() for part in str(case["words"]).split("|")]


@pytest.mark.parametrize("case", LABELLED, ids=lambda case: str(case["id"]))
@in_virtual_time
async def test_who_picked_up_is_known_within_three_seconds_and_the_gate_opens_within_four(
    case: dict[str, object],
) -> None:
    carrier = case.get("carrier")
    call = Pickup(parts_of(case), [tuple(carrier)] if carrier else (), SECOND)  # type: ignore[list-item,arg-type]
    await call.run(for_s=12.0)
    opened = call.first("opening")
    assert opened is not None and opened <= 4.0
    verdicts = [(at, who) for at, who in call.decided() if who != "doubt"]
    # Whether somebody is there to talk to is known in time; which machine it is, as soon as its words tell.
    machine = case["is"] != "person"
    at = next((at for at, who in verdicts if (who != "person") == machine), 99.0)
    assert at <= (3.0 if machine else 4.5), call.decided()
    assert verdicts[-1][1] == case["is"], call.decided()


@in_virtual_time
async def test_the_message_starts_after_the_beep_and_is_whole() -> None:
    greeting = "Hi, you've reached Dana. Please leave a message after the tone."
    beep = 0.3 + seconds_for(greeting) + 1.2
    call = Pickup([greeting], [("machine", 2.0), ("beep_start", beep)], SECOND)
    ended = await call.run(for_s=60.0)
    spans = call.line.agent_spans()
    assert beep <= spans[0][0] - call.zero <= beep + 1.5
    assert spans[-1][1] - spans[0][0] < 25.0
    assert (ended.by, call.hang_ups) == ("assistant", 1)
    assert call.conversation.outcome.disposition == "voicemail_left"
    (said,) = [turn for turn in call.conversation.outcome.transcript if turn.who == "agent"]
    assert said.heard == said.text


@in_virtual_time
async def test_the_opening_stops_at_once_when_the_carrier_says_machine() -> None:
    call = Pickup(["Hi, this is Dana and family"], [("machine", 4.0)], SECOND)
    await call.run(for_s=60.0)
    first, message = call.line.agent_spans()
    assert first[0] < call.zero + 4.0
    assert 4.0 <= first[1] - call.zero <= 4.15
    assert message[0] - first[1] >= 4.0  # the carrier may still tell of a beep
    assert call.conversation.outcome.disposition == "voicemail_left"


@in_virtual_time
async def test_no_message_is_left_at_the_first_attempt_and_the_line_is_given_up_soon() -> None:
    call = Pickup(["You've reached the voicemail of Dana Reyes. Please leave a message."], [("machine", 2.0)])
    ended = await call.run(for_s=60.0)
    assert not call.line.agent_spans()
    assert ended.by == "assistant" and ended.length_s < 6.0
    assert call.conversation.outcome.disposition == "voicemail_no_message"


@in_virtual_time
async def test_a_screener_is_answered_when_it_has_asked_and_the_person_hears_the_opening() -> None:
    asks = "If you record your name and reason for calling, I'll see if this person is available."
    call = Pickup([asks, "Hello?"], (), DANA, starts=(0.3, 16.0))
    await call.run(for_s=40.0)
    said = [turn.text for turn in call.conversation.outcome.transcript if turn.who == "agent"]
    assert said[0] == "Robin, an AI assistant for Harborline Home Services, about the request Dana sent."
    asked_until = call.line.spoken[0][1]
    assert 0.0 < call.line.agent_spans()[0][0] - asked_until <= 1.0
    assert "is this Dana" in said[1]
    assert call.line.agent_spans()[1][0] - call.line.spoken[1][1] <= 1.0
