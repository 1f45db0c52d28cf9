"""The real client, the real SDK, a real network on loopback, over TLS."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.simulate.network import LoopbackNetwork, NetworkCredentials, demo_credentials
from engine.telephony.client import Credentials, VonageClient
from engine.telephony.webhooks import WebhookKeys


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> NetworkCredentials:
    return demo_credentials(tmp_path_factory.mktemp("account"))


@pytest.fixture
def keys(account: NetworkCredentials) -> WebhookKeys:
    return WebhookKeys(account.signature_secret, account.api_key, account.application_id)


@pytest.fixture
async def network(
    request: pytest.FixtureRequest, account: NetworkCredentials, tmp_path: Path
) -> AsyncIterator[LoopbackNetwork]:
    """Generous with calls a second unless a test asks, by an indirect parameter, for the carrier's own limit."""
    async with LoopbackNetwork(
        tmp_path,
        application_id=account.application_id,
        api_key=account.api_key,
        signature_secret=account.signature_secret,
        public_key_pem=account.public_key_pem,
        calls_per_second=getattr(request, "param", 50.0),
    ) as network:
        yield network


@pytest.fixture
def client(account: NetworkCredentials, network: LoopbackNetwork) -> Iterator[VonageClient]:
    client = VonageClient(
        Credentials(account.application_id, account.private_key_file),
        api_host=network.api_host,
        ca_file=network.ca_file,
        timeout_s=5,
    )
    yield client
    client.close()
