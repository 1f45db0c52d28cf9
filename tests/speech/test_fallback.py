"""Recognisers in an order: the next one takes the running turn over, and no word of it is lost."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.fallback import DEAF_AFTER, EarChange, FallbackEar
from engine.speech.ports import Expect, Hints, Phrase, Revised, SpeechError, Transcript
from tests.support.virtual_time import in_virtual_time

BUSY = SpeechError("busy", ProviderProblem(ProblemKind.BUSY, "It is busy."))
WRONG_KEY = SpeechError("key", ProviderProblem(ProblemKind.WRONG_KEY, "It does not know the key.", "Make one."))


@dataclass
class Scripted:
    """A recogniser that hears the bytes it is given as text. `open_errors`, `text_errors`: what goes wrong, in order;
    an entry that is a number is a hang of so many seconds, None is success."""

    name: str
    open_errors: deque[Exception | float | None] = field(default_factory=deque)
    text_errors: deque[Exception | float | None] = field(default_factory=deque)
    deaf: bool = False
    opened: int = 0
    closed: int = 0
    revised: Revised | None = None
    hints: Hints | None = None

    async def open(self, hints: Hints, revised: Revised | None = None) -> ScriptedEar:
        await _strike(self.open_errors)
        self.opened += 1
        self.hints = hints
        self.revised = revised
        return ScriptedEar(self)


@dataclass
class ScriptedEar:
    engine: Scripted
    heard: str = ""

    def push(self, pcm: bytes) -> None:
        self.heard += pcm.decode()

    async def text(self, expect: Expect = "speech") -> Transcript:
        await _strike(self.engine.text_errors)
        return Transcript("" if self.engine.deaf else f"{self.engine.name}:{self.heard}", True, 1.0)

    def next_turn(self) -> None:
        self.heard = ""

    async def close(self) -> None:
        self.engine.closed += 1


async def _strike(errors: deque[Exception | float | None]) -> None:
    match errors.popleft() if errors else None:
        case Exception() as error:
            raise error
        case float() as hang:
            await asyncio.sleep(hang)
        case _:
            pass


def made(first: Scripted) -> tuple[FallbackEar, list[EarChange], Scripted]:
    changes: list[EarChange] = []
    local = Scripted("local")
    return FallbackEar(first, local).for_call(changes.append), changes, local


@in_virtual_time
async def test_while_the_first_one_works_the_second_is_not_even_opened() -> None:
    google = Scripted("google")
    ear, changes, local = made(google)
    call = await ear.open(Hints())
    call.push(b"hello")
    assert (await call.text()).text == "google:hello"
    call.next_turn()
    call.push(b"yes")
    assert (await call.text()).text == "google:yes"
    await call.close()
    assert (local.opened, changes, google.closed) == (0, [], 1)


@pytest.mark.parametrize("failure", [BUSY, WRONG_KEY, 60.0, ValueError("a bug")])
@in_virtual_time
async def test_a_failure_at_opening_lets_the_next_one_hear_the_call(failure: Exception | float) -> None:
    ear, changes, _ = made(Scripted("google", open_errors=deque([failure])))
    call = await ear.open(Hints())
    call.push(b"hello")
    assert (await call.text()).text == "local:hello"
    assert [(each.before, each.after) for each in changes] == [("google", "local")]
    await call.close()


@pytest.mark.parametrize("failure", [BUSY, 60.0])
@in_virtual_time
async def test_a_failure_in_the_middle_of_a_turn_gives_all_of_it_to_the_next_one(failure: Exception | float) -> None:
    google = Scripted("google", text_errors=deque([None, failure]))
    ear, changes, _ = made(google)
    call = await ear.open(Hints())
    call.push(b"I need ")
    assert (await call.text()).text == "google:I need "
    call.push(b"a roof")
    began = asyncio.get_running_loop().time()
    assert (await call.text()).text == "local:I need a roof"
    assert asyncio.get_running_loop().time() - began < 1.3, "soon enough for the call"
    call.next_turn()
    call.push(b"tomorrow")
    assert (await call.text()).text == "local:tomorrow", "this call stays with the second one"
    assert len(changes) == 1
    await call.close()
    assert google.closed == 1


@in_virtual_time
async def test_a_turn_that_the_first_one_did_not_hear_gets_a_second_opinion() -> None:
    google = Scripted("google", deaf=True)
    ear, changes, local = made(google)
    call = await ear.open(Hints())
    for turn in range(DEAF_AFTER):
        assert len(changes) == 0
        call.push(f"yes{turn}".encode())
        assert (await call.text()).text == f"local:yes{turn}"
        call.next_turn()
    assert len(changes) == 1, "deaf too often: given up"
    assert changes[0].problem.kind is ProblemKind.TOO_SLOW
    call.push(b"more")
    assert (await call.text()).text == "local:more"
    await call.close()
    assert local.opened == 1


@in_virtual_time
async def test_a_noise_that_neither_takes_for_words_changes_nothing() -> None:
    google = Scripted("google", deaf=True)
    ear, changes, local = made(google)
    local.deaf = True
    call = await ear.open(Hints())
    for _ in range(5):
        call.push(b"cough")
        assert (await call.text()).text == ""
        call.next_turn()
    assert changes == []
    google.deaf = False
    call.push(b"hello")
    assert (await call.text()).text == "google:hello"
    await call.close()


@in_virtual_time
async def test_what_is_surely_broken_is_not_asked_by_the_next_call_but_later_again() -> None:
    google = Scripted("google", open_errors=deque([WRONG_KEY]))
    ear, _, _ = made(google)
    first = await ear.open(Hints())
    changes: list[EarChange] = []
    second = await ear.for_call(changes.append).open(Hints())
    assert google.opened == 0
    assert changes == [], "the second call began with the other recogniser: nothing was taken over"
    await asyncio.sleep(61)
    third = await ear.for_call(changes.append).open(Hints())
    assert google.opened == 1
    for call in (first, second, third):
        await call.close()


@in_virtual_time
async def test_an_ear_that_took_over_serves_the_call_on_its_next_line_too() -> None:
    google = Scripted("google", text_errors=deque([BUSY]))
    ear, changes, _ = made(google)
    first = await ear.open(Hints())
    first.push(b"hello")
    assert (await first.text()).text == "local:hello"
    await first.close()
    await asyncio.sleep(300)  # the other one is well again
    again = await ear.open(Hints())
    again.push(b"still me")
    assert (await again.text()).text == "local:still me"
    assert google.opened == 1 and len(changes) == 1
    other = await ear.for_call(changes.append).open(Hints())
    assert google.opened == 2, "another call begins with the first one"
    for call in (again, other):
        await call.close()


@in_virtual_time
async def test_a_call_that_began_while_the_first_one_rested_stays_with_the_other() -> None:
    google = Scripted("google", open_errors=deque([WRONG_KEY]))
    ear, _, _ = made(google)
    await (await ear.open(Hints())).close()
    mine = ear.for_call(lambda change: None)
    await (await mine.open(Hints())).close()
    await asyncio.sleep(300)
    await (await mine.open(Hints())).close()
    assert google.opened == 0


REFUSED = SpeechError("refused", ProviderProblem(ProblemKind.REFUSED, "It takes no phrases."))
FAVOURED = Hints("es-US", (Phrase("Maple Dental", 10.0),))


@in_virtual_time
@pytest.mark.parametrize("when", ["opening", "first words"])
async def test_a_recogniser_that_refuses_the_words_to_favour_is_asked_once_without_them(when: str) -> None:
    google = Scripted("google", **{"open_errors" if when == "opening" else "text_errors": deque([REFUSED])})
    ear, changes, local = made(google)
    call = await ear.open(FAVOURED)
    call.push(b"hello")
    assert (await call.text()).text == "google:hello"
    assert local.opened == 0
    assert google.hints == Hints("es-US")
    (change,) = changes
    assert change.after == "google without words to favour" and change.problem.kind is ProblemKind.REFUSED
    other = await ear.for_call(changes.append).open(FAVOURED)
    assert google.hints == FAVOURED, "other calls are not made to hear worse"
    for each in (call, other):
        await each.close()


@in_virtual_time
async def test_a_recogniser_that_refuses_without_the_words_too_is_given_up() -> None:
    google = Scripted("google", open_errors=deque([REFUSED, REFUSED]))
    ear, changes, _ = made(google)
    call = await ear.open(FAVOURED)
    call.push(b"hello")
    assert (await call.text()).text == "local:hello"
    assert [each.after for each in changes] == ["google without words to favour", "local"]
    await call.close()


@in_virtual_time
async def test_when_all_fail_the_call_is_told_and_may_try_again() -> None:
    ear, _, local = made(Scripted("google", text_errors=deque([BUSY])))
    local.text_errors = deque([BUSY])
    call = await ear.open(Hints())
    call.push(b"hello")
    with pytest.raises(SpeechError):
        await call.text()
    assert (await call.text()).text == "local:hello"
    await call.close()


@in_virtual_time
async def test_late_words_of_a_recogniser_that_was_given_up_are_not_told() -> None:
    told: list[str] = []
    google = Scripted("google", text_errors=deque([None, BUSY]))
    ear, _, _ = made(google)
    call = await ear.open(Hints(), told.append)
    call.push(b"a")
    await call.text()
    assert google.revised is not None
    google.revised("first")
    assert (await call.text()).text == "local:a"
    google.revised("late")
    assert told == ["first"]
    await call.close()
