"""The list of leads, one lead's story and the figures, over the API."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from engine.campaigns import Campaign, write
from engine.simulate.network import BusyPhone
from engine.store import campaigns, lead_story, leads
from tests.support.api import PHONE, leadline
from tests.support.kept_person import add_call, add_lead


async def test_one_leads_whole_story_and_why_it_was_called(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        database = house.services.database
        lead = await add_lead(database)
        decision = {"answer": "later", "at": "2026-09-16T16:00:00+00:00", "checks": []}
        async with database.begin() as tx:
            await lead_story.add(tx, lead, "decided", decision, house.services.clock.now() + timedelta(seconds=1))
        await add_call(database, house.settings.data_dir / "recordings", lead)
        story = (await house.client.get(f"/leads/{lead}/story")).json()
        assert [(each["kind"], each["data"].get("answer")) for each in story["events"]][:2] == [
            ("came_in", None), ("decided", "later"),
        ]  # fmt: skip
        (attempt,) = story["attempts"]
        assert (attempt["attempt"], attempt["disposition"]) == (1, "booked")
        assert attempt["decision"] == {"answer": "yes", "checks": []}
        assert [stage["name"] for stage in attempt["stages"]] == ["answered"]
        assert (await house.client.get("/leads/lead_9/story")).status_code == 404


async def test_the_story_of_a_lead_on_a_paused_campaign_says_what_it_waits_for(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        database, now = house.services.database, house.services.clock.now()
        document = write(Campaign(flow_id="home_services"))
        async with database.begin() as tx:
            await campaigns.save(
                tx, "roofs", name="Roofs", state="paused", document=document, revision=0, by="test", now=now
            )
        lead = await add_lead(database, campaign="roofs")
        async with database.begin() as tx:
            await leads.plan_call(tx, lead, now)
        story = (await house.client.get(f"/leads/{lead}/story")).json()
        assert story["held_up"] == "The campaign 'Roofs' is paused."
        async with database.begin() as tx:
            await leads.close(tx, lead, "talked_already")
        assert (await house.client.get(f"/leads/{lead}/story")).json()["held_up"] == "", "nothing is planned any more"


async def test_the_list_is_cut_into_pages_and_finds(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        ids = [await add_lead(house.services.database, f"+1415555267{each}", form=str(each)) for each in range(3)]
        first = (await house.client.get("/lead-list", params={"limit": "2"})).json()
        rest = (await house.client.get("/lead-list", params={"limit": "2", "before": first["next"]})).json()
        assert sorted(each["id"] for each in first["leads"] + rest["leads"]) == sorted(ids)
        assert first["counts"] == {"waiting": 3}
        assert rest["next"] is None
        found = (await house.client.get("/lead-list", params={"words": "2671"})).json()
        assert [each["id"] for each in found["leads"]] == [ids[1]]
        for wrong in ({"before": "yesterday"}, {"since": "2026-01-01T00:00:00"}):
            refused = await house.client.get("/lead-list", params=wrong)
            assert refused.status_code == 422, wrong


async def test_figures_over_the_last_days(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register(PHONE, BusyPhone)
        await house.send_form()
        await house.call_in("failed")
        figures = (await house.client.get("/figures/leads", params={"days": "1"})).json()
        assert figures["all"]["leads"] == 1
        assert list(figures["by_source"]) == ["website"]
        assert (await house.client.get("/figures/leads", params={"zone": "Mars"})).status_code == 422


async def test_a_moment_beyond_the_calendar_finds_as_its_end_would(tmp_path: Path) -> None:
    first, last = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
    async with leadline(tmp_path) as house:
        lead = await add_lead(house.services.database)
        for path, name, at, found in (
            ("/leads", "before", first, []), ("/leads", "before", last, [lead]),
            ("/lead-list", "since", first, [lead]), ("/lead-list", "until", first, []),
            ("/lead-list", "since", last, []), ("/lead-list", "before", f"{last}|lead_1", [lead]),
        ):  # fmt: skip
            answer = await house.client.get(path, params={name: at})
            assert answer.status_code == 200, (path, name, at)
            assert [each["id"] for each in answer.json()["leads"]] == found, (path, name, at)


async def test_a_lead_that_a_rule_kept_back_may_be_asked_about_again(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        house.network.register("+12145552671", BusyPhone)
        sent = await house.send_form(phone="(214) 555-2671")
        lead = f"/leads/{sent.json()['lead_id']}"
        async with asyncio.timeout(20):
            while True:
                told = (await house.client.get(lead)).json()
                if told["state"] == "closed":
                    break
                await asyncio.sleep(0.05)
        assert "Texas" in told["reason"]
        again = await house.client.post(f"{lead}/ask-again")
        assert again.status_code == 200
        assert again.json()["answer"] == "no"
        assert (await house.client.post("/leads/lead_9/ask-again")).status_code == 404
        log = (await house.client.get("/audit", params={"subject": f"lead:{sent.json()['lead_id']}"})).json()
        assert "asked_again" in [each["what"] for each in log["entries"]]
        assert house.network.calls == []
