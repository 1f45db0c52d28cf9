"""A stream's limit never costs a word, and never doubles one (field-lessons R1)."""

from __future__ import annotations

import random

import pytest

from engine.speech.audio import RATE
from engine.speech.google.rotation import StreamLimits, reopen_after, rotation_due
from tests.support.simulated_recogniser import Simulation, Word

LIMIT_S = 300.0
ALIGNMENTS = 200


def speech(rng: random.Random, begin: float, end: float, pause: float) -> list[Word]:
    """Distinct words from `begin` to `end`; one in ten is followed by a pause of up to `pause` seconds."""
    words, at, number = [], begin, 0
    while at < end:
        length = rng.uniform(0.12, 0.6)
        words.append(Word(f"w{number}", round(at * RATE), round((at + length) * RATE)))
        number += 1
        at += length + (rng.uniform(0.2, pause) if rng.random() < 0.1 else rng.uniform(0.0, 0.09))
    return words


def compare(said: list[Word], texts: list[str]) -> tuple[list[str], list[str]]:
    """Missing words, and words that are doubled, foreign or out of order."""
    heard, wanted = " ".join(texts).split(), [word.text for word in said]
    missing = [word for word in wanted if word not in heard]
    rest = iter(wanted)
    return missing, [word for word in heard if word not in rest]


def unforeseen(seed: int) -> Simulation:
    """The server closes after 200 s, which nobody told us, and the caller speaks across that moment +/- 3 s."""
    rng = random.Random(seed)
    at = 14.0
    said = speech(rng, at - 3 - rng.uniform(0, 6), at + 3 + rng.uniform(0, 3), 0.9)
    return Simulation(said, seed, at + 14, aged=200 - at, limit_s=200)


def foreseen(seed: int) -> Simulation:
    """The caller speaks through the whole last minute of the five, and on; pauses for breath are rare."""
    rng = random.Random(seed)
    said = speech(rng, 0.0, 63 + rng.uniform(0, 2), rng.choice([0.3, 0.5, 0.9]))
    return Simulation(said, seed, 76, aged=LIMIT_S - 60 - rng.uniform(0, 3), limit_s=LIMIT_S)


def test_r1_no_word_is_lost_or_doubled_in_200_alignments_of_speech_across_an_unforeseen_end() -> None:
    wrong = {}
    for seed in range(ALIGNMENTS):
        simulation = unforeseen(seed)
        relay = simulation.run()
        assert relay.why == ["ABORTED"]
        bad = compare(list(simulation.words), simulation.texts)
        if bad != ([], []):
            wrong[seed] = bad
    assert wrong == {}


def test_r1_no_word_is_lost_or_doubled_when_the_stream_is_replaced_while_somebody_speaks() -> None:
    wrong, reasons = {}, set()
    for seed in range(ALIGNMENTS // 4):
        simulation = foreseen(seed)
        relay = simulation.run()
        assert len(relay.why) == 1, "replaced once, before the server's limit"
        reasons.add(relay.why[0])
        bad = compare(list(simulation.words), simulation.texts)
        if bad != ([], []):
            wrong[seed] = bad
    assert wrong == {}
    assert reasons == {"planned", "forced"}


def test_r1_rotation_waits_for_silence_if_the_last_thirty_seconds_hold_any() -> None:
    planned = 0
    for seed in range(ALIGNMENTS // 4):
        simulation = foreseen(seed)
        simulation.run()
        why, position, silent = simulation.rotations[0]
        if why == "planned":
            planned += 1
            assert silent >= 0.3 * RATE
            continue
        pairs = zip(simulation.words, simulation.words[1:], strict=False)
        first = position - 30 * RATE
        silences = [(two.begin - max(one.end, first)) / RATE for one, two in pairs if two.begin < position]
        assert max(silences) < 0.3 + 2 * 0.04, "forced although there was a silence"
    assert planned > 10


def test_a_stream_that_is_cut_anywhere_is_taken_up_again_without_a_word_lost() -> None:
    wrong = {}
    for seed in range(120):
        rng = random.Random(seed)
        said = speech(rng, 1.0, 8.0, 0.9)
        status = rng.choice(["ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "INTERNAL"])
        errors = [(at, status) for at in sorted(rng.uniform(0.5, 9.0) for _ in range(rng.choice([1, 1, 2, 3])))]
        simulation = Simulation(said, seed, 22.0, errors=errors)
        relay = simulation.run()
        assert relay.why == [status] * len(errors)
        bad = compare(said, simulation.texts)
        if bad != ([], []):
            wrong[seed] = bad
    assert wrong == {}


def test_late_finals_go_to_the_turn_they_were_spoken_in() -> None:
    wrong = {}
    for seed in range(120):
        rng = random.Random(seed)
        first, second = speech(rng, 1.0, 3.0, 0.4), speech(rng, 5.0, 7.0, 0.4)
        second = [Word(f"v{each.text}", each.begin, each.end) for each in second]
        errors = [(rng.uniform(1.0, 8.0), "ABORTED")] if seed % 2 else []
        simulation = Simulation([*first, *second], seed, 12.0, slow=(0.6, 3.5), errors=errors)
        simulation.run()
        expected = [" ".join(word.text for word in turn) for turn in (first, second)]
        if simulation.texts != expected:
            wrong[seed] = simulation.texts
    assert wrong == {}


def test_somebody_who_talks_on_for_longer_than_can_be_replayed_loses_nothing() -> None:
    wrong = {}
    for seed in range(80):
        rng = random.Random(seed)
        said = speech(rng, 0.0, 33.0, 0.2)
        how = {"aged": LIMIT_S - 35, "limit_s": LIMIT_S} if seed % 2 else {"errors": [(rng.uniform(14, 30), "ABORTED")]}
        simulation = Simulation(said, seed, 45.0, **how)
        relay = simulation.run()
        assert relay.why == (["forced"] if seed % 2 else ["ABORTED"])
        bad = compare(said, simulation.texts)
        if bad != ([], []):
            wrong[seed] = bad
    assert wrong == {}


def test_rotation_is_planned_between_turns_then_in_any_silence_then_forced() -> None:
    limits = StreamLimits()
    assert rotation_due(limits, age_s=239, silent_s=5, busy=False) is None
    assert rotation_due(limits, age_s=241, silent_s=0.3, busy=False) == "planned"
    assert rotation_due(limits, age_s=241, silent_s=0.3, busy=True) is None
    assert rotation_due(limits, age_s=256, silent_s=0.3, busy=True) == "planned"
    assert rotation_due(limits, age_s=284.9, silent_s=0.2, busy=True) is None
    assert rotation_due(limits, age_s=285, silent_s=0, busy=True) == "forced"


@pytest.mark.parametrize("status", ["ABORTED", "OUT_OF_RANGE"])
def test_the_streams_own_end_is_followed_by_the_next_one_at_once(status: str) -> None:
    assert reopen_after(status, 0) == 0.0


@pytest.mark.parametrize(
    "status", ["INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED", "FAILED_PRECONDITION"]
)
def test_what_a_person_must_put_right_is_never_tried_again(status: str) -> None:
    assert reopen_after(status, 0) is None
    assert reopen_after(status, 3) is None


def test_streams_that_break_again_and_again_are_opened_ever_more_slowly() -> None:
    waits = [reopen_after("UNAVAILABLE", failures) for failures in range(1, 9)]
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert reopen_after("ABORTED", 1) == 0.25, "a server that ends each stream at once is not asked in a loop"
    assert reopen_after("RESOURCE_EXHAUSTED", 1) == 1.0
