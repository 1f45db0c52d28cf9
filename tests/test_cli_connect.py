"""`leadline connect`: secrets never from the command line, never shown again, encrypted in the database."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.cli import app

SECRET = "p4ssw0rd-of-nobody"
PEM = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"
KEY_FILE = {
    "type": "service_account",
    "project_id": "leadline-prod",
    "client_email": "calls@leadline-prod.iam.gserviceaccount.com",
    "private_key": PEM,
    "token_uri": "https://oauth2.googleapis.com/token",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("LEADLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def leadline(*arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin, env=env)


def names() -> list[str]:
    listed = leadline("connect", "list", "--json")
    assert listed.exit_code == 0, listed.output
    return [each["name"] for each in json.loads(listed.stdout)["connections"]]


def test_an_account_is_kept_encrypted_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps(KEY_FILE))
    added = leadline("connect", "add", "google", "--kind", "google", "--file", "credentials=key.json")
    assert added.exit_code == 0, added.output
    listed = leadline("connect", "list")
    assert "google" in listed.output
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and file.name != "key.json")
    assert SECRET.encode() not in kept
    assert SECRET not in added.output + listed.output
    assert leadline("connect", "remove", "google").exit_code == 0
    assert names() == []


def test_secrets_come_from_standard_input_or_the_environment() -> None:
    assert (
        leadline("connect", "add", "g1", "--kind", "gemini", "--stdin", "api_key", stdin=f"{SECRET}\n").exit_code == 0
    )
    by_env = leadline("connect", "add", "g2", "--kind", "gemini", "--env", "api_key=MY_KEY", env={"MY_KEY": SECRET})
    assert by_env.exit_code == 0
    assert names() == ["g1", "g2"]


@pytest.mark.parametrize(
    ("kind", "field"),
    [("gemini", "api_key"), ("google", "credentials"), ("vonage", "signature_secret"), ("webhook", "secret"),
     ("smtp", "password"), ("zapier", "url"), ("slack", "url")],
)  # fmt: skip
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(kind: str, field: str) -> None:
    refused = leadline("connect", "add", "x", "--kind", kind, "--set", f"{field}={SECRET}")
    assert refused.exit_code == 2
    assert "--file, --env or --stdin" in refused.output
    assert SECRET not in refused.output
    assert names() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("google", "--kind", "google"), "credentials: is missing"),
        (("Google!", "--kind", "google"), "no name for a connection"),
        (("x", "--kind", "gemini", "--env", "api_key=NOT_THERE"), "no environment variable NOT_THERE"),
        (("x", "--kind", "gemini", "--file", "api_key=/nowhere"), "cannot be read"),
        (("x", "--kind", "gemini", "--set", SECRET), "wants FIELD="),
        (("x", "--kind", "gemini", "--set", "endpoint=http://evil.example:80"), "only for emulators on this machine"),
    ],
)
def test_what_cannot_be_used_is_refused_before_it_is_kept(arguments: tuple[str, ...], words: str) -> None:
    refused = leadline("connect", "add", *arguments)
    assert refused.exit_code == 2
    assert words in " ".join(refused.output.split())
    assert SECRET not in refused.output
    assert names() == []


def test_testing_what_is_not_there_says_how_to_add_it() -> None:
    missing = leadline("connect", "test", "google")
    assert missing.exit_code == 2
    assert "leadline connect" in missing.output
    assert "Traceback" not in missing.output
