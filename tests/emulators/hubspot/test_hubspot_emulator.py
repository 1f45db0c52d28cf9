"""The stand-in is as strict as HubSpot where our client could go wrong."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.emulators.faults import Fault
from tests.emulators.hubspot import HubSpotEmulator

AT = {"hs_timestamp": "2026-11-22T14:00:00Z"}


@pytest.fixture
async def hubspot() -> AsyncIterator[HubSpotEmulator]:
    async with HubSpotEmulator() as emulator:
        yield emulator


@pytest.fixture
async def web(hubspot: HubSpotEmulator) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {hubspot.token}"}
    async with httpx.AsyncClient(base_url=hubspot.address, headers=headers) as client:
        yield client


@pytest.mark.parametrize("prefix", ["/crm/v3/objects", "/crm/objects/2026-03"])
async def test_both_styles_of_paths_reach_the_same_records(web: httpx.AsyncClient, prefix: str) -> None:
    made = await web.post(f"{prefix}/contacts", json={"properties": {"email": "A@x.example"}})
    assert made.status_code == 201
    found = await web.get("/crm/v3/objects/contacts/a@x.example?idProperty=email&properties=email")
    assert found.json()["properties"]["email"] == "a@x.example"


async def test_a_second_contact_with_an_email_is_a_conflict_that_names_the_first(web: httpx.AsyncClient) -> None:
    first = await web.post("/crm/v3/objects/contacts", json={"properties": {"email": "a@x.example"}})
    second = await web.post("/crm/v3/objects/contacts", json={"properties": {"email": "a@x.example"}})
    assert (second.status_code, second.json()["category"]) == (409, "CONFLICT")
    assert first.json()["id"] in second.json()["message"]


async def test_a_phone_is_nothing_to_upsert_by(web: httpx.AsyncClient) -> None:
    body = {"inputs": [{"idProperty": "phone", "id": "+14155550123", "properties": {}}]}
    assert (await web.post("/crm/v3/objects/contacts/batch/upsert", json=body)).status_code == 400


async def test_a_part_that_fails_is_told_with_207(web: httpx.AsyncClient, hubspot: HubSpotEmulator) -> None:
    hubspot.store.custom["contacts"]["leadline_phone"] = {"hasUniqueValue": True}
    hubspot.entered(leadline_phone="+14155550123")
    inputs = [
        {"idProperty": "email", "id": "a@x.example", "properties": {"leadline_phone": "+14155550123"}},
        {"idProperty": "email", "id": "b@x.example", "properties": {}},
    ]
    answer = await web.post("/crm/v3/objects/contacts/batch/upsert", json={"inputs": inputs})
    assert (answer.status_code, answer.json()["numErrors"], len(answer.json()["results"])) == (207, 1, 1)


async def test_the_wrong_direction_of_an_association_is_refused(
    web: httpx.AsyncClient, hubspot: HubSpotEmulator
) -> None:
    contact = hubspot.entered(email="a@x.example")

    async def tie(type_id: int) -> int:
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
        body = {"properties": AT, "associations": [{"to": {"id": contact.id}, "types": types}]}
        return (await web.post("/crm/v3/objects/calls", json=body)).status_code

    assert [await tie(193), await tie(194)] == [400, 201]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {**AT, "hs_call_duration": "183.5"},
        {**AT, "hs_call_duration": 183},
        {**AT, "hs_call_status": "DONE"},
        {**AT, "hs_call_body": "x" * 65_537},
        {**AT, "hs_call_color": "red"},
        {"hs_timestamp": "yesterday"},
    ],
)
async def test_a_call_that_hubspot_would_not_take_is_refused(
    web: httpx.AsyncClient, properties: dict[str, object]
) -> None:
    assert (await web.post("/crm/v3/objects/calls", json={"properties": properties})).status_code == 400


async def test_the_search_lags_behind() -> None:
    now = [100.0]
    async with HubSpotEmulator(search_lag_s=5.0, clock=lambda: now[0]) as hubspot:
        hubspot.store.write("contacts", {"phone": "+14155550123"})
        body = {
            "filterGroups": [{"filters": [{"propertyName": "phone", "operator": "EQ", "value": "+14155550123"}]}],
            "properties": [],
            "limit": 1,
        }
        totals = []
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {hubspot.token}"}) as web:
            for moment in (104.9, 105.0):
                now[0] = moment
                answer = await web.post(f"{hubspot.address}/crm/v3/objects/contacts/search", json=body)
                totals.append(answer.json()["total"])
                assert "x-hubspot-ratelimit-remaining" not in answer.headers
    assert totals == [0, 1]


async def test_the_limit_is_told_and_kept() -> None:
    hubspot = HubSpotEmulator(limit=2)
    async with hubspot, httpx.AsyncClient(headers={"Authorization": f"Bearer {hubspot.token}"}) as web:
        answers = [await web.get(f"{hubspot.address}/crm/v3/objects/contacts?limit=1") for _ in range(3)]
    assert [each.headers.get("x-hubspot-ratelimit-remaining") for each in answers] == ["1", "0", None]
    assert answers[2].status_code == 429
    assert answers[2].json()["policyName"] == "TEN_SECONDLY_ROLLING"


async def test_a_cut_comes_after_the_write(web: httpx.AsyncClient, hubspot: HubSpotEmulator) -> None:
    hubspot.faults.set(Fault("cut", times=1))
    with pytest.raises(httpx.TransportError):
        await web.post("/crm/v3/objects/contacts", json={"properties": {"email": "a@x.example"}})
    assert len(hubspot.all("contacts")) == 1
