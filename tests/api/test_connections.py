"""Connections over the API: a secret goes in and never comes out; testing one says in plain words what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.simulate.receiver import Receiver
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
        body = {"kind": "acme.crm", "settings": {"key": SECRET}}
        assert (await house.client.put("/connections/crm", json=body)).status_code == 200
        told = await house.client.post("/connections/crm/test")
        shown = await house.client.get("/connections/crm")
    assert told.status_code == 422
    assert "acme.crm" in told.json()["detail"]
    assert (shown.json()["settings"], shown.json()["secrets"]) == ({}, ["key"])


async def test_every_kind_says_what_it_is_for_and_which_fields_it_has(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        kinds = {each["kind"]: each for each in (await house.client.get("/connections/kinds")).json()}
    assert {"google", "gemini", "vonage", "webhook", "smtp", "outbox_folder"} <= set(kinds)
    assert all(kind["title"] and kind["purpose"] and kind["testable"] for kind in kinds.values())
    secret = {field["name"]: field["secret"] for field in kinds["webhook"]["fields"]}
    assert secret == {"url": False, "secret": True, "new_secret": True, "inside": False}


WEBHOOK = {"url": "https://crm.example/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}


async def test_a_connection_is_changed_without_typing_its_secret_again_and_never_shows_it(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        await house.client.put("/connections/shop", json={"kind": "smtp", "settings": {"host": "mail.example",
            "password": SECRET}})  # fmt: skip
        change = {"kind": "smtp", "settings": {"host": "mail.example", "from": "a@b.example"}, "keep_secrets": True}
        assert (await house.client.put("/connections/shop", json=change)).status_code == 200
        shown = await house.client.get("/connections/shop")
        assert shown.json()["settings"] == {"host": "mail.example", "from": "a@b.example"}
        assert shown.json()["secrets"] == ["password"]
        assert SECRET not in shown.text
        async with house.services.database.read() as tx:
            kept = await connections.read(tx, open_vault(None, tmp_path), "shop")
        assert kept.settings["password"] == SECRET


async def test_a_kept_secret_does_not_follow_to_another_address(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        first = {"kind": "smtp", "settings": {"host": "mail.example", "password": SECRET}}
        await house.client.put("/connections/shop", json=first)
        moved = {"kind": "smtp", "settings": {"host": "thief.example"}, "keep_secrets": True}
        for refused in (
            await house.client.put("/connections/shop", json=moved),
            await house.client.post("/connections/shop/test", json=moved),
        ):
            assert (refused.status_code, refused.json()["code"]) == (422, "secret_needed")


async def test_a_connection_says_which_cards_of_published_flows_use_it(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        await house.client.put("/connections/crm", json={"kind": "webhook", "settings": WEBHOOK})
        used = (await house.client.get("/connections/crm")).json()["used_by"]
    assert len({each["flow_id"] for each in used}) == 3
    assert all(each["card"] for each in used)


async def test_a_webhook_is_tested_with_a_signed_message_before_it_is_saved(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house, Receiver() as crm:
        unsaved = {"kind": "webhook", "settings": {"url": crm.url, "secret": crm.secret, "inside": "yes"}}
        good = (await house.client.post("/connections/new/test", json=unsaved)).json()
        assert good["ok"] is True, good
        assert "took a signed test message" in good["findings"][0]["sentence"]
        assert (await house.client.get("/connections")).json() == []
        unsaved["settings"]["secret"] = "nonsense"
        bad = (await house.client.post("/connections/new/test", json=unsaved)).json()
    assert bad["ok"] is False
    assert "Check the secret on both sides" in bad["findings"][0]["sentence"]


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("webhook", {"url": ""}, "Address is missing. Shared secret is missing."),
        ("smtp", {"host": "mail.example", "security": "magic"}, "Security must be one of starttls, tls, none."),
        ("smtp", {"host": "mail.example", "tls": "yes"}, "“tls” is no field"),
    ],
)
async def test_an_account_of_a_card_is_refused_in_words(
    tmp_path: Path, kind: str, settings: dict[str, str], words: str
) -> None:
    async with leadline(tmp_path) as house:
        refused = await house.client.put("/connections/x", json={"kind": kind, "settings": settings})
    assert refused.status_code == 422
    assert words in refused.json()["detail"]


async def test_an_outbox_folder_may_have_a_sender_as_a_mail_server_has(tmp_path: Path) -> None:
    settings = {"folder": str(tmp_path / "mails"), "from": "calls@example.com", "from_name": "Harborline"}
    async with leadline(tmp_path) as house:
        body = {"kind": "outbox_folder", "settings": settings}
        assert (await house.client.put("/connections/mail", json=body)).status_code == 200
        tested = (await house.client.post("/connections/mail/test")).json()
        assert (tested["ok"], "can be written into" in tested["findings"][0]["sentence"]) == (True, True)
        assert (await house.client.get("/connections/mail")).json()["settings"] == settings
