"""Every caller scenario that ships, with a hosted model that writes its speech ahead of the plan."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from engine.dialogue.meaning import repeats
from engine.sdk.registry import discover
from engine.simulate.judge import judge
from engine.simulate.runner import playable
from engine.simulate.text_call import TextCall
from tests.simulate.test_scenarios import FLOWS, SUITES
from tests.support.hosted import HostedModel

READ_BACKS = frozenset({"offer_times", "confirm_booking", "confirm_callback"})
ENOUGH_IN_ONE = 0.9


@pytest.mark.parametrize("name", SUITES)
async def test_scenarios_pass_and_nine_turns_of_ten_cost_one_request(name: str) -> None:
    requests: Counter[tuple[str, int]] = Counter()
    released = 0
    for scenario in playable(SUITES[name], "text"):
        call = TextCall(SUITES[name], scenario, FLOWS[name], discover(), HostedModel())
        report = await call.play()
        assert judge(SUITES[name], scenario, report) == [], scenario.id
        for kind, _, facts in call.notebook.notes:
            if kind == "understood":
                requests[scenario.id, int(str(facts["turn"]))] += 0
            elif kind == "model_spent":
                requests[scenario.id, int(str(facts["turn"]))] += 1
            released += kind == "offered" and facts["released"] is True
        turns = [said for said in report.talk if said.who == "agent"]
        for one, other in pairwise(turns):
            assert other.asked in READ_BACKS or not repeats(one.text, other.text), (scenario.id, other.text)
    assert sum(count <= 1 for count in requests.values()) / len(requests) >= ENOUGH_IN_ONE
    assert released > len(requests) / 5
