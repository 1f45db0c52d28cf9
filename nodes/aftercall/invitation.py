"""Invites the lead to the appointment by mail, in the form that mail programs show with *accept* and *decline*."""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Literal

from pydantic import Field

from engine.sdk import AfterCallContext, AfterCallNode, Effects, Json, Naming, NodeSettings, StepOutcome, marks
from engine.sdk.redact import hide_email
from engine.sdk.result import AppointmentPart, CallResult
from nodes.aftercall.ics import Entry, Method, invitation, uid
from nodes.aftercall.mail import MAIL_SERVER, OUTBOX_FOLDER, deliver, letter, mailbox, one_line, sender

Turn = Literal["booked", "moved", "cancelled", "requested"]
"""What the mail has to tell."""

WORDING = "Wording"


class InvitationSettings(NodeSettings):
    connection: str = Field(
        "",
        title="Connection",
        description="The mail server. With none the message is written into the outbox folder instead.",
        json_schema_extra=marks(refers="connection:smtp|outbox_folder"),
    )
    to: str = Field(
        "{email}",
        title="To",
        description="The lead's e-mail address. Nothing is sent where the call has none.",
        examples=["{slot:email}"],
        json_schema_extra=marks(fills=()),
    )
    title: str = Field(
        "Appointment with {seller}",
        title="Calendar entry",
        description="What the lead reads in the calendar.",
        json_schema_extra=marks(fills=()),
    )
    place: str = Field(
        "{address}",
        title="Place",
        description="Left empty, or empty in this call: the address to meet online, if the calendar has given one.",
        json_schema_extra=marks(fills=()),
    )
    remind_min: int = Field(
        60,
        title="Reminder in the lead's calendar (minutes before)",
        description="0: none. It is the lead's own program that reminds; to write again, use the card Wait.",
        ge=0,
        le=10_080,
    )
    subject: str = Field(
        "Your appointment with {seller}: {appointment_day}",
        title="Subject",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    body: str = Field(
        "Hello {first_name},\n\nthank you for your time on the phone. Your appointment: {appointment}\n\n"
        "If anything changes, call {seller_phone}.\n\n{seller}\n",
        title="Text",
        json_schema_extra=marks(format="long_text", fills=(), group=WORDING),
    )
    moved_subject: str = Field(
        "New time for your appointment with {seller}: {appointment_day}",
        title="Subject when it was moved",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    moved_body: str = Field(
        "Hello {first_name},\n\nyour appointment has moved. The new time: {appointment}\n\n"
        "If anything changes, call {seller_phone}.\n\n{seller}\n",
        title="Text when it was moved",
        json_schema_extra=marks(format="long_text", fills=(), group=WORDING),
    )
    cancelled_subject: str = Field(
        "Cancelled: your appointment with {seller}",
        title="Subject when it was cancelled",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    cancelled_body: str = Field(
        "Hello {first_name},\n\nyour appointment on {appointment} is cancelled.\n\n"
        "If you would like another one, call {seller_phone}.\n\n{seller}\n",
        title="Text when it was cancelled",
        json_schema_extra=marks(format="long_text", fills=(), group=WORDING),
    )
    requested_subject: str = Field(
        "We have noted your wish, {first_name}",
        title="Subject when the time is not sure yet",
        description="Somebody of the business must still agree. No invitation is sent along.",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    requested_body: str = Field(
        "Hello {first_name},\n\nthank you for your time on the phone. You asked for {appointment}. "
        "We will tell you whether this time works.\n\nIf anything changes, call {seller_phone}.\n\n{seller}\n",
        title="Text when the time is not sure yet",
        json_schema_extra=marks(format="long_text", fills=(), group=WORDING),
    )


class Invitation(AfterCallNode[InvitationSettings]):
    type = "invitation"
    title = "Send a calendar invitation"
    summary = (
        "Writes to the lead about the appointment, so that their mail program can put it into their calendar. An "
        "appointment that was moved or cancelled is moved or cancelled there too. Where nobody is invited, what comes "
        "behind this card is left out."
    )
    icon = "event_available"
    connection_kinds = (MAIL_SERVER, OUTBOX_FOLDER)
    effects = Effects(outside=True, budget_s=45.0)

    def texts(self) -> tuple[str, ...]:
        own = self.settings
        return (
            own.to, own.title, own.place, own.subject, own.body, own.moved_subject, own.moved_body,
            own.cancelled_subject, own.cancelled_body, own.requested_subject, own.requested_body,
        )  # fmt: skip

    def describe(self, naming: Naming) -> str:
        own = self.settings
        to = "the lead" if own.to.strip() in ("{email}", "{slot:email}") else own.to
        return f"Invites {to}: “{own.title}”"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        own = self.settings
        standing = await ctx.appointment()
        turn = what_to_tell(ctx.result, standing)
        if turn is None or standing is None:
            return StepOutcome(f"Not needed: {why_not(standing)}.", go_on=False)
        if not ctx.fill(own.to).strip():
            return StepOutcome("Nobody was invited: the call has no e-mail address of the lead.", go_on=False)
        connection = mailbox(ctx, own.connection)
        subject, body = {
            "booked": (own.subject, own.body),
            "moved": (own.moved_subject, own.moved_body),
            "cancelled": (own.cancelled_subject, own.cancelled_body),
            "requested": (own.requested_subject, own.requested_body),
        }[turn]
        message, to = letter(ctx, connection, own.to, subject)
        words = ctx.fill(body)
        message.set_content(words)
        method: Method | None = None if turn == "requested" else "CANCEL" if turn == "cancelled" else "REQUEST"
        if method is not None:
            entry = Entry(
                title=one_line(ctx.fill(own.title)),
                text=words.strip(),
                place=one_line(ctx.fill(own.place)) or standing.link,
                organizer=sender(connection),
                guest=_guest(ctx.result, to[0]),
                stamp=ctx.result.occurred_at,
                remind_min=own.remind_min,
            )
            _attach(message, invitation(standing, entry, method), method)
        note = await deliver(ctx, connection, message, to)
        return StepOutcome(note=note, external_id=str(message["Message-ID"]), sent=_shown(standing, turn, method, to))


def what_to_tell(result: CallResult, standing: AppointmentPart | None) -> Turn | None:
    """What the lead is to hear of the appointment as it stands now; None: nothing. Pure."""
    if standing is None:
        return None
    before = standing.booked_at is not None and standing.booked_at < result.call.started_at
    if standing.status == "cancelled":
        # Cancelled in this call, and known to the lead before it. If it was cancelled since, whoever did it tells.
        ours = result.appointment is not None and result.appointment.status == "cancelled"
        return "cancelled" if ours and before else None
    if standing.status == "requested":
        return "requested"
    return "moved" if before and standing.changes else "booked"


def why_not(standing: AppointmentPart | None) -> str:
    return "no appointment was booked in this call" if standing is None else "the appointment was cancelled"


def _guest(result: CallResult, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(one_line(f"{result.lead.first_name} {result.lead.last_name}"), local, domain)


def _attach(message: EmailMessage, ics: bytes, method: Method) -> None:
    """The calendar twice, as the large mail services send it: beside the text, where programs look for an invitation,
    and as a file, for programs that do not. In base64, so that no mail server touches its line ends."""
    message.add_alternative(
        ics,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": method, "charset": "utf-8"},
    )
    message.add_attachment(ics, maintype="application", subtype="ics", filename="invite.ics")
    # The library draws boundaries by lot; a repeated try is to be the same message, byte for byte.
    seed = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:24]
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{depth}_{seed}")


def _shown(standing: AppointmentPart, turn: Turn, method: Method | None, to: list[str]) -> Json:
    return {
        "to": [hide_email(address) for address in to],
        "about": turn,
        "method": method,
        "uid": uid(standing),
        "sequence": standing.changes,
        "start": standing.start.isoformat(),
    }
