"""Emulators come with the source code, and never take the place of an account that a person has entered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.providers.accounts import gemini_account, google_account
from engine.sdk import Connection
from engine.simulate.emulators import Emulators, NoEmulators, checkout
from engine.store import Database, connections
from engine.store.connections import open_vault
from engine.store.migration import migrate

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
FIRST = Emulators("127.0.0.1:1", "127.0.0.1:2", "http://127.0.0.1:3", "http://127.0.0.1:4")
SECOND = Emulators("127.0.0.1:5", "127.0.0.1:6", "http://127.0.0.1:7", "http://127.0.0.1:8")


def test_an_installed_package_says_where_emulators_are() -> None:
    with pytest.raises(NoEmulators, match="from a checkout of the repository"):
        checkout(Path("/usr/lib/python3/dist-packages"))
    assert (checkout() / "tests" / "emulators").is_dir()


def test_the_accounts_of_emulators_are_good_accounts() -> None:
    google, gemini = FIRST.accounts()
    assert google_account(google).speech_endpoint == "127.0.0.1:1"
    assert gemini_account(gemini).endpoint == "http://127.0.0.1:3"


async def test_a_new_start_replaces_the_addresses_of_the_last_one_but_no_real_account(tmp_path: Path) -> None:
    address = f"sqlite+aiosqlite:///{tmp_path / 'leadline.db'}"
    await migrate(address)
    database, vault = Database(address), open_vault(None, tmp_path)
    try:
        await FIRST.save_accounts(database, vault, NOW)
        await SECOND.save_accounts(database, vault, NOW + timedelta(hours=1))
        async with database.read() as tx:
            assert (await connections.read(tx, vault, "gemini")).settings["endpoint"] == SECOND.gemini
        real = Connection("gemini", "gemini", {"api_key": "somebody-pays-for-this"})
        async with database.begin() as tx:
            await connections.save(tx, vault, real, NOW)
        with pytest.raises(NoEmulators, match="'gemini' holds an account"):
            await FIRST.save_accounts(database, vault, NOW)
        async with database.read() as tx:
            assert (await connections.read(tx, vault, "gemini")).settings == real.settings
            assert (await connections.read(tx, vault, "google")).settings["speech_endpoint"] == SECOND.speech
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("demo", "--providers", "google"), "goes with --emulate"),
        (("demo", "--providers", "azure"), "no choice of providers"),
        (("demo", "--emulate"), "goes with --emulate"),
    ],
)
def test_the_demonstration_contacts_nobody_outside_this_machine(arguments: tuple[str, ...], words: str) -> None:
    refused = CliRunner().invoke(app, list(arguments))
    assert refused.exit_code == 2
    assert words in " ".join(refused.output.split())
