"""Sends the result of the call to a web address, signed as Standard Webhooks asks."""

from __future__ import annotations

import binascii
import json
import secrets
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field
from standardwebhooks import Webhook as Signer

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    Connection,
    ConnectionField,
    ConnectionKind,
    Effects,
    Naming,
    NodeSettings,
    Permanent,
    StepOutcome,
    marks,
)
from engine.sdk.redact import redact
from engine.sdk.result import Event
from nodes.aftercall.webhook_body import TEST_EVENT, encoded, told
from nodes.connect.addresses import Reach, written_inside
from nodes.connect.asking import Reply, ask
from nodes.connect.entries import INSIDE, advice, check_by, correct_address, may_be_inside, reach_of

WHO: Final = "The receiver"


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
    body = json.dumps({"event": TEST_EVENT, "message": "Leadline tests this connection."}, separators=(",", ":"))
    reply = await _deliver(connection, f"test_{secrets.token_hex(12)}", body.encode())
    return f"{_host(connection)} took a signed test message (answer {reply.status})."


def _entered(connection: Connection) -> None:
    """Stricter than sending is, so that connections from before the switch keep working."""
    url, _ = _checked(connection)
    signed(connection, "test", datetime.now(UTC), "")
    if written_inside(urlsplit(url).hostname or "") and not may_be_inside(connection):
        raise Permanent(
            "The address is one of this machine or of your own network. If that is meant, set “In your own network” "
            "to yes."
        )


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
        ConnectionField(
            "new_secret",
            "New secret",
            "while you change the secret: messages are signed with both, so that the receiver can change at its time",
            secret=True,
            advanced=True,
        ),
        INSIDE,
    ),
    test=_greet,
    check=check_by(_entered),
    steps=(
        "Ask whoever looks after the receiving system for the `https` address that it takes webhooks at.",
        "Agree on a secret with them: `whsec_` and the base64 of 24 random bytes. Many systems make one themselves and "
        "show it once.",
        "Enter both here and press “Test”. The receiver gets a signed message with the event `leadline.test`.",
        "Who programs a receiver finds one to begin with in Leadline's folder `examples/webhook_receiver`.",
    ),
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
        result = told(ctx.result, self.settings.event)
        reply = await _deliver(connection, ctx.key, encoded(result))
        host = _host(connection)
        left_out = f" Left out, as it was too long: {', '.join(result.left_out)}." if result.left_out else ""
        document = result.model_dump(mode="json", by_alias=True)
        people = (ctx.result.lead.first_name, ctx.result.lead.last_name)
        return StepOutcome(
            note=f"{self.settings.event} sent to {host}, which answered {reply.status}.{left_out}",
            external_id=reply.id,
            sent={"event": self.settings.event, "webhook-id": ctx.key, "to": host, "data": redact(document, people)},
        )


async def _deliver(connection: Connection, key: str, body: bytes) -> Reply:
    """Posts a signed body. Raises `Permanent`, `Transient`."""
    url, reach = _checked(connection)
    # Real time, not the call's business time: receivers refuse signatures that are minutes old.
    headers = signed(connection, key, datetime.now(UTC), body.decode())
    reply = await ask(WHO, "POST", url, body, headers, reach, advice=advice(connection.name, reach, "receiver"))
    _judge(reply, connection.name)
    return reply


def _checked(connection: Connection) -> tuple[str, Reach]:
    """The address, and where it may lead. Raises `Permanent`."""
    url = connection.settings.get("url", "").strip()
    where = correct_address(connection.name)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Permanent(f"The receiver has no usable web address. {where}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise Permanent(f"The receiver has no usable web address: it must begin with https://. {where}")
    return url, reach_of(connection, parts)


def _host(connection: Connection) -> str:
    return urlsplit(connection.settings.get("url", "").strip()).hostname or ""


def signed(connection: Connection, key: str, now: datetime, body: str) -> dict[str, str]:
    """The headers of Standard Webhooks. `key`: the same at every try; `now`: of this try. Pure. Raises `Permanent`."""
    secret, new = (connection.settings.get(name, "").strip() for name in ("secret", "new_secret"))
    used = (secret, new) if new else (secret,)
    signatures = [_signature(each, key, now, body, connection.name) for each in used]
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Leadline",
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, key: str, now: datetime, body: str, connection: str) -> str:
    try:
        return str(Signer(secret).sign(key, now, body))
    except (binascii.Error, ValueError, RuntimeError) as problem:
        raise Permanent(
            f"The secret of the connection '{connection}' cannot be used: it should look like whsec_ and base64 text."
        ) from problem
    except Exception as problem:  # the library's own error for an empty secret derives from Exception alone
        raise Permanent(
            f"The connection '{connection}' has no secret. Enter the one that the receiver gave you."
        ) from problem


def _judge(reply: Reply, connection: str) -> None:
    reply.refuse_passing(WHO)
    if reply.done and reply.page:
        raise Permanent(
            "The address answered with a web page, not as a receiver of webhooks does. "
            "It may be a login page: check the address."
        )
    if reply.done:
        return
    if reply.status == 410:
        raise Permanent(
            "The receiver has switched this webhook off for good (answer 410). Enter its new address in the connection "
            f"'{connection}', or take the card out of the flow."
        )
    if reply.status == 413:
        raise Permanent("The receiver takes no message of this length (answer 413). Let its limit be 256 KB or more.")
    if reply.status in (401, 403):
        raise Permanent(f"The receiver refused us (answer {reply.status}). Check the secret on both sides.")
    raise Permanent(f"The receiver refused the data (answer {reply.status}).")
