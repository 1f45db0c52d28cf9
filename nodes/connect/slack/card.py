"""Writes about a call into a channel of Slack, through an incoming webhook."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

from pydantic import Field

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
    RateLimit,
    StepOutcome,
    Transient,
    marks,
)
from nodes.connect.addresses import Reach
from nodes.connect.asking import Reply, ask
from nodes.connect.entries import check_by, hook_of
from nodes.connect.slack.message import Message, filled, payload

HOSTS: Final = ("hooks.slack.com", "hooks.slack-gov.com")
WAIT_S: Final = 2.0  # where Slack says nothing: about one message a second may be posted

_ANEW: Final = "Make a new one in the settings of the Slack app, and enter it in the connection."
WORDS: Final = {
    "no_service": f"Slack knows this webhook no more: it was removed or switched off. {_ANEW}",
    "no_service_id": f"The address of the webhook is not whole. {_ANEW}",
    "no_active_hooks": f"Slack knows this webhook no more: it was removed or switched off. {_ANEW}",
    "no_team": f"The Slack workspace of this webhook is gone. {_ANEW}",
    "team_disabled": "The Slack workspace is switched off. Ask who looks after it.",
    "invalid_token": f"Slack does not accept this webhook any more. {_ANEW}",
    "channel_not_found": f"The channel of this webhook is gone. {_ANEW}",
    "channel_is_archived": "The channel is archived. Bring it back in Slack, or make a webhook for another channel.",
    "action_prohibited": "An administrator of the Slack workspace does not allow this webhook to post. Ask them.",
    "posting_to_general_channel_denied": "Only some people may post in this channel. Make a webhook for another one.",
    "invalid_payload": "Slack does not take the form of this message. Simplify the texts of the card.",
    "invalid_blocks": "Slack does not take the form of this message. Simplify the texts of the card.",
    "no_text": "Slack takes no empty message. Give the card a title or a text.",
    "too_many_attachments": "Slack does not take the form of this message. Simplify the texts of the card.",
}
"""Slack's own words for its refusals, in ours."""


class SlackSettings(NodeSettings):
    connection: str = Field(
        "slack",
        title="Connection",
        description="The incoming webhook of the channel.",
        json_schema_extra=marks(refers="connection:slack"),
    )
    title: str = Field(
        "{flow}: {disposition}",
        title="Headline",
        description="What stands in the notification, too.",
        json_schema_extra=marks(fills=()),
    )
    text: str = Field(
        "{first_name} {last_name}\n{summary}",
        title="Text",
        description="Slack's own signs work: *bold*, _slanted_, links. What callers said is shown as it is.",
        json_schema_extra=marks(format="long_text", fills=()),
    )
    answers: tuple[str, ...] = Field(
        (),
        title="Answers that are shown",
        description="Personal data: everybody in the channel reads them.",
        json_schema_extra=marks(refers="slot", ordered=True),
    )


async def _greet(connection: Connection) -> str:
    """Posts a message that says it is a test."""
    text = "Leadline tests this connection. Nobody was called."
    await _post(connection, Message("Test message from Leadline", text))
    return "Slack has posted a message that is marked as a test. Look into the channel."


def _entered(connection: Connection) -> None:
    _checked(connection)
    _link(connection, "")


SLACK = ConnectionKind(
    "slack",
    "Slack",
    "tells a channel of yours about calls",
    (
        ConnectionField(
            "url",
            "Address of the webhook",
            "of an incoming webhook of your Slack app; whoever has it can post in the channel",
            required=True,
            secret=True,
            example="https://hooks.slack.com/services/T.../B.../...",
        ),
        ConnectionField(
            "pages",
            "Address of Leadline's pages",
            "where your colleagues open Leadline in the browser; with it every message links to its call",
            example="https://leadline.example.com",
        ),
    ),
    test=_greet,
    check=check_by(_entered),
    steps=(
        "Open `api.slack.com/apps`, “Create New App”, “From scratch”. Choose a name, such as `Leadline`, and your "
        "workspace.",
        "Open “Incoming Webhooks” and switch them on.",
        "“Add New Webhook to Workspace”: choose the channel, and allow it.",
        "Copy the address (“Webhook URL”), enter it here, and press “Test”. A message that is marked as a test appears "
        "in the channel.",
    ),
)


class Slack(AfterCallNode[SlackSettings]):
    type = "slack"
    title = "Write to Slack"
    summary = "Posts in a channel: a headline with the outcome, a text, chosen answers, and a link to the call."
    icon = "forum"
    connection_kinds = (SLACK,)
    effects = Effects(outside=True, budget_s=30.0)

    def texts(self) -> tuple[str, ...]:
        return (self.settings.title, self.settings.text)

    def describe(self, naming: Naming) -> str:
        shown = len(self.settings.answers)
        what = f" with {shown} {'answer' if shown == 1 else 'answers'}" if shown else ""
        return f"Posts by “{self.settings.connection}”{what}: “{self.settings.title}”"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        connection = ctx.connection(self.settings.connection)
        message = self._message(ctx, connection)
        await ctx.take_turn(RateLimit(f"slack:{connection.name}", 1, 1.0))
        posted = await _post(connection, message)
        return StepOutcome(
            note=f"Posted in Slack: {ctx.result.outcome.disposition}.",
            sent={
                "title": f"(hidden, {len(message.title)} characters)",
                "text": f"(hidden, {len(message.text)} characters)",
                "answers": [*self.settings.answers],
                "outcome": ctx.result.outcome.disposition,
                "link": bool(message.link),
                "bytes": posted,
            },
        )

    def _message(self, ctx: AfterCallContext, connection: Connection) -> Message:
        own, known = self.settings, {each.slot: each for each in ctx.result.answers}
        shown = [known[slot] for slot in own.answers if slot in known]
        return Message(
            title=ctx.fill(own.title),
            text=filled(own.text, ctx.fill),
            answers=[(each.label, ctx.fill(f"{{slot:{each.slot}}}")) for each in shown],
            link=_link(connection, ctx.result.call.id),
            reference=f"Call {ctx.result.call.id}" + (" (a test call)" if ctx.result.test else ""),
        )


def _link(connection: Connection, call_id: str) -> str:
    pages = connection.settings.get("pages", "").strip().rstrip("/")
    if not pages:
        return ""
    if not pages.startswith(("https://", "http://")) or any(sign in pages for sign in "<>| "):
        raise Permanent(
            f"The address of Leadline's pages in the connection '{connection.name}' must begin with https://, such as "
            "https://leadline.example.com."
        )
    return f"{pages}/call?call={quote(call_id, safe='')}"


async def _post(connection: Connection, message: Message) -> int:
    """Posts it; gives its length in bytes. Raises `Permanent`, `Transient`."""
    url, reach = _checked(connection)
    content: dict[str, Json] = payload(message)
    body = json.dumps(content, ensure_ascii=False).encode()
    reply = await ask("Slack", "POST", url, body, {"content-type": "application/json; charset=utf-8"}, reach)
    _judge(reply)
    return len(body)


def _checked(connection: Connection) -> tuple[str, Reach]:
    if connection.kind != "slack":
        raise Permanent(
            f"The connection '{connection.name}' is of kind '{connection.kind}'; the card needs one of Slack."
        )
    wrong = Permanent(
        f"The connection '{connection.name}' has no address of an incoming webhook. Copy it whole from the settings of "
        "your Slack app; it begins with https://hooks.slack.com/services/"
    )
    return hook_of(connection, wrong, lambda host, path: host in HOSTS and path.startswith("/services/"))


def _judge(reply: Reply) -> None:
    if reply.status == 429:
        raise Transient("Slack takes no more messages at this moment (answer 429).", reply.pause_s or WAIT_S)
    reply.refuse_passing("Slack")
    word = reply.text.strip().lower()
    if reply.done and word == "ok":
        return
    known = WORDS.get(word)
    if known:
        raise Permanent(f"{known} (Slack says {word}, answer {reply.status}.)")
    if reply.status in (403, 404, 410):
        raise Permanent(f"Slack does not know this webhook any more (answer {reply.status}). {_ANEW}")
    if reply.done:
        raise Permanent("What answered was not Slack: perhaps a proxy stands between, or a login page of your network.")
    raise Permanent(f"Slack refused the message (answer {reply.status}).")
