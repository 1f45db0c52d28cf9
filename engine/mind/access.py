"""How Gemini is reached: with an API key, or as a Google Cloud project on Vertex AI; and the one client for a process.

What the SDK would take from the environment (keys, addresses, versions, another HTTP library) is always given, so that
a stray variable can neither redirect a key nor change how a stream behaves.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import google.oauth2.service_account
import httpx2
from google.auth.credentials import Credentials
from google.genai import Client, types

GOOGLE: Final = "https://generativelanguage.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

NET_MS: Final = 20_000
"""The SDK's own timeout, in milliseconds, for one read. A net below our deadlines, which are far shorter; it is also
told to the server as the longest that the request may take."""

API_VERSIONS: Final = ("v1", "v1beta")
"""What a connection may name. Vertex AI calls its own beta v1beta1."""

_MULTI_REGIONS: Final = frozenset({"us", "eu"})


class AccessInvalid(ValueError):
    """The access cannot be used as given. The message says what to change, without the secret."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the Gemini API (AI Studio)."""

    key: str = field(repr=False)

    def __post_init__(self) -> None:
        key = self.key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise AccessInvalid("The Gemini API key is empty or has characters that no key has. Copy it again.")
        object.__setattr__(self, "key", key)

    @property
    def place(self) -> str:
        return "the Gemini API"


@dataclass(frozen=True, slots=True)
class VertexProject:
    """A Google Cloud project. `location`: a region ("us-central1"), "us", "eu" or "global". `credentials`: None for
    those of the machine (application default)."""

    project: str
    location: str = "global"
    credentials: Credentials | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # Both become part of the address that a token is sent to.
        if not re.fullmatch(r"[a-z0-9][a-z0-9.:-]{2,62}", self.project):
            raise AccessInvalid(f"'{self.project}' is no Google Cloud project id. It looks like 'my-project-123'.")
        if not re.fullmatch(r"[a-z]+(?:-[a-z]+\d+)?", self.location):
            raise AccessInvalid(
                f"'{self.location}' is no Google Cloud region. It looks like 'us-central1' or 'global'."
            )

    @property
    def place(self) -> str:
        return f"project '{self.project}' in '{self.location}'"


Access = ApiKey | VertexProject


def service_account(key_file: str) -> Credentials:
    """Credentials from the text of a service account's key file. Raises `AccessInvalid`."""
    try:
        data = json.loads(key_file)
        return google.oauth2.service_account.Credentials.from_service_account_info(data, scopes=[SCOPE])
    except (ValueError, TypeError, AttributeError):
        pass  # the error may quote the file, and the file is a secret
    raise AccessInvalid("This is not the key file of a Google service account. Create a JSON key for it and paste all.")


def checked_address(address: str) -> str:
    """The address without a slash at its end. A key goes there: only https, or a server on this machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.username or parts.password or parts.query or parts.fragment or not host:
        raise AccessInvalid("The address for Gemini must be like 'https://host' and hold nothing else.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _on_loopback(host)):
        raise AccessInvalid(f"Gemini is only reached over https, not over '{parts.scheme}://{host}'.")
    return address.rstrip("/")


def _on_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _googles_address(access: Access) -> str:
    if isinstance(access, ApiKey):
        return GOOGLE
    if access.location == "global":
        return "https://aiplatform.googleapis.com"
    if access.location in _MULTI_REGIONS:
        return f"https://aiplatform.{access.location}.rep.googleapis.com"
    return f"https://{access.location}-aiplatform.googleapis.com"


def _version(vertex: bool, wanted: str) -> str:
    if vertex:
        return "v1" if wanted == "v1" else "v1beta1"
    return wanted or "v1"


class GeminiClient:
    """One for each process: its connections are shared by all calls and all models. `address`: another server that
    speaks the protocol. `api_version`: one of `API_VERSIONS`; without it v1, on Vertex AI its beta, where new models
    come first. Raises `AccessInvalid`."""

    def __init__(self, access: Access, address: str = "", api_version: str = "") -> None:
        if api_version and api_version not in API_VERSIONS:
            raise AccessInvalid(f"'{api_version}' is no version of Gemini's API. Choose {' or '.join(API_VERSIONS)}.")
        self.access = access
        self.address = checked_address(address) if address else _googles_address(access)
        here = _on_loopback(urlsplit(self.address).hostname or "")
        self._http = httpx2.AsyncClient(follow_redirects=False, trust_env=not here, timeout=NET_MS / 1000)
        vertex = isinstance(access, VertexProject)
        options = types.HttpOptions(
            base_url=self.address,
            api_version=_version(vertex, api_version),
            timeout=NET_MS,
            httpx_async_client=self._http,
        )
        if isinstance(access, VertexProject):
            self._sdk = Client(
                vertexai=True,
                project=access.project,
                location=access.location,
                credentials=access.credentials,
                http_options=options,
            )
        else:
            self._sdk = Client(vertexai=False, api_key=access.key, http_options=options)
        self.models = self._sdk.aio.models

    def __repr__(self) -> str:
        return f"GeminiClient({self.access.place}, {self.address})"

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.aclose()
        await self._sdk.aio.aclose()
