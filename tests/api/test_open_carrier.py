"""The carrier's account by the settings: what cannot be used stops the start in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from engine.api.carrier import open_carrier
from engine.providers.pool import Stored
from engine.sdk import ConnectionMissing
from engine.settings import Settings, SettingsProblem

NUMBER = "+14155550100"


def settings(key_file: Path) -> Settings:
    values: dict[str, Any] = {
        "phone": "vonage",
        "public_url": "https://leadline.example",
        "vonage_application_id": "app-1",
        "vonage_private_key_path": key_file,
        "vonage_api_key": "abcd1234",
        "vonage_signature_secret": "the-signature-secret",
        "vonage_number": NUMBER,
    }
    return Settings.model_validate(values)


async def no_connections(name: str) -> Stored:
    raise ConnectionMissing(name)


async def test_a_key_in_pkcs1_is_taken(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "vonage.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    async with open_carrier(settings(file), no_connections) as carrier:
        assert carrier.from_number == NUMBER


@pytest.mark.parametrize(
    "content",
    [
        b"no key",
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
)
async def test_a_key_that_cannot_sign_stops_the_start_with_a_sentence(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "vonage.pem"
    file.write_bytes(content)
    with pytest.raises(SettingsProblem, match="The private key is no"):
        async with open_carrier(settings(file), no_connections):
            pass
