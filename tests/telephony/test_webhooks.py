"""Which webhooks are believed."""

import hashlib
import json
from typing import Any

import jwt
import pytest

from engine.telephony.webhooks import (
    Fault,
    Genuine,
    Refusal,
    ReplayCache,
    WebhookKeys,
    verify_handshake,
    verify_webhook,
)

NOW = 1_780_000_000.0
SECRET = "the-signature-secret-of-the-account-" * 2
KEYS = WebhookKeys(SECRET, "abcd1234", "app-1")
BODY = b'{"status":"answered","uuid":"u-1","from":"caf\xc3\xa9"}'


def signed(body: bytes = BODY, *, secret: str = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    full = {
        "iat": int(NOW),
        "jti": "token-1",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "abcd1234",
        "application_id": "app-1",
    } | claims
    kept = {key: value for key, value in full.items() if value is not None}
    return "Bearer " + jwt.encode(kept, secret, algorithm=algorithm)


def judge(header: str | None, body: bytes = BODY, replays: ReplayCache | None = None) -> Genuine | Refusal:
    return verify_webhook(header, body, KEYS, replays or ReplayCache(), NOW)


def test_a_genuine_webhook_is_believed() -> None:
    assert judge(signed()) == Genuine("token-1", NOW)


@pytest.mark.parametrize("age", [0, 300, -30])
def test_a_clock_that_is_a_little_off_is_no_matter(age: int) -> None:
    assert isinstance(judge(signed(iat=int(NOW) - age)), Genuine)


def test_json_that_was_spaced_out_on_the_way_is_still_the_same_body() -> None:
    spaced = json.dumps(json.loads(BODY), indent=2, ensure_ascii=False).encode()
    assert isinstance(judge(signed(), spaced), Genuine)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (None, Fault.UNSIGNED),
        ("", Fault.UNSIGNED),
        ("Basic abc", Fault.UNSIGNED),
        ("Bearer ", Fault.UNSIGNED),
        ("Bearer not.a.token", Fault.MALFORMED),
        (signed(secret="another-secret-that-is-long-enough"), Fault.WRONG_SIGNATURE),
        (signed(algorithm="HS512"), Fault.WRONG_SIGNATURE),
        (signed(secret="", algorithm="none"), Fault.WRONG_SIGNATURE),
        (signed(iss="Evil"), Fault.WRONG_SENDER),
        (signed(api_key="other"), Fault.WRONG_SENDER),
        (signed(application_id="other"), Fault.WRONG_SENDER),
        (signed(application_id=None), Fault.WRONG_SENDER),
        (signed(iat=int(NOW) - 301), Fault.TOO_OLD),
        (signed(iat=float("nan")), Fault.TOO_OLD),
        (signed(iat=int(NOW) + 31), Fault.IN_THE_FUTURE),
        (signed(iat="soon"), Fault.MALFORMED),
        (signed(iat=None), Fault.MALFORMED),
        (signed(jti=None), Fault.MALFORMED),
        (signed(payload_hash=None), Fault.TAMPERED),
        (signed(payload_hash="\u00e9"), Fault.MALFORMED),
        (signed(b"another body"), Fault.TAMPERED),
    ],
)
def test_what_is_not_believed_is_refused_with_a_reason(header: str | None, fault: Fault) -> None:
    verdict = judge(header)
    assert isinstance(verdict, Refusal)
    assert verdict.fault is fault
    assert verdict.reason.endswith((".", ")"))
    assert SECRET not in verdict.reason


def test_a_tampered_body_is_refused() -> None:
    verdict = judge(signed(), BODY.replace(b"answered", b"completed"))
    assert isinstance(verdict, Refusal)
    assert verdict.fault is Fault.TAMPERED


def test_the_carriers_retry_of_a_webhook_counts_as_a_duplicate_delivery() -> None:
    replays = ReplayCache()
    assert judge(signed(), replays=replays) == Genuine("token-1", NOW)
    assert judge(signed(), replays=replays) == Genuine("token-1", NOW, duplicate=True)


def test_a_token_used_again_for_another_body_is_a_replay() -> None:
    replays = ReplayCache()
    judge(signed(), replays=replays)
    verdict = judge(signed(b"{}"), b"{}", replays)
    assert isinstance(verdict, Refusal)
    assert verdict.fault is Fault.REPLAYED


def test_a_forged_webhook_cannot_spoil_a_token_id_for_the_real_one() -> None:
    replays = ReplayCache()
    judge(signed(secret="another-secret-that-is-long-enough"), replays=replays)
    judge(signed(), b"tampered", replays)
    assert judge(signed(), replays=replays) == Genuine("token-1", NOW)


def test_old_token_ids_are_forgotten_and_their_number_is_bounded() -> None:
    replays = ReplayCache(keep_s=600, limit=3)
    assert replays.meet("a", "1", 0.0) == "new"
    assert replays.meet("a", "1", 600.0) == "duplicate"
    assert replays.meet("a", "1", 601.0) == "new"
    for token in "bcde":
        replays.meet(token, "1", 602.0)
    assert replays.meet("a", "1", 602.0) == "new"


def test_a_media_handshake_is_believed_by_signature_time_and_application_alone() -> None:
    for absent in ("payload_hash", "api_key", "iss", "jti"):
        assert isinstance(verify_handshake(signed(**{absent: None}), KEYS, NOW), Genuine), absent
    assert isinstance(verify_handshake(signed(payload_hash=7, jti=7), KEYS, NOW), Genuine)
    bare = signed(payload_hash=None, api_key=None, iss=None, jti=None)
    assert isinstance(verify_handshake(bare, KEYS, NOW), Genuine)
    verdict = verify_webhook(bare, BODY, KEYS, ReplayCache(), NOW)
    assert isinstance(verdict, Refusal), "a webhook must say all of it"


@pytest.mark.parametrize(
    "claims",
    [
        {"application_id": None},
        {"application_id": "other"},
        {"api_key": "other"},
        {"iss": "Evil"},
        {"iat": None},
        {"iat": int(NOW) + 31},
        {"secret": "another-secret-that-is-long-enough"},
    ],
)
def test_a_media_handshake_that_says_something_wrong_is_refused(claims: dict[str, Any]) -> None:
    assert isinstance(verify_handshake(signed(**claims), KEYS, NOW), Refusal)


def test_a_media_handshake_of_long_ago_is_too_old() -> None:
    refused = verify_handshake(signed(iat=int(NOW) - 400), KEYS, NOW)
    assert isinstance(refused, Refusal)
    assert refused.fault is Fault.TOO_OLD
