"""A voicemail with its beep, a call screener, and calls that end in a race: the carrier's protocol, and sound."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.simulate.network import Line, Phone, ScreeningPhone, SilentPhone, VoicemailPhone, WebhookFaults
from tests.support.api import PHONE, Leadline, leadline
from tests.support.call_fakes import voice_frame

GREETING, QUESTION, HELLO = 1, 2, 3
SENTENCES = {
    GREETING: "You have reached the voicemail of Dana. Please leave a message.",
    QUESTION: "Who is calling and why?",
    HELLO: "Hello, this is Dana.",
}


def voice(sentence: int, seconds: float) -> bytes:
    return voice_frame(sentence) * round(seconds / 0.02)


def spoken_s(pcm: bytes) -> float:
    """Seconds of agent's voice in what a phone has heard."""
    frames = [pcm[at : at + 640] for at in range(0, len(pcm), 640)]
    return 0.02 * sum(max(array("h", frame)) > 1000 for frame in frames)


async def view_of(house: Leadline, call_id: str) -> dict[str, object]:
    view: dict[str, object] = (await house.client.get(f"/calls/{call_id}")).json()
    return view


async def over(house: Leadline, calls: int) -> list[dict[str, object]]:
    """All calls, once so many are over. One of whose end the carrier tells nothing is given up after half a minute."""
    async with asyncio.timeout(45):
        while True:
            found = (await house.client.get("/calls")).json()["calls"]
            if len([each for each in found if each["state"] in ("finished", "failed")]) >= calls:
                return list(found)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("beep_told", [True, False])
async def test_the_second_attempt_leaves_one_message_and_it_starts_after_the_beep(
    tmp_path: Path, beep_told: bool
) -> None:
    phones: list[VoicemailPhone] = []

    def voicemail() -> Phone:
        phone = VoicemailPhone(voice(GREETING, 2.0), gap_s=0.6, beep_told=beep_told, records_s=8.0)
        phones.append(phone)
        return phone

    async with leadline(tmp_path, SENTENCES) as house:
        house.network.register(PHONE, voicemail)
        lead_id = (await house.send_form()).json()["lead_id"]
        (first,) = await over(house, 1)
        assert first["disposition"] == "voicemail_no_message"
        assert spoken_s(bytes(phones[0].recorded)) == 0.0
        await house.call_again(lead_id)
        second, _ = await over(house, 2)
        assert second["disposition"] == "voicemail_left"
        assert second["answered_by"] == "voicemail"
        await house.call_again(lead_id)
        third, *_ = await over(house, 3)
        assert third["disposition"] == "voicemail_no_message"  # one a day
        view = await view_of(house, str(second["id"]))
        (turn,) = [each for each in view["result"]["transcript"] if each["who"] == "agent"]  # type: ignore[index,call-overload]
        assert turn["heard"] == turn["text"]
        tape = house.network.calls[1].tape
        assert tape is not None
        loud = [at for at in range(0, len(tape.right), 320) if abs(tape.right[at : at + 320]).max() > 1000]
        assert loud[0] / 16_000 >= phones[1].beeped_at
        assert house.network.violations == []


async def test_a_screener_hears_name_and_reason_and_the_person_behind_it_the_opening(tmp_path: Path) -> None:
    phones: list[ScreeningPhone] = []

    def screener() -> Phone:
        phone = ScreeningPhone(voice(QUESTION, 1.5), voice(HELLO, 1.0), fetch_s=1.5, least_voice_s=0.1)
        phones.append(phone)
        return phone

    async with leadline(tmp_path, SENTENCES) as house:
        house.network.register(PHONE, screener)
        await house.send_form()
        call_id = str((await house.call_in("answered"))["id"])
        async with asyncio.timeout(20):
            while not phones or not phones[0].put_through:  # noqa: ASYNC110  a phone tells nobody
                await asyncio.sleep(0.05)
        await asyncio.sleep(2.5)
        house.network.calls[0].hang_up()
        await over(house, 1)
        view = await view_of(house, call_id)
        said = [each["text"] for each in view["result"]["transcript"] if each["who"] == "agent"]  # type: ignore[index,call-overload]
        assert said[0] == "Robin, an AI assistant for Harborline Home Services, about the request Dana sent."
        assert "is this Dana" in said[1]
        assert spoken_s(bytes(phones[0].reasons)) > 0.1


class HangsUpWith(SilentPhone):
    """Cuts its media first, or hangs up at the very moment at which it is answered."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    async def on_call(self, line: Line) -> None:
        if self._what == "at_once":
            line.hang_up()
            return
        await asyncio.sleep(1.0)
        if self._what == "socket_first":
            line.drop_media()
        line.hang_up()


def ends_with(what: str) -> Callable[[], Phone]:
    return lambda: HangsUpWith(what)


@pytest.mark.parametrize(
    ("name", "phone", "faults"),
    [
        ("while our answer webhook is on its way", ends_with("at_once"), WebhookFaults(late={"answered": 1.0})),
        ("socket closes first, completed late", ends_with("socket_first"), WebhookFaults(late={"completed": 1.5})),
        ("completed twice", ends_with("caller"), WebhookFaults(duplicate=frozenset({"completed"}))),
        ("completed before ringing", ends_with("caller"), WebhookFaults(late={"ringing": 3.0, "started": 3.0})),
        ("completed is lost", ends_with("caller"), WebhookFaults(drop=frozenset({"completed"}))),
    ],
    ids=lambda value: value.replace(" ", "_") if isinstance(value, str) else "",
)
async def test_a_race_at_the_end_leaves_one_record_with_one_outcome(
    tmp_path: Path, name: str, phone: Callable[[], Phone], faults: WebhookFaults
) -> None:
    async with leadline(tmp_path) as house:
        house.network.faults = faults
        house.network.register(PHONE, phone)
        await house.send_form()
        async with asyncio.timeout(50):
            (call,) = await over(house, 1)
        await asyncio.sleep(0.5)
        view = await view_of(house, str(call["id"]))
        kinds = [entry["kind"] for entry in view["journal"]]  # type: ignore[attr-defined]
        assert kinds.count("ended") == 1
        assert view["disposition"] in ("no_input", "no_answer")
        assert len((await house.client.get("/calls")).json()["calls"]) == 1
        assert house.services.switchboard.calls == ()


async def test_caller_and_agent_hang_up_in_the_same_moment_while_the_carrier_refuses_early_hang_ups(
    tmp_path: Path,
) -> None:
    async with leadline(tmp_path) as house:
        house.network.early_hang_up_refused_s = 2.0
        house.network.register(PHONE, lambda: SilentPhone(hang_up_after_s=1.0))
        await house.send_form()
        call = await house.call_in("answered")
        live = house.services.switchboard.live(str(call["id"]))
        assert live is not None
        await asyncio.gather(
            *(house.services.switchboard._carrier_side.hang_up(live) for _ in range(2)), return_exceptions=False
        )
        (done,) = await over(house, 1)
        assert done["disposition"] == "no_input"
        assert house.network.calls[0].statuses.count("completed") == 1
