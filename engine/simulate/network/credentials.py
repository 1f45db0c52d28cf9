"""The account of the demonstration: an application, its key pair and its secrets, made on this machine."""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True, slots=True)
class NetworkCredentials:
    """Both sides of the account. The application keeps `private_key_file`, the carrier only `public_key_pem`."""

    application_id: str
    api_key: str
    signature_secret: str = field(repr=False)
    private_key_file: Path = field(repr=False)
    public_key_pem: str = field(repr=False)


def demo_credentials(folder: Path) -> NetworkCredentials:
    """The account kept in `folder`, made at the first call (an RSA key takes about 0.1 s) and the same ever after.

    The key file is PKCS#8 PEM and readable by its owner only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key_file, account_file = folder / "vonage-private.pem", folder / "vonage-account.json"
    if not (key_file.is_file() and account_file.is_file()):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key_file.touch(mode=0o600)
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        account_file.touch(mode=0o600)
        account_file.write_text(
            json.dumps(
                {
                    "application_id": str(uuid.uuid4()),
                    "api_key": secrets.token_hex(4),
                    "signature_secret": secrets.token_urlsafe(32),
                }
            )
        )
    account: dict[str, str] = json.loads(account_file.read_text())
    private = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    return NetworkCredentials(
        application_id=account["application_id"],
        api_key=account["api_key"],
        signature_secret=account["signature_secret"],
        private_key_file=key_file,
        public_key_pem=private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    )
