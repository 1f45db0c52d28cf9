"""The Campaigns page in front of the real API."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
from streamlit.testing.v1 import AppTest

from tests.support.background_house import House
from tests.support.page_text import words
from tests.ui.conftest import Shown


def client(house: House) -> httpx.Client:
    return httpx.Client(base_url=house.address, headers={"Authorization": f"Bearer {house.token}"})


def made(house: House, **document: Any) -> dict[str, Any]:
    id = f"made_{uuid.uuid4().hex[:10]}"
    new = {"name": f"Spring {id}", "id": id, "document": {"flow_id": "home_services_v1", **document}}
    campaign: dict[str, Any] = client(house).post("/campaigns", json=new).json()
    return campaign


def stored(house: House, campaign: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client(house).get(f"/campaigns/{campaign['id']}").json()
    return found


def section(show: Shown, campaign: dict[str, Any], name: str) -> AppTest:
    page = show("campaigns", campaign=campaign["id"], section=name)
    assert not page.exception
    return page


def test_campaigns_say_how_they_stand_and_what_calls_them(show: Shown, house: House) -> None:
    campaign = made(house)
    page = show("campaigns")
    text = words(page)
    assert "Home services: book an estimate" in text
    links = [each.proto.label.replace("\\", "") for each in page.get("page_link")]
    assert f"**{campaign['name']}**" in links
    assert "Paused" in text
    assert "no source yet" in text


def test_a_campaign_is_paused_on_the_list_at_once(show: Shown, house: House) -> None:
    campaign = made(house)
    client(house).post(f"/campaigns/{campaign['id']}/resume", json={})
    page = show("campaigns")
    page.button(key=f"pause-{campaign['id']}").click().run()
    assert stored(house, campaign)["state"] == "paused"
    page.button(key=f"resume-{campaign['id']}").click().run()
    assert stored(house, campaign)["state"] == "on"
    client(house).post(f"/campaigns/{campaign['id']}/archive", json={})


def test_every_section_draws(show: Shown, house: House) -> None:
    campaign = made(house)
    for name in ("calls", "hours", "attempts", "limits", "rules", "keep", "sources", "history"):
        section(show, campaign, name)


def test_nothing_is_stored_before_save_and_all_of_it_then(show: Shown, house: House) -> None:
    campaign = made(house)
    page = section(show, campaign, "keep")
    page.number_input[0].set_value(30).run()
    assert "1 change not saved" in words(page)
    assert stored(house, campaign)["document"]["keep"]["audio_days"] == 90
    assert page.button(key=f"resume-{campaign['id']}").disabled
    page.button(key="campaign-save").click().run()
    assert stored(house, campaign)["document"]["keep"]["audio_days"] == 30
    assert "Saved just now" in words(page)


def test_discarding_goes_back_to_what_is_stored(show: Shown, house: House) -> None:
    page = section(show, made(house), "keep")
    page.number_input[0].set_value(30).run()
    page.button(key="campaign-discard").click().run()
    assert page.number_input[0].value == 90
    assert "not saved" not in words(page)


def test_a_problem_stands_at_its_field_and_in_the_list_and_keeps_it_from_being_on(show: Shown, house: House) -> None:
    campaign = made(house, rules={"consent_level": "express"})
    page = section(show, campaign, "rules")
    text = words(page)
    assert text.count("People are called who have not consented in writing.") == 2
    assert "1 thing to put right before it can be on" in "".join(each.label for each in page.expander)
    assert page.button(key=f"resume-{campaign['id']}").disabled


def test_the_plan_is_told_in_a_sentence_as_it_is_changed(show: Shown, house: House) -> None:
    campaign = made(house)
    page = section(show, campaign, "attempts")
    assert "At once. If nobody answers: 2 hours later; the next day at another hour" in words(page)
    page.number_input[0].set_value(3).run()
    assert "At once. If nobody answers: 3 hours later" in words(page)


def test_the_week_follows_the_state_that_is_chosen(show: Shown, house: House) -> None:
    page = section(show, made(house), "hours")
    assert "allowed in California" in words(page)
    page.selectbox(key="campaign-state").select("AL").run()
    assert "allowed in Alabama" in words(page)


def test_what_a_colleague_saved_meanwhile_is_kept_beside_ones_own(show: Shown, house: House) -> None:
    campaign = made(house)
    page = section(show, campaign, "keep")
    page.number_input[0].set_value(30).run()
    theirs = {**campaign["document"], "priority": 9}
    client(house).put(
        f"/campaigns/{campaign['id']}",
        json={"revision": 1, "name": campaign["name"], "document": theirs, "by": "Ana"},
    )
    page.button(key="campaign-save").click().run()
    assert "Ana had saved in between" in "".join(each.value for each in page.toast)
    page.button(key="campaign-save").click().run()
    document = stored(house, campaign)["document"]
    assert (document["priority"], document["keep"]["audio_days"]) == (9, 30)


def test_one_field_that_two_people_set_is_chosen_and_then_saved(show: Shown, house: House) -> None:
    campaign = made(house)
    page = section(show, campaign, "keep")
    page.number_input[0].set_value(30).run()
    theirs = {**campaign["document"], "keep": {**campaign["document"]["keep"], "audio_days": 60}}
    client(house).put(
        f"/campaigns/{campaign['id']}",
        json={"revision": 1, "name": campaign["name"], "document": theirs, "by": "Ana"},
    )
    page.button(key="campaign-save").click().run()
    assert "Two values for “Days that recordings are kept”" in words(page)
    assert stored(house, campaign)["document"]["keep"]["audio_days"] == 60
    page.button(key=f"both-campaign:{campaign['id']}-0-mine").click().run()
    page.button(key="campaign-save").click().run()
    assert stored(house, campaign)["document"]["keep"]["audio_days"] == 30


def test_a_source_is_added_and_its_address_is_shown_whole(show: Shown, house: House) -> None:
    campaign = made(house)
    page = section(show, campaign, "sources")
    page.button(key="add-website").click().run()
    (source,) = client(house).get("/lead-sources", params={"campaign_id": campaign["id"]}).json()
    assert source["address"] in [each.value for each in page.code]
    assert source["state"] == "on"
    page.button(key=f"source-off-{source['id']}").click().run()
    assert client(house).get(f"/lead-sources/{source['id']}").json()["state"] == "off"


def test_versions_say_what_each_changed(show: Shown, house: House) -> None:
    campaign = made(house)
    client(house).put(
        f"/campaigns/{campaign['id']}",
        json={"revision": 1, "name": campaign["name"], "document": {**campaign["document"], "priority": 7}},
    )
    assert "Priority: 7 instead of 5." in words(section(show, campaign, "history"))
