"""What a connection of the kind `google_calendar` holds, read and checked. Pure.

A key goes nowhere but to Google, or to an emulator on this machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from google.auth import crypt

from engine.calendars.unusable_connection import ConnectionUnusable
from engine.calendars.web import on_this_machine
from engine.sdk import Connection

GOOGLE: Final = "https://www.googleapis.com/calendar/v3"
TOKENS: Final = "https://oauth2.googleapis.com/token"
PRIMARY: Final = "primary"
_YES_NO: Final = ("", "yes", "no")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A key file. `subject`: whom the account acts for (domain-wide delegation); empty: for itself."""

    email: str
    private_key: str = field(repr=False)
    key_id: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has let Leadline in with their own Google account (OAuth)."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GoogleAccess:
    """`name`: of the connection. `api`: base address, without a slash at its end; `tokens`: where access tokens come
    from. `calendar`: id of the calendar where a diary names none. `invite`: Google may write to attendees. `video`:
    entries get a Meet link."""

    name: str
    who: ServiceAccount | Person
    api: str = GOOGLE
    tokens: str = TOKENS
    calendar: str = ""
    invite: bool = False
    video: bool = False

    @property
    def has_own_calendar(self) -> bool:
        """Whether “primary” is somebody's calendar: that of a service account itself is seen by nobody."""
        return isinstance(self.who, Person) or bool(self.who.subject)

    @property
    def known_as(self) -> str:
        """Whom the calendar must be shared with, for sentences."""
        if isinstance(self.who, Person):
            return "the person who has signed in"
        return self.who.subject or self.who.email


def google_access(connection: Connection) -> GoogleAccess:
    """Raises `ConnectionUnusable`."""
    given = {name: str(value).strip() for name, value in connection.settings.items()}
    problems: list[str] = []
    endpoint = given.get("endpoint", "").rstrip("/")
    if endpoint and not _emulator(endpoint):
        problems.append(
            "The emulator must be on this machine, such as http://127.0.0.1:9005. Leave it out for Google itself."
        )
    who, tokens = _who(given, problems)
    problems += [f"“{name}” is yes or no." for name in ("invite", "video") if given.get(name, "") not in _YES_NO]
    if problems or who is None:
        raise ConnectionUnusable(problems)
    if endpoint and not _emulator(tokens):
        tokens = f"{endpoint}/token"
    return GoogleAccess(
        connection.name,
        who,
        f"{endpoint}/calendar/v3" if endpoint else GOOGLE,
        tokens,
        given.get("calendar", ""),
        given.get("invite") == "yes",
        given.get("video") == "yes",
    )


def _who(given: Mapping[str, str], problems: list[str]) -> tuple[ServiceAccount | Person | None, str]:
    """Who it is and where their tokens come from."""
    person = {name: given.get(name, "") for name in ("client_id", "client_secret", "refresh_token")}
    subject = given.get("subject", "")
    if given.get("key_file"):
        if any(person.values()):
            problems.append("Enter the key file, or the three values of a signed-in person, not both.")
            return None, TOKENS
        if subject and not _EMAIL.fullmatch(subject):
            problems.append("“Acts for” must be the e-mail address of a person of your Google Workspace.")
        return _service_account(given["key_file"], subject, problems)
    if not any(person.values()):
        problems.append("The key file is missing. How to get one is told above the form; or enter a signed-in person.")
        return None, TOKENS
    labels = {"client_id": "Client id", "client_secret": "Client secret", "refresh_token": "Refresh token"}
    problems += [f"{labels[name]} is missing." for name, value in person.items() if not value]
    if any(re.search(r"\s", value) for value in person.values()):
        problems.append("Client id, client secret and refresh token have no spaces or line breaks: copy them again.")
    if subject:
        problems.append("“Acts for” belongs to a key file; a person who signs in acts for themselves.")
    return Person(**person), TOKENS


def _service_account(text: str, subject: str, problems: list[str]) -> tuple[ServiceAccount | None, str]:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        problems.append("The key file is not one: paste all of the .json file that Google gave you, or upload it.")
        return None, TOKENS
    if content.get("type") != "service_account":
        problems.append(
            "The key file is not that of a service account: its “type” says something else. Make a key under "
            "“Service accounts”, not an OAuth client."
        )
        return None, TOKENS
    missing = [name for name in ("client_email", "private_key") if not content.get(name)]
    if missing:
        problems.append(f"The key file lacks {' and '.join(missing)}: make a new key and download it again.")
        return None, TOKENS
    try:
        crypt.RSASigner.from_string(content["private_key"], content.get("private_key_id"))
    except Exception:  # of several libraries; what they say may quote the key
        problems.append("The private key in the key file is damaged: make a new key and download it again.")
        return None, TOKENS
    tokens = content.get("token_uri") or TOKENS
    if not (_googles(tokens) or _emulator(tokens)):
        problems.append("The key file names a place for tokens that is not Google's, so nothing is sent there.")
        return None, TOKENS
    return (
        ServiceAccount(content["client_email"], content["private_key"], content.get("private_key_id", ""), subject),
        tokens,
    )


def _googles(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    known = host == "accounts.google.com" or host.endswith(".googleapis.com")
    return parts.scheme == "https" and known and port in (None, 443) and not parts.username


def _emulator(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme == "http" and port is not None and not parts.username and on_this_machine(host)
