"""What the engine brings to every flow is told by name, with its words."""

from __future__ import annotations

from pathlib import Path

from engine.dialogue.phrases import DEFAULTS
from engine.dialogue.recognisers.reflexes import detect
from engine.dialogue.reflexes import PRIORITY
from tests.support.api import leadline


async def test_wordings_and_behaviours_are_told_with_examples_that_hold(tmp_path: Path) -> None:
    async with leadline(tmp_path) as house:
        assert (await house.stranger.get("/vocabulary")).status_code == 401
        told = (await house.client.get("/vocabulary")).json()
    assert {each["name"]: tuple(each["standard"]) for each in told["wordings"]} == dict(DEFAULTS)
    assert next(each["fills"] for each in told["wordings"] if each["name"] == "short_opening") == [
        "assistant",
        "seller",
    ]
    assert [each["trigger"] for each in told["behaviours"]] == list(PRIORITY)
    assert [each["trigger"] for each in told["behaviours"] if each["required"]] == [
        "opt_out_clear", "are_you_robot", "wants_person",
    ]  # fmt: skip
    robot = next(each for each in told["behaviours"] if each["trigger"] == "are_you_robot")
    assert robot["examples"]
    for sentence in robot["examples"]:
        assert "are_you_robot" in [found.value.value for found in detect(sentence)]
    for sentence in robot["not_examples"]:
        assert "are_you_robot" not in [found.value.value for found in detect(sentence)]
