"""Sends the result of the call to a web address, signed as Standard Webhooks asks."""

from __future__ import annotations

import binascii
import ipaddress
import json
import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import Field
from standardwebhooks import Webhook as Signer

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    Connection,
    ConnectionField,
    ConnectionKind,
    Effects,
    Json,
    Naming,
    NodeSettings,
    Permanent,
    StepOutcome,
    Transient,
    marks,
)
from engine.sdk.redact import redact

TIMEOUT: Final = httpx.Timeout(20.0, connect=5.0)
ANSWER_LIMIT: Final = 65_536  # bytes read of an answer; more is nobody's id
TEST_EVENT: Final = "leadline.test"
AGAIN: Final = frozenset({408, 425, 429})  # refusals that only mean "not now"

Event = Literal["call.completed", "call.analyzed", "appointment.booked", "lead.opted_out", "transfer.completed"]


class WebhookSettings(NodeSettings):
    connection: str = Field(
        "webhook",
        title="Connection",
        description="The receiver: its address and the secret shared with it.",
        json_schema_extra=marks(refers="connection:webhook"),
    )
    event: Event = Field(
        "call.completed",
        title="Event",
        description="What the receiver is told has happened. The data is the same.",
        json_schema_extra=marks(
            labels={
                "call.completed": "Call completed",
                "call.analyzed": "Call analysed",
                "appointment.booked": "Appointment booked",
                "lead.opted_out": "Lead wants no more calls",
                "transfer.completed": "Put through to a colleague",
            }
        ),
    )


async def _greet(connection: Connection) -> str:
    """Sends a signed message that says it is a test; a receiver drops events that it does not know."""
    url = _checked(connection.settings.get("url", ""), connection.name)
    now = datetime.now(UTC)
    body = json.dumps({"event": TEST_EVENT, "message": "Leadline tests this connection."}, separators=(",", ":"))
    headers = _signed(
        connection.settings.get("secret", ""), f"test_{secrets.token_hex(12)}", now, body, connection.name
    )
    answer = await _post(url, body.encode(), headers, now)
    return f"{urlsplit(url).hostname} took a signed test message (answer {answer.status})."


WEBHOOK = ConnectionKind(
    "webhook",
    "Webhook",
    "gets the result of every call at a web address of yours",
    (
        ConnectionField(
            "url", "Address", "where the result is posted", required=True, example="https://example.com/leadline"
        ),
        ConnectionField(
            "secret",
            "Shared secret",
            "whsec_ and base64 text, the same on both sides; it proves that messages come from you",
            required=True,
            secret=True,
            example="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ),
    ),
    test=_greet,
)


class Webhook(AfterCallNode[WebhookSettings]):
    type = "webhook"
    title = "Send a webhook"
    summary = (
        "Posts the result of the call to a web address. It is signed, so that the receiver can be sure it is from you, "
        "and carries the same id at every try, so that the receiver can drop repeats."
    )
    icon = "webhook"
    connection_kinds = (WEBHOOK,)
    effects = Effects(outside=True, budget_s=30.0)

    def describe(self, naming: Naming) -> str:
        event = self.settings.event.replace(".", " ").replace("_", " ")
        return f"Tells “{self.settings.connection}”: {event}"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        connection = ctx.connection(self.settings.connection)
        if connection.kind != "webhook":
            raise Permanent(
                f"The connection '{connection.name}' is of kind '{connection.kind}'; the card needs a webhook one."
            )
        url = _checked(connection.settings.get("url", ""), connection.name)
        document = self._document(ctx)
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        # Real time, not the call's business time: receivers refuse signatures that are minutes old.
        now = datetime.now(UTC)
        headers = _signed(connection.settings.get("secret", ""), ctx.key, now, body, connection.name)
        answer = await _post(url, body.encode(), headers, now)
        people = (ctx.result.lead.first_name, ctx.result.lead.last_name)
        host = urlsplit(url).hostname or ""
        return StepOutcome(
            note=f"{self.settings.event} sent to {host}, which answered {answer.status}.",
            external_id=answer.id,
            sent={"event": self.settings.event, "webhook-id": ctx.key, "to": host, "data": redact(document, people)},
        )

    def _document(self, ctx: AfterCallContext) -> dict[str, Json]:
        document: dict[str, Json] = ctx.result.model_dump(mode="json", by_alias=True)
        return document | {"event": self.settings.event}


class _Answer:
    def __init__(self, status: int, id: str) -> None:
        self.status = status
        self.id = id


def _checked(url: str, connection: str) -> str:
    parts = urlsplit(url)
    where = f"Correct the address of the connection '{connection}'."
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Permanent(f"The receiver has no usable web address: it must begin with https://. {where}")
    if parts.scheme == "http" and not _stays_inside(parts.hostname):
        raise Permanent(f"The address begins with http://, which would send the lead's data for all to read. {where}")
    return url


def _stays_inside(host: str) -> bool:
    """This machine or its private network, where a receiver may have no certificate."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _signed(secret: str, key: str, now: datetime, body: str, connection: str) -> dict[str, str]:
    moment = now.astimezone(UTC)
    try:
        signature = str(Signer(secret).sign(key, moment, body))
    except (binascii.Error, ValueError, RuntimeError) as problem:
        raise Permanent(
            f"The secret of the connection '{connection}' cannot be used: it should look like whsec_ and base64 text."
        ) from problem
    except Exception as problem:  # the library's own error for an empty secret derives from Exception alone
        raise Permanent(
            f"The connection '{connection}' has no secret. Enter the one that the receiver gave you."
        ) from problem
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Leadline",
        "webhook-id": key,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


async def _post(url: str, body: bytes, headers: dict[str, str], now: datetime) -> _Answer:
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            text = await _read(response)
    except httpx.TimeoutException as problem:
        raise Transient("The receiver did not answer in time.") from problem
    except httpx.UnsupportedProtocol as problem:
        raise Permanent("The receiver's address cannot be used.") from problem
    except httpx.HTTPError as problem:
        raise Transient(f"The receiver could not be reached ({type(problem).__name__}).") from problem
    return _judged(response, text, now)


async def _read(response: httpx.Response) -> str:
    received = b""
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) >= ANSWER_LIMIT:
            break
    return received[:ANSWER_LIMIT].decode("utf-8", "replace")


def _judged(response: httpx.Response, text: str, now: datetime) -> _Answer:
    status = response.status_code
    if 200 <= status < 300:
        start = text.lstrip()[:15].lower()
        if start.startswith(("<!doctype html", "<html")):
            raise Permanent(
                "The address answered with a web page, not as a receiver of webhooks does. "
                "It may be a login page: check the address."
            )
        return _Answer(status, _id_in(text))
    if 300 <= status < 400:
        raise Permanent(f"The receiver has moved (answer {status}). Enter its new address in the connection.")
    if status == 410:
        raise Permanent("The receiver no longer wants these webhooks (answer 410).")
    if status in AGAIN or status >= 500:
        raise Transient(f"The receiver answered {status}.", _pause_s(response.headers.get("retry-after", ""), now))
    if status in (401, 403):
        raise Permanent(f"The receiver refused us (answer {status}). Check the secret on both sides.")
    raise Permanent(f"The receiver refused the data (answer {status}).")


def _pause_s(retry_after: str, now: datetime) -> float | None:
    """Retry-After in seconds, whether it was given as a number or as a date."""
    text = retry_after.strip()
    if not text:
        return None
    if text.isdigit():
        return float(text)
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _id_in(text: str) -> str:
    """The receiver's own id for what it got, if it names one."""
    try:
        answer = json.loads(text)
    except ValueError:
        return ""
    found = answer.get("id") if isinstance(answer, dict) else None
    return str(found)[:200] if isinstance(found, str | int) else ""
