"""The card that puts a caller through to a colleague."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from pydantic import ValidationError

from engine.sdk import Step, TransferOutcome, TransferState
from engine.sdk.testbench import Bench, card
from engine.sdk.transfer import over
from nodes.handoff.transfer import Transfer

WARM = card(Transfer, who="front desk", number="+14155550150")
COLD = card(Transfer, who="front desk", number="+14155550150", mode="cold")
HOURS = ["Mon-Fri 08:00-18:00", "Sat 09:00-13:00"]


def said(step: Step) -> str:
    return " ".join(line.text for line in step.lines)


async def ringing(node: Transfer = WARM) -> Bench:
    bench = Bench()
    await bench.enter(node)
    return bench


async def test_the_colleague_is_dialled_and_the_caller_told() -> None:
    bench = Bench()
    step = await bench.enter(WARM)
    assert said(step) == "One moment, I'll see who is free."
    assert step.patience_s == 3.0
    (request,) = bench.dialled
    assert (request.number, request.mode, request.who) == ("+14155550150", "warm", "front desk")
    assert request.summary == (
        "This is Robin, the AI assistant of Acme. Dana Reyes is on the line about a visit and would like to talk to a "
        "person. Press 1 to take the call, or 2 if you cannot."
    )


async def test_while_it_rings_the_caller_hears_another_sentence_each_time() -> None:
    bench = await ringing()
    lines = [said(await bench.wait(WARM)) for _ in range(6)]
    assert all(lines)
    assert all(one != two for one, two in pairwise(lines))
    assert len(bench.dialled) == 1


async def test_who_has_accepted_is_announced_before_the_caller_is_joined() -> None:
    bench = await ringing()
    bench.transferring = TransferState("accepted")
    step = await bench.wait(WARM)
    assert said(step) == "I have a colleague on the line. I'm putting you through now."
    assert step.exit is None
    step = await bench.wait(WARM)
    assert (step.exit, step.lines) == ("connected", ())
    assert [(each.name, each.details["result"]) for each in bench.actions] == [("transfer_call", "answered")]


@pytest.mark.parametrize("result", ["busy", "no_answer", "declined", "voicemail"])
async def test_whoever_does_not_take_the_call_leads_to_nobody_free(result: str) -> None:
    bench = await ringing()
    bench.transferring = over(result)  # type: ignore[arg-type]
    step = await bench.wait(WARM)
    assert (said(step), step.exit) == ("I'm sorry, nobody is free just now.", "nobody_free")
    assert bench.actions[0].details["result"] == result


async def test_a_join_that_fails_is_told_truthfully() -> None:
    bench = await ringing()
    bench.joins = TransferOutcome("failed", "colleague_left")
    bench.transferring = TransferState("accepted")
    await bench.wait(WARM)
    step = await bench.wait(WARM)
    assert (said(step), step.exit) == ("I'm sorry, nobody is free just now.", "nobody_free")


@pytest.mark.parametrize("words", ["Oh, never mind.", "Forget it, I'd rather go on with you", "you know, don't bother"])
async def test_never_mind_while_it_rings_calls_it_off(words: str) -> None:
    bench = await ringing()
    step = await bench.hear(WARM, words)
    assert (said(step), step.exit) == ("Okay, no problem.", "called_off")
    assert bench.transferring == over("failed", "called_off")


async def test_a_colleague_who_was_already_reached_is_not_called_off() -> None:
    """What has begun is told truthfully: the two are connected, whatever was said in the last second."""
    bench = await ringing()
    bench.transferring = over("answered")
    assert (await bench.hear(WARM, "never mind")).exit == "connected"


async def test_a_second_wish_while_it_rings_never_dials_twice() -> None:
    bench = await ringing()
    await bench.hear(WARM, "yes", answer="yes")
    await bench.hear(WARM, "yes please", answer="yes")
    await bench.enter(WARM)  # the reflex brought the call here once more
    assert len(bench.dialled) == 1


async def test_a_wish_after_a_failed_try_dials_again() -> None:
    bench = await ringing()
    bench.transferring = over("busy")
    await bench.wait(WARM)
    step = await bench.enter(WARM)
    assert len(bench.dialled) == 2
    assert said(step) == "One moment, I'll see who is free."


async def test_a_question_while_it_rings_is_answered_without_a_waiting_line_on_top() -> None:
    bench = await ringing()
    step = await bench.hear(WARM, "What do you charge?", question="What do you charge?")
    assert (step.lines, step.patience_s, step.exit) == ((), 3.0, None)


async def test_cold_says_its_line_before_the_caller_leaves_us() -> None:
    bench = Bench()
    step = await bench.enter(COLD)
    assert said(step) == "One moment, I'll put you through."
    assert bench.dialled == []
    step = await bench.wait(COLD)
    assert [request.mode for request in bench.dialled] == ["cold"]
    assert step.lines == ()
    bench.transferring = over("no_answer")
    step = await bench.wait(COLD)
    assert (said(step), step.exit) == ("I'm sorry, nobody is free just now.", "nobody_free")


async def test_cold_can_be_called_off_before_anybody_was_dialled() -> None:
    bench = Bench()
    await bench.enter(COLD)
    step = await bench.hear(COLD, "Actually, never mind")
    assert step.exit == "called_off"
    assert bench.dialled == []


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        (datetime(2026, 9, 15, 8, 0, tzinfo=UTC), True),  # Tuesday
        (datetime(2026, 9, 15, 17, 59, tzinfo=UTC), True),
        (datetime(2026, 9, 15, 18, 0, tzinfo=UTC), False),
        (datetime(2026, 9, 19, 12, 59, tzinfo=UTC), True),  # Saturday
        (datetime(2026, 9, 20, 10, 0, tzinfo=UTC), False),  # Sunday
    ],
)
async def test_outside_staff_hours_nobody_is_dialled(moment: datetime, there: bool) -> None:
    node = card(Transfer, number="+14155550150", hours=HOURS)
    bench = Bench(now=moment)
    step = await bench.enter(node)
    assert (step.exit is None) is there
    assert len(bench.dialled) == there
    if not there:
        assert (said(step), step.exit) == ("I'm sorry, nobody is in the office right now.", "nobody_free")


async def test_a_transfer_that_nobody_knows_of_any_more_ends_as_nobody_free() -> None:
    """The process that had begun it is gone: the caller is told, and nobody is dialled behind their back."""
    bench = await ringing()
    bench.transferring = None
    assert (await bench.wait(WARM)).exit == "nobody_free"
    assert len(bench.dialled) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"number": "415 555 0150"},
        {"number": "", "connection": ""},
        {"hours": ["weekdays"]},
        {"hours": ["Mon-Fri 18:00-08:00"]},
        {"ring_s": 90},
        {"every_s": 6.0},
        {"waiting": ["One moment."]},
    ],
)
def test_settings_that_would_leave_a_caller_alone_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        card(Transfer, **settings)  # type: ignore[arg-type]
