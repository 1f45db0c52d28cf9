"""Sentences that mean the same lie close together, whatever words they use."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engine.speech.local.minilm import DIMENSIONS, SentenceEncoder

pytestmark = pytest.mark.sound

KNOWN = [
    "How much does it cost?",
    "Are you open at the weekend?",
    "Are you licensed and insured?",
    "How long does an installation take?",
]
ASKED = [
    "What are your prices?",
    "Do you guys work on Saturdays?",
    "Do you have insurance in case something breaks?",
    "How many days until it is all done?",
]


def test_a_question_finds_its_paraphrase(encoder: SentenceEncoder) -> None:
    likeness = encoder.encode(ASKED) @ encoder.encode(KNOWN).T
    assert likeness.argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_rows_have_length_one_and_come_in_order_whatever_the_batch(encoder: SentenceEncoder) -> None:
    texts = [*KNOWN, *ASKED, "Yes", "roof " * 300] * 3
    rows = encoder.encode(texts)
    assert rows.shape == (len(texts), DIMENSIONS)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert float((rows * alone).sum(axis=1).min()) > 0.99


def test_no_text_and_empty_text_are_fine(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSIONS)
    assert np.isfinite(encoder.encode([""])).all()


def test_many_threads_get_the_same_answers(encoder: SentenceEncoder) -> None:
    alone = encoder.encode(["What are your prices?"])
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(encoder.encode, [["What are your prices?"]] * 16):
            assert np.allclose(rows, alone, atol=1e-5)


def test_the_vocabulary_is_the_official_one(encoder: SentenceEncoder) -> None:
    # Ids of bert-base-uncased for this text, as its own tokeniser gives them.
    assert encoder._tokens.ids("Héllo, wörld! unaffable") == [101, 7592, 1010, 2088, 999, 14477, 20961, 3468, 102]
