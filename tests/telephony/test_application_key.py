"""The application's private key in all the forms in which people have it."""

from __future__ import annotations

import re

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from engine.telephony.application_key import KeyUnusable, application_key

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PKCS1 = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PKCS8 = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_key_in_pkcs1_is_written_in_the_form_that_the_sdk_takes() -> None:
    assert PKCS1.startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert application_key(PKCS1) == PKCS8
    token = jwt.encode({"a": 1}, application_key(PKCS1), algorithm="RS256")
    assert jwt.decode(token, KEY.public_key(), algorithms=["RS256"]) == {"a": 1}


@pytest.mark.parametrize("text", [PKCS8, PKCS8.strip(), f"\n{PKCS8}\n", PKCS8.replace("\n", "\r\n")])
def test_a_key_in_pkcs8_stays_what_it_is(text: str) -> None:
    assert application_key(text) == PKCS8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no whole private key"),
        ("abc \u00e9", "no whole private key"),
        (PKCS8[:400], "no whole private key"),
        (KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode(), "a password"),
        (
            ec.generate_private_key(ec.SECP256R1())
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
            "no RSA key",
        ),
    ],
)
def test_what_is_no_key_to_sign_with_is_told_in_plain_words_without_showing_it(text: str, words: str) -> None:
    with pytest.raises(KeyUnusable, match=re.escape(words)) as caught:
        application_key(text)
    assert not any(line in str(caught.value) for line in text.splitlines() if len(line) > 40)
