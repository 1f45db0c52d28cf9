"""Who picked up: the carrier's word and the first words, weighed (field-lessons R13)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from engine.call.answerer import Evidence, decide, sounds_recorded
from engine.dialogue.recognisers.answerer import asks_to_hold, kind_of, out_of_service

LABELLED = yaml.safe_load((Path(__file__).parent / "data" / "answerers.yaml").read_text())


def ids(case: dict[str, object]) -> str:
    return str(case["id"])


@pytest.mark.parametrize("case", LABELLED, ids=ids)
def test_the_labelled_set_is_judged_as_it_is(case: dict[str, object]) -> None:
    evidence = Evidence(words=str(case["words"]).split("|")[0])
    if carrier := case.get("carrier"):
        assert isinstance(carrier, list)
        evidence = evidence.told(carrier[0])
    verdict = decide(evidence)
    if verdict.kind == "doubt":
        rest = str(case["words"]).partition("|")[2]
        verdict = decide(replace(evidence, words=rest or evidence.words, doubted=True))
    assert verdict.kind == case["is"]
    assert verdict.why


def test_a_beep_settles_it_whatever_was_thought_before() -> None:
    assert decide(Evidence("human", beep=True, words="Hello?", answered_us=True)).kind == "voicemail"


def test_who_answered_us_is_no_machine_whatever_the_carrier_says() -> None:
    verdict = decide(Evidence("machine", words="Yes, that's me.", answered_us=True))
    assert verdict.kind == "person"
    assert "machine" in verdict.why[0]


def test_a_mere_hello_that_the_carrier_takes_for_a_machine_is_doubted_once() -> None:
    evidence = Evidence("machine", words="Hello?")
    assert decide(evidence).kind == "doubt"
    assert decide(replace(evidence, doubted=True)).kind == "person"


def test_words_beat_a_carrier_that_took_a_short_greeting_for_a_person() -> None:
    verdict = decide(Evidence("human", words="It's Dana, leave a message."))
    assert verdict.kind == "voicemail"
    assert len(verdict.why) == 2


@pytest.mark.parametrize(
    "words",
    ["Should I leave a message?", "I left you a message yesterday.", "She can't come to the phone.", "I own my home.",
     "Don't leave me a voicemail.", "Yes, this is Dana.", "I'm driving right now.", "Why do you need my ZIP?", ""],
)  # fmt: skip
def test_what_people_say_sounds_like_no_recording(words: str) -> None:
    assert not sounds_recorded(words)


def test_half_a_greeting_is_enough() -> None:
    assert sounds_recorded("Hi, you've reached the voicemail")
    assert sounds_recorded("your call has been forwarded to an automatic voice")
    assert not sounds_recorded("Hi, you")


def test_a_screener_that_fetches_the_person_is_told_from_the_person() -> None:
    assert asks_to_hold("Thanks. Please stay on the line.")
    assert asks_to_hold("One moment, connecting you.")
    assert not asks_to_hold("Hello, this is Dana.")


def test_only_the_carrier_says_that_a_number_does_not_exist() -> None:
    assert out_of_service("The number you have dialed is not in service.")
    assert kind_of("The wireless customer is not available.") == "carrier_message"
    assert not out_of_service("The wireless customer is not available.")
