"""Who sent this webhook? Vonage signs its callbacks; nothing is believed before the signature is.

Pure: the time is an argument, and what was seen before is an explicit object. The SDK's own check accepts tokens
that are months old and never compares the body with its hash (vonage-voice.md, sections 3 and 7).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

import jwt

PAST_S: Final = 300
"""How old a token may be: the carrier's retries and clocks that drift."""
FUTURE_S: Final = 30
"""How far ahead the carrier's clock may be."""


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """What a genuine webhook must agree with. `signature_secret` is not the API secret."""

    signature_secret: str = field(repr=False)
    api_key: str
    application_id: str


class Fault(Enum):
    """Why a webhook is not believed."""

    UNSIGNED = "unsigned"
    MALFORMED = "malformed"
    WRONG_SIGNATURE = "wrong signature"
    WRONG_SENDER = "wrong sender"
    TOO_OLD = "too old"
    IN_THE_FUTURE = "in the future"
    TAMPERED = "tampered"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answer 401, and do nothing that it asks for. `reason` is plain English for the log; it quotes nothing of the
    request. `claim`: which claim of the token names another sender."""

    fault: Fault
    reason: str
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Genuine:
    """The carrier sent it. `duplicate`: the same delivery came before, so answer as then and change nothing."""

    token_id: str
    issued_at: float
    duplicate: bool = False


class ReplayCache:
    """Token ids seen within `keep_s` seconds, so that a caught webhook cannot be sent again with another body.

    Keeps longer than a token can be valid; at most `limit` ids (the oldest go first), about 20 MB.
    """

    def __init__(self, keep_s: float = 600.0, limit: int = 100_000) -> None:
        self._keep_s = keep_s
        self._limit = limit
        self._seen: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def meet(self, token_id: str, payload_hash: str, now: float) -> Literal["new", "duplicate", "replay"]:
        """Note a token. `duplicate`: same id and body (the carrier retries); `replay`: same id, another body."""
        while self._seen:
            oldest, (when, _) = next(iter(self._seen.items()))
            if now - when <= self._keep_s and len(self._seen) < self._limit:
                break
            del self._seen[oldest]
        if (known := self._seen.get(token_id)) is None:
            self._seen[token_id] = (now, payload_hash)
            return "new"
        return "duplicate" if known[1] == payload_hash else "replay"


def verify_webhook(
    authorization: str | None, body: bytes, keys: WebhookKeys, replays: ReplayCache, now: float
) -> Genuine | Refusal:
    """Judge a webhook by its `Authorization` header and its raw body. `now`: Unix seconds."""
    claims = _claims(authorization, keys, now)
    if isinstance(claims, Refusal):
        return claims
    if not any(hmac.compare_digest(claims.payload_hash, digest) for digest in _hashes(body)):
        return Refusal(Fault.TAMPERED, "The body is not the one that was signed.")
    match replays.meet(claims.token_id, claims.payload_hash, now):
        case "replay":
            return Refusal(Fault.REPLAYED, "This token was used before, with another body.")
        case seen:
            return Genuine(claims.token_id, claims.issued_at, duplicate=seen == "duplicate")


def verify_handshake(authorization: str | None, keys: WebhookKeys, now: float) -> Genuine | Refusal:
    """Judge the handshake of a media socket, by signature, time and application.

    What else its token says is not documented (section 7): `iss` and `api_key` are compared if they are there; the hash
    and the token's id are not read, since the socket proves itself by a token of ours too, which works once.
    """
    claims = _claims(authorization, keys, now, handshake=True)
    return claims if isinstance(claims, Refusal) else Genuine(claims.token_id, claims.issued_at)


@dataclass(frozen=True, slots=True)
class _Claims:
    token_id: str
    issued_at: float
    payload_hash: str


def _claims(authorization: str | None, keys: WebhookKeys, now: float, *, handshake: bool = False) -> _Claims | Refusal:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return Refusal(Fault.UNSIGNED, "The request carries no signature (Authorization: Bearer …).")
    try:
        # Claims are checked below: the library would use the machine's clock, and refuse what we need not read.
        claims = jwt.decode(
            token.strip(),
            keys.signature_secret,
            algorithms=["HS256"],
            options={
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
                "verify_iss": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )
    except jwt.InvalidAlgorithmError:
        return Refusal(Fault.WRONG_SIGNATURE, "The token is not signed with HS256.")
    except jwt.InvalidSignatureError:
        return Refusal(
            Fault.WRONG_SIGNATURE,
            "The signature does not fit our signature secret. Compare the secret with Vonage's dashboard.",
        )
    except jwt.InvalidTokenError:
        return Refusal(Fault.MALFORMED, "The token cannot be read.")
    issued_at, token_id, payload_hash = claims.get("iat"), claims.get("jti"), claims.get("payload_hash", "")
    if handshake:
        token_id, payload_hash = "handshake", ""
    if (
        not isinstance(issued_at, int | float)
        or isinstance(issued_at, bool)
        or not isinstance(token_id, str)
        or not token_id
        or not isinstance(payload_hash, str)
        or not payload_hash.isascii()
    ):
        return Refusal(Fault.MALFORMED, "The token lacks its time (iat), its id (jti) or a readable body hash.")
    for name, expected in (
        ("iss", "Vonage"),
        ("api_key", keys.api_key),
        ("application_id", keys.application_id),
    ):
        if handshake and name != "application_id" and name not in claims:
            continue
        if claims.get(name) != expected:
            return Refusal(Fault.WRONG_SENDER, f"The token's {name} is not the one of our Vonage connection.", name)
    # Written so that a NaN, which is neither old nor new, is refused as well.
    if not issued_at >= now - PAST_S:
        return Refusal(Fault.TOO_OLD, f"The token is more than {PAST_S} seconds old.")
    if not issued_at <= now + FUTURE_S:
        return Refusal(
            Fault.IN_THE_FUTURE,
            f"The token is from more than {FUTURE_S} seconds in the future. Check this machine's clock.",
        )
    return _Claims(token_id, float(issued_at), payload_hash.lower())


def _hashes(body: bytes) -> list[str]:
    """The raw body's hash; then that of its compact form, since gateways on the way may have re-spaced the JSON."""
    digests = [hashlib.sha256(body).hexdigest()]
    try:
        compact = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return digests
    return [*digests, hashlib.sha256(compact).hexdigest()]
