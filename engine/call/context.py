"""What a card gets to work with: `TalkContext` and `QuietContext` of the SDK over a running call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from engine.call.facts import rule_facts, text_facts
from engine.call.outcome import Callback, Outcome
from engine.call.unfinished import Unfinished
from engine.dialogue.prefill import suggest
from engine.dialogue.recognisers import sound_alike, when, wish_text, wishes
from engine.dialogue.recognisers.openings import pick, resolve_time
from engine.dialogue.slots import SlotBook
from engine.dialogue.spoken_time import spoken_time, ways_to_say
from engine.dialogue.spoken_zone import zone_name
from engine.dialogue.template import fill
from engine.dialogue.typed import typed
from engine.flow.model import Flow, Rule
from engine.flow.rules import evaluate
from engine.sdk import (
    Attendee,
    Booking,
    BookingDetails,
    BookingRules,
    Calendar,
    Connection,
    ConnectionMissing,
    ConnectionWithheld,
    Evidence,
    Hold,
    Json,
    Lead,
    Opening,
    Scalar,
    SlotValue,
    TimeWish,
    TransferOutcome,
    TransferRequest,
    TransferState,
)

T = TypeVar("T")

FILLER_AFTER_S = 0.7
"""Silence that a caller takes for thinking; longer waits need a word."""

STILL_AFTER_S = 4.0
"""So long after the caller's turn, a second word: the first was over a second ago."""


FEW = 3
"""So many times can be offered at once; only among those is a misheard answer looked for."""


class Transfers(Protocol):
    """Putting the caller of one call through to colleagues. What takes time goes on in the background."""

    @property
    def state(self) -> TransferState | None:
        """How the latest transfer stands; None if there was none."""
        ...

    def begin(self, request: TransferRequest) -> TransferState:
        """Dial, unless a transfer is under way: then that one's state."""
        ...

    async def put_through(self) -> TransferOutcome:
        """Join caller and colleague, once."""
        ...

    def call_off(self) -> TransferOutcome:
        """Stop the dialling; a transfer that is over keeps its outcome."""
        ...


class Outside(Protocol):
    """The outside world of one call, as far as its talk may reach it."""

    @property
    def transfers(self) -> Transfers: ...

    def calendar(self, name: str) -> Calendar:
        """Raises `ConnectionMissing`."""
        ...

    def connection(self, name: str) -> Connection:
        """Raises `ConnectionMissing`."""
        ...

    async def opt_out(self, phone: str, words: str) -> None:
        """Put the number on the suppression list, at once. `words`: what the caller said."""
        ...


def calendar_called(name: str, calendars: Mapping[str, Calendar]) -> Calendar:
    """Raises `ConnectionMissing`, in words that say what to do."""
    try:
        return calendars[name]
    except KeyError:
        raise ConnectionMissing(
            f"There is no calendar called '{name}'. Name one in the flow that is there, such as 'main'."
        ) from None


def connection_called(name: str, connections: Mapping[str, Connection] | None) -> Connection:
    """`connections`: None in a call that only tries things out. Raises `ConnectionMissing`, in words that say what to
    do, or `ConnectionWithheld`."""
    if connections is None:
        raise ConnectionWithheld("In this test other systems are not asked.")
    try:
        return connections[name]
    except KeyError:
        raise ConnectionMissing(f"No connection is called '{name}'. Add it on the page Connections.") from None


@dataclass
class Reached:
    """Whether a turn has reached out into the world, so that it cannot be answered anew as if it had not been."""

    changed: bool = False


class _Watched:
    """A calendar that notes when more than reading was asked of it."""

    def __init__(self, calendar: Calendar, reached: Reached) -> None:
        self._calendar, self._reached = calendar, reached

    @property
    def zone(self) -> str:
        return self._calendar.zone

    async def openings(self, rules: BookingRules, now: datetime, key: str = "") -> Sequence[Opening]:
        return await self._calendar.openings(rules, now, key)

    async def hold(self, opening: Opening, rules: BookingRules, key: str, now: datetime) -> Hold:
        self._reached.changed = True
        return await self._calendar.hold(opening, rules, key, now)

    async def confirm(self, hold: Hold, key: str, details: BookingDetails, now: datetime, moves: str = "") -> Booking:
        self._reached.changed = True
        return await self._calendar.confirm(hold, key, details, now, moves)

    async def release(self, hold: Hold) -> None:
        self._reached.changed = True
        await self._calendar.release(hold)

    async def cancel(self, booking_id: str) -> None:
        self._reached.changed = True
        await self._calendar.cancel(booking_id)

    async def upcoming(self, attendee: Attendee, now: datetime) -> Sequence[Booking]:
        return await self._calendar.upcoming(attendee, now)


async def _nothing_ahead() -> None:
    return None


@dataclass
class CardContext:
    """One card's view of the call. `say_filler` hands a sentence to the running turn. `written` waits until the journal
    holds what led to this moment. `reached` is told when the card changes something outside; a card that acts outside
    without a calendar is taken to do so at once."""

    flow: Flow
    book: SlotBook
    outcome: Outcome
    outside: Outside
    call_id: str
    lead: Lead
    now: datetime
    at: float
    last_words: str
    budget_s: float
    say_filler: Callable[[str], None]
    written: Callable[[], Awaitable[None]]
    memory: Mapping[str, str] = field(default_factory=dict)
    reached: Reached = field(default_factory=Reached)
    ahead: Callable[[], Awaitable[Mapping[str, str] | None]] = _nothing_ahead
    unfinished: Unfinished = field(default_factory=Unfinished)
    _waited_s: float = 0.0

    def slot(self, id: str) -> SlotValue:
        return self.book[id].view()

    def put(self, slot: str, value: Scalar, words: str) -> None:
        self.book.write(slot, value, Evidence("rule", words), 1.0)

    def fill(self, template: str) -> str:
        return fill(template, text_facts(self.flow, self.book, self.lead))

    def holds(self, rule: Mapping[str, Json]) -> bool:
        facts = rule_facts(self.flow, self.book, self.lead, self.outcome, self.now)
        return evaluate(Rule.model_validate(rule), facts) is True

    def in_list(self, value: Scalar, list_name: str) -> bool:
        return value in self.flow.lists.get(list_name, ())

    async def found_ahead(self) -> Mapping[str, str] | None:
        return await self.ahead()

    def suggest(self, slot: str, text: str, words: str) -> bool:
        return suggest(self.book, slot, text, words, self.now)

    def flag(self, name: str) -> None:
        self.outcome.flag(name)

    def acted(self, action: str, /, **details: Scalar) -> None:
        self.outcome.act(action, self.at, **details)

    def connection(self, name: str) -> Connection:
        return self.outside.connection(name)

    def take(self, slot: str, value: Scalar, words: str) -> bool:
        fitting = typed(self.book[slot].slot, value)
        if fitting is not None:
            self.put(slot, fitting, words)
        return fitting is not None

    def calendar(self, name: str) -> Calendar:
        return _Watched(self.outside.calendar(name), self.reached)

    @property
    def appointment(self) -> Booking | None:
        return self.outcome.standing

    async def covered(
        self,
        work: Awaitable[T],
        filler: str,
        still: str = "",
        *,
        late: Callable[[T], None] | None = None,
        undo: Callable[[T], Awaitable[None]] | None = None,
    ) -> T:
        task = asyncio.ensure_future(self._written_ahead(work))
        loop = asyncio.get_running_loop()
        begun = loop.time() - self._waited_s  # all that this turn waits for makes one silence
        try:
            for until, word in ((FILLER_AFTER_S, filler), (STILL_AFTER_S, still), (self.budget_s, "")):
                if (left := until - (loop.time() - begun)) <= 0 and word:
                    continue
                done, _ = await asyncio.wait({task}, timeout=max(0.0, left))
                if done:
                    return task.result()
                if word:
                    self.say_filler(self.fill(word))
        except asyncio.CancelledError:
            self.unfinished.follow(task, None, undo)
            raise
        finally:
            self._waited_s = loop.time() - begun
        # The work is left to finish: it may have reached the other side, and its idempotency key makes a second try
        # safe.
        self.unfinished.follow(task, late, undo)
        raise TimeoutError

    async def _written_ahead(self, work: Awaitable[T]) -> T:
        """First the journal, then the world: if the process dies in the middle of the work, the next one knows what the
        caller wanted, does it again under the same key, and tells what came of it."""
        await self.written()
        return await work

    def time_wish(
        self,
        words: str,
        openings: Sequence[datetime],
        offered: Sequence[datetime] | None = None,
        *,
        kept: str = "",
        zone: str = "",
    ) -> TimeWish | None:
        now, free = self._told_in(zone, openings)
        spoken = free[:FEW] if offered is None and len(free) <= FEW else self._told_in(zone, offered or ())[1]
        picked = pick(words, free, now, spoken, _wish(kept))
        lasting = json.dumps(wish_text.written(picked.wish)) if picked.wish else ""
        if picked.chosen is not None:
            return TimeWish((picked.chosen,), exact=True, kept=lasting)
        if picked.named:
            return TimeWish(picked.matches or picked.near, near=not picked.matches, kept=lasting)
        misheard = sound_alike.closest(words, [ways_to_say(each, now) for each in spoken])
        return None if misheard is None else TimeWish((spoken[misheard],), exact=True, kept=lasting)

    def suiting(self, kept: str, openings: Sequence[datetime], zone: str = "") -> tuple[datetime, ...]:
        now, free = self._told_in(zone, openings)
        wish = _wish(kept)
        return tuple(each for each in free if wishes.suits(wish, each, now))

    def _told_in(self, zone: str, moments: Sequence[datetime]) -> tuple[datetime, list[datetime]]:
        """Now, and moments, on the clock by which times are told: "at two" is two o'clock as the caller hears it."""
        clock = ZoneInfo(zone) if zone else self.now.tzinfo
        return self.now.astimezone(clock), [each.astimezone(clock) for each in moments]

    def point_in_time(self, words: str) -> datetime | None:
        return resolve_time(when.find(words, self.now), self.now)

    def spoken_time(self, moment: datetime, full: bool = False, *, zone: str = "", named: bool = False) -> str:
        now, (local,) = self._told_in(zone, (moment,))
        told = spoken_time(local, now, full)
        return f"{told} {zone_name(zone or str(self.now.tzinfo))}" if named else told

    def booked(self, booking: Booking, calendar: str, zone: str = "") -> None:
        outcome = self.outcome
        outcome.appointment, outcome.calendar, outcome.told_zone, outcome.cancelled = booking, calendar, zone, False

    def cancelled(self, booking: Booking, calendar: str) -> None:
        outcome = self.outcome
        outcome.appointment, outcome.calendar, outcome.cancelled = booking, calendar, True

    def schedule_callback(self, at: datetime, by: Literal["assistant", "human"], why: str, language: str = "") -> None:
        self.outcome.callback = Callback(at, by, why, language or None)
        self.acted("schedule_callback", at=at.isoformat(), by=by, why=why)

    @property
    def transferring(self) -> TransferState | None:
        return self.outside.transfers.state

    async def transfer(self, request: TransferRequest) -> TransferState:
        return self.outside.transfers.begin(request)

    async def put_through(self) -> TransferOutcome:
        return await self.outside.transfers.put_through()

    async def call_off(self) -> TransferOutcome:
        return self.outside.transfers.call_off()


def _wish(kept: str) -> wishes.Wish:
    try:
        return wish_text.read(json.loads(kept)) if kept else wishes.NO_WISH
    except ValueError:
        return wishes.NO_WISH
