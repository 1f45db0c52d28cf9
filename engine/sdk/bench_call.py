"""The test bench as a talk or quiet node sees it: a call in which everything is as the test says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from engine.sdk.calendar import Booking, Calendar
from engine.sdk.contexts import Connection, ConnectionMissing, ConnectionWithheld, TimeWish
from engine.sdk.lead import Lead
from engine.sdk.transfer import TransferOutcome, TransferRequest, TransferState, over
from engine.sdk.values import Evidence, Json, Scalar, SlotValue

if TYPE_CHECKING:
    from engine.sdk.testbench import Bench

T = TypeVar("T")

MOST_NEAR: Final = 3  # as the engine does


@dataclass(frozen=True, slots=True)
class Acted:
    """One outside action as it would stand in the journal."""

    name: str
    details: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class CallbackAgreed:
    at: datetime
    by: Literal["assistant", "human"]
    why: str
    language: str = ""


@dataclass(frozen=True)
class BenchCall:
    """`TalkContext` and `QuietContext` over a bench."""

    bench: Bench

    @property
    def lead(self) -> Lead:
        return self.bench.lead

    @property
    def now(self) -> datetime:
        return self.bench.now

    @property
    def call_id(self) -> str:
        return self.bench.call_id

    @property
    def memory(self) -> Mapping[str, str]:
        return self.bench.memory

    @property
    def last_words(self) -> str:
        return self.bench.last_words

    def slot(self, id: str) -> SlotValue:
        return self.bench.read(id)

    def put(self, slot: str, value: Scalar, words: str) -> None:
        self.bench.write(slot, value, Evidence("rule", words))

    def fill(self, template: str) -> str:
        return self.bench.filled(template)

    def holds(self, rule: Mapping[str, Json]) -> bool:
        return self.bench.rules(rule)

    async def found_ahead(self) -> Mapping[str, str] | None:
        return self.bench.ahead

    def suggest(self, slot: str, text: str, words: str) -> bool:
        if self.bench.slots[slot] is not None or not text.strip():
            return False
        self.bench.suggested[slot] = text
        return True

    def take(self, slot: str, value: Scalar, words: str) -> bool:
        if slot in self.bench.misfits:
            return False
        self.put(slot, value, words)
        return True

    def connection(self, name: str) -> Connection:
        if self.bench.trying_out:
            raise ConnectionWithheld("The bench only tries things out, as the test asked for.")
        return self.bench.connected(name)

    def in_list(self, value: Scalar, list_name: str) -> bool:
        return value in self.bench.lists.get(list_name, ())

    def flag(self, name: str) -> None:
        self.bench.flags.append(name)

    def acted(self, action: str, /, **details: Scalar) -> None:
        self.bench.actions.append(Acted(action, details))

    def calendar(self, name: str) -> Calendar:
        try:
            return self.bench.calendars[name]
        except KeyError:
            raise ConnectionMissing(f"The bench has no calendar '{name}'. Give it one: Bench(calendars=...).") from None

    @property
    def appointment(self) -> Booking | None:
        made = self.bench.booked[-1] if self.bench.booked else None
        return None if made is not None and made in self.bench.cancelled else made

    async def covered(
        self,
        work: Awaitable[T],
        filler: str,
        still: str = "",
        *,
        late: Callable[[T], None] | None = None,
        undo: Callable[[T], Awaitable[None]] | None = None,
    ) -> T:
        words = {"quick": (), "slow": (filler,), "too_slow": (filler, still)}[self.bench.pace]
        self.bench.fillers += [self.fill(word) for word in words if word]
        done = await work
        if self.bench.pace != "too_slow":
            return done
        if late is not None:
            self.bench.comes_late.append(partial(_now, late, done))
        elif undo is not None:
            self.bench.comes_late.append(partial(undo, done))
        raise TimeoutError

    def time_wish(
        self,
        words: str,
        openings: Sequence[datetime],
        offered: Sequence[datetime] | None = None,
        *,
        kept: str = "",
        zone: str = "",
    ) -> TimeWish | None:
        named = self.bench.times_named(words)
        if not named:
            return None
        held = kept if len(named) == 1 else "\n".join(filter(None, (kept, self.bench.phrase_in(words))))
        spoken = tuple(at for at in offered or () if at in named)
        if len(spoken) == 1:
            return TimeWish(spoken, exact=True, kept=kept)
        allowed = self.suiting(kept if len(named) > 1 else "", openings)
        fitting = tuple(at for at in openings if at in named and at in allowed)
        if fitting:
            return TimeWish(fitting, exact=len(fitting) == 1, kept=held)
        nearest = sorted(openings, key=lambda at: abs(at - named[0]))
        return TimeWish(tuple(nearest[:MOST_NEAR]), near=True, kept=held)

    def suiting(self, kept: str, openings: Sequence[datetime], zone: str = "") -> tuple[datetime, ...]:
        """A wish is kept as its phrases, one a line."""
        return tuple(at for at in openings if all(at in self.bench.times_named(each) for each in kept.splitlines()))

    def point_in_time(self, words: str) -> datetime | None:
        return next(iter(self.bench.times_named(words)), None)

    def spoken_time(self, moment: datetime, full: bool = False, *, zone: str = "", named: bool = False) -> str:
        local = moment.astimezone(ZoneInfo(zone) if zone else self.now.tzinfo)
        minutes = f":{local.minute:02d}" if local.minute else ""
        clock = f"{local.hour % 12 or 12}{minutes} {'a.m.' if local.hour < 12 else 'p.m.'}"
        told = f"{local:%A, %B} {local.day} at {clock}" if full else f"{local:%A} at {clock}"
        return f"{told} {zone.rpartition('/')[2].replace('_', ' ')} time" if named else told

    def booked(self, booking: Booking, calendar: str, zone: str = "") -> None:
        self.bench.booked.append(booking)

    def cancelled(self, booking: Booking, calendar: str) -> None:
        self.bench.cancelled.append(booking)

    def schedule_callback(self, at: datetime, by: Literal["assistant", "human"], why: str, language: str = "") -> None:
        self.bench.callbacks.append(CallbackAgreed(at, by, why, language))

    @property
    def transferring(self) -> TransferState | None:
        return self.bench.transferring

    async def transfer(self, request: TransferRequest) -> TransferState:
        bench = self.bench
        if bench.transferring is None or bench.transferring.outcome is not None:
            bench.dialled.append(request)
            bench.transferring = TransferState("ringing")
        return bench.transferring

    async def put_through(self) -> TransferOutcome:
        return self._over(self.bench.joins)

    async def call_off(self) -> TransferOutcome:
        return self._over(TransferOutcome("failed", "called_off"))

    def _over(self, outcome: TransferOutcome) -> TransferOutcome:
        """A transfer that is over keeps its outcome."""
        state = self.bench.transferring
        if state is None or state.outcome is None:
            state = self.bench.transferring = over(outcome.result, outcome.code)
        assert state.outcome is not None
        return state.outcome


async def _now(late: Callable[[T], None], done: T) -> None:
    late(done)
