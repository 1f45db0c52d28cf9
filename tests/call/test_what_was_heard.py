"""What our ledger says was heard, against the network's own play-out log (field-lessons R4)."""

from __future__ import annotations

import json
from array import array
from collections import deque
from random import Random

import pytest

from engine.call.pacer import Finished, Frame, Mark, Pacer
from engine.simulate.network.playout import Playout
from engine.speech.audio import FRAME_BYTES, FRAME_S, FRAME_SAMPLES

CLAUSES = (
    "Roof repairs usually run between three hundred and fifteen hundred dollars;",
    "the estimator gives you the exact price on site,",
    "and the estimate is free.",
    "How soon do you need someone?",
)
TEXT = " ".join(CLAUSES)
CHAR_S = 0.06
STEP_S = 0.005


def sound_of(clause: str, number: int) -> bytes:
    """A voice of even speed, whose height says which clause it is."""
    height = 2000 + 1000 * number
    frames = round(len(clause) * CHAR_S / FRAME_S)
    return array("h", [height, -height] * (FRAME_SAMPLES // 2)).tobytes() * frames + bytes(4 * FRAME_BYTES)


SOUNDS = [sound_of(clause, number) for number, clause in enumerate(CLAUSES)]


class Way:
    """The pacer, the way to the carrier and back, and the carrier's play-out, in time that is counted."""

    def __init__(self, seed: int, survive: bool, marks_come: bool) -> None:
        self.random = Random(seed)
        self.pacer = Pacer()
        self.playout = Playout(marks_survive_clear=survive)
        self.marks_come = marks_come
        self.there_s = self.random.uniform(0.0, 0.06)
        self.now = 0.0
        self.next_tick = self.random.uniform(0.0, FRAME_S)
        self.going: deque[tuple[float, str | bytes]] = deque()
        self.coming: deque[tuple[float, str]] = deque()
        self.played: list[int] = []
        self.at_once = self.random.random() < 0.5

    def run(self, until: float) -> None:
        while self.now < until:
            for item in self.pacer.due(self.now):
                if isinstance(item, Frame):
                    self.send(item.pcm)
                else:
                    self.send(mark_message(item))
            self.pacer.reports(self.now)
            self.carrier()
            self.now += STEP_S

    def send(self, message: str | bytes) -> None:
        at = self.now + self.there_s + self.random.uniform(0.0, 0.015)
        self.going.append((max(at, self.going[-1][0] if self.going else 0.0), message))

    def carrier(self) -> None:
        while self.going and self.going[0][0] <= self.now:
            _, message = self.going.popleft()
            if isinstance(message, bytes):
                assert self.playout.receive_bytes(message) is None
            else:
                answers = self.playout.receive_text(message)
                assert isinstance(answers, list)
                self.back(answers)
        while self.next_tick <= self.now:
            frame, marks = self.playout.next_frame()
            height = max(memoryview(frame).cast("h"))
            self.played.append((height - 2000) // 1000 if height else -1)
            self.back(marks)
            self.next_tick += FRAME_S
        while self.coming and self.coming[0][0] <= self.now:
            _, text = self.coming.popleft()
            payload = json.loads(text).get("payload")
            if payload is not None:
                self.pacer.confirmed(payload["u"], payload["c"], payload["g"], self.now)

    def back(self, messages: list[str]) -> None:
        if self.marks_come:
            self.coming += [(self.now + self.there_s, message) for message in messages]

    def heard_by_the_log(self) -> list[int]:
        """Frames of each clause that were played."""
        return [self.played.count(number) for number in range(len(CLAUSES))]


def mark_message(mark: Mark) -> str:
    payload = {"u": mark.utterance, "c": mark.clause, "g": mark.generation}
    return json.dumps({"action": "notify", "payload": payload})


def words_of_log(frames: list[int]) -> float:
    """Words that a listener has heard, fractions of words included."""
    return sum(
        len(clause.split()) * min(1.0, count / round(len(clause) * CHAR_S / FRAME_S))
        for clause, count in zip(CLAUSES, frames, strict=True)
    )


def cut_at(seed: int, survive: bool, marks_come: bool) -> tuple[str, list[int]]:
    """Speak, cut at a random moment: our text, and the log's frames when the cut had reached the carrier."""
    way = Way(seed, survive, marks_come)
    way.pacer.begin(1, TEXT)
    at = 0
    for clause, sound in zip(CLAUSES, SOUNDS, strict=True):
        way.pacer.clause(1, at, at + len(clause))
        way.pacer.add(1, sound)
        at += len(clause) + 1
    way.pacer.end(1)
    way.run(way.random.uniform(0.2, 10.0))
    way.pacer.reports(way.now)
    _, cut = way.pacer.clear(way.now)
    way.send('{"action":"clear"}')
    text = cut[0].text if cut else TEXT
    way.run(way.now + 0.5)
    return text, way.heard_by_the_log()


@pytest.mark.parametrize("survive", [False, True])
@pytest.mark.parametrize("marks_come", [True, False])
def test_history_is_what_was_played_within_one_word_in_99_of_100_cuts(survive: bool, marks_come: bool) -> None:
    wrong = 0
    for seed in range(500):
        text, frames = cut_at(seed, survive, marks_come)
        wrong += abs(len(text.split()) - round(words_of_log(frames))) > 1
        for number, clause in enumerate(CLAUSES):
            first = clause.split(maxsplit=1)[0]
            begins = TEXT.index(clause)
            if frames[number] == 0:
                assert len(text) <= begins, f"seed {seed}: '{first}' was never played, but stands in the history"
    assert wrong <= 5


def test_a_mark_that_comes_back_early_proves_what_the_clock_did_not_dare_to_say() -> None:
    pacer = Pacer()
    pacer.begin(1, "One. Two.")
    pacer.clause(1, 0, 4)
    pacer.add(1, SOUNDS[0][: 3 * FRAME_BYTES])
    pacer.clause(1, 5, 9)
    pacer.add(1, SOUNDS[1])
    sent = pacer.due(0.0)
    (mark,) = [item for item in sent if isinstance(item, Mark)]
    assert pacer.heard_text(1) == ""
    assert pacer.confirmed(1, mark.clause, mark.generation, 0.01)
    assert pacer.heard_text(1) == "One."


def test_marks_of_a_cleared_run_and_unknown_marks_say_nothing() -> None:
    pacer = Pacer()
    pacer.begin(1, "One. Two.")
    pacer.clause(1, 0, 4)
    pacer.add(1, SOUNDS[0])
    pacer.end(1)
    pacer.due(0.0)
    generation, cut = pacer.clear(0.0)
    assert not pacer.confirmed(1, -1, generation, 0.001)
    assert not pacer.confirmed(7, 3, pacer.generation, 0.001)
    assert pacer.lag_s == 0.0
    assert [type(each) for each in cut] == [Finished]


def test_after_a_pause_the_clause_that_was_taken_back_is_marked_again() -> None:
    pacer = Pacer()
    pacer.begin(1, "One. Two.")
    pacer.clause(1, 0, 4)
    pacer.add(1, SOUNDS[0][: 2 * FRAME_BYTES])
    pacer.clause(1, 5, 9)
    pacer.add(1, SOUNDS[1][: 10 * FRAME_BYTES])
    pacer.end(1)
    first = [item for item in pacer.due(0.0) if isinstance(item, Mark)]
    pacer.hold(0.0)
    pacer.resume()
    again = [item for item in pacer.due(1.0) if isinstance(item, Mark)]
    assert [mark.clause for mark in first] == [mark.clause for mark in again] == [0]
    assert again[0].generation == first[0].generation + 1
