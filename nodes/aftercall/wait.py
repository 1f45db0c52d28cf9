"""Waits before the lane goes on: until some time before the appointment, after the call, or within office hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator

from engine.sdk import AfterCallContext, AfterCallNode, Effects, Naming, NodeSettings, NotYet, StepOutcome, marks
from engine.sdk.result import AppointmentPart, CallResult
from nodes.aftercall.moments import Unit, shifted, within_hours
from nodes.handoff import hours

Until = Literal["before_appointment", "after_appointment", "after_call", "hours"]


class WaitSettings(NodeSettings):
    until: Until = Field(
        "before_appointment",
        title="Until",
        description="What comes behind the card waits for this moment. A moved appointment moves it too.",
        json_schema_extra=marks(
            labels={
                "before_appointment": "Some time before the appointment",
                "after_appointment": "Some time after the appointment",
                "after_call": "Some time after the call",
                "hours": "The next time within these hours",
            }
        ),
    )
    amount: int = Field(1, title="How much", description="Of the unit below.", ge=0, le=1_000)
    unit: Unit = Field(
        "days",
        title="Unit",
        description="A day before three o'clock is three o'clock the day before, also when the clocks change.",
        json_schema_extra=marks(labels={"minutes": "Minutes", "hours": "Hours", "days": "Days"}),
    )
    hours: tuple[str, ...] = Field(
        ("Mon-Fri 09:00-17:00",),
        title="These hours",
        description="Only for 'The next time within these hours'. In the business's own time.",
        json_schema_extra=marks(format="opening_hours", group="Hours to wait for"),
    )
    late: Literal["skip", "go_on"] = Field(
        "skip",
        title="When the appointment is sooner than that",
        description="A reminder that would come right behind the confirmation is better left out.",
        json_schema_extra=marks(labels={"skip": "Leave out what comes behind", "go_on": "Go on at once"}),
    )

    @field_validator("hours")
    @classmethod
    def _understood(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for line in value:
            hours.read(line)
        return value


@dataclass(frozen=True, slots=True)
class Verdict:
    """`at`: wait until then. Else the lane goes on behind the card, or (`go_on` False) what is there is not needed."""

    note: str
    at: datetime | None = None
    go_on: bool = True


class Wait(AfterCallNode[WaitSettings]):
    type = "wait"
    title = "Wait"
    summary = (
        "What comes behind it happens later: a day before the appointment, an hour after the call, the next working "
        "morning. When the time has come the appointment is looked at again: moved, it waits on; cancelled, what comes "
        "behind is left out."
    )
    icon = "schedule"
    effects = Effects(budget_s=10.0)

    def describe(self, naming: Naming) -> str:
        own = self.settings
        if own.until == "hours":
            return f"Waits for {', '.join(own.hours) or 'nothing'}"
        much = f"{own.amount} {own.unit if own.amount != 1 else own.unit[:-1]}"
        where = {
            "before_appointment": "before the appointment",
            "after_appointment": "after the appointment",
            "after_call": "after the call",
        }
        return f"Waits until {much} {where[own.until]}"

    async def run(self, ctx: AfterCallContext) -> StepOutcome:
        verdict = judge(self.settings, ctx.result, await ctx.appointment(), ctx.now, ctx.zone)
        if verdict.at is not None:
            raise NotYet(verdict.note, verdict.at)
        return StepOutcome(verdict.note, go_on=verdict.go_on)


def judge(own: WaitSettings, result: CallResult, standing: AppointmentPart | None, now: datetime, zone: str) -> Verdict:
    """What the card does at `now`. `standing`: the appointment as it is now; `zone`: the business's. Pure."""
    if own.until == "after_call":
        return _until(shifted(result.occurred_at, zone, own.amount, own.unit), now, "after the call")
    if own.until == "hours":
        return _until(within_hours(result.occurred_at, zone, own.hours), now, "within the hours")
    if standing is None:
        return _not_needed("no appointment was booked in this call")
    if standing.status == "cancelled":
        return _not_needed("the appointment was cancelled")
    if standing.call_id not in ("", result.call.id):
        return _not_needed("a later call has moved the appointment, and its own cards follow it")
    if own.until == "after_appointment":
        return _until(shifted(standing.end, standing.time_zone, own.amount, own.unit), now, "after the appointment")
    at = shifted(standing.start, standing.time_zone, -own.amount, own.unit)
    if now < at:
        return _until(at, now, "before the appointment")
    if now >= standing.start:
        return _not_needed("the appointment has begun")
    if standing.status == "requested":
        return _not_needed("nobody has confirmed the appointment")
    if at <= result.occurred_at and own.late == "skip":
        return _not_needed("the appointment was booked later than that")
    return Verdict("It is time.")


def _until(at: datetime, now: datetime, where: str) -> Verdict:
    if now >= at:
        return Verdict("It is time.")
    return Verdict(f"Waits until {at:%A, %B} {at.day}, {at:%H:%M} ({at.tzinfo}), {where}.", at)


def _not_needed(why: str) -> Verdict:
    return Verdict(f"Not needed: {why}.", go_on=False)
