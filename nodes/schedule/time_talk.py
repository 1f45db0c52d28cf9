"""The talk about a time, from the first offer to the calendar's word: shared by all cards that book or move.

    begin ──> offer ──(a wish, "no")──> offer ...          every line is one turn of the caller
                └──(a time)──> hold, read back ──("yes")──> booked
                                  └──("no", another time)──> offer, or hold the other one

Between turns all that matters stands in the card's memory, as text: `hold`, `offered`, `refused`, `rounds`, and in
`wish` what the caller has wished for so far. Moments are compared in UTC: Python takes the two half past ones of the
night when the clock goes back for one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from engine.sdk import (
    Booking,
    BookingDetails,
    BookingRules,
    Calendar,
    CalendarDown,
    ConnectionMissing,
    Heard,
    Hold,
    Opening,
    OpeningTaken,
    Step,
    TalkContext,
    TimeWish,
)
from nodes.schedule.asked import leaves_it
from nodes.schedule.offers import spread
from nodes.schedule.telling import Telling
from nodes.schedule.times_settings import TimesSettings

T = TypeVar("T")

OUT_OF_REACH: Final = (CalendarDown, ConnectionMissing, TimeoutError)

TURNS_A_ROUND: Final = 4
"""Wishes that can be met use up no round, but nobody goes round for ever."""


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be booked. `key`: idempotency key. `summary`: read back with {when}. `stands`: an appointment of the
    caller that moves; `moves`: its id, if it is of an earlier call. `booked`: told of what the calendar has confirmed,
    also when nobody waits for it any more. `action`: what the record calls it."""

    key: str
    rules: BookingRules
    details: BookingDetails
    summary: str
    booked: Callable[[Booking], None]
    stands: Booking | None = None
    moves: str = ""
    action: str = "book_appointment"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn came to. `step`: what to say. With `end` the talk about a time is over: `booked` (with the booking),
    `kept` (the old time stands), `no_time_fits`, `failed`. `wish`: what the caller wanted, in words, if they got
    nothing."""

    step: Step
    end: Literal["", "booked", "kept", "no_time_fits", "failed"] = ""
    booking: Booking | None = None
    wish: str = ""


class TimeTalk:
    """For one turn of one card."""

    def __init__(self, ctx: TalkContext, settings: TimesSettings, need: Need) -> None:
        self._ctx, self._settings, self._need = ctx, settings, need

    async def begin(self, words: str) -> Turn:
        """A time is wanted; what the caller has said may name one."""
        openings = await self._look()
        if openings is None:
            return self._failed(words)
        wish = self._wish(words, _starts(openings), ())
        if wish is not None and wish.exact:
            return await self._hold(wish.fitting[0], openings, wish)
        return self._offer(openings, wish)

    async def heard(self, heard: Heard) -> Turn:
        hold = self._held()
        if hold is None:
            if (chosen := self._among_offered(heard)) is not None:
                return await self._hold(chosen[0], None, chosen[1])
            openings = await self._look()
            return self._failed(heard.words) if openings is None else await self._choose(heard, openings)
        held = hold.opening.start.astimezone(UTC)
        meant = self._wish(heard.words, (held,), (held,))
        same = meant is None or (held in _utc(meant.fitting) and not meant.near)
        if heard.answer == "yes" and same:
            return await self._confirm(hold)
        if same and heard.answer != "no" and not self._keeps(heard.words):
            return self._read_back(hold)
        # Another time is wanted. Our own hold must not stand in the way of its neighbours, so it goes first.
        openings = await self._look(let_go=hold)
        return self._failed(heard.words) if openings is None else await self._choose(heard, openings, refused=held)

    async def left(self) -> None:
        """The caller is gone: what was held for them is free again."""
        hold = self._held()
        if hold is not None:
            await self._ctx.calendar(self._settings.calendar).release(hold)

    def _among_offered(self, heard: Heard) -> tuple[datetime, TimeWish | None] | None:
        """One of the times that were just spoken: it need not be looked for once more, to hold it is to ask."""
        offered = self._moments("offered")
        if self._keeps(heard.words) or not offered:
            return None
        wish = self._wish(heard.words, offered, offered)
        if wish is None and heard.answer == "yes" and len(offered) == 1:
            return offered[0], None
        if wish is None or not wish.exact or heard.answer == "no":
            return None
        # "Any day after four" is met by one of them, and means none: it is kept as a wish.
        return (_utc(wish.fitting)[0], wish) if wish.kept == self._ctx.memory.get("wish", "") else None

    async def _choose(self, heard: Heard, openings: Sequence[Opening], refused: datetime | None = None) -> Turn:
        """Nothing is held: find out which time the caller means. `refused`: the one they have just said no to."""
        if self._keeps(heard.words):
            return Turn(Step(), "kept")
        offered = self._moments("offered")
        starts = _starts(openings)
        wish = self._wish(heard.words, starts, offered)
        if refused is not None and (wish is None or not wish.exact or _utc(wish.fitting)[0] == refused):
            # "Anything earlier?" is said of the time that was read back, not of those that were offered before.
            wish = self._wish(heard.words, starts, (refused,)) or wish
        if wish is not None and wish.exact and not (heard.answer == "no" and _utc(wish.fitting)[0] == refused):
            return await self._hold(wish.fitting[0], openings, wish)
        no = (refused,) if refused is not None else offered if heard.answer == "no" else ()
        if wish is not None and not wish.exact:
            return self._offer(openings, wish, refused=no)
        if refused is not None:
            return self._offer(openings, refused=(refused,))
        if heard.answer == "yes" or (heard.answer is None and not heard.intentions):
            return self._offer(openings, repeat=offered)
        return self._offer(openings, refused=offered)

    # What the caller hears.

    def _offer(
        self,
        openings: Sequence[Opening],
        wish: TimeWish | None = None,
        *,
        refused: Sequence[datetime] = (),
        repeat: Sequence[datetime] = (),
        before: str = "",
    ) -> Turn:
        """Offer what the wish names, else what earlier wishes allow, else what is there; end when nothing is left.

        `repeat`: say these once more. `before`: said first, because the time was taken; that is nobody's no, so it uses
        up no round.
        """
        settings, telling = self._settings, self._telling()
        passed = tuple(dict.fromkeys((*self._moments("refused"), *refused)))
        starts = _starts(openings)
        free = [at for at in starts if at not in passed]
        kept = wish.kept if wish is not None else self._ctx.memory.get("wish", "")
        near = wish is not None and wish.near
        named = _utc(wish.fitting) if wish is not None else list(repeat)
        # A wish is a wish, even for a time that was refused before.
        wanted = [at for at in named if at in free] or [at for at in named if at in starts]
        met = bool(wanted) and not near and not repeat
        choice = wanted[: settings.offer] if near or repeat else self._spread(wanted)
        if not choice:
            choice = self._spread(_utc(self._ctx.suiting(kept, free, telling.zone)) if kept else free)
        if not choice:
            choice, near = self._spread(free), True
        counts = not (before or met)
        rounds, turns = self._count("rounds") + counts, self._count("turns") + 1
        step = Step().say(before) if before else Step()
        if not choice or rounds > settings.max_offers or turns > TURNS_A_ROUND * settings.max_offers:
            return self._none_fits(step)
        text = settings.offer_text if turns <= 1 or repeat or before or met else settings.again_text
        text = settings.nearest_text if near else text
        step = step.ask(self._ctx.fill(text).replace("{times}", telling.times(choice)), about="offer_times")
        return Turn(
            step.remember(
                looked="yes", rounds=str(rounds), turns=str(turns), offered=_written(choice),
                ends=_written([each.end for at in choice for each in openings if each.start.astimezone(UTC) == at]),
                refused=_written(passed),
                hold="", wish=kept, said=self._said(wish),
            )
        )  # fmt: skip

    def _read_back(self, hold: Hold, wish: TimeWish | None = None) -> Turn:
        text = self._telling().text(self._need.summary, hold.opening.start)
        step = Step().ask(text, about="confirm_booking", expecting="yes_no")
        kept = wish.kept if wish is not None else self._ctx.memory.get("wish", "")
        return Turn(step.remember(looked="yes", hold=_noted(hold), wish=kept, said=self._said(wish)))

    def _taken(self, start: datetime, openings: Sequence[Opening]) -> Turn:
        self._ctx.flag("slot_conflict_retried")
        return self._offer(openings, refused=(start,), before=self._ctx.fill(self._settings.taken))

    def _none_fits(self, step: Step) -> Turn:
        step = step.say(self._ctx.fill(self._settings.none_fits))
        return Turn(
            step,
            "kept" if self._need.stands else "no_time_fits",
            wish=self._ctx.memory.get("said", "").replace("\n", "; "),
        )

    def _failed(self, words: str = "", wanted: datetime | None = None) -> Turn:
        """`words`: may name a wish; `wanted`: the time that was chosen."""
        said = self._ctx.memory.get("said", "").splitlines()
        if words and self._ctx.time_wish(words, (), ()) is not None:
            said.append(words)
        if wanted is not None:
            said.append(self._ctx.spoken_time(wanted, full=True, zone=self._telling().zone))
        wish = "; ".join(dict.fromkeys(said))
        return Turn(Step().say(self._ctx.fill(self._settings.down)), "failed", wish=wish)

    # What is done in the calendar.

    async def _look(self, let_go: Hold | None = None) -> Sequence[Opening] | None:
        """All openings now, or None when the calendar cannot be asked. `let_go`: a hold to give back before."""
        if "looked" not in self._ctx.memory:
            self._ctx.acted("check_availability", calendar=self._settings.calendar)
        need, ctx = self._need, self._ctx

        async def look(calendar: Calendar) -> Sequence[Opening]:
            if let_go is not None:
                await calendar.release(let_go)
            return await calendar.openings(need.rules, ctx.now, need.key)

        try:
            found = await self._covered(look(ctx.calendar(self._settings.calendar)))
        except OUT_OF_REACH:
            return None
        stands = _start(need.stands) if need.stands is not None else None
        return [each for each in found if each.start.astimezone(UTC) != stands]

    async def _hold(self, start: datetime, openings: Sequence[Opening] | None, wish: TimeWish | None = None) -> Turn:
        """`openings`: None for a time that was offered; whether it is still free shows when it is held."""
        start = start.astimezone(UTC)
        if self._need.stands is not None and start == _start(self._need.stands):
            return Turn(Step(), "kept")
        need, ctx = self._need, self._ctx
        known = self._offered() if openings is None else openings
        opening = next((each for each in known if each.start.astimezone(UTC) == start), None)
        if opening is None:
            return await self._lost(start, openings)
        try:
            calendar = ctx.calendar(self._settings.calendar)
            hold = await self._covered(calendar.hold(opening, need.rules, need.key, ctx.now), undo=calendar.release)
        except OpeningTaken:
            return await self._lost(start, openings)
        except OUT_OF_REACH:
            return self._failed(wanted=start)
        return self._read_back(hold, wish)

    async def _lost(self, start: datetime, openings: Sequence[Opening] | None) -> Turn:
        """Somebody else has the time."""
        free = await self._look() if openings is None else openings
        return self._failed(wanted=start) if free is None else self._taken(start, free)

    async def _confirm(self, hold: Hold) -> Turn:
        start, need, ctx = hold.opening.start.astimezone(UTC), self._need, self._ctx

        async def confirm(calendar: Calendar) -> Booking:
            """The hold may have run out while the caller thought about it, or be gone for another reason: what counts
            is whether the time can still be had."""
            if ctx.now < hold.expires_at:
                try:
                    return await calendar.confirm(hold, need.key, need.details, ctx.now, moves=need.moves)
                except OpeningTaken:
                    pass
            again = await calendar.hold(hold.opening, need.rules, need.key, ctx.now)
            return await calendar.confirm(again, need.key, need.details, ctx.now, moves=need.moves)

        def late(booking: Booking) -> None:
            ctx.acted(need.action, start=booking.opening.start.isoformat(), result="late")
            ctx.flag("booked_late")
            need.booked(booking)

        try:
            calendar = ctx.calendar(self._settings.calendar)
            # An appointment that moved stays where it was wanted; a new one that nobody knows of is taken out.
            undo = None if need.stands is not None else lambda booking: calendar.cancel(booking.id)
            booking = await self._covered(confirm(calendar), late=late, undo=undo)
        except OpeningTaken:
            ctx.acted(need.action, start=hold.opening.start.isoformat(), result="taken")
            return await self._lost(start, None)
        except OUT_OF_REACH:
            ctx.acted(need.action, start=hold.opening.start.isoformat(), result="no answer")
            return self._failed(wanted=start)
        result = "booked" if booking.status == "confirmed" else "requested"
        ctx.acted(need.action, start=booking.opening.start.isoformat(), result=result)
        need.booked(booking)
        return Turn(Step(), "booked", booking)

    async def _covered(
        self,
        work: Awaitable[T],
        late: Callable[[T], None] | None = None,
        undo: Callable[[T], Awaitable[None]] | None = None,
    ) -> T:
        return await self._ctx.covered(work, self._settings.slow, self._settings.still, late=late, undo=undo)

    # Small things.

    def _keeps(self, words: str) -> bool:
        return self._need.stands is not None and leaves_it(words)

    def _wish(self, words: str, starts: Sequence[datetime], offered: Sequence[datetime]) -> TimeWish | None:
        kept = self._ctx.memory.get("wish", "")
        return self._ctx.time_wish(words, starts, offered, kept=kept, zone=self._telling().zone)

    def _telling(self) -> Telling:
        return Telling.of(self._ctx, self._ctx.calendar(self._settings.calendar).zone, self._settings.told_in)

    def _spread(self, moments: Sequence[datetime]) -> list[datetime]:
        telling = self._telling()
        return _utc(spread([telling.local(at) for at in moments], self._settings.offer))

    def _said(self, wish: TimeWish | None) -> str:
        """The words in which the caller has wished for a time so far, for the colleague who goes on."""
        said = self._ctx.memory.get("said", "").splitlines()
        return "\n".join((*said, self._ctx.last_words) if wish is not None else said)

    def _count(self, name: str) -> int:
        return int(self._ctx.memory.get(name, "0"))

    def _moments(self, name: str) -> tuple[datetime, ...]:
        return tuple(datetime.fromisoformat(at) for at in self._ctx.memory.get(name, "").split())

    def _offered(self) -> list[Opening]:
        pairs = zip(self._moments("offered"), self._moments("ends"), strict=True)
        zone = ZoneInfo(self._ctx.calendar(self._settings.calendar).zone)
        return [Opening(start.astimezone(zone), end.astimezone(zone)) for start, end in pairs]

    def _held(self) -> Hold | None:
        """The hold on the time that was read back last."""
        noted = self._ctx.memory.get("hold", "")
        if not noted:
            return None
        start, end, expires, id = noted.split(" ", 3)
        opening = Opening(datetime.fromisoformat(start), datetime.fromisoformat(end))
        return Hold(id, opening, datetime.fromisoformat(expires))


# A card's memory is text: moments as ISO 8601 with offset, apart by spaces.


def _written(moments: Sequence[datetime]) -> str:
    return " ".join(at.isoformat() for at in moments)


def _noted(hold: Hold) -> str:
    return f"{_written((hold.opening.start, hold.opening.end, hold.expires_at))} {hold.id}"


def _utc(moments: Sequence[datetime]) -> list[datetime]:
    return [at.astimezone(UTC) for at in moments]


def _starts(openings: Sequence[Opening]) -> list[datetime]:
    return [each.start.astimezone(UTC) for each in openings]


def _start(booking: Booking) -> datetime:
    return booking.opening.start.astimezone(UTC)
