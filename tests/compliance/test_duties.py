"""What a call owes the person where they are: kept with the decision, and read again by whoever takes the call over."""

from __future__ import annotations

import json

import pytest

from engine.compliance.decision import Decision, Duties
from engine.sdk import Json


@pytest.mark.parametrize(
    "duties", [Duties(), Duties("ny"), Duties("nj", True, True, None), Duties("wa", all_parties=False, end_within_s=10)]
)
def test_the_duties_of_a_call_survive_the_death_of_its_process(duties: Duties) -> None:
    kept = json.loads(json.dumps(Decision((), duties=duties).document()))
    assert Duties.read(kept) == duties


@pytest.mark.parametrize("kept", [None, {}, {"duties": None}, {"duties": {"opening": "mars", "end_within_s": "soon"}}])
def test_a_decision_without_duties_means_those_of_anywhere_else(kept: Json) -> None:
    assert Duties.read(kept) == Duties()
