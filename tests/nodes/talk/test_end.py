"""The end of a call."""

from engine.sdk import Ending
from engine.sdk.testbench import Bench, card
from nodes.talk.end import End


async def test_the_last_words_are_said_and_the_outcome_stands():
    step = await Bench().enter(card(End, disposition="booked", say="Goodbye, {first_name}."))
    assert step.ending == Ending("booked", "") and step.exit is None
    assert [(line.text, line.fixed) for line in step.lines] == [("Goodbye, Dana.", True)]


async def test_an_end_without_words_hangs_up_silently():
    step = await Bench().enter(card(End, disposition="unqualified", reason="out_of_area"))
    assert step.lines == () and step.ending == Ending("unqualified", "out_of_area")


def test_an_end_needs_no_way_out():
    assert End.terminal and End.exits == ()
