"""Vonage's REST side: place a call, end it, ask how it is.

Built on Vonage's own SDK with its hazards switched off (vonage-voice.md, section 3):

* The SDK re-sends a POST up to `pool_maxsize` times (ten by default) when a connection closes without an answer,
  which dials the same person again and again. `pool_maxsize=1` makes it send once.
* `max_retries` makes urllib3 retry too; it is 0. What may be repeated, we repeat ourselves (`hang_up` only).
* An idle connection that the carrier closes just as we use it looks exactly like a lost answer. Each request
  therefore opens its own connection: 50 ms dearer, and never in doubt for that reason.
* A redirect would carry the request, and the token, elsewhere. None is followed.
* The SDK is synchronous and keeps the token in one shared dictionary: each worker thread owns its SDK client, so
  no lock is needed, and a hanging carrier blocks our few threads only, not the loop's own.
* At level DEBUG the SDK logs the token, at WARNING whole error bodies with phone numbers: its logger is shut.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeVar
from urllib.parse import quote, urlsplit

import requests
from vonage_http_client import Auth, HttpClient, HttpClientOptions
from vonage_http_client.errors import HttpRequestError
from vonage_utils import VonageError
from vonage_voice import CreateCallRequest, Voice

from engine.telephony.application_key import KeyUnusable, application_key
from engine.telephony.carrier_errors import (
    CarrierBusy,
    CarrierError,
    CarrierRefused,
    CarrierUnreachable,
    from_status,
    from_transport,
    unreadable,
)
from engine.telephony.ncco import Ncco
from engine.telephony.numbers import carrier_digits

T = TypeVar("T")

DEFAULT_API_HOST: Final = "api.nexmo.com"
_CARRIER_DOMAINS = (".nexmo.com", ".vonage.com")

HANG_UP_PAUSES_S: Final = (0.5, 0.7, 1.0)
"""Pauses between attempts to hang up: the carrier answers 400 for one to two seconds after a call was created."""

RECORDING_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0)
"""Pauses between tries for a recording: its event can come before its file is there."""

RECORDING_LIMIT: Final = 512 << 20
"""Bytes; two hours of stereo WAV are less."""

OVER: Final = frozenset(
    {"completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered"},
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves to Vonage who we are. `private_key` is the PEM text or path of the application's RSA key."""

    application_id: str
    private_key: str | Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class MachineDetection:
    """Vonage's advanced detection of answering machines. Mode `default` listens in parallel, with no dead air."""

    behavior: Literal["continue", "hangup"] = "continue"
    mode: Literal["default", "detect", "detect_beep"] = "default"
    beep_timeout_s: int = 45

    def __post_init__(self) -> None:
        if not 45 <= self.beep_timeout_s <= 120:
            raise ValueError("The beep timeout must be 45 to 120 seconds: Vonage takes no other.")


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """One call to place.

    `to`, `from_number`: E.164 with the plus sign. `answer_url`, `event_url`: our own webhooks, both called by POST;
    put our call id into both, since the carrier has no idempotency key and its first answer can get lost.
    `ncco`: what happens on the answered call, instead of asking `answer_url`.
    `ringing_timer_s`: 1 to 120. `length_timer_s`: 1 to 86400, from the answer on; the carrier's own safety cut-off.
    """

    to: str = field(repr=False)
    from_number: str
    answer_url: str
    event_url: str
    ringing_timer_s: int = 45
    length_timer_s: int = 900
    machine_detection: MachineDetection | None = None
    ncco: Ncco | None = None

    def __post_init__(self) -> None:
        carrier_digits(self.to)
        carrier_digits(self.from_number)
        if bool(self.answer_url) == (self.ncco is not None):
            raise ValueError("A call needs either the address to ask when it is answered, or what is to happen then.")
        if not 1 <= self.ringing_timer_s <= 120:
            raise ValueError("A call can ring for 1 to 120 seconds.")
        if not 1 <= self.length_timer_s <= 86_400:
            raise ValueError("A call can last for 1 to 86400 seconds.")


@dataclass(frozen=True, slots=True)
class PlacedCall:
    uuid: str
    conversation_uuid: str


def carries_our_token(host: str) -> bool:
    """Whether `host` (with or without a port) may be sent our token: Vonage's own hosts and this machine only.

    The SDK looks for `nexmo.com` anywhere in an address, which `https://evil.example/?nexmo.com` passes too.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(_CARRIER_DOMAINS):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_vonage(host: str) -> bool:
    return (urlsplit(f"//{host}").hostname or "").endswith(_CARRIER_DOMAINS)


def _read(key_file: Path) -> str:
    try:
        return key_file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as problem:
        why = getattr(problem, "strerror", None) or "it is no text"
        raise KeyUnusable(f"The file of the private key, {key_file}, cannot be read: {why}.") from None


class VonageClient:
    """Places and ends calls. One for a process; safe to use from many tasks at once.

    `api_host`: host, with a port if need be; the scheme is always https. `ca_file`: the authority to trust instead of
    the usual ones (the loopback network signs its own certificate). `timeout_s`: whole seconds, for connecting and
    for each silence of the carrier. `workers`: how many requests can be under way at once.

    Cancelling a task that awaits one of the methods does not take back what has been sent.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        api_host: str = DEFAULT_API_HOST,
        ca_file: Path | None = None,
        timeout_s: int = 10,
        workers: int = 4,
    ) -> None:
        self._check_host(api_host)
        if ca_file is not None and not ca_file.is_file():
            raise ValueError(f"The certificate file {ca_file} does not exist. Check the setting of the carrier.")
        key = credentials.private_key
        # The SDK takes a path only if it ends in ".something", and else mistakes it for the key: read it ourselves.
        self._private_key = application_key(_read(key) if isinstance(key, Path) else key)
        self._application_id = credentials.application_id
        self._api_host = api_host
        self._ca_file = ca_file
        self._timeout_s = timeout_s
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="vonage")
        logging.getLogger("vonage").setLevel(logging.CRITICAL + 1)
        try:
            self._voice(api_host)  # what is wrong is found now, not when the first lead waits
        except VonageError as problem:
            self.close()
            raise KeyUnusable(
                "Vonage's SDK does not take the application id and the private key "
                f"({type(problem).__name__}). Download the application's key again, and compare its id."
            ) from None

    async def create_call(self, order: PlaceCall) -> PlacedCall:
        """Place one call; sent once, whatever happens.

        Raises `CarrierRefused`, `CarrierBusy`, or `CarrierUnreachable` (look at its `maybe_placed`).
        """
        detection = order.machine_detection
        body: dict[str, object] = {
            "to": [{"type": "phone", "number": carrier_digits(order.to)}],
            "from_": {"type": "phone", "number": carrier_digits(order.from_number)},
            "event_url": [order.event_url],
            "event_method": "POST",
            "ringing_timer": order.ringing_timer_s,
            "length_timer": order.length_timer_s,
        }
        if order.ncco is not None:
            body["ncco"] = order.ncco.write()
        else:
            body |= {"answer_url": [order.answer_url], "answer_method": "POST"}
        if detection is not None:
            body["advanced_machine_detection"] = {
                "behavior": detection.behavior,
                "mode": detection.mode,
                "beep_timeout": detection.beep_timeout_s,
            }
        request = CreateCallRequest.model_validate(body)

        def place(voice: Voice) -> PlacedCall:
            made = voice.create_call(request)
            return PlacedCall(uuid=str(made.uuid), conversation_uuid=str(made.conversation_uuid))

        return await self._ask(place, "place the call", self._api_host)

    async def hang_up(self, uuid: str, *, region_url: str | None = None) -> None:
        """End a call; a call that is over already counts as ended.

        `region_url`: what the answer webhook said, so that the right region is asked. Retries for about two seconds
        what may be repeated (400 on a call too young, 429, a lost answer), then raises the typed error.
        """
        host = self._region_host(region_url)

        def end(voice: Voice) -> None:
            voice.hangup(quote(uuid, safe=""))

        for pause in (*HANG_UP_PAUSES_S, None):
            try:
                return await self._ask(end, "end the call", host)
            except CarrierRefused as refused:
                if refused.status == 404:
                    return None
                if refused.status != 400:
                    raise
                if pause is None:
                    # Whether a call that is over answers 404 or 400 is not documented: ask before we complain.
                    if await self._is_over(uuid, region_url):
                        return None
                    raise
            except (CarrierBusy, CarrierUnreachable):
                if pause is None:
                    raise
            await asyncio.sleep(pause)
        return None

    async def transfer(self, uuid: str, ncco: Ncco, *, region_url: str | None = None) -> None:
        """Put a running call on another NCCO: our media socket leaves the line without a `disconnected` event.

        Sent once. Raises as `create_call` does; `CarrierRefused` with status 404 means that the call is over.
        """
        # Not by the SDK's own method: its models drop the keys that they do not know.
        order = {"action": "transfer", "destination": {"type": "ncco", "ncco": ncco.write()}}
        host = self._region_host(region_url)

        def move(voice: Voice) -> None:
            voice.http_client.put(host, f"/v1/calls/{quote(uuid, safe='')}", order)

        await self._ask(move, "transfer the call", host)

    async def look_up(self, uuid: str, *, region_url: str | None = None) -> str:
        """The carrier's own word on a call (`ringing`, `answered`, `completed` …), for when events were lost."""

        def ask(voice: Voice) -> str:
            return str(voice.get_call(quote(uuid, safe="")).status)

        return await self._ask(ask, "look up the call", self._region_host(region_url))

    async def check(self) -> None:
        """Try the connection without placing anything. Raises the typed error; its `problem` says what to do."""

        def ask(voice: Voice) -> None:
            voice.http_client.get(self._api_host, "/v1/calls", {"page_size": "1"})

        await self._ask(ask, "answer a test", self._api_host)

    async def download_recording(self, url: str, target: Path) -> int:
        """Fetch the carrier's own recording into `target`; its size in bytes. The file appears when it is whole.

        A file that is not there yet (404) is asked for again for about eight seconds. Raises the typed errors, and
        `ValueError` for an address to which our token is not sent.
        """
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise ValueError("A recording is fetched over https only.")
        self._check_host(parts.netloc)
        for pause in (*RECORDING_PAUSES_S, None):
            try:
                return await self._ask(partial(self._fetch, url, target), "give the recording", parts.netloc)
            except CarrierRefused as refused:
                if refused.status != 404 or pause is None:
                    raise
            except (CarrierBusy, CarrierUnreachable):
                if pause is None:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _fetch(self, url: str, target: Path, voice: Voice) -> int:
        """On a worker thread. The SDK's own method takes any address that has `nexmo.com` somewhere in it, and follows
        redirects with our token."""
        http = voice.http_client
        # What is signed here is this request only: the token goes with it, and not into the session.
        token = http.auth.create_jwt_auth_string().decode()
        part = target.with_name(target.name + ".part")
        size = 0
        with http._session.get(
            url, headers={"Authorization": token}, timeout=self._timeout_s, stream=True, allow_redirects=False
        ) as response:
            if response.status_code != 200:
                raise HttpRequestError(response)
            with part.open("wb") as file:
                for piece in response.iter_content(1 << 16):
                    size += len(piece)
                    if size > RECORDING_LIMIT:
                        break
                    file.write(piece)
        if size > RECORDING_LIMIT:
            part.unlink(missing_ok=True)
            raise ValueError(f"The recording is larger than {RECORDING_LIMIT >> 20} MB; it is left with the carrier.")
        part.replace(target)
        return size

    async def _is_over(self, uuid: str, region_url: str | None) -> bool:
        try:
            return await self.look_up(uuid, region_url=region_url) in OVER
        except CarrierError as err:
            return isinstance(err, CarrierRefused) and err.status == 404

    def close(self) -> None:
        """Stop the worker threads; requests under way run to their end in the background."""
        self._threads.shutdown(wait=False)

    async def _ask(self, request: Callable[[Voice], T], what: str, host: str) -> T:
        def on_thread() -> T:
            return request(self._voice(host))

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, on_thread)
        except HttpRequestError as err:
            raise from_status(err.response, what) from None
        except requests.exceptions.RequestException as err:
            raise from_transport(err, what) from None
        except TypeError:
            # The SDK's own way of saying that a good answer had no readable body.
            raise unreadable(what) from None

    def _voice(self, host: str) -> Voice:
        """This thread's SDK client for `host`."""
        clients: dict[str, Voice] | None = getattr(self._own, "clients", None)
        if clients is None:
            clients = self._own.clients = {}
        if host not in clients:
            http = HttpClient(
                Auth(application_id=self._application_id, private_key=self._private_key),
                HttpClientOptions(
                    api_host=host, timeout=self._timeout_s, pool_connections=1, pool_maxsize=1, max_retries=0
                ),
            )
            session: requests.Session = http._session
            session.headers["Connection"] = "close"
            session.max_redirects = 0
            if self._ca_file is not None:
                # The SDK has no setting for the certificate authority, and its session is private; still this is
                # better than the environment variable REQUESTS_CA_BUNDLE, which would turn every other client of
                # the process to our authority. The environment must be shut out: it beats the session's `verify`.
                session.verify = str(self._ca_file)
                session.trust_env = False
            clients[host] = Voice(http)
        return clients[host]

    def _region_host(self, region_url: str | None) -> str:
        """The host to ask about a call: the region's, unless that would lead from this machine out, or from Vonage's
        hosts to this machine."""
        if not region_url:
            return self._api_host
        host = urlsplit(region_url).netloc
        self._check_host(host)
        return host if _is_vonage(host) == _is_vonage(self._api_host) else self._api_host

    @staticmethod
    def _check_host(host: str) -> None:
        if not carries_our_token(host):
            raise ValueError(
                f"The carrier's host {host!r} is neither Vonage's (*.nexmo.com, *.vonage.com) nor on this machine. "
                "Our token is not sent there. Correct the carrier's host in the settings."
            )
