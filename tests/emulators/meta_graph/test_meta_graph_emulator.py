"""The stand-in is as strict as Graph where our client could go wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.emulators.meta_graph import MetaGraphEmulator, a_lead


@pytest.fixture
async def graph() -> AsyncIterator[MetaGraphEmulator]:
    async with MetaGraphEmulator() as emulator:
        yield emulator


async def ask(graph: MetaGraphEmulator, path: str, token: str = "", **query: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token or graph.token}"}
    async with httpx.AsyncClient() as web:
        answer = await web.get(f"{graph.address}/v26.0/{path}", params=query, headers=headers)
    found: dict[str, Any] = answer.json()
    return answer.status_code, found


async def test_a_lead_is_told_with_the_fields_that_were_asked_for(graph: MetaGraphEmulator) -> None:
    graph.add(a_lead())
    status, found = await ask(graph, a_lead().id)
    assert (status, set(found)) == (200, {"id", "created_time", "field_data"})
    assert found["created_time"] == "2026-11-22T14:06:30+0000"
    assert set((await ask(graph, a_lead().id, fields="form_id,ad_id"))[1]) == {"id", "form_id", "ad_id"}


async def test_the_token_may_also_stand_in_the_address(graph: MetaGraphEmulator) -> None:
    graph.add(a_lead())
    async with httpx.AsyncClient() as web:
        answer = await web.get(f"{graph.address}/v26.0/{a_lead().id}", params={"access_token": graph.token})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "token", "query", "code", "subcode"),
    [
        ("{id}", "wrong", {}, 190, 460),
        ("1", "", {}, 100, 33),
        ("{id}", "", {"fields": "shoe_size"}, 100, None),
        ("me/friends", "", {}, 100, 33),
    ],
)
async def test_what_graph_refuses_is_refused_with_its_codes(
    graph: MetaGraphEmulator, path: str, token: str, query: dict[str, str], code: int, subcode: int | None
) -> None:
    graph.add(a_lead())
    status, found = await ask(graph, path.format(id=a_lead().id), token, **query)
    assert status >= 400
    assert (found["error"]["code"], found["error"].get("error_subcode")) == (code, subcode)


async def test_another_version_is_not_served(graph: MetaGraphEmulator) -> None:
    async with httpx.AsyncClient() as web:
        assert (await web.get(f"{graph.address}/v1.0/me")).status_code == 400


async def test_fields_of_advertisements_need_a_right_of_their_own(graph: MetaGraphEmulator) -> None:
    graph.add(a_lead())
    graph.ads_management = False
    assert (await ask(graph, a_lead().id, fields="ad_id"))[1]["error"]["code"] == 200
    assert (await ask(graph, a_lead().id, fields="field_data"))[0] == 200


async def test_a_lead_is_not_readable_before_its_time() -> None:
    now = 0.0
    async with MetaGraphEmulator(clock=lambda: now) as graph:
        graph.add(a_lead(), readable_after_s=2.0)
        assert (await ask(graph, a_lead().id))[1]["error"]["code"] == 100
        now = 2.0
        assert (await ask(graph, a_lead().id))[0] == 200


async def test_a_form_tells_its_leads_page_by_page(graph: MetaGraphEmulator) -> None:
    graph.page_size = 2
    graph.add(*(a_lead(number) for number in range(5)), a_lead(9, form_id="1000"))
    found, query = [], {"limit": "2"}
    for _ in range(9):
        _, page = await ask(graph, "999/leads", **query)
        found += [each["id"] for each in page["data"]]
        if "next" not in page["paging"]:
            break
        query["after"] = page["paging"]["cursors"]["after"]
    assert sorted(found) == sorted(a_lead(number).id for number in range(5))


async def test_leads_older_than_asked_for_are_left_out(graph: MetaGraphEmulator) -> None:
    graph.add(a_lead())
    after = int(a_lead().created.timestamp())
    filtering = [{"field": "time_created", "operator": "GREATER_THAN", "value": after}]
    assert (await ask(graph, "999/leads", filtering=json.dumps(filtering)))[1]["data"] == []


async def test_a_page_is_subscribed_for_leads_only(graph: MetaGraphEmulator) -> None:
    path = f"{graph.address}/v26.0/{graph.page_id}/subscribed_apps"
    headers = {"Authorization": f"Bearer {graph.token}"}
    async with httpx.AsyncClient(headers=headers) as web:
        assert (await web.post(path, params={"subscribed_fields": "feed"})).status_code == 400
        assert (await web.get(path)).json() == {"data": []}
        assert (await web.post(path, params={"subscribed_fields": "leadgen"})).json() == {"success": True}
        assert (await web.get(path)).json()["data"][0]["subscribed_fields"] == ["leadgen"]
