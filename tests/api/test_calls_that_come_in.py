"""Somebody calls the business's number: through the carrier's protocol, to the record and the lane behind it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.call.elsewhere import Elsewhere
from engine.call.lines import Lines
from engine.dialing.reception import CALL_AGAIN, CALL_BACK_SOON, NO_CALLS_HERE
from engine.simulate.network import Application, LoopbackCall, NoAnswerPhone, SilentPhone, ToneOrFilePhone
from engine.simulate.network.phone import Phone
from engine.store import leads
from engine.telephony.events import LegStatus
from engine.telephony.line_tokens import LineTokens
from tests.api.test_carrier_side import signed
from tests.support.api import PHONE, Leadline, leadline
from tests.support.call_fakes import voice_frame

OURS = "+14155550100"
STRANGER = "+14155552699"
STOP = {1: "Stop calling me and take me off your list."}


def calls_in(house: Leadline, phone: Phone, caller: str = PHONE, to: str = OURS, method: str = "POST") -> LoopbackCall:
    url = house.settings.public_url
    house.network.application = Application(f"{url}/vonage/answer", f"{url}/vonage/event", method)  # type: ignore[arg-type]
    return house.network.dial_in(phone, caller=caller, to=to)


async def full(house: Leadline) -> dict[str, object]:
    call = await house.call_in("finished")
    view: dict[str, object] = (await house.client.get(f"/calls/{call['id']}")).json()
    return view


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stranger_who_calls_hears_the_disclosures_first_and_leaves_a_record(
    tmp_path: Path, method: str
) -> None:
    async with leadline(tmp_path) as house:
        call = calls_in(house, SilentPhone(hang_up_after_s=2.5), STRANGER, method=method)
        assert await call.ended() == "completed"
        view = await full(house)
        result = view["result"]
        assert isinstance(result, dict)
        assert (view["direction"], view["from_number"], view["to_number"]) == ("inbound", STRANGER, OURS)
        assert result["call"]["direction"] == "inbound"
        assert (result["call"]["from"], result["call"]["to"]) == (STRANGER, OURS)
        first = result["transcript"][0]
        assert first["who"] == "agent" and first["text"].startswith("Thanks for calling Harborline")
        assert all(result["disclosures"][name]["said"] for name in ("ai", "recording", "opt_out"))
        assert result["lead"]["form"] == {}
        assert view["after_call"] is not None
        assert not (call.errors or house.network.violations)


async def test_a_lead_who_calls_back_is_known_by_the_number_and_is_not_called_any_more(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, lambda: NoAnswerPhone(gives_up_after_s=0.2))
        sent = await house.send_form()
        await house.call_in("failed")
        call = calls_in(house, SilentPhone(hang_up_after_s=2.0))
        await call.ended()
        view = await full(house)
        assert view["lead_id"] == sent.json()["lead_id"]
        result = view["result"]
        assert isinstance(result, dict)
        assert result["lead"]["first_name"] == "Dana"
        assert result["lead"]["form"]["service"] == "Roof repair"
        async with house.services.database.read() as tx:
            lead = await leads.read(tx, str(view["lead_id"]))
        assert lead is not None and lead.next_call_at is None


async def test_a_caller_who_hides_the_number_is_brought_back_from_a_colleagues_phone_too(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        call = calls_in(house, SilentPhone(hang_up_after_s=2.0), "anonymous")
        ours = await house.call_in("answered")
        assert (ours["from_number"], ours["to_number"]) == ("", OURS)
        elsewhere = Elsewhere(house.services.database, Lines(LineTokens("secret"), "https://us.example"))
        ncco = await elsewhere.colleague(
            str(ours["id"]), LegStatus("leg-2", "CON-2", "busy", "phone", to="+14155550150")
        )
        assert ncco is not None
        assert json.loads(ncco.body())[0]["from"] == OURS[1:]
        await call.ended()


async def test_who_calls_in_can_opt_out(tmp_path: Path) -> None:
    async with leadline(tmp_path, STOP) as house:
        phone = ToneOrFilePhone(voice_frame(1) * 60, start_after_s=2.5)
        await calls_in(house, phone, STRANGER).ended()
        view = await full(house)
        assert view["disposition"] == "do_not_call"


async def test_an_answer_webhook_that_is_repeated_makes_one_call(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        body = json.dumps({"uuid": "u-1", "from": STRANGER[1:], "to": OURS[1:]}).encode()
        url = "/vonage/answer"
        first = await house.stranger.post(url, content=body, headers=signed(house, body))
        again = await house.stranger.post(url, content=body, headers=signed(house, body))
        ids = [reply.json()[0]["endpoint"][0]["headers"]["call_id"] for reply in (first, again)]
        assert ids[0] == ids[1]
        assert (await house.stranger.post(url, content=body)).status_code == 401
        over = json.dumps({"uuid": "u-1", "status": "completed", "to": OURS[1:], "from": STRANGER[1:]}).encode()
        told = await house.stranger.post("/vonage/event", content=over, headers=signed(house, over))
        assert told.status_code == 204
        assert (await house.call_in("failed"))["id"] == ids[0]


async def ask(house: Leadline, caller: str, to: str = OURS, uuid: str = "u-9") -> str:
    body = json.dumps({"uuid": uuid, "from": caller.removeprefix("+"), "to": to[1:]}).encode()
    reply = await house.stranger.post("/vonage/answer", content=body, headers=signed(house, body))
    (action,) = reply.json()
    assert action["action"] == "talk"
    return str(action["text"])


async def test_with_all_lines_in_use_a_known_lead_is_called_back_and_a_stranger_is_told_to_call_again(
    tmp_path: Path,
) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, lambda: NoAnswerPhone(gives_up_after_s=0.2))
        sent = await house.send_form()
        await house.call_in("failed")
        house.services.switchboard.draining = True
        assert await ask(house, PHONE) == CALL_BACK_SOON
        assert await ask(house, STRANGER, uuid="u-10") == CALL_AGAIN
        async with house.services.database.read() as tx:
            lead = await leads.read(tx, sent.json()["lead_id"])
        assert lead is not None and lead.next_call_at is not None
        house.services.switchboard.draining = False


async def test_a_caller_who_hides_the_number_is_talked_to_and_cannot_be_called_back(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        call = calls_in(house, SilentPhone(hang_up_after_s=1.5), caller="")
        await call.ended()
        view = await full(house)
        assert view["from_number"] == ""
        async with house.services.database.read() as tx:
            lead = await leads.read(tx, str(view["lead_id"]))
        assert lead is not None and lead.state == "unusable"


async def test_each_number_has_its_flow_and_one_without_answers_in_a_sentence(tmp_path: Path) -> None:
    numbers = f"{OURS}=solar_v1, +18005550199=nothing"
    async with leadline(tmp_path, inbound_flows=numbers) as house:
        assert await ask(house, STRANGER, to="+18005550199") == NO_CALLS_HERE
        await calls_in(house, SilentPhone(hang_up_after_s=1.5), STRANGER).ended()
        view = await full(house)
        assert view["flow_id"] == "solar_v1"
