"""Tickets: what a page in the browser shows instead of the token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from engine.api.tickets import PREFIX, Ticket, TicketExpired, Tickets
from engine.signed_claims import NotOurs
from engine.store.connections import Vault
from engine.store.people import Role
from tests.support.api import Leadline, leadline

FLOW = "home_services_v1"
NOW = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
OURS, OLD = b"k" * 32, b"o" * 32
TICKET = Ticket("roof", "Zoë Müller", "zoe", 2, NOW + timedelta(minutes=15))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Leadline]:
    async with leadline(tmp_path) as running:
        yield running


def test_a_ticket_is_read_as_it_was_written_until_its_time_is_over() -> None:
    tickets = Tickets(lambda: [OURS])
    text = tickets.write(TICKET)
    assert text.isascii()
    assert tickets.read(text, NOW) == TICKET
    with pytest.raises(TicketExpired):
        tickets.read(text, TICKET.expires_at)


def test_a_ticket_that_anybody_changed_or_another_installation_wrote_is_none() -> None:
    tickets = Tickets(lambda: [OURS])
    text = tickets.write(TICKET)
    body, _, proof = text.partition(".")
    for wrong in ("", PREFIX, "x", f"{body}.", f"{body}A.{proof}", f"{body}.{proof[:-2]}AA", f"{body}.é", text + "=!"):
        with pytest.raises(NotOurs):
            tickets.read(wrong, NOW)
    with pytest.raises(NotOurs):
        Tickets(lambda: [OLD]).read(text, NOW)


def test_tickets_outlive_a_change_of_the_key() -> None:
    old, new = Vault.new_key(), Vault.new_key()
    before, after = Vault(old).derived("x"), Vault(new, old).derived("x")
    assert after[1:] == before and Vault(old).derived("y") != before
    text = Tickets(lambda: before).write(TICKET)
    assert Tickets(lambda: after).read(text, NOW) == TICKET


def bearer(ticket: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {ticket}"}


async def ticket(house: Leadline, **wanted: str) -> str:
    answer = await house.client.post("/editor/tickets", json={"flow_id": FLOW, "by": "Ana", **wanted})
    assert answer.status_code == 201
    given: str = answer.json()["ticket"]
    return given


async def test_a_ticket_opens_its_flow_and_nothing_else(house: Leadline) -> None:
    shown = bearer(await ticket(house))
    assert (await house.stranger.get(f"/flows/{FLOW}/draft", headers=shown)).status_code == 200
    assert (await house.stranger.get("/nodes", headers=shown)).status_code == 200
    other = await house.stranger.get("/flows/solar_v1/draft", headers=shown)
    assert (other.status_code, other.json()["code"]) == (403, "ticket_elsewhere")
    for method, path in (("GET", "/leads"), ("GET", "/flows"), ("POST", f"/flows/{FLOW}/publish"),
                         ("PUT", f"/flows/{FLOW}/draft"), ("POST", "/editor/tickets")):  # fmt: skip
        refused = await house.stranger.request(method, path, json={}, headers=shown)
        assert refused.status_code == 401, path
    assert (await house.stranger.get(f"/flows/{FLOW}/draft")).status_code == 401


async def test_an_edit_with_a_ticket_is_signed_by_the_tickets_person(house: Leadline) -> None:
    shown = bearer(await ticket(house, by="Ana"))
    revision = (await house.client.get(f"/flows/{FLOW}/draft")).json()["revision"]
    edit = {"id": "e", "label": "Rename", "steps": [{"do": "put", "path": ["name"], "value": "New"}]}
    body = {"base_revision": revision, "client": "w", "by": "Somebody else", "edits": [edit]}
    answer = await house.stranger.post(f"/flows/{FLOW}/edits", json=body, headers=shown)
    assert [each["by"] for each in answer.json()["edits"]] == ["Ana"]


async def test_a_ticket_lets_nobody_do_more_than_they_may(house: Leadline) -> None:
    expires = datetime.now(UTC) + timedelta(minutes=5)
    weak = house.services.tickets.write(Ticket(FLOW, "Vi", "vi", int(Role.viewer), expires))
    assert (await house.stranger.get(f"/flows/{FLOW}/draft", headers=bearer(weak))).status_code == 200
    edit = {"id": "e", "steps": [{"do": "put", "path": ["name"], "value": "New"}]}
    body = {"base_revision": 1, "client": "w", "edits": [edit]}
    refused = await house.stranger.post(f"/flows/{FLOW}/edits", json=body, headers=bearer(weak))
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    call = house.services.call_tickets.watch("call_1", datetime.now(UTC).timestamp())
    assert (await house.stranger.get(f"/flows/{FLOW}/draft", headers=bearer(call))).status_code == 401


async def test_a_ticket_whose_time_is_over_says_so_and_one_for_no_flow_is_not_made(house: Leadline) -> None:
    old = house.services.tickets.write(Ticket(FLOW, "Ana", "", 4, datetime.now(UTC) - timedelta(seconds=1)))
    answer = await house.stranger.get(f"/flows/{FLOW}/draft", headers=bearer(old))
    assert (answer.status_code, answer.json()["code"]) == (401, "ticket_expired")
    forged = await house.stranger.get(f"/flows/{FLOW}/draft", headers=bearer(PREFIX + "x.y"))
    assert (forged.status_code, forged.json()["code"]) == (401, "ticket_bad")
    assert (await house.client.post("/editor/tickets", json={"flow_id": "nobody"})).status_code == 404


async def preflight(house: Leadline, origin: str) -> httpx.Response:
    wants = {"Origin": origin, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
    return await house.stranger.options(f"/flows/{FLOW}/edits", headers=wants)


async def test_the_builders_pages_may_talk_to_the_engine_and_other_websites_may_not(tmp_path: Path) -> None:
    async with leadline(tmp_path, builder_origins="https://builder.example, http://127.0.0.1:8501") as house:
        for origin in ("https://builder.example", "http://127.0.0.1:8501"):
            allowed = await preflight(house, origin)
            assert allowed.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-origin" not in (await preflight(house, "https://evil.example")).headers
        refused = await house.stranger.get(f"/flows/{FLOW}/draft", headers={"Origin": "https://builder.example"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://builder.example", "the page may read why"
        assert "access-control-allow-credentials" not in refused.headers


async def test_whoever_may_only_look_is_given_a_draft_that_is_read_only(house: Leadline) -> None:
    async def told(role: Role) -> bool:
        until = datetime.now(UTC) + timedelta(minutes=5)
        ticket = house.services.tickets.write(Ticket(FLOW, "Zoë", "zoe", role, until))
        answer = await house.stranger.get(f"/flows/{FLOW}/draft", headers=bearer(ticket))
        read_only: bool = answer.json()["read_only"]
        return read_only

    assert [await told(role) for role in (Role.viewer, Role.editor, Role.publisher)] == [True, False, False]
