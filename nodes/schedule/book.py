"""Offers openings of a calendar, reads the chosen one back, and books it."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from engine.sdk import (
    Booking,
    BookingDetails,
    BookingRules,
    Calendar,
    CalendarDown,
    ConnectionMissing,
    Effects,
    Exit,
    Heard,
    Hold,
    Naming,
    NodeSettings,
    Opening,
    OpeningTaken,
    Step,
    TalkContext,
    TalkNode,
    marks,
)
from nodes.schedule.offers import any_of, spread

OUT_OF_REACH = (CalendarDown, ConnectionMissing, TimeoutError)


class BookSettings(NodeSettings):
    calendar: str = Field(
        "main",
        title="Calendar",
        description="Whose free times are offered.",
        json_schema_extra=marks(refers="calendar"),
    )
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
    buffer_min: int = Field(
        30,
        title="Free time around it (minutes)",
        description="For the way there and back.",
        ge=0,
        le=240,
    )
    notice_min: int = Field(
        120, title="Notice (minutes)", description="The soonest time that is offered lies so far ahead.", ge=0
    )
    horizon_days: int = Field(
        14, title="How far ahead (days)", description="Later times are not offered.", ge=1, le=365
    )
    offer: int = Field(
        3,
        title="Times to offer at once",
        description="More than three nobody keeps in mind on the phone.",
        ge=1,
        le=3,
        json_schema_extra=marks(advanced=True),
    )
    max_offers: int = Field(
        3,
        title="Rounds of offers",
        description="After so many the card leaves by “No time fits”.",
        ge=1,
        le=6,
        json_schema_extra=marks(advanced=True),
    )
    title: str = Field(
        "{topic}: {first_name} {last_name}",
        title="Calendar entry",
        description="What your own people read in the calendar.",
        json_schema_extra=marks(fills=(), group="Wording"),
    )
    offer_text: str = Field(
        "I have {times}. Which works best for you?",
        title="Offer",
        json_schema_extra=marks(fills=("times",), group="Wording"),
    )
    again_text: str = Field(
        "I also have {times}. Would one of those work?",
        title="Second offer",
        json_schema_extra=marks(fills=("times",), group="Wording"),
    )
    nearest_text: str = Field(
        "The closest I have is {times}. Would that work?",
        title="When the wish does not fit",
        json_schema_extra=marks(fills=("times",), group="Wording"),
    )
    summary: str = Field(
        "So: {topic}, {when}. Shall I book that?",
        title="Read-back before booking",
        description="Nothing is booked before the caller has said yes to it.",
        json_schema_extra=marks(fills=("when",), group="Wording"),
    )
    booked: str = Field(
        "You're booked for {when}.",
        title="When booked",
        json_schema_extra=marks(fills=("when",), group="Wording"),
    )
    taken: str = Field(
        "I'm sorry, that one was just taken.",
        title="When somebody was faster",
        json_schema_extra=marks(fills=(), group="Wording"),
    )
    none_fits: str = Field(
        "I'm sorry, I have no other times right now.",
        title="When no time fits",
        json_schema_extra=marks(fills=(), group="Wording"),
    )
    slow: str = Field(
        "One moment, I'm checking the calendar.",
        title="While the calendar works",
        json_schema_extra=marks(fills=(), group="Wording"),
    )
    down: str = Field(
        "I can't reach our calendar right now. A colleague will confirm the time with you.",
        title="When the calendar does not answer",
        json_schema_extra=marks(fills=(), group="Wording"),
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
        hold = _kept(ctx)
        if hold is None:
            return await self._choose(ctx, heard, openings)
        held = hold.opening.start
        wish = ctx.time_wish(heard.words, sorted({held, *(opening.start for opening in openings)}))
        if heard.answer == "yes" and (wish is None or held in wish.fitting):
            return await self._confirm(ctx, hold.opening, openings)
        if wish is None and heard.answer != "no":
            return self._read_back(ctx, hold)
        # Another time is wanted. Our own hold must not stand in the way of its neighbours, so it goes first.
        openings = await self._openings(ctx, let_go=hold)
        if openings is None:
            return self._give_up(ctx)
        return await self._choose(ctx, heard, openings, refused=held)

    async def _choose(
        self, ctx: TalkContext, heard: Heard, openings: Sequence[Opening], refused: datetime | None = None
    ) -> Step:
        """Nothing is held: find out which time the caller means. `refused`: the one they have just said no to."""
        offered = _moments(ctx, "offered")
        among_offered = ctx.time_wish(heard.words, offered)
        if among_offered is not None and among_offered.exact:
            return await self._hold(ctx, among_offered.fitting[0], openings)
        wish = ctx.time_wish(heard.words, [opening.start for opening in openings])
        if wish is not None and wish.exact:
            return await self._hold(ctx, wish.fitting[0], openings)
        if wish is not None:
            return self._offer(ctx, openings, wanted=wish.fitting, near=wish.near)
        if refused is not None:
            return self._offer(ctx, openings, refused=(refused,))
        if heard.answer == "yes" and len(offered) == 1:
            return await self._hold(ctx, offered[0], openings)
        if heard.answer == "yes" or (heard.answer is None and not heard.intentions):
            return self._offer(ctx, openings, wanted=offered, repeat=True)
        return self._offer(ctx, openings, refused=offered)

    def _rules(self) -> BookingRules:
        settings = self.settings
        return BookingRules(settings.length_min, settings.buffer_min, settings.notice_min, settings.horizon_days)

    def _key(self, ctx: TalkContext) -> str:
        return f"{ctx.call_id}:{self.settings.slot}"

    async def _openings(self, ctx: TalkContext, let_go: Hold | None = None) -> Sequence[Opening] | None:
        """All openings now, or None when the calendar cannot be asked. `let_go`: a hold to give back before."""
        if "looked" not in ctx.memory:
            ctx.acted("check_availability", calendar=self.settings.calendar)
        try:
            calendar = ctx.calendar(self.settings.calendar)
            return await ctx.covered(self._look(ctx, calendar, let_go), self.settings.slow)
        except OUT_OF_REACH:
            return None

    async def _look(self, ctx: TalkContext, calendar: Calendar, let_go: Hold | None) -> Sequence[Opening]:
        if let_go is not None:
            await calendar.release(let_go)
        return await calendar.openings(self._rules(), ctx.now, self._key(ctx))

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
        """Offer of `wanted` what is free, else of everything not yet refused; leave when nothing remains to offer.

        `before`: said first, because the time was taken; that is nobody's no, so it uses up no round.
        """
        settings = self.settings
        rounds = int(ctx.memory.get("rounds", "0")) + (0 if before else 1)
        passed = (*_moments(ctx, "refused"), *(at for at in refused if at not in _moments(ctx, "refused")))
        starts = [opening.start for opening in openings]
        free = [at for at in starts if at not in passed]
        # A wish is a wish, even for a time that was refused before.
        fitting = [at for at in wanted if at in free] or [at for at in wanted if at in starts]
        choice = fitting[: settings.offer] if near or repeat else spread(fitting, settings.offer)
        choice = choice or spread(free, settings.offer)
        step = Step().say(before) if before else Step()
        if not choice or rounds > settings.max_offers:
            return step.say(ctx.fill(settings.none_fits)).leave("no_time_fits")
        text = settings.offer_text if rounds <= 1 or repeat or before else settings.again_text
        if near and fitting:
            text = settings.nearest_text
        times = any_of([ctx.spoken_time(at) for at in choice])
        return step.ask(ctx.fill(text).replace("{times}", times), about="offer_times").remember(
            looked="yes", rounds=str(rounds), offered=_written(choice), refused=_written(passed), hold=""
        )

    async def _hold(self, ctx: TalkContext, start: datetime, openings: Sequence[Opening]) -> Step:
        opening = next((each for each in openings if each.start == start), None)
        if opening is None:
            return self._taken(ctx, start, openings)
        try:
            calendar = ctx.calendar(self.settings.calendar)
            hold = await ctx.covered(calendar.hold(opening, self._rules(), self._key(ctx), ctx.now), self.settings.slow)
        except OpeningTaken:
            return self._taken(ctx, start, openings)
        except OUT_OF_REACH:
            return self._give_up(ctx)
        return self._read_back(ctx, hold)

    def _read_back(self, ctx: TalkContext, hold: Hold) -> Step:
        when = ctx.spoken_time(hold.opening.start, full=True)
        text = ctx.fill(self.settings.summary).replace("{when}", when)
        return Step().ask(text, about="confirm_booking", expecting="yes_no").remember(looked="yes", hold=_noted(hold))

    async def _confirm(self, ctx: TalkContext, opening: Opening, openings: Sequence[Opening]) -> Step:
        start = opening.start
        try:
            calendar = ctx.calendar(self.settings.calendar)
            booking = await ctx.covered(self._hold_and_confirm(ctx, calendar, opening), self.settings.slow)
        except OpeningTaken:
            ctx.acted("book_appointment", start=start.isoformat(), result="taken")
            return self._taken(ctx, start, openings)
        except OUT_OF_REACH:
            ctx.acted("book_appointment", start=start.isoformat(), result="no answer")
            return self._give_up(ctx)
        start = booking.opening.start
        ctx.acted("book_appointment", start=start.isoformat(), result="booked")
        ctx.booked(booking, self.settings.calendar)
        ctx.put(self.settings.slot, start.isoformat(), "booked in the calendar")
        text = ctx.fill(self.settings.booked).replace("{when}", ctx.spoken_time(start, full=True))
        return Step().say(text, fixed=True).leave("booked")

    async def _hold_and_confirm(self, ctx: TalkContext, calendar: Calendar, opening: Opening) -> Booking:
        """The hold may have run out while the caller thought about it; holding again is free when it has not."""
        hold = await calendar.hold(opening, self._rules(), self._key(ctx), ctx.now)
        return await calendar.confirm(hold, self._key(ctx), self._details(ctx), ctx.now)

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

    def describe(self, naming: Naming) -> str:
        settings = self.settings
        times = "a time" if settings.offer == 1 else f"{settings.offer} times"
        return f"Offers {times} from the {settings.calendar} calendar and books {settings.length_min} minutes"

    def slots_needed(self) -> tuple[str, ...]:
        return self.settings.needs

    def texts(self) -> tuple[str, ...]:
        settings = self.settings
        return (
            settings.title, settings.offer_text, settings.again_text, settings.nearest_text, settings.summary,
            settings.booked, settings.taken, settings.none_fits, settings.slow, settings.down,
        )  # fmt: skip

    def asks(self) -> bool:
        return True


# A card's memory is text: moments as ISO 8601 with offset, apart by spaces.


def _written(moments: Sequence[datetime]) -> str:
    return " ".join(at.isoformat() for at in moments)


def _moments(ctx: TalkContext, name: str) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(at) for at in ctx.memory.get(name, "").split())


def _noted(hold: Hold) -> str:
    return f"{_written((hold.opening.start, hold.opening.end, hold.expires_at))} {hold.id}"


def _kept(ctx: TalkContext) -> Hold | None:
    """The hold on the time that was read back last."""
    noted = ctx.memory.get("hold", "")
    if not noted:
        return None
    start, end, expires, id = noted.split(" ", 3)
    opening = Opening(datetime.fromisoformat(start), datetime.fromisoformat(end))
    return Hold(id, opening, datetime.fromisoformat(expires))
