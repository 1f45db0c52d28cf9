"""Whatever a transcript holds, no recogniser raises, and what it reports stands in the utterance."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dialogue.recognisers import (
    Found,
    address,
    choice,
    correction,
    email,
    free_text,
    money,
    name,
    numbers,
    openings,
    phone,
    question,
    reflexes,
    refusal,
    timeline,
    when,
    yes_no,
    zip_code,
)
from engine.dialogue.recognisers.choice import Option

NOW = datetime(2026, 2, 28, 23, 59, tzinfo=UTC)
OPTIONS = [Option("a_b", "Roof leak", ("leak", "not this")), Option("b", "x", ("-", ""), ("roof",))]
TEXT = (
    "no wait not i mean at dot two ten half past quarter to thursday next march spring a couple "
    "of hundred thousand double oh street 18th . , ? | $ % "
    "94110 gmail com @ the first one this number is fine don't call me feb 29 31 between and in "
    "three weeks o'clock p.m. İ ﬁ ’ - :30 30/02"
)
WORDS = TEXT.split(" ")
RECOGNISERS: dict[str, Callable[[str], Sequence[Found[object]]]] = {
    "numbers": lambda u: list(numbers.find(u)),
    "digits": lambda u: list(numbers.digit_runs(u)),
    "zip": lambda u: list(zip_code.find(u)),
    "choice": lambda u: list(choice.find(u, OPTIONS)),
    "yes_no": lambda u: list(yes_no.find(u)),
    "timeline": lambda u: list(timeline.find(u, NOW.date())),
    "when": lambda u: list(when.find(u, NOW)),
    "name": lambda u: list(name.find(u)),
    "phone": lambda u: list(phone.find(u)),
    "email": lambda u: list(email.find(u)),
    "money": lambda u: list(money.find(u, expected=True)),
    "address": lambda u: list(address.find(u, expected=True)),
    "free_text": lambda u: list(free_text.find(u)),
    "refusal": lambda u: list(refusal.find(u)),
    "reflexes": lambda u: list(reflexes.detect(u)),
    "question": lambda u: list(question.questions(u)),
}


@pytest.mark.parametrize("which", RECOGNISERS)
@settings(max_examples=60)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)))
def test_no_text_breaks_a_recogniser(which: str, utterance: str) -> None:
    for hit in RECOGNISERS[which](utterance):
        assert hit.words == utterance[hit.span.start : hit.span.end]
        assert 0 <= hit.confidence <= 1
    correction.resolve(RECOGNISERS[which](utterance), utterance)
    correction.clauses(utterance)
    zip_code.partial(utterance)
    openings.pick(utterance, [NOW], NOW, [NOW])
    openings.resolve_time(when.find(utterance, NOW), NOW)
