"""Is what was sent really from whom it should be? Signatures over the raw body, and tokens in a header. Pure.

Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, base64, several in one header; 300 s of tolerance. Others sign
the body alone, each with a header of its own (`Scheme`). Two secrets count at a time, so that one can be replaced.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

TOLERANCE_S: Final = 300
STANDARD: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


class NotBelieved(Exception):
    """Not from whom it should be. The message says why, for whoever sets the sender up; it holds no secret. `stale`:
    the signature may be right, but it is too old or too new."""

    def __init__(self, why: str, *, stale: bool = False) -> None:
        super().__init__(why)
        self.stale = stale


class Scheme(BaseModel):
    """How a service signs that has its own way: HMAC over the raw body, as text in a header. `body_prefix`: put before
    the body when it is signed (LinkedIn does that)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    header: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = Field("", max_length=40)
    encoding: Literal["hex", "base64"] = "hex"
    hash: Literal["sha256", "sha1", "sha512"] = "sha256"
    body_prefix: str = Field("", max_length=40)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a signed message proves. `id`: the sender's own name for it, the same when it is sent again; may be
    empty."""

    id: str = ""


def key_of(secret: str) -> bytes:
    """The key in a secret of Standard Webhooks: base64 behind `whsec_`. Raises ValueError."""
    try:
        key = base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("It must be whsec_ and base64 text.") from None
    if len(key) < 16:
        raise ValueError("It is too short: whsec_ and the base64 of at least 16 bytes.")
    return key


def standard(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> Proof:
    """`headers`: names in small letters. `now`: Unix seconds. Raises `NotBelieved`."""
    id_, sent_at, signatures = (headers.get(name, "") for name in STANDARD)
    if not (id_ and sent_at and signatures):
        raise NotBelieved(f"It is not signed: it needs the headers {', '.join(STANDARD)}.")
    try:
        seconds = int(sent_at)
    except ValueError:
        raise NotBelieved("Its webhook-timestamp is no time in Unix seconds.") from None
    if abs(now - seconds) > TOLERANCE_S:
        raise NotBelieved(
            "It was signed more than five minutes ago or in the future. Check the sender's clock.", stale=True
        )
    given = [_bytes(part.removeprefix("v1,"), "base64") for part in signatures.split(" ") if part.startswith("v1,")]
    signed = f"{id_}.{seconds}.".encode() + body
    for secret in secrets:
        try:
            key = key_of(secret)
        except ValueError:
            continue
        ours = hmac.digest(key, signed, hashlib.sha256)
        if any(hmac.compare_digest(ours, each) for each in given):
            return Proof(id_)
    raise NotBelieved("Its signature does not fit the secret.")


def by_scheme(scheme: Scheme, secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> Proof:
    """Raises `NotBelieved`."""
    given = headers.get(scheme.header.lower(), "").strip()
    if not given:
        raise NotBelieved(f"It is not signed: it needs the header {scheme.header}.")
    if not given.startswith(scheme.prefix):
        raise NotBelieved(f"Its header {scheme.header} does not begin with '{scheme.prefix}'.")
    theirs = _bytes(given.removeprefix(scheme.prefix), scheme.encoding)
    signed = scheme.body_prefix.encode() + body
    if any(hmac.compare_digest(hmac.digest(each.encode(), signed, scheme.hash), theirs) for each in secrets):
        return Proof()
    raise NotBelieved("Its signature does not fit the secret.")


def by_token(header: str, secrets: Sequence[str], headers: Mapping[str, str]) -> Proof:
    """A secret word in a header, alone or behind `Bearer`. Raises `NotBelieved`."""
    given = headers.get(header.lower(), "").strip()
    if not given:
        raise NotBelieved(f"It needs the header {header} with the token.")
    word = given[7:].strip() if given[:7].lower() == "bearer " else given
    if not any(same_secret(word, each) for each in secrets):
        raise NotBelieved(f"The token in the header {header} is another one.")
    return Proof()


def same_secret(given: str, expected: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


def _bytes(text: str, encoding: Literal["hex", "base64"]) -> bytes:
    """Nothing for what is malformed: it fits no signature."""
    try:
        return bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
