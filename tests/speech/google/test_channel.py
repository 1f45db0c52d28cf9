"""Where Google is looked for and with whose key: nothing leaves for a host that is not Google's."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from engine.provider_problem import ProblemKind
from engine.speech.google.channel import Endpoint, GoogleAccess, endpoint_of, open_channel
from engine.speech.ports import SpeechError


def key_text(**changes: str) -> str:
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": "harborline-1",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "caller@harborline-1.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(account | changes)


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (GoogleAccess(), Endpoint("texttospeech.googleapis.com:443", local=False)),
        (GoogleAccess(region=""), Endpoint("texttospeech.googleapis.com:443", local=False)),
        (GoogleAccess(region="eu"), Endpoint("eu-texttospeech.googleapis.com:443", local=False)),
        (GoogleAccess(region="europe-west2"), Endpoint("europe-west2-texttospeech.googleapis.com:443", local=False)),
        (GoogleAccess(endpoint="127.0.0.1:9000"), Endpoint("127.0.0.1:9000", local=True)),
        (GoogleAccess(endpoint="localhost:9000"), Endpoint("localhost:9000", local=True)),
        (GoogleAccess(endpoint="[::1]:9000"), Endpoint("[::1]:9000", local=True)),
        (
            GoogleAccess(endpoint="us-texttospeech.googleapis.com"),
            Endpoint("us-texttospeech.googleapis.com:443", local=False),
        ),
    ],
)
def test_the_host_follows_the_region(access: GoogleAccess, expected: Endpoint):
    assert endpoint_of(access, "texttospeech") == expected


@pytest.mark.parametrize(
    "endpoint",
    [
        "evil.example:443",
        "googleapis.com.evil.example:443",
        "texttospeech.googleapis.com@evil.example:443",
        "192.168.1.4:9000",
        "localhost",
        "127.0.0.1.evil.example:80",
    ],
)
def test_a_key_is_never_sent_to_a_host_that_is_not_googles(endpoint: str):
    with pytest.raises(SpeechError) as refused:
        endpoint_of(GoogleAccess(endpoint=endpoint), "texttospeech")
    assert refused.value.problem is not None and refused.value.problem.kind is ProblemKind.REFUSED


@pytest.mark.parametrize("region", ["Europe", "us_central1", "eu.evil.example/", "-"])
def test_a_misspelt_region_is_told_before_anything_is_sent(region: str):
    with pytest.raises(SpeechError, match="no region") as refused:
        endpoint_of(GoogleAccess(region=region), "speech")
    assert refused.value.problem is not None and refused.value.problem.kind is ProblemKind.WRONG_REGION


@pytest.mark.parametrize(
    "text", ["{", "[]", '"key"', "{}", key_text(private_key="no key at all"), '{"type": "authorized_user"}']
)
async def test_a_text_that_is_no_key_is_told_and_never_shown(text: str):
    with pytest.raises(SpeechError) as refused:
        open_channel(GoogleAccess(service_account=text), "texttospeech")
    problem = refused.value.problem
    assert problem is not None and problem.kind is ProblemKind.WRONG_KEY
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
    assert "no key at all" not in str(refused.value)


async def test_the_project_is_the_keys_unless_another_is_named():
    text = key_text()
    for project, expected in (("", "harborline-1"), ("other-2", "other-2")):
        opened = open_channel(GoogleAccess(project=project, service_account=text), "texttospeech")
        assert opened.project == expected
        await opened.channel.close()


def test_the_key_shows_nowhere():
    assert "secret" not in repr(GoogleAccess(service_account="secret"))
