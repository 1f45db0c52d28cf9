"""What people type into a connection: read, or refused in words that name the field and never show a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.providers.accounts import (
    ConnectionInvalid,
    GeminiAccount,
    GoogleAccount,
    gemini_account,
    google_account,
    on_this_machine,
    read_account,
    vonage_account,
)
from engine.providers.kinds import ACCOUNT_KINDS
from engine.sdk import Connection
from engine.simulate.network import demo_credentials

SECRET = "p4ssw0rd"
PEM = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"
KEY_FILE = {
    "type": "service_account",
    "project_id": "leadline-prod",
    "client_email": "calls@leadline-prod.iam.gserviceaccount.com",
    "private_key": PEM,
    "token_uri": "https://oauth2.googleapis.com/token",
}
VONAGE = {
    "application_id": "a-1",
    "private_key": PEM,
    "api_key": "abcd1234",
    "signature_secret": SECRET,
    "number": "+14155550100",
}


def whole_key(folder: Path) -> str:
    return demo_credentials(folder).private_key_file.read_text()


def google(**settings: str) -> Connection:
    return Connection("google", "google", settings)


def gemini(**settings: str) -> Connection:
    return Connection("gemini", "gemini", settings)


def refused(connection: Connection) -> str:
    with pytest.raises(ConnectionInvalid) as problem:
        read_account(connection)
    return str(problem.value)


def test_a_key_file_is_all_that_google_needs() -> None:
    account = google_account(google(credentials=json.dumps(KEY_FILE)))
    assert account.project == "leadline-prod"
    assert json.loads(account.key) == KEY_FILE


def test_application_default_credentials_need_a_project() -> None:
    assert google_account(google(credentials="application_default", project="leadline-prod")) == GoogleAccount(
        "leadline-prod"
    )
    assert "project: is missing" in refused(google(credentials="application_default"))


def test_gemini_goes_by_api_key_or_by_vertex() -> None:
    assert gemini_account(gemini(api_key="k")) == GeminiAccount("k")
    assert gemini_account(gemini(api_key="k", api_version="v1beta")).api_version == "v1beta"
    assert "api_version: must be v1 or v1beta" in refused(gemini(api_key="k", api_version="v2"))
    account = gemini_account(gemini(credentials=json.dumps(KEY_FILE), location="us-central1"))
    assert (account.vertex, account.project, account.location) == (True, "leadline-prod", "us-central1")
    assert "location: is missing" in refused(gemini(credentials=json.dumps(KEY_FILE)))


def test_an_emulator_on_this_machine_needs_no_key() -> None:
    account = google_account(google(project="leadline-dev", speech_endpoint="127.0.0.1:9001"))
    assert (account.speech_endpoint, account.key) == ("127.0.0.1:9001", "")
    assert gemini_account(gemini(endpoint="http://127.0.0.1:9003")).endpoint == "http://127.0.0.1:9003"


@pytest.mark.parametrize(
    "address",
    [
        "speech.googleapis.com:443",
        "evil.example:9001",
        "127.0.0.1.evil.example:9001",
        "localhost@evil.example:9001",
        "http://user@127.0.0.1:9001",
        "https://127.0.0.1:9001",
        "10.0.0.1:9001",
        "127.0.0.1",
        "[::1",
    ],
)
def test_no_key_is_ever_carried_off_this_machine_by_an_endpoint(address: str) -> None:
    assert not on_this_machine(address)
    assert "only for emulators on this machine" in refused(google(project="leadline-dev", speech_endpoint=address))
    assert "only for emulators on this machine" in refused(gemini(api_key=SECRET, endpoint=address))


@pytest.mark.parametrize("address", ["127.0.0.1:9001", "localhost:9001", "[::1]:9001", "http://127.0.0.1:9003"])
def test_emulators_on_loopback_are_taken(address: str) -> None:
    assert on_this_machine(address)


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        (google(), "credentials: is missing"),
        (google(credentials="{" + SECRET), "not the content of a key file"),
        (google(credentials=json.dumps({"type": "authorized_user", "x": SECRET})), "not the key of a service account"),
        (google(credentials=json.dumps({**KEY_FILE, "client_email": ""})), "lacks client_email"),
        (google(credentials="application_default", project="My Project"), "project: is no project id"),
        (google(credentials="application_default", project="leadline-prod", location="US East"), "is no location"),
        (
            google(credentials="application_default", project="leadline-prod", voice_location="us-east1"),
            "must be one of",
        ),
        (gemini(), "api_key: is missing"),
        (gemini(api_key=f"{SECRET}\n{SECRET}"), "holds a space or a line break"),
        (Connection("tel", "vonage", {**VONAGE, "private_key": SECRET}), "is no whole private key"),
        (Connection("tel", "vonage", VONAGE), "is no whole private key"),
        (Connection("tel", "vonage", {**VONAGE, "number": "0415"}), "with country code"),
        (Connection("tel", "vonage", {}), "signature_secret: is missing"),
        (google(api_key=SECRET, credentials="application_default", project="leadline-prod"), "api_key: is no field"),
        (Connection("crm", "webhook", {"secret": SECRET}), "google, gemini, vonage"),
    ],
)
def test_refusals_name_the_field_and_show_no_value(connection: Connection, words: str) -> None:
    text = refused(connection)
    assert words in text
    assert connection.name in text
    assert SECRET not in text


def test_an_account_shows_no_secret_when_printed(tmp_path: Path) -> None:
    key = whole_key(tmp_path)
    accounts = [
        google_account(google(credentials=json.dumps(KEY_FILE))),
        gemini_account(gemini(api_key=SECRET)),
        vonage_account(Connection("tel", "vonage", {**VONAGE, "private_key": key})),
    ]
    assert SECRET not in repr(accounts) + str(accounts)
    assert key.splitlines()[1] not in repr(accounts)


def test_what_proves_who_we_are_is_marked_secret() -> None:
    marked = {(kind, each.name) for kind in ACCOUNT_KINDS for each in ACCOUNT_KINDS[kind].fields if each.secret}
    assert marked == {
        ("google", "credentials"), ("gemini", "api_key"), ("gemini", "credentials"),
        ("vonage", "private_key"), ("vonage", "signature_secret"),
    }  # fmt: skip
