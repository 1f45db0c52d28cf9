"""A fixed line is said word for word."""

import pytest
from pydantic import ValidationError

from engine.sdk.testbench import Bench, card
from nodes.talk.fixed_line import FixedLine


async def test_the_text_is_filled_said_as_it_stands_and_passed():
    step = await Bench().enter(card(FixedLine, text="Hi {first_name}, this is {assistant} of {seller}."))
    assert [line.text for line in step.lines] == ["Hi Dana, this is Robin of Acme."]
    assert step.lines[0].fixed and step.exit == "next" and not step.listen


async def test_a_line_that_listens_stays_until_the_caller_has_spoken():
    node = card(FixedLine, text="Is this a good time?", then="listen")
    bench = Bench()
    step = await bench.enter(node)
    assert step.listen and step.exit is None and node.asks()
    assert (await bench.hear(node, "sure", answer="yes")).exit == "next"


async def test_a_line_says_what_it_makes_known():
    node = card(FixedLine, text="I'm an AI. This call is recorded.", discloses=["ai", "recording"])
    assert (await Bench().enter(node)).lines[0].discloses == ("ai", "recording")
    assert node.discloses_what() == {"ai", "recording"}
    assert not (await Bench().enter(card(FixedLine, text="Hello."))).lines[0].discloses


def test_a_line_without_words_is_refused():
    with pytest.raises(ValidationError):
        card(FixedLine, text="")


def test_the_line_can_be_spoken_in_advance():
    assert card(FixedLine, text="Hello.").fixed_lines() == ("Hello.",)
