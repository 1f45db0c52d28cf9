"""The telephone network that calls go out by: Vonage, or the simulated one on this machine. One phone path for both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from engine.providers.accounts import ConnectionInvalid, VonageAccount, vonage_account
from engine.providers.pool import ReadConnection
from engine.sdk import ConnectionMissing
from engine.settings import Settings, SettingsProblem
from engine.simulate.network import LoopbackNetwork, demo_credentials
from engine.telephony.client import Credentials, VonageClient
from engine.telephony.webhooks import WebhookKeys

SIMULATED_NUMBER: Final = "+14155550100"


@dataclass(frozen=True, slots=True)
class Carrier:
    """`from_number`: E.164. `network`: the simulated one, if this process runs it; telephones are put on it there."""

    client: VonageClient
    keys: WebhookKeys = field(repr=False)
    from_number: str
    network: LoopbackNetwork | None = None


@asynccontextmanager
async def open_carrier(settings: Settings, read: ReadConnection) -> AsyncIterator[Carrier]:
    """Raises `SettingsProblem`. A simulated network runs here unless the settings name the one of another process.
    `read`: gives the connection that holds the account, if the settings name one."""
    if settings.phone == "vonage" or _network_elsewhere(settings):
        account = await _connected(settings, read) if settings.phone_connection else _set(settings)
        client = _client(settings, account)
        keys = WebhookKeys(account.signature_secret, account.api_key, account.application_id)
        try:
            yield Carrier(client, keys, account.number)
        finally:
            client.close()
        return
    folder = settings.data_dir / "simulated-network"
    own = demo_credentials(folder)
    async with LoopbackNetwork(
        folder,
        application_id=own.application_id,
        api_key=own.api_key,
        signature_secret=own.signature_secret,
        public_key_pem=own.public_key_pem,
    ) as network:
        client = VonageClient(
            Credentials(own.application_id, own.private_key_file),
            api_host=network.api_host,
            ca_file=network.ca_file,
        )
        keys = WebhookKeys(own.signature_secret, own.api_key, own.application_id)
        try:
            yield Carrier(client, keys, settings.vonage_number or SIMULATED_NUMBER, network)
        finally:
            client.close()


def _network_elsewhere(settings: Settings) -> bool:
    """A simulated network of another process: its host is given, and lies on this machine (never the real carrier)."""
    host = settings.vonage_api_host.partition(":")[0]
    return settings.phone == "simulated" and host in ("localhost", "127.0.0.1")


def _set(settings: Settings) -> VonageAccount:
    """The account that the settings themselves hold."""
    secret, key_file = settings.vonage_signature_secret, settings.vonage_private_key_path
    missing = [
        name
        for name, value in (
            ("LEADLINE_VONAGE_APPLICATION_ID", settings.vonage_application_id),
            ("LEADLINE_VONAGE_PRIVATE_KEY_PATH", key_file),
            ("LEADLINE_VONAGE_SIGNATURE_SECRET", secret),
            ("LEADLINE_VONAGE_API_KEY", settings.vonage_api_key),
        )
        if not value
    ]
    if missing or secret is None or key_file is None:
        raise SettingsProblem(
            f"For calls through {settings.vonage_api_host} these are needed too: {', '.join(missing)}."
        )
    return VonageAccount(
        settings.vonage_application_id,
        key_file.read_text(),
        settings.vonage_api_key,
        secret.get_secret_value(),
        settings.vonage_number or SIMULATED_NUMBER,
    )


async def _connected(settings: Settings, read: ReadConnection) -> VonageAccount:
    """The account of the connection that the settings name."""
    try:
        return vonage_account((await read(settings.phone_connection)).connection)
    except (ConnectionMissing, ConnectionInvalid) as problem:
        raise SettingsProblem(f"LEADLINE_PHONE_CONNECTION cannot be used: {problem}") from None


def _client(settings: Settings, account: VonageAccount) -> VonageClient:
    try:
        return VonageClient(
            Credentials(account.application_id, account.private_key),
            api_host=settings.vonage_api_host,
            ca_file=settings.vonage_ca_bundle,
        )
    except ValueError as problem:
        raise SettingsProblem(f"The carrier's settings cannot be used: {problem}") from None
