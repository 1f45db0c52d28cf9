"""The address in the result is the one that confirmations go to: what was said in the call, else what the form said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.call.record import CallFacts, build_result
from engine.sdk import Evidence
from tests.support.talk import DANA, START, Talk


@pytest.mark.parametrize(
    ("form", "said", "kept"),
    [
        ("dana@example.com", None, "dana@example.com"),
        (None, "dana.reyes@example.com", "dana.reyes@example.com"),
        ("old@example.com", "dana.reyes@example.com", "dana.reyes@example.com"),
        (None, None, None),
    ],
)
def test_what_was_said_in_the_call_goes_before_the_form(form: str | None, said: str | None, kept: str | None) -> None:
    talk = Talk(lead=replace(DANA, email=form))
    book = talk.conversation.book
    if said is not None:
        book.write("email", said, Evidence("call", said, 3), 0.9)
    facts = CallFacts(
        "call_1", "evt_1", 1, 1, "+14155550100", START, START + timedelta(seconds=60),
        answered_at=START, length_s=60.0, ended_by="assistant",
    )  # fmt: skip
    result = build_result(facts, talk.flow, talk.lead, talk.conversation.outcome, book, talk.conversation.standing())
    assert result.lead.email == kept
