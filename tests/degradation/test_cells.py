"""What the matrix counts as a call that ended properly, and what not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.degradation.cells import CELLS, Cell, Outcome, chosen, longest_silence

GOOD = Outcome(
    cell=Cell("voice", "cut", "start"),
    rang=True,
    state="finished",
    disposition="booked",
    problem="",
    silence_s=2.9,
    struck=3,
    noted=("voice_changed",),
)


def test_there_is_a_cell_for_each_provider_fault_and_moment() -> None:
    assert len(CELLS) == len(set(CELLS)) == 72


def test_a_call_that_was_served_in_spite_of_a_fault_is_well() -> None:
    assert GOOD.ok


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "answered"}, "still answered"),
        ({"disposition": ""}, "ended as ''"),
        ({"disposition": "failed"}, "ended as 'failed'"),
        ({"silence_s": 3.1}, "3.1 s of silence"),
        ({"struck": 0}, "never struck"),
        ({"noted": ()}, "journal says nothing"),
    ],
)
def test_each_way_of_not_being_well_is_told(changes: dict[str, object], words: str) -> None:
    assert words in "; ".join(replace(GOOD, **changes).faults)  # type: ignore[arg-type]


def test_a_call_that_a_carrier_refused_is_well_if_it_says_why() -> None:
    refused = replace(GOOD, rang=False, state="failed", disposition="failed", problem="The carrier refused.", noted=())
    assert refused.ok
    assert not replace(refused, problem="").ok


def test_cells_are_chosen_by_any_parts_of_their_name() -> None:
    assert len(chosen(["voice"])) == 18
    assert [cell.name for cell in chosen(["cut:gemini:start"])] == ["gemini:cut:start"]
    assert len(chosen(["mid_booking", "vonage"])) == 24 + 18 - 6
    assert len(chosen([])) == 72
    with pytest.raises(ValueError, match="'radio' is neither"):
        chosen(["radio"])


def frames(pattern: str) -> np.ndarray:
    """`#`: 20 ms of sound. `.`: 20 ms without."""
    return np.concatenate([np.full(320, 8000 if each == "#" else 20, np.int16) for each in pattern])


@pytest.mark.parametrize(
    ("left", "right", "seconds"),
    [
        ("....#....", "#........", 4 * 0.02),
        ("#.......#", ".........", 7 * 0.02),
        ("#.......#", "...##....", 3 * 0.02),
        (".....", "....#", 4 * 0.02),
        (".....", ".....", 5 * 0.02),
        ("#####", ".....", 0.0),
    ],
)
def test_silence_is_where_neither_side_is_heard(left: str, right: str, seconds: float) -> None:
    assert longest_silence(frames(left), frames(right)) == pytest.approx(seconds)


def test_an_empty_tape_has_no_silence() -> None:
    assert longest_silence(np.zeros(0, np.int16), np.zeros(0, np.int16)) == 0.0
