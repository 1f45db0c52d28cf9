"""Logging in over the API, and what each role may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.store.people import TRIES
from tests.support.api import Leadline, leadline

PASSWORD = "correct horse battery"


async def enter(house: Leadline, name: str, role: str) -> None:
    body = {"name": name, "shown": name.title(), "role": role, "password": PASSWORD}
    entered = await house.client.post("/people", json=body)
    assert entered.status_code == 201, entered.text
    assert PASSWORD not in entered.text


async def log_in(house: Leadline, name: str) -> dict[str, str]:
    answer = await house.stranger.post("/log-in", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_whoever_logs_in_is_known_by_name_until_they_log_out(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        assert (await house.stranger.get("/log-in")).json() == {"required": False}
        await enter(house, "dana", "admin")
        assert (await house.stranger.get("/log-in")).json() == {"required": True}
        proof = await log_in(house, "dana")
        me = await house.stranger.get("/log-in/me", headers=proof)
        assert me.json() == {"name": "dana", "shown": "Dana", "role": "admin"}
        assert (await house.stranger.delete("/log-in", headers=proof)).status_code == 204
        ended = await house.stranger.get("/log-in/me", headers=proof)
        assert ended.status_code == 401
        assert ended.json()["code"] == "login_ended"
        assert "Log in again" in ended.json()["detail"]


async def asked(house: Leadline, method: str, path: str, proof: dict[str, str], body: object = None) -> httpx.Response:
    return await house.stranger.request(method, path, headers=proof, json=body)


CHANGE = {"revision": 0, "document": {"format": "something else"}}
CONNECTION = {"kind": "gemini", "settings": {"api_key": "k"}}
SOMEBODY = {"name": "x", "password": PASSWORD}
ASKED: tuple[tuple[str, str, object], ...] = (
    ("GET", "/flows", None),
    ("PUT", "/flows/new/draft", CHANGE),
    ("POST", "/flows/none/publish", {"revision": 1}),
    ("PUT", "/connections/gemini", CONNECTION),
    ("GET", "/people", None),
    ("POST", "/people", SOMEBODY),
)


@pytest.mark.parametrize(("role", "may"), [("viewer", 1), ("editor", 2), ("publisher", 4), ("admin", 6)])
async def test_each_role_may_do_what_those_before_it_may_and_no_more(tmp_path: Path, role: str, may: int) -> None:
    async with leadline(tmp_path) as house:
        await enter(house, "boss", "admin")
        await enter(house, "dana", role)
        proof = await log_in(house, "dana")
        answers = [await asked(house, method, path, proof, body) for method, path, body in ASKED]
        refused = [answer.status_code == 403 for answer in answers]
        assert refused == [False] * may + [True] * (len(ASKED) - may)
        for answer in answers[may:]:
            assert answer.json()["code"] == "role_too_low"
            assert f"theirs is '{role}'" in answer.json()["detail"]


async def test_a_person_cannot_sign_a_change_with_somebody_elses_name(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        await enter(house, "boss", "admin")
        await enter(house, "dana", "editor")
        flow_id = (await house.client.get("/flows")).json()[0]["id"]
        shipped: dict[str, Any] = (await house.client.get(f"/flows/{flow_id}")).json()
        body = {"revision": shipped["revision"], "text": shipped["text"], "by": "Boss"}
        proof = await log_in(house, "dana")
        saved = await house.stranger.put(f"/flows/{flow_id}/draft", json=body, headers=proof)
        assert saved.status_code == 200, saved.text
        assert saved.json()["edited_by"] == "Dana"


async def test_a_wrong_password_is_refused_and_after_some_the_name_has_to_wait(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        await enter(house, "dana", "admin")
        wrong = {"name": "dana", "password": "not the password"}
        answers = [await house.stranger.post("/log-in", json=wrong) for _ in range(TRIES + 1)]
        assert [answer.status_code for answer in answers] == [401] * TRIES + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0


async def test_without_a_token_this_machine_is_open_until_the_first_person_is_entered(tmp_path: Path) -> None:
    async with leadline(tmp_path, api_token=None) as house:
        assert (await house.stranger.get("/flows")).status_code == 200
        first = {"name": "dana", "password": PASSWORD, "role": "editor"}
        refused = await house.stranger.post("/people", json=first)
        assert (refused.status_code, "must be an administrator" in refused.text) == (422, True)
        entered = await house.stranger.post("/people", json={**first, "role": "admin"})
        assert entered.status_code == 201, entered.text
        closed = await house.stranger.get("/flows")
        assert (closed.status_code, "Log in first" in closed.text) == (401, True)
        assert (await house.stranger.get("/flows", headers=await log_in(house, "dana"))).status_code == 200


async def test_a_password_never_comes_back_not_even_in_a_refusal(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        short = await house.client.post("/people", json={"name": "dana", "role": "admin", "password": "hunter2"})
        assert (short.status_code, "at least 10 characters" in short.text) == (422, True)
        odd = await house.client.post("/people", json={"name": "dana", "password": {"secret": "hunter2"}})
        assert odd.status_code == 422
        assert "hunter2" not in short.text + odd.text


async def test_settings_are_shown_without_any_secret(tmp_path: Path) -> None:
    async with leadline(tmp_path, form_key="a-key-of-the-forms-123") as house:
        answer = await house.client.get("/settings")
        found = {each["variable"]: each for each in answer.json()}
    assert found["LEADLINE_MAX_CALLS"]["value"] == "20"
    assert found["LEADLINE_MAX_CALLS"]["chosen"] is False
    for name in ("LEADLINE_FORM_KEY", "LEADLINE_API_TOKEN"):
        assert (found[name]["value"], found[name]["chosen"], found[name]["secret"]) == ("", True, True)
    assert "a-key-of-the-forms" not in answer.text
    assert house.client.headers["Authorization"].split()[1] not in answer.text
