"""A caller who asks for a person: from their words to the colleague's ear, through the real client and the network.

All cases are played side by side on one running Leadline; each test looks at one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from engine.call.elsewhere import Elsewhere
from engine.call.lines import Lines
from engine.simulate.network import BusyPhone, StaffPhone, WebhookFaults
from engine.telephony.events import KeysEntered, LegStatus
from engine.telephony.line_tokens import LineTokens
from engine.telephony.ncco import ConnectSocket, say_and_end
from tests.support.transfer import CASES, HELLO, Case, Played, house_with_colleagues, play, play_all, the_caller

pytestmark = pytest.mark.xdist_group("transfers")  # on a second worker all would be played once more

NEVER_ALONE_S = 5.0
"""Nobody waits for longer without a sound (field-lessons R21)."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    return asyncio.run(play_all(tmp_path_factory.mktemp("transfers"), CASES))


OUTCOMES = {
    "warm_answered": "answered",
    "warm_busy": "busy",
    "warm_no_answer": "no_answer",
    "warm_declined": "declined",
    "warm_other_key": "declined",
    "warm_hangs_up": "declined",
    "warm_voicemail": "voicemail",
    "warm_out_of_service": "failed (number_out_of_service)",
    "warm_not_set_up": "failed (not_set_up)",
    "warm_leaves": "failed (colleague_left)",
    "warm_never_mind": "failed (called_off)",
    "warm_stop": "failed (called_off)",
    "warm_caller_gone": "failed (caller_left)",
    "warm_caller_gone_late": "failed (caller_left)",
    "cold_answered": "answered",
    "cold_busy": "busy",
    "cold_no_answer": "no_answer",
    "cold_declined": "declined",
    "cold_voicemail": "voicemail",
    "cold_out_of_service": "failed (cannot_route)",
    "cold_leaves": "failed (colleague_left)",
    "cold_caller_gone": "failed (caller_left)",
}
TAKES_THE_CALL = {"warm_answered", "cold_answered"}
COMES_BACK = [name for name in OUTCOMES if "gone" not in name and name not in TAKES_THE_CALL and "stop" not in name]


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_transfer_ends_with_its_typed_outcome(played: Mapping[str, Played], name: str) -> None:
    each = played[name]
    assert each.outcome == OUTCOMES[name]
    (over,) = [facts for kind, _, facts in each.journal if kind == "transfer_over"]
    assert over["result"] == each.transfer["result"]
    assert each.transfer["mode"] == name.partition("_")[0]
    assert each.transfer["to"] == "front desk"


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_caller_is_never_left_alone(played: Mapping[str, Played], name: str) -> None:
    assert played[name].silence() < NEVER_ALONE_S


@pytest.mark.parametrize("name", OUTCOMES)
def test_nobody_is_dialled_twice(played: Mapping[str, Played], name: str) -> None:
    each = played[name]
    assert each.kinds.count("transfer_begun") == 1
    assert len(each.colleagues) + len(each.lead.joined) <= 1
    assert [facts["action"] for kind, _, facts in each.journal if kind == "acted"].count("transfer_call") <= 1


@pytest.mark.parametrize("name", COMES_BACK)
def test_the_same_talk_goes_on_when_nobody_took_the_call(played: Mapping[str, Played], name: str) -> None:
    each = played[name]
    assert each.disposition == "incomplete_hangup"
    assert each.result["call"]["ended_by"] == "caller"  # type: ignore[index, call-overload]
    back = "what's going on there?" if name == "warm_never_mind" else "A colleague will call you. When should we call?"
    assert back in each.heard
    assert each.lead.errors == []
    assert each.view["journal_intact"] is True


@pytest.mark.parametrize("name", sorted(TAKES_THE_CALL))
def test_the_agent_leaves_and_the_two_go_on_talking(played: Mapping[str, Played], name: str) -> None:
    each = played[name]
    assert each.disposition == "transferred"
    call = each.result["call"]
    assert isinstance(call, dict)
    assert call["ended_by"] == "assistant"
    duration = float(str(call["duration_s"]))
    assert duration < 11.5  # our part; the caller stayed on the phone for longer
    assert each.lead.status == "completed"
    assert each.lead.tape is not None and each.lead.tape.duration_s > 13.0
    ((_, _, facts),) = [entry for entry in each.journal if entry[0] == "phone_put_down"]
    assert float(str(facts["phone_s"])) >= 13
    assert "I'm sorry" not in each.heard
    assert each.result["summary"].endswith(f"Put through to front desk after {each.transfer['wait_s']:.0f} seconds.")  # type: ignore[union-attr]


@pytest.mark.parametrize("name", sorted(TAKES_THE_CALL))
def test_caller_and_colleague_hear_each_other(played: Mapping[str, Played], name: str) -> None:
    each = played[name]
    assert each.lead.tape is not None
    assert each.lead.tape.longest_silence(12.0) < 0.1  # the colleague's voice, without a break


def test_a_recording_ends_where_our_part_ends(played: Mapping[str, Played]) -> None:
    """Nobody told the two that their talk would be recorded by us, and it is not."""
    each = played["warm_answered"]
    recording = each.result["recording"]
    assert isinstance(recording, dict)
    call = each.result["call"]
    assert isinstance(call, dict)
    assert recording["seconds"] == call["duration_s"]


def test_the_colleague_hears_who_it_is_before_they_take_the_call(played: Mapping[str, Played]) -> None:
    (call,) = played["warm_answered"].colleagues
    assert call.said[0].startswith(
        "This is Robin, the AI assistant of Harborline Home Services. Dana warm_answered is on"
    )
    assert call.said[0].endswith("Press 1 to take the call, or 2 if you cannot.")
    assert call.said[1] == "Thank you, one moment."


def test_a_colleague_is_told_that_the_caller_has_hung_up(played: Mapping[str, Played]) -> None:
    (call,) = played["warm_caller_gone_late"].colleagues
    assert call.said[-1] == "The caller has just hung up. Goodbye."
    assert call.status == "completed"


def test_a_phone_that_still_rings_is_silenced_when_the_caller_has_gone(played: Mapping[str, Played]) -> None:
    (call,) = played["warm_caller_gone"].colleagues
    assert call.status == "cancelled"


def test_a_voicemail_hears_nothing_of_the_caller(played: Mapping[str, Played]) -> None:
    (call,) = played["warm_voicemail"].colleagues
    assert call.status == "completed"
    assert len(call.said) == 1  # the sentence that was cut off
    assert call.tape is not None and call.tape.duration_s < 2.0


def test_a_caller_who_says_stop_while_it_rings_is_taken_off_the_list(played: Mapping[str, Played]) -> None:
    each = played["warm_stop"]
    assert each.disposition == "do_not_call"
    assert [call.status for call in each.colleagues] == ["cancelled"]


def test_while_it_rings_the_caller_hears_waiting_lines(played: Mapping[str, Played]) -> None:
    assert "It's ringing now." in played["warm_no_answer"].heard


def test_cold_the_caller_hears_the_phone_ring(played: Mapping[str, Played]) -> None:
    each = played["cold_no_answer"]
    assert each.lead.tape is not None
    begun = next(at for kind, at, _ in each.journal if kind == "line_lost")
    assert each.lead.tape.longest_silence(begun + 0.3, begun + 5.0) < 2.1  # the pause of the ring-back tone


def test_a_caller_who_came_back_is_on_the_same_call_and_recording(played: Mapping[str, Played]) -> None:
    each = played["cold_busy"]
    assert len(each.lead.media_legs) == 2
    assert {"line_lost", "line_back"} <= set(each.kinds)
    recording, call = each.result["recording"], each.result["call"]
    assert isinstance(recording, dict) and isinstance(call, dict)
    assert recording["seconds"] == call["duration_s"]
    assert float(str(call["duration_s"])) > 7.5


async def test_stopping_the_server_does_not_cut_two_people_off(tmp_path: Path) -> None:
    """Once they have been put through, no process of ours has anything to do with their call any more (R20)."""
    case = Case("warm_answered", lambda: StaffPhone(0.5, press_after_s=0.3, pcm=HELLO), the_caller(stays_s=9.5))
    async with house_with_colleagues(tmp_path, [case]) as house:
        playing = asyncio.create_task(play(house, 0, case))
        board = house.services.switchboard
        async with asyncio.timeout(30):
            while not board.calls:  # noqa: ASYNC110  calls do not tell
                await asyncio.sleep(0.05)
            (live,) = board.calls
            await live.finished.wait()
        (lead, _) = house.network.calls
        assert await board.drain(1.0) == 0
        assert not lead.is_over
        await asyncio.sleep(2.0)
        assert not lead.is_over
        played = await playing
    assert played.disposition == "transferred"
    assert played.lead.tape is not None and played.lead.tape.duration_s > 13.0


FAULTS = [
    Case("cold_twice", BusyPhone, card={"mode": "cold"}),
    Case("warm_twice", lambda: StaffPhone(0.5, pcm=HELLO)),
]


async def test_webhooks_that_come_twice_change_nothing(tmp_path: Path) -> None:
    async with house_with_colleagues(tmp_path, FAULTS) as house:
        house.network.faults = WebhookFaults(duplicate=frozenset({"busy", "answered", "human", "completed", "ringing"}))
        cold, warm = await asyncio.gather(*(play(house, number, case) for number, case in enumerate(FAULTS)))
    assert (cold.outcome, len(cold.lead.media_legs)) == ("busy", 2)
    assert "nobody is free" in cold.heard
    assert (warm.outcome, len(warm.colleagues)) == ("answered", 1)
    assert max(cold.silence(), warm.silence()) < NEVER_ALONE_S


async def test_a_caller_comes_back_though_the_carriers_word_about_the_phone_was_lost(tmp_path: Path) -> None:
    """The programme that goes on behind the phone asks us what now (`notify`)."""
    case = Case("cold_lost", BusyPhone, card={"mode": "cold"})
    async with house_with_colleagues(tmp_path, [case]) as house:
        house.network.faults = WebhookFaults(drop=frozenset({"busy"}))
        played = await play(house, 0, case)
    assert played.outcome == "failed (not_connected)"
    assert "nobody is free" in played.heard
    assert played.silence() < NEVER_ALONE_S


async def test_a_key_still_takes_the_call_though_the_answer_was_not_told(tmp_path: Path) -> None:
    case = Case("warm_lost", lambda: StaffPhone(0.5, pcm=HELLO))
    async with house_with_colleagues(tmp_path, [case]) as house:
        house.network.faults = WebhookFaults(drop=frozenset({"started", "ringing", "human"}))
        played = await play(house, 0, case)
    assert (played.outcome, played.disposition) == ("answered", "transferred")


async def test_a_colleague_whose_key_was_answered_in_vain_gets_the_same_answer_again(tmp_path: Path) -> None:
    """The answer leads into the room; without it the repetition would end the colleague's call."""
    case = Case("warm_again", lambda: StaffPhone(0.5, pcm=HELLO), the_caller(stays_s=9.5))
    async with house_with_colleagues(tmp_path, [case]) as house:
        house.network.faults = WebhookFaults(lost_answers=frozenset({"keys"}))
        played = await play(house, 0, case)
    assert (played.outcome, played.disposition) == ("answered", "transferred")
    assert played.kinds.count("transfer_key") == 1, "pressed once, though it was told twice"


async def test_a_process_that_does_not_have_the_call_brings_its_caller_back(tmp_path: Path) -> None:
    """The one that had rung the colleague is gone: the answer to the failure's webhook is a way to any other."""
    case = Case("cold_busy", BusyPhone, card={"mode": "cold"})
    async with house_with_colleagues(tmp_path, [case]) as house:
        sent = await house.send_form(id="f", flow="flow_cold_busy", phone="+14155552670", name="Dana Reyes")
        assert sent.status_code == 201
        call = await house.call_in("answered")
        board = house.services.switchboard
        event = LegStatus("leg-2", "CON-2", "busy", "phone", to="+14155550100")
        elsewhere = Elsewhere(house.services.database, Lines(LineTokens("secret"), "https://us.example"))
        ncco = await elsewhere.colleague(str(call["id"]), event)
        assert ncco is not None and isinstance(ncco.actions[0], ConnectSocket)
        assert await elsewhere.colleague(str(call["id"]), replace(event, status="answered")) is None
        sorry = await elsewhere.colleague(str(call["id"]), KeysEntered("leg-2", "CON-2", "1"))
        assert sorry == say_and_end("Something went wrong, I am sorry. Goodbye.")
        assert await board.colleague_event("call_unknown", event) is None
