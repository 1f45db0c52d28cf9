"""Sends a call to a scenario of Make: its "Custom webhook"."""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field

from engine.sdk import Connection, ConnectionKind, Permanent, Transient, marks
from nodes.connect.asking import Reply
from nodes.connect.entries import check_by
from nodes.connect.hooks.catch import SECRET, CatchHook, HookSettings, url_field

EXAMPLE: Final = "https://hook.eu1.make.com/abcdefghijklmnop"
QUEUE_S: Final = 60.0  # until a full queue is tried again
WAIT_S: Final = 10.0  # the window of Make's limit, where it does not say how long to wait


class MakeSettings(HookSettings):
    connection: str = Field(
        "make",
        title="Connection",
        description="The webhook that your scenario waits at.",
        json_schema_extra=marks(refers="connection:make"),
    )


async def _greet(connection: Connection) -> str:
    return await Make.greet(connection)


MAKE = ConnectionKind(
    "make",
    "Make",
    "starts a scenario of yours with every call",
    (url_field(EXAMPLE, "of the module “Custom webhook” of your scenario; whoever has it can start it"), SECRET),
    test=_greet,
    check=check_by(lambda connection: Make.checked(connection)),
    steps=(
        "In Make: a new scenario whose first module is “Webhooks”, “Custom webhook”. Press “Add” and give it a name.",
        "Copy the address that Make shows; it begins with `https://hook.`. Enter it here.",
        "In Make: “Redetermine data structure”, then press “Test” here: from the message that is marked as a test Make "
        "learns the fields.",
        "Let a filter stop what has the event `leadline.test`. Then switch the scenario on (“Immediately as data "
        "arrives”).",
    ),
)


class Make(CatchHook[MakeSettings]):
    type = "make"
    title = "Send to Make"
    summary = "Starts a scenario with the call as plain fields: who, what came of it, each answer, the appointment."
    icon = "bolt"
    connection_kinds = (MAKE,)
    service = "Make"
    hosts = re.compile(r"hook\.(?:[a-z0-9-]+\.)?make\.com")
    example = EXAMPLE

    @staticmethod
    def judge(reply: Reply, connection: str) -> str:
        if reply.status == 429:
            raise Transient("Make takes no more messages at this moment (answer 429).", reply.pause_s or WAIT_S)
        reply.refuse_passing("Make")
        said = reply.text.lower()
        if reply.status == 400 and "queue" in said and "full" in said:
            raise Transient(
                "The queue of this webhook in Make is full (answer 400): the scenario is off, or too slow for what "
                "comes. Tried again in a minute.",
                reply.pause_s or QUEUE_S,
            )
        if reply.status in (404, 410):
            raise Permanent(
                f"Make says that this webhook is gone or not active (answer {reply.status}). Switch the scenario on in "
                f"Make, or copy the webhook's new address into the connection '{connection}'."
            )
        if not reply.done:
            raise Permanent(f"Make refused the message (answer {reply.status}). Check the webhook in the scenario.")
        return "Make has taken it. What the scenario does with it stands in the scenario's history."
