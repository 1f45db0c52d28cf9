"""What a person may ask for, over the API: to see what is kept, to be forgotten; holds, and who saw or changed what."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from engine.privacy.exporting import gather
from engine.sdk import Json
from tests.api.test_people import enter, log_in
from tests.support.api import Leadline, leadline
from tests.support.kept_person import PHONE, SECRET, add_call, add_lead
from tests.support.lead_source import open_source


async def what_was_done(house: Leadline, **where: str) -> list[tuple[str, str]]:
    page = (await house.client.get("/audit", params=where)).json()
    return [(each["who"], each["what"]) for each in page["entries"]]


async def test_an_export_holds_everything_about_the_person_and_is_noted(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        lead = await add_lead(house.services.database)
        await add_call(house.services.database, house.settings.data_dir / "recordings", lead)
        assert (await house.client.get("/leads/lead_9/export")).status_code == 404
        answer = await house.client.get(f"/leads/{lead}/export")
        assert answer.status_code == 200
        assert f'filename="{lead}.zip"' in answer.headers["content-disposition"]
        with ZipFile(BytesIO(answer.content)) as archive:
            assert set(archive.namelist()) == {
                "person.json", "read me.txt", "calls/call_1.journal.jsonl", "calls/call_1.wav",
            }  # fmt: skip
            person = json.loads(archive.read("person.json"))
            assert SECRET in archive.read("calls/call_1.journal.jsonl").decode()
        (kept,) = person["leads"]
        assert kept["form"]["problem"] == SECRET
        assert kept["consents"][0]["evidence"]["text"] == "I agree to AI calls."
        assert [each["kind"] for each in kept["story"]] == ["came_in"]
        assert person["calls"][0]["decision"] == {"answer": "yes", "checks": []}
        assert person["calls"][0]["result"]["transcript"][0]["text"] == SECRET
        assert await what_was_done(house, subject=f"lead:{lead}") == [
            ("a program", "exported_person"), ("a program", "saw_payload"),
        ]  # fmt: skip


async def test_an_export_has_what_the_source_sent_word_for_word_for_administrators_only(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        settings: Json = {"mapping": {"phone": "tel", "consent": "ok"}, "consent_text": "I agree to AI calls."}
        source = await open_source(house, "json", settings, calling=False)
        sent = {"tel": PHONE, "ok": True, "nobody_mapped_this": SECRET}
        lead = (await house.stranger.post(f"/in/{source.id}", json=sent)).json()["lead_id"]
        async with house.services.database.read() as tx:
            less = await gather(tx, lead, tmp_path, house.services.clock.now())
        assert less is not None
        assert SECRET not in json.dumps(less.document)
        answer = await house.client.get(f"/leads/{lead}/export")
        with ZipFile(BytesIO(answer.content)) as archive:
            (kept,) = json.loads(archive.read("person.json"))["leads"]
        assert [json.loads(each["body"]) for each in kept["sent"]] == [sent]


async def test_a_person_is_forgotten_only_when_meant_and_when_nothing_holds(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        lead = await add_lead(house.services.database)
        file = await add_call(house.services.database, house.settings.data_dir / "recordings", lead)
        unsure = await house.client.post(f"/leads/{lead}/erase", json={"why": "a letter", "confirm": "yes"})
        assert unsure.status_code == 422
        hold = await house.client.post(f"/leads/{lead}/holds", json={"why": "Claim 12"})
        assert hold.status_code == 201
        meant = {"why": "a letter", "confirm": lead}
        held = await house.client.post(f"/leads/{lead}/erase", json=meant)
        assert held.status_code == 409
        assert "Claim 12" in held.json()["detail"]
        released = await house.client.post(f"/leads/{lead}/holds/{hold.json()['id']}/release")
        assert released.json()["released_at"] is not None
        again = await house.client.post(f"/leads/{lead}/holds/{hold.json()['id']}/release")
        assert again.status_code == 404
        holds = (await house.client.get(f"/leads/{lead}/holds")).json()
        assert [(each["why"], each["released_by"]) for each in holds] == [("Claim 12", "a program")]
        done = await house.client.post(f"/leads/{lead}/erase", json=meant)
        assert done.json() == {"leads": 1, "calls": 1, "recordings": 1, "appointments": 0, "copies": []}
        assert not file.exists()
        assert (await house.client.get(f"/leads/{lead}")).status_code == 404
        assert (await house.client.post(f"/leads/{lead}/erase", json=meant)).status_code == 404
        log = await what_was_done(house, subject=f"lead:{lead}")
        assert [what for _, what in log] == ["saw_lead", "erased_person", "released_legal_hold", "placed_legal_hold"]


async def test_who_looks_at_a_person_stands_in_the_log_once_for_some_minutes(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        lead = await add_lead(house.services.database)
        await add_call(house.services.database, house.settings.data_dir / "recordings", lead)
        await enter(house, "dana", "admin")
        await enter(house, "robin", "viewer")
        dana, robin = await log_in(house, "dana"), await log_in(house, "robin")
        for proof in (dana, dana, robin):
            assert (await house.stranger.get(f"/leads/{lead}", headers=proof)).status_code == 200
        assert await what_was_done(house, subject=f"lead:{lead}") == [("robin", "saw_lead"), ("dana", "saw_lead")]
        await house.stranger.get("/calls/call_1", headers=robin)
        await house.stranger.post("/calls/call_1/watch-ticket", headers=robin)
        assert await what_was_done(house, subject="call:call_1") == [("robin", "may_hear_call"), ("robin", "saw_call")]
        log = (await house.client.get("/audit")).text
        assert "Reyes" not in log
        assert "+1415" not in log
        assert ("a program", "added_person") in await what_was_done(house)
        for asked in ("/audit", "/audit/check", f"/leads/{lead}/export"):
            assert (await house.stranger.get(asked, headers=robin)).status_code == 403
        check = (await house.stranger.get("/audit/check", headers=dana)).json()
        assert check["broken_at"] is None
        assert check["entries"] >= 6


async def test_publishing_and_connections_stand_in_the_log(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        connection = {"kind": "webhook", "settings": {"url": "https://example.com/x", "secret": "s" * 40}}
        saved = await house.client.put("/connections/office", json=connection)
        assert saved.status_code == 200, saved.text
        await house.client.delete("/connections/office")
        log = await what_was_done(house, subject="connection:office")
        assert [what for _, what in log] == ["removed_connection", "changed_connection"]
        assert "example.com" not in (await house.client.get("/audit")).text
