"""Offers openings of a calendar, reads the chosen one back, and books it."""

from collections.abc import Awaitable, Sequence
from datetime import datetime

from pydantic import Field

from engine.sdk import (
    Booking,
    BookingDetails,
    BookingRules,
    CalendarDown,
    Effects,
    Exit,
    Heard,
    Hold,
    NodeSettings,
    Opening,
    OpeningTaken,
    Step,
    TalkContext,
    TalkNode,
)


class BookSettings(NodeSettings):
    calendar: str = Field("main", title="Calendar", description="Name of the calendar connection.")
    slot: str = Field("appointment", title="Keeps the time in", description="The thing to find out that it fills.")
    needs: tuple[str, ...] = Field((), title="Needed before", description="What must be known before booking.")
    length_min: int = Field(60, title="Length (minutes)", ge=5, le=600)
    buffer_min: int = Field(30, title="Free time around it (minutes)", ge=0, le=240)
    notice_min: int = Field(120, title="Notice (minutes)", description="The soonest time from now.", ge=0)
    horizon_days: int = Field(14, title="How far ahead (days)", ge=1, le=365)
    offer: int = Field(3, title="Times to offer at once", ge=1, le=3)
    max_offers: int = Field(3, title="Offer at most so many rounds", ge=1, le=6)
    title: str = Field("{topic}: {first_name} {last_name}", title="Calendar entry")
    offer_text: str = Field("I have {times}. Which works best for you?", title="Offer")
    again_text: str = Field("I also have {times}. Would one of those work?", title="Second offer")
    nearest_text: str = Field("The closest I have is {times}. Would that work?", title="When the wish does not fit")
    summary: str = Field("So: {topic}, {when}. Shall I book that?", title="Read-back before booking")
    booked: str = Field("You're booked for {when}.", title="When booked")
    taken: str = Field("I'm sorry, that one was just taken.", title="When somebody was faster")
    none_fits: str = Field("I'm sorry, I have no other times right now.", title="When no time fits")
    slow: str = Field("One moment, I'm checking the calendar.", title="While the calendar works")
    down: str = Field(
        "I can't reach our calendar right now. A colleague will confirm the time with you.",
        title="When the calendar does not answer",
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
    effects = Effects(speaks=True, writes=("slot",), outside=True)

    async def enter(self, ctx: TalkContext) -> Step:
        openings = await self._openings(ctx)
        if openings is None:
            return self._give_up(ctx)
        wish = ctx.time_wish(ctx.last_words, [opening.start for opening in openings])
        if wish is not None and wish.exact:
            return await self._hold(ctx, wish.fitting[0], openings)
        return self._offer(ctx, openings, wanted=wish.fitting if wish else (), near=bool(wish and wish.near))

    async def heard(self, ctx: TalkContext, heard: Heard) -> Step:
        openings = await self._openings(ctx)
        if openings is None:
            return self._give_up(ctx)
        offered = tuple(datetime.fromisoformat(at) for at in ctx.memory.get("offered", "").split() if at)
        chosen = ctx.memory.get("chosen")
        held = datetime.fromisoformat(chosen) if chosen else None
        among_offered = ctx.time_wish(heard.words, offered) if held is None else None
        if among_offered is not None and among_offered.exact:
            return await self._hold(ctx, among_offered.fitting[0], openings)
        starts = {opening.start for opening in openings} | ({held} if held else set())
        wish = ctx.time_wish(heard.words, sorted(starts))
        if held is not None and heard.answer == "yes" and (wish is None or held in wish.fitting):
            return await self._confirm(ctx, held, openings)
        if wish is not None and wish.exact:
            return await self._hold(ctx, wish.fitting[0], openings)
        if wish is not None:
            return self._offer(ctx, openings, wanted=wish.fitting, near=wish.near)
        if held is not None and heard.answer != "no":
            return self._read_back(ctx, held)
        if held is None and heard.answer == "yes" and len(offered) == 1:
            return await self._hold(ctx, offered[0], openings)
        if held is None and heard.answer is None and not heard.intentions:
            return self._offer(ctx, openings, wanted=offered, repeat=True)
        return self._offer(ctx, openings, refused=offered)

    def _rules(self) -> BookingRules:
        settings = self.settings
        return BookingRules(settings.length_min, settings.buffer_min, settings.notice_min, settings.horizon_days)

    def _key(self, ctx: TalkContext) -> str:
        return f"{ctx.call_id}:{self.settings.slot}"

    async def _openings(self, ctx: TalkContext) -> Sequence[Opening] | None:
        """All openings now, or None when the calendar cannot be asked."""
        if "looked" not in ctx.memory:
            ctx.acted("check_availability", calendar=self.settings.calendar)
        calendar = ctx.calendar(self.settings.calendar)
        try:
            return await ctx.covered(calendar.openings(self._rules(), ctx.now), self.settings.slow)
        except (CalendarDown, TimeoutError):
            return None

    def _offer(
        self,
        ctx: TalkContext,
        openings: Sequence[Opening],
        *,
        wanted: Sequence[datetime] = (),
        refused: Sequence[datetime] = (),
        repeat: bool = False,
        near: bool = False,
        before: str = "",
    ) -> Step:
        rounds = int(ctx.memory.get("rounds", "0")) + 1
        free = [opening.start for opening in openings if opening.start not in refused]
        choice = [at for at in wanted if at in free][: self.settings.offer] or spread(free, self.settings.offer)
        if not choice or rounds > self.settings.max_offers:
            return Step().say(ctx.fill(self.settings.none_fits)).leave("no_time_fits")
        text = self.settings.offer_text if rounds == 1 or repeat or before else self.settings.again_text
        if near:
            text = self.settings.nearest_text
        step = Step().say(before) if before else Step()
        times = any_of([ctx.spoken_time(at) for at in choice])
        return step.ask(ctx.fill(text).replace("{times}", times), about="offer_times").remember(
            looked="yes", rounds=str(rounds), offered=" ".join(at.isoformat() for at in choice)
        )

    async def _hold(self, ctx: TalkContext, start: datetime, openings: Sequence[Opening]) -> Step:
        opening = next((each for each in openings if each.start == start), None)
        if opening is None:
            return self._taken(ctx, start, openings)
        calendar = ctx.calendar(self.settings.calendar)
        try:
            await ctx.covered(calendar.hold(opening, self._rules(), self._key(ctx), ctx.now), self.settings.slow)
        except OpeningTaken:
            return self._taken(ctx, start, openings)
        except (CalendarDown, TimeoutError):
            return self._give_up(ctx)
        return self._read_back(ctx, start)

    def _read_back(self, ctx: TalkContext, start: datetime) -> Step:
        text = ctx.fill(self.settings.summary).replace("{when}", ctx.spoken_time(start, full=True))
        return (
            Step()
            .ask(text, about="confirm_booking", expecting="yes_no")
            .remember(looked="yes", rounds=ctx.memory.get("rounds", "0"), chosen=start.isoformat())
        )

    async def _confirm(self, ctx: TalkContext, start: datetime, openings: Sequence[Opening]) -> Step:
        opening = next((each for each in openings if each.start == start), None)
        calendar = ctx.calendar(self.settings.calendar)
        rules, key = self._rules(), self._key(ctx)

        async def hold_and_confirm() -> Booking:
            length = openings[0].end - openings[0].start if openings else None
            wanted = opening or (Opening(start, start + length) if length else None)
            if wanted is None:
                raise OpeningTaken("the time is no longer free")
            # The hold may have run out while the caller thought about it; holding again is free when it has not.
            hold: Hold = await calendar.hold(wanted, rules, key, ctx.now)
            return await calendar.confirm(hold, key, self._details(ctx), ctx.now)

        try:
            booking = await self._booking(ctx, hold_and_confirm())
        except OpeningTaken:
            ctx.acted("book_appointment", start=start.isoformat(), result="taken")
            return self._taken(ctx, start, openings)
        except (CalendarDown, TimeoutError):
            ctx.acted("book_appointment", start=start.isoformat(), result="no answer")
            return self._give_up(ctx)
        ctx.acted("book_appointment", start=booking.opening.start.isoformat(), result="booked")
        ctx.booked(booking, self.settings.calendar)
        ctx.put(self.settings.slot, booking.opening.start.isoformat(), "booked in the calendar")
        text = ctx.fill(self.settings.booked).replace("{when}", ctx.spoken_time(booking.opening.start, full=True))
        return Step().say(text, fixed=True).leave("booked")

    async def _booking(self, ctx: TalkContext, work: Awaitable[Booking]) -> Booking:
        return await ctx.covered(work, self.settings.slow)

    def _details(self, ctx: TalkContext) -> BookingDetails:
        lead = ctx.lead
        return BookingDetails(
            title=ctx.fill(self.settings.title),
            name=f"{lead.first_name} {lead.last_name}".strip(),
            phone=lead.phone,
            email=lead.email or "",
        )

    def _taken(self, ctx: TalkContext, start: datetime, openings: Sequence[Opening]) -> Step:
        ctx.flag("slot_conflict_retried")
        return self._offer(ctx, openings, refused=(start,), before=ctx.fill(self.settings.taken))

    def _give_up(self, ctx: TalkContext) -> Step:
        return Step().say(ctx.fill(self.settings.down)).leave("failed")

    def slots_needed(self) -> tuple[str, ...]:
        return self.settings.needs

    def texts(self) -> tuple[str, ...]:
        settings = self.settings
        return (settings.title, settings.offer_text, settings.summary, settings.booked, settings.taken, settings.down)

    def asks(self) -> bool:
        return True


def spread(free: Sequence[datetime], count: int) -> list[datetime]:
    """Up to `count` times from `free` (soonest first): on different days if possible, else on different half-days."""
    picked: list[datetime] = []
    for seen in (lambda at: at.date(), lambda at: (at.date(), at.hour < 12), lambda at: at):
        for at in free:
            if len(picked) == count:
                break
            if at not in picked and seen(at) not in {seen(other) for other in picked}:
                picked.append(at)
    return sorted(picked)


def any_of(spoken: Sequence[str]) -> str:
    """'tomorrow at 2 p.m., Thursday at 10 a.m., or Friday at 3 p.m.'"""
    if len(spoken) < 3:
        return " or ".join(spoken)
    return f"{', '.join(spoken[:-1])}, or {spoken[-1]}"
