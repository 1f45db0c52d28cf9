"""A representative part of the degradation matrix: one hard fault of each provider, at each moment (`leadline matrix`
plays all of it)."""

from __future__ import annotations

import pytest

from tests.degradation.__main__ import play_all, table
from tests.degradation.cells import Outcome, chosen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("spoken")]

SUBSET = (
    "speech:refuse:start",
    "speech:cut:mid_turn",
    "voice:cut:mid_turn",
    "voice:stall:mid_booking",
    "gemini:rate_limit:start",
    "gemini:stall:mid_booking",
    "vonage:cut:mid_turn",
    "vonage:refuse:start",
)


async def test_a_call_ends_properly_whatever_provider_fails() -> None:
    outcomes = await play_all(chosen(SUBSET), lambda outcome: None)
    assert [each.cell.name for each in outcomes if not each.ok] == [], _told(outcomes)
    served = [each for each in outcomes if each.rang]
    assert len(served) == len(SUBSET) - 1
    assert {each.disposition for each in served} == {"booked"}, _told(outcomes)
    assert all(each.silence_s <= 3.0 for each in served)


def _told(outcomes: list[Outcome]) -> str:
    return table(outcomes) + "\n" + "\n".join(f"{each.cell.name}: {each.faults} {each.noted}" for each in outcomes)
