"""Offers openings of a calendar, reads the chosen one back, and books it."""

from typing import Literal

from pydantic import Field

from engine.sdk import (
    Booking,
    BookingDetails,
    BookingRules,
    Effects,
    Exit,
    Heard,
    Naming,
    SlotState,
    Step,
    TalkContext,
    TalkNode,
    marks,
)
from nodes.schedule.asked import wants_to_move
from nodes.schedule.facts import known, without_gaps
from nodes.schedule.telling import Telling
from nodes.schedule.time_talk import Need, TimeTalk, Turn
from nodes.schedule.times_settings import WORDING, TimesSettings


class BookSettings(TimesSettings):
    slot: str = Field(
        "appointment",
        title="Keeps the time in",
        description="The thing to find out that the booked time answers.",
        json_schema_extra=marks(refers="slot"),
    )
    needs: tuple[str, ...] = Field(
        (),
        title="Needed before",
        description="What must be known before a time is booked.",
        json_schema_extra=marks(refers="slot"),
    )
    length_min: int = Field(
        60, title="Length (minutes)", description="How long somebody is at the caller's.", ge=5, le=600
    )
    ask_email: Literal["no", "before", "after"] = Field(
        "no",
        title="Ask for the e-mail address",
        description="For the invitation. Before: the calendar itself can send it too. After: only the lane behind the "
        "call can, but nobody loses their time over a spelling. Not asked where the lead's form had it.",
        json_schema_extra=marks(
            labels={"no": "Not here", "before": "Before times are offered", "after": "When booked"}
        ),
    )
    email_slot: str = Field(
        "",
        title="E-mail address",
        description="The thing to find out that holds it. Empty: the address of the lead's form.",
        examples=["email"],
        json_schema_extra=marks(refers="slot"),
    )
    address_slot: str = Field(
        "",
        title="Address of the visit",
        description="The thing to find out whose answer stands in the calendar as the place.",
        examples=["address"],
        json_schema_extra=marks(refers="slot", advanced=True),
    )
    title: str = Field(
        "{topic}: {first_name} {last_name}",
        title="Calendar entry",
        description="What your own people read in the calendar.",
        json_schema_extra=marks(fills=(), group=WORDING),
    )
    notes: str = Field(
        "",
        title="Notes in the calendar entry",
        description="For your own people: what they should know before they go.",
        examples=["{slot:service_type}, {slot:timeline}"],
        json_schema_extra=marks(format="long_text", fills=(), group=WORDING),
    )
    summary: str = Field(
        "So: {topic}, {when}. Shall I book that?",
        title="Read-back before booking",
        description="Nothing is booked before the caller has said yes to it.",
        json_schema_extra=marks(fills=("when",), group=WORDING),
    )
    booked: str = Field(
        "You're booked for {when}.",
        title="When booked",
        description="{staff} is who comes. Where the calendar does not know that, “with {staff}” is left out.",
        json_schema_extra=marks(fills=("when", "staff"), group=WORDING),
    )
    stands: str = Field(
        "Your appointment {when} stands.",
        title="When the old time stays",
        description="The caller wanted to change a time booked before in the call, and nothing came of it.",
        json_schema_extra=marks(fills=("when",), group=WORDING),
    )


class Book(TalkNode[BookSettings]):
    type = "book"
    title = "Offer times and book"
    summary = "Offers free times, reads the chosen one back and books it. Says 'booked' only when the calendar did."
    icon = "event_available"
    shelf = "schedule"
    exits = (
        Exit("booked", "Booked"),
        Exit("no_time_fits", "No time fits"),
        Exit("failed", "Calendar not reachable", failure=True),
    )
    effects = Effects(
        speaks=True, reads=("place_slot", "email_slot", "address_slot"), writes=("slot", "wish_slot"), outside=True
    )

    async def enter(self, ctx: TalkContext) -> Step:
        if self.settings.ask_email == "before" and self._email_open(ctx):
            return self._ask_email().remember(stage="email", asked="1", wanted=ctx.last_words)
        return self._go_on(ctx, await self._talk(ctx).begin(ctx.last_words))

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        stage = ctx.memory.get("stage", "")
        if stage == "email" and self._email_open(ctx) and ctx.memory.get("asked") == "1":
            return self._ask_email().remember(asked="2")
        if stage == "email":
            return self._go_on(ctx, await self._talk(ctx).begin(ctx.memory.get("wanted", "")))
        if stage == "booked" and not wants_to_move(heard.words):
            return self._ask_email().leave("booked")
        if stage == "booked":
            return self._go_on(ctx, await self._talk(ctx).begin(heard.words))
        return self._go_on(ctx, await self._talk(ctx).heard(heard))

    async def left(self, ctx: TalkContext) -> None:
        await self._talk(ctx).left()

    def _talk(self, ctx: TalkContext) -> TimeTalk:
        settings = self.settings

        def booked(booking: Booking) -> None:
            zone = Telling.of(ctx, booking.zone, settings.told_in).zone
            ctx.booked(booking, settings.calendar, zone)
            ctx.put(settings.slot, booking.opening.start.isoformat(), "booked in the calendar")

        need = Need(
            key=f"{ctx.call_id}:{settings.slot}",
            rules=BookingRules(
                settings.length_min,
                settings.buffer_min,
                settings.notice_min,
                settings.horizon_days,
                known(ctx, settings.place_slot),
            ),
            details=self._details(ctx),
            summary=settings.summary,
            booked=booked,
            stands=ctx.appointment,
        )
        return TimeTalk(ctx, settings, need)

    def _details(self, ctx: TalkContext) -> BookingDetails:
        lead, settings = ctx.lead, self.settings
        return BookingDetails(
            title=ctx.fill(settings.title),
            name=f"{lead.first_name} {lead.last_name}".strip(),
            phone=lead.phone,
            email=known(ctx, settings.email_slot) or lead.email or "",
            address=known(ctx, settings.address_slot),
            notes=without_gaps(ctx.fill(settings.notes)),
        )

    def _go_on(self, ctx: TalkContext, turn: Turn) -> Step:
        settings, step = self.settings, turn.step
        if turn.end == "":
            return step.remember(**{**(step.memory or {}), "stage": ""})
        if turn.end == "booked" and turn.booking is not None:
            return self._booked(ctx, step, turn.booking)
        if ctx.appointment is not None:
            # Nothing came of the change: what was booked before in this call stands, and the caller is told so.
            at = ctx.appointment.opening.start
            telling = Telling.of(ctx, ctx.appointment.zone, settings.told_in)
            return step.say(telling.text(settings.stands, at)).leave("booked")
        if settings.wish_slot and turn.wish:
            ctx.put(settings.wish_slot, turn.wish, "wished for while no time could be booked")
        return step.leave("failed" if turn.end == "failed" else "no_time_fits")

    def _booked(self, ctx: TalkContext, step: Step, booking: Booking) -> Step:
        settings = self.settings
        text = settings.booked if booking.status == "confirmed" else settings.requested
        telling = Telling.of(ctx, booking.zone, settings.told_in)
        step = step.say(telling.text(text, booking.opening.start, booking), fixed=True).leave("booked")
        if settings.ask_email == "after" and self._email_open(ctx):
            return step.want(settings.email_slot).remember(stage="booked")
        return step

    def _email_open(self, ctx: TalkContext) -> bool:
        """Whether there is no address yet, and the caller has not said that they will give none."""
        slot = self.settings.email_slot
        if not slot or ctx.lead.email:
            return False
        view = ctx.slot(slot)
        return not view.known and view.state is not SlotState.REFUSED

    def _ask_email(self) -> Step:
        return Step().want(self.settings.email_slot)

    def describe(self, naming: Naming) -> str:
        settings = self.settings
        times = "a time" if settings.offer == 1 else f"{settings.offer} times"
        return f"Offers {times} from the {settings.calendar} calendar and books {settings.length_min} minutes"

    def slots_wanted(self) -> tuple[str, ...]:
        settings = self.settings
        return (settings.email_slot,) if settings.ask_email != "no" and settings.email_slot else ()

    def slots_needed(self) -> tuple[str, ...]:
        return self.settings.needs

    def texts(self) -> tuple[str, ...]:
        settings = self.settings
        return (
            settings.title, settings.notes, settings.summary, settings.booked, settings.stands, *settings.times_texts(),
        )  # fmt: skip

    def asks(self) -> bool:
        return True
