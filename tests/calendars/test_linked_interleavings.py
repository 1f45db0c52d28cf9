"""Whoever books, moves and cancels at one moment, whatever fails and whoever dies on the way: when the dust has
settled, our rows and the diaries' entries are the same, nobody is in two places, and what was told stands.

Several processes book in one calendar. Each question to a diary is a moment at which another may come first: which one
goes on, and how its question ends, is Hypothesis' choice.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.calendars.linked import LinkedCalendar
from engine.sdk import Booking, CalendarDown, Opening, OpeningTaken
from engine.store import Database, appointments, linked_appointments
from engine.store.migration import migrate
from tests.support.faulty_diary import Fault, FaultyService, Killed, Question, no_trouble
from tests.support.linked_house import DANA, NOW, RULES, SETUP, TEAM, ZONE, LinkedHouse, at

FAULTS: tuple[Fault, ...] = ("down", "answer lost", "answer lost", "killed before", "killed after")
HOURS = (10, 11)
CALLERS = ("call_a", "call_b")
STRANGER = "stranger"


@dataclass(frozen=True)
class Wish:
    """What a caller wants: a time, or (hour 0) to cancel. One caller has one appointment, which moves. A `stranger`
    enters something at the service."""

    caller: str
    hour: int


@dataclass
class Play:
    """`chance`: says which of the waiting processes goes on next, and how its question to a diary ends; `faulty`: how
    often badly. `told`: what each caller heard last; `unsure`: whose last wish got no answer. `written`: by booking, at
    which turn it was written before it was told; `strangers`: when, where and what others entered."""

    house: LinkedHouse
    chance: Random
    faulty: float
    waiting: list[tuple[str, asyncio.Future[Fault]]] = field(default_factory=list)
    told: dict[str, Booking] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    moment: int = 0
    wrote: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    strangers: list[tuple[int, str, Opening]] = field(default_factory=list)

    def process(self, caller: str) -> LinkedCalendar:
        async def open_diary(place):
            return Asked(self, caller, await self.house.service.open(place))

        return LinkedCalendar(self.house.database, "main", ZONE.key, "office", open_diary, lambda: self.house.now)

    async def live(self, wish: Wish) -> None:
        """One caller's process: what they hear last is what counts."""
        calendar, key = self.process(wish.caller), f"{wish.caller}:need"
        try:
            if wish.hour:
                held = await calendar.hold(at(wish.hour), RULES, key, NOW)
                self.unsure.add(wish.caller)
                booking = await calendar.confirm(held, key, DANA, NOW)
                if booking != self.told.get(wish.caller):
                    self.written[booking.id] = self.wrote[wish.caller]
                self.told[wish.caller] = booking
            elif (mine := self.told.get(wish.caller)) is not None:
                self.unsure.add(wish.caller)
                await calendar.cancel(mine.id)
                self.told.pop(wish.caller)
                self.cancelled.add(mine.id)
            self.unsure.discard(wish.caller)
        except OpeningTaken:
            self.unsure.discard(wish.caller)  # the old time stands
        except CalendarDown:
            pass
        except Killed:
            pass

    async def turn(self, caller: str) -> Fault:
        """Wait until it is this one's turn; how their question ends."""
        future: asyncio.Future[Fault] = asyncio.get_running_loop().create_future()
        self.waiting.append((caller, future))
        fault = await future
        self.moment += 1
        return fault

    async def enter(self, hour: int) -> None:
        await self.turn(STRANGER)
        for name in ("ana", "shared"):
            self.house.service[name].stranger(at(hour))
            self.strangers.append((self.moment, name, at(hour)))

    async def run(self, wishes: list[Wish]) -> None:
        """Those of one caller come one after the other, those of several at once."""

        async def one_caller(caller: str) -> None:
            for wish in wishes:
                if wish.caller == caller == STRANGER:
                    await self.enter(wish.hour or 10)
                elif wish.caller == caller:
                    await self.live(wish)

        tasks = {caller: asyncio.create_task(one_caller(caller)) for caller in sorted({wish.caller for wish in wishes})}
        while active := {caller for caller, task in tasks.items() if not task.done()}:
            await asyncio.sleep(0.001)
            # Only when all wait is it anybody's turn: else whoever is quick at our database would always be first.
            if active <= {caller for caller, _ in self.waiting}:
                _, future = self.waiting.pop(self.chance.randrange(len(self.waiting)))
                future.set_result(self.chance.choice(FAULTS) if self.chance.random() < self.faulty else "")
        for task in tasks.values():
            task.result()


@dataclass
class Asked:
    """A diary as one process sees it: before each answer others may come first."""

    play: Play
    caller: str
    diary: object

    def __getattr__(self, name: str):
        async def ask(*arguments):
            fault = await self.play.turn(self.caller)
            if name == "write":
                self.play.wrote[self.caller] = self.play.moment

            async def trouble(question: Question) -> Fault:
                return fault

            self.diary.trouble = trouble
            try:
                return await getattr(self.diary, name)(*arguments)
            finally:
                self.diary.trouble = no_trouble

        return ask


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "leadline.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    return file


@st.composite
def plays(draw: st.DrawFn) -> list[Wish]:
    """One or two callers with one to three wishes each, and strangers."""
    found = [
        Wish(caller, hour)
        for caller in CALLERS[: draw(st.integers(1, 2))]
        for hour in draw(st.lists(st.sampled_from((*HOURS, *HOURS, 14, 0)), min_size=1, max_size=3))
    ]
    return found + [Wish(STRANGER, draw(st.sampled_from(HOURS))) for _ in range(draw(st.sampled_from((0, 1, 1, 2))))]


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plays(), st.integers(0, 2**32), st.sampled_from((0.0, 0.1, 0.3)), st.booleans(), st.booleans())
def test_when_the_dust_has_settled_rows_and_entries_are_the_same(
    template: Path, wishes: list[Wish], seed: int, faulty: float, team: bool, tells: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(template, Path(folder) / "leadline.db")
        asyncio.run(
            _played(f"sqlite+aiosqlite:///{copy}", wishes, Random(repr((seed, wishes))), faulty, team=team, tells=tells)
        )


async def _played(url: str, wishes: list[Wish], chance: Random, faulty: float, *, team: bool, tells: bool) -> None:
    database = Database(url)
    try:
        house = LinkedHouse(database, FaultyService())
        await house.set_up(TEAM if team else SETUP)
        for name in ("ana", "ben", "shared"):
            house.service[name].tells = tells
        play = Play(house, chance, faulty)
        await play.run(wishes)
        await house.sweep()
        assert await house.unfinished() == 0
        async with database.read() as tx:
            rows = await appointments.appointments(tx, "main", NOW)
            ours = await linked_appointments.entries(tx, "main", NOW)
        _agree(house, {place.diary: times for place, times in ours.items()})
        _nobody_is_in_two_places(rows)
        if tells:  # else a stranger at exactly our time cannot be told from us
            _nobody_was_booked_over_a_stranger_who_was_there(play)
        _what_was_told_stands(play, {row.booking.id: row.booking for row in rows})
    finally:
        await database.close()


def _agree(house: LinkedHouse, ours) -> None:
    """Every row has its entry at its time, and every entry a row."""
    there = {
        (name, key, entry.opening.start.astimezone(UTC))
        for name, diary in house.service.diaries.items()
        for key, entry in diary.entries.items()
    }
    known = {(name, key, times[0].start.astimezone(UTC)) for name, keys in ours.items() for key, times in keys.items()}
    assert there == known


def _nobody_is_in_two_places(rows) -> None:
    gap = timedelta(minutes=RULES.buffer_min)
    spans = sorted(
        (row.booking.staff, row.booking.opening.start.astimezone(UTC), row.booking.opening.end) for row in rows
    )
    for one, other in itertools.pairwise(spans):
        assert one[0] != other[0] or one[2] + gap <= other[1]


def _what_was_told_stands(play: Play, standing: dict[str, Booking]) -> None:
    assert not play.cancelled & set(standing)
    for caller, booking in play.told.items():
        if caller not in play.unsure:  # else their last wish got no answer, and they were told that a person calls back
            assert standing.get(booking.id) == booking


def _nobody_was_booked_over_a_stranger_who_was_there(play: Play) -> None:
    gap = timedelta(minutes=RULES.buffer_min)
    for caller, booking in play.told.items():
        for entered, diary, taken in play.strangers:
            theirs = diary == (booking.staff.lower() or "shared")
            if caller not in play.unsure and theirs and entered < play.written[booking.id]:
                opening = booking.opening
                assert opening.end + gap <= taken.start or taken.end + gap <= opening.start
