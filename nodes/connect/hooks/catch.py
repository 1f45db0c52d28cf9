"""What the cards of catch hooks share: settings, the address that is a secret, and one flat message a call."""

from __future__ import annotations

import json
import re
import secrets
from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    Connection,
    ConnectionField,
    Effects,
    Json,
    Naming,
    NodeSettings,
    Permanent,
    StepOutcome,
    marks,
)
from nodes.aftercall.webhook_body import TEST_EVENT, told
from nodes.connect.addresses import Reach
from nodes.connect.asking import Reply, ask
from nodes.connect.entries import hook_of
from nodes.connect.hooks.flat import Flat, flat, sample

SECRET_NAME: Final = "leadline_secret"  # noqa: S105 - the name of a field

SHOWN: Final = frozenset(
    {"event", "event_id", "test", "occurred_at", "flow_id", "flow_name", "call_id", "call_direction",
     "call_started_at", "call_duration_s", "outcome", "outcome_reason", "qualified", "opted_out", "appointment_status",
     "callback_by", "left_out"}
)  # fmt: skip
"""Fields that hold nothing personal; of all others the dashboard learns only that they were sent."""


class HookField(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(
        title="Name of the field",
        description="Small letters, digits and _. A name that Leadline sends anyway is replaced.",
        examples=["roof_age"],
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
    )
    value: str = Field(
        title="What is sent in it",
        examples=["{slot:roof_age} years"],
        json_schema_extra=marks(fills=()),
    )


class HookSettings(NodeSettings):
    connection: str
    fields: tuple[HookField, ...] = Field(
        (),
        title="More fields",
        description="Beside the fields that are always sent. A field of your own is there in every message, even if "
        "it is empty in one call.",
    )
    transcript: bool = Field(
        False,
        title="With the transcript",
        description="What was said, as one text. Personal data: send it only where it is needed.",
    )
    recording: bool = Field(
        False,
        title="With a link to the recording",
        description="Whoever has the link can listen, as long as Leadline keeps the recording.",
    )


def url_field(example: str, where: str) -> ConnectionField:
    """The address is all that is needed to send to it, so it is kept as a secret."""
    return ConnectionField("url", "Address of the hook", where, required=True, secret=True, example=example)


SECRET = ConnectionField(
    "secret",
    "Word of your own",
    "sent as the field leadline_secret, so that a filter there can tell our messages from anybody else's",
    secret=True,
    advanced=True,
)


S = TypeVar("S", bound=HookSettings, covariant=True)


class CatchHook(AfterCallNode[S]):
    """`service`: its name in sentences. `hosts`: what the host of a hook's address must be, whole. `example`: such an
    address."""

    service: ClassVar[str]
    hosts: ClassVar[re.Pattern[str]]
    example: ClassVar[str]
    effects = Effects(outside=True, budget_s=30.0)

    @staticmethod
    @abstractmethod
    def judge(reply: Reply, connection: str) -> str:
        """What an answer means, as a sentence. `connection`: its name. Raises `Permanent`, `Transient`."""

    def texts(self) -> tuple[str, ...]:
        return tuple(each.value for each in self.settings.fields)

    def describe(self, naming: Naming) -> str:
        return f"Sends the call to {self.service} by “{self.settings.connection}”"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        connection = ctx.connection(self.settings.connection)
        if connection.kind != self.type:
            raise Permanent(
                f"The connection '{connection.name}' is of kind '{connection.kind}'; the card needs one of "
                f"{self.service}."
            )
        more = {each.name: ctx.fill(each.value) for each in self.settings.fields}
        result = ctx.result if self.settings.transcript else ctx.result.model_copy(update={"transcript": []})
        recording = ctx.recording() if self.settings.recording else None
        row = flat(told(result, "call.completed"), ctx.key, more, recording.link if recording else "")
        reply = await self.post(connection, row)
        note = self.judge(reply, connection.name)
        return StepOutcome(note=note, external_id=reply.id, sent=_shown(row, more))

    @classmethod
    async def post(cls, connection: Connection, row: Flat) -> Reply:
        url, reach = cls.checked(connection)
        secret = connection.settings.get("secret", "").strip()
        body = json.dumps({**row, SECRET_NAME: secret} if secret else row, ensure_ascii=False).encode()
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "Leadline"}
        return await ask(cls.service, "POST", url, body, headers, reach)

    @classmethod
    def checked(cls, connection: Connection) -> tuple[str, Reach]:
        """The address, and where it may lead. Raises `Permanent`."""
        wrong = Permanent(
            f"The connection '{connection.name}' has no address of a hook of {cls.service}. Copy it whole from there; "
            f"it looks like {cls.example}"
        )
        return hook_of(connection, wrong, lambda host, path: bool(cls.hosts.fullmatch(host)) and len(path) >= 2)

    @classmethod
    async def greet(cls, connection: Connection) -> str:
        """Sends a message that says it is a test, with every field, so that they can be picked from it."""
        now = datetime.now(UTC)
        row = {**flat(sample(now), f"test_{secrets.token_hex(12)}", {}), "event": TEST_EVENT}
        note = cls.judge(await cls.post(connection, row), connection.name)
        return f"A message marked as a test was sent. {note}"


def _shown(row: Flat, more: Mapping[str, str]) -> dict[str, Json]:
    return {
        name: value if (name in SHOWN and name not in more) or value == "" else "(hidden)"
        for name, value in row.items()
    }
