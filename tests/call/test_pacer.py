"""Pacing and the ledger of what was heard: to the frame, with time as an argument."""

from __future__ import annotations

import math
import random
from array import array
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call.clauses import clauses
from engine.call.pacer import Finished, Frame, Mark, Pacer, Sounded, Started
from engine.speech.audio import FRAME_BYTES, RATE, SILENCE

TEXT = "Great, thanks. Do you own the house, or do you rent it? We ask because owners get the rebate."


@cache
def tone(seconds: float, amplitude: int = 8000) -> bytes:
    count = round(seconds * RATE)
    return array("h", (round(amplitude * math.sin(i * 0.17)) for i in range(count))).tobytes()


def load(pacer: Pacer, utterance: int = 1, text: str = TEXT, char_s: float = 0.06) -> None:
    pacer.begin(utterance, text)
    for clause in clauses(text):
        pacer.clause(utterance, clause.start, clause.end)
        pacer.add(utterance, tone((clause.end - clause.start) * char_s))
    pacer.end(utterance)


def play(pacer: Pacer, until: float, now: float = 0.0) -> tuple[list[Frame], list[Started | Sounded | Finished]]:
    sent: list[Frame] = []
    reports: list[Started | Sounded | Finished] = []
    while True:
        sent += [item for item in pacer.due(now) if isinstance(item, Frame)]
        reports += pacer.reports(now)
        following = pacer.next_time()
        if following is None or following > until:
            return sent, reports
        now = max(now, following)


def test_frames_leave_60_ms_ahead_of_the_ear_and_never_more() -> None:
    pacer = Pacer()
    load(pacer)
    assert len(pacer.due(0.0)) == 4  # heard at 0, 20, 40 and 60 ms
    assert pacer.due(0.019) == []
    assert [item.at for item in pacer.due(0.02)] == [pytest.approx(0.08)]
    assert pacer.next_time() == pytest.approx(0.02)  # the first frame has been heard in full


def test_a_late_wake_up_is_made_up_for_and_errors_never_add_up() -> None:
    pacer = Pacer()
    load(pacer)
    now, last = 0.0, -1.0
    for delay in (0.0, 0.031, 0.052, 0.02, 0.043):
        now += delay
        for item in pacer.due(now):
            last = item.at
    assert last == pytest.approx(0.2) and now == pytest.approx(0.146)


def test_sound_that_came_late_starts_a_new_clock() -> None:
    pacer = Pacer()
    pacer.begin(1, "a")
    pacer.clause(1, 0, 1)
    pacer.add(1, tone(0.02))
    pacer.due(0.0)
    assert pacer.due(1.0) == []
    pacer.add(1, tone(0.04))
    assert [item.at for item in pacer.due(2.0)] == [2.0, pytest.approx(2.02)]


@given(st.lists(st.binary(max_size=2000), max_size=12))
def test_any_bytes_of_a_voice_leave_as_640_byte_frames_and_none_is_lost(pieces: list[bytes]) -> None:
    pacer = Pacer()
    pacer.begin(1, "x")
    pacer.clause(1, 0, 1)
    for piece in pieces:
        pacer.add(1, piece)
    pacer.end(1)
    items = pacer.due(0.0)
    while not items or not isinstance(items[-1], Mark):
        items += pacer.due(pacer._next_at)
    frames = [item.pcm for item in items if isinstance(item, Frame)]
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    whole = b"".join(pieces)
    assert b"".join(frames)[: len(whole)] == whole
    assert not b"".join(frames)[len(whole) :].strip(b"\0")


def test_started_names_the_first_audible_frame_not_the_leading_silence() -> None:
    pacer = Pacer()
    pacer.begin(1, "hello", pause_s=0.1)
    pacer.clause(1, 0, 5)
    pacer.add(1, SILENCE * 3 + tone(0.1))
    pacer.end(1)
    _, reports = play(pacer, 1.0)
    assert [each for each in reports if isinstance(each, Started)] == [Started(1, pytest.approx(0.16))]
    finished = reports[-1]
    assert isinstance(finished, Finished)
    assert (finished.text, finished.complete) == ("hello", True)
    assert finished.ended == pytest.approx(0.26)


def test_resume_goes_on_from_the_very_frame_that_was_not_heard() -> None:
    straight, broken = Pacer(), Pacer()
    load(straight)
    load(broken)
    whole, _ = play(straight, 20.0)
    _, before = play(broken, 1.013)
    assert broken.hold(1.013) == 0
    assert broken.due(1.5) == []
    broken.resume()
    _, after = play(broken, 20.0, now=1.7)
    heard = [each.pcm for each in [*before, *after] if isinstance(each, Sounded)]
    assert heard == [frame.pcm for frame in whole]
    assert [each.complete for each in after if isinstance(each, Finished)] == [True]


def test_nothing_is_sent_after_clear_and_the_cut_utterances_are_told_in_order() -> None:
    pacer = Pacer()
    load(pacer, 1)
    load(pacer, 2, "Never heard.")
    play(pacer, 1.0)
    generation, cut = pacer.clear(1.0)
    assert generation == 0 and pacer.generation == 1
    assert [(each.utterance, each.complete) for each in cut] == [(1, False), (2, False)]
    assert cut[1].text == ""
    assert pacer.due(5.0) == [] and pacer.idle
    pacer.add(1, tone(1.0))  # sound that was being made comes too late
    assert pacer.due(5.0) == []


def test_marks_taken_back_by_a_hold_are_sent_again_with_the_new_generation() -> None:
    pacer = Pacer()
    load(pacer, 1, "Hi.", char_s=0.02)
    assert [item.generation for item in pacer.due(0.0) if isinstance(item, Mark)] == [0]
    pacer.hold(0.01)
    pacer.resume()
    assert [item.generation for item in pacer.due(1.0) if isinstance(item, Mark)] == [1]


def test_a_filler_goes_ahead_of_a_sentence_whose_sound_is_late() -> None:
    pacer = Pacer()
    pacer.begin(1, "Late.")
    pacer.begin(-1, "One moment.", ahead=True)
    pacer.clause(-1, 0, 11)
    pacer.add(-1, tone(0.1))
    pacer.end(-1)
    pacer.clause(1, 0, 5)
    pacer.add(1, tone(0.1))
    pacer.end(1)
    sent, _ = play(pacer, 5.0)
    assert [frame.utterance for frame in sent] == [-1] * 5 + [1] * 5


def test_heard_text_is_what_a_reference_player_had_sounded_within_one_word_in_500_random_cuts() -> None:
    chance = random.Random(7)
    near = 0
    for _ in range(500):
        pacer = Pacer()
        load(pacer)
        cut_at = chance.uniform(0.0, len(TEXT) * 0.06)
        play(pacer, cut_at)
        _, cut = pacer.clear(cut_at)
        text = cut[0].text if cut else TEXT
        assert TEXT.startswith(text)
        assert text in {"", TEXT} or not TEXT[len(text)].isalnum(), "cut inside a word"
        words = len(TEXT[: int(cut_at / 0.06)].split())
        near += abs(len(text.split()) - words) <= 1
        for clause in clauses(TEXT):
            if clause.start * 0.06 > cut_at + 0.02:
                assert len(text) <= clause.start, "holds a clause that never began"
    assert near >= 495


def test_heard_text_while_a_clause_is_still_being_made_does_not_run_ahead() -> None:
    pacer = Pacer()
    text = "Thank you very much for waiting for me"
    pacer.begin(1, text)
    pacer.clause(1, 0, len(text))
    pacer.add(1, tone(0.3))
    play(pacer, 0.3)
    _, cut = pacer.clear(0.3)
    assert cut[0].text in {"", "Thank"}


@given(st.text(max_size=200))
def test_clauses_join_to_the_text_they_came_from(text: str) -> None:
    found = clauses(text)
    assert "".join(each.text for each in found) == text
    assert all(text[each.start : each.end] == each.text for each in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Great, thank you. Do you rent?", ["Great, thank you. ", "Do you rent?"]),
        ("That was 4 1 5, 5 5 5, 0 1 7 2, right?", ["That was 4 1 5, 5 5 5, 0 1 7 2, ", "right?"]),
        ("It costs $4,500 at 10:30 a.m. on Main St. today.", ["It costs $4,500 at 10:30 a.m. on Main St. today."]),
        ("Dr. Lee will call.", ["Dr. Lee will call."]),
        ("", []),
        ("...", ["..."]),
    ],
)
def test_clauses_are_cut_where_a_speaker_would_breathe(text: str, expected: list[str]) -> None:
    assert [each.text for each in clauses(text)] == expected


def test_heard_text_stays_true_when_the_voice_broke_off_and_another_spoke_on_in_250_random_cuts() -> None:
    chance, near, char = random.Random(11), 0, 0.06
    for _ in range(250):
        pacer, said = Pacer(), []  # of each sound: where it begins, ends, and the character it begins with
        pacer.begin(1, TEXT)
        at, broke_at, broken = 0.0, 0.0, chance.choice(clauses(TEXT))
        for clause in clauses(TEXT):
            pacer.clause(1, clause.start, clause.end)
            length = (clause.end - clause.start) * char
            if clause is not broken:
                pacer.add(1, tone(length))
                said.append((at, at + length, clause.start))
                at += length
                continue
            made = chance.uniform(0.05, length)
            pacer.add(1, tone(made))
            heard = min(made, chance.uniform(0.0, length))
            broke_at = at + heard
            play(pacer, broke_at)
            goes_on = pacer.take_back_clause(1)
            assert goes_on is not None and clause.start <= goes_on < clause.end
            sent = min(made, max(0.0, (pacer._next_at - at)))
            said.append((at, at + sent, clause.start))
            at += sent
            pacer.clause(1, goes_on, clause.end)
            pacer.add(1, tone((clause.end - goes_on) * char))
            said.append((at, at + (clause.end - goes_on) * char, goes_on))
            at += (clause.end - goes_on) * char
        pacer.end(1)
        cut_at = chance.uniform(broke_at, at)
        play(pacer, cut_at, now=broke_at)
        _, cut = pacer.clear(cut_at)
        text = cut[0].text if cut else TEXT
        assert TEXT.startswith(text)
        reached = max(
            (start + int((min(cut_at, until) - since) / char) for since, until, start in said if since < cut_at)
        )
        near += abs(len(text.split()) - len(TEXT[:reached].split())) <= 1
    assert near >= 248
