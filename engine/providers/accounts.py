"""What the connections of each provider hold, read from what people typed: accounts with their secrets hidden.

A connection keeps plain strings (`engine.store.connections` encrypts them). Reading one gives an account, or sentences
that say what is missing and where to find it. No account shows a secret when it is printed.

Addresses of emulators are taken only on this machine: a connection must not be able to carry a key elsewhere.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from engine.flow.provider_facts import VOICE_PLACES
from engine.providers.kinds import ACCOUNT_KINDS, API_VERSIONS, STREAM_RATES, Kind
from engine.sdk import Connection
from engine.telephony.application_key import KeyUnusable, application_key

KINDS: Final[tuple[Kind, ...]] = tuple(ACCOUNT_KINDS)

APPLICATION_DEFAULT: Final = "application_default"
_PROJECT: Final = re.compile(r"[a-z][a-z0-9.:-]{4,62}")
_PLACE: Final = re.compile(r"[a-z]+(-[a-z0-9]+)*")


class ConnectionInvalid(ValueError):
    """The settings of a connection cannot be used. The message says what is wrong, field by field, and no secret."""


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """For Speech-to-Text and Text-to-Speech. `key`: the text of a service account's key file; empty for the credentials
    that the machine has already (application default). `speech_endpoint`, `voice_endpoint`: host:port of an emulator,
    else empty; with one, no key is needed nor sent."""

    project: str
    key: str = field(default="", repr=False)
    location: str = ""
    voice_location: str = ""
    speech_endpoint: str = ""
    voice_endpoint: str = ""
    stream_rate: int = 16_000


@dataclass(frozen=True, slots=True)
class GeminiAccount:
    """`api_key` for the Gemini API; empty for Vertex AI, which wants `project`, `location` and `key`. `endpoint`: base
    URL of an emulator, else empty."""

    api_key: str = field(default="", repr=False)
    project: str = ""
    location: str = ""
    key: str = field(default="", repr=False)
    endpoint: str = ""
    api_version: str = ""

    @property
    def vertex(self) -> bool:
        return not self.api_key


@dataclass(frozen=True, slots=True)
class VonageAccount:
    """`private_key`: PEM text. `number`: E.164."""

    application_id: str
    private_key: str = field(repr=False)
    api_key: str
    signature_secret: str = field(repr=False)
    number: str


Account = GoogleAccount | GeminiAccount | VonageAccount


def read_account(connection: Connection) -> Account:
    """The account that a connection of one of our kinds holds. Raises `ConnectionInvalid`."""
    match connection.kind:
        case "google":
            return google_account(connection)
        case "gemini":
            return gemini_account(connection)
        case "vonage":
            return vonage_account(connection)
        case other:
            raise ConnectionInvalid(
                f"The connection '{connection.name}' is of the kind '{other}'. Accounts are of the kinds "
                f"{', '.join(KINDS)}."
            )


def google_account(connection: Connection) -> GoogleAccount:
    """Raises `ConnectionInvalid`."""
    form = _Form(connection, "google")
    speech, voice = form.loopback("speech_endpoint"), form.loopback("voice_endpoint")
    key = form.key(needed=not (speech or voice))
    project = form.project(key, needed=True)
    location = form.place("location")
    voice_location = form.place("voice_location")
    if voice_location and voice_location not in VOICE_PLACES:
        form.wrong("voice_location", f"must be one of {', '.join(VOICE_PLACES)}: Google's voices are offered there")
    rate = form.text("stream_rate") or STREAM_RATES[0]
    if rate not in STREAM_RATES:
        form.wrong("stream_rate", f"must be {' or '.join(STREAM_RATES)}")
    form.done()
    return GoogleAccount(project, key, location, voice_location, speech, voice, int(rate))


def gemini_account(connection: Connection) -> GeminiAccount:
    """Raises `ConnectionInvalid`."""
    form = _Form(connection, "gemini")
    endpoint = form.loopback("endpoint")
    api_key = form.text("api_key")
    if re.search(r"\s", api_key):
        form.wrong("api_key", "holds a space or a line break: copy it again")
    vertex = bool(form.text("credentials") or form.text("project"))
    if not api_key and not vertex and not endpoint:
        form.wrong("api_key", "is missing. Make one in Google AI Studio; or give a project and credentials (Vertex AI)")
    key = form.key(needed=vertex and not api_key and not endpoint)
    project = form.project(key, needed=not api_key and vertex)
    location = form.place("location")
    if vertex and not api_key and not location:
        form.wrong("location", "is missing: the location of Vertex AI, such as us-central1 or global")
    version = form.text("api_version")
    if version not in ("", *API_VERSIONS):
        form.wrong("api_version", f"must be {' or '.join(API_VERSIONS)}")
    form.done()
    return GeminiAccount(api_key or ("" if vertex else "emulator"), project, location, key, endpoint, version)


def vonage_account(connection: Connection) -> VonageAccount:
    """Raises `ConnectionInvalid`."""
    form = _Form(connection, "vonage")
    texts = {name: form.needed(name) for name in _helps("vonage")}
    if texts["private_key"]:
        try:
            application_key(texts["private_key"])
        except KeyUnusable as problem:
            form.wrong("private_key", str(problem).removesuffix("."))
    if texts["number"] and not re.fullmatch(r"\+[1-9]\d{6,14}", texts["number"]):
        form.wrong("number", "must be a full number with country code, like +14155550100")
    form.done()
    return VonageAccount(**texts)


def on_this_machine(address: str) -> bool:
    """Whether an address (host:port, or http://host:port) is loopback."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if port is None or parts.username or parts.scheme not in ("", "http"):
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _helps(kind: Kind) -> dict[str, str]:
    """What each field is, by its name."""
    return {each.name: each.help for each in ACCOUNT_KINDS[kind].fields}


class _Form:
    """Reads fields and gathers what is wrong with them."""

    def __init__(self, connection: Connection, kind: Kind) -> None:
        self._name = connection.name
        self._known = _helps(kind)
        self._settings = connection.settings
        self._wrong = [
            f"{field}: is no field of this kind. Fields: {', '.join(self._known)}"
            for field in connection.settings
            if field not in self._known
        ]
        if connection.kind != kind:
            self._wrong.append(f"it is of the kind '{connection.kind}', and one of the kind '{kind}' is needed here")

    def text(self, field: str) -> str:
        return str(self._settings.get(field, "")).strip()

    def wrong(self, field: str, what: str) -> None:
        self._wrong.append(f"{field}: {what}")

    def needed(self, field: str) -> str:
        if not (text := self.text(field)):
            self.wrong(field, f"is missing ({self._known[field]})")
        return text

    def loopback(self, field: str) -> str:
        address = self.text(field)
        if address and not on_this_machine(address):
            self.wrong(field, "is only for emulators on this machine, such as 127.0.0.1:9001. Leave it out for Google")
        return address

    def place(self, field: str) -> str:
        place = self.text(field)
        if place and not _PLACE.fullmatch(place):
            self.wrong(field, "is no location; locations look like us, global or europe-west4")
        return place

    def key(self, *, needed: bool) -> str:
        text = self.text("credentials")
        if not text:
            if needed:
                self.wrong("credentials", f"is missing ({self._known['credentials']})")
            return ""
        if text == APPLICATION_DEFAULT:
            return ""
        try:
            content = json.loads(text)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            self.wrong("credentials", "is not the content of a key file (JSON), nor `application_default`")
            return ""
        if content.get("type") != "service_account":
            self.wrong("credentials", "is not the key of a service account (its `type` says something else)")
        elif missing := [each for each in ("client_email", "private_key", "token_uri") if not content.get(each)]:
            self.wrong("credentials", f"lacks {', '.join(missing)}: download the key file again")
        return text

    def project(self, key: str, *, needed: bool) -> str:
        project = self.text("project") or (str(json.loads(key).get("project_id", "")) if key else "")
        if not project and needed:
            self.wrong("project", f"is missing ({self._known['project']})")
        elif project and not _PROJECT.fullmatch(project):
            self.wrong("project", "is no project id; ids look like leadline-prod-1 (not the project's name or number)")
        return project

    def done(self) -> None:
        if self._wrong:
            raise ConnectionInvalid(f"The connection '{self._name}' cannot be used: " + "; ".join(self._wrong) + ".")
