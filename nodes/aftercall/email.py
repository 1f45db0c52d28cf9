"""Sends an e-mail about the call: through a mail server, or into the outbox folder where none is connected."""

from __future__ import annotations

from pydantic import Field

from engine.sdk import AfterCallContext, AfterCallNode, Effects, Naming, NodeSettings, StepOutcome, marks
from engine.sdk.redact import hide_email, hide_text
from nodes.aftercall.mail import MAIL_SERVER, OUTBOX_FOLDER, deliver, letter, mailbox


class EmailSettings(NodeSettings):
    connection: str = Field(
        "",
        title="Connection",
        description="The mail server. With none the message is written into the outbox folder instead.",
        json_schema_extra=marks(refers="connection:smtp|outbox_folder"),
    )
    to: str = Field(
        "",
        title="To",
        description="One or more addresses, separated by commas.",
        examples=["office@harborline.example"],
        json_schema_extra=marks(fills=()),
    )
    subject: str = Field(
        "{flow}: {disposition}, {first_name} {last_name}", title="Subject", json_schema_extra=marks(fills=())
    )
    body: str = Field(
        "{first_name} {last_name}, {phone}\n\n{summary}\n\n{answers}\n\n{appointment}\n",
        title="Text",
        description="What the reader should know; the rest is filled in from the call.",
        json_schema_extra=marks(format="long_text", fills=()),
    )


class Email(AfterCallNode[EmailSettings]):
    type = "email"
    title = "Send an e-mail"
    summary = (
        "Writes to the business or to the lead about the call. Without a mail server it goes to the outbox folder."
    )
    icon = "mail"
    connection_kinds = (MAIL_SERVER, OUTBOX_FOLDER)
    effects = Effects(outside=True, budget_s=45.0)

    def texts(self) -> tuple[str, ...]:
        return (self.settings.to, self.settings.subject, self.settings.body)

    def describe(self, naming: Naming) -> str:
        settings = self.settings
        to = {"": "nobody yet", "{email}": "the lead"}.get(settings.to.strip(), settings.to)
        return f"Writes to {to}: “{settings.subject}”"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        settings = self.settings
        connection = mailbox(ctx, settings.connection)
        if settings.to.strip() and not ctx.fill(settings.to).strip(" ,;"):
            return StepOutcome("Not sent: the call has no e-mail address to write to.")
        message, to = letter(ctx, connection, settings.to, settings.subject)
        message.set_content(ctx.fill(settings.body))
        note = await deliver(ctx, connection, message, to)
        people = (ctx.result.lead.first_name, ctx.result.lead.last_name)
        return StepOutcome(
            note=note,
            external_id=str(message["Message-ID"]),
            sent={
                "to": [hide_email(address) for address in to],
                "subject": hide_text(str(message["Subject"]), people),
                "length": len(message.get_content()),
            },
        )
