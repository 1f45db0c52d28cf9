"""Who was not reached is called again by the plan of attempts: voicemail, busy, no answer, screening, on the simulated
network, from the form to the plan of the next call. Whether a lead may be called is told before anybody is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.simulate.network import BusyPhone, NoAnswerPhone, RejectingPhone, ScreeningPhone, VoicemailPhone
from engine.simulate.network.phone import PhoneFactory
from engine.store import lead_story, leads, opt_outs, scheduled_calls
from engine.store.leads import StoredLead
from tests.support.api import Leadline, leadline
from tests.support.call_fakes import voice_frame

GREETING, QUESTION = 1, 2
SENTENCES = {
    GREETING: "You have reached the voicemail of Dana. Please leave a message.",
    QUESTION: "Who is calling and why?",
}
PHONES: dict[str, PhoneFactory] = {
    "busy": BusyPhone,
    "no_answer": lambda: NoAnswerPhone(gives_up_after_s=0.5),
    "declined": RejectingPhone,
    "voicemail_no_message": lambda: VoicemailPhone(voice_frame(GREETING) * 100, records_s=4.0),
    "screened": lambda: ScreeningPhone(voice_frame(QUESTION) * 75, b"", fetch_s=60.0, least_voice_s=0.1),
}
NUMBERS = {name: f"+1415555{2680 + number}" for number, name in enumerate(PHONES)}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path, SENTENCES) as running:
        yield running


async def planned(house: Leadline, lead_id: str, within_s: float = 60.0) -> StoredLead:
    """The lead, once its first call is over and the next one is planned."""
    async with asyncio.timeout(within_s):
        while True:
            async with house.services.database.read() as tx:
                lead = await leads.read(tx, lead_id)
                standing = await scheduled_calls.standing(tx, lead_id)
            if lead is not None and standing is not None:
                return lead
            await asyncio.sleep(0.1)


async def known_as(house: Leadline, lead_id: str, who: str, within_s: float = 30.0) -> None:
    """The lead's call knows who answered, and has answered them."""
    async with asyncio.timeout(within_s):
        while True:
            [call] = (await house.client.get("/calls", params={"lead_id": lead_id})).json()["calls"]
            journal = (await house.client.get(f"/calls/{call['id']}")).json()["journal"]
            kinds = [(each["kind"], each["facts"].get("who")) for each in journal]
            if ("who_answered", who) in kinds:
                behind = kinds[kinds.index(("who_answered", who)) :]
                if any(kind == "agent_says" for kind, _ in behind):
                    return
            await asyncio.sleep(0.1)


async def test_whoever_or_whatever_answers_instead_of_the_person_leads_to_the_next_attempt(house: Leadline) -> None:
    for name, phone in PHONES.items():
        house.network.register(NUMBERS[name], phone)
    sent = {
        name: str((await house.send_form(id=name, name=f"Dana {name}", phone=number)).json()["lead_id"])
        for name, number in NUMBERS.items()
    }
    # Whoever screens calls is given up after half a minute of silence; here somebody pulls the plug, once it is known
    # that a screen has answered.
    found = {name: await planned(house, lead_id) for name, lead_id in sent.items() if name != "screened"}
    await known_as(house, sent["screened"], "screening")
    for call in house.network.calls:
        call.hang_up()
    found["screened"] = await planned(house, sent["screened"])
    listed = (await house.client.get("/calls")).json()["calls"]
    dispositions = {each["lead_id"]: each["disposition"] for each in listed}
    assert {name: dispositions[lead_id] for name, lead_id in sent.items()} == {
        "busy": "busy",
        "no_answer": "no_answer",
        "declined": "no_answer",
        "voicemail_no_message": "voicemail_no_message",
        "screened": "screened",
    }
    placed = {each["lead_id"]: datetime.fromisoformat(each["placed_at"]) for each in listed}
    for name, lead in found.items():
        assert lead.state == "waiting"
        assert lead.next_call_at == placed[sent[name]] + timedelta(hours=2), name
    async with house.services.database.read() as tx:
        story = [each.kind for each in await lead_story.of_lead(tx, sent["busy"])]
    assert story[-3:] == ["decided", "called", "planned"]


async def test_whether_a_lead_may_be_called_is_answered_with_every_rule_and_changes_nothing(house: Leadline) -> None:
    house.network.register_others(BusyPhone)
    lead_id = str((await house.send_form()).json()["lead_id"])
    before = await planned(house, lead_id)
    answer = (await house.client.get(f"/leads/{lead_id}/permission")).json()
    assert answer["answer"] == "yes"
    assert answer["why"] == ""
    assert all(rule["holds"] for rule in answer["rules"])
    assert {"not_suppressed", "hours", "attempts_24h"} <= {rule["rule"] for rule in answer["rules"]}
    async with house.services.database.begin() as tx:
        assert before.phone is not None
        await opt_outs.record(tx, before.phone, "text 1", "wrote STOP", house.services.clock.now())
    answer = (await house.client.get(f"/leads/{lead_id}/permission")).json()
    assert answer["answer"] == "no"
    assert "do-not-call" in answer["why"]
    assert len(house.network.calls) == 1


async def test_the_question_needs_the_token_and_a_lead(house: Leadline) -> None:
    assert (await house.stranger.get("/leads/lead_1/permission")).status_code == 401
    assert (await house.client.get("/leads/lead_1/permission")).status_code == 404
