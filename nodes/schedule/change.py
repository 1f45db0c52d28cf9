"""Finds the caller's own appointment and moves it, cancels it, or leaves it as it is.

    which one? ──> keep, move or cancel? ──(move)──> offers, read back ──("yes")──> moved
                           └──(cancel)──> read back ──("yes")──> cancelled

Whose appointment: only what stands under the number that this call is with. A name, an e-mail address or a date that
somebody says on the phone proves nothing; nothing of another person's is ever told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import Field

from engine.sdk import (
    Attendee,
    Booking,
    BookingDetails,
    BookingRules,
    Effects,
    Exit,
    Heard,
    Naming,
    Opening,
    Step,
    TalkContext,
    TalkNode,
    marks,
)
from nodes.schedule.asked import Asked, asked_for
from nodes.schedule.facts import known
from nodes.schedule.telling import Telling
from nodes.schedule.time_talk import OUT_OF_REACH, Need, TimeTalk, Turn
from nodes.schedule.times_settings import WORDING, TimesSettings

MOST_TOLD: Final = 3
"""Appointments told at once; who has more names the day."""

MOST_ASKS: Final = 3
"""So often one question is put before everything is left as it is."""

Stage = Literal["which", "what", "or_cancel", "cancel", "instead", "times"]


class ChangeSettings(TimesSettings):
    slot: str = Field(
        "",
        title="Keeps the new time in",
        description="The thing to find out that the new time answers. May be left empty.",
        examples=["appointment"],
        json_schema_extra=marks(refers="slot"),
    )
    ask: str = Field(
        "You have an appointment {when}. Does that still work, or shall I move or cancel it?",
        title="What is wanted",
        description="Not asked when the caller has said it already. A yes keeps the appointment.",
        json_schema_extra=marks(fills=("when", "staff"), group=WORDING),
    )
    ask_again: str = Field(
        "Shall I move it to another time, or cancel it?",
        title="After a no",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    which: str = Field(
        "I see appointments {times}. Which one is it about?",
        title="When there are several",
        json_schema_extra=marks(fills=("times",), group=WORDING),
    )
    none_found: str = Field(
        "I don't see an appointment under this number.",
        title="When there is none",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    summary: str = Field(
        "So I'll move it to {when}. Is that right?",
        title="Read-back before moving",
        description="The old time stands until the calendar has confirmed the new one.",
        json_schema_extra=marks(fills=("when",), group=WORDING),
    )
    moved: str = Field(
        "Done, your appointment is now {when}.",
        title="When moved",
        json_schema_extra=marks(fills=("when", "staff"), group=WORDING),
    )
    cancel_summary: str = Field(
        "So I'll cancel your appointment {when}. Is that right?",
        title="Read-back before cancelling",
        description="Nothing is cancelled before the caller has said yes to it.",
        json_schema_extra=marks(fills=("when",), group=WORDING),
    )
    cancelled: str = Field(
        "Your appointment {when} is cancelled.",
        title="When cancelled",
        json_schema_extra=marks(fills=("when",), group=WORDING),
    )
    instead: str = Field(
        "All right. Would you like another time instead?",
        title="When it is not to be cancelled after all",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    kept: str = Field(
        "All right, nothing changes.",
        title="When it stays as it is",
        json_schema_extra=marks(fills=("when",), group=WORDING),
    )
    down: str = Field(
        "I can't reach our calendar right now. A colleague will take care of it and let you know.",
        title="When the calendar does not answer",
        json_schema_extra=marks(fills=(), group=WORDING),
    )


class Change(TalkNode[ChangeSettings]):
    type = "change_appointment"
    title = "Move or cancel an appointment"
    summary = "Finds the caller's own appointment by their number, and moves it, cancels it, or leaves it as it is."
    icon = "edit_calendar"
    shelf = "schedule"
    exits = (
        Exit("moved", "Moved"),
        Exit("cancelled", "Cancelled"),
        Exit("kept", "Left as it is"),
        Exit("none", "No appointment found"),
        Exit("failed", "Calendar not reachable", failure=True),
    )
    effects = Effects(speaks=True, reads=("place_slot",), writes=("slot", "wish_slot"), outside=True)

    async def enter(self, ctx: TalkContext) -> Step:
        try:
            found = await self._find(ctx)
        except OUT_OF_REACH:
            return self._failed(ctx, ctx.last_words if asked_for(ctx.last_words) else "")
        if not found:
            return Step().say(ctx.fill(self.settings.none_found)).leave("none")
        return await self._about(ctx, found, ctx.last_words)

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        found, stage = _read(ctx.memory.get("found", "")), ctx.memory.get("stage", "")
        if stage == "which":
            return await self._about(ctx, found, heard.words)
        booking = found[int(ctx.memory.get("about", "0"))]
        if stage == "times":
            return self._moved(ctx, booking, await self._talk(ctx, booking).heard(heard))
        asked = asked_for(heard.words)
        if asked in ("", "keep") and self._other_time(ctx, booking, heard.words):
            asked = "move"  # "No, Friday would be better."
        if stage == "cancel":
            return await self._cancelling(ctx, booking, heard, asked)
        if asked in ("move", "cancel"):
            return await self._wanted(ctx, booking, asked, heard.words)
        if stage == "instead" and heard.answer == "yes":
            return await self._wanted(ctx, booking, "move", "")
        if asked == "keep" or (stage == "what" and heard.answer == "yes") or (stage != "what" and heard.answer == "no"):
            return self._kept(ctx, booking)
        if heard.answer == "no":
            return self._ask(ctx, "or_cancel", ctx.fill(self.settings.ask_again))
        return self._ask(ctx, "what" if stage == "what" else "or_cancel", self._question(ctx, stage, booking))

    async def left(self, ctx: TalkContext) -> None:
        if ctx.memory.get("stage") == "times":
            found = _read(ctx.memory.get("found", ""))
            await self._talk(ctx, found[int(ctx.memory.get("about", "0"))]).left()

    # Which one, and what is wanted of it.

    async def _find(self, ctx: TalkContext) -> list[Booking]:
        if not ctx.lead.phone:
            return []  # who hides the number cannot be told from anybody else
        ctx.acted("find_appointment", calendar=self.settings.calendar)
        calendar = ctx.calendar(self.settings.calendar)
        asking = calendar.upcoming(Attendee(phone=ctx.lead.phone), ctx.now)
        return [*await ctx.covered(asking, self.settings.slow, self.settings.still)]

    async def _about(self, ctx: TalkContext, found: Sequence[Booking], words: str) -> Step:
        """`words`: may say which appointment is meant, and what is wanted of it."""
        asked = asked_for(words) or _asked(ctx.memory.get("asked", ""))
        place = 0 if len(found) == 1 else self._meant(ctx, found, words)
        if place is None:
            text = ctx.fill(self.settings.which).replace("{times}", self._telling(ctx, found[0]).times(_starts(found)))
            return self._ask(ctx, "which", text, found=_written(found), asked=asked)
        step = await self._wanted(ctx, found[place], asked, words)
        return _with(step, found=_written(found), about=str(place), asked="")

    def _meant(self, ctx: TalkContext, found: Sequence[Booking], words: str) -> int | None:
        """The one that the words name: "my Thursday appointment to Friday" names it before the new time."""
        starts, zone = _starts(found), self._telling(ctx, found[0]).zone
        for said in dict.fromkeys((words.split(" to ")[0], words)):
            wish = ctx.time_wish(said, starts, starts, zone=zone)
            if wish is not None and wish.exact:
                return [at.astimezone(UTC) for at in _starts(found)].index(wish.fitting[0].astimezone(UTC))
        return None

    async def _wanted(self, ctx: TalkContext, booking: Booking, asked: Asked, words: str) -> Step:
        if asked == "move":
            named = self._new_time(ctx, booking, words)
            return self._moved(ctx, booking, await self._talk(ctx, booking).begin(named))
        if asked == "cancel":
            text = self._telling(ctx, booking).text(self.settings.cancel_summary, booking.opening.start)
            return self._ask(ctx, "cancel", text)
        if asked == "keep":
            return self._kept(ctx, booking)
        return self._ask(ctx, "what", self._question(ctx, "what", booking))

    def _question(self, ctx: TalkContext, stage: str, booking: Booking) -> str:
        if stage == "what":
            return self._telling(ctx, booking).text(self.settings.ask, booking.opening.start, booking)
        return ctx.fill(self.settings.instead if stage == "instead" else self.settings.ask_again)

    def _ask(self, ctx: TalkContext, stage: Stage, text: str, **memory: str) -> Step:
        """Put a question; one that was put often enough leaves everything as it is."""
        asks = int(ctx.memory.get("asks", "0")) + 1 if ctx.memory.get("stage") == stage else 1
        if asks > MOST_ASKS:
            return Step().say(ctx.fill(self.settings.kept).replace(" {when}", "")).leave("kept")
        about = {"which": "which_appointment", "cancel": "confirm_cancel"}.get(stage, "change_appointment")
        expecting: Literal["speech", "yes_no"] = "yes_no" if stage in ("cancel", "instead") else "speech"
        return Step().ask(text, about=about, expecting=expecting).remember(stage=stage, asks=str(asks), **memory)

    def _kept(self, ctx: TalkContext, booking: Booking) -> Step:
        return Step().say(self._telling(ctx, booking).text(self.settings.kept, booking.opening.start)).leave("kept")

    # Moving.

    def _other_time(self, ctx: TalkContext, booking: Booking, words: str) -> bool:
        """Whether another time than the appointment's own is named."""
        start, zone = (booking.opening.start,), self._telling(ctx, booking).zone
        wish = ctx.time_wish(words, start, start, zone=zone)
        return wish is not None and not wish.exact

    def _new_time(self, ctx: TalkContext, booking: Booking, words: str) -> str:
        """The part of the words that speaks of the new time; "my Thursday appointment" speaks of the old one."""
        behind = words.rpartition(" to ")[2]
        return next((said for said in dict.fromkeys((behind, words)) if self._other_time(ctx, booking, said)), "")

    def _talk(self, ctx: TalkContext, booking: Booking) -> TimeTalk:
        settings, opening = self.settings, booking.opening

        def moved(now: Booking) -> None:
            ctx.booked(now, settings.calendar, self._telling(ctx, now).zone)
            if settings.slot:
                ctx.put(settings.slot, now.opening.start.isoformat(), "moved in the calendar")

        need = Need(
            key=f"{ctx.call_id}:{booking.id}",
            rules=BookingRules(
                round((opening.end - opening.start).total_seconds() / 60),
                settings.buffer_min,
                settings.notice_min,
                settings.horizon_days,
                known(ctx, settings.place_slot),
            ),
            # What the entry says else stays as it stands: an empty field changes nothing.
            details=BookingDetails(title=booking.title, phone=ctx.lead.phone),
            summary=settings.summary,
            booked=moved,
            stands=booking,
            moves=booking.id,
            action="move_appointment",
        )
        return TimeTalk(ctx, settings, need)

    def _moved(self, ctx: TalkContext, booking: Booking, turn: Turn) -> Step:
        settings = self.settings
        if turn.end == "":
            return _with(turn.step, stage="times")
        if turn.end == "booked" and turn.booking is not None:
            text = settings.moved if turn.booking.status == "confirmed" else settings.requested
            telling = self._telling(ctx, turn.booking)
            said = telling.text(text, turn.booking.opening.start, turn.booking)
            return turn.step.say(said, fixed=True).leave("moved")
        self._keep_wish(ctx, turn.wish)
        if turn.end == "failed":
            return turn.step.leave("failed")
        kept = self._kept(ctx, booking)
        return turn.step.say(kept.lines[0].text).leave("kept")

    # Cancelling.

    async def _cancelling(self, ctx: TalkContext, booking: Booking, heard: Heard, asked: Asked) -> Step:
        """The cancellation was read back."""
        if asked == "move":
            return await self._wanted(ctx, booking, "move", heard.words)
        if heard.answer == "yes" and asked != "keep":
            return await self._cancel(ctx, booking)
        if asked == "keep":
            return self._kept(ctx, booking)
        if heard.answer == "no":
            return self._ask(ctx, "instead", ctx.fill(self.settings.instead))
        return await self._wanted(ctx, booking, "cancel", "")

    async def _cancel(self, ctx: TalkContext, booking: Booking) -> Step:
        settings = self.settings

        def done(result: str) -> None:
            ctx.acted("cancel_appointment", start=booking.opening.start.isoformat(), result=result)
            ctx.cancelled(booking, settings.calendar)

        def late(nothing: None) -> None:
            done("late")
            ctx.flag("cancelled_late")

        try:
            calendar = ctx.calendar(settings.calendar)
            await ctx.covered(calendar.cancel(booking.id), settings.slow, settings.still, late=late)
        except OUT_OF_REACH:
            ctx.acted("cancel_appointment", start=booking.opening.start.isoformat(), result="no answer")
            return self._failed(ctx, f"cancel {self._telling(ctx, booking).time(booking.opening.start, full=True)}")
        done("cancelled")
        text = self._telling(ctx, booking).text(settings.cancelled, booking.opening.start)
        return Step().say(text, fixed=True).leave("cancelled")

    # Small things.

    def _failed(self, ctx: TalkContext, wish: str) -> Step:
        self._keep_wish(ctx, wish)
        return Step().say(ctx.fill(self.settings.down)).leave("failed")

    def _keep_wish(self, ctx: TalkContext, wish: str) -> None:
        if self.settings.wish_slot and wish:
            ctx.put(self.settings.wish_slot, wish, "wished for while the calendar could not be changed")

    def _telling(self, ctx: TalkContext, booking: Booking) -> Telling:
        return Telling.of(ctx, booking.zone, self.settings.told_in)

    def describe(self, naming: Naming) -> str:
        return f"Moves or cancels the caller's appointment in the {self.settings.calendar} calendar"

    def texts(self) -> tuple[str, ...]:
        settings = self.settings
        return (
            settings.ask, settings.ask_again, settings.which, settings.none_found, settings.summary, settings.moved,
            settings.cancel_summary, settings.cancelled, settings.instead, settings.kept, *settings.times_texts(),
        )  # fmt: skip

    def asks(self) -> bool:
        return True


def _with(step: Step, **memory: str) -> Step:
    """Besides what the step keeps already."""
    return step.remember(**{**(step.memory or {}), **memory})


def _starts(found: Sequence[Booking]) -> list[datetime]:
    return [each.opening.start for each in found[:MOST_TOLD]]


def _asked(kept: str) -> Asked:
    return "move" if kept == "move" else "cancel" if kept == "cancel" else "keep" if kept == "keep" else ""


# What was found, as text in the card's memory.


def _written(found: Sequence[Booking]) -> str:
    return json.dumps(
        [
            [each.id, each.opening.start.isoformat(), each.opening.end.isoformat(), each.zone, each.title, each.staff]
            for each in found
        ]
    )


def _read(kept: str) -> list[Booking]:
    return [
        Booking(id, Opening(datetime.fromisoformat(start), datetime.fromisoformat(end)), zone, title=title, staff=staff)
        for id, start, end, zone, title, staff in json.loads(kept or "[]")
    ]
