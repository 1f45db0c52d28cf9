"""From one model to the next without a gap, and nothing understood is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from engine.dialogue.brief import Acknowledge, Answer, Ask, Brief
from engine.dialogue.commands import Asked, Behaved, Command, SlotHeard, SlotRefused
from engine.dialogue.model import ModelError, Offer, TurnView
from engine.dialogue.offline import OfflineModel
from engine.mind.ladder import PATIENCE_S, Ladder, PassedOver, Rung, still_owed
from engine.mind.rest import FAILURES, FIRST_REST_S
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.sdk import Line
from tests.support.mind import Heard, Told, turn
from tests.support.virtual_time import in_virtual_time

ZIP_HEARD = SlotHeard("zip", "94110", "94110", 0.9)
SOON_HEARD = SlotHeard("timeline", 7, "this week", 0.9)
OFFER = Offer("timeline")
BUSY = ModelError("busy", ProviderProblem(ProblemKind.BUSY, "It is overloaded."))

Step = Command | Offer | str | float | Exception
"""A float: seconds to wait."""


@dataclass
class Scripted:
    """Does its steps at every turn; `speak` yields only the strings among them."""

    steps: Sequence[Step]
    asked: int = 0
    closed: int = 0
    briefs: list[Brief] = field(default_factory=list)
    hosted: bool = True

    async def turn(self, view: TurnView, words: str) -> AsyncIterator[Command | Offer | str]:
        self.asked += 1
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.closed += 1

    async def speak(self, view: TurnView, brief: Brief) -> AsyncIterator[str]:
        self.briefs.append(brief)
        async for item in self.turn(view, ""):
            if isinstance(item, str):
                yield item


@dataclass
class Stairs:
    """A ladder of scripted models on the loop's own clock."""

    models: Sequence[Scripted]
    told: Told = field(default_factory=Told)
    passed: list[PassedOver] = field(default_factory=list)
    now: float | None = None

    def __post_init__(self) -> None:
        rungs = [Rung(f"m{at}", model) for at, model in enumerate(self.models)]
        self.ladder = Ladder(rungs, self.passed.append, self.clock)

    def clock(self) -> float:
        return self.now if self.now is not None else asyncio.get_running_loop().time()

    async def turn(self) -> Heard:
        return await turn(self.ladder, "94110", self.told)


def stairs(*models: Sequence[Step]) -> Stairs:
    return Stairs([Scripted(steps) for steps in models])


@in_virtual_time
async def test_the_first_model_that_answers_is_the_only_one_asked():
    ladder = stairs([ZIP_HEARD, OFFER, "How soon?"], [SOON_HEARD])
    heard = await ladder.turn()
    assert (heard.commands, heard.offer, heard.speech) == ([ZIP_HEARD], OFFER, "How soon?")
    assert [model.asked for model in ladder.models] == [1, 0]
    assert ladder.told.notes == []


@pytest.mark.parametrize("failure", [BUSY, RuntimeError("a mistake in the adapter"), 99.0])
def test_who_refuses_breaks_or_is_silent_is_passed_over(failure: Step):
    @in_virtual_time
    async def run() -> None:
        ladder = stairs([failure], [ZIP_HEARD, OFFER, "How soon?"], [SOON_HEARD])
        began = ladder.clock()
        heard = await ladder.turn()
        assert heard.failed is None
        # A model that uses up all patience leaves none for the second hosted one: the last answers at once.
        silent = isinstance(failure, float)
        assert heard.commands == ([SOON_HEARD] if silent else [ZIP_HEARD])
        assert ladder.clock() - began <= PATIENCE_S
        assert ladder.models[0].closed == 1
        assert [(each.model, each.instead) for each in ladder.passed] == [("m0", "m2" if silent else "m1")]
        assert ladder.told.notes == [str(ladder.passed[0])]

    run()


@in_virtual_time
async def test_commands_before_a_failure_are_kept_and_the_next_model_adds_what_is_missing():
    ladder = stairs([ZIP_HEARD, BUSY], [SlotHeard("zip", "99999", "x", 0.5), SOON_HEARD, OFFER, "Fine."], [])
    heard = await ladder.turn()
    assert heard.commands == [ZIP_HEARD, SOON_HEARD]
    assert (heard.offer, heard.speech) == (OFFER, "Fine.")


@in_virtual_time
async def test_a_stall_after_the_commands_costs_no_more_than_the_patience():
    ladder = stairs([1.0, ZIP_HEARD, 60.0], [ZIP_HEARD, SOON_HEARD])
    began = ladder.clock()
    heard = await ladder.turn()
    assert heard.commands == [ZIP_HEARD, SOON_HEARD]
    assert ladder.clock() - began == pytest.approx(PATIENCE_S)


@in_virtual_time
async def test_speech_that_has_begun_may_take_its_time():
    heard = await stairs([ZIP_HEARD, OFFER, "Got it. ", 1.9, "How ", 1.9, "soon?"], []).turn()
    assert heard.speech == "Got it. How soon?"


@in_virtual_time
async def test_speech_that_breaks_off_is_told_to_whoever_speaks_it():
    ladder = stairs([ZIP_HEARD, OFFER, "Got it. How ", BUSY], [SOON_HEARD])
    heard = await ladder.turn()
    assert (heard.commands, heard.speech) == ([ZIP_HEARD], "Got it. How ")
    assert isinstance(heard.failed, ModelError)
    assert ladder.models[1].asked == 0


@in_virtual_time
async def test_when_all_fail_the_last_failure_is_raised_unless_something_was_understood():
    assert (await stairs([BUSY], [BUSY]).turn()).failed is BUSY
    heard = await stairs([ZIP_HEARD, BUSY], [BUSY]).turn()
    assert (heard.commands, heard.failed) == ([ZIP_HEARD], None)
    last = await stairs([BUSY], [RuntimeError("bug")]).turn()
    assert isinstance(last.failed, RuntimeError)


@in_virtual_time
async def test_a_model_that_keeps_failing_rests_and_comes_back():
    ladder = stairs([BUSY], [ZIP_HEARD])
    ladder.now = 0.0
    for _ in range(FAILURES):
        await ladder.turn()
    assert "rests for 20 s" in ladder.told.notes[-1]
    await ladder.turn()
    assert ladder.models[0].asked == FAILURES
    ladder.now = FIRST_REST_S
    ladder.models[0].steps = [SOON_HEARD]
    assert (await ladder.turn()).commands == [SOON_HEARD]
    assert (await ladder.turn()).commands == [SOON_HEARD]


@in_virtual_time
async def test_the_last_model_never_rests():
    ladder = stairs([BUSY], [BUSY])
    for _ in range(9):
        await ladder.turn()
    assert ladder.models[1].asked == 9


@in_virtual_time
async def test_quota_lets_a_model_rest_as_long_as_the_provider_says():
    quota = ModelError("quota", ProviderProblem(ProblemKind.QUOTA, "Used up."))
    quota.retry_after_s = 42.0  # type: ignore[attr-defined]
    ladder = stairs([quota], [ZIP_HEARD])
    await ladder.turn()
    assert ladder.passed[0].rest_s == 42.0


@in_virtual_time
async def test_a_turn_that_nobody_wants_any_more_stops_the_model_and_counts_for_nothing():
    ladder = stairs([ZIP_HEARD, 60.0], [])
    items = ladder.ladder.turn(ladder.told.view(), "94110")
    assert await anext(items) == ZIP_HEARD
    await items.aclose()  # type: ignore[attr-defined]
    assert ladder.models[0].closed == 1
    assert ladder.ladder.rungs[0].rest.failures == 0
    assert ladder.models[1].asked == 0


@in_virtual_time
async def test_a_cancelled_turn_stops_the_model():
    ladder = stairs([ZIP_HEARD, 60.0], [])
    task = asyncio.create_task(ladder.turn())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ladder.models[0].closed == 1


@in_virtual_time
async def test_the_offline_model_at_the_end_always_answers():
    told = Told()
    ladder = Ladder([Rung("hosted", Scripted([BUSY])), Rung("offline", OfflineModel())], clock=lambda: 0.0)
    heard = await turn(ladder, "It's 94110.", told)
    assert [each.slot for each in heard.commands if isinstance(each, SlotHeard)] == ["zip"]
    brief = Brief(ask=Ask("How soon?", "timeline", "timeline"))
    assert [each async for each in ladder.speak(told.view(), brief)] == ["How soon?"]


BRIEF = Brief(
    acknowledge=(Acknowledge("zip", "94110", "Got it, 94110.", "94110"),),
    answers=(Answer("visit", "A visit costs 89 dollars, credited to the repair."),),
    lines=(Line("This call is recorded.", fixed=True),),
    ask=Ask("How soon?", "timeline", "timeline"),
)


@pytest.mark.parametrize(
    ("said", "answers", "asks", "read_back"),
    [
        ("", True, True, True),
        ("Great.", True, True, True),
        ("Okay, 94110.", True, True, False),
        ("Okay, 94110. That's $89, credited.", False, True, False),
        ("A visit costs you something, credited to the repair.", False, True, True),
        ("Okay, 94110. How soon would that be?", True, False, False),
    ],
)
def test_what_a_model_that_broke_off_still_owes(said: str, answers: bool, asks: bool, read_back: bool):
    owed = still_owed(BRIEF, said)
    assert (bool(owed.answers), owed.ask is not None, bool(owed.acknowledge)) == (answers, asks, read_back)


@in_virtual_time
async def test_the_next_model_speaks_only_what_is_missing():
    ladder = stairs(["Okay, 94110.", BUSY], ["The visit is 89 dollars. How soon?"])
    said = [each async for each in ladder.ladder.speak(ladder.told.view(), BRIEF)]
    assert said == ["Okay, 94110.", "The visit is 89 dollars. How soon?"]
    assert ladder.models[1].briefs == [still_owed(BRIEF, "Okay, 94110.")]


@in_virtual_time
async def test_nothing_more_is_said_when_all_was_said_before_the_break():
    brief = Brief(ask=Ask("How soon?", "timeline", "timeline"))
    ladder = stairs(["How soon is it?", BUSY], ["Again?"])
    assert [each async for each in ladder.ladder.speak(ladder.told.view(), brief)] == ["How soon is it?"]


def test_a_ladder_needs_a_model():
    with pytest.raises(ValueError, match="at least one"):
        Ladder([])


@in_virtual_time
async def test_the_same_behaviour_is_not_told_twice_by_two_models():
    again = Behaved("bad_time", "driving", 0.9)
    ladder = stairs(
        [again, Asked("how much", "visit", 0.9), BUSY],
        [again, Asked("how much", "visit", 0.8), SlotRefused("zip", "x")],
    )
    assert (await ladder.turn()).commands == [again, Asked("how much", "visit", 0.9), SlotRefused("zip", "x")]
