"""Reflexes fire on their examples and stay quiet on the look-alikes."""

import pytest

from engine.dialogue.recognisers.reflex_banks import BANKS, Bank, Reflex
from engine.dialogue.recognisers.reflexes import detect


def _kinds(utterance: str) -> set[Reflex]:
    return {f.value for f in detect(utterance)}


@pytest.mark.parametrize(("bank", "line"), [(b, line) for b in BANKS for line in b.matches])
def test_reflex_fires_on_what_it_is_for(bank: Bank, line: str) -> None:
    assert bank.kind in _kinds(line)
    assert bank.kind in _kinds(line.lower().rstrip(".!")) or "?" in line or line == "I'm seven."


@pytest.mark.parametrize(("bank", "line"), [(b, line) for b in BANKS for line in b.look_alikes])
def test_reflex_stays_quiet_on_what_only_sounds_like_it(bank: Bank, line: str) -> None:
    assert bank.kind not in _kinds(line)


def test_every_reflex_has_a_bank_with_at_least_six_examples_each_way() -> None:
    assert {b.kind for b in BANKS} == set(Reflex)
    for bank in BANKS:
        assert len(bank.matches) >= 6, bank.kind
        assert len(bank.look_alikes) >= 6, bank.kind


@pytest.mark.parametrize(
    "line",
    [
        "We've got a leak in the roof over the garage.",
        "This week if you can.",
        "It's a house.",
        "Nine four one one zero.",
        "Tomorrow at two is good.",
        "Yes please.",
        "94601, in Oakland.",
        "Shingles came off, it drips in the bedroom.",
        "The bathroom faucet leaks, own house, 94124, next week is fine.",
        "It's M, A, R, I, A, dot, L, O, P, E, Z, underscore, seven two, at gmail dot com.",
    ],
)
def test_plain_answers_set_off_no_reflex(line: str) -> None:
    assert detect(line) == []


def test_the_words_reported_stand_in_the_utterance() -> None:
    line = "Well. Take me off your list and stop calling me."
    (hit,) = detect(line)
    assert line[hit.span.start : hit.span.end] == hit.words
    assert hit.words.startswith("Take me off")
