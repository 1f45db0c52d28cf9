"""The telephone's account may be a connection instead of settings; what is wrong with it is told before a call."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.api.carrier import open_carrier
from engine.providers.pool import Stored
from engine.sdk import Connection, ConnectionMissing
from engine.settings import Settings, SettingsProblem
from engine.simulate.network import LoopbackNetwork, demo_credentials


class Kept:
    def __init__(self, *connections: Connection) -> None:
        self._connections = {each.name: each for each in connections}

    async def __call__(self, name: str) -> Stored:
        if name not in self._connections:
            raise ConnectionMissing(f"No connection is called '{name}'. Add it with `leadline connect`.")
        return Stored(self._connections[name], datetime.now(UTC))


async def test_calls_go_out_by_the_account_of_a_connection(tmp_path: Path) -> None:
    account = demo_credentials(tmp_path)
    async with LoopbackNetwork(
        tmp_path / "network",
        application_id=account.application_id,
        api_key=account.api_key,
        signature_secret=account.signature_secret,
        public_key_pem=account.public_key_pem,
    ) as network:
        fields = {
            "application_id": account.application_id,
            "private_key": account.private_key_file.read_text(),
            "api_key": account.api_key,
            "signature_secret": account.signature_secret,
            "number": "+14155550177",
        }
        settings = Settings.model_validate(
            {
                "phone": "vonage",
                "phone_connection": "tel",
                "vonage_api_host": network.api_host,
                "vonage_ca_bundle": network.ca_file,
            }
        )
        async with open_carrier(settings, Kept(Connection("tel", "vonage", fields))) as carrier:
            assert carrier.from_number == "+14155550177"
            await carrier.client.check()
            assert network.hosts_asked != []
        with pytest.raises(SettingsProblem, match="number: is missing"):
            async with open_carrier(settings, Kept(Connection("tel", "vonage", {**fields, "number": ""}))):
                pass
        with pytest.raises(SettingsProblem, match="No connection is called 'tel'"):
            async with open_carrier(settings, Kept()):
                pass
