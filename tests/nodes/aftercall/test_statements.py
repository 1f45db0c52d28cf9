"""Sentences about a call: what the call proves counts, what nobody said does not."""

from __future__ import annotations

import pytest

from engine.sdk import CallResult, Json
from nodes.aftercall.statements import unproven
from tests.support.aftercall import result


def call(**changes: object) -> CallResult:
    told = result().model_dump(mode="json", by_alias=True)
    told |= {
        "answers": [
            {"slot": "zip", "label": "ZIP code", "value": "94107", "said": "nine four one oh seven", "turn": 4,
             "confidence": 0.9, "source": "call", "confirmed": True, "corrected_from": "94017"},
            {"slot": "service", "label": "Service", "value": "roof_repair", "said": "my roof leaks", "turn": 2,
             "confidence": 0.9, "source": "call", "confirmed": False},
            {"slot": "owner", "label": "Owner", "value": True, "said": "yes I own it", "turn": 5,
             "confidence": 0.9, "source": "call", "confirmed": False},
        ],
        "transcript": [
            {"who": "agent", "text": "Ava for Harborline. Repairs are usually 300 to 1,500 dollars.", "at_ms": 0},
            {"who": "caller", "text": "My roof has leaked for two weeks. Ask for Marisol.", "at_ms": 2100},
        ],
        "appointment": {
            "id": "apt_19", "start": "2026-11-26T14:30:00-08:00", "end": "2026-11-26T15:30:00-08:00",
            "time_zone": "America/Los_Angeles", "calendar": "main",
        },
    }  # fmt: skip
    return CallResult.model_validate(told | changes)


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("Dana needs a roof repair in 94107.", {"service": "roof_repair", "zip": "94107"}),
        ("The roof has leaked for two weeks.", {}),
        ("She was told that repairs are usually 300 to 1500 dollars.", {}),
        ("The visit is booked for Thursday, November 26th at 2:30 p.m.", {}),
        ("The visit is on Thursday at 14:30.", {}),
        ("She owns the house and wants Marisol to be asked for.", {"owner": True}),
        ("She owns the house.", {"owner": "yes"}),
        ("Dana's roof leaks in 94107, not in 94017.", {"zip": "94107"}),
        ("She asked for no call back.", {}),
        ("Dana qualified.", {}),
    ],
)
def test_what_the_call_proves_counts(sentence: str, named: dict[str, Json]):
    assert unproven(sentence, named, call()) == ""


@pytest.mark.parametrize(
    ("sentence", "named", "why"),
    [
        ("Dana needs a new roof.", {"service": "roof_replacement"}, "another answer"),
        ("Dana rents the house.", {"owner": False}, "another answer"),
        ("The budget is generous.", {"budget": "5000"}, "nobody answered"),
        ("The house is in 94110.", {}, "a number that nobody said"),
        ("It has leaked for three weeks.", {}, "a number that nobody said"),
        ("Repairs cost 2,000 dollars.", {}, "a number that nobody said"),
        ("The visit is at 4:30 p.m. on Thursday.", {}, "a number that nobody said"),
        ("She spoke with Mr. Henderson.", {}, "a name that nobody mentioned"),
        ("The house is in 94017.", {}, "taken back"),
        ("She will be called back by a colleague.", {}, "a call back"),
        ("She was put through to the office.", {}, "a transfer"),
        ("She opted out of calls.", {}, "an opt-out"),
        ("Dana did not qualify and is unqualified.", {}, "opposite"),
    ],
)
def test_what_nobody_said_does_not(sentence: str, named: dict[str, Json], why: str):
    assert why in unproven(sentence, named, call())


def test_an_appointment_is_told_only_if_there_is_one():
    assert (
        unproven("An estimate was booked.", {}, call(appointment=None))
        == "it tells of an appointment, and there was none"
    )
    assert unproven("No appointment was booked.", {}, call(appointment=None)) == ""


def test_no_reason_quotes_what_was_said():
    for sentence in ("Her number is 4155550199.", "She spoke with Zacharias.", "The house is in 94017."):
        why = unproven(sentence, {}, call())
        assert why
        assert not any(word in why for word in ("4155550199", "Zacharias", "94017"))
