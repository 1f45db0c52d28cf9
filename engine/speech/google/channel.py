"""How Google Cloud is reached: which host, with whose key, over which channel. Shared by ear and mouth.

An endpoint that is set by hand may only be on this machine (an emulator; no TLS, no key is sent) or at Google itself:
a key must not travel to a host that a typing mistake made up.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import Final, Literal

import google.auth
import google.auth.credentials
import google.auth.exceptions
import google.auth.transport.grpc
import google.auth.transport.requests
import grpc
import grpc.aio
from google.oauth2 import service_account

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.ports import SpeechError

Service = Literal["speech", "texttospeech"]

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_REGION: Final = re.compile(r"[a-z]+(?:-[a-z]+[0-9]+)?")
_OPTIONS: Final = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))
"""An own channel has grpc's limit of 4 MiB an answer otherwise; a long line at once is more."""


@dataclass(frozen=True, slots=True)
class GoogleAccess:
    """`service_account`: the JSON text of a key; empty: application default credentials. `project`: empty means the
    one the key belongs to. `region`: `global`, `us`, `eu`, `europe-west2` ... `endpoint`: `host:port` instead of
    Google's own host."""

    project: str = ""
    region: str = "global"
    service_account: str = field(default="", repr=False)
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`target`: `host:port`. `local`: on this machine, so without TLS and without a key."""

    target: str
    local: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A channel into the running loop, and the project that is spoken for (empty if nothing names one)."""

    channel: grpc.aio.Channel
    project: str


def endpoint_of(access: GoogleAccess, service: Service) -> Endpoint:
    """Where `service` is found. Raises `SpeechError` for a region or an endpoint that cannot be one."""
    if access.endpoint:
        return _by_hand(access.endpoint)
    region = access.region or "global"
    if region == "global":
        return Endpoint(f"{service}.googleapis.com:443", local=False)
    if not _REGION.fullmatch(region):
        raise _refused(
            ProblemKind.WRONG_REGION,
            f'"{region}" is no region of Google Cloud.',
            "Write it as Google does, such as global, us, eu or europe-west2.",
        )
    return Endpoint(f"{region}-{service}.googleapis.com:443", local=False)


def open_channel(access: GoogleAccess, service: Service) -> Opened:
    """A channel to `service`. Call it inside the loop that will use it; with application default credentials it may
    wait for the machine's metadata server, so call it before calls are taken. Raises `SpeechError`."""
    where = endpoint_of(access, service)
    if where.local:
        return Opened(grpc.aio.insecure_channel(where.target, options=_OPTIONS), access.project)
    credentials, project = _credentials(access)
    # A token signed by the key itself: nothing has to be fetched before the first call.
    if isinstance(credentials, service_account.Credentials):
        credentials = credentials.with_always_use_jwt_access(True)
    plugin = google.auth.transport.grpc.AuthMetadataPlugin(
        credentials, google.auth.transport.requests.Request(), default_host=where.target.removesuffix(":443")
    )
    combined = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(), grpc.metadata_call_credentials(plugin)
    )
    return Opened(grpc.aio.secure_channel(where.target, combined, options=_OPTIONS), access.project or project)


def _by_hand(endpoint: str) -> Endpoint:
    host, _, port = endpoint.rpartition(":")
    if not host and not port.isdigit():
        host, port = port, ""
    host = host.strip("[]")
    if host == "localhost" or _loopback(host):
        if not port.isdigit():
            raise _refused(ProblemKind.REFUSED, f'The endpoint "{endpoint}" names no port.', "Write host:port.")
        return Endpoint(endpoint, local=True)
    if re.fullmatch(r"[a-z0-9-]+\.googleapis\.com", host):
        return Endpoint(f"{host}:{port or 443}", local=False)
    raise _refused(
        ProblemKind.REFUSED,
        f'The endpoint "{endpoint}" is neither at Google nor on this machine, so no key is sent there.',
        "Leave the endpoint empty, or name a host that ends with .googleapis.com.",
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _credentials(access: GoogleAccess) -> tuple[google.auth.credentials.Credentials, str]:
    if not access.service_account:
        try:
            found, project = google.auth.default(scopes=[_SCOPE])
        except google.auth.exceptions.DefaultCredentialsError:
            # `from None`, here and below: such errors quote files and keys.
            raise _refused(
                ProblemKind.WRONG_KEY,
                "There is no Google key: neither a connection holds one, nor does this machine have application "
                "default credentials.",
                "Save the JSON text of a service account's key as a connection.",
            ) from None
        return found, project or ""
    try:
        info = json.loads(access.service_account)
        found = service_account.Credentials.from_service_account_info(info, scopes=[_SCOPE])
    except (ValueError, KeyError, TypeError, AttributeError, google.auth.exceptions.GoogleAuthError):
        raise _refused(
            ProblemKind.WRONG_KEY,
            "The text saved as Google's key is not the key of a service account.",
            "In the Google Cloud console make a key of type JSON for the service account, and save the whole file's "
            "text.",
        ) from None
    return found, str(info.get("project_id") or "")


def _refused(kind: ProblemKind, sentence: str, fix: str) -> SpeechError:
    problem = ProviderProblem(kind, sentence, fix)
    return SpeechError(str(problem), problem)
