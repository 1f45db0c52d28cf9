"""Connections over the API: a secret goes in and never comes out; testing one says in plain words what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.store import connections
from engine.store.connections import open_vault
from tests.emulators.gemini import GeminiEmulator
from tests.support.api import leadline

SECRET = "p4ssw0rd-of-nobody"


async def test_a_secret_goes_in_encrypted_and_never_comes_out(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        saved = await house.client.put("/connections/gemini", json={"kind": "gemini", "settings": {"api_key": SECRET}})
        assert saved.status_code == 200, saved.text
        listed = await house.client.get("/connections")
        assert [(each["name"], each["kind"]) for each in listed.json()] == [("gemini", "gemini")]
        assert SECRET not in saved.text + listed.text
        async with house.services.database.read() as tx:
            kept = await connections.read(tx, open_vault(None, tmp_path), "gemini")
        assert kept.settings == {"api_key": SECRET}
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert not any(SECRET.encode() in file.read_bytes() for file in files)
        assert (await house.client.delete("/connections/gemini")).status_code == 204
        assert (await house.client.get("/connections")).json() == []
        assert (await house.client.post("/connections/gemini/test")).status_code == 404


async def test_connections_are_for_those_with_the_token_only(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        body = {"kind": "gemini", "settings": {"api_key": "k"}}
        answers = [
            await house.stranger.get("/connections"),
            await house.stranger.put("/connections/gemini", json=body),
            await house.stranger.delete("/connections/gemini"),
            await house.stranger.post("/connections/gemini/test"),
        ]
    assert [each.status_code for each in answers] == [401] * 4


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "api_key: is missing"),
        ({"api_key": SECRET, "endpoint": "http://evil.example:80"}, "only for emulators on this machine"),
        ({"api_key": SECRET, "password": SECRET}, "password: is no field"),
    ],
)
async def test_what_cannot_be_used_is_refused_in_words_without_the_secret(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    async with leadline(tmp_path) as house:
        refused = await house.client.put("/connections/gemini", json={"kind": "gemini", "settings": settings})
        assert refused.status_code == 422
        assert words in refused.json()["detail"]
        assert SECRET not in refused.text
        assert (await house.client.get("/connections")).json() == []


async def test_testing_a_connection_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    async with leadline(tmp_path, mind="gemini") as house, GeminiEmulator() as gemini:
        for key, good in (("emulator", True), (SECRET, False)):
            body = {"kind": "gemini", "settings": {"api_key": key, "endpoint": gemini.address}}
            await house.client.put("/connections/gemini", json=body)
            told = await house.client.post("/connections/gemini/test")
            assert told.status_code == 200, told.text
            assert told.json()["ok"] is good
            assert SECRET not in told.text
        assert {each["kind"] for each in told.json()["findings"]} == {"wrong_key"}
        assert all(each["sentence"] and each["fix"] for each in told.json()["findings"])
        assert len(told.json()["findings"]) == 2, "both models that calls would ask were asked"


async def test_a_connection_that_no_probe_knows_says_so(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        body = {"kind": "webhook", "settings": {"url": "https://crm.example/hook", "secret": SECRET}}
        assert (await house.client.put("/connections/crm", json=body)).status_code == 200
        told = await house.client.post("/connections/crm/test")
    assert told.status_code == 422
    assert "webhook" in told.json()["detail"]
