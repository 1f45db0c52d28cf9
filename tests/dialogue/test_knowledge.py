"""Which entry answers a question. The figures are printed: `pytest -rP tests/dialogue/test_knowledge.py`."""

from dataclasses import dataclass

import pytest

from engine.dialogue.knowledge import Encoder, KnowledgeIndex, Ngrams
from engine.flow import shipped

STATEMENTS = (
    "It's a house.", "Nine four one one zero.", "This week if you can.", "Yes, speaking.", "The roof leaks.",
    "I own it.", "Tomorrow at two is good.", "No, that's it, thanks.", "My wife handles that.", "It drips at night.",
)  # fmt: skip


@dataclass(frozen=True)
class Figures:
    asked: int
    right: int
    wrong: int
    answered_statements: int

    def __str__(self) -> str:
        return (
            f"{self.right} of {self.asked} held-out wordings answered rightly ({self.right / self.asked:.0%}), "
            f"{self.wrong} wrongly; {self.answered_statements} of {3 * len(STATEMENTS)} statements taken for questions"
        )


def _held_out(encoder: Encoder | None) -> Figures:
    """Each alias of each shipped flow is asked of an index that does not hold it."""
    asked = right = wrong = answered = 0
    for name in shipped.names():
        entries = shipped.load(name).flow.knowledge
        rounds = max(len(entry.aliases) for entry in entries)
        for number in range(rounds):
            kept = [
                entry.model_copy(update={"aliases": tuple(a for at, a in enumerate(entry.aliases) if at != number)})
                for entry in entries
            ]
            index = KnowledgeIndex(kept, encoder)
            for entry in entries:
                if number < len(entry.aliases):
                    match = index.match(entry.aliases[number], dict(entry.about))
                    asked += 1
                    right += match is not None and match.entry.id == entry.id
                    wrong += match is not None and match.entry.id != entry.id
        whole = KnowledgeIndex(entries, encoder)
        answered += sum(whole.match(line, {}) is not None for line in STATEMENTS)
    return Figures(asked, right, wrong, answered)


def test_letters_alone_answer_a_third_of_new_wordings_and_seldom_wrongly() -> None:
    figures = _held_out(None)
    print("character n-grams:", figures)
    assert figures.right / figures.asked >= 0.3
    assert figures.wrong / figures.asked <= 0.2
    assert figures.answered_statements <= 2


@pytest.mark.sound
def test_sentence_vectors_answer_more_than_half_of_new_wordings(encoder: Encoder) -> None:
    figures = _held_out(encoder)
    print("MiniLM and n-grams:", figures)
    assert figures.right / figures.asked >= 0.55
    assert figures.wrong / figures.asked <= 0.2
    assert figures.answered_statements <= 2


ENTRIES = shipped.load("home_services").flow.knowledge


def test_an_entry_about_another_service_is_no_answer() -> None:
    index = KnowledgeIndex(ENTRIES, None)
    match = index.match("How much does a new roof cost?", {"service_type": "roof_replacement"})
    assert match is not None
    assert match.entry.id == "price_roof_replacement"
    other = index.match("How much does a new roof cost?", {"service_type": "water_heater"})
    assert other is None or other.entry.id != "price_roof_replacement"


def test_the_callers_own_case_decides_between_two_that_fit() -> None:
    index = KnowledgeIndex(ENTRIES, None)
    for service in ("plumbing_repair", "electrical_repair"):
        match = index.match("How much does a repair cost?", {"service_type": service})
        assert match is not None
        assert match.entry.about == {"service_type": service}


def test_fitting_the_case_does_not_make_an_answer_of_what_is_none() -> None:
    assert KnowledgeIndex(ENTRIES, None).match("Is jazz better than rock?", {"service_type": "roof_repair"}) is None


def test_without_entries_nothing_is_known() -> None:
    assert KnowledgeIndex((), None).match("How much?", {}) is None


def test_the_same_text_scores_one_and_a_foreign_one_nothing() -> None:
    scores = Ngrams(["what does it cost", "are you insured"]).scores("what does it cost")
    assert scores[0] == pytest.approx(1.0, abs=1e-5)
    assert Ngrams(["what does it cost"]).scores("§§§")[0] == 0.0
