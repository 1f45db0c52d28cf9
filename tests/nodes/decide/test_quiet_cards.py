"""Cards that decide and note without a word."""

import pytest

from engine.sdk import Scalar
from engine.sdk.testbench import Acted, Bench, card
from nodes.decide.decide import Decide
from nodes.decide.look_up import LookUp
from nodes.decide.set_slot import SetSlot
from nodes.decide.start import Start

LOOK = card(LookUp, slot="zip", list="service_area", action="check_area")


@pytest.mark.parametrize(("zip", "exit"), [("94110", "found"), ("10001", "not_found"), (None, "unknown")])
async def test_a_look_up_goes_by_what_the_list_holds(zip: str | None, exit: str):
    assert await Bench(slots={"zip": zip}, lists={"service_area": ("94110",)}).run(LOOK) == exit


async def test_a_look_up_stands_in_the_journal_under_its_name():
    bench = Bench(slots={"zip": "94110"}, lists={"service_area": ("94110",)})
    await bench.run(LOOK)
    assert bench.actions == [Acted("check_area", {"zip": "94110"})]


async def test_what_is_not_known_is_not_looked_up():
    bench = Bench(slots={"zip": None})
    await bench.run(LOOK)
    assert bench.actions == []


async def test_a_slot_may_be_called_action():
    bench = Bench(slots={"action": "sell"}, lists={"deeds": ("sell",)})
    assert await bench.run(card(LookUp, slot="action", list="deeds")) == "found"


@pytest.mark.parametrize("value", ["roof", 3, 2.5, True, False])
async def test_set_slot_notes_the_value_as_it_is_with_its_reason(value: Scalar):
    bench = Bench(slots={"kind": None})
    assert await bench.run(card(SetSlot, slot="kind", value=value, why="only roofs here")) == "next"
    assert bench.slots["kind"] == value and type(bench.slots["kind"]) is type(value)
    assert (bench.evidence["kind"].source, bench.evidence["kind"].words) == ("rule", "only roofs here")


async def test_start_and_decide_leave_the_choice_to_their_edges():
    assert [await Bench().run(card(klass)) for klass in (Start, Decide)] == ["next", "next"]
