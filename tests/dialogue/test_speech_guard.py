"""An honest sentence of a hosted model passes; one more thing that it was not given does not."""

import pytest

from engine.dialogue.guards import SECOND_QUESTION, Allowed, SpeechGuard, speakable
from engine.dialogue.times_named import times_named, unnamed

TOLD = "Roof repairs are usually between 300 and 1,500 dollars; the estimator gives you the price on site."
KNOWN = f"{TOLD} Call 415 555 0100. I have tomorrow at 2 p.m. or Thursday at 10 a.m. We come within two days."


def _guard(booked: bool = False, asks: bool = True) -> SpeechGuard:
    return SpeechGuard(Allowed(TOLD, KNOWN, booked=booked, asks=asks, answers=1), (300.0, 1500.0))


@pytest.mark.parametrize(
    "sentence",
    [
        "Got it.",
        "Thanks, Dana, that helps.",
        "I'm sorry to hear about the leak.",
        "Roof repairs usually run between 300 and 1,500 dollars.",
        "The estimator gives you the exact price on site.",
        "Yes, I'm an AI assistant.",
        "Would you like to talk to a real person?",
        "How soon do you need the work done?",
        "And is it a house or a commercial building?",
        "Do you own the home, or do you rent it?",
        "For a roof repair, is it your own house?",
        "Tomorrow at two would work, or Thursday at ten.",
        "You can call 415 555 0100 any time.",
        "I can get you booked.",
        "One moment, please.",
        "Let me ask you one more thing.",
        "May I ask who decides?",
        "No problem, take your time.",
    ],
)
def test_an_honest_sentence_passes(sentence: str) -> None:
    verdict = _guard().check(sentence)
    assert verdict.ok, verdict.rule


def test_a_booking_may_be_spoken_of_once_it_stands() -> None:
    assert not _guard().check("You're booked for tomorrow at 2 p.m.").ok
    assert _guard(booked=True).check("You're booked for tomorrow at 2 p.m.").ok
    assert not _guard(booked=True).check("You're booked for Friday at 2 p.m.").ok


def test_where_no_question_is_due_none_is_asked() -> None:
    assert _guard(asks=False).check("Anything else on your mind?").rule == SECOND_QUESTION


def test_what_was_just_said_is_not_said_again() -> None:
    guard = SpeechGuard(Allowed(TOLD, KNOWN, last_said="How soon do you need the work done?"), ())
    assert guard.check("How soon do you need the work done?").rule == "repeats what was just said"


@pytest.mark.parametrize(
    ("sentence", "times"),
    [
        ("Friday at 3.", {"weekday 4", "clock 3:00"}),
        ("at half past two", {"clock 2:30"}),
        ("the day after tomorrow", {"day after tomorrow"}),
        ("on May 3rd", {"month 5", "day 3"}),
        ("you may call, and the march goes on", set()),
        ("I have two questions for you, at most", set()),
        ("two rooms, three windows", set()),
        ("this afternoon", {"today"}),
    ],
)
def test_the_days_and_times_of_a_sentence(sentence: str, times: set[str]) -> None:
    assert times_named(sentence) == times


def test_an_hour_without_its_half_of_the_day_stands_for_both() -> None:
    allowed = times_named("Thursday at 10 a.m.")
    assert not unnamed(times_named("Thursday at ten"), allowed)
    assert unnamed(times_named("Thursday at 10 p.m."), allowed)


@pytest.mark.parametrize(
    ("raw", "said"), [("**Great**.", "Great."), ("  ", ""), ("- Okay.", "Okay."), ("...", ""), ("*", "")]
)
def test_emphasis_is_left_out(raw: str, said: str) -> None:
    assert speakable(raw) == said
