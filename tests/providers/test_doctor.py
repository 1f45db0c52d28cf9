"""`leadline doctor`: what is wrong is told in plain words, part by part, with what to do; what is right, too."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from engine.cli import app
from engine.flow import shipped
from engine.provider_problem import ProviderProblem
from engine.providers.accounts import GeminiAccount, GoogleAccount, VonageAccount
from engine.providers.choice import Ear, Voice
from engine.providers.doctor import examine
from engine.providers.examine import Finding
from engine.providers.hosted import HostedProber
from engine.sdk import Connection
from engine.settings import Settings
from engine.speech.ports import Hints
from engine.store import Database, appointments, calls, connections, flows
from engine.store.appointments import CalendarSetup
from engine.store.calls import NewCall
from engine.store.connections import open_vault
from engine.store.migration import migrate
from engine.telephony.trust import why_not_believed
from engine.telephony.webhooks import Fault, Refusal
from tests.emulators.gemini import GeminiEmulator

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
SECRET = "p4ssw0rd-of-nobody"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("LEADLINE_") and name != "LEADLINE_MODELS"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield


class Refusing:
    """A prober that must not be asked."""

    async def ear(self, ear: Ear, account: GoogleAccount, hints: Hints) -> ProviderProblem | None:
        raise AssertionError("nobody chose this")

    async def voice(self, voice: Voice, account: GoogleAccount) -> ProviderProblem | None:
        raise AssertionError("nobody chose this")

    async def mind(self, model: str, account: GeminiAccount) -> ProviderProblem | None:
        raise AssertionError("nobody chose this")

    async def carrier(self, account: VonageAccount) -> ProviderProblem | None:
        raise AssertionError("nobody chose this")


async def stored(folder: Path, *kept: Connection, **providers: Any) -> None:
    """An installation with connections and one published flow, which may choose for itself."""
    address = f"sqlite+aiosqlite:///{folder / 'leadline.db'}"
    await migrate(address)
    database = Database(address)
    data = {**shipped.load("home_services").data, **({"providers": providers} if providers else {})}
    async with database.begin() as tx:
        for each in kept:
            await connections.save(tx, open_vault(None, folder), each, NOW)
        text = json.dumps(data)
        await flows.save_draft(tx, str(data["id"]), str(data["name"]), text, by="test", now=NOW)
        await flows.publish(tx, str(data["id"]), 1, text, by="test", now=NOW)
    await database.close()


async def looked_at(folder: Path, prober: Any = None, **values: Any) -> list[Finding]:
    settings = Settings.model_validate({"data_dir": folder, **values})
    return [each async for each in examine(settings, prober or HostedProber(settings))]


def problems(found: list[Finding], part: str) -> list[Finding]:
    return [each for each in found if each.part == part and not each.ok]


async def test_a_local_installation_asks_nobody_outside(tmp_path: Path) -> None:
    await stored(tmp_path, Connection("gemini", "gemini", {"api_key": SECRET}))
    found = await looked_at(tmp_path, Refusing())
    assert [each for each in found if not each.ok and each.part != "models"] == []
    assert "nobody real is called" in next(each.sentence for each in found if each.part == "carrier")
    assert "in use nowhere" in next(each.sentence for each in found if each.part == "connection")


async def test_a_connection_that_a_setting_wants_and_nobody_made_is_told(tmp_path: Path) -> None:
    await stored(tmp_path)
    found = await looked_at(tmp_path, Refusing(), mind="gemini")
    missing = problems(found, "mind")
    assert "the settings" in {each.about for each in missing}
    assert "'gemini', which is not there" in missing[0].sentence
    assert "leadline connect add gemini --kind gemini" in missing[0].fix


async def test_what_a_published_flow_chooses_is_looked_at_too(tmp_path: Path) -> None:
    await stored(tmp_path, ear={"use": "google", "connection": "clinic"})
    found = await looked_at(tmp_path, Refusing())
    [missing] = problems(found, "ear")
    assert "Home services" in missing.about or "flow" in missing.about
    assert "'clinic'" in missing.sentence


async def test_a_connection_of_the_wrong_kind_is_told(tmp_path: Path) -> None:
    await stored(tmp_path, Connection("gemini", "webhook", {"url": "https://crm.example"}))
    [first, *_] = problems(await looked_at(tmp_path, Refusing(), mind="gemini"), "mind")
    assert "of the kind webhook, not gemini" in first.sentence


async def test_a_calendar_whose_account_was_removed_is_told(tmp_path: Path) -> None:
    """Nothing could be booked, and all was said to be well."""
    await stored(tmp_path)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'leadline.db'}")
    try:
        async with database.begin() as tx:
            await appointments.save_setup(
                tx, CalendarSetup("main", "America/Los_Angeles", connection="google_calendar")
            )
    finally:
        await database.close()
    [told] = problems(await looked_at(tmp_path, Refusing()), "calendar")
    assert told.about == "main"
    assert "google_calendar" in told.sentence
    assert "Add 'google_calendar' again" in told.fix


async def test_a_wrong_key_is_told_for_each_model_that_calls_would_ask(tmp_path: Path) -> None:
    async with GeminiEmulator() as gemini:
        await stored(tmp_path, Connection("gemini", "gemini", {"api_key": SECRET, "endpoint": gemini.address}))
        found = await looked_at(tmp_path, mind="gemini")
    assert {each.kind for each in problems(found, "mind")} == {"wrong_key"}
    assert len(problems(found, "mind")) == 2
    assert SECRET not in repr(found)


async def test_the_clock_is_compared_with_the_servers_that_calls_need(tmp_path: Path) -> None:
    async with GeminiEmulator() as gemini:
        account = Connection("gemini", "gemini", {"api_key": "emulator", "endpoint": gemini.address})
        await stored(tmp_path, account)
        gemini.date = format_datetime(datetime.now(UTC) + timedelta(hours=3), usegmt=True)
        [skew] = problems(await looked_at(tmp_path, mind="gemini"), "clock")
        gemini.date = None
        good = await looked_at(tmp_path, mind="gemini")
    assert "3 hours slow" in skew.sentence
    assert skew.kind == "clock_skew"
    assert "NTP" in skew.fix
    assert problems(good, "clock") == []


async def test_a_key_that_does_not_open_the_connections_is_told(tmp_path: Path) -> None:
    await stored(tmp_path, Connection("gemini", "gemini", {"api_key": SECRET}))
    (tmp_path / "secret.key").unlink()
    [wrong] = problems(await looked_at(tmp_path, Refusing()), "connection")
    assert "saved with another key" in wrong.sentence


async def test_a_database_out_of_reach_is_told_without_its_password(tmp_path: Path) -> None:
    address = SecretStr(f"postgresql://leadline:{SECRET}@127.0.0.1:9/leadline")
    found = await looked_at(tmp_path, Refusing(), database_url=address)
    [down] = problems(found, "database")
    assert "LEADLINE_DATABASE_URL" in down.fix
    assert SECRET not in repr(found)


async def test_vonage_needs_an_address_that_the_world_can_reach(tmp_path: Path) -> None:
    await stored(tmp_path)
    found = await looked_at(
        tmp_path, Refusing(), phone="vonage", phone_connection="vonage", vonage_api_host="127.0.0.1:9"
    )
    sentences = [each.sentence for each in problems(found, "carrier")]
    assert any("cannot reach it" in each for each in sentences)
    assert any("'vonage' is not there" in each for each in sentences)


async def test_a_default_flow_that_is_not_published_is_told(tmp_path: Path) -> None:
    await stored(tmp_path)
    [missing] = problems(await looked_at(tmp_path, Refusing(), default_flow="nobody"), "flow")
    assert "not published" in missing.sentence


def test_settings_that_cannot_be_used_end_the_examination_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_PORT", "eighty")
    told = CliRunner().invoke(app, ["doctor"])
    assert told.exit_code == 1
    assert "LEADLINE_PORT cannot be used" in told.output


def test_doctor_speaks_to_programs_too() -> None:
    told = CliRunner().invoke(app, ["doctor", "--json"])
    document = json.loads(told.stdout)
    assert told.exit_code == (0 if document["ok"] else 1)
    assert {"settings", "models", "database", "carrier"} <= {each["part"] for each in document["findings"]}


async def test_a_call_that_fell_silent_since_webhooks_were_not_believed_is_told(tmp_path: Path) -> None:
    await stored(tmp_path)
    told = why_not_believed(Refusal(Fault.WRONG_SIGNATURE, "x"))

    async def call(id: str, problem: str) -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'leadline.db'}")
        async with database.begin() as tx:
            await calls.place(tx, NewCall(id, "home_services_v1", 1), datetime.now(UTC))
            await calls.failed(tx, id, datetime.now(UTC), "failed", problem)
        await database.close()

    async def said() -> list[str]:
        values: dict[str, Any] = {"phone": "vonage", "phone_connection": "vonage", "vonage_api_host": "127.0.0.1:9"}
        found = await looked_at(tmp_path, Refusing(), **values)
        return [each.sentence for each in problems(found, "carrier") if each.about == "webhooks"]

    assert await said() == []
    await call("call_1", told)
    [sentence] = await said()
    assert "LEADLINE_VONAGE_SIGNATURE_SECRET" in sentence
    await call("call_2", "")
    assert await said() == [], "a later call shows that it was mended"
