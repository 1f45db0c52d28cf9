"""Whatever callers say: no call breaks, no turn asks twice, nothing is filled without words, nothing sounds canned."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call.acts import Say
from engine.flow import shipped
from engine.simulate.scenario import load_suite
from tests.support.talk import Talk

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "scenarios"
SUITES = [load_suite(FOLDER / f"{name}.yaml") for name in shipped.names()]
LINES = sorted(
    {line.words for suite in SUITES for scenario in suite.scenarios for line in scenario.turns if line.words}
    | {words for suite in SUITES for scenario in suite.scenarios for words in scenario.answers.values()}
)
NOISE = ["", "uh", "Mhm.", "...", "?", "94", "no no no", "The the the", "{value}", "ñandú", "Yes? No. Maybe.", "1" * 40]
FLOWS = {name: shipped.load(name).flow for name in shipped.names()}
MOST_TURNS = 80
OFFERS = {"offer_times", "confirm_booking", "confirm_callback"}
AGAIN = re.compile(r"what was that|again|repeat|pardon|^what\W*$", re.IGNORECASE)

caller_lines = st.lists(st.sampled_from(LINES + NOISE), min_size=1, max_size=30)


async def _converse(name: str, lines: list[str]) -> Talk:
    """Says the lines until the call closes; then falls silent, which must end it."""
    talk = Talk(flow=FLOWS[name])
    await talk.answer(lines[0])
    for line in lines[1:]:
        if talk.closed:
            break
        before = len(talk.acts)
        await talk.say(line)
        _check_turn([act for act in talk.acts[before:] if isinstance(act, Say)], line)
    turns = len(lines)
    while not talk.closed:
        await talk.silence()
        turns += 1
        assert turns <= MOST_TURNS, "the call does not end"
    return talk


def _check_turn(says: list[Say], line: str) -> None:
    own = [say.text for say in says if not say.fixed]
    assert sum(text.count("?") for text in own) <= 1, f"two questions after {line!r}: {own}"
    for say in says:
        assert "{" not in say.text, f"a placeholder after {line!r}: {say.text}"
        assert ".." not in say.text.replace("...", ""), say.text


def _check_evidence(talk: Talk) -> None:
    spoken = {turn.turn: turn.text.lower() for turn in talk.conversation.outcome.transcript if turn.who == "caller"}
    for record in talk.conversation.book:
        if record.known:
            assert record.evidence is not None, record.slot.id
            if record.evidence.source == "call":
                words = re.sub(r"\W+", " ", record.evidence.words.lower()).strip()
                assert words in re.sub(r"\W+", " ", spoken[record.evidence.turn]), record.slot.id


@pytest.mark.parametrize("name", shipped.names())
@settings(max_examples=60)
@given(lines=caller_lines)
def test_any_caller_comes_to_an_end_and_is_spoken_to_decently(name: str, lines: list[str]) -> None:
    talk = asyncio.run(_converse(name, lines))
    _check_evidence(talk)
    assert talk.closed is not None
    assert talk.closed.disposition


def _overlap(one: str, other: str) -> float:
    first, second = (set(re.findall(r"[\w']+", text.lower())) for text in (one, other))
    return len(first & second) / max(len(first), len(second), 1)


@pytest.mark.parametrize("name", shipped.names())
def test_two_consecutive_agent_turns_never_sound_the_same(name: str) -> None:
    """More than 80 % of the words in common: only for what is read back or offered, fixed lines, and on request."""
    dice = random.Random(6)
    for _ in range(150):
        lines = [dice.choice(LINES) for _ in range(14)]
        talk = asyncio.run(_converse(name, ["Hello?", *lines]))
        fixed = {say.text for say in talk.acts if isinstance(say, Say) and (say.fixed or say.kind != "answer")}
        transcript = talk.conversation.outcome.transcript
        for index in range(2, len(transcript)):
            before, caller, after = transcript[index - 2 : index + 1]
            if (before.who, caller.who, after.who) != ("agent", "caller", "agent") or after.asked in OFFERS:
                continue
            if "¿" in after.text:  # the engine has no Spanish words of its own to vary a card's question
                continue
            if any(text in after.text for text in fixed) or AGAIN.search(caller.text):
                continue
            assert _overlap(before.text, after.text) <= 0.8, [before.text, caller.text, after.text]
