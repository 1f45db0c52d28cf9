"""BERT's tokeniser, against rules one can read and against ids of the official one."""

from pathlib import Path

import pytest

from engine.speech.local.wordpiece import WordPiece, words
from engine.speech.ports import SpeechError

SMALL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "afford", "##ably", "$", "5"]


@pytest.fixture
def small(tmp_path: Path) -> WordPiece:
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(SMALL) + "\n", encoding="utf-8")
    return WordPiece.from_file(file)


def test_words_lose_case_and_accents_and_signs_stand_alone() -> None:
    assert list(words("Héllo, WÖRLD! It's $5.\tOk")) == [
        "hello",
        ",",
        "world",
        "!",
        "it",
        "'",
        "s",
        "$",
        "5",
        ".",
        "ok",
    ]


def test_a_word_is_cut_into_the_longest_pieces_that_are_known(small: WordPiece) -> None:
    assert small.ids("unaffable") == [2, 4, 5, 6, 3]
    assert small.ids("$5") == [2, 9, 10, 3]


def test_a_word_with_an_unknown_rest_is_unknown_as_a_whole(small: WordPiece) -> None:
    assert small.ids("unaffordable") == [2, 1, 3]
    assert small.ids("x" * 101) == [2, 1, 3]


def test_long_texts_are_cut_and_still_end_properly(small: WordPiece) -> None:
    assert small.ids("5 " * 50, longest=6) == [2, 10, 10, 10, 10, 3]


def test_a_file_that_is_no_vocabulary_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "tokenizer.json"
    broken.write_text('{"model": {}}', encoding="utf-8")
    with pytest.raises(SpeechError, match="holds no BERT vocabulary"):
        WordPiece.from_file(broken)
