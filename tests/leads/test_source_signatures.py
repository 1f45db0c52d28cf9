"""Who may send leads: signatures over the raw body, and tokens; forged, stale and malformed ones are not believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from engine.leads.sources.connection_kinds import SECRET, SOURCE_KINDS
from engine.leads.sources.signatures import NotBelieved, Scheme, by_scheme, by_token, standard
from engine.sdk import Connection

OLD, NEW = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "whsec_" + base64.b64encode(b"another secret of 24 byt").decode()
AT = 1795356000
BODY = b'{"type":"call.completed","timestamp":"2026-11-22T14:00:00Z","data":{"id":1}}'
FITS = "v1,2KRu40DZEJW0vSsD7jrlu7apMOhnKTYr30r+UvxIjvE="


def headers(signature: str = FITS, at: object = AT, id: str = "msg_1") -> dict[str, str]:
    return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": signature}


def test_the_vector_of_the_fact_sheet_is_believed() -> None:
    assert standard([OLD], headers(), BODY, AT).id == "msg_1"


def test_what_the_published_library_signs_is_believed() -> None:
    signature = Webhook(NEW).sign("msg_2", datetime.fromtimestamp(AT, UTC), BODY.decode())
    assert standard([OLD, NEW], headers(signature, id="msg_2"), BODY, AT + 1).id == "msg_2"


def test_while_a_secret_is_replaced_both_count() -> None:
    signature = Webhook(NEW).sign("msg_1", datetime.fromtimestamp(AT, UTC), BODY.decode())
    for secrets in ([OLD, NEW], [NEW, OLD]):
        assert standard(secrets, headers(), BODY, AT)
        assert standard(secrets, headers(signature), BODY, AT)
        assert standard(secrets, headers(f"v1a,xyz v1,AAAA {signature}"), BODY, AT)
    with pytest.raises(NotBelieved, match="does not fit"):
        standard([NEW], headers(), BODY, AT)


@pytest.mark.parametrize(("late", "believed"), [(299, True), (-299, True), (301, False), (-301, False)])
def test_a_signature_holds_five_minutes(late: int, believed: bool) -> None:
    if believed:
        assert standard([OLD], headers(), BODY, AT + late)
        return
    with pytest.raises(NotBelieved) as problem:
        standard([OLD], headers(), BODY, AT + late)
    assert problem.value.stale


@pytest.mark.parametrize(
    ("given", "body"),
    [
        (headers("v1,not base64!"), BODY),
        (headers("v1,A"), BODY),
        (headers("v1,é"), BODY),
        (headers(""), BODY),
        (headers("v2," + FITS[3:]), BODY),
        (headers(FITS[3:]), BODY),
        (headers(at="soon"), BODY),
        (headers(at="1e999"), BODY),
        (headers(id="msg_2"), BODY),
        (headers(), BODY + b" "),
        (headers(), json.dumps(json.loads(BODY)).encode()),
        ({}, BODY),
    ],
)
def test_forged_and_malformed_signatures_are_not_believed(given: dict[str, str], body: bytes) -> None:
    with pytest.raises(NotBelieved):
        standard([OLD], given, body, AT)
    with pytest.raises(NotBelieved):
        standard([], given, body, AT)
    with pytest.raises(NotBelieved):
        standard(["whsec_not base64"], given, body, AT)


def signed(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), body, hashlib.sha256)


def test_services_with_a_header_of_their_own_are_believed() -> None:
    tiktok = Scheme(header="X-Signature")
    assert by_scheme(tiktok, ["old", "app-secret"], {"x-signature": signed("app-secret", BODY).hex()}, BODY)
    linkedin = Scheme(header="X-LI-Signature", prefix="hmacsha256=", body_prefix="hmacsha256=")
    theirs = "hmacsha256=" + signed("app-secret", b"hmacsha256=" + BODY).hex()
    assert by_scheme(linkedin, ["app-secret"], {"x-li-signature": theirs}, BODY)
    typeform = Scheme(header="Typeform-Signature", prefix="sha256=", encoding="base64")
    theirs = "sha256=" + base64.b64encode(signed("app-secret", BODY)).decode()
    assert by_scheme(typeform, ["app-secret"], {"typeform-signature": theirs}, BODY)
    for given in ("", "sha256=", "sha256=zz", "sha1=" + theirs[7:], theirs[:-4] + "AAAA", "\udcff"):
        with pytest.raises(NotBelieved):
            by_scheme(typeform, ["app-secret"], {"typeform-signature": given}, BODY)


def test_a_token_is_taken_with_and_without_bearer() -> None:
    for given in ("Bearer t0ken-of-zapier", "bearer  t0ken-of-zapier", "t0ken-of-zapier"):
        by_token("Authorization", ["older-token", "t0ken-of-zapier"], {"authorization": given})
    for given in ("", "Bearer ", "Bearer other-token", "Basic dDBrZW4tb2YtemFwaWVy", "t0ken-of-zapiér"):
        with pytest.raises(NotBelieved):
            by_token("Authorization", ["t0ken-of-zapier"], {"authorization": given})


def test_no_reason_tells_a_secret() -> None:
    for attempt in (headers("v1,AAAA"), headers(at=0), {}):
        with pytest.raises(NotBelieved) as problem:
            standard([OLD], attempt, BODY, AT)
        assert not re.search(r"whsec_M|0123|MDEy", str(problem.value))


def test_a_secret_that_could_never_fit_is_refused_when_it_is_entered() -> None:
    kind = SOURCE_KINDS[SECRET]
    assert kind.problems(Connection("a", SECRET, {"secret": OLD, "second_secret": NEW})) == ()
    assert "whsec_" in kind.problems(Connection("a", SECRET, {"secret": "whsec_%%%"}))[0]
    assert "short" in kind.problems(Connection("a", SECRET, {"secret": "abc"}))[0]
    assert kind.problems(Connection("a", SECRET, {}))
