"""Sends a call to a Zap: a "Catch Hook" of *Webhooks by Zapier*."""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field

from engine.sdk import Connection, ConnectionKind, Permanent, Transient, marks
from nodes.connect.asking import Reply
from nodes.connect.entries import check_by
from nodes.connect.hooks.catch import SECRET, CatchHook, HookSettings, url_field

EXAMPLE: Final = "https://hooks.zapier.com/hooks/catch/123456/abcdef/"
WAIT_S: Final = 30.0  # where Zapier says nothing: its limits are per second and per five minutes


class ZapierSettings(HookSettings):
    connection: str = Field(
        "zapier",
        title="Connection",
        description="The hook that your Zap waits at.",
        json_schema_extra=marks(refers="connection:zapier"),
    )


async def _greet(connection: Connection) -> str:
    return await Zapier.greet(connection)


ZAPIER = ConnectionKind(
    "zapier",
    "Zapier",
    "starts a Zap of yours with every call",
    (url_field(EXAMPLE, "from the trigger “Catch Hook” of your Zap; whoever has it can start the Zap"), SECRET),
    test=_greet,
    check=check_by(lambda connection: Zapier.checked(connection)),
    steps=(
        "In Zapier: “Create”, “Zaps”, and as the trigger “Webhooks by Zapier” with the event “Catch Hook”.",
        "Copy the address under “Your webhook URL”; it begins with `https://hooks.zapier.com/hooks/catch/`. Enter it "
        "here and press “Test”.",
        "In Zapier: “Test trigger”. The message that is marked as a test appears with all its fields, to be picked in "
        "the Zap's next steps.",
        "Let a filter stop what has the event `leadline.test`, or whose `event_id` was there before. Then publish the "
        "Zap.",
    ),
)


class Zapier(CatchHook[ZapierSettings]):
    type = "zapier"
    title = "Send to Zapier"
    summary = "Starts a Zap with the call as plain fields: who, what came of it, each answer, the appointment."
    icon = "bolt"
    connection_kinds = (ZAPIER,)
    service = "Zapier"
    hosts = re.compile(r"hooks\.zapier\.com")
    example = EXAMPLE

    @staticmethod
    def judge(reply: Reply, connection: str) -> str:
        if reply.status == 429:
            raise Transient("Zapier takes no more messages at this moment (answer 429).", reply.pause_s or WAIT_S)
        reply.refuse_passing("Zapier")
        if reply.status in (404, 410):
            raise Permanent(
                f"Zapier knows no hook at this address (answer {reply.status}). Copy it from the Zap's trigger into "
                f"the connection '{connection}'."
            )
        if reply.status == 413:
            raise Permanent("Zapier does not take a message of this length (answer 413). Send it without transcript.")
        if not reply.done or reply.page:
            raise Permanent(f"Zapier refused the message (answer {reply.status}). Check the address of the hook.")
        return "Zapier has put it into its queue. What the Zap does with it stands in the Zap's history."
