"""The application's private key, as Vonage's SDK wants it: PEM in PKCS#8.

The dashboard gives PKCS#8, but older downloads and `openssl genrsa` give PKCS#1 (`BEGIN RSA PRIVATE KEY`), which the
SDK refuses as text (vonage-voice.md, section 2). The same key is written in the other form.
"""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class KeyUnusable(ValueError):
    """This is no key to sign with. The message says what is wrong, and shows nothing of the key."""


def application_key(pem: str) -> str:
    """The RSA key in `pem` as PKCS#8. Raises `KeyUnusable`."""
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except TypeError:
        raise KeyUnusable("The private key is protected by a password. Store it without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyUnusable(
            "The private key is no whole private key (a PEM file that begins with -----BEGIN PRIVATE KEY-----). "
            "Download it again from Vonage's dashboard, and give all of it."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyUnusable("The private key is no RSA key, and Vonage takes no other. Download it again from Vonage.")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
