"""Sends a text message to the lead: a confirmation, or behind the card Wait a reminder."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import Field, field_validator

from engine.sdk import (
    AfterCallContext,
    AfterCallNode,
    Effects,
    Naming,
    NodeSettings,
    NotYet,
    Permanent,
    RateLimit,
    StepOutcome,
    Transient,
    marks,
)
from engine.sdk.redact import hide_phone
from engine.sdk.result import AppointmentPart, CallResult
from nodes.aftercall.mail import stamp
from nodes.aftercall.moments import in_window, read_window
from nodes.aftercall.sms_text import plainer, size, with_opt_out
from nodes.aftercall.vonage_sms import VONAGE_SMS, Sent, Unsure, account, send, sender_problem

JUST_NOW: Final = timedelta(minutes=15)
"""Whoever was on the phone so short a while ago may be sent what was agreed there, whatever the hour."""

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_APPOINTMENT: Final = re.compile(r"\{appointment(_\w+)?\}")


class SmsSettings(NodeSettings):
    connection: str = Field(
        "texts",
        title="Connection",
        description="The account with Vonage.",
        json_schema_extra=marks(refers="connection:vonage_sms"),
    )
    to: str = Field(
        "{phone}",
        title="To",
        description="The number that was called, unless another one is named.",
        examples=["{slot:mobile}"],
        json_schema_extra=marks(fills=()),
    )
    text: str = Field(
        "{seller}: your appointment is on {appointment}. Questions? Call {seller_phone}.",
        title="Text",
        description="About 150 letters are one part; every part is billed. A text that names the appointment is left "
        "out when the appointment is cancelled meanwhile.",
        json_schema_extra=marks(format="long_text", fills=()),
    )
    opt_out: str = Field(
        "Reply STOP to opt out.",
        title="How to get no more",
        description="Added at the end, unless the text has STOP in it. Not added where the sender is a name, to which "
        "nobody can reply.",
    )
    hours: str = Field(
        "09:00-20:00",
        title="When it may be sent",
        description="By every clock that the lead may have. Outside it the text waits; right after the call it does "
        "not. Empty: at any time.",
        json_schema_extra=marks(format="time_window"),
    )
    max_parts: int = Field(
        3,
        title="Longest text (parts)",
        description="A longer one is not sent.",
        ge=1,
        le=10,
        json_schema_extra=marks(advanced=True),
    )
    if_unsure: Literal["leave", "again"] = Field(
        "leave",
        title="When nobody knows whether it was sent",
        description="Vonage's answer can get lost, and Vonage has no way to look. Leave it: at most once. Send again: "
        "at least once.",
        json_schema_extra=marks(
            labels={"leave": "Leave it, and say so", "again": "Send it again"},
            advanced=True,
        ),
    )

    @field_validator("hours")
    @classmethod
    def _understood(cls, value: str) -> str:
        if value.strip():
            read_window(value)
        return value.strip()


class SendSms(AfterCallNode[SmsSettings]):
    type = "sms"
    title = "Send a text message"
    summary = (
        "Writes a text message to the lead through Vonage. Never to somebody who has said that they want no more, and "
        "never at night."
    )
    icon = "sms"
    connection_kinds = (VONAGE_SMS,)
    effects = Effects(outside=True, budget_s=45.0)

    def texts(self) -> tuple[str, ...]:
        return (self.settings.to, self.settings.text)

    def describe(self, naming: Naming) -> str:
        own = self.settings
        to = "the lead" if own.to.strip() == "{phone}" else own.to
        parts = size(with_opt_out(plainer(own.text), own.opt_out)).parts
        return f"Texts {to}: “{own.text}” ({parts} {'part' if parts == 1 else 'parts'} or more)"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        own = self.settings
        if ctx.result.opted_out:
            return StepOutcome("Not sent: the caller wants no more calls or messages.")
        about = await ctx.appointment() if _APPOINTMENT.search(own.text) else None
        if _APPOINTMENT.search(own.text) and (why := stale(ctx.result, about)):
            return StepOutcome(f"Not sent: {why}.")
        to, number = account(ctx.connection(own.connection)), ctx.fill(own.to).strip()
        if not _E164.fullmatch(number):
            raise Permanent("There is no full phone number to write to. Check the card's 'To'.")
        if problem := sender_problem(to.sender, number):
            raise Permanent(problem)
        allowed = await ctx.may_text(number)
        if allowed.refused:
            return StepOutcome(f"Not sent. {allowed.refused}")
        text = self._text(ctx, replies=to.sender.isdigit())
        at = when(own.hours, ctx.now, ctx.result.occurred_at, allowed.zones)
        if about is not None and about.status != "cancelled" and at >= about.start:
            return StepOutcome("Not sent: the appointment has begun before it may be sent.")
        if at > ctx.now:
            raise NotYet(f"Waits until {at:%H:%M} ({at.tzinfo}): at this hour nobody is sent a text.", at)
        await ctx.take_turn(RateLimit(f"vonage_sms:{own.connection}", 1, 1.0))
        measured = size(text)
        sent = await self._once(
            ctx, lambda: send(to, number, text, unicode=measured.alphabet == "UCS-2", ref=stamp(ctx.key))
        )
        parts = len(sent.ids)
        return StepOutcome(
            note=f"Vonage took the text, in {parts} {'part' if parts == 1 else 'parts'}.",
            external_id=", ".join(sent.ids),
            sent={
                "to": hide_phone(number),
                "length": len(text),
                "alphabet": measured.alphabet,
                "parts": parts,
                "price": sent.price,
                "client-ref": stamp(ctx.key),
            },
        )

    def _text(self, ctx: AfterCallContext, replies: bool) -> str:
        own = self.settings
        text = plainer(ctx.fill(own.text))
        if not text:
            raise Permanent("The text is empty for this call.")
        text = with_opt_out(text, plainer(own.opt_out) if replies else "")
        parts = size(text).parts
        if parts > own.max_parts:
            raise Permanent(
                f"The text has {parts} parts, and the card sends at most {own.max_parts}. Shorten the text, or allow "
                "more parts under More settings."
            )
        return text

    async def _once(self, ctx: AfterCallContext, effect: Callable[[], Sent]) -> Sent:
        """Vonage cannot be asked whether it has a text already, so it is noted down before one is sent."""
        leave = self.settings.if_unsure == "leave"
        if not await ctx.begin_once() and leave:
            raise Permanent(f"An earlier try was interrupted while the text was being sent. {_UNSURE}")
        try:
            return await asyncio.to_thread(effect)
        except Unsure as problem:
            if leave:
                raise Permanent(f"{problem} {_UNSURE}") from problem
            raise Transient(f"{problem} The text is sent again.") from problem
        except Transient:
            await ctx.nothing_happened()
            raise


_UNSURE: Final = (
    "Nobody knows whether the text was sent, so it is not sent again. Look for it in Vonage's dashboard; if it is not "
    "there, replay this step."
)


def stale(result: CallResult, standing: AppointmentPart | None) -> str:
    """Why a text about the appointment is out of date; empty if it holds. Pure."""
    if standing is None:
        return "no appointment was booked in this call"
    if standing.call_id not in ("", result.call.id):
        return "a later call has moved the appointment"
    ours = result.appointment is not None and result.appointment.status == "cancelled"
    if standing.status == "cancelled" and not ours:
        return "the appointment was cancelled"
    if standing.status == "requested":
        return "nobody has confirmed the appointment yet"
    return ""


def when(hours: str, now: datetime, call_ended: datetime, zones: tuple[str, ...]) -> datetime:
    """The first moment from `now` on at which the text may be sent. `zones`: where the lead may be, likeliest first.
    Pure."""
    if not hours or now - call_ended < JUST_NOW:
        return now
    window = read_window(hours)
    at = in_window(now, zones, window) or in_window(now, zones[:1], window)
    assert at is not None  # one zone has a window every day
    return at
